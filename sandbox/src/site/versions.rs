//! Versions and components of a project.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::catalogue::Category;
use super::clock::{self, DAY};
use super::issues::Embed;
use super::projects::{Audience, Project};
use super::random::{Dice, Subject};
use super::selection::Selection;
use super::{BASE, View, words};
use crate::accounts::{Right, Viewer};

impl Project {
    fn version_ids(&self) -> impl Iterator<Item = u32> {
        let first = self.id * 100;
        first..first + self.versions
    }
}

/// Whether a viewer may read the versions and components of a project they browse.
pub(crate) fn shows_children(project: &Project, viewer: &Viewer) -> bool {
    project.audience != Audience::UsersWithoutChildren || viewer.may(Right::AllChildren)
}

impl View<'_> {
    /// The versions of a project, in the order of their release.
    pub(crate) fn versions(&self, project: &Project) -> Vec<Value> {
        project.version_ids().map(|id| self.version(project, id)).collect()
    }

    /// The versions of a project, with what was asked for beside them.
    pub(crate) fn versions_with(&self, project: &Project, expand: &[&str]) -> Vec<Value> {
        let wants = |part: &str| expand.contains(&part);
        let mut versions = self.versions(project);
        for (id, version) in project.version_ids().zip(&mut versions) {
            if wants("driver") && id % 3 != 0 {
                version["driver"] = self.account(id);
            }
            if wants("approvers") {
                version["approvers"] = (0..id % 3).map(|n| self.approver(id, n)).collect();
            }
        }
        if wants("issuesstatus") {
            let counts = self.progress_of_versions(project);
            for (id, version) in project.version_ids().zip(&mut versions) {
                let [to_do, in_progress, done] = counts.get(&id).copied().unwrap_or_default();
                version["issuesStatusForFixVersion"] = json!({"unmapped": 0, "toDo": to_do,
                    "inProgress": in_progress, "done": done});
            }
        }
        versions
    }

    fn account(&self, n: u32) -> Value {
        self.user(n as usize % self.people_count())["accountId"].clone()
    }

    fn approver(&self, version: u32, n: u32) -> Value {
        let status = ["PENDING", "APPROVED", "DECLINED"][(version / 3 + n) as usize % 3];
        let mut approver = json!({"accountId": self.account(version * 2 + n), "status": status,
            "description": "Release notes 🚀"});
        if status == "DECLINED" {
            approver["declineReason"] = json!("Not yet.");
        }
        approver
    }

    /// How many issues are to do, in progress and done in each version that fixes some.
    fn progress_of_versions(&self, project: &Project) -> HashMap<u32, [u32; 3]> {
        let mut counts: HashMap<u32, [u32; 3]> = HashMap::new();
        let wanted = Selection::parse(&["fixVersions".to_owned()], "*all");
        let embed = Embed { comments: 0, worklogs: 0 };
        let mine = self.found().filter(|head| self.site.project_of(head).id == project.id);
        for head in mine {
            let of = match project.statuses()[usize::from(head.status)].category {
                Category::New => 0,
                Category::InProgress => 1,
                Category::Done => 2,
            };
            let issue = self.issue(head, &wanted, embed);
            for version in issue["fields"]["fixVersions"].as_array().into_iter().flatten() {
                let id = version["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or(0);
                counts.entry(id).or_default()[of] += 1;
            }
        }
        counts
    }

    /// A version as `project/{id}/version` lists it.
    fn version(&self, project: &Project, id: u32) -> Value {
        let mut version = self.version_ref(id);
        let n = i64::from(id % 100);
        version["projectId"] = json!(project.id);
        version["overdue"] = json!(n % 7 == 3);
        if n % 5 != 4 {
            let start = clock::START + n * 21 * DAY;
            version["startDate"] = json!(clock::day(start));
            version["userStartDate"] = json!(clock::display_day(start));
            version["userReleaseDate"] = json!(clock::display_day(start + 20 * DAY));
        }
        version
    }

    /// A version as issues hold it.
    pub(crate) fn version_ref(&self, id: u32) -> Value {
        let n = i64::from(id % 100);
        let mut version = json!({
            "self": format!("{BASE}/rest/api/3/version/{id}"), "id": id.to_string(),
            "name": format!("{}.{}", 1 + n / 10, n % 10), "archived": n < 3, "released": n < 40,
        });
        if n % 4 != 1 {
            let mut dice =
                Dice::of(self.site.options.seed, Subject::Admin, 500_000 + u64::from(id));
            version["description"] =
                json!(if n % 4 == 2 { String::new() } else { words::sentence(&mut dice) });
        }
        if n % 5 != 4 {
            version["releaseDate"] = json!(clock::day(clock::START + (n * 21 + 20) * DAY));
        }
        version
    }

    /// The components of a project, with their issue counts.
    pub(crate) fn components(&self, project: &Project) -> Vec<Value> {
        (0..project.components).map(|n| self.component(project, n)).collect()
    }

    fn component(&self, project: &Project, n: u32) -> Value {
        let mut bean = self.component_ref(project, n);
        bean["project"] = json!(project.key);
        bean["projectId"] = json!(project.id);
        bean["assigneeType"] = json!("PROJECT_LEAD");
        bean["realAssigneeType"] = json!("PROJECT_LEAD");
        bean["isAssigneeTypeValid"] = json!(n.is_multiple_of(2));
        if n.is_multiple_of(3) {
            bean["lead"] = self.user(project.lead);
        }
        let mut component = bean.clone();
        component["componentBean"] = bean;
        component["issueCount"] = json!(n % 17);
        component
    }

    /// A component as issues hold it.
    pub(crate) fn component_ref(&self, project: &Project, n: u32) -> Value {
        let id = project.id * 100 + n;
        let mut dice = Dice::of(self.site.options.seed, Subject::Admin, 900_000 + u64::from(id));
        json!({"self": format!("{BASE}/rest/api/3/component/{id}"), "id": id.to_string(),
            "name": words::title(&mut dice), "description": words::sentence(&mut dice)})
    }
}
