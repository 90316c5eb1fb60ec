//! The end of one feed in a run that writes: its ending, then commit or discard, then its report.

use super::Progress;
use super::ending::{ending_of, stopped};
use super::outcome::Ending;
use super::pump::{Pump, Written};
use super::report::{FeedReport, Outcome};
use super::schedule::{Shared, Underway};
use crate::config::Settings;
use crate::lake::{CommitMode, Committed, Lake, RunIdentity, StagedFeed};
use std::sync::Arc;

/// What a run that writes keeps for all its feeds.
pub(crate) struct Writing {
    pub(crate) lake: Lake,
    pub(crate) settings: Settings,
    pub(crate) identity: RunIdentity,
    pub(crate) progress: Arc<Progress>,
}

/// Settles a feed whose reading is over; none for a feed that was read only for its children.
pub(crate) async fn settle(
    shared: &Shared,
    writing: &Writing,
    underway: Underway<Pump>,
) -> Option<FeedReport> {
    let Underway { target, open: pump, began } = underway;
    let progress = target.progress_so_far();
    let (feed, traffic) = (target.feed.clone(), target.asked.traffic.clone());
    let endpoint = target.answered_by();
    // The writer ends when the last sender is gone.
    drop(target);
    let (ending, written) = match pump?.finish().await {
        Err(error) => (Ending::failed(error), None),
        Ok(written) => {
            let catalog = &writing.settings.catalog;
            let ending = ending_of(shared, catalog, &feed, &progress, written.records).await;
            (ending, Some(written))
        }
    };
    let tally = progress.0;
    let (ending, committed, rescued) = commit_or_discard(shared, writing, ending, written).await;
    writing.progress.done(&feed.name);
    let (records, parts) = committed.map(|all| (all.rows, all.parts)).unwrap_or_default();
    Some(FeedReport {
        endpoint,
        records,
        rescued,
        traffic: traffic.counts(),
        seconds: (began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        parents: tally.parents,
        parents_without: tally.without.len() as u64,
        vanished_total: tally.vanished.len() as u64,
        vanished: tally.vanished.into_iter().take(20).collect(),
        parts: parts.into_iter().map(|part| part.path).collect(),
        ..FeedReport::ended(&feed, ending)
    })
}

async fn commit_or_discard(
    shared: &Shared,
    writing: &Writing,
    ending: Ending,
    written: Option<Written>,
) -> (Ending, Option<Committed>, u64) {
    let Some(Written { staged, rescued, .. }) = written else {
        return (ending, None, 0);
    };
    if !matches!(ending.outcome, Outcome::Complete | Outcome::Partial) {
        discard(writing, staged).await;
        return (ending, None, 0);
    }
    match commit(shared, writing, staged).await {
        Ok(committed) => (ending, Some(committed), rescued),
        Err(failed) => (failed, None, 0),
    }
}

/// Between the last answer and the commit a signal or a lost login can have come: then nothing is committed.
async fn commit(
    shared: &Shared,
    writing: &Writing,
    staged: StagedFeed,
) -> Result<Committed, Ending> {
    if shared.stop.cause().is_some() {
        discard(writing, staged).await;
        return Err(stopped(shared));
    }
    writing.lake.commit(staged, CommitMode::ReplaceDate).await.map_err(Ending::failed)
}

/// What cannot be taken back now is invisible to readers, and goes with the end of the run.
async fn discard(writing: &Writing, staged: StagedFeed) {
    if let Err(error) = writing.lake.discard(staged).await {
        tracing::warn!(%error, "staged parts could not be removed");
    }
}
