//! Which of the site's truths each feed must equal, and by what its records are told apart.

use super::{Lake, instant};
use jira_sandbox::{Record, Resource, Site};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A feed and its truth.
pub struct Truth {
    pub feed: &'static str,
    resource: Resource,
    /// The bound column with the parent's id.
    parent: Option<&'static str>,
    id: &'static str,
    /// What one of both lacks, and what is written in two ways.
    alike: fn(&mut Value),
}

const fn list(feed: &'static str, resource: Resource) -> Truth {
    Truth { feed, resource, parent: None, id: "id", alike: |_| {} }
}

const fn under(feed: &'static str, resource: Resource, parent: &'static str) -> Truth {
    Truth { parent: Some(parent), ..list(feed, resource) }
}

#[allow(clippy::needless_pass_by_value, reason = "what a const table is built of")]
const fn by(id: &'static str, truth: Truth) -> Truth {
    Truth { id, ..truth }
}

#[allow(clippy::needless_pass_by_value, reason = "what a const table is built of")]
const fn but_for(alike: fn(&mut Value), truth: Truth) -> Truth {
    Truth { alike, ..truth }
}

/// Every feed that has a truth of its own.
pub const TRUTHS: &[Truth] = &[
    but_for(without_embedded, list("issues", Resource::Issues)),
    under("issue_comments", Resource::Comments, "issueId"),
    under("issue_worklogs", Resource::Worklogs, "issueId"),
    but_for(created_as_instant, under("issue_changelogs", Resource::Changelogs, "issueId")),
    under("issue_attachments", Resource::Attachments, "issueId"),
    under("issue_links", Resource::IssueLinks, "issueId"),
    by("worklogId", list("worklogs_deleted", Resource::DeletedWorklogs)),
    list("projects", Resource::Projects),
    under("project_versions", Resource::Versions, "projectId"),
    under("project_components", Resource::Components, "projectId"),
    list("fields", Resource::Fields),
    list("issue_types", Resource::IssueTypes),
    list("statuses", Resource::Statuses),
    list("status_categories", Resource::StatusCategories),
    list("priorities", Resource::Priorities),
    list("resolutions", Resource::Resolutions),
    list("issue_link_types", Resource::LinkTypes),
    by("label", but_for(label_alone, list("labels", Resource::Labels))),
    by("accountId", list("users", Resource::Users)),
    by("groupId", list("groups", Resource::Groups)),
    by("accountId", under("group_members", Resource::GroupMembers, "groupId")),
    list("boards", Resource::Boards),
    under("board_configuration", Resource::BoardConfigurations, "id"),
    but_for(id_alone, under("board_issues", Resource::BoardIssues, "boardId")),
    list("sprints", Resource::Sprints),
    but_for(without_last_use, list("filters", Resource::Filters)),
    list("dashboards", Resource::Dashboards),
    list("project_roles", Resource::Roles),
    list("workflows", Resource::Workflows),
    list("screens", Resource::Screens),
    list("permission_schemes", Resource::PermissionSchemes),
    list("audit_records", Resource::AuditRecords),
    list("plans", Resource::Plans),
    list("service_desks", Resource::ServiceDesks),
];

type Records = BTreeMap<(String, String), Value>;

impl Truth {
    /// The same, where `alike` also evens out what is not compared.
    pub fn but_for(&self, alike: fn(&mut Value)) -> Self {
        Self { alike, ..*self }
    }

    /// What differs between the lake and what `account` may read, in words.
    pub fn differences(&self, site: &Site, account: &str, lake: &Lake) -> Vec<String> {
        let truth = site.truth(account, self.resource);
        let rows = lake.rows(self.feed);
        let mut wrong = Vec::new();
        if rows.len() != truth.len() {
            wrong.push(format!("{}: {} rows, not {}", self.feed, rows.len(), truth.len()));
        }
        let expected: Records = truth.into_iter().map(|record| self.expected(record)).collect();
        let found: Records = rows.iter().map(|row| self.found(row)).collect();
        for (key, value) in &expected {
            match found.get(key) {
                None => wrong.push(format!("{}: {key:?} is missing", self.feed)),
                Some(same) if same == value => {}
                Some(other) => {
                    let mut places = Vec::new();
                    unequal(value, other, "", &mut places);
                    wrong.push(format!("{}: {key:?} differs: {}", self.feed, places.join("; ")));
                }
            }
        }
        let more = found.keys().filter(|key| !expected.contains_key(*key));
        wrong.extend(more.map(|key| format!("{}: {key:?} is too much", self.feed)));
        wrong
    }

    fn expected(&self, Record { parent, mut value }: Record) -> ((String, String), Value) {
        (self.alike)(&mut value);
        ((parent.unwrap_or_default(), plain(&value[self.id])), value)
    }

    fn found(&self, row: &Value) -> ((String, String), Value) {
        let text = row["_raw"].as_str().unwrap_or_default();
        let mut value: Value = serde_json::from_str(text).expect("`_raw` is JSON");
        (self.alike)(&mut value);
        let parent = self.parent.map(|column| plain(&row[column])).unwrap_or_default();
        ((parent, plain(&value[self.id])), value)
    }
}

/// The places at which two values differ, with both.
fn unequal(expected: &Value, found: &Value, at: &str, places: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
            for key in keys {
                unequal(&expected[key], &found[key], &format!("{at}/{key}"), places);
            }
        }
        _ if expected == found => {}
        _ => places.push(format!("{at} is {found}, not {expected}")),
    }
}

/// Text and numbers as text.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn without_embedded(issue: &mut Value) {
    let fields = issue["fields"].as_object_mut().expect("an issue has fields");
    fields.retain(|key, _| key != "comment" && key != "worklog");
}

fn created_as_instant(history: &mut Value) {
    history["created"] = json!(instant(&history["created"]));
}

fn label_alone(label: &mut Value) {
    if label.is_string() {
        *label = json!({ "label": label });
    }
}

fn id_alone(issue: &mut Value) {
    *issue = json!({ "id": issue["id"] });
}

fn without_last_use(filter: &mut Value) {
    let filter = filter.as_object_mut().expect("a filter is an object");
    filter.remove("approximateLastUsed");
}
