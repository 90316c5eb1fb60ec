//! The manifest: what a run has committed for a feed. What is in no manifest is not data.
//!
//! Must not know how it comes about; `commit` writes it.

use super::{Lake, LakeError, RunId, layout};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One Parquet file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its path, relative to the destination.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its row groups.
    pub row_groups: usize,
    /// Statistics of the top-level columns that have one value a row.
    pub columns: BTreeMap<String, ColumnStatistics>,
}

/// What is known of a column without reading it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// Rows without a value.
    pub null_count: Option<u64>,
    /// No value is less. A long text is cut, so this need not be a value that occurs.
    pub min: Option<serde_json::Value>,
    /// No value is greater. A long text is cut and raised, so this need not be a value that occurs.
    pub max: Option<serde_json::Value>,
}

/// How a commit treats what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitMode {
    /// The parts take the place of everything that the feed has for that date, or of all that it has if its
    /// folders have no dates.
    ReplaceDate,
    /// The parts are added, and take the place of those that the same run has committed before.
    Append,
    /// The parts are added, also to those that the same run has committed before.
    Extend,
}

/// What a run has committed for a feed. Where two manifests replace one date, the later is right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The feed.
    pub feed: String,
    /// The run, as its id was given.
    pub run_id: String,
    /// The site that the rows come from, if the writer was told.
    #[serde(default)]
    pub site: Option<String>,
    /// The date of the partition.
    pub extract_date: String,
    /// How the commit treated what was there.
    pub mode: CommitMode,
    /// Alike for all parts whose columns have the same names and types.
    pub schema_fingerprint: String,
    /// When the commit began, UTC.
    pub committed_at: String,
    /// Rows in all parts.
    pub rows: u64,
    /// Bytes in all parts.
    pub bytes: u64,
    /// The parts.
    pub parts: Vec<Part>,
}

impl Lake {
    /// What a run has committed for a feed, if it has.
    pub async fn manifest(&self, feed: &str, run: &RunId) -> Result<Option<Manifest>, LakeError> {
        layout::check_feed(feed)?;
        self.read_document(&layout::manifest(feed, run.file_form())).await
    }

    /// Reads one of our JSON documents, if it is there.
    pub(super) async fn read_document<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<Option<T>, LakeError> {
        let Some(bytes) = self.store.get(path).await? else { return Ok(None) };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| LakeError::Document { path: self.store.show(path), source })
    }

    /// Writes one of our JSON documents: whole, or not at all.
    pub(super) async fn write_document<T: Serialize + ?Sized>(
        &self,
        path: &str,
        document: &T,
    ) -> Result<(), LakeError> {
        let mut bytes = serde_json::to_vec_pretty(document)
            .map_err(|source| LakeError::Document { path: self.store.show(path), source })?;
        bytes.push(b'\n');
        self.store.put(path, bytes).await
    }
}
