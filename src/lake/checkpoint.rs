//! The checkpoint of a run that has not ended: left behind by one that was killed, and found by the next.
//!
//! Must not know what a run is to read: its settings are a value to be compared.

use super::{Lake, LakeError, RunIdentity, layout};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A run that has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its id.
    pub run_id: String,
    /// The date of its partitions.
    pub extract_date: jiff::civil::Date,
    /// When it began first.
    pub started_at: jiff::Timestamp,
    /// What it was to read, and how.
    pub settings: Value,
}

impl Checkpoint {
    /// A run that begins now.
    #[must_use]
    pub fn new(run: &RunIdentity, started_at: jiff::Timestamp, settings: Value) -> Self {
        let (run_id, extract_date) = (run.run_id.to_string(), run.date);
        Self { run_id, extract_date, started_at, settings }
    }
}

impl Lake {
    /// The run that has not ended, if there is one.
    pub async fn checkpoint(&self) -> Result<Option<Checkpoint>, LakeError> {
        self.read_document(layout::CHECKPOINT).await
    }

    /// Notes that a run has begun; it takes the place of one that has not ended.
    pub async fn write_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), LakeError> {
        self.write_document(layout::CHECKPOINT, checkpoint).await
    }

    /// Notes that the run has ended.
    pub async fn clear_checkpoint(&self) -> Result<(), LakeError> {
        self.store.delete(layout::CHECKPOINT).await
    }
}
