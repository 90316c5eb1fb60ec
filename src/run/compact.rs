//! Compacting a lake: each feed's parts rewritten to the rows that count, and a report of what that changed.
//!
//! Must not know a site: no credential is read and nothing is asked of Jira.

use super::hold::Hold;
use super::view::key_columns;
use super::{RunError, Stop, destination, written_schema};
use crate::catalog::{CatalogError, Feed};
use crate::config::{Mode, Settings};
use crate::lake::{
    Compacted, Compaction, Extent, Keep, Lake, LockTerms, RunId, RunIdentity, WriteOptions,
};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// What is to be compacted.
#[derive(Debug, Clone)]
pub struct CompactRequest {
    /// Feeds by name; none for all that the lake has.
    pub feeds: Option<Vec<String>>,
    /// Find out what would be done, and change nothing.
    pub dry_run: bool,
    /// How long to wait for another command on the destination; `None` to be refused.
    pub wait: Option<Duration>,
}

/// What compacting a lake has done, or would do.
#[derive(Debug, Serialize)]
pub struct CompactionReport {
    /// The id in the names of the new parts.
    pub run_id: String,
    /// The lake.
    pub destination: String,
    /// Whether nothing was changed: then parts and bytes after it are estimates.
    pub dry_run: bool,
    /// What the process exits with.
    pub exit_code: u8,
    /// Every feed that has committed parts.
    pub feeds: Vec<FeedCompaction>,
}

/// What compacting one feed has done, or would do.
#[derive(Debug, Serialize)]
pub struct FeedCompaction {
    /// Its name.
    pub feed: String,
    /// `full`: parts of a date were joined; `incremental`: only the latest rows were kept.
    pub mode: &'static str,
    /// What it held.
    pub before: Extent,
    /// What it holds now.
    pub after: Extent,
    /// Why nothing was done, where something went wrong.
    pub error: Option<String>,
    /// Files beside the parts that nobody has committed; they were left alone, and tombstones with them.
    pub unlisted: Vec<String>,
}

/// The exit code if a feed could not be compacted.
const FAILED: u8 = 5;

/// Compacts the feeds one after the other.
///
/// # Errors
/// [`RunError`] if the lake cannot be opened; what befalls single feeds is in the report.
pub async fn compact(
    settings: &Settings,
    request: &CompactRequest,
    stop: &Stop,
) -> Result<CompactionReport, RunError> {
    let hold = Hold::default();
    let report = take_over(settings, request, stop, &hold).await;
    hold.let_go().await;
    report
}

async fn take_over(
    settings: &Settings,
    request: &CompactRequest,
    stop: &Stop,
    hold: &Hold,
) -> Result<CompactionReport, RunError> {
    let now = Timestamp::now();
    let run_id = RunId::parse(&format!("compact-{}", RunId::generate(now)))?;
    let date = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let identity = RunIdentity { run_id: run_id.clone(), date };
    let lake = destination::look_at(&settings.destination).await?;
    let mut report = CompactionReport {
        run_id: run_id.to_string(),
        destination: lake.describe(),
        dry_run: request.dry_run,
        exit_code: 0,
        feeds: Vec::new(),
    };
    if request.dry_run {
        compact_feeds(&lake, settings, request, &identity, &mut report, stop).await?;
        return Ok(report);
    }
    let terms = LockTerms { wait: request.wait, lease: settings.destination.lock_lease };
    let lock = hold.take(&lake, (&run_id, "compact"), terms, stop).await?;
    let lake = lake.held_by(&lock);
    lake.recover().await?;
    compact_feeds(&lake, settings, request, &identity, &mut report, stop).await?;
    if let Err(error) = lake.discard_staging(&run_id).await {
        tracing::warn!(%error, "staged parts could not be removed");
    }
    Ok(report)
}

async fn compact_feeds(
    lake: &Lake,
    settings: &Settings,
    request: &CompactRequest,
    identity: &RunIdentity,
    report: &mut CompactionReport,
    stop: &Stop,
) -> Result<(), RunError> {
    let committed = lake.feeds().await?;
    let is_chosen = |feed: &String| request.feeds.as_ref().is_none_or(|few| few.contains(feed));
    for feed in committed.into_iter().filter(is_chosen) {
        let compacted = tokio::select! {
            biased;
            // A commit that has begun is completed by the next command; one that has not leaves nothing.
            () = stop.requested() => {
                report.exit_code = super::session::interrupted(stop).exit_code();
                return Ok(());
            }
            compacted = compact_feed(lake, settings, &feed, identity, request.dry_run) => compacted,
        };
        report.take_in(feed, settings, compacted);
    }
    Ok(())
}

async fn compact_feed(
    lake: &Lake,
    settings: &Settings,
    feed: &str,
    run: &RunIdentity,
    dry_run: bool,
) -> Result<Compacted, RunError> {
    // Parts of full runs stand side by side by date: only those of incremental ones overtake each other.
    let is_incremental = settings.options(feed).mode == Mode::Incremental
        && lake.state(feed).await?.is_some_and(|state| !state.current.cursor.is_null());
    let keep = match settings.catalog.get(feed) {
        Some(known) if is_incremental => {
            refuse_changed_key(lake, known).await?;
            Keep::LatestOfKey(key_columns(settings, known)?)
        }
        _ => Keep::All,
    };
    let options = WriteOptions::default();
    let how = Compaction { run: run.clone(), keep, options, dry_run };
    Ok(Box::pin(lake.compact(feed, &how)).await?)
}

/// Rows of before have the key in another column than those of now: each side would seem to be one record.
async fn refuse_changed_key(lake: &Lake, feed: &Feed) -> Result<(), RunError> {
    let state = lake.state(&feed.name).await?;
    let columns = state.and_then(|state| written_schema::read(feed, &state.columns));
    match columns.and_then(|columns| written_schema::changed_key(feed, &columns)) {
        Some(reason) => Err(CatalogError::invalid(&feed.name, "key", reason).into()),
        None => Ok(()),
    }
}

impl CompactionReport {
    fn take_in(
        &mut self,
        feed: String,
        settings: &Settings,
        compacted: Result<Compacted, RunError>,
    ) {
        let mode = match settings.options(&feed).mode {
            Mode::Full => "full",
            Mode::Incremental => "incremental",
        };
        let (compacted, error) = match compacted {
            Ok(compacted) => (Some(compacted), None),
            Err(error) => {
                self.exit_code = FAILED;
                (None, Some(with_causes(&error)))
            }
        };
        let Compacted { before, after, unlisted } = compacted.unwrap_or_default();
        self.feeds.push(FeedCompaction { feed, mode, before, after, error, unlisted });
    }
}

fn with_causes(error: &RunError) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        let said = cause.to_string();
        if text.contains(&said) { text } else { format!("{text}: {said}") }
    })
}
