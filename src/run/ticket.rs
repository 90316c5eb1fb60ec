//! What is missing, as a text for those who can grant it. Pure.

use super::report::DenialReport;
use crate::jira::Account;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// How many parents are named; the report has all of them.
const PARENTS_NAMED: usize = 20;

/// A request for everything that is missing: one paragraph for each remedy, below the names of the
/// product's groups of permissions. None if nothing is missing.
pub(crate) fn ticket<'a>(
    account: &Account,
    site: &str,
    denials: impl Iterator<Item = (&'a str, &'a DenialReport)>,
) -> Option<String> {
    let missing = Missing::of(denials);
    if missing.0.is_empty() {
        return None;
    }
    let mut text = format!(
        "The Jira account {} (account id {}) reads data from {site} for our data platform. It changes nothing. Please grant it what it lacks:\n",
        account.display_name, account.id
    );
    for (group, wants) in &missing.0 {
        let _ = write!(text, "\n{group}\n");
        for ((permission, remedy), want) in wants {
            let feeds = want.feeds.iter().copied().collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "- {permission}, to read {feeds}{}. {remedy}.", want.parents());
        }
    }
    Some(text)
}

/// Group, then the name of the permission and the remedy.
struct Missing<'a>(BTreeMap<&'a str, BTreeMap<(&'a str, &'a str), Want<'a>>>);

#[derive(Default)]
struct Want<'a> {
    feeds: BTreeSet<&'a str>,
    parents: BTreeSet<&'a str>,
}

impl<'a> Missing<'a> {
    fn of(denials: impl Iterator<Item = (&'a str, &'a DenialReport)>) -> Self {
        let mut missing = Self(BTreeMap::new());
        for (feed, denial) in denials {
            let wants = missing.0.entry(denial.group).or_default();
            let want = wants.entry((denial.permission, denial.remedy.as_ref())).or_default();
            want.feeds.insert(feed);
            want.parents.extend(denial.parent.as_deref());
        }
        missing
    }
}

impl Want<'_> {
    fn parents(&self) -> String {
        if self.parents.is_empty() {
            return String::new();
        }
        let names = super::outcome::first_of(self.parents.iter().copied(), PARENTS_NAMED);
        format!(" ({names})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denial(group: &'static str, needs: &'static str, parent: Option<&str>) -> DenialReport {
        DenialReport {
            parent: parent.map(str::to_owned),
            method: "GET".into(),
            path: "/rest".into(),
            status: Some(403),
            message: String::new(),
            needs,
            permission: needs,
            group,
            scopes: Vec::new(),
            remedy: format!("Ask for {needs}").into(),
        }
    }

    fn account() -> Account {
        Account { id: "5b10".into(), display_name: "Pat Plain".into(), time_zone: None }
    }

    #[test]
    fn each_permission_is_asked_for_once_with_the_feeds_and_parents_that_need_it() {
        let denials = [
            ("screens", denial("Administration", "ADMINISTER", None)),
            ("project_roles", denial("Administration", "ADMINISTER", None)),
            ("sprints", denial("View development tools", "JIRA_SOFTWARE", Some("board 20"))),
            ("sprints", denial("View development tools", "JIRA_SOFTWARE", Some("board 21"))),
        ];
        let denials = denials.iter().map(|(feed, denial)| (*feed, denial));
        let text = ticket(&account(), "https://acme.atlassian.net", denials).unwrap();
        insta::assert_snapshot!(text, @r"
        The Jira account Pat Plain (account id 5b10) reads data from https://acme.atlassian.net for our data platform. It changes nothing. Please grant it what it lacks:

        Administration
        - ADMINISTER, to read project_roles, screens. Ask for ADMINISTER.

        View development tools
        - JIRA_SOFTWARE, to read sprints (board 20, board 21). Ask for JIRA_SOFTWARE.
        ");
    }

    #[test]
    fn nothing_is_asked_for_where_nothing_is_missing() {
        assert_eq!(ticket(&account(), "https://acme.atlassian.net", std::iter::empty()), None);
    }
}
