//! The field catalogue: what fields there are, of which type, and in which projects.

use serde_json::{Value, json};

use super::clock;
use super::custom::{self, CustomField, Place};
use super::projects::{Project, Stage, Template};
use super::random::{Dice, Subject};
use super::{View, words};

/// A field Jira itself has.
#[derive(Clone, Copy)]
pub(crate) struct SystemField {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    kind: &'static str,
    items: Option<&'static str>,
    navigable: bool,
}

const fn field(id: &'static str, name: &'static str, kind: &'static str) -> SystemField {
    SystemField { id, name, kind, items: None, navigable: true }
}

const fn list(id: &'static str, name: &'static str, items: &'static str) -> SystemField {
    SystemField { id, name, kind: "array", items: Some(items), navigable: true }
}

const fn hidden(of: SystemField) -> SystemField {
    SystemField { navigable: false, ..of }
}

/// All system fields.
pub(crate) const SYSTEM: &[SystemField] = &[
    field("summary", "Summary", "string"),
    field("issuetype", "Issue Type", "issuetype"),
    field("project", "Project", "project"),
    field("status", "Status", "status"),
    field("statusCategory", "Status Category", "statusCategory"),
    field("statuscategorychangedate", "Status Category Changed", "datetime"),
    field("priority", "Priority", "priority"),
    field("resolution", "Resolution", "resolution"),
    field("resolutiondate", "Resolved", "datetime"),
    field("assignee", "Assignee", "user"),
    field("reporter", "Reporter", "user"),
    field("creator", "Creator", "user"),
    field("created", "Created", "datetime"),
    field("updated", "Updated", "datetime"),
    field("lastViewed", "Last Viewed", "datetime"),
    field("duedate", "Due date", "date"),
    field("description", "Description", "string"),
    field("environment", "Environment", "string"),
    list("labels", "Labels", "string"),
    list("components", "Components", "component"),
    list("fixVersions", "Fix versions", "version"),
    list("versions", "Affects versions", "version"),
    list("issuelinks", "Linked Issues", "issuelinks"),
    list("subtasks", "Sub-tasks", "issuelinks"),
    field("parent", "Parent", "issuelink"),
    list("attachment", "Attachment", "attachment"),
    field("security", "Security Level", "securitylevel"),
    field("votes", "Votes", "votes"),
    field("watches", "Watchers", "watches"),
    field("workratio", "Work Ratio", "number"),
    field("timespent", "Time Spent", "number"),
    field("timeestimate", "Remaining Estimate", "number"),
    field("timeoriginalestimate", "Original estimate", "number"),
    field("aggregatetimespent", "Σ Time Spent", "number"),
    field("aggregatetimeestimate", "Σ Remaining Estimate", "number"),
    field("aggregatetimeoriginalestimate", "Σ Original Estimate", "number"),
    field("progress", "Progress", "progress"),
    field("aggregateprogress", "Σ Progress", "progress"),
    hidden(field("timetracking", "Time tracking", "timetracking")),
    hidden(field("issuerestriction", "Restrict to", "issuerestriction")),
    hidden(field("comment", "Comment", "comments-page")),
    hidden(list("worklog", "Log Work", "worklog")),
];

impl SystemField {
    fn schema(&self) -> Value {
        let mut schema = json!({"type": self.kind, "system": self.id});
        if let Some(items) = self.items {
            schema["items"] = json!(items);
        }
        schema
    }

    fn json(&self) -> Value {
        let mut value = json!({"id": self.id, "key": self.id, "name": self.name, "custom": false,
            "orderable": self.navigable, "navigable": self.navigable, "searchable": true,
            "clauseNames": [self.id]});
        // Jira's own answer has no schema for this one.
        if self.id != "parent" {
            value["schema"] = self.schema();
        }
        value
    }
}

impl CustomField {
    pub(crate) fn id(&self) -> String {
        format!("customfield_{}", self.number)
    }

    fn schema(&self) -> Value {
        let announced = self.kind.schema();
        let mut schema =
            json!({"type": announced.kind, "custom": announced.custom, "customId": self.number});
        if let Some(items) = announced.items {
            schema["items"] = json!(items);
        }
        if self.kind == custom::Kind::People {
            schema["configuration"] =
                json!({"com.atlassian.jira.plugin.system.customfieldtypes:isMulti": false});
        }
        schema
    }

    fn json(&self, view: &View<'_>) -> Value {
        let mut value = json!({"id": self.id(), "key": self.id(), "name": self.name, "custom": true,
            "orderable": true, "navigable": true, "searchable": true,
            "untranslatedName": self.name, "schema": self.schema(),
            "clauseNames": [format!("cf[{}]", self.number), self.name]});
        if let Some(project) = self.owner(view) {
            value["scope"] = super::catalogue::scope_of(project);
        }
        value
    }

    /// The team-managed project a field belongs to.
    fn owner<'a>(&self, view: &View<'a>) -> Option<&'a Project> {
        let site = view.site;
        let Place::Only(key) = self.place else {
            return None;
        };
        site.projects.iter().find(|project| project.key == key)
    }

    /// Whether the issues of a project have the field at all.
    pub(crate) fn is_on(&self, project: &Project) -> bool {
        match self.place {
            Place::Everywhere => true,
            Place::Software => {
                matches!(project.template, Template::Software | Template::TeamManaged)
            }
            Place::CompanyManaged => !project.simplified(),
            Place::Desks => project.template == Template::ServiceDesk,
            Place::Only(key) => project.key == key,
        }
    }
}

/// Whether a field is among `*navigable`.
pub(crate) fn is_navigable(id: &str) -> bool {
    SYSTEM.iter().find(|field| field.id == id).is_none_or(|field| field.navigable)
}

impl View<'_> {
    fn visible_custom_fields(&self) -> impl Iterator<Item = &'static CustomField> {
        custom::FIELDS
            .iter()
            .filter(|field| field.owner(self).is_none_or(|project| self.viewer.browses(project)))
    }

    /// The bare array of `field`.
    pub(crate) fn fields(&self) -> Vec<Value> {
        let system = SYSTEM.iter().map(SystemField::json);
        system.chain(self.visible_custom_fields().map(|field| field.json(self))).collect()
    }

    /// The fields as `field/search` lists them.
    pub(crate) fn field_details(&self) -> Vec<Value> {
        let custom_ids: Vec<String> = self.visible_custom_fields().map(CustomField::id).collect();
        self.fields()
            .into_iter()
            .zip(0..)
            .map(|(field, n)| {
                let mut dice = Dice::of(self.site.options.seed, Subject::Fields, n);
                let tracked = dice.chance(600);
                let last_used = clock::platform(clock::END - dice.between(1, 300) * clock::DAY, &self.viewer.zone);
                json!({
                    "id": field["id"], "key": field["key"], "name": field["name"], "schema": field["schema"],
                    "description": if dice.chance(500) { words::sentence(&mut dice) } else { String::new() },
                    "stableId": format!("sfid:{}", field["id"].as_str().unwrap_or_default()),
                    "isLocked": dice.chance(100), "isUnscreenable": false,
                    "searcherKey": "com.atlassian.jira.plugin.system.customfieldtypes:textsearcher",
                    "screensCount": dice.below(9), "contextsCount": u32::from(custom_ids.iter().any(|id| field["id"] == **id)),
                    "lastUsed": if tracked { json!({"type": "TRACKED", "value": last_used}) } else { json!({"type": "NOT_TRACKED"}) },
                })
            })
            .collect()
    }

    /// `names` and `schema` as searches expand them, for some field ids.
    pub(crate) fn field_maps(&self, ids: &[String]) -> (Value, Value) {
        let (mut names, mut schemas) = (json!({}), json!({}));
        for field in self.fields() {
            let Some(id) = field["id"].as_str() else {
                continue;
            };
            if ids.iter().any(|asked| asked == id) {
                names[id] = field["name"].clone();
                schemas[id] = field["schema"].clone();
            }
        }
        (names, schemas)
    }

    /// How many live projects there are for a viewer; zero hides project-bound things.
    pub(crate) fn live_projects(&self) -> Vec<&Project> {
        self.projects_in(&[Stage::Live])
    }
}
