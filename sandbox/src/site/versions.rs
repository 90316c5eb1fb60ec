//! Versions and components of a project.

use serde_json::{Value, json};

use super::clock::{self, DAY};
use super::projects::{Audience, Project};
use super::random::{Dice, Subject};
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
