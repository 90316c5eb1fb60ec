//! Custom fields of every type, and in which projects they are.

mod kind;
mod values;

pub(crate) use kind::Kind;
pub(super) use values::Sheet;

/// A custom field.
pub(crate) struct CustomField {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) place: Place,
}

/// Where a custom field is.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Everywhere,
    Software,
    CompanyManaged,
    Desks,
    /// In the team-managed project of this key.
    Only(&'static str),
}

const fn on(number: u32, name: &'static str, kind: Kind, place: Place) -> CustomField {
    CustomField { number, name, kind, place }
}

/// All custom fields. Some names stand twice, as they do on real sites.
pub(crate) const FIELDS: &[CustomField] = &[
    on(10_000, "Development", Kind::Development, Place::Software),
    on(10_001, "Team", Kind::Team, Place::Everywhere),
    on(10_002, "Organizations", Kind::Organizations, Place::Desks),
    on(10_003, "Approvers", Kind::Users, Place::Desks),
    on(10_010, "Request Type", Kind::RequestType, Place::Desks),
    on(10_011, "Epic Name", Kind::EpicLabel, Place::CompanyManaged),
    on(10_013, "Epic Color", Kind::EpicColour, Place::CompanyManaged),
    on(10_014, "Epic Link", Kind::EpicLink, Place::CompanyManaged),
    on(10_015, "Start date", Kind::Date, Place::Everywhere),
    on(10_016, "Story point estimate", Kind::StoryPoints, Place::Only("WEB")),
    on(10_018, "Parent Link", Kind::ParentLink, Place::CompanyManaged),
    on(10_019, "Rank", Kind::Rank, Place::Everywhere),
    on(10_020, "Sprint", Kind::Sprint, Place::Software),
    on(10_021, "Flagged", Kind::Flagged, Place::Software),
    on(10_022, "Target start", Kind::OddDate, Place::Software),
    on(10_026, "Story Points", Kind::Float, Place::CompanyManaged),
    on(10_027, "Story Points", Kind::Text, Place::CompanyManaged),
    on(10_028, "Sprint", Kind::Text, Place::CompanyManaged),
    on(10_030, "Time to resolution", Kind::Sla, Place::Desks),
    on(10_031, "Approvals", Kind::Approvals, Place::Desks),
    on(10_032, "Satisfaction", Kind::Feedback, Place::Desks),
    on(10_033, "Affected hardware", Kind::Assets, Place::Desks),
    on(10_034, "Request participants", Kind::Participants, Place::Desks),
    on(10_040, "Notes", Kind::TextArea, Place::Everywhere),
    on(10_041, "Customer", Kind::Text, Place::Everywhere),
    on(10_042, "Raw log", Kind::LongText, Place::CompanyManaged),
    on(10_043, "Ticket link", Kind::Url, Place::Everywhere),
    on(10_044, "Imported from", Kind::ReadOnly, Place::CompanyManaged),
    on(10_045, "External issue ID", Kind::ImportId, Place::CompanyManaged),
    on(10_046, "Budget", Kind::HugeNumber, Place::Everywhere),
    on(10_047, "Go-live", Kind::DateTime, Place::Everywhere),
    on(10_048, "Measured at", Kind::OddDateTime, Place::CompanyManaged),
    on(10_049, "Severity", Kind::Select, Place::Everywhere),
    on(10_050, "Impact", Kind::Radio, Place::CompanyManaged),
    on(10_051, "Platforms", Kind::MultiSelect, Place::Everywhere),
    on(10_052, "Region", Kind::Cascading, Place::Everywhere),
    on(10_053, "Keywords", Kind::Labels, Place::Everywhere),
    on(10_054, "Reviewer", Kind::User, Place::Everywhere),
    on(10_055, "Stakeholders", Kind::Users, Place::CompanyManaged),
    on(10_056, "Owner", Kind::People, Place::Only("WEB")),
    on(10_057, "Owning group", Kind::Group, Place::CompanyManaged),
    on(10_058, "Informed groups", Kind::Groups, Place::CompanyManaged),
    on(10_059, "Found in", Kind::Version, Place::CompanyManaged),
    on(10_060, "Backport to", Kind::Versions, Place::CompanyManaged),
    on(10_061, "Upstream project", Kind::Project, Place::CompanyManaged),
    on(10_062, "Plans team", Kind::PlansTeam, Place::Software),
    on(10_063, "Estimate (app)", Kind::Forge, Place::Everywhere),
    on(10_064, "External ID", Kind::BigInteger, Place::Everywhere),
    on(10_065, "Owner", Kind::People, Place::Only("LAB")),
];
