//! How many requests a plan comes to, as far as that can be told beforehand. Pure.

use super::Plan;
use super::plan::{IssuesPlan, PlannedFeed};
use crate::catalog::{PageStyle, Strategy};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// Ids of issues in a page of a search.
const IDS_A_PAGE: u64 = 5000;
/// Issues in a call for their rows.
const ROWS_A_CALL: u64 = 100;
/// Issues in a call for their histories.
const HISTORIES_A_CALL: u64 = 1000;
/// Login, and the fields of the site.
const OVERHEAD: u64 = 2;

/// The issues of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Those that are read; none if no feed needs them.
    pub(super) read: Option<u64>,
    /// Those whose ids are listed beside that, to see which have gone.
    pub(super) listed: u64,
}

impl Load {
    pub(super) fn of(issues: u64) -> Self {
        Self { read: Some(issues), listed: 0 }
    }

    pub(super) fn add(&mut self, more: Self) {
        self.read = match (self.read, more.read) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
        self.listed += more.listed;
    }
}

/// The requests of a plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Need {
    /// By feed; none where nothing tells beforehand.
    feeds: BTreeMap<String, Option<u64>>,
    overhead: u64,
    seconds: f64,
}

impl Need {
    pub(super) fn of(plan: &Plan, load: Load, rate: NonZeroU32) -> Self {
        let issues = load.read.unwrap_or_default();
        let mut need = Self { overhead: OVERHEAD, ..Self::default() };
        // The limit is one for each method and path.
        let mut busiest = 0;
        if let Some(pass) = &plan.issues {
            let sweep = pages(issues, IDS_A_PAGE) + load.listed.div_ceil(IDS_A_PAGE);
            let rows = if needs_rows(plan, pass) { issues.div_ceil(ROWS_A_CALL) } else { 0 };
            busiest = sweep.max(rows);
            need.feeds.insert(pass.issues.feed.name.clone(), Some(sweep + rows));
            let embedded = pass.embedded.keys().map(|feed| (feed.clone(), Some(0)));
            need.feeds.extend(embedded);
            if let Some(changelogs) = &pass.changelogs {
                let calls = issues.div_ceil(HISTORIES_A_CALL);
                need.feeds.insert(changelogs.feed.name.clone(), Some(calls));
            }
        }
        for planned in plan.feeds.values() {
            need.feeds.insert(planned.feed.name.clone(), of_its_own(plan, planned, issues));
        }
        let derived = plan.derived.values().flat_map(BTreeMap::keys);
        need.feeds.extend(derived.map(|feed| (feed.clone(), Some(0))));
        let own = plan.feeds.keys().filter_map(|feed| need.of_feed(feed));
        let busiest = own.fold(busiest, u64::max);
        need.seconds = seconds(busiest, rate);
        need
    }

    pub(super) fn add(&mut self, more: Self) {
        for (feed, requests) in more.feeds {
            let all = self.feeds.entry(feed).or_insert(Some(0));
            *all = all.zip(requests).map(|(a, b)| a + b);
        }
        // One login for all windows.
        self.overhead = self.overhead.max(more.overhead);
        self.seconds += more.seconds;
    }

    pub(super) fn of_feed(&self, feed: &str) -> Option<u64> {
        self.feeds.get(feed).copied().flatten()
    }

    pub(super) fn requests(&self) -> u64 {
        self.overhead + self.feeds.values().flatten().sum::<u64>()
    }

    pub(super) fn seconds(&self) -> f64 {
        self.seconds
    }
}

/// A list has at least one page.
fn pages(records: u64, a_page: u64) -> u64 {
    records.div_ceil(a_page).max(1)
}

fn seconds(requests: u64, rate: NonZeroU32) -> f64 {
    let tenths = requests.saturating_mul(10).div_ceil(u64::from(rate.get()));
    f64::from(u32::try_from(tenths).unwrap_or(u32::MAX)) / 10.0
}

fn needs_rows(plan: &Plan, pass: &IssuesPlan) -> bool {
    let mut children = plan.feeds.values();
    pass.issues.is_chosen
        || !pass.embedded.is_empty()
        || children.any(|planned| is_child(planned, &pass.issues))
}

fn is_child(planned: &PlannedFeed, parent: &PlannedFeed) -> bool {
    planned.feed.parent.as_ref().is_some_and(|above| above.feed == parent.feed.name)
}

fn of_its_own(plan: &Plan, planned: &PlannedFeed, issues: u64) -> Option<u64> {
    let pass = plan.issues.as_ref();
    let is_single = planned.feed.endpoint.as_ref().is_some_and(|one| one.page == PageStyle::Single);
    match planned.feed.strategy {
        _ if pass.is_some_and(|pass| is_child(planned, &pass.issues)) => Some(issues),
        Strategy::List if is_single => {
            Some(planned.feed.each.as_ref().map_or(1, |(_, values)| values.len() as u64))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn need(names: &[&str], load: Load) -> Need {
        let catalog = Catalog::with_custom([]).unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let plan = Plan::for_backfill(&catalog, &catalog.select(&names).unwrap(), None).unwrap();
        Need::of(&plan, load, NonZeroU32::new(50).unwrap())
    }

    #[test]
    fn requests_follow_from_the_issues() {
        let all = need(&["issues", "issue_comments", "issue_changelogs"], Load::of(12_001));
        assert_eq!(all.of_feed("issues"), Some(3 + 121));
        assert_eq!(all.of_feed("issue_comments"), Some(0));
        assert_eq!(all.of_feed("issue_changelogs"), Some(13));
        assert_eq!(all.requests(), 2 + 3 + 121 + 13);
        assert!((all.seconds() - 2.5).abs() < 0.01, "121 at 50 a second: {}", all.seconds());
    }

    #[test]
    fn a_feed_that_is_asked_for_each_issue_costs_a_request_for_each() {
        let watchers = need(&["issue_watchers"], Load::of(250));
        assert_eq!(watchers.of_feed("issue_watchers"), Some(250));
    }

    #[test]
    fn histories_alone_need_no_rows_and_a_long_list_is_not_known_beforehand() {
        assert_eq!(need(&["issue_changelogs"], Load::of(900)).of_feed("issues"), Some(1));
        assert_eq!(need(&["audit_records"], Load::default()).of_feed("audit_records"), None);
    }
}
