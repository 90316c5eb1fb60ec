//! The lake: Parquet parts in Hive partitions, and an account of what is committed.
//!
//! It takes record batches and makes them data, all at once. It must not know what a feed means,
//! where rows come from, HTTP, or the JSON of records; it imports nothing of ours. Whatever stores
//! the bytes is behind `object_store`.
//!
//! The road: [`Lake::open`], [`Lake::lock`], [`Lake::recover`], then for each feed [`Lake::part_writer`],
//! [`PartWriter::write`], [`PartWriter::finish`], [`Lake::commit`], and [`Lake::write_report`].
//! [`Lake::compact`] goes the same road with rows that it has read from the lake.

mod backfill;
mod checkpoint;
mod commit;
mod compact;
mod conditional;
mod destination;
mod error;
mod fault;
mod fingerprint;
mod key_table;
mod layout;
mod lock;
mod manifest;
mod object_stores;
mod open_parts;
mod options;
mod part_reader;
mod part_writer;
mod partition;
mod report;
mod run_id;
mod savepoint;
mod state;
mod statistics;
mod store;
mod store_options;
mod upload;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use backfill::{Backfill, BackfilledWindow};
pub use checkpoint::Checkpoint;
pub use commit::Committed;
pub use compact::{Compacted, Compaction, Extent, HeldRecord, Keep, KeyColumns};
#[cfg(all(test, feature = "s3", feature = "gcs", feature = "azure"))]
pub(crate) use destination::has_option;
pub use error::LakeError;
pub use fault::StorageFault;
pub use fingerprint::{fingerprint, text_fingerprint};
pub use key_table::KeyTable;
pub use lock::{LockGuard, LockOwner, LockTerms};
pub use manifest::{ColumnStatistics, CommitMode, Manifest, Part};
pub use options::WriteOptions;
pub use part_writer::{PartWriter, StagedFeed};
pub use partition::{PartitionKey, PartitionUnit, Partitioning};
pub use run_id::{RunId, RunIdentity};
pub use state::{FeedState, NewState, Position, SnapshotMark};
pub use store_options::StoreOptions;

use arrow::datatypes::SchemaRef;

/// An opened destination. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Lake {
    store: store::Store,
}

impl Lake {
    /// Opens a destination, makes its folder, and proves that it can be written.
    pub async fn open(url: &str) -> Result<Self, LakeError> {
        Self::open_with(url, &StoreOptions::default()).await
    }

    /// The same, with options for the client of an object store.
    pub async fn open_with(url: &str, options: &StoreOptions) -> Result<Self, LakeError> {
        Ok(Self { store: destination::open(url, options).await? })
    }

    /// Opens a destination to look at it: nothing is made or written. None if there is no such folder.
    pub async fn look_with(url: &str, options: &StoreOptions) -> Result<Option<Self>, LakeError> {
        Ok(destination::look(url, options).await?.map(|store| Self { store }))
    }

    /// The destination in words, for logs and messages.
    #[must_use]
    pub fn describe(&self) -> String {
        self.store.name().to_owned()
    }

    /// A writer of the parts of one feed.
    pub fn part_writer(
        &self,
        feed: &str,
        schema: SchemaRef,
        run: &RunIdentity,
        options: &WriteOptions,
    ) -> Result<PartWriter, LakeError> {
        PartWriter::new(self.clone(), feed, schema, run, options)
    }

    /// The paths of all parts that readers of a feed see.
    pub async fn visible_parts(&self, feed: &str) -> Result<Vec<String>, LakeError> {
        layout::check_feed(feed)?;
        let mut paths = self.store.list(feed).await?;
        paths.retain(|path| layout::is_part(path));
        Ok(paths)
    }
}
