//! A backfill: a part of the past, read again window by window. Each window is a run of its own, and
//! none of them reads or moves what the incremental runs go on from.

use super::backfill_range::BackfillRange;
use super::backfill_report::BackfillReport;
use super::extraction::{Ready, make_ready, read_and_commit};
use super::folders::check_folders;
use super::hold::Hold;
use super::increments::{Increments, of_the_rows};
use super::report::{Outcome, RunReport};
use super::savepoint::{Interrupted, Saved};
use super::schedule::Shared;
use super::settle::Writing;
use super::{FailOn, Plan, Progress, RunError, RunRequest, Stop};
use crate::catalog::Window;
use crate::config::Settings;
use crate::lake::{Backfill, BackfilledWindow, Lake, RunId, RunIdentity};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// What tells one backfill from another.
#[derive(Debug, Clone)]
pub struct BackfillRequest {
    /// What its windows' run ids begin with; without one they are named by their bounds.
    pub run_id: Option<RunId>,
    /// The date of the partitions, instead of today's.
    pub date: Option<Date>,
    /// What it exits with 4 for.
    pub fail_on: FailOn,
    /// How long to wait for another run on the destination; `None` to be refused.
    pub wait: Option<Duration>,
    /// What is read.
    pub range: BackfillRange,
}

/// A window and the run that reads it.
pub(super) struct WindowRun {
    pub(super) window: Window,
    pub(super) name: String,
    pub(super) run_id: RunId,
}

/// Reads the windows of the range that an earlier attempt has not committed, oldest first.
///
/// # Errors
/// [`RunError`] if the backfill cannot begin; what befalls its windows is in the report.
pub async fn backfill(
    settings: &Settings,
    request: &BackfillRequest,
    progress: &Arc<Progress>,
    stop: &Stop,
) -> Result<BackfillReport, RunError> {
    let hold = Hold::default();
    let report = Box::pin(extract(settings, request, progress, stop, &hold)).await;
    hold.let_go().await;
    report
}

async fn extract(
    settings: &Settings,
    request: &BackfillRequest,
    progress: &Arc<Progress>,
    stop: &Stop,
    hold: &Hold,
) -> Result<BackfillReport, RunError> {
    let started = Timestamp::now();
    request.range.resolve(started.as_millisecond())?;
    let filter = settings.options("issues").jql;
    let plan = Plan::for_backfill(&settings.catalog, &settings.feeds, filter.as_deref())?;
    let name = match &request.run_id {
        Some(run_id) => run_id.clone(),
        None => RunId::parse(&request.range.name(filter.as_deref()))?,
    };
    let whole = RunRequest::new(Some(name), request.date, request.fail_on).waiting(request.wait);
    let ready = make_ready(settings, &whole, &plan, stop, hold).await?;
    let known = Increments::of_backfill(&ready.lake, &plan, &ready.session.site).await?;
    check_folders(settings, &ready.session, &plan, &known, true)?;
    let now = ready.session.client.site_time();
    let kept = take_up(&ready.lake, &whole, settings, &request.range, now).await?;
    let range = Window { since: kept.since.as_millisecond(), until: kept.until.as_millisecond() };
    let explicit = request.run_id.as_ref();
    let windows = request.range.windows(range, filter.as_deref(), explicit)?;
    let report = BackfillReport::new(&whole, &ready, started);
    let task = Task { settings, request, whole: &whole, plan: &plan, known, ready, progress, stop };
    Ok(task.read_all(&windows, kept, report).await)
}

/// What a backfill needs for each of its windows.
struct Task<'a> {
    settings: &'a Settings,
    request: &'a BackfillRequest,
    whole: &'a RunRequest,
    plan: &'a Plan,
    known: Increments,
    ready: Ready,
    progress: &'a Arc<Progress>,
    stop: &'a Stop,
}

impl Task<'_> {
    async fn read_all(
        &self,
        windows: &[WindowRun],
        mut kept: Backfill,
        mut report: BackfillReport,
    ) -> BackfillReport {
        let name = &self.whole.identity.run_id;
        let mut goes_on = true;
        for (index, run) in windows.iter().enumerate() {
            if let Some(done) = kept.windows.iter().find(|done| done.run_id == run.run_id.as_str())
            {
                report.add_done(run, done);
                continue;
            }
            if !goes_on || self.stop.cause().is_some() {
                report.add_left(run);
                continue;
            }
            self.progress.begin_window(index + 1, windows.len(), &run.name);
            let ended = Box::pin(self.read(run)).await;
            goes_on = !has_failed_as_a_whole(&ended);
            if is_whole(&ended) {
                kept.windows.push(done(&ended));
                if let Err(error) = self.ready.lake.keep_backfill(name, &kept).await {
                    report.run.note_error(error.to_string());
                }
            }
            report.add(run, ended);
        }
        report.end(self.stop, self.request.fail_on);
        if kept.windows.len() == windows.len()
            && let Err(error) = self.ready.lake.forget_backfill(name).await
        {
            report.run.note_error(error.to_string());
        }
        report
    }

    async fn read(&self, run: &WindowRun) -> RunReport {
        let (started, date) = (Timestamp::now(), self.whole.identity.date);
        let identity = RunIdentity { run_id: run.run_id.clone(), date };
        let request = RunRequest { identity, ..self.whole.clone() };
        let session = self.ready.session.for_another();
        let shared =
            Shared::new(session, None, self.stop).within(self.request.range.by, run.window);
        let writing = Writing {
            interrupted: Interrupted::default(),
            saved: Saved::default(),
            lake: self.ready.lake.clone(),
            lock: Arc::clone(&self.ready.lock),
            settings: self.settings.clone(),
            identity: request.identity.clone(),
            increments: self.known.without_readings(),
            progress: Arc::clone(self.progress),
            is_backfill: true,
        };
        let (shared, writing) = (Arc::new(shared), Arc::new(writing));
        read_and_commit(&shared, &writing, &request, (self.plan.clone(), Vec::new()), started).await
    }
}

/// Whether reading the window again would bring no more.
fn is_whole(report: &RunReport) -> bool {
    report.outcome < Outcome::Interrupted && report.error.is_none()
}

/// Then the next window would fare no better.
fn has_failed_as_a_whole(report: &RunReport) -> bool {
    report.feeds.iter().all(|feed| feed.outcome == Outcome::Failed)
}

fn done(report: &RunReport) -> BackfilledWindow {
    BackfilledWindow {
        run_id: report.run_id.clone(),
        outcome: json!(report.outcome),
        records: report.feeds.iter().map(|feed| feed.records).sum(),
    }
}

/// What an interrupted attempt of the same backfill has left, or a beginning.
async fn take_up(
    lake: &Lake,
    whole: &RunRequest,
    settings: &Settings,
    range: &BackfillRange,
    now: i64,
) -> Result<Backfill, RunError> {
    let name = &whole.identity.run_id;
    let fingerprint = fingerprint(settings, range);
    if let Some(kept) = lake.backfill(name).await? {
        if kept.fingerprint == fingerprint {
            tracing::info!(backfill = %name, done = kept.windows.len(), "going on with an interrupted backfill");
            return Ok(kept);
        }
        let changed = changed(&kept.fingerprint, &fingerprint).join(", ");
        tracing::warn!(
            backfill = %name, changed,
            "an interrupted backfill of this name was of something else: all windows are read again"
        );
    }
    let Window { since, until } = range.resolve(now)?;
    let instant = |at| Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
    let (since, until) = (instant(since), instant(until));
    let begun = Backfill { fingerprint, since, until, windows: Vec::new() };
    lake.keep_backfill(name, &begun).await?;
    Ok(begun)
}

/// What the rows of a backfill depend on.
fn fingerprint(settings: &Settings, range: &BackfillRange) -> Value {
    let feeds = settings
        .feeds
        .iter()
        .map(|feed| (feed.name.clone(), of_the_rows(&settings.options(&feed.name))));
    let mut parts = range.description();
    parts.insert("jql".to_owned(), json!(settings.options("issues").jql));
    parts.insert("feeds".to_owned(), Value::Object(feeds.collect()));
    Value::Object(parts)
}

/// The parts of two fingerprints that differ.
fn changed(before: &Value, now: &Value) -> Vec<String> {
    let nothing = Map::new();
    let now = now.as_object().unwrap_or(&nothing);
    let parts = now.iter().filter(|(part, value)| before.get(part) != Some(value));
    parts.map(|(part, _)| part.clone()).collect()
}
