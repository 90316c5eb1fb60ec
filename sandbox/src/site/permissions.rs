//! Permission keys, and which of them each account holds.

use serde_json::{Value, json};

use super::View;
use super::projects::{Project, Stage};
use crate::accounts::{Reach, Right};

/// A permission Jira knows.
pub(crate) struct Key {
    pub(crate) text: &'static str,
    name: &'static str,
    /// Whether it is granted in projects rather than site-wide.
    pub(crate) project: bool,
    id: u32,
}

const fn global(id: u32, key: &'static str, name: &'static str) -> Key {
    Key { text: key, name, project: false, id }
}

const fn project(id: u32, key: &'static str, name: &'static str) -> Key {
    Key { text: key, name, project: true, id }
}

/// The keys of the site.
pub(crate) const KEYS: &[Key] = &[
    global(0, "ADMINISTER", "Administer Jira"),
    global(44, "SYSTEM_ADMIN", "System Administrators"),
    global(27, "USER_PICKER", "Browse users and groups"),
    global(33, "BULK_CHANGE", "Make bulk changes"),
    global(22, "CREATE_SHARED_OBJECTS", "Share dashboards and filters"),
    global(24, "MANAGE_GROUP_FILTER_SUBSCRIPTIONS", "Manage group filter subscriptions"),
    project(10, "BROWSE_PROJECTS", "Browse Projects"),
    project(23, "ADMINISTER_PROJECTS", "Administer Projects"),
    project(11, "CREATE_ISSUES", "Create Issues"),
    project(12, "EDIT_ISSUES", "Edit Issues"),
    project(15, "ADD_COMMENTS", "Add Comments"),
    project(20, "WORK_ON_ISSUES", "Work On Issues"),
    project(31, "VIEW_VOTERS_AND_WATCHERS", "View Voters and Watchers"),
    project(45, "VIEW_READONLY_WORKFLOW", "View Read-Only Workflow"),
    project(46, "VIEW_DEV_TOOLS", "View Development Tools"),
    project(48, "EDIT_WORKFLOW", "Edit Workflows"),
    project(26, "SET_ISSUE_SECURITY", "Set Issue Security"),
    project(50, "SERVICEDESK_AGENT", "Service Project Agent"),
];

impl Key {
    fn json(&self) -> Value {
        let kind = if self.project { "PROJECT" } else { "GLOBAL" };
        json!({"key": self.text, "name": self.name, "type": kind, "description": format!("Ability: {}.", self.name)})
    }
}

/// A key by its text.
pub(crate) fn find(key: &str) -> Option<&'static Key> {
    KEYS.iter().find(|known| known.text == key)
}

impl View<'_> {
    /// Whether the viewer holds a permission, for a project permission anywhere.
    pub(crate) fn holds(&self, key: &Key) -> bool {
        let administers = self.viewer.may(Right::Administer);
        match key.text {
            "USER_PICKER" => self.viewer.may(Right::BrowseUsers),
            "SERVICEDESK_AGENT" => self.viewer.may(Right::Agent),
            "BROWSE_PROJECTS" => {
                self.viewer.reach != Reach::Nothing && !self.live_projects().is_empty()
            }
            "CREATE_ISSUES" | "EDIT_ISSUES" | "ADD_COMMENTS" | "WORK_ON_ISSUES" => {
                self.viewer.logged_in() && self.viewer.reach != Reach::Nothing
            }
            _ => administers,
        }
    }

    /// The answer of `mypermissions` for some keys.
    pub(crate) fn my_permissions(&self, keys: &[&Key]) -> Value {
        let mut permissions = json!({});
        for key in keys {
            let mut entry = key.json();
            entry["id"] = json!(key.id.to_string());
            entry["havePermission"] = json!(self.holds(key));
            permissions[key.text] = entry;
        }
        json!({"permissions": permissions})
    }

    /// Those of some projects and issues, by id, in which the viewer holds a permission.
    pub(crate) fn permission_grant(
        &self,
        key: &Key,
        projects: &[String],
        issues: &[String],
    ) -> Value {
        let granted = self.holds(key);
        let number = |id: &String| id.parse::<u32>().ok();
        let reaches = |project: &Project| {
            granted && project.stage == Stage::Live && self.viewer.browses(project)
        };
        let project =
            |id: &u32| self.site.projects.iter().any(|known| known.id == *id && reaches(known));
        let issue = |id: &u32| {
            let head = self.issue_named(&id.to_string());
            head.is_some_and(|head| reaches(self.site.project_of(head)))
        };
        let projects: Vec<u32> = projects.iter().filter_map(number).filter(project).collect();
        let issues: Vec<u32> = issues.iter().filter_map(number).filter(issue).collect();
        json!({"projects": projects, "issues": issues})
    }

    /// The projects in which the viewer holds all of some project permissions.
    pub(crate) fn permitted_projects(&self, keys: &[&Key]) -> Vec<Value> {
        if !keys.iter().all(|key| self.holds(key)) {
            return Vec::new();
        }
        let projects = self.projects_in(&[Stage::Live]);
        projects.into_iter().map(|project| json!({"id": project.id, "key": project.key})).collect()
    }
}

/// The permissions there are, by key.
pub(crate) fn permission_catalogue() -> Value {
    let mut permissions = json!({});
    for key in KEYS {
        permissions[key.text] = key.json();
    }
    json!({"permissions": permissions})
}
