//! The types of custom fields, and the schemas that announce them.

/// The type of a custom field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    LongText,
    TextArea,
    Url,
    ReadOnly,
    ImportId,
    Rank,
    EpicLabel,
    EpicColour,
    EpicLink,
    ParentLink,
    Development,
    Float,
    HugeNumber,
    StoryPoints,
    Date,
    OddDate,
    DateTime,
    OddDateTime,
    Select,
    Radio,
    MultiSelect,
    Flagged,
    Cascading,
    Labels,
    User,
    Users,
    People,
    Group,
    Groups,
    Version,
    Versions,
    Project,
    Sprint,
    Team,
    PlansTeam,
    Sla,
    RequestType,
    Approvals,
    Organizations,
    Participants,
    Feedback,
    Assets,
    Forge,
    BigInteger,
}

/// What announces a field of some type.
pub(crate) struct Schema {
    pub(crate) kind: &'static str,
    pub(crate) items: Option<&'static str>,
    pub(crate) custom: String,
}

const JIRA: &str = "com.atlassian.jira.plugin.system.customfieldtypes:";
const HOPPER: &str = "com.pyxis.greenhopper.jira:";
const DESK: &str = "com.atlassian.servicedesk:";
const DEVELOPMENT: &str = "com.atlassian.jira.plugins.jira-development-integration-plugin:";
const FORGE: &str = "ari:cloud:ecosystem::extension/6f1e4d5a/11aa22bb/static/";

impl Kind {
    /// The schema of a field of this type.
    pub(crate) fn schema(self) -> Schema {
        let (kind, items, vendor, key) = self.row();
        Schema {
            kind,
            items: (!items.is_empty()).then_some(items),
            custom: format!("{vendor}{key}"),
        }
    }

    /// Type, items, and both halves of the custom key.
    fn row(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Text | Self::LongText => ("string", "", JIRA, "textfield"),
            Self::TextArea => ("string", "", JIRA, "textarea"),
            Self::Url => ("string", "", JIRA, "url"),
            Self::ReadOnly => ("string", "", JIRA, "readonlyfield"),
            Self::ImportId => ("number", "", JIRA, "importid"),
            Self::Rank => ("any", "", HOPPER, "gh-lexo-rank"),
            Self::EpicLabel => ("string", "", HOPPER, "gh-epic-label"),
            Self::EpicColour => ("string", "", HOPPER, "gh-epic-color"),
            Self::EpicLink => ("any", "", HOPPER, "gh-epic-link"),
            Self::Sprint => ("array", "json", HOPPER, "gh-sprint"),
            Self::StoryPoints => ("number", "", HOPPER, "jsw-story-points"),
            Self::ParentLink => ("any", "", "com.atlassian.jpo:", "jpo-custom-field-parent"),
            Self::Development => ("any", "", DEVELOPMENT, "devsummarycf"),
            Self::Float | Self::HugeNumber => ("number", "", JIRA, "float"),
            Self::Date | Self::OddDate => ("date", "", JIRA, "datepicker"),
            Self::DateTime | Self::OddDateTime => ("datetime", "", JIRA, "datetime"),
            Self::Select => ("option", "", JIRA, "select"),
            Self::Radio => ("option", "", JIRA, "radiobuttons"),
            Self::MultiSelect => ("array", "option", JIRA, "multiselect"),
            Self::Flagged => ("array", "option", JIRA, "multicheckboxes"),
            Self::Cascading => ("option-with-child", "", JIRA, "cascadingselect"),
            Self::Labels => ("array", "string", JIRA, "labels"),
            Self::User => ("user", "", JIRA, "userpicker"),
            Self::Users => ("array", "user", JIRA, "multiuserpicker"),
            Self::People => ("array", "user", JIRA, "people"),
            Self::Group => ("group", "", JIRA, "grouppicker"),
            Self::Groups => ("array", "group", JIRA, "multigrouppicker"),
            Self::Version => ("version", "", JIRA, "version"),
            Self::Versions => ("array", "version", JIRA, "multiversion"),
            Self::Project => ("project", "", JIRA, "project"),
            Self::Team => ("team", "", JIRA, "atlassian-team"),
            Self::PlansTeam => ("team", "", "com.atlassian.teams:", "rm-team-custom-field-team"),
            Self::Sla => ("sd-servicelevelagreement", "", DESK, "sd-sla-field"),
            Self::RequestType => ("sd-customerrequesttype", "", DESK, "vp-origin"),
            Self::Approvals => ("sd-approvals", "", DESK, "sd-approvals"),
            Self::Organizations => {
                ("array", "sd-customerorganization", DESK, "sd-customer-organizations")
            }
            Self::Participants => ("array", "user", DESK, "sd-request-participants"),
            Self::Feedback => ("sd-feedback", "", DESK, "sd-request-feedback"),
            Self::Assets => (
                "array",
                "cmdb-object-field",
                "com.atlassian.jira.plugins.cmdb:",
                "cmdb-object-cftype",
            ),
            Self::Forge => ("object", "", FORGE, "estimate-field"),
            Self::BigInteger => ("any", "", "com.example.app:", "external-id"),
        }
    }
}
