//! Savepoints of the pass over issues: what is kept while it goes on, and found again by a run that goes on
//! where another was interrupted.

use super::increments::Increments;
use super::pump::{GoingOn, StagedSoFar};
use super::settle::{OpenFeed, Writing};
use super::written_schema::WrittenSchema;
use super::{Plan, RunError};
use crate::catalog::Feed;
use crate::columns::SiteField;
use crate::config::Settings;
use crate::extract::{IssueIds, IssuesJob, Noted, Savepoints, Tally};
use crate::lake::{KeyTable, Lake, LakeError, RunId, fingerprint};
use futures::FutureExt;
use futures::future::BoxFuture;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The first feed of the pass, by which its savepoint is named.
const PASS: &str = "issues";

/// All that is to be known of a pass over issues that was left.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Savepoint {
    /// The issues of which everything is staged.
    done: IssueIds,
    /// The feeds of the pass, also those that nobody has chosen.
    read: BTreeMap<String, ReadSoFar>,
    /// The chosen ones.
    staged: BTreeMap<String, FeedSoFar>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReadSoFar {
    tally: Tally,
    noted: Option<Noted>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FeedSoFar {
    schema_fingerprint: String,
    #[serde(flatten)]
    staged: StagedSoFar,
}

/// What a run goes on from.
#[derive(Default)]
pub(crate) struct Interrupted {
    /// The issues of which everything is staged.
    pub(crate) done: RoaringTreemap,
    tallies: BTreeMap<String, Tally>,
    noted: BTreeMap<String, Noted>,
    staged: Mutex<BTreeMap<String, GoingOn>>,
}

impl Interrupted {
    /// The savepoint of a run that is gone on with. Nothing, and all is read again, if there is none, or if what
    /// it was made of has changed.
    pub(crate) async fn find(
        lake: &Lake,
        run: &RunId,
        settings: &Settings,
        (plan, fields): (&Plan, &[SiteField]),
        increments: &Increments,
    ) -> Result<Self, RunError> {
        let savepoint = match lake.savepoint::<Savepoint>(run, PASS).await {
            Ok(found) => found.unwrap_or_default(),
            Err(error @ LakeError::Document { .. }) => {
                tracing::warn!(%error, "the savepoint does not read: issues are read from the beginning");
                Savepoint::default()
            }
            Err(error) => return Err(error.into()),
        };
        // Feeds of the pass that were committed before the interruption are not in the plan.
        for feed in plan.chosen_of_pass() {
            let written = WrittenSchema::of(settings, feed, fields, increments);
            let fingerprint = fingerprint(written.schema.arrow());
            let so_far = savepoint.staged.get(&feed.name);
            let so_far = so_far.filter(|so_far| so_far.schema_fingerprint == fingerprint);
            let is_there = match so_far {
                Some(so_far) => lake.are_staged(run, &feed.name, &so_far.staged.parts).await?,
                None => false,
            };
            if !is_there {
                return Ok(Self::default());
            }
        }
        savepoint.restore(lake, plan).await
    }

    /// What was counted of a feed.
    pub(crate) fn tally(&self, feed: &str) -> Option<Tally> {
        self.tallies.get(feed).cloned()
    }

    /// What was noted of each feed that was read incrementally.
    pub(crate) fn noted(&self) -> impl Iterator<Item = (&String, &Noted)> {
        self.noted.iter()
    }

    /// What was staged of a feed, for the one who goes on with it.
    pub(crate) fn take_staged(&self, feed: &str) -> GoingOn {
        let mut staged = self.staged.lock().unwrap_or_else(PoisonError::into_inner);
        staged.remove(feed).unwrap_or_default()
    }
}

impl Savepoint {
    async fn restore(mut self, lake: &Lake, plan: &Plan) -> Result<Interrupted, RunError> {
        let mut interrupted = Interrupted { done: self.done.all(), ..Interrupted::default() };
        for (feed, ReadSoFar { tally, noted }) in self.read {
            interrupted.noted.extend(noted.map(|noted| (feed.clone(), noted)));
            interrupted.tallies.insert(feed, tally);
        }
        let mut all = BTreeMap::new();
        for feed in plan.chosen_of_pass() {
            let Some(FeedSoFar { staged, .. }) = self.staged.remove(&feed.name) else { continue };
            let mut keys = Vec::new();
            for paths in &staged.keys {
                let mut table = KeyTable::default();
                for path in paths {
                    table.extend(&lake.read_keys(path).await?);
                }
                keys.push(table);
            }
            all.insert(feed.name.clone(), GoingOn { staged, keys });
        }
        interrupted.staged = Mutex::new(all);
        tracing::info!(issues = interrupted.done.len(), "going on after what was staged");
        Ok(interrupted)
    }
}

/// Feeds of which a savepoint was made by this run.
#[derive(Default)]
pub(crate) struct Saved(Mutex<BTreeSet<String>>);

impl Saved {
    pub(crate) fn has_any_of<'a>(&self, mut feeds: impl Iterator<Item = &'a str>) -> bool {
        let saved = self.names();
        feeds.any(|feed| saved.contains(feed))
    }

    fn note<'a>(&self, feeds: impl Iterator<Item = &'a String>) {
        self.names().extend(feeds.cloned());
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes savepoints of a pass.
pub(crate) struct PassSavepoints<'a> {
    pub(crate) writing: &'a Writing,
    pub(crate) opened: &'a BTreeMap<String, (Arc<Feed>, OpenFeed)>,
}

impl Savepoints for PassSavepoints<'_> {
    fn every(&self) -> NonZeroUsize {
        self.writing.settings.destination.savepoint_every
    }

    fn keep<'a>(&'a self, job: &'a IssuesJob, done: &'a RoaringTreemap) -> BoxFuture<'a, ()> {
        async move {
            let Some(savepoint) = self.savepoint(job, done).await else { return };
            let run = &self.writing.identity.run_id;
            match self.writing.lake.write_savepoint(run, PASS, &savepoint).await {
                Ok(()) => self.writing.saved.note(savepoint.staged.keys()),
                // If the destination is full or gone, those who write the parts say so.
                Err(error) => tracing::warn!(%error, "a savepoint could not be written"),
            }
        }
        .boxed()
    }
}

impl PassSavepoints<'_> {
    /// None if any of the feeds cannot be written: its part of the savepoint would be missing.
    async fn savepoint(&self, job: &IssuesJob, done: &RoaringTreemap) -> Option<Savepoint> {
        let mut staged = BTreeMap::new();
        for (feed, (_, open)) in self.opened {
            let schema_fingerprint = fingerprint(open.schema.schema.arrow());
            let so_far = FeedSoFar { schema_fingerprint, staged: open.pump.save().await? };
            staged.insert(feed.clone(), so_far);
        }
        let read = job.targets().map(|target| {
            let (tally, _) = target.progress_so_far();
            let noted = target.increment.as_ref().map(|increment| increment.noted());
            (target.feed.name.clone(), ReadSoFar { tally, noted })
        });
        Some(Savepoint { done: IssueIds::of("", done.clone()), read: read.collect(), staged })
    }
}
