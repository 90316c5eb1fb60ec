//! Savepoints of feeds that are read together, those of the pass over issues, and of feeds that are asked for each
//! record of another: what is kept while reading goes on, and found again by a run that goes on where another
//! was interrupted.

use super::increments::Increments;
use super::pump::{GoingOn, StagedSoFar};
use super::schedule::Opened;
use super::settle::{OpenFeed, Writing};
use super::written_schema::WrittenSchema;
use super::{Plan, RunError};
use crate::catalog::Feed;
use crate::columns::SiteField;
use crate::config::Settings;
use crate::extract::{ISSUES, IssueIds, Noted, ReadSoFar, Savepoints, Target};
use crate::lake::{KeyTable, Lake, LakeError, RunId};
use futures::FutureExt;
use futures::future::BoxFuture;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All that is to be known of a reading that was left.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Savepoint {
    /// Of a pass, the issues of which everything is staged.
    done: IssueIds,
    /// The feeds that are asked for, also those that nobody has chosen.
    read: BTreeMap<String, Reading>,
    /// The chosen ones.
    staged: BTreeMap<String, FeedSoFar>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Reading {
    #[serde(flatten)]
    so_far: ReadSoFar,
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
    /// The issues of which everything is staged that comes from the pass.
    pub(crate) done: RoaringTreemap,
    read: BTreeMap<String, Reading>,
    staged: Mutex<BTreeMap<String, GoingOn>>,
}

impl Interrupted {
    /// The savepoints of a run that is gone on with. Where there is none, or what it was made of has changed, all
    /// is read again.
    pub(crate) async fn find(
        lake: &Lake,
        run: &RunId,
        settings: &Settings,
        (plan, fields): (&Plan, &[SiteField]),
        increments: &Increments,
    ) -> Result<Self, RunError> {
        let mut all = Self::default();
        // Feeds that were committed before the interruption are not in the plan.
        for (first, feeds) in plan.read_together() {
            let savepoint = read_savepoint(lake, run, first).await?;
            let schema =
                |feed: &Feed| WrittenSchema::of(settings, feed, fields, increments).fingerprint();
            if savepoint.is_usable(lake, run, &feeds, schema).await? {
                all.add(savepoint, lake, &feeds).await?;
            }
        }
        Ok(all)
    }

    async fn add(
        &mut self,
        mut savepoint: Savepoint,
        lake: &Lake,
        feeds: &[&Arc<Feed>],
    ) -> Result<(), RunError> {
        self.done |= savepoint.done.all();
        for feed in feeds {
            let Some(FeedSoFar { staged, .. }) = savepoint.staged.remove(&feed.name) else {
                continue;
            };
            let mut keys = Vec::new();
            for paths in &staged.keys {
                let mut table = KeyTable::default();
                for path in paths {
                    table.extend(&lake.read_keys(path).await?);
                }
                keys.push(table);
            }
            tracing::info!(
                feed = feed.name,
                rows = staged.records,
                "going on after what was staged"
            );
            self.staged().insert(feed.name.clone(), GoingOn { staged, keys });
        }
        self.read.extend(savepoint.read);
        Ok(())
    }

    /// How far a feed had been read.
    pub(crate) fn read_so_far(&self, feed: &str) -> Option<ReadSoFar> {
        self.read.get(feed).map(|read| read.so_far.clone())
    }

    /// What was noted of each feed that was read incrementally.
    pub(crate) fn noted(&self) -> impl Iterator<Item = (&String, &Noted)> {
        self.read.iter().filter_map(|(feed, read)| Some((feed, read.noted.as_ref()?)))
    }

    /// The issues of which records are staged, for each feed that is asked for each of them.
    pub(crate) fn answered(&self) -> impl Iterator<Item = (&String, IssueIds)> {
        self.read.iter().map(|(feed, read)| (feed, read.so_far.answered.all_issues()))
    }

    /// What was staged of a feed, for the one who goes on with it.
    pub(crate) fn take_staged(&self, feed: &str) -> GoingOn {
        self.staged().remove(feed).unwrap_or_default()
    }

    fn staged(&self) -> MutexGuard<'_, BTreeMap<String, GoingOn>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read_savepoint(lake: &Lake, run: &RunId, first: &str) -> Result<Savepoint, RunError> {
    match lake.savepoint(run, first).await {
        Ok(found) => Ok(found.unwrap_or_default()),
        Err(error @ LakeError::Document { .. }) => {
            tracing::warn!(%error, "a savepoint does not read: its feeds are read from the beginning");
            Ok(Savepoint::default())
        }
        Err(error) => Err(error.into()),
    }
}

impl Savepoint {
    /// Only as a whole: what is missing of one feed is missing of all.
    async fn is_usable(
        &self,
        lake: &Lake,
        run: &RunId,
        feeds: &[&Arc<Feed>],
        schema: impl Fn(&Feed) -> String,
    ) -> Result<bool, RunError> {
        for feed in feeds {
            let so_far = self.staged.get(&feed.name);
            let so_far = so_far.filter(|so_far| so_far.schema_fingerprint == schema(feed));
            let is_there = match so_far {
                Some(so_far) => lake.are_staged(run, &feed.name, &so_far.staged.parts).await?,
                None => false,
            };
            if !is_there {
                return Ok(false);
            }
        }
        Ok(true)
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

/// Makes savepoints of feeds that are read together.
pub(crate) struct FeedSavepoints<'a> {
    /// The name of the first of them.
    pub(crate) first: &'a str,
    pub(crate) writing: &'a Writing,
    pub(crate) opened: &'a Opened<OpenFeed>,
}

impl Savepoints for FeedSavepoints<'_> {
    fn every(&self) -> NonZeroUsize {
        self.writing.settings.destination.savepoint_every
    }

    fn keep<'a>(&'a self, read: &'a [&'a Target], done: &'a RoaringTreemap) -> BoxFuture<'a, ()> {
        async move {
            let Some(savepoint) = self.savepoint(read, done).await else { return };
            let run = &self.writing.identity.run_id;
            match self.writing.lake.write_savepoint(run, self.first, &savepoint).await {
                Ok(()) => self.writing.saved.note(savepoint.staged.keys()),
                // If the destination is full or gone, those who write the parts say so.
                Err(error) => tracing::warn!(%error, "a savepoint could not be written"),
            }
        }
        .boxed()
    }
}

impl FeedSavepoints<'_> {
    /// None if any of the feeds cannot be written: its part of the savepoint would be missing.
    async fn savepoint(&self, read: &[&Target], done: &RoaringTreemap) -> Option<Savepoint> {
        let mut staged = BTreeMap::new();
        for (feed, (_, open)) in self.opened {
            let schema_fingerprint = open.schema.fingerprint();
            let so_far = FeedSoFar { schema_fingerprint, staged: open.pump.save().await? };
            staged.insert(feed.clone(), so_far);
        }
        let is_pass = self.first == ISSUES;
        let read = read.iter().map(|target| {
            // Of feeds that are asked for each issue, the pass notes what was read.
            let is_first = is_pass || target.feed.parent.is_none();
            let increment = target.increment.as_ref().filter(|_| is_first);
            let noted = increment.map(|increment| increment.noted());
            (target.feed.name.clone(), Reading { so_far: target.read_so_far(), noted })
        });
        Some(Savepoint { done: IssueIds::of("", done.clone()), read: read.collect(), staged })
    }
}
