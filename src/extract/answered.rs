//! The parents that a feed has been asked for, so that a reading that is gone on with asks for the others only. Pure.

use super::held::Millis;
use super::issue_ids::IssueIds;
use super::parents::ParentRecord;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Jira's clock gives whole seconds, and its servers' clocks differ.
const SLACK: Millis = 60_000;

/// The parents of which all records have been sent, or the denial noted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// By the site's clock, when the first was asked for.
    began: Option<Millis>,
    /// The issues among them, each time that the reading was gone on with.
    issues: Vec<IssueIds>,
    /// All others, and issues that were denied, by what they were asked with.
    others: BTreeSet<String>,
    /// Issues of which something was denied, to this feed or to those that name its parents.
    #[serde(default, skip_serializing_if = "IssueIds::is_empty")]
    denied: IssueIds,
}

impl Answered {
    /// Begins to ask, for the first time or once more.
    pub(crate) fn begin(&mut self, now: Millis, asks_issues: bool) {
        self.began = Some(self.began.map_or(now, |began| began.min(now)));
        self.issues.extend(asks_issues.then(IssueIds::default));
    }

    /// Whether a parent need not be asked for; `again_if_changed` asks for those once more that have changed since.
    pub(crate) fn has(&self, parent: &ParentRecord, again_if_changed: bool) -> bool {
        let issue = parent.issue.filter(|issue| self.has_issue(*issue));
        if issue.is_none() && !self.others.contains(&parent.asked_with()) {
            return false;
        }
        let since = self.began.unwrap_or_default() - SLACK;
        !again_if_changed || parent.changed_at.is_some_and(|at| at < since)
    }

    fn has_issue(&self, issue: u64) -> bool {
        self.issues.iter().any(|ids| ids.contains(issue))
    }

    /// Notes a parent of which all records have been sent, or that was denied.
    pub(crate) fn note(&mut self, parent: &ParentRecord, is_denied: bool) {
        if let Some(issue) = parent.belongs_to().filter(|_| is_denied) {
            self.denied.insert("", issue);
        }
        match (parent.issue.filter(|_| !is_denied), self.issues.last_mut()) {
            (Some(issue), Some(issues)) => {
                issues.insert(parent.project.as_deref().unwrap_or_default(), issue);
            }
            _ => drop(self.others.insert(parent.asked_with())),
        }
    }

    /// The issues of which all records have been sent, each time that the reading was gone on with; nothing at all
    /// of a feed that is not asked for each issue.
    #[must_use]
    pub fn issues(&self) -> Vec<RoaringTreemap> {
        self.issues.iter().map(IssueIds::all).collect()
    }

    /// The same by project, of all times.
    #[must_use]
    pub fn all_issues(&self) -> IssueIds {
        self.issues.iter().cloned().fold(IssueIds::default(), IssueIds::and_those_of)
    }

    /// Notes issues of which not all parents are known.
    pub(crate) fn note_denied(&mut self, issues: &RoaringTreemap) {
        let known = std::mem::take(&mut self.denied);
        self.denied = known.and_those_of(IssueIds::of("", issues.clone()));
    }

    /// The issues of which something was denied: what they have not, has not gone.
    #[must_use]
    pub fn denied(&self) -> RoaringTreemap {
        self.denied.all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Bindings;
    use std::sync::Arc;

    const NOON: Millis = 1_800_000_000_000;

    fn parent(name: &str, issue: Option<u64>, changed_at: Option<Millis>) -> ParentRecord {
        let bindings = Arc::new(Bindings::new([("name".to_owned(), name.to_owned())]));
        let project = issue.map(|_| "ENG".to_owned());
        ParentRecord { id: None, issue, project, changed_at, label: name.to_owned(), bindings }
    }

    #[test]
    fn who_has_answered_is_asked_again_only_if_it_has_changed_and_that_counts() {
        let mut answered = Answered::default();
        answered.begin(NOON, true);
        let (issue, board) = (parent("a", Some(1), Some(NOON - 90_000)), parent("b", None, None));
        assert!(!answered.has(&issue, true) && !answered.has(&board, true));
        answered.note(&issue, false);
        answered.note(&board, false);
        answered.begin(NOON + 3_600_000, true);
        assert!(answered.has(&issue, true) && answered.has(&board, false));
        let changed = parent("a", Some(1), Some(NOON + 5));
        assert!(!answered.has(&changed, true) && answered.has(&changed, false));
        let perhaps = parent("a", Some(1), Some(NOON - 30_000));
        assert!(!answered.has(&perhaps, true), "another server's clock may be behind");
        assert!(!answered.has(&parent("a", Some(1), None), true), "nobody knows");
        assert!(!answered.has(&parent("c", None, None), true));
    }

    #[test]
    fn a_denied_issue_is_not_asked_for_again_and_counts_as_not_read() {
        let mut answered = Answered::default();
        answered.begin(NOON, true);
        let denied = parent("a", Some(1), Some(NOON - 90_000));
        answered.note(&denied, true);
        assert!(answered.has(&denied, true));
        assert!(answered.all_issues().is_empty());
    }
}
