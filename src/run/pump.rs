//! From records to staged parts, on a thread of its own: decoding and encoding are work for a
//! processor, and the reactor must stay free for the network.

use super::Progress;
use super::record_keys::{ReadingEnd, RecordKeys};
use super::stamps::{Micros, Stamps};
use crate::columns::{FeedSchema, NotARecord, RecordDecoder, Stamp};
use crate::extract::{Record, RecordPage};
use crate::lake::{KeyTable, Lake, LakeError, Part, PartWriter, RunId, StagedFeed};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Pages that may wait for the writer: with one being fetched by each request in flight, this is
/// what bounds memory.
const WAITING_PAGES: usize = 2;
/// A batch goes to the encoder at this many rows or bytes, whichever comes first.
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 1 << 20;

/// The end of a feed's road before the commit.
pub(crate) struct Written {
    pub(crate) staged: StagedFeed,
    /// Rows, those of records that have gone not counted.
    pub(crate) records: u64,
    /// Rows of records that have gone.
    pub(crate) deleted: u64,
    pub(crate) rescued: u64,
    /// The keys of the feed's records, if they have changed.
    pub(crate) keys: Option<KeyTable>,
    /// When the latest row of the feed was read.
    pub(crate) extracted_until: Micros,
}

/// What has been staged of a feed up to a savepoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct StagedSoFar {
    pub(crate) parts: Vec<Part>,
    pub(crate) records: u64,
    pub(crate) rescued: u64,
    /// Where the keys of the records are, for each time that the run was gone on with.
    pub(crate) keys: Vec<Vec<String>>,
    /// When the latest of the records was read.
    #[serde(default)]
    pub(crate) extracted_until: Micros,
}

/// The same, ready to be gone on with.
#[derive(Debug, Default)]
pub(crate) struct GoingOn {
    pub(crate) staged: StagedSoFar,
    pub(crate) keys: Vec<KeyTable>,
}

/// Why records could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PumpError {
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error("Feed `{feed}`: {error}")]
    NotARecord { feed: String, error: NotARecord },
    #[error("Feed `{feed}`: {error}")]
    Columns { feed: String, error: arrow::error::ArrowError },
    #[error("Writing feed `{feed}` ended unexpectedly: {reason}")]
    Defect { feed: String, reason: String },
}

/// A running writer of one feed.
pub(crate) struct Pump {
    feed: String,
    task: JoinHandle<Result<Written, PumpError>>,
    /// Says that all records have come, and what is known then.
    close: oneshot::Sender<ReadingEnd>,
    /// Asks for a savepoint.
    saves: mpsc::Sender<Save>,
}

/// Asks what has been staged, once all records that were sent are in it.
type Save = oneshot::Sender<StagedSoFar>;

/// What a pump writes with.
pub(crate) struct Tools {
    pub(crate) lake: Lake,
    pub(crate) schema: Arc<FeedSchema>,
    pub(crate) stamp: Stamp,
    /// When the latest row was read that the lake has.
    pub(crate) extracted_until: Micros,
    pub(crate) writer: Result<PartWriter, LakeError>,
    /// For a feed of which is told what has gone.
    pub(crate) keys: Option<RecordKeys>,
    /// What an interrupted run has staged.
    pub(crate) going_on: GoingOn,
    pub(crate) run_id: RunId,
    pub(crate) progress: Arc<Progress>,
}

impl Pump {
    /// Starts writing `feed`; it goes on until the sender is dropped.
    pub(crate) fn start(feed: &str, tools: Tools) -> (mpsc::Sender<RecordPage>, Self) {
        let (sender, pages) = mpsc::channel(WAITING_PAGES);
        let (close, closed) = oneshot::channel();
        let (saves, asked) = mpsc::channel(1);
        let work = Work::new(feed, tools);
        let handle = Handle::current();
        let task = tokio::task::spawn_blocking(move || {
            handle.block_on(async { work?.carry_out(pages, asked, closed).await })
        });
        (sender, Self { feed: feed.to_owned(), task, close, saves })
    }

    /// What has been staged of all records that were sent so far; none if they cannot be written.
    pub(crate) async fn save(&self) -> Option<StagedSoFar> {
        let (reply, staged) = oneshot::channel();
        self.saves.send(reply).await.ok()?;
        staged.await.ok()
    }

    /// What was written, once all records have come.
    pub(crate) async fn finish(self, end: ReadingEnd) -> Result<Written, PumpError> {
        let Self { feed, task, close, saves: _ } = self;
        // A writer that is gone says why.
        let _ = close.send(end);
        task.await.map_err(|error| PumpError::Defect { feed, reason: error.to_string() })?
    }
}

struct Work {
    feed: String,
    run_id: RunId,
    lake: Lake,
    decoder: RecordDecoder,
    writer: PartWriter,
    keys: Option<RecordKeys>,
    /// Where the keys of what was staged are, for each time that the run was gone on with.
    staged_keys: Vec<Vec<String>>,
    progress: Arc<Progress>,
    stamps: Stamps,
    records: u64,
    deleted: u64,
    rescued: u64,
}

impl Work {
    fn new(feed: &str, tools: Tools) -> Result<Self, LakeError> {
        let GoingOn { staged, keys: before } = tools.going_on;
        let mut writer = tools.writer?;
        writer.go_on_after(staged.parts);
        let mut keys = tools.keys;
        if let Some(keys) = &mut keys {
            keys.go_on_after(before);
        }
        tools.progress.add(feed, staged.records);
        let latest = tools.extracted_until.max(staged.extracted_until);
        let stamps = Stamps::after(latest, jiff::Timestamp::now().as_microsecond());
        Ok(Self {
            feed: feed.to_owned(),
            run_id: tools.run_id,
            lake: tools.lake,
            decoder: RecordDecoder::new(tools.schema, tools.stamp),
            writer,
            keys,
            staged_keys: staged.keys.into_iter().chain([Vec::new()]).collect(),
            progress: tools.progress,
            stamps,
            records: staged.records,
            deleted: 0,
            rescued: staged.rescued,
        })
    }

    async fn carry_out(
        mut self,
        pages: mpsc::Receiver<RecordPage>,
        asked: mpsc::Receiver<Save>,
        closed: oneshot::Receiver<ReadingEnd>,
    ) -> Result<Written, PumpError> {
        let written = match self.all(pages, asked).await {
            Ok(()) => self.leftovers(closed).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(keys) => self.finish(keys).await,
            Err(error) => {
                self.writer.abort().await;
                Err(error)
            }
        }
    }

    async fn all(
        &mut self,
        mut pages: mpsc::Receiver<RecordPage>,
        mut asked: mpsc::Receiver<Save>,
    ) -> Result<(), PumpError> {
        loop {
            // Pages first: a savepoint is of all that was sent before it was asked for.
            tokio::select! {
                biased;
                page = pages.recv() => match page {
                    Some(page) => self.take(&page).await?,
                    None => return self.flush().await,
                },
                Some(reply) = asked.recv() => {
                    let staged = self.save().await?;
                    // Who has gone away makes no savepoint.
                    let _ = reply.send(staged);
                }
            }
        }
    }

    async fn take(&mut self, page: &RecordPage) -> Result<(), PumpError> {
        for record in &page.records {
            if let Some(keys) = &mut self.keys {
                keys.note(record);
            }
            let read_at = self.stamps.stamp(page.received_at);
            self.decode(record, read_at)?;
            if self.decoder.rows() >= BATCH_ROWS || self.decoder.bytes() >= BATCH_BYTES {
                self.flush().await?;
            }
        }
        self.progress.add(&self.feed, page.records.len() as u64);
        Ok(())
    }

    async fn save(&mut self) -> Result<StagedSoFar, PumpError> {
        self.flush().await?;
        let parts = self.writer.save().await?;
        // What a savepoint refers to is never written over.
        let number = self.staged_keys.iter().map(Vec::len).sum();
        if let Some(keys) = self.keys.as_mut().and_then(RecordKeys::take_unsaved)
            && let Some(saved) = self.staged_keys.last_mut()
        {
            saved.push(self.lake.stage_keys(&self.run_id, &self.feed, number, &keys).await?);
        }
        Ok(StagedSoFar {
            parts,
            records: self.records,
            rescued: self.rescued,
            keys: self.staged_keys.clone(),
            extracted_until: self.stamps.latest(),
        })
    }

    /// Adds a row for each record that has gone; the keys of those that are left.
    async fn leftovers(
        &mut self,
        closed: oneshot::Receiver<ReadingEnd>,
    ) -> Result<Option<KeyTable>, PumpError> {
        // Nobody closes a feed whose task has ended by a defect: nothing of it is committed.
        let (Some(keys), Ok(end)) = (self.keys.take(), closed.await) else {
            return Ok(None);
        };
        let leftovers = keys.settle(&self.lake, &end).await?;
        let now = jiff::Timestamp::now().as_microsecond();
        for key in leftovers.gone {
            self.decoder.push_deleted(&key, self.stamps.stamp(now));
            self.deleted += 1;
            if self.decoder.rows() >= BATCH_ROWS {
                self.flush().await?;
            }
        }
        self.flush().await?;
        self.records -= self.deleted;
        Ok(leftovers.keys)
    }

    fn decode(&mut self, record: &Record, read_at: Micros) -> Result<(), PumpError> {
        self.decoder
            .push(&record.json, &record.bindings, read_at)
            .map_err(|error| PumpError::NotARecord { feed: self.feed.clone(), error })
    }

    async fn flush(&mut self) -> Result<(), PumpError> {
        if self.decoder.is_empty() {
            return Ok(());
        }
        let decoded = self
            .decoder
            .finish()
            .map_err(|error| PumpError::Columns { feed: self.feed.clone(), error })?;
        self.records += decoded.batch.num_rows() as u64;
        self.rescued += decoded.rescued;
        Ok(self.writer.write(&decoded.batch).await?)
    }

    async fn finish(self, keys: Option<KeyTable>) -> Result<Written, PumpError> {
        let staged = self.writer.finish().await?;
        let Self { records, deleted, rescued, stamps, .. } = self;
        let extracted_until = stamps.latest();
        Ok(Written { staged, records, deleted, rescued, keys, extracted_until })
    }
}
