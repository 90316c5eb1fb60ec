//! What a backfill says of itself: the reports of its windows as one, and each window by itself.

use super::backfill::WindowRun;
use super::extraction::{Ready, end_of};
use super::report::{DenialReport, FailOn, FeedReport, Outcome, PermissionsReport, RunReport};
use super::{RunRequest, Stop};
use crate::jira::TrafficCounts;
use crate::lake::BackfilledWindow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Vanished issues that are named.
const VANISHED_NAMED: usize = 20;

/// The report of a backfill.
#[derive(Debug, Clone, Serialize)]
pub struct BackfillReport {
    /// The windows that were read now, as one run.
    #[serde(flatten)]
    pub run: RunReport,
    /// All windows, oldest first.
    pub windows: Vec<WindowReport>,
}

/// What became of one window.
#[derive(Debug, Clone, Serialize)]
pub struct WindowReport {
    /// RFC 3339, UTC.
    pub since: String,
    /// RFC 3339, UTC; not part of it.
    pub until: String,
    /// The run that reads it.
    pub run_id: String,
    /// How it ended; null if it was not begun.
    pub outcome: Option<Outcome>,
    /// Rows committed.
    pub records: u64,
    /// Whether an earlier attempt had committed it.
    pub was_done: bool,
}

impl BackfillReport {
    pub(super) fn new(whole: &RunRequest, ready: &Ready, started: Timestamp) -> Self {
        // The login is the whole's, and not that of a window.
        let cost = |of: fn(&TrafficCounts) -> u64| ready.session.cost(of);
        let run = RunReport {
            resumed: false,
            run_id: whole.identity.run_id.as_str().to_owned(),
            site: ready.session.site.clone(),
            outcome: Outcome::Complete,
            exit_code: 0,
            started_at: started.to_string(),
            finished_at: started.to_string(),
            destination: ready.lake.describe(),
            requests: cost(|traffic| traffic.requests),
            retries: cost(|traffic| traffic.retries),
            throttled: cost(|traffic| traffic.throttled),
            error: None,
            permissions: None,
            feeds: Vec::new(),
        };
        Self { run, windows: Vec::new() }
    }

    /// A window that was read.
    pub(super) fn add(&mut self, window: &WindowRun, ended: RunReport) {
        let records = ended.feeds.iter().map(|feed| feed.records).sum();
        let row = WindowReport { outcome: Some(ended.outcome), records, ..row(window) };
        self.windows.push(row);
        self.run.requests += ended.requests;
        self.run.retries += ended.retries;
        self.run.throttled += ended.throttled;
        if let Some(error) = ended.error {
            self.run.note_error(error);
        }
        if let Some(more) = ended.permissions {
            add_permissions(&mut self.run.permissions, more);
        }
        for feed in ended.feeds {
            match self.run.feeds.iter_mut().find(|known| known.feed == feed.feed) {
                Some(known) => add_feed(known, feed),
                None => self.run.feeds.push(feed),
            }
        }
    }

    /// A window that an earlier attempt has read.
    pub(super) fn add_done(&mut self, window: &WindowRun, done: &BackfilledWindow) {
        let outcome = Outcome::deserialize(&done.outcome).ok();
        let row = WindowReport { outcome, records: done.records, was_done: true, ..row(window) };
        self.windows.push(row);
    }

    /// A window that was not begun.
    pub(super) fn add_left(&mut self, window: &WindowRun) {
        self.windows.push(row(window));
    }

    /// The worst of all windows counts.
    pub(super) fn end(&mut self, stop: &Stop, fail_on: FailOn) {
        let (exit_code, error) = end_of(stop, &self.run.feeds, fail_on);
        let outcome = RunReport::worst(&self.run.feeds);
        let is_stopped = stop.cause().is_some();
        self.run.outcome = if is_stopped { outcome.max(Outcome::Interrupted) } else { outcome };
        // An error that a window told of has its code already.
        self.run.exit_code = if exit_code == 0 { self.run.exit_code } else { exit_code };
        self.run.error = error.or(self.run.error.take());
        self.run.finished_at = Timestamp::now().to_string();
        self.run.feeds.sort_by(|a, b| a.feed.cmp(&b.feed));
    }
}

fn row(run: &WindowRun) -> WindowReport {
    let instant = |at| Timestamp::from_millisecond(at).unwrap_or_default().to_string();
    WindowReport {
        since: instant(run.window.since),
        until: instant(run.window.until),
        run_id: run.run_id.to_string(),
        outcome: None,
        records: 0,
        was_done: false,
    }
}

fn add_permissions(all: &mut Option<PermissionsReport>, more: PermissionsReport) {
    match all {
        Some(all) => {
            all.records += more.records;
            all.parts.extend(more.parts);
        }
        None => *all = Some(more),
    }
}

fn add_feed(all: &mut FeedReport, more: FeedReport) {
    if more.outcome > all.outcome {
        (all.outcome, all.reason) = (more.outcome, more.reason);
    }
    // Why one window is empty says nothing of them all.
    if all.outcome == Outcome::Complete && all.records + more.records > 0 {
        all.reason = None;
    }
    all.endpoint = all.endpoint.take().or(more.endpoint);
    all.records += more.records;
    all.deleted += more.deleted;
    all.rescued += more.rescued;
    all.traffic.requests += more.traffic.requests;
    all.traffic.retries += more.traffic.retries;
    all.traffic.throttled += more.traffic.throttled;
    all.traffic.bytes += more.traffic.bytes;
    all.traffic.pages += more.traffic.pages;
    all.seconds += more.seconds;
    all.parents += more.parents;
    all.parents_without += more.parents_without;
    all.vanished_total += more.vanished_total;
    all.vanished.extend(more.vanished);
    all.vanished.truncate(VANISHED_NAMED);
    all.parts.extend(more.parts);
    for denial in more.denials {
        let is_same = |known: &DenialReport| {
            (&known.parent, &known.path, known.status)
                == (&denial.parent, &denial.path, denial.status)
        };
        if !all.denials.iter().any(is_same) {
            all.denials.push(denial);
        }
    }
}
