//! Writes the rows of one feed into staged parts, in flat memory: one part at a time for each folder.
//!
//! Must not know what the rows mean, nor when or how parts become data: that is `commit`.
//! Encoding is work for the processor: run the writer on a blocking thread (`Handle::block_on`).

use super::fingerprint::fingerprint;
use super::manifest::Part;
use super::open_parts::OpenParts;
use super::options::WriteOptions;
use super::partition::Cut;
use super::upload::Upload;
use super::{Lake, LakeError, RunIdentity, layout, statistics};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::AsyncArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;

/// Parts that are complete and durable, and not yet data.
#[derive(Debug)]
#[must_use = "staged parts are not data until they are committed"]
pub struct StagedFeed {
    pub(super) feed: String,
    pub(super) run: RunIdentity,
    pub(super) schema_fingerprint: String,
    pub(super) site: Option<String>,
    /// The parts as they will be named; part `i` waits at `layout::staged_part(.., i)`.
    pub(super) parts: Vec<Part>,
    /// Whether a savepoint may refer to some of them.
    pub(super) is_saved: bool,
}

impl StagedFeed {
    /// Rows in all parts.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Bytes in all parts, as encoded.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

/// Writes one feed of one run. After an error it has given everything up, and can only be dropped.
pub struct PartWriter {
    lake: Lake,
    feed: String,
    run: RunIdentity,
    schema: SchemaRef,
    options: WriteOptions,
    properties: WriterProperties,
    open: OpenParts,
    /// How many parts were opened so far.
    opened: usize,
    /// The complete ones, by how many were opened before them.
    parts: BTreeMap<usize, Part>,
    /// The number of the first part among all of the run.
    first: usize,
    /// How many of the parts, the first ones, a savepoint may refer to.
    saved: usize,
    /// Whether a feed without rows has a part all the same.
    leaves_empty_part: bool,
    /// Whether what an earlier, interrupted run has left of this feed has been dealt with.
    recovered: bool,
    abandoned: bool,
}

impl PartWriter {
    pub(super) fn new(
        lake: Lake,
        feed: &str,
        schema: SchemaRef,
        run: &RunIdentity,
        options: &WriteOptions,
    ) -> Result<Self, LakeError> {
        layout::check_feed(feed)?;
        let properties = options.properties(feed, run, &schema)?;
        Ok(Self {
            lake,
            feed: feed.to_owned(),
            run: run.clone(),
            schema,
            options: options.clone(),
            properties,
            open: OpenParts::default(),
            opened: 0,
            parts: BTreeMap::new(),
            first: 0,
            saved: 0,
            leaves_empty_part: true,
            recovered: false,
            abandoned: false,
        })
    }

    /// The same, for parts beside those of `listed`, which the same run has committed before.
    #[must_use]
    pub fn after(mut self, listed: &[Part]) -> Self {
        let numbers = listed.iter().filter_map(|part| layout::index_of_part(&part.path));
        self.first = numbers.max().map_or(0, |last| last + 1);
        self
    }

    /// The same, but without rows there is no part: readers know the feed's columns already.
    #[must_use]
    pub fn without_empty_part(mut self) -> Self {
        self.leaves_empty_part = false;
        self
    }

    /// Adds rows; ends row groups and parts when they are large enough.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        self.check_usable()?;
        let written = match self.check_schema(batch) {
            Ok(()) => self.write_by_folder(batch).await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.give_up().await;
        }
        written
    }

    /// Ends the last part. A feed without rows still has one part, so that readers find its columns,
    /// unless it was said that they know them.
    pub async fn finish(mut self) -> Result<StagedFeed, LakeError> {
        self.check_usable()?;
        if let Err(error) = self.finish_parts().await {
            self.give_up().await;
            return Err(error);
        }
        Ok(StagedFeed {
            schema_fingerprint: fingerprint(&self.schema),
            feed: self.feed,
            run: self.run,
            site: self.options.site,
            parts: self.parts.into_values().collect(),
            is_saved: self.saved > 0,
        })
    }

    /// Ends the parts that are being written; what follows goes into others, in these columns. How many
    /// parts there are.
    pub(super) async fn turn_to(&mut self, schema: SchemaRef) -> Result<usize, LakeError> {
        self.check_usable()?;
        if let Err(error) = self.close_parts().await {
            self.give_up().await;
            return Err(error);
        }
        self.properties = self.options.properties(&self.feed, &self.run, &schema)?;
        self.schema = schema;
        Ok(self.parts.len())
    }

    /// Writes a part that has columns and no rows.
    pub(super) async fn write_empty_part(&mut self) -> Result<(), LakeError> {
        self.check_usable()?;
        let written = match self.open_part(&self.options.partitioning.without_rows()).await {
            Ok(_) => self.close_parts().await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.give_up().await;
        }
        written
    }

    /// The parts that have been ended, also if there are none.
    pub(super) fn into_parts(self) -> Vec<Part> {
        self.parts.into_values().collect()
    }

    /// Goes on after parts that an interrupted run has staged; to be called before anything is written.
    pub fn go_on_after(&mut self, parts: Vec<Part>) {
        // What was listed beside them may have gone since, and they keep their names.
        let numbers = parts.iter().filter_map(|part| layout::index_of_part(&part.path));
        let next = numbers.max().map_or(0, |last| last + 1);
        self.first = self.first.max(next.saturating_sub(parts.len()));
        (self.opened, self.saved) = (parts.len(), parts.len());
        self.parts = parts.into_iter().enumerate().collect();
    }

    /// Ends the parts that are being written, and tells all so far. They stay where they are until they are
    /// committed, or given up by their run, whatever becomes of the writer.
    pub async fn save(&mut self) -> Result<Vec<Part>, LakeError> {
        self.check_usable()?;
        if let Err(error) = self.close_parts().await {
            self.give_up().await;
            return Err(error);
        }
        self.saved = self.parts.len();
        Ok(self.parts.values().cloned().collect())
    }

    /// Gives up what has been written and leaves nothing behind but what was saved, as far as the store allows.
    pub async fn abort(mut self) {
        self.give_up().await;
    }

    /// Bytes of memory that the writer holds.
    #[must_use]
    pub fn memory_size(&self) -> usize {
        self.open.memory_size()
    }

    async fn write_by_folder(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let cut = self.options.partitioning.split(batch).map_err(|cut| self.uncut(cut))?;
        for (folder, rows) in cut {
            self.write_in_slices(&folder, &rows).await?;
            let shrunk = self.open.shrink(self.options.open_bytes).await;
            shrunk.map_err(|(index, error)| self.failed(index, error))?;
        }
        Ok(())
    }

    /// A batch that is larger than a row group is cut first: the encoder takes a batch as a whole.
    async fn write_in_slices(
        &mut self,
        folder: &str,
        batch: &RecordBatch,
    ) -> Result<(), LakeError> {
        let pieces =
            batch.get_array_memory_size().div_ceil(self.options.row_group_bytes.max(1)).max(1);
        let rows = batch.num_rows().div_ceil(pieces).max(1);
        for start in (0..batch.num_rows()).step_by(rows) {
            let slice = batch.slice(start, rows.min(batch.num_rows() - start));
            self.write_slice(folder, &slice).await?;
        }
        Ok(())
    }

    async fn write_slice(&mut self, folder: &str, slice: &RecordBatch) -> Result<(), LakeError> {
        let index = self.open_part(folder).await?;
        let written = self.open.write(folder, slice, &self.options).await;
        if written.map_err(|error| self.failed(index, error))? {
            self.close_part(folder, index).await?;
        }
        Ok(())
    }

    /// The number of the folder's open part, which is opened if there is none.
    async fn open_part(&mut self, folder: &str) -> Result<usize, LakeError> {
        if !self.recovered {
            // An interrupted commit of this run would otherwise take our parts for its own.
            self.lake.recover_feed(&self.feed).await?;
            self.recovered = true;
        }
        if let Some(index) = self.open.index_of(folder) {
            return Ok(index);
        }
        if let Some((oldest, index)) = self.open.to_be_closed(self.options.open_parts) {
            self.close_part(&oldest, index).await?;
        }
        let index = self.opened;
        self.open.insert(folder, index, self.start_part(index)?);
        self.opened += 1;
        Ok(index)
    }

    fn start_part(&self, index: usize) -> Result<AsyncArrowWriter<Upload>, LakeError> {
        let upload = Upload::new(self.lake.store.clone(), self.staged_path(index));
        AsyncArrowWriter::try_new(upload, self.schema.clone(), Some(self.properties.clone()))
            .map_err(|error| self.failed(index, error))
    }

    async fn finish_parts(&mut self) -> Result<(), LakeError> {
        if self.leaves_empty_part && self.opened == 0 {
            self.open_part(&self.options.partitioning.without_rows()).await?;
        }
        self.close_parts().await
    }

    async fn close_parts(&mut self) -> Result<(), LakeError> {
        while let Some((folder, index)) = self.open.first() {
            self.close_part(&folder, index).await?;
        }
        Ok(())
    }

    async fn close_part(&mut self, folder: &str, index: usize) -> Result<(), LakeError> {
        let closed = self.open.close(folder).await;
        let closed = closed.map_err(|error| self.failed(index, error))?;
        if let Some((metadata, bytes)) = closed {
            self.parts.insert(index, self.part(folder, index, &metadata, bytes));
        }
        Ok(())
    }

    fn part(&self, folder: &str, index: usize, metadata: &ParquetMetaData, bytes: usize) -> Part {
        let date = self.options.partitioning.by_date.then_some(self.run.date);
        let folder = layout::partition_folder(&self.feed, date, folder);
        Part {
            path: layout::part(&folder, &self.run.run_id, self.first + index),
            rows: u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0),
            bytes: bytes as u64,
            row_groups: metadata.num_row_groups(),
            columns: statistics::of_columns(&self.schema, metadata),
        }
    }

    async fn give_up(&mut self) {
        self.abandoned = true;
        self.open.abort().await;
        self.parts.clear();
        // Nothing was staged, and nothing of ours can be there, before the first part was opened.
        if self.recovered
            && self.saved == 0
            && let Err(error) = self.lake.clear_staging(&self.run.run_id, &self.feed).await
        {
            tracing::debug!(feed = self.feed, %error, "staged parts could not be taken back");
        }
    }

    fn check_usable(&self) -> Result<(), LakeError> {
        if self.abandoned {
            return Err(LakeError::Abandoned { feed: self.feed.clone() });
        }
        Ok(())
    }

    /// The encoder goes by position, and would put a value into the wrong column without a word.
    fn check_schema(&self, batch: &RecordBatch) -> Result<(), LakeError> {
        let (given, wanted) = (batch.schema(), &self.schema);
        if given.fields() == wanted.fields() {
            return Ok(());
        }
        let difference = wanted
            .fields()
            .iter()
            .zip(given.fields())
            .find(|(wanted, given)| wanted != given)
            .map_or_else(
                || format!("{} columns instead of {}", given.fields().len(), wanted.fields().len()),
                |(wanted, given)| format!("column {given:?} instead of {wanted:?}"),
            );
        Err(LakeError::Schema { feed: self.feed.clone(), difference })
    }

    fn staged_path(&self, index: usize) -> String {
        layout::staged_part(&self.run.run_id, &self.feed, index)
    }

    fn failed(&self, index: usize, error: ParquetError) -> LakeError {
        LakeError::writing(&self.feed, self.lake.store.show(&self.staged_path(index)), error)
    }

    fn uncut(&self, cut: Cut) -> LakeError {
        let feed = self.feed.clone();
        match cut {
            Cut::TooLong(key) => LakeError::Partition {
                feed,
                key,
                reason: "a value is too long for the name of a folder".to_owned(),
            },
            Cut::Arrow(error) => LakeError::Encoding { feed, source: error.into() },
        }
    }
}
