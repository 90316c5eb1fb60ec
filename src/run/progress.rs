//! How far a run has got, for whoever wants to show it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts by feed, updated while the run goes on.
#[derive(Debug, Default)]
pub struct Progress(Mutex<BTreeMap<String, FeedState>>);

/// How far one feed has got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FeedState {
    /// Records decoded so far.
    pub records: u64,
    /// Whether its outcome is known.
    pub is_done: bool,
}

impl Progress {
    /// The state of every feed that has begun.
    #[must_use]
    pub fn feeds(&self) -> BTreeMap<String, FeedState> {
        self.lock().clone()
    }

    pub(crate) fn add(&self, feed: &str, records: u64) {
        self.lock().entry(feed.to_owned()).or_default().records += records;
    }

    pub(crate) fn done(&self, feed: &str) {
        self.lock().entry(feed.to_owned()).or_default().is_done = true;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, FeedState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
