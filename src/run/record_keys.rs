//! The keys of a feed's records while it is written, whichever way what has gone is told.

use super::increments::Increments;
use super::keeping::{IssueFates, Keeping, Leftovers};
use super::snapshot::Snapshot;
use crate::catalog::Feed;
use crate::extract::{Record, Tally};
use crate::lake::{KeyTable, Lake, LakeError};
use std::sync::Arc;

/// What is noted of a feed's records.
pub(crate) enum RecordKeys {
    /// Of an incremental feed, below the issues that were read.
    OfNews(Box<Keeping>),
    /// Of a feed that is read in full and compared with its last snapshot.
    OfSnapshot(Box<Snapshot>),
}

/// What is known when all records of a feed have come.
#[derive(Debug, Default)]
pub(crate) struct ReadingEnd {
    /// What another feed has found out about issues.
    pub(crate) fates: IssueFates,
    /// Whether nothing was denied or left unread.
    pub(crate) is_whole: bool,
}

impl ReadingEnd {
    /// The end of a feed that has fared so; `has_failed` if it ended early.
    pub(crate) fn of(feed: &Feed, fates: IssueFates, tally: &Tally, has_failed: bool) -> Self {
        // Without a parent, the list of parents may be what was filtered.
        let has_parents = feed.parent.is_none() || tally.parents > 0;
        Self { fates, is_whole: !has_failed && tally.denials.is_empty() && has_parents }
    }
}

impl RecordKeys {
    /// None for a feed of which nothing need be known.
    pub(crate) fn of(feed: &Arc<Feed>, increments: &Increments) -> Option<Self> {
        let snapshot = increments.snapshot(&feed.name).map(|earlier| Snapshot::new(feed, earlier));
        let news = Keeping::of(feed, increments.get(&feed.name));
        snapshot.map(Box::new).map(Self::OfSnapshot).or(news.map(Box::new).map(Self::OfNews))
    }

    /// Notes a record that is written.
    pub(crate) fn note(&mut self, record: &Record) {
        match self {
            Self::OfNews(keeping) => keeping.note(record),
            Self::OfSnapshot(snapshot) => snapshot.note(record),
        }
    }

    /// The keys of what was written since the last savepoint, of which this is the next; none if there are none.
    pub(crate) fn take_unsaved(&mut self) -> Option<KeyTable> {
        match self {
            Self::OfNews(keeping) => keeping.take_unsaved(),
            Self::OfSnapshot(snapshot) => snapshot.take_unsaved(),
        }
    }

    /// Goes on after what was staged before the run was interrupted, each time.
    pub(crate) fn go_on_after(&mut self, staged: Vec<KeyTable>) {
        match self {
            Self::OfNews(keeping) => keeping.go_on_after(staged),
            Self::OfSnapshot(snapshot) => snapshot.go_on_after(staged),
        }
    }

    /// Compares what was written with what the lake had.
    pub(crate) async fn settle(
        self,
        lake: &Lake,
        end: &ReadingEnd,
    ) -> Result<Leftovers, LakeError> {
        match self {
            Self::OfNews(keeping) => keeping.settle(lake, &end.fates).await,
            Self::OfSnapshot(snapshot) => snapshot.settle(lake, end.is_whole).await,
        }
    }
}
