//! A feed that is being read: what it is, for whom it is asked, where its records go, how it fared.

use super::record::text;
use super::{ExtractError, Outlet, Record};
use crate::catalog::{Endpoint, Feed};
use crate::jira::{Call, CallFor, Page, Refusal, Traffic, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One feed of a run.
pub struct Target {
    /// Its definition.
    pub feed: Arc<Feed>,
    /// Its statuses and counters, as the client wants them.
    pub asked: CallFor,
    /// Where its records go.
    pub outlet: Outlet,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    tally: Tally,
    failed: Option<ExtractError>,
}

/// What happened beside the records.
#[derive(Debug, Clone, Default)]
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
#[derive(Debug, Clone)]
pub struct Denial {
    /// `board 84`; none for a feed that is asked for as a whole.
    pub parent: Option<String>,
    /// What was asked and answered.
    pub refusal: Refusal,
}

impl Target {
    /// A feed about to be read.
    #[must_use]
    pub fn new(feed: Arc<Feed>, outlet: Outlet) -> Self {
        let asked = CallFor {
            feed: feed.name.as_str().into(),
            denied: feed.denied.clone().into(),
            not_available: feed.not_available.clone().into(),
            traffic: Arc::new(Traffic::default()),
        };
        Self { feed, asked, outlet, progress: Mutex::default() }
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
