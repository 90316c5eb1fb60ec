//! `state show` and `state reset`: what runs have left for the next ones.
//!
//! Must not know a site: no credential is read and nothing is asked of Jira.

use super::hold::Hold;
use super::{RunError, Stop, destination};
use crate::config::Settings;
use crate::extract::Held;
use crate::lake::{FeedState, Lake, LakeError, LockTerms, RunId};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;

/// What the destination keeps of its feeds.
#[derive(Debug, Serialize)]
pub struct StateReport {
    /// The lake.
    pub destination: String,
    /// Every feed that has a state, by name.
    pub feeds: Vec<FeedStateReport>,
}

/// What is kept of a feed.
#[derive(Debug, Serialize)]
pub struct FeedStateReport {
    /// Its name.
    pub feed: String,
    /// The site that it was read from.
    pub site: String,
    /// `incremental` if the next run goes on from here, `full` if it reads everything.
    pub mode: &'static str,
    /// RFC 3339, UTC: all changes before it are in the lake.
    pub watermark: Option<String>,
    /// Issues whose records are in the lake, for a feed of issues.
    pub issues: u64,
    /// Issues that the search did not find the last time although nothing says that they are gone.
    pub out_of_sight: u64,
    /// The run that has moved it last.
    pub run_id: String,
    /// When that was, RFC 3339, UTC.
    pub written_at: String,
    /// The options that the rows were written with.
    pub options: serde_json::Value,
}

/// What a reset has forgotten.
#[derive(Debug, Serialize)]
pub struct ResetReport {
    /// The lake, whose rows are as they were.
    pub destination: String,
    /// Feeds whose state is gone.
    pub reset: Vec<String>,
}

/// Reads the states at the destination; nothing is written there.
///
/// # Errors
/// [`RunError::Lake`] if there is no such lake, or a state that does not read.
pub async fn show_state(
    settings: &Settings,
    feeds: Option<&[String]>,
) -> Result<StateReport, RunError> {
    let lake = destination::look_at(&settings.destination).await?;
    let mut reports = Vec::new();
    for feed in chosen(&lake, feeds).await? {
        reports.extend(lake.state(&feed).await?.map(FeedStateReport::of));
    }
    Ok(StateReport { destination: lake.describe(), feeds: reports })
}

/// Forgets the states of feeds: the next incremental run reads them from the beginning.
///
/// # Errors
/// [`RunError::Lake`] if there is no such lake, or somebody else works there.
pub async fn reset_state(
    settings: &Settings,
    feeds: Option<&[String]>,
    wait: Option<Duration>,
    stop: &Stop,
) -> Result<ResetReport, RunError> {
    let lake = destination::look_at(&settings.destination).await?;
    let hold = Hold::default();
    let terms = LockTerms { wait, lease: settings.destination.lock_lease };
    let id = RunId::parse(&format!("reset-{}", RunId::generate(Timestamp::now())))?;
    let lock = hold.take(&lake, (&id, "state reset"), terms, stop).await?;
    let reset = forget(&lake.held_by(&lock), feeds).await;
    hold.let_go().await;
    Ok(ResetReport { destination: lake.describe(), reset: reset? })
}

async fn forget(lake: &Lake, feeds: Option<&[String]>) -> Result<Vec<String>, LakeError> {
    lake.recover().await?;
    let mut reset = Vec::new();
    for feed in chosen(lake, feeds).await? {
        if lake.forget_state(&feed).await? {
            reset.push(feed);
        }
    }
    Ok(reset)
}

async fn chosen(lake: &Lake, feeds: Option<&[String]>) -> Result<Vec<String>, LakeError> {
    let mut all = lake.feeds_with_state().await?;
    all.retain(|feed| feeds.is_none_or(|feeds| feeds.contains(feed)));
    Ok(all)
}

impl FeedStateReport {
    fn of(state: FeedState) -> Self {
        let held: Option<Held> = serde_json::from_value(state.current.cursor).ok().flatten();
        let watermark = held.as_ref().and_then(|held| {
            Timestamp::from_millisecond(held.watermark).ok().map(|at| at.to_string())
        });
        Self {
            feed: state.feed,
            site: state.site,
            mode: if held.is_some() { "incremental" } else { "full" },
            watermark,
            issues: held.as_ref().map_or(0, |held| held.issues.all().len()),
            out_of_sight: held.as_ref().map_or(0, |held| held.out_of_sight.all().len()),
            run_id: state.run_id,
            written_at: state.written_at,
            options: state.options,
        }
    }
}
