//! Changes of projects: who may browse them, and whether they are archived.

use crate::accounts::{self, Viewer};
use crate::site::Site;
use crate::site::projects::{Project, Stage};

impl Site {
    /// Withdraws *Browse projects* in a project, by key, from one account, by its e-mail address:
    /// to that account it is as if the project were not there.
    pub fn hide_project(&mut self, project: &str, account: &str) {
        let Some((project, person)) = self.project_and_person(project, account) else { return };
        if !project.hidden_from.contains(&person) {
            project.hidden_from.push(person);
        }
    }

    /// Gives back what [`Site::hide_project`] withdrew.
    pub fn show_project(&mut self, project: &str, account: &str) {
        let Some((project, person)) = self.project_and_person(project, account) else { return };
        project.hidden_from.retain(|hidden| *hidden != person);
    }

    /// Archives a project, by key, or restores it. Nothing of an archived project is found by
    /// search, and its children do not answer. A trashed project stays in the trash.
    pub fn archive_project(&mut self, project: &str, archived: bool) {
        if let Some(project) = self.project_mut(project).filter(|of| of.stage != Stage::Trashed) {
            project.stage = if archived { Stage::Archived } else { Stage::Live };
        }
    }

    /// Takes over from a later state of the site who may browse what: the index of a search may be
    /// behind, permissions are not.
    pub(crate) fn follow_access(&mut self, later: &Self) {
        for (mine, theirs) in self.projects.iter_mut().zip(&later.projects) {
            mine.hidden_from.clone_from(&theirs.hidden_from);
            mine.stage = theirs.stage;
        }
    }

    /// Whether [`Site::follow_access`] would change anything.
    pub(crate) fn has_access_of(&self, later: &Self) -> bool {
        let same = |(mine, theirs): (&Project, &Project)| {
            mine.hidden_from == theirs.hidden_from && mine.stage == theirs.stage
        };
        self.projects.iter().zip(&later.projects).all(same)
    }

    /// The ids of the issues an account finds by search, in their order.
    #[must_use]
    pub fn issue_ids(&self, account: &str) -> Vec<u64> {
        let viewer = viewer(account);
        self.view(&viewer).found().map(|head| u64::from(head.id)).collect()
    }

    /// The keys of the live projects an account may browse.
    #[must_use]
    pub fn live_project_keys(&self, account: &str) -> Vec<String> {
        let viewer = viewer(account);
        let live = self.view(&viewer).projects_in(&[Stage::Live]);
        live.into_iter().map(|project| project.key.clone()).collect()
    }

    fn project_mut(&mut self, key: &str) -> Option<&mut Project> {
        self.projects.iter_mut().find(|project| project.key.eq_ignore_ascii_case(key))
    }

    fn project_and_person(&mut self, key: &str, account: &str) -> Option<(&mut Project, usize)> {
        let person = viewer(account).person?;
        Some((self.project_mut(key)?, person))
    }
}

/// Whoever logs in with an e-mail address; nobody in particular where no account has it.
fn viewer(account: &str) -> Viewer {
    accounts::find(account).map_or_else(Viewer::anonymous, Viewer::of)
}
