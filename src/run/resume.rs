//! Going on where a run was interrupted: what it has committed is not read again.

use super::outcome::Ending;
use super::report::{FeedReport, Outcome};
use super::{RunError, RunRequest};
use crate::catalog::Feed;
use crate::config::Settings;
use crate::lake::{Checkpoint, Lake, LakeError, RunId, RunIdentity};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;

/// An interrupted run that is older is not gone on with: it would write into partitions of a day long past.
const OLDEST: SignedDuration = SignedDuration::from_hours(24);

/// A run that is about to read: a new one, or one that was interrupted.
pub(crate) struct Beginning {
    /// The run's id and date.
    pub(crate) identity: RunIdentity,
    /// What is still to be read.
    pub(crate) feeds: Vec<Arc<Feed>>,
    /// What was committed before the interruption.
    pub(crate) done: Vec<FeedReport>,
    /// Whether it was interrupted before.
    pub(crate) is_resumed: bool,
}

impl Beginning {
    /// Finds out whether an interrupted run is to be gone on with, and notes that it begins.
    ///
    /// # Errors
    /// A checkpoint or a state that does not read, or a destination that cannot be written.
    pub(crate) async fn of(
        lake: &Lake,
        settings: &Settings,
        request: &RunRequest,
        now: Timestamp,
    ) -> Result<Self, RunError> {
        let fresh = Self {
            identity: request.identity.clone(),
            feeds: settings.feeds.clone(),
            done: Vec::new(),
            is_resumed: false,
        };
        let begins = Checkpoint::new(&request.identity, now, of_the_run(settings, request));
        if let Some(before) = lake.checkpoint().await? {
            let Some(reason) = reason_against(&before, &begins, request) else {
                return Self::resumed(lake, fresh, &before).await;
            };
            tracing::warn!(run = before.run_id, "an interrupted run is not gone on with: {reason}");
            lake.discard_staging(&RunId::parse(&before.run_id)?).await?;
        }
        lake.write_checkpoint(&begins).await?;
        Ok(fresh)
    }

    async fn resumed(lake: &Lake, fresh: Self, before: &Checkpoint) -> Result<Self, RunError> {
        let run_id = RunId::parse(&before.run_id)?;
        let identity = RunIdentity { run_id, date: before.extract_date };
        let (mut feeds, mut done) = (Vec::new(), Vec::new());
        for feed in fresh.feeds {
            match committed_since(lake, &feed, &identity, before.started_at).await? {
                Some(report) => done.push(report),
                None => feeds.push(feed),
            }
        }
        tracing::info!(
            run = before.run_id,
            committed = done.len(),
            left = feeds.len(),
            "going on with an interrupted run"
        );
        Ok(Self { identity, feeds, done, is_resumed: true })
    }
}

/// Why a run does not go on with the one before it; none if it does.
fn reason_against(
    before: &Checkpoint,
    begins: &Checkpoint,
    request: &RunRequest,
) -> Option<&'static str> {
    if before.run_id != begins.run_id {
        if request.is_named {
            return Some("another one was asked for by its id");
        }
        if begins.started_at.duration_since(before.started_at) >= OLDEST {
            return Some("it began more than a day ago");
        }
    }
    if request.is_dated && before.extract_date != begins.extract_date {
        return Some("another date was asked for");
    }
    (before.settings != begins.settings)
        .then_some("what it read, or how, has been changed in the config")
}

/// What a run reads, and how: another config is another run.
fn of_the_run(settings: &Settings, request: &RunRequest) -> Value {
    let feeds: Vec<_> = settings
        .feeds
        .iter()
        .map(|feed| json!([feed.name, format!("{:?}", settings.options(&feed.name))]))
        .collect();
    let credential = settings.credential.chosen.as_ref().map(|chosen| &chosen.name);
    json!({ "feeds": feeds, "credential": credential, "full_refresh": request.full_refresh })
}

/// The report of a feed that the run has committed whole.
async fn committed_since(
    lake: &Lake,
    feed: &Feed,
    run: &RunIdentity,
    began: Timestamp,
) -> Result<Option<FeedReport>, LakeError> {
    let Some(state) = lake.state(&feed.name).await? else { return Ok(None) };
    let written_at = state.written_at.parse::<Timestamp>().ok();
    let is_of_run = state.run_id == run.run_id.as_str()
        && state.is_whole
        && written_at.is_some_and(|at| at >= began);
    if !is_of_run {
        return Ok(None);
    }
    let manifest = lake.manifest(&feed.name, &run.run_id).await?;
    let (rows, parts) = manifest.map(|all| (all.rows, all.parts)).unwrap_or_default();
    let reason = "Committed before the run was interrupted".to_owned();
    let ending = Ending { outcome: Outcome::Complete, reason: Some(reason), denials: Vec::new() };
    Ok(Some(FeedReport {
        mode: if state.current.cursor.is_null() { "full" } else { "incremental" },
        records: rows,
        parts: parts.into_iter().map(|part| part.path).collect(),
        ..FeedReport::ended(feed, ending)
    }))
}
