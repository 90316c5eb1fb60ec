//! From records to staged parts, on a thread of its own: decoding and encoding are work for a
//! processor, and the reactor must stay free for the network.

use super::Progress;
use crate::columns::{FeedSchema, NotARecord, RecordDecoder, Stamp};
use crate::extract::{Record, RecordPage};
use crate::lake::{LakeError, PartWriter, StagedFeed};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
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
    pub(crate) records: u64,
    pub(crate) rescued: u64,
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
}

impl Pump {
    /// Starts writing `feed`; it goes on until the sender is dropped.
    pub(crate) fn start(
        feed: &str,
        schema: Arc<FeedSchema>,
        stamp: Stamp,
        writer: Result<PartWriter, LakeError>,
        progress: Arc<Progress>,
    ) -> (mpsc::Sender<RecordPage>, Self) {
        let (sender, pages) = mpsc::channel(WAITING_PAGES);
        let decoder = RecordDecoder::new(schema, stamp);
        let work = writer.map(|writer| Work {
            feed: feed.to_owned(),
            decoder,
            writer,
            progress,
            records: 0,
            rescued: 0,
        });
        let handle = Handle::current();
        let task = tokio::task::spawn_blocking(move || {
            handle.block_on(async { work?.carry_out(pages).await })
        });
        (sender, Self { feed: feed.to_owned(), task })
    }

    /// What was written, once all records have come.
    pub(crate) async fn finish(self) -> Result<Written, PumpError> {
        let Self { feed, task } = self;
        task.await.map_err(|error| PumpError::Defect { feed, reason: error.to_string() })?
    }
}

struct Work {
    feed: String,
    decoder: RecordDecoder,
    writer: PartWriter,
    progress: Arc<Progress>,
    records: u64,
    rescued: u64,
}

impl Work {
    async fn carry_out(mut self, pages: mpsc::Receiver<RecordPage>) -> Result<Written, PumpError> {
        match self.all(pages).await {
            Ok(()) => self.finish().await,
            Err(error) => {
                self.writer.abort().await;
                Err(error)
            }
        }
    }

    async fn all(&mut self, mut pages: mpsc::Receiver<RecordPage>) -> Result<(), PumpError> {
        while let Some(page) = pages.recv().await {
            for record in &page.records {
                self.decode(record, page.received_at)?;
                if self.decoder.rows() >= BATCH_ROWS || self.decoder.bytes() >= BATCH_BYTES {
                    self.flush().await?;
                }
            }
            self.progress.add(&self.feed, page.records.len() as u64);
        }
        self.flush().await
    }

    fn decode(&mut self, record: &Record, received_at: i64) -> Result<(), PumpError> {
        self.decoder
            .push(&record.json, &record.bindings, received_at)
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

    async fn finish(self) -> Result<Written, PumpError> {
        let staged = self.writer.finish().await?;
        Ok(Written { staged, records: self.records, rescued: self.rescued })
    }
}
