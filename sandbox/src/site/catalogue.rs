//! Issue types and statuses: those of the site, and those a team-managed project has for itself.

use serde_json::{Value, json};

use super::projects::{Project, Template};
use super::{BASE, View};
use crate::accounts::Right;

/// An issue type; project-scoped ones exist once for each team-managed project.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IssueType {
    /// Id, or for a scoped type the offset from the project's own block of ids.
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    /// 1 for epics, -1 for sub-tasks.
    pub(crate) level: i8,
}

/// A status; project-scoped ones exist once for each team-managed project.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Status {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) category: Category,
}

/// What kind of progress a status stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    New,
    InProgress,
    Done,
}

const fn a_type(id: u32, name: &'static str, level: i8) -> IssueType {
    IssueType { id, name, level }
}

const fn a_status(id: u32, name: &'static str, category: Category) -> Status {
    Status { id, name, category }
}

const SOFTWARE_TYPES: &[IssueType] = &[
    a_type(10_000, "Epic", 1),
    a_type(10_001, "Story", 0),
    a_type(10_002, "Task", 0),
    a_type(10_003, "Bug", 0),
    a_type(10_004, "Sub-task", -1),
];
const TEAM_TYPES: &[IssueType] =
    &[a_type(0, "Epic", 1), a_type(1, "Task", 0), a_type(2, "버그", 0), a_type(3, "Subtask", -1)];
const DESK_TYPES: &[IssueType] =
    &[a_type(10_010, "Service Request", 0), a_type(10_011, "[System] Incident", 0)];
const BUSINESS_TYPES: &[IssueType] = &[a_type(10_002, "Task", 0), a_type(10_004, "Sub-task", -1)];
const DISCOVERY_TYPES: &[IssueType] = &[a_type(10_030, "Idea", 0)];

const SOFTWARE_STATUSES: &[Status] = &[
    a_status(10_000, "To Do", Category::New),
    a_status(3, "In Progress", Category::InProgress),
    a_status(10_002, "In Review", Category::InProgress),
    a_status(10_001, "Done", Category::Done),
];
const TEAM_STATUSES: &[Status] = &[
    a_status(0, "To Do", Category::New),
    a_status(1, "In Progress", Category::InProgress),
    a_status(2, "Done", Category::Done),
];
const DESK_STATUSES: &[Status] = &[
    a_status(1, "Open", Category::New),
    a_status(10_100, "Waiting for support", Category::InProgress),
    a_status(10_101, "Waiting for customer", Category::InProgress),
    a_status(5, "Resolved", Category::Done),
];

impl Category {
    const ALL: [Self; 3] = [Self::New, Self::InProgress, Self::Done];

    /// Number, key, colour and name.
    pub(crate) fn row(self) -> (u32, &'static str, &'static str, &'static str) {
        match self {
            Self::New => (2, "new", "blue-gray", "To Do"),
            Self::InProgress => (4, "indeterminate", "yellow", "In Progress"),
            Self::Done => (3, "done", "green", "Done"),
        }
    }

    /// The word the newer status and workflow paths use.
    fn word(self) -> &'static str {
        match self {
            Self::New => "TODO",
            Self::InProgress => "IN_PROGRESS",
            Self::Done => "DONE",
        }
    }

    fn json(self) -> Value {
        let (id, key, colour, name) = self.row();
        json!({"self": format!("{BASE}/rest/api/3/statuscategory/{id}"),
            "id": id, "key": key, "colorName": colour, "name": name})
    }
}

impl Project {
    /// Where the ids of this project's own types and statuses start.
    fn own_ids(&self) -> u32 {
        20_000 + (self.id - 10_000) * 10
    }

    /// The issue types of the project, epics first.
    pub(crate) fn types(&self) -> &'static [IssueType] {
        match self.template {
            Template::Software => SOFTWARE_TYPES,
            Template::TeamManaged => TEAM_TYPES,
            Template::ServiceDesk => DESK_TYPES,
            Template::Business => BUSINESS_TYPES,
            Template::Discovery => DISCOVERY_TYPES,
        }
    }

    /// The statuses of the project's workflow, in its order.
    pub(crate) fn statuses(&self) -> &'static [Status] {
        match self.template {
            Template::Software | Template::Business => SOFTWARE_STATUSES,
            Template::TeamManaged | Template::Discovery => TEAM_STATUSES,
            Template::ServiceDesk => DESK_STATUSES,
        }
    }

    /// The id of one of [`Self::types`].
    pub(crate) fn type_id(&self, of: IssueType) -> u32 {
        if self.template == Template::TeamManaged { self.own_ids() + of.id } else { of.id }
    }

    /// The id of one of [`Self::statuses`].
    pub(crate) fn status_id(&self, of: Status) -> u32 {
        if self.simplified() { self.own_ids() + of.id } else { of.id }
    }
}

impl View<'_> {
    /// The types of all projects the viewer may browse, each once; all types to an administrator.
    pub(crate) fn issue_types(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let administers = self.viewer.may(Right::Administer);
        let seen = |project: &&Project| administers || self.viewer.browses(project);
        for project in self.site.projects.iter().filter(seen) {
            all.extend(issue_types_of(project));
        }
        by_id(all)
    }

    /// The statuses of all projects the viewer may browse, each once.
    pub(crate) fn statuses(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for project in self.site.projects.iter().filter(|project| self.viewer.browses(project)) {
            for &of in project.statuses() {
                let mut value = status(project, of);
                value["untranslatedName"] = json!(of.name);
                all.push(value);
            }
        }
        by_id(all)
    }

    /// The statuses as `statuses/search` lists them.
    pub(crate) fn status_details(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for project in &self.site.projects {
            for &of in project.statuses() {
                let scope = if project.simplified() {
                    scope_of(project)
                } else {
                    json!({"type": "GLOBAL"})
                };
                all.push(json!({"id": project.status_id(of).to_string(), "name": of.name, "description": "",
                    "statusCategory": of.category.word(), "scope": scope}));
            }
        }
        by_id(all)
    }
}

/// The scope of something only one project has.
pub(crate) fn scope_of(project: &Project) -> Value {
    json!({"type": "PROJECT", "project": {"id": project.id.to_string()}})
}

/// Each id once, in the order of first appearance.
fn by_id(values: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    values
        .into_iter()
        .filter(|value| seen.insert(value["id"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

/// An issue type as issues hold it.
pub(crate) fn issue_type(project: &Project, of: IssueType) -> Value {
    let id = project.type_id(of);
    let mut value = json!({
        "self": format!("{BASE}/rest/api/3/issuetype/{id}"), "id": id.to_string(),
        "name": of.name, "untranslatedName": of.name, "subtask": of.level < 0,
        "hierarchyLevel": of.level, "avatarId": 10_300 + id % 20,
        "description": format!("{} of a team's work.", of.name),
        "iconUrl": format!("{BASE}/rest/api/2/universal_avatar/view/type/issuetype/avatar/{}?size=medium", 10_300 + id % 20),
    });
    if project.template == Template::TeamManaged {
        value["entityId"] = json!(format!("8ac1a2b6-0000-4000-a000-{id:012}"));
        value["scope"] = scope_of(project);
    }
    value
}

/// The types of one project.
pub(crate) fn issue_types_of(project: &Project) -> Vec<Value> {
    project.types().iter().map(|&of| issue_type(project, of)).collect()
}

/// A status as issues hold it.
pub(crate) fn status(project: &Project, of: Status) -> Value {
    let id = project.status_id(of);
    let mut value = json!({
        "self": format!("{BASE}/rest/api/3/status/{id}"), "id": id.to_string(), "name": of.name,
        "description": "", "iconUrl": format!("{BASE}/images/icons/statuses/generic.png"),
        "statusCategory": of.category.json(),
    });
    if project.simplified() {
        value["scope"] = scope_of(project);
    }
    value
}

/// The three categories and the one nothing uses.
pub(crate) fn status_categories() -> Vec<Value> {
    let mut all = vec![json!({"self": format!("{BASE}/rest/api/3/statuscategory/1"), "id": 1,
        "key": "undefined", "colorName": "medium-gray", "name": "No Category"})];
    all.extend(Category::ALL.map(Category::json));
    all
}
