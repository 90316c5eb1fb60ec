//! A run that writes: every chosen feed into the lake, and a report of how each fared.

use super::folders::check_folders;
use super::hold::{Hold, confirm};
use super::increments::{IncrementalFeed, Increments};
use super::outcome::Ending;
use super::partitions::{check_partitions, partitioning};
use super::permissions::write_permissions;
use super::pump::{Pump, Tools};
use super::record_keys::RecordKeys;
use super::report::{FailOn, FeedReport, Outcome, RunReport};
use super::resume::Beginning;
use super::savepoint::{FeedSavepoints, Interrupted, Saved};
use super::schedule::{Handler, Opened, Shared, Underway, read_all};
use super::session::{Session, read_credential};
use super::settle::{OpenFeed, Writing, settle};
use super::stop::Cause;
use super::written_schema::WrittenSchema;
use super::{Plan, Progress, RunError, Stop, destination};
use crate::catalog::Feed;
use crate::columns::{FeedSchema, Stamp};
use crate::config::Settings;
use crate::extract::{Increment, RecordPage, Savepoints};
use crate::jira::TrafficCounts;
use crate::lake::{
    Lake, LakeError, LockGuard, LockTerms, PartWriter, RunId, RunIdentity, WriteOptions,
};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// What tells one run from another.
#[derive(Debug, Clone)]
pub struct RunRequest {
    /// The run's id and the date of its partitions.
    pub identity: RunIdentity,
    /// Whether the id was asked for, and not made up.
    pub is_named: bool,
    /// Whether the date was asked for.
    pub is_dated: bool,
    /// What it exits with 4 for.
    pub fail_on: FailOn,
    /// Whether incremental feeds are read from the beginning.
    pub full_refresh: bool,
    /// How long to wait for another run on the destination; `None` to be refused.
    pub wait: Option<Duration>,
}

impl RunRequest {
    /// A run of now; without an id it gets one of its own, without a date today's (UTC).
    #[must_use]
    pub fn new(run_id: Option<RunId>, date: Option<jiff::civil::Date>, fail_on: FailOn) -> Self {
        let now = Timestamp::now();
        let (is_named, is_dated) = (run_id.is_some(), date.is_some());
        let date = date.unwrap_or_else(|| jiff::tz::TimeZone::UTC.to_datetime(now).date());
        let run_id = run_id.unwrap_or_else(|| RunId::generate(now));
        Self {
            identity: RunIdentity { run_id, date },
            is_named,
            is_dated,
            fail_on,
            full_refresh: false,
            wait: None,
        }
    }

    /// The same, but another run on the destination is waited for.
    #[must_use]
    pub fn waiting(self, wait: Option<Duration>) -> Self {
        Self { wait, ..self }
    }
}

/// Extracts the chosen feeds and commits each that was read to its end.
///
/// # Errors
/// [`RunError`] if the run cannot begin; what befalls single feeds is in the report.
pub async fn run(
    settings: &Settings,
    request: &RunRequest,
    progress: &Arc<Progress>,
    stop: &Stop,
) -> Result<RunReport, RunError> {
    let hold = Hold::default();
    let report = extract(settings, request, progress, stop, &hold).await;
    hold.let_go().await;
    report
}

async fn extract(
    settings: &Settings,
    request: &RunRequest,
    progress: &Arc<Progress>,
    stop: &Stop,
    hold: &Hold,
) -> Result<RunReport, RunError> {
    let started = Timestamp::now();
    let filter = settings.options("issues").jql;
    let plan = Plan::new(&settings.catalog, &settings.feeds, filter.as_deref())?;
    let Ready { lake, lock, session } = make_ready(settings, request, &plan, stop, hold).await?;
    let beginning = Beginning::of(&lake, settings, request, started).await?;
    let plan = Plan::new(&settings.catalog, &beginning.feeds, filter.as_deref())?;
    let identity = beginning.identity.clone();
    let of = (&identity, session.site.as_str());
    let loaded = Increments::load(&lake, settings, &plan, of, request.full_refresh).await;
    let checked = loaded.and_then(|increments| {
        check_folders(settings, &session, &plan, &increments, false).map(|()| increments)
    });
    let increments = match checked {
        Ok(increments) => increments,
        Err(refused) => {
            // Nothing was begun that another start could go on with.
            if !beginning.is_resumed {
                lake.clear_checkpoint().await?;
            }
            return Err(refused);
        }
    };
    let read = (&plan, session.known_fields());
    let interrupted = if beginning.is_resumed {
        Interrupted::find(&lake, &identity.run_id, settings, read, &increments).await?
    } else {
        Interrupted::default()
    };
    increments.go_on_with(interrupted.noted());
    increments.note_staged(interrupted.answered());
    let shared = Arc::new(Shared::new(session, None, stop));
    let writing = Arc::new(Writing {
        lake,
        lock,
        settings: settings.clone(),
        identity,
        increments,
        interrupted,
        saved: Saved::default(),
        progress: Arc::clone(progress),
        is_backfill: false,
    });
    let mut report =
        read_and_commit(&shared, &writing, request, (plan, beginning.done), started).await;
    report.resumed = beginning.is_resumed;
    if !writing.is_to_be_gone_on_with(&shared, &report.feeds)
        && let Err(error) = writing.lake.clear_checkpoint().await
    {
        report.note_error(error.to_string());
    }
    Ok(report)
}

/// What a run takes hold of before it reads.
pub(super) struct Ready {
    pub(super) lake: Lake,
    pub(super) lock: Arc<LockGuard>,
    pub(super) session: Session,
}

/// Opens the destination for this run alone, and logs in.
pub(super) async fn make_ready(
    settings: &Settings,
    request: &RunRequest,
    plan: &Plan,
    stop: &Stop,
    hold: &Hold,
) -> Result<Ready, RunError> {
    // Before the destination is touched: without a secret there is nothing to make a folder for.
    let credential = read_credential(settings, stop).await?;
    let lake = destination::open(&settings.destination).await?;
    let terms = LockTerms { wait: request.wait, lease: settings.destination.lock_lease };
    let lock = hold.take(&lake, (&request.identity.run_id, "run"), terms, stop).await?;
    let lake = lake.held_by(&lock);
    lake.recover().await?;
    let checkpoint = lake.checkpoint().await?;
    let unended = checkpoint.map(|unended| RunId::parse(&unended.run_id)).transpose()?;
    lake.clear_orphans(unended.as_ref()).await?;
    let session = Session::with(credential, settings, plan, stop).await?;
    check_partitions(settings, &session)?;
    Ok(Ready { lake, lock, session })
}

/// Reads the feeds of `plan`, commits each that was read to its end, and keeps the report; `done` are feeds
/// that were committed before.
pub(super) async fn read_and_commit(
    shared: &Arc<Shared>,
    writing: &Arc<Writing>,
    request: &RunRequest,
    (plan, done): (Plan, Vec<FeedReport>),
    started: Timestamp,
) -> RunReport {
    let mut feeds = read_all(shared, writing, plan).await;
    confirm(&writing.lock, &shared.stop).await;
    feeds.extend(done);
    feeds.sort_by(|a, b| a.feed.cmp(&b.feed));
    let mut report = report(shared, writing, request, started, feeds);
    match write_permissions(shared, writing, &report.feeds).await {
        Ok(permissions) => report.permissions = permissions,
        Err(error) => report.note_error(error),
    }
    if let Some(Cause::LockLost(lost)) = shared.stop.cause() {
        report.note_error(lost.clone());
        return report;
    }
    if !writing.is_to_be_gone_on_with(shared, &report.feeds)
        && let Err(error) = writing.lake.discard_staging(&writing.identity.run_id).await
    {
        tracing::warn!(%error, "staged parts could not be removed");
    }
    // What is committed is committed, also where its report cannot be kept.
    if let Err(error) = writing.lake.write_report(&writing.identity.run_id, &report).await {
        report.note_error(error.to_string());
    }
    report
}

impl Handler for Writing {
    type Open = OpenFeed;
    type Report = FeedReport;

    fn open(
        &self,
        shared: &Shared,
        feed: &Arc<Feed>,
    ) -> (Option<mpsc::Sender<RecordPage>>, OpenFeed) {
        let fields = shared.session.known_fields();
        let written = WrittenSchema::of(&self.settings, feed, fields, &self.increments);
        let schema = Arc::clone(&written.schema);
        let stamp = Stamp {
            site: shared.session.site.as_str().into(),
            run_id: self.identity.run_id.as_str().into(),
        };
        let tools = Tools {
            lake: self.lake.clone(),
            writer: self.writer(shared, feed, &schema),
            keys: RecordKeys::of(feed, &self.increments),
            going_on: self.interrupted.take_staged(&feed.name),
            run_id: self.identity.run_id.clone(),
            schema,
            stamp,
            extracted_until: self.increments.extracted_until(&feed.name),
            progress: Arc::clone(&self.progress),
        };
        let (sender, pump) = Pump::start(&feed.name, tools);
        (Some(sender), OpenFeed { pump, schema: written })
    }

    fn increment(&self, feed: &str) -> Option<Arc<Increment>> {
        self.increments.get(feed).map(|standing| Arc::clone(&standing.increment))
    }

    fn interrupted(&self) -> Option<&Interrupted> {
        Some(&self.interrupted)
    }

    fn savepoints<'a>(
        &'a self,
        first: &'a str,
        opened: &'a Opened<OpenFeed>,
    ) -> Option<Box<dyn Savepoints + 'a>> {
        let savepoints = FeedSavepoints { first, writing: self, opened };
        (!self.is_backfill && !opened.is_empty()).then(|| Box::new(savepoints) as Box<_>)
    }

    fn defect(&self, feed: &Feed, what: String) -> FeedReport {
        let ending = Ending::failed(RunError::Defect(what));
        self.progress.done(&feed.name);
        FeedReport::ended(feed, ending)
    }

    async fn settle(&self, shared: &Shared, underway: Underway<OpenFeed>) -> Option<FeedReport> {
        settle(shared, self, underway).await
    }
}

impl Writing {
    /// Whether the next start goes on with the run: one that was stopped, or that has got to a savepoint before
    /// a feed of the pass failed. One that fails where it failed before is not gone on with once more.
    fn is_to_be_gone_on_with(&self, shared: &Shared, feeds: &[FeedReport]) -> bool {
        let failed = feeds.iter().filter(|feed| feed.outcome == Outcome::Failed);
        shared.stop.cause().is_some()
            || self.saved.has_any_of(failed.map(|feed| feed.feed.as_str()))
    }

    fn writer(
        &self,
        shared: &Shared,
        feed: &Feed,
        schema: &FeedSchema,
    ) -> Result<PartWriter, LakeError> {
        let columns = Arc::clone(schema.arrow());
        let options = WriteOptions {
            partitioning: partitioning(&self.settings, feed, &columns)?,
            site: Some(shared.session.site.clone()),
            ..WriteOptions::default()
        };
        let writer = self.lake.part_writer(&feed.name, columns, &self.identity, &options)?;
        let standing = self.increments.get(&feed.name).filter(|standing| standing.is_incremental);
        Ok(match standing {
            _ if self.is_backfill => writer.without_empty_part(),
            Some(IncrementalFeed { start: Some(_), listed, .. }) => {
                writer.after(listed).without_empty_part()
            }
            _ => writer,
        })
    }
}

fn report(
    shared: &Shared,
    writing: &Writing,
    request: &RunRequest,
    started: Timestamp,
    feeds: Vec<FeedReport>,
) -> RunReport {
    let outcome = RunReport::worst(&feeds);
    let session = &shared.session;
    let sum = |of: fn(&TrafficCounts) -> u64| -> u64 {
        feeds.iter().map(|feed| of(&feed.traffic)).sum::<u64>() + session.cost(of)
    };
    let (exit_code, error) = end_of(&shared.stop, &feeds, request.fail_on);
    RunReport {
        run_id: writing.identity.run_id.as_str().to_owned(),
        resumed: false,
        site: session.site.clone(),
        outcome,
        exit_code,
        started_at: started.to_string(),
        finished_at: Timestamp::now().to_string(),
        destination: writing.lake.describe(),
        requests: sum(|traffic| traffic.requests),
        retries: sum(|traffic| traffic.retries),
        throttled: sum(|traffic| traffic.throttled),
        error,
        permissions: None,
        feeds,
    }
}

/// What to exit with, and why everything ended early if it did.
pub(super) fn end_of(stop: &Stop, feeds: &[FeedReport], fail_on: FailOn) -> (u8, Option<String>) {
    match stop.cause() {
        Some(Cause::LoginLost(lost)) => (3, Some(lost.to_string())),
        Some(Cause::LockLost(lost)) => (1, Some(lost.clone())),
        Some(Cause::Signal(signal)) => (signal.exit_code(), None),
        None => (RunReport::exit_code_of(feeds, fail_on), None),
    }
}
