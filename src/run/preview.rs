//! The first records of one feed, decoded as a run would, into memory.

use super::ending::{Yield, ending_of};
use super::report::DenialReport;
use super::schedule::{Handler, Shared, Underway, read_all};
use super::schema::{ColumnChoice, schema_on_site};
use super::session::{Session, interrupted};
use super::{Plan, RunError, Stop};
use crate::catalog::Feed;
use crate::columns::{RecordDecoder, Stamp};
use crate::config::Settings;
use crate::extract::{RecordPage, Sample};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

const LOOK_AT_LEAST: u32 = 50;

/// What a look at one feed shows.
#[derive(Debug)]
pub struct Preview {
    /// At most as many rows as were asked for, in all columns.
    pub rows: RecordBatch,
    /// Why there are none or fewer, if reading ended early.
    pub reason: Option<String>,
    /// The evidence for what could not be read.
    pub denials: Vec<DenialReport>,
    /// What the process exits with.
    pub exit_code: u8,
}

/// Reads `limit` records of `feed`.
///
/// # Errors
/// [`RunError`] if the credential does not work or the site cannot be asked.
pub async fn preview(
    settings: &Settings,
    feed: &Arc<Feed>,
    limit: u32,
    stop: &Stop,
) -> Result<Preview, RunError> {
    let filter = settings.options("issues").jql;
    let plan = Plan::new(&settings.catalog, std::slice::from_ref(feed), filter.as_deref())?;
    let session = Session::open(settings, &plan, stop).await?;
    // Not every parent has records and not every issue has comments: look at more than are wanted.
    let records = limit.max(LOOK_AT_LEAST);
    let sample = Some(Sample {
        records,
        parents: records as usize,
        at_once: 1,
        every_parent: false,
        withheld: Arc::default(),
    });
    let shared = Arc::new(Shared::new(session, sample, stop));
    let showing = Arc::new(Showing { settings: settings.clone(), limit: limit as usize });
    let shown = read_all(&shared, &showing, plan).await;
    match shown.into_iter().next() {
        Some(preview) if stop.cause().is_none() => preview,
        _ => Err(interrupted(stop)),
    }
}

struct Showing {
    settings: Settings,
    limit: usize,
}

type Decoding = JoinHandle<Result<RecordBatch, RunError>>;

impl Handler for Showing {
    type Open = Decoding;
    type Report = Result<Preview, RunError>;

    fn open(
        &self,
        shared: &Shared,
        feed: &Arc<Feed>,
    ) -> (Option<mpsc::Sender<RecordPage>>, Decoding) {
        let options = self.settings.options(&feed.name);
        let choice = ColumnChoice::of(&options);
        let schema =
            schema_on_site(&self.settings.catalog, feed, shared.session.known_fields(), choice);
        let stamp = Stamp { site: shared.session.site.as_str().into(), run_id: "preview".into() };
        let decoder = RecordDecoder::new(schema, stamp);
        let (sender, pages) = mpsc::channel(1);
        (Some(sender), tokio::spawn(decode_first(decoder, pages, self.limit)))
    }

    fn defect(&self, _: &Feed, what: String) -> Result<Preview, RunError> {
        Err(RunError::Defect(what))
    }

    async fn settle(
        &self,
        shared: &Shared,
        underway: Underway<Decoding>,
    ) -> Option<Result<Preview, RunError>> {
        let Underway { target, open, .. } = underway;
        let decoding = open?;
        let progress = target.progress_so_far();
        let feed = Arc::clone(&target.feed);
        drop(target);
        let rows = decoding.await.unwrap_or_else(|error| Err(RunError::Defect(error.to_string())));
        let records = rows.as_ref().map_or(0, |rows| rows.num_rows() as u64);
        let ending =
            ending_of(shared, &self.settings.catalog, &feed, &progress, Yield::of(records)).await;
        Some(rows.map(|rows| {
            let is_enough = rows.num_rows() >= self.limit;
            Preview {
                reason: ending.reason.filter(|_| !is_enough),
                exit_code: if is_enough { 0 } else { ending.outcome.exit_code() },
                denials: ending.denials,
                rows,
            }
        }))
    }
}

/// Decodes until there are enough; dropping the receiver is what ends the reading.
async fn decode_first(
    mut decoder: RecordDecoder,
    mut pages: mpsc::Receiver<RecordPage>,
    limit: usize,
) -> Result<RecordBatch, RunError> {
    while decoder.rows() < limit {
        let Some(page) = pages.recv().await else { break };
        for record in page.records.iter().take(limit - decoder.rows()) {
            decoder
                .push(&record.json, &record.bindings, page.received_at)
                .map_err(|error| RunError::Defect(error.to_string()))?;
        }
    }
    drop(pages);
    decoder
        .finish()
        .map(|decoded| decoded.batch)
        .map_err(|error| RunError::Defect(error.to_string()))
}
