//! Writes the rows of one feed into staged parts, in flat memory.
//!
//! Must not know what the rows mean, nor when or how parts become data: that is `commit`.
//! Encoding is work for the processor: run the writer on a blocking thread (`Handle::block_on`).

use super::fingerprint::fingerprint;
use super::manifest::Part;
use super::options::WriteOptions;
use super::upload::Upload;
use super::{Lake, LakeError, RunIdentity, layout, statistics};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::AsyncArrowWriter;
use parquet::file::properties::WriterProperties;

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
    open: Option<AsyncArrowWriter<Upload>>,
    parts: Vec<Part>,
    /// The number of the first part.
    first: usize,
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
            open: None,
            parts: Vec::new(),
            first: 0,
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
            Ok(()) => self.write_in_slices(batch).await,
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
            parts: self.parts,
        })
    }

    /// Ends the part that is being written; what follows goes into another, in these columns. How many
    /// parts there are.
    pub(super) async fn turn_to(&mut self, schema: SchemaRef) -> Result<usize, LakeError> {
        self.check_usable()?;
        if let Err(error) = self.close_part().await {
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
        let written = match self.open_part().await {
            Ok(_) => self.close_part().await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.give_up().await;
        }
        written
    }

    /// The parts that have been ended, also if there are none.
    pub(super) fn into_parts(self) -> Vec<Part> {
        self.parts
    }

    /// Gives up what has been written and leaves nothing behind, as far as the store allows.
    pub async fn abort(mut self) {
        self.give_up().await;
    }

    /// Bytes of memory that the writer holds.
    #[must_use]
    pub fn memory_size(&self) -> usize {
        self.open.as_ref().map_or(0, AsyncArrowWriter::memory_size)
    }

    /// A batch that is larger than a row group is cut first: the encoder takes a batch as a whole.
    async fn write_in_slices(&mut self, batch: &RecordBatch) -> Result<(), LakeError> {
        let pieces =
            batch.get_array_memory_size().div_ceil(self.options.row_group_bytes.max(1)).max(1);
        let rows = batch.num_rows().div_ceil(pieces).max(1);
        for start in (0..batch.num_rows()).step_by(rows) {
            let slice = batch.slice(start, rows.min(batch.num_rows() - start));
            self.write_slice(&slice).await?;
        }
        Ok(())
    }

    async fn write_slice(&mut self, slice: &RecordBatch) -> Result<(), LakeError> {
        let path = self.staged_path();
        let writer = self.open_part().await?;
        let written = writer.write(slice).await;
        written.map_err(|error| self.failed(&path, error))?;
        let Some(writer) = &mut self.open else { return Ok(()) };
        if writer.in_progress_size() >= self.options.row_group_bytes
            || writer.memory_size() >= self.options.memory_bytes
            || writer.in_progress_rows() >= self.options.row_group_rows
        {
            let flushed = writer.flush().await;
            flushed.map_err(|error| self.failed(&path, error))?;
        }
        let Some(writer) = &self.open else { return Ok(()) };
        if writer.bytes_written() + writer.in_progress_size() >= self.options.part_bytes {
            self.close_part().await?;
        }
        Ok(())
    }

    async fn open_part(&mut self) -> Result<&mut AsyncArrowWriter<Upload>, LakeError> {
        if !self.recovered {
            // An interrupted commit of this run would otherwise take our parts for its own.
            self.lake.recover_feed(&self.feed).await?;
            self.recovered = true;
        }
        let writer = match self.open.take() {
            Some(writer) => writer,
            None => self.start_part()?,
        };
        Ok(self.open.insert(writer))
    }

    fn start_part(&self) -> Result<AsyncArrowWriter<Upload>, LakeError> {
        let path = self.staged_path();
        let upload = Upload::new(self.lake.store.clone(), path.clone());
        AsyncArrowWriter::try_new(upload, self.schema.clone(), Some(self.properties.clone()))
            .map_err(|error| self.failed(&path, error))
    }

    async fn finish_parts(&mut self) -> Result<(), LakeError> {
        if self.leaves_empty_part && self.open.is_none() && self.parts.is_empty() {
            self.open_part().await?;
        }
        self.close_part().await
    }

    async fn close_part(&mut self) -> Result<(), LakeError> {
        let path = self.staged_path();
        let Some(writer) = &mut self.open else { return Ok(()) };
        let finished = writer.finish().await;
        let metadata = finished.map_err(|error| self.failed(&path, error))?;
        let Some(writer) = self.open.take() else { return Ok(()) };
        self.parts.push(Part {
            path: layout::part(
                &self.feed,
                self.run.date,
                &self.run.run_id,
                self.first + self.parts.len(),
            ),
            rows: u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0),
            bytes: writer.bytes_written() as u64,
            row_groups: metadata.num_row_groups(),
            columns: statistics::of_columns(&self.schema, &metadata),
        });
        Ok(())
    }

    async fn give_up(&mut self) {
        self.abandoned = true;
        if let Some(writer) = self.open.take() {
            writer.into_inner().abort().await;
        }
        self.parts.clear();
        // Nothing was staged, and nothing of ours can be there, before the first part was opened.
        if self.recovered
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

    fn staged_path(&self) -> String {
        layout::staged_part(&self.run.run_id, &self.feed, self.parts.len())
    }

    fn failed(&self, path: &str, error: parquet::errors::ParquetError) -> LakeError {
        LakeError::writing(&self.feed, self.lake.store.show(path), error)
    }
}
