//! How far a backfill has got, kept until it is whole. Must not know what its windows mean.

use super::{Lake, LakeError, RunId, layout};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A backfill that is under way, or was interrupted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backfill {
    /// What its rows depend on: another backfill has another.
    pub fingerprint: Value,
    /// Where its range begins.
    pub since: Timestamp,
    /// Where its range ends, which is not part of it.
    pub until: Timestamp,
    /// The windows that are committed whole, in the order in which they were read.
    pub windows: Vec<BackfilledWindow>,
}

/// A window of a backfill that is committed whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackfilledWindow {
    /// The run that has committed it.
    pub run_id: String,
    /// How it ended.
    pub outcome: Value,
    /// Rows committed.
    pub records: u64,
}

impl Lake {
    /// How far a backfill has got, if it is not whole.
    pub async fn backfill(&self, run: &RunId) -> Result<Option<Backfill>, LakeError> {
        self.read_document(&layout::backfill(run)).await
    }

    /// Keeps how far a backfill has got.
    pub async fn keep_backfill(&self, run: &RunId, backfill: &Backfill) -> Result<(), LakeError> {
        self.write_document(&layout::backfill(run), backfill).await
    }

    /// Forgets a backfill: it is whole.
    pub async fn forget_backfill(&self, run: &RunId) -> Result<(), LakeError> {
        self.store.delete(&layout::backfill(run)).await?;
        self.store.delete_if_empty(layout::BACKFILLS).await;
        Ok(())
    }
}
