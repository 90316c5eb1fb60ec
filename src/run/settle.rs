//! The end of one feed in a run that writes: its ending, then commit or discard, then its report.

use super::Progress;
use super::ending::{Yield, ending_of};
use super::increments::{IncrementalFeed, Increments, of_the_rows};
use super::keeping::IssueFates;
use super::outcome::Ending;
use super::pump::{Pump, Written};
use super::record_keys::ReadingEnd;
use super::report::{FeedReport, Outcome};
use super::savepoint::{Interrupted, Saved};
use super::schedule::{Shared, Underway};
use super::written_schema::WrittenSchema;
use crate::catalog::{Feed, Strategy};
use crate::config::Settings;
use crate::lake::{
    CommitMode, Committed, FeedState, KeyTable, Lake, LockGuard, NewState, Position, RunIdentity,
    StagedFeed,
};
use std::sync::Arc;

/// What a run that writes keeps for all its feeds.
pub(crate) struct Writing {
    pub(crate) lake: Lake,
    pub(crate) lock: Arc<LockGuard>,
    pub(crate) settings: Settings,
    pub(crate) identity: RunIdentity,
    pub(crate) increments: Increments,
    /// What an interrupted run has staged.
    pub(crate) interrupted: Interrupted,
    /// Of which feeds there is a savepoint of this run.
    pub(crate) saved: Saved,
    pub(crate) progress: Arc<Progress>,
    /// Whether a part of the past is read, beside what the states of the feeds say.
    pub(crate) is_backfill: bool,
}

/// A feed that is being written.
pub(crate) struct OpenFeed {
    pub(crate) pump: Pump,
    pub(crate) schema: WrittenSchema,
}

/// Settles a feed whose reading is over; none for a feed that was read only for its children.
pub(crate) async fn settle(
    shared: &Shared,
    writing: &Writing,
    underway: Underway<OpenFeed>,
) -> Option<FeedReport> {
    let Underway { target, open, began } = underway;
    let progress = target.progress_so_far();
    let (feed, traffic) = (target.feed.clone(), target.asked.traffic.clone());
    let endpoint = target.answered_by();
    let read = target.answered().clone();
    let answered = Some(read.issues()).filter(|issues| !issues.is_empty());
    // The writer ends when the last sender is gone.
    drop(target);
    let OpenFeed { pump, schema } = open?;
    // Worklogs are read beside the issues: only those know what has become of them.
    let fates = match (feed.strategy, writing.increments.get(&feed.name)) {
        (Strategy::Worklogs, Some(_)) => shared.issue_fates().await,
        _ => IssueFates { answered, denied: read.denied(), ..IssueFates::default() },
    };
    let end = ReadingEnd::of(&feed, fates, &progress.0, progress.1.is_some());
    let (ending, written) = match pump.finish(end).await {
        Err(error) => (Ending::failed(error), None),
        Ok(written) => {
            let catalog = &writing.settings.catalog;
            let came = Yield::of(written.records).or_news(writing.is_news_only(&feed));
            let ending = ending_of(shared, catalog, &feed, &progress, came).await;
            (ending, Some(written))
        }
    };
    let tally = progress.0;
    let counts = written.as_ref().map(|written| (written.deleted, written.rescued));
    let (ending, committed) =
        commit_or_discard(shared, writing, (&feed, &schema), ending, written).await;
    writing.progress.done(&feed.name);
    let (deleted, rescued) = counts.filter(|_| committed.is_some()).unwrap_or_default();
    let notes = committed.as_ref().map_or_else(Vec::new, |_| schema.tell(&feed));
    let (rows, parts) = committed.map(|all| (all.rows, all.parts)).unwrap_or_default();
    Some(FeedReport {
        endpoint,
        mode: writing.mode(&feed.name),
        records: rows - deleted,
        deleted,
        rescued,
        traffic: traffic.counts(),
        seconds: (began.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        parents: tally.parents,
        parents_without: tally.without.len() as u64,
        vanished_total: tally.vanished.len() as u64,
        vanished: tally.vanished.into_iter().take(20).collect(),
        parts: parts.into_iter().map(|part| part.path).collect(),
        notes,
        ..FeedReport::ended(&feed, ending)
    })
}

async fn commit_or_discard(
    shared: &Shared,
    writing: &Writing,
    of: (&Feed, &WrittenSchema),
    ending: Ending,
    written: Option<Written>,
) -> (Ending, Option<Committed>) {
    let Some(written) = written else { return (ending, None) };
    if !matches!(ending.outcome, Outcome::Complete | Outcome::Partial) {
        discard(writing, written.staged).await;
        return (ending, None);
    }
    let is_whole = ending.outcome == Outcome::Complete;
    match commit(shared, writing, of, (written, is_whole)).await {
        Ok(committed) => (ending, Some(committed)),
        Err(failed) => (failed, None),
    }
}

async fn commit(
    shared: &Shared,
    writing: &Writing,
    of: (&Feed, &WrittenSchema),
    (written, is_whole): (Written, bool),
) -> Result<Committed, Ending> {
    let (mode, mut new) = writing.next_state(shared, of, written.keys);
    if let Some(new) = &mut new {
        new.state.extracted_until = written.extracted_until;
        new.state.is_whole = is_whole;
    }
    writing.lake.commit(written.staged, mode, new).await.map_err(Ending::failed)
}

impl Writing {
    fn mode(&self, feed: &str) -> &'static str {
        match self.increments.is_incremental(feed) {
            _ if self.is_backfill => "backfill",
            true => "incremental",
            false => "full",
        }
    }

    /// Whether the feed was read for its news only.
    fn is_news_only(&self, feed: &Feed) -> bool {
        let standing = self.increments.get(&feed.name).filter(|standing| standing.is_incremental);
        standing.is_some_and(|standing| standing.increment.since().is_some())
    }

    /// How a feed is committed, and what the next run goes on from.
    fn next_state(
        &self,
        shared: &Shared,
        (feed, schema): (&Feed, &WrittenSchema),
        keys: Option<KeyTable>,
    ) -> NextState {
        if self.is_backfill {
            return (CommitMode::Append, None);
        }
        let standing = self.increments.get(&feed.name).filter(|standing| standing.is_incremental);
        let cursor = standing.map(|standing| standing.increment.held_after());
        let (current, previous) = if let Some(earlier) = self.increments.snapshot(&feed.name) {
            earlier.positions()
        } else {
            let start = standing.and_then(|standing| standing.start.clone());
            let keys = start.as_ref().and_then(|start| start.keys.clone());
            let cursor = serde_json::to_value(cursor).unwrap_or_default();
            (Position { cursor, keys, snapshot: None }, start)
        };
        let state = FeedState {
            feed: feed.name.clone(),
            site: shared.session.site.clone(),
            run_id: self.identity.run_id.as_str().to_owned(),
            written_at: jiff::Timestamp::now().to_string(),
            extracted_until: 0,
            is_whole: false,
            options: of_the_rows(&self.settings.options(&feed.name)),
            columns: schema.as_json(),
            folders: schema.folders.clone(),
            current,
            previous,
        };
        let mode = standing.map_or(CommitMode::ReplaceDate, IncrementalFeed::commit_mode);
        (mode, Some(NewState { state, keys }))
    }
}

/// How a feed is committed, and its state after that if the commit moves it.
type NextState = (CommitMode, Option<NewState>);

/// What cannot be taken back now is invisible to readers, and goes with the end of the run.
async fn discard(writing: &Writing, staged: StagedFeed) {
    if let Err(error) = writing.lake.discard(staged).await {
        tracing::warn!(%error, "staged parts could not be removed");
    }
}
