//! How far a run has got, for whoever wants to show it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Counts by feed, updated while the run goes on.
#[derive(Debug, Default)]
pub struct Progress {
    feeds: Mutex<BTreeMap<String, FeedState>>,
    window: Mutex<Option<WindowProgress>>,
}

/// Which of its windows a backfill is reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowProgress {
    /// From 1 up.
    pub number: usize,
    /// How many there are.
    pub count: usize,
    /// What it is called: `2024-03`.
    pub name: String,
}

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

    /// The window that is being read, of a backfill.
    #[must_use]
    pub fn window(&self) -> Option<WindowProgress> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From here on, the feeds' counts are those of another window.
    pub(crate) fn begin_window(&self, number: usize, count: usize, name: &str) {
        let window = WindowProgress { number, count, name: name.to_owned() };
        self.lock().clear();
        *self.window.lock().unwrap_or_else(PoisonError::into_inner) = Some(window);
    }

    pub(crate) fn add(&self, feed: &str, records: u64) {
        self.lock().entry(feed.to_owned()).or_default().records += records;
    }

    pub(crate) fn done(&self, feed: &str) {
        self.lock().entry(feed.to_owned()).or_default().is_done = true;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, FeedState>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
