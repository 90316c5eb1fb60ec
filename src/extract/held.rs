//! What the lake already has of a feed, and what an incremental run adds to it: decides which records
//! are news. Pure but for a lock around the news.

use super::issue_ids::IssueIds;
use super::record::{Record, issue_of, text};
use crate::catalog::Pointer;
use crate::columns::instant_micros;
use crate::jira::json;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Milliseconds since 1970 UTC, by the site's clock.
pub type Millis = i64;

const MINUTE: Millis = 60_000;

/// What the lake has of a feed: kept as the feed's cursor between runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// All changes before this moment are in the lake.
    pub watermark: Millis,
    /// The records that changed since shortly before the watermark, with the moment of their last change:
    /// the next run meets them again, and needs to write only those that changed once more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recent: BTreeMap<String, Millis>,
    /// The issues whose records are in the lake, for a feed of issues or of what is in them.
    #[serde(default)]
    pub issues: IssueIds,
    /// Further ones, which the search did not find the last time although nothing says that they are gone:
    /// their project may be hidden or archived. What became of them since, nobody has seen.
    #[serde(default)]
    pub out_of_sight: IssueIds,
    /// Records that Jira lists as changed and would not give, by id: they may belong to what is hidden from
    /// the account, and no later list names them again.
    #[serde(default, skip_serializing_if = "IssueIds::is_empty")]
    pub withheld: IssueIds,
}

impl Held {
    /// The same, but everything is to be read again.
    #[must_use]
    pub fn forgotten(self) -> Self {
        // Whatever was withheld is listed again.
        Self { out_of_sight: self.in_the_lake(), ..Self::default() }
    }

    /// Whether nothing is known but which issues are in the lake.
    fn is_forgotten(&self) -> bool {
        self.watermark == 0
    }

    /// All issues of which the lake has records.
    fn in_the_lake(&self) -> IssueIds {
        self.issues.clone().and_those_of(self.out_of_sight.clone())
    }

    /// What two feeds have in common that are read together: only what both have need not be read.
    #[must_use]
    pub fn in_common_with(&self, other: &Self) -> Self {
        let common = |(key, at): (&String, &Millis)| {
            (other.recent.get(key) == Some(at)).then(|| (key.clone(), *at))
        };
        let issues = self.issues.only(&other.issues.all());
        Self {
            watermark: self.watermark.min(other.watermark),
            recent: self.recent.iter().filter_map(common).collect(),
            out_of_sight: self
                .in_the_lake()
                .and_those_of(other.in_the_lake())
                .without(&issues.all()),
            withheld: self.withheld.clone().and_those_of(other.withheld.clone()),
            issues,
        }
    }
}

/// How an incremental feed looks back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lookback {
    /// How much of what the lake has is looked at again: what Jira's search index learns late is in it.
    pub overlap: Duration,
    /// How far the watermark stays behind the present.
    pub lag: Duration,
    /// Whether all ids are listed, to find what has been deleted.
    pub finds_deleted: bool,
}

/// The incremental reading of one feed, and of all that hang on its records.
#[derive(Debug)]
pub struct Increment {
    held: Option<Held>,
    held_issues: RoaringTreemap,
    lookback: Lookback,
    /// Where a record says when it changed.
    cursor: Option<Pointer>,
    news: Mutex<News>,
}

#[derive(Debug, Default)]
struct News {
    /// By the site's clock, when the reading began.
    began: Option<Millis>,
    /// Issues whose records were read.
    read: RoaringTreemap,
    /// Issues that the search found.
    found: IssueIds,
    /// Whether all that the search finds has been noted, and not only what changed.
    found_all: bool,
    /// Issues that are in the lake and not on the site any more.
    gone: RoaringTreemap,
    /// Records that were met, and when they changed.
    met: BTreeMap<String, Millis>,
    /// Keys of records that Jira lists as deleted.
    deleted: Vec<String>,
    /// Ids of records that were asked for and did not come, and of those that came.
    withheld: RoaringTreemap,
    given: RoaringTreemap,
}

impl Increment {
    /// The reading of what is not in `held`; of everything without it.
    #[must_use]
    pub fn new(held: Option<Held>, lookback: Lookback, cursor: Option<Pointer>) -> Self {
        let held_issues = held.as_ref().map(|held| held.issues.all()).unwrap_or_default();
        Self { held, held_issues, lookback, cursor, news: Mutex::default() }
    }

    /// Notes when reading began; the first word counts. The watermark follows from it.
    pub(crate) fn begin(&self, now: Millis) {
        self.news().began.get_or_insert(now);
    }

    /// From when on changes are asked for; none for a feed that is read from the beginning.
    #[must_use]
    pub fn since(&self) -> Option<Millis> {
        let held = self.held.as_ref().filter(|held| !held.is_forgotten())?;
        let began = self.news().began.unwrap_or(Millis::MAX);
        // The site's clock was ahead then, or is behind now: what changed since, no moment tells.
        if held.watermark > began {
            return Some(0);
        }
        Some(
            self.overlap_before(
                held.watermark.min(began.saturating_sub(millis(self.lookback.lag))),
            ),
        )
    }

    /// Search may compare by the minute.
    fn overlap_before(&self, moment: Millis) -> Millis {
        let since = moment.saturating_sub(millis(self.lookback.overlap)).max(0);
        since - since % MINUTE
    }

    pub(crate) fn finds_deleted(&self) -> bool {
        self.lookback.finds_deleted
    }

    /// The issues whose records are in the lake.
    pub(crate) fn held_issues(&self) -> &RoaringTreemap {
        &self.held_issues
    }

    /// All issues of which the lake has records, whether or not they were found the last time.
    pub(crate) fn issues_in_the_lake(&self) -> IssueIds {
        self.held.as_ref().map(Held::in_the_lake).unwrap_or_default()
    }

    /// Whether the search's index must know by now what changed at a moment.
    pub(crate) fn is_settled(&self, at: Millis) -> bool {
        at < self.watermark_after(&self.news())
    }

    /// Whether an issue must be read; `changed_at` is when it changed last, if that is known.
    pub(crate) fn wants_issue(&self, id: u64, changed_at: Option<Millis>) -> bool {
        let Some(held) = self.held.as_ref().filter(|_| self.held_issues.contains(id)) else {
            return true;
        };
        changed_at.is_none_or(|at| {
            self.since().is_some_and(|since| at >= since)
                && held.recent.get(&id.to_string()) != Some(&at)
        })
    }

    /// Notes an issue that the search found again, unchanged or not.
    pub(crate) fn note_found(&self, issues: &IssueIds) {
        let mut news = self.news();
        let found = std::mem::take(&mut news.found);
        news.found = found.and_those_of(issues.clone());
    }

    /// Notes that the search finds no other issues than those that have been noted.
    pub(crate) fn note_found_all(&self) {
        self.news().found_all = true;
    }

    /// The issues that the search found.
    pub(crate) fn found_issues(&self) -> IssueIds {
        self.news().found.clone()
    }

    /// Notes an issue that was looked at, and whether its records were read whole.
    pub(crate) fn note_issue(&self, id: u64, changed_at: Option<Millis>, was_read: bool) {
        let mut news = self.news();
        if was_read {
            news.read.insert(id);
        }
        if let Some(at) = changed_at {
            self.remember(&mut news, &id.to_string(), at);
        }
    }

    /// What the next run does not meet again need not be remembered.
    fn remember(&self, news: &mut News, key: &str, at: Millis) {
        if at >= self.overlap_before(self.watermark_after(news)) {
            news.met.insert(key.to_owned(), at);
        }
    }

    fn watermark_after(&self, news: &News) -> Millis {
        let before = || self.held.as_ref().map_or(0, |held| held.watermark);
        news.began.map_or_else(before, |began| began - millis(self.lookback.lag))
    }

    /// Notes an issue of which something could not be read: the next run tries again.
    pub(crate) fn note_unread(&self, id: u64) {
        let mut news = self.news();
        news.read.remove(id);
        news.met.remove(&id.to_string());
    }

    /// Notes issues that are not on the site any more.
    pub(crate) fn note_gone(&self, gone: &RoaringTreemap) {
        self.news().gone |= gone & self.issues_in_the_lake().all();
    }

    /// Notes records that Jira lists as deleted.
    pub(crate) fn note_deleted(&self, keys: impl IntoIterator<Item = String>) {
        self.news().deleted.extend(keys);
    }

    /// Ids of records that Jira would not give before: at most `most`, and in the long run each of them.
    pub(crate) fn withheld(&self, most: usize) -> Vec<String> {
        let ids: Vec<u64> =
            self.held.iter().flat_map(|held| held.withheld.all().into_iter()).collect();
        let minutes = self.news().began.unwrap_or_default() / MINUTE;
        let first = usize::try_from(minutes).unwrap_or(0) % ids.len().max(1);
        ids.iter().cycle().skip(first).take(most.min(ids.len())).map(u64::to_string).collect()
    }

    /// Notes which of the records that were asked for did not come.
    pub(crate) fn note_given(&self, asked: &RoaringTreemap, given: &RoaringTreemap) {
        let mut news = self.news();
        news.withheld |= asked - given;
        news.given |= given;
    }

    /// Whether a record is news: it is not, if the lake has it as it is. `only_since` also leaves out what
    /// is older than what was asked for, unless the lake has nothing of its issue.
    pub(crate) fn is_news(&self, key: &str, record: &Record, only_since: bool) -> bool {
        let changed_at = self.cursor.as_ref().and_then(|at| changed_at(record, at));
        let Some(at) = changed_at else { return true };
        self.remember(&mut self.news(), key, at);
        let Some(held) = &self.held else { return true };
        let is_old = only_since
            && self.since().is_some_and(|since| at < since)
            && issue_of(record).is_some_and(|id| self.held_issues.contains(id));
        !is_old && held.recent.get(key) != Some(&at)
    }

    /// The issues whose records were read in this run.
    #[must_use]
    pub fn read_issues(&self) -> RoaringTreemap {
        self.news().read.clone()
    }

    /// The issues that are in the lake and not on the site any more.
    #[must_use]
    pub fn gone_issues(&self) -> RoaringTreemap {
        self.news().gone.clone()
    }

    /// The keys of records that Jira lists as deleted.
    #[must_use]
    pub fn deleted(&self) -> Vec<String> {
        self.news().deleted.clone()
    }

    /// What the lake has once what was read is in it.
    #[must_use]
    pub fn held_after(&self) -> Held {
        let news = self.news();
        let before = self.held.clone().unwrap_or_default();
        let watermark =
            news.began.map_or(before.watermark, |began| began - millis(self.lookback.lag));
        let next_since = self.overlap_before(watermark);
        let recent = before.recent.clone().into_iter().chain(news.met.clone());
        let found = news.found.all();
        let settled = &found | &news.gone;
        let unseen = before.in_the_lake().without(&settled);
        let (unchanged, out_of_sight) = if news.found_all {
            (IssueIds::default(), unseen)
        } else {
            (before.issues.without(&settled), before.out_of_sight.without(&settled))
        };
        let present = (&self.held_issues | &news.read) & found;
        Held {
            watermark,
            recent: recent.filter(|(_, at)| *at >= next_since).collect(),
            issues: unchanged.and_those_of(news.found.only(&present)),
            out_of_sight,
            withheld: withheld(before.withheld, &news),
        }
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a record changed last, as it says itself.
pub(crate) fn changed_at(record: &Record, at: &Pointer) -> Option<Millis> {
    json::at(text(&record.json), at).and_then(instant_micros).map(|micros| micros.div_euclid(1000))
}

/// What is withheld now: what was before and now, but for what came, or is gone.
fn withheld(before: IssueIds, news: &News) -> IssueIds {
    let deleted = news.deleted.iter().filter_map(|id| id.parse::<u64>().ok());
    let settled = &news.given | deleted.collect::<RoaringTreemap>();
    before.and_those_of(IssueIds::of("", news.withheld.clone())).without(&settled)
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOKBACK: Lookback = Lookback {
        overlap: Duration::from_mins(10),
        lag: Duration::from_mins(5),
        finds_deleted: true,
    };
    const NOON: Millis = 1_800_000_000_000;

    fn ids(of: &[(&str, u64)]) -> IssueIds {
        let mut ids = IssueIds::default();
        for (project, id) in of {
            ids.insert(project, *id);
        }
        ids
    }

    fn run(
        held: Option<Held>,
        now: Millis,
        found: &IssueIds,
        changed: &[(u64, Millis)],
    ) -> (Vec<u64>, Held) {
        let increment = Increment::new(held, LOOKBACK, None);
        increment.begin(now);
        increment.note_found(found);
        increment.note_found_all();
        let mut read = Vec::new();
        for (id, at) in changed {
            let wants = increment.wants_issue(*id, Some(*at));
            increment.note_issue(*id, Some(*at), wants);
            read.extend(wants.then_some(*id));
        }
        (read, increment.held_after())
    }

    #[test]
    fn what_is_met_again_unchanged_is_not_read_again() {
        let site = ids(&[("ENG", 1), ("ENG", 2), ("OPS", 3)]);
        let changes = [(1, NOON - 1000), (2, NOON - 400_000), (3, NOON - 86_400_000)];
        let (read, held) = run(None, NOON, &site, &changes);
        assert_eq!(read, [1, 2, 3]);
        assert_eq!(held.watermark, NOON - 300_000);
        assert_eq!(held.issues, site);
        assert_eq!(held.recent.len(), 2, "only what the next run meets again is remembered");

        let (read, held) = run(Some(held), NOON + 60_000, &site, &changes[..2]);
        assert!(read.is_empty(), "{read:?}");
        let (read, held) =
            run(Some(held), NOON + 120_000, &site, &[(1, NOON + 90_000), changes[1]]);
        assert_eq!(read, [1], "changed once more");
        assert_eq!(held.issues, site);
    }

    #[test]
    fn an_issue_that_the_lake_has_not_is_read_however_old_it_is() {
        let (_, held) = run(None, NOON, &ids(&[("ENG", 1)]), &[(1, NOON - 1000)]);
        let site = ids(&[("ENG", 1), ("ENG", 9)]);
        let (read, held) = run(Some(held), NOON + 60_000, &site, &[(9, 5)]);
        assert_eq!(read, [9]);
        assert_eq!(held.issues, site);
    }

    #[test]
    fn what_is_gone_and_what_moved_leaves_its_project() {
        let (_, held) =
            run(None, NOON, &ids(&[("ENG", 1), ("ENG", 2), ("ENG", 3)]), &[(1, 1), (2, 1), (3, 1)]);
        let increment = Increment::new(Some(held), LOOKBACK, None);
        increment.begin(NOON + 1000);
        increment.note_found(&ids(&[("OPS", 1)]));
        increment.note_found_all();
        increment.note_gone(&RoaringTreemap::from_iter([2, 77]));
        assert_eq!(increment.gone_issues().iter().collect::<Vec<_>>(), [2], "77 was never held");
        let held = increment.held_after();
        assert_eq!(held.issues, ids(&[("OPS", 1)]));
        assert_eq!(held.out_of_sight, ids(&[("ENG", 3)]), "its project may be hidden");

        let increment = Increment::new(Some(held), LOOKBACK, None);
        increment.begin(NOON + 2000);
        assert!(increment.wants_issue(3, Some(5)), "what became of it meanwhile, nobody has seen");
        assert!(increment.issues_in_the_lake().all().contains(3), "it may be gone by now");
    }

    #[test]
    fn an_issue_that_was_not_read_whole_is_tried_again() {
        let increment = Increment::new(None, LOOKBACK, None);
        increment.begin(NOON);
        increment.note_found(&ids(&[("ENG", 1), ("ENG", 2)]));
        increment.note_found_all();
        increment.note_issue(1, Some(NOON), true);
        increment.note_issue(2, Some(NOON), true);
        increment.note_unread(2);
        let held = increment.held_after();
        assert_eq!(held.issues, ids(&[("ENG", 1)]));
        assert!(Increment::new(Some(held), LOOKBACK, None).wants_issue(2, Some(NOON)));
    }

    #[test]
    fn a_clock_that_was_ahead_hides_nothing() {
        let held =
            Held { watermark: NOON + 86_400_000, issues: ids(&[("ENG", 1)]), ..Held::default() };
        let increment = Increment::new(Some(held), LOOKBACK, None);
        increment.begin(NOON);
        assert_eq!(increment.since(), Some(0), "nobody knows since when");
        assert!(increment.wants_issue(1, Some(NOON - 60_000)));
        assert_eq!(increment.held_after().watermark, NOON - 300_000);
    }

    #[test]
    fn feeds_that_are_read_together_skip_only_what_both_have() {
        let held = |watermark, recent: &[(&str, i64)], of: &[(&str, u64)]| Held {
            watermark,
            recent: recent.iter().map(|(key, at)| ((*key).to_owned(), *at)).collect(),
            issues: ids(of),
            out_of_sight: IssueIds::default(),
            withheld: IssueIds::default(),
        };
        let one = held(20, &[("1", 5), ("2", 6)], &[("ENG", 1), ("ENG", 2)]);
        let other = held(10, &[("1", 5), ("2", 7)], &[("ENG", 1)]);
        let out_of_sight = ids(&[("ENG", 2)]);
        let common = Held { out_of_sight, ..held(10, &[("1", 5)], &[("ENG", 1)]) };
        assert_eq!(one.in_common_with(&other), common);
    }

    #[test]
    fn without_the_list_of_all_issues_the_others_stay_as_they_are() {
        let (_, held) = run(None, NOON, &ids(&[("ENG", 1), ("ENG", 2)]), &[(1, 1), (2, 1)]);
        let increment = Increment::new(Some(held), LOOKBACK, None);
        increment.begin(NOON + 1000);
        increment.note_found(&ids(&[("OPS", 1)]));
        increment.note_issue(1, Some(NOON), true);
        let held = increment.held_after();
        assert_eq!(held.issues, ids(&[("OPS", 1), ("ENG", 2)]));
        assert_eq!(held.out_of_sight, IssueIds::default());
    }

    #[test]
    fn what_is_withheld_is_asked_for_until_it_comes_or_is_gone() {
        let numbers = |of: &[u64]| of.iter().copied().collect::<RoaringTreemap>();
        let increment = Increment::new(None, LOOKBACK, None);
        increment.begin(NOON);
        increment.note_given(&numbers(&[1, 2, 3, 4]), &numbers(&[4]));
        let held = increment.held_after();
        let increment = Increment::new(Some(held), LOOKBACK, None);
        increment.begin(NOON + 60_000);
        let mut asked = increment.withheld(10);
        asked.sort();
        assert_eq!(asked, ["1", "2", "3"]);
        assert_eq!(increment.withheld(2).len(), 2);
        increment.note_given(&numbers(&[1, 2, 3]), &numbers(&[1]));
        increment.note_deleted(["2".to_owned()]);
        assert_eq!(increment.held_after().withheld.all(), numbers(&[3]));
    }
}
