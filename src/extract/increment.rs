//! The incremental reading of a feed: decides which records are news to the lake, and notes what comes of them.
//! Pure but for a lock around the news.

use super::held::{Held, Millis};
use super::issue_ids::IssueIds;
use super::record::{Record, issue_of, text};
use crate::catalog::Pointer;
use crate::columns::instant_micros;
use crate::jira::json;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

const MINUTE: Millis = 60_000;

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
    /// What an interrupted reading had noted that this one goes on with.
    before: OnceLock<Interrupted>,
    /// The issues of which an interrupted run has staged what other feeds have of them.
    staged: Mutex<IssueIds>,
    news: Mutex<News>,
}

/// What a reading has noted up to a savepoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Noted {
    began: Option<Millis>,
    /// One each time that it was gone on with.
    reads: Vec<IssueIds>,
    met: BTreeMap<String, Millis>,
    /// Issues of which something could not be read.
    #[serde(default, skip_serializing_if = "IssueIds::is_empty")]
    unread: IssueIds,
    /// Records that were asked for and did not come, and those that came at last.
    #[serde(default, skip_serializing_if = "IssueIds::is_empty")]
    withheld: IssueIds,
    #[serde(default, skip_serializing_if = "IssueIds::is_empty")]
    given: IssueIds,
}

#[derive(Debug, Default)]
struct Interrupted {
    /// The issues whose records each of the readings has read, up to the last savepoint.
    reads: Vec<IssueIds>,
    /// Those of all readings.
    read: RoaringTreemap,
    met: BTreeMap<String, Millis>,
    /// Whether what has changed since is read once more.
    reads_changed: bool,
}

#[derive(Debug, Default)]
struct News {
    /// By the site's clock, when the reading began.
    began: Option<Millis>,
    /// Issues whose records were read, and those that turned out not to have been read whole.
    read: RoaringTreemap,
    unread: RoaringTreemap,
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
        let (before, staged) = (OnceLock::new(), Mutex::default());
        Self { held, held_issues, lookback, cursor, before, staged, news: Mutex::default() }
    }

    /// Goes on with a reading that was interrupted. What has changed since it was read then is read once more
    /// with `reads_changed`, and by a later run without: for a snapshot each record comes once.
    pub fn go_on_with(&self, noted: Noted, reads_changed: bool) {
        let Noted { began, reads, met, unread, withheld, given } = noted;
        let mut news = self.news();
        news.began = began;
        news.unread = unread.all();
        (news.withheld, news.given) = (withheld.all(), given.all());
        news.met.clone_from(&met);
        let read = reads.iter().fold(RoaringTreemap::new(), |all, read| all | read.all());
        // A second word would be that of another reading.
        let _ = self.before.set(Interrupted { reads, read, met, reads_changed });
    }

    /// Notes issues of which an interrupted run has staged records of a feed that is asked for each of them.
    pub fn note_staged(&self, issues: IssueIds) {
        let mut staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
        *staged = std::mem::take(&mut *staged).and_those_of(issues);
    }

    /// What has been noted so far.
    #[must_use]
    pub fn noted(&self) -> Noted {
        let news = self.news();
        let ids = |ids: RoaringTreemap| IssueIds::of("", ids);
        // What nobody missed need not be remembered.
        let missed = self.held.as_ref().map(|held| held.withheld.all()).unwrap_or_default();
        Noted {
            began: news.began,
            reads: self.reads(&news),
            met: news.met.clone(),
            unread: ids(news.unread.clone()),
            withheld: ids(news.withheld.clone()),
            given: ids(&news.given & (missed | &news.withheld)),
        }
    }

    /// The issues whose records were read, each time that the reading was gone on with.
    fn reads(&self, news: &News) -> Vec<IssueIds> {
        let before = self.before.get().into_iter().flat_map(|before| &before.reads);
        let read = &news.read - &news.unread;
        let not_found = IssueIds::of("", &read - news.found.all());
        let now = news.found.only(&read).and_those_of(not_found);
        before.map(|read| read.without(&news.unread)).chain([now]).collect()
    }

    fn was_read_before(&self, id: u64) -> bool {
        self.before.get().is_some_and(|before| before.read.contains(id))
    }

    /// Notes when reading began; the earliest moment counts. The watermark follows from it.
    pub(crate) fn begin(&self, now: Millis) {
        let mut news = self.news();
        // A clock that was ahead when an interrupted reading began would hide what has changed since.
        news.began = Some(news.began.map_or(now, |began| began.min(now)));
    }

    /// From when on changes are asked for of what an interrupted reading has read; none if they are not.
    pub(crate) fn changed_since_interrupted(&self) -> Option<Millis> {
        self.before.get().filter(|before| before.reads_changed)?;
        let news = self.news();
        Some(self.overlap_before(self.watermark_after(&news)))
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

    /// All issues of which the lake has records, whether or not they were found the last time, or will have
    /// them because an interrupted reading has staged them.
    pub(crate) fn issues_in_the_lake(&self) -> IssueIds {
        let held = self.held.as_ref().map(Held::in_the_lake).unwrap_or_default();
        let read = self.before.get().into_iter().flat_map(|before| before.reads.clone());
        let staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner).clone();
        read.chain([staged]).fold(held, IssueIds::and_those_of)
    }

    /// Issues of the lake that were not found or could not be read the last time.
    pub(crate) fn issues_out_of_sight(&self) -> IssueIds {
        self.held.as_ref().map(|held| held.out_of_sight.clone()).unwrap_or_default()
    }

    /// Whether the search's index must know by now what changed at a moment.
    pub(crate) fn is_settled(&self, at: Millis) -> bool {
        at < self.watermark_after(&self.news())
    }

    /// Whether an issue must be read; `changed_at` is when it changed last, if that is known.
    pub(crate) fn wants_issue(&self, id: u64, changed_at: Option<Millis>) -> bool {
        if self.was_read_before(id) {
            let is_news = |since, at| at >= since && self.has_not(&id.to_string(), at);
            return self
                .changed_since_interrupted()
                .is_some_and(|since| changed_at.is_none_or(|at| is_news(since, at)));
        }
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

    /// Notes an issue of which something could not be read, whatever else is noted of it: it is out of sight,
    /// and the next run that finds it tries again.
    pub(crate) fn note_unread(&self, id: u64) {
        self.news().unread.insert(id);
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

    /// Notes records that went with their issues. An issue that has only been out of the account's reach comes
    /// back without a change to its records.
    pub(crate) fn note_gone_with_issue(&self, records: &RoaringTreemap) {
        let mut news = self.news();
        news.withheld |= records;
        news.given -= records;
    }

    /// Whether a record is news: it is not, if the lake has it as it is. `only_since` also leaves out what
    /// is older than what was asked for, unless the lake has nothing of its issue.
    pub(crate) fn is_news(&self, key: &str, record: &Record, only_since: bool) -> bool {
        let changed_at = self.cursor.as_ref().and_then(|at| changed_at(record, at));
        let Some(at) = changed_at else { return true };
        self.remember(&mut self.news(), key, at);
        let issue = only_since.then(|| issue_of(record)).flatten();
        self.has_not(key, at) && !issue.is_some_and(|issue| self.has_all_before(issue, at))
    }

    /// Whether neither the lake nor an interrupted reading has a record as it was at a moment.
    fn has_not(&self, key: &str, at: Millis) -> bool {
        let recent = self.held.as_ref().and_then(|held| held.recent.get(key));
        let met = self.before.get().and_then(|before| before.met.get(key));
        recent != Some(&at) && met != Some(&at)
    }

    /// Whether what an issue has from a moment is older than what is asked for.
    fn has_all_before(&self, issue: u64, at: Millis) -> bool {
        let since = match self.before.get() {
            Some(_) if self.was_read_before(issue) => {
                Some(self.changed_since_interrupted().unwrap_or(Millis::MAX))
            }
            _ => self.since().filter(|_| self.held_issues.contains(issue)),
        };
        since.is_some_and(|since| at < since)
    }

    /// The issues whose records were read in this run, each time that it was gone on with.
    #[must_use]
    pub fn read_issues(&self) -> Vec<RoaringTreemap> {
        self.reads(&self.news()).iter().map(IssueIds::all).collect()
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
        // What was found and could not be read may have changed, and no later search tells.
        let found = news.found.all() - &news.unread;
        let settled = &found | &news.gone;
        let unseen = self.issues_in_the_lake().without(&settled);
        let (unchanged, out_of_sight) = if news.found_all {
            (IssueIds::default(), unseen)
        } else {
            // Also those that the lake has not yet.
            let unread = unseen.and_those_of(news.found.clone()).only(&news.unread);
            let unchanged = before.issues.without(&(&settled | &news.unread));
            (unchanged, before.out_of_sight.without(&settled).and_those_of(unread))
        };
        let reads = self.reads(&news);
        let read = reads.iter().fold(self.held_issues.clone(), |all, read| all | read.all());
        let present = read & found;
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
mod tests;
