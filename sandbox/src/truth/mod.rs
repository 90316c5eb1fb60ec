//! The truth about a site: every record an account may read, taken from the model and not from
//! pages.

mod endpoints;
mod records;

use serde_json::Value;

use crate::accounts::{self, Viewer};
use crate::site::Site;
use crate::wire;

/// A kind of record, named as Jira names it.
///
/// Records are as the endpoint gives them with everything expanded that its list can expand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Issues found by search, with all fields but `comment` and `worklog`.
    Issues,
    /// Comments; the parent is the issue's id.
    Comments,
    /// Worklogs; the parent is the issue's id.
    Worklogs,
    /// Histories, `created` as a date text; the parent is the issue's id.
    Changelogs,
    /// Attachments; the parent is the issue's id.
    Attachments,
    /// Links as seen from each end; the parent is the issue's id.
    IssueLinks,
    /// Sub-tasks as the parent refers to them; the parent is the issue's id.
    Subtasks,
    /// Ids and times of deleted worklogs.
    DeletedWorklogs,
    /// Ids and times of changed worklogs, readable or not.
    UpdatedWorklogs,
    /// Live, archived and trashed projects.
    Projects,
    /// Live projects only.
    LiveProjects,
    /// Versions; the parent is the project's id.
    Versions,
    /// Components; the parent is the project's id.
    Components,
    /// Project categories.
    ProjectCategories,
    /// Fields, as the bare array gives them.
    Fields,
    /// Fields, as `field/search` gives them.
    FieldDetails,
    /// Issue types.
    IssueTypes,
    /// Statuses, as the bare array gives them.
    Statuses,
    /// Statuses, as `statuses/search` gives them.
    StatusDetails,
    /// Status categories.
    StatusCategories,
    /// Priorities.
    Priorities,
    /// Priority schemes.
    PrioritySchemes,
    /// Resolutions.
    Resolutions,
    /// Link types.
    LinkTypes,
    /// Labels: plain texts.
    Labels,
    /// Listed users.
    Users,
    /// Groups.
    Groups,
    /// Members, inactive ones included; the parent is the group's id.
    GroupMembers,
    /// Boards, private ones included by id alone.
    Boards,
    /// Configurations; the parent is the board's id.
    BoardConfigurations,
    /// Projects of boards; the parent is the board's id.
    BoardProjects,
    /// Versions of boards; the parent is the board's id.
    BoardVersions,
    /// Epics; the parent is the board's id.
    BoardEpics,
    /// Issues of boards, as `{"id"}`; the parent is the board's id.
    BoardIssues,
    /// Issues of backlogs, as `{"id"}`; the parent is the board's id.
    BacklogIssues,
    /// Sprints of all boards, each once.
    Sprints,
    /// Issues of sprints, as `{"id"}`; the parent is the sprint's id.
    SprintIssues,
    /// Filters.
    Filters,
    /// Dashboards, as the old list gives them.
    Dashboards,
    /// Project roles.
    Roles,
    /// Workflows.
    Workflows,
    /// Screens.
    Screens,
    /// Permission schemes with their grants.
    PermissionSchemes,
    /// Audit records, newest first.
    AuditRecords,
    /// Plans.
    Plans,
    /// Service desks.
    ServiceDesks,
    /// Queues; the parent is the desk's id.
    Queues,
    /// Customers' organisations.
    Organizations,
}

/// A record and the id of what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The id of the parent, for children.
    pub parent: Option<String>,
    /// The record.
    pub value: Value,
}

impl Site {
    /// Every record of a kind that an account, named by its e-mail address, may read. An unknown
    /// account reads what an anonymous caller does; without the right to a list there are none.
    #[must_use]
    pub fn truth(&self, account: &str, resource: Resource) -> Vec<Record> {
        let viewer = accounts::find(account).map_or_else(Viewer::anonymous, Viewer::of);
        let view = self.view(&viewer);
        records::all(view, resource)
            .into_iter()
            .map(|record| Record { value: wire::as_read(record.value), ..record })
            .collect()
    }
}

/// A record, and what stands in the places of a request that finds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Name and value of each placeholder, parameter or body member that names a parent.
    pub places: Vec<(String, String)>,
    /// The record.
    pub value: Value,
}

/// An endpoint that a table describes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// The method.
    pub method: &'static str,
    /// The path as Atlassian documents it.
    pub template: &'static str,
    /// A pointer to the records in an answer; `None` where the answer is the record.
    pub records: Option<String>,
    /// Whether its bare array comes in parts, of which an empty one is the end.
    pub in_parts: bool,
    /// Whether it wants the header `X-ExperimentalApi: opt-in`.
    pub experimental: bool,
}

impl Site {
    /// Every record an account may read from an endpoint, whatever its pages: for each combination
    /// of parents the account can name, all records in their order. Parents that are named by a
    /// list stand in one place, joined by commas. An account that is refused reads nothing.
    #[must_use]
    pub fn truth_of(&self, account: &str, method: &str, template: &str) -> Vec<Placed> {
        let viewer = accounts::find(account).map_or_else(Viewer::anonymous, Viewer::of);
        let mut placed = endpoints::placed(self.view(&viewer), method, template);
        for record in &mut placed {
            record.value = wire::as_read(std::mem::take(&mut record.value));
        }
        placed
    }

    /// The status an account is refused with at an endpoint of the table whatever it names, if it
    /// is.
    #[must_use]
    pub fn refusal_of(&self, account: &str, method: &str, template: &str) -> Option<u16> {
        let viewer = accounts::find(account).map_or_else(Viewer::anonymous, Viewer::of);
        endpoints::refusal(self.view(&viewer), method, template)
    }

    /// Method and template of every endpoint of the site.
    #[must_use]
    pub fn endpoints() -> Vec<(&'static str, &'static str)> {
        crate::routes::targets().map(|target| (target.method(), target.template())).collect()
    }

    /// The endpoints that a table describes.
    #[must_use]
    pub fn described_endpoints() -> Vec<Described> {
        endpoints::described()
    }

    /// The combinations of parents an account can name at an endpoint of the table: for each, name
    /// and value of every place.
    #[must_use]
    pub fn parents_of(
        &self,
        account: &str,
        method: &str,
        template: &str,
    ) -> Vec<Vec<(String, String)>> {
        let viewer = accounts::find(account).map_or_else(Viewer::anonymous, Viewer::of);
        endpoints::parents(self.view(&viewer), method, template)
    }
}
