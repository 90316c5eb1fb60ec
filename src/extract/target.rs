//! A feed that is being read: what it is, for whom it is asked, where its records go, how it fared.

use super::increment::changed_at;
use super::parents::{ISSUES, ParentRecord};
use super::record::{key_of, text};
use super::{Answered, Context, ExtractError, Increment, Listed, Millis, Outlet, Record};
use crate::catalog::{Endpoint, Feed, Strategy, Window};
use crate::jira::{Call, CallFor, Page, Refusal, Traffic, json};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One feed of a run.
pub struct Target {
    /// Its definition.
    pub feed: Arc<Feed>,
    /// Its statuses and counters, as the client wants them.
    pub asked: CallFor,
    /// Where its records go.
    pub outlet: Outlet,
    /// Which of its records are news; none if all are wanted.
    pub increment: Option<Arc<Increment>>,
    /// The window that it is read for, where it is not read up to the present.
    pub backfill: Option<Window>,
    progress: Mutex<Progress>,
    answered: Mutex<Answered>,
    listed: Mutex<Option<Listed>>,
    uses_fallback: AtomicBool,
}

#[derive(Default)]
struct Progress {
    tally: Tally,
    failed: Option<ExtractError>,
}

/// What happened beside the records.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Parents (or, for overflow, issues) that the account may not read.
    pub denials: Vec<Denial>,
    /// Parents that were asked.
    pub parents: u64,
    /// Parents that there are, where not all were asked and Jira says it.
    pub parents_total: Option<u64>,
    /// Parents that have no such records: a board without sprints.
    pub without: Vec<Denial>,
    /// Issues that search found and that were gone when they were fetched.
    pub vanished: Vec<String>,
}

/// One refused request, and for which parent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Denial {
    /// `board 84`; none for a feed that is asked for as a whole.
    pub parent: Option<String>,
    /// What was asked and answered.
    pub refusal: Refusal,
}

/// How far a feed has been read, so that it can be gone on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadSoFar {
    /// What happened beside the records.
    pub tally: Tally,
    /// The parents that it was asked for.
    pub answered: Answered,
    /// How far its list of changes was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Listed>,
}

impl Target {
    /// A feed about to be read.
    #[must_use]
    pub fn new(feed: Arc<Feed>, outlet: Outlet, increment: Option<Arc<Increment>>) -> Self {
        let asked = CallFor {
            feed: feed.name.as_str().into(),
            denied: feed.denied.clone().into(),
            not_available: not_available(&feed).into(),
            traffic: Arc::new(Traffic::default()),
        };
        Self {
            feed,
            asked,
            outlet,
            increment,
            backfill: None,
            progress: Mutex::default(),
            answered: Mutex::default(),
            listed: Mutex::default(),
            uses_fallback: AtomicBool::default(),
        }
    }

    /// Its endpoint.
    ///
    /// # Errors
    /// An embedded feed may have none.
    pub(crate) fn endpoint(&self) -> Result<&Endpoint, ExtractError> {
        self.feed.endpoint.as_ref().ok_or_else(|| {
            ExtractError::Failed(format!("Feed `{}` has no endpoint of its own", self.feed.name))
        })
    }

    /// Whether the feed's second endpoint has answered where the first did not.
    #[must_use]
    pub fn uses_fallback(&self) -> bool {
        self.uses_fallback.load(Ordering::Relaxed)
    }

    pub(crate) fn switch_to_fallback(&self) {
        self.uses_fallback.store(true, Ordering::Relaxed);
    }

    /// Where its records came from, as `GET /rest/...`; none for a feed without requests of its own.
    #[must_use]
    pub fn answered_by(&self) -> Option<String> {
        let fallback = self.feed.fallback.as_ref().filter(|_| self.uses_fallback());
        let endpoint =
            fallback.map(|fallback| &fallback.endpoint).or(self.feed.endpoint.as_ref())?;
        Some(format!("{} {}", endpoint.method, endpoint.path))
    }

    /// Ends the reading for all who depend on it: children learn that there are no more parents, and
    /// the feeds derived from this one share its fate.
    pub fn close(&self) {
        let (tally, failed) = self.progress_so_far();
        let result = failed.map_or(Ok(()), Err);
        self.tell_children(&result);
        self.outlet.for_derived(&|derived| {
            derived.update(|own| *own = tally.clone());
            *derived.answered() = self.answered().clone();
            if let Err(error) = &result {
                derived.fail(error.clone());
            }
            derived.tell_children(&derived.progress_so_far().1.map_or(Ok(()), Err));
        });
    }

    /// Tells those who wait for parents how the reading ended, and of which issues they do not know all.
    pub(crate) fn tell_children(&self, result: &Result<(), ExtractError>) {
        let denied = self.answered().denied();
        self.outlet.finish(result, &denied);
    }

    /// This target and those of the feeds derived from it.
    pub fn with_derived(mut self) -> Vec<Self> {
        let derived = self.outlet.take_derived();
        std::iter::once(self).chain(derived).collect()
    }

    /// Sends those records on that are news.
    pub(crate) async fn deliver(
        &self,
        mut records: Vec<Record>,
        received_at: i64,
    ) -> Result<(), ExtractError> {
        if let Some(increment) = &self.increment {
            // What was asked for by its issue comes with all that it ever was.
            let only_since = self.feed.strategy == Strategy::Changelogs;
            records.retain(|record| {
                let key = key_of(record, &self.feed.key);
                increment.is_news(&key, record, only_since)
            });
        }
        if let Some(window) = self.backfill {
            records.retain(|record| self.is_in(window, record));
        }
        self.outlet.send(records, received_at).await
    }

    /// Whether a record lies in a window, by its own word. Jira takes some bounds to the day and counts
    /// them in, and some lists have no upper one. What has no date is kept.
    fn is_in(&self, Window { since, until }: Window, record: &Record) -> bool {
        let date = self.feed.cursor.as_ref().filter(|_| self.feed.is_windowed());
        let date = date.and_then(|at| changed_at(record, at));
        date.is_none_or(|at| (since..until).contains(&at))
    }

    /// What the feed is asked for: everything up to now, or, of an incremental one, what is news, or
    /// the window of a backfill.
    pub(crate) fn window(&self, context: &Context) -> Window {
        if let Some(window) = self.backfill {
            return window;
        }
        let until = context.client.site_time();
        let since = self.increment.as_ref().and_then(|increment| {
            increment.begin(until);
            increment.since()
        });
        Window { since: since.unwrap_or(0), until }
    }

    /// An answer that the client took, but that is not what the endpoint should give.
    pub(crate) fn unusable(&self, call: &Call, why: &dyn std::fmt::Display) -> ExtractError {
        let (feed, method, path) = (&self.feed.name, call.method, &call.path);
        ExtractError::Failed(format!("Feed `{feed}`: {method} {path}: {why}"))
    }

    /// Refuses records that are no objects, and a lone object without the feed's key: an error
    /// message is an object too.
    pub(crate) fn check(&self, page: &Page, records: &[Record]) -> Result<(), String> {
        if let Some(odd) = records.iter().find(|record| !record.json.starts_with(b"{")) {
            let kind = json::kind(text(&odd.json));
            return Err(format!("a record of the answer is {kind}, not an object"));
        }
        let lacks = |record: &Record, key: &str| {
            json::member(text(&record.json), key).is_none() && record.bindings.get(key).is_none()
        };
        let lone = records.first().filter(|_| !page.is_list);
        match lone.and_then(|record| self.feed.key.iter().find(|key| lacks(record, key))) {
            Some(key) => Err(format!("the answer is an object without `{key}`, not a record")),
            None => Ok(()),
        }
    }

    /// Goes on from where an interrupted reading was left.
    pub fn go_on_from(&self, before: ReadSoFar) {
        self.update(|tally| *tally = before.tally);
        *self.answered() = before.answered;
        *self.place_in_list() = before.listed;
    }

    /// How far it has been read.
    #[must_use]
    pub fn read_so_far(&self) -> ReadSoFar {
        let (tally, _) = self.progress_so_far();
        ReadSoFar { tally, answered: self.answered().clone(), listed: self.listed() }
    }

    /// How far its list had been read when the reading was left.
    pub(crate) fn listed(&self) -> Option<Listed> {
        self.place_in_list().clone()
    }

    pub(crate) fn note_listed(&self, listed: Listed) {
        *self.place_in_list() = Some(listed);
    }

    fn place_in_list(&self) -> MutexGuard<'_, Option<Listed>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The parents that were asked for and have answered.
    pub fn answered(&self) -> MutexGuard<'_, Answered> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of some parents that are still to be asked for.
    pub(crate) fn not_answered(
        &self,
        mut parents: Vec<ParentRecord>,
        now: Millis,
    ) -> Vec<ParentRecord> {
        let mut answered = self.answered();
        let parent = self.feed.parent.as_ref();
        answered.begin(now, parent.is_some_and(|parent| parent.feed == ISSUES));
        // A snapshot has what each parent had when it was asked.
        parents.retain(|parent| !answered.has(parent, self.increment.is_some()));
        parents
    }

    pub(crate) fn note_answered(&self, parent: &ParentRecord, is_denied: bool) {
        self.answered().note(parent, is_denied);
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Tally)) {
        change(&mut self.progress().tally);
    }

    /// Ends the feed early; the first reason counts.
    pub fn fail(&self, error: ExtractError) {
        self.progress().failed.get_or_insert(error);
    }

    /// Whether the feed has ended early.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.progress().failed.is_some()
    }

    /// How it fared, and why it ended early if it did.
    #[must_use]
    pub fn progress_so_far(&self) -> (Tally, Option<ExtractError>) {
        let progress = self.progress();
        (progress.tally.clone(), progress.failed.clone())
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The statuses that mean "not there", those that lead to the second endpoint among them.
fn not_available(feed: &Feed) -> Vec<u16> {
    let elsewhere = feed.fallback.iter().flat_map(|fallback| &fallback.when);
    let elsewhere = elsewhere.filter(|status| !feed.is_denied_by(**status));
    feed.not_available.iter().chain(elsewhere).copied().collect()
}
