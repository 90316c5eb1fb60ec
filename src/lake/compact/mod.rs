//! Rewrites a feed's parts to the rows that count, beside readers that go on reading.
//!
//! 1. What the manifests list is read ([`listing`]), and of each row only what says whether it counts
//!    ([`latest`]).
//! 2. The parts worth rewriting are chosen ([`plan`]), and their rows written anew, each into the folder
//!    that it comes from ([`rewrite`]).
//! 3. The new parts take the place of the old ones by the same commit as any other.
//! 4. Tombstones that were still needed, because what they delete stood in a part that had to be deleted
//!    first, go by a second commit.
//!
//! At any moment a reader that lists files finds each record's latest row, perhaps twice, and never an
//! older row without the tombstone that deletes it. Must not know feeds or Jira: the caller says which
//! columns are the key. That no other process writes to the feed meanwhile is the caller's business too.

mod holdings;
mod latest;
mod listing;
mod plan;
mod rewrite;
mod schema;

use super::manifest::{CommitMode, Part};
use super::state::{FeedState, NewState};
use super::{Lake, LakeError, RunIdentity, StagedFeed, WriteOptions, layout};
pub use holdings::{HeldRecord, KeyColumns};
use latest::Fates;
use listing::Listing;
use plan::Plan;
use serde::Serialize;

/// Which of a feed's rows count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// All of them: parts are only joined.
    All,
    /// The latest row of each value of these columns on each site, unless it is a tombstone.
    LatestOfKey(Vec<String>),
}

/// How a feed is compacted.
#[derive(Debug, Clone)]
pub struct Compaction {
    /// The id that the new parts carry in their names, one for each compaction; its date stands in the manifest.
    pub run: RunIdentity,
    /// Which rows count.
    pub keep: Keep,
    /// How large the new parts may be, and how they are encoded.
    pub options: WriteOptions,
    /// Find out what would be done, and change nothing.
    pub dry_run: bool,
}

/// How much a feed holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Extent {
    /// Parts.
    pub parts: u64,
    /// Rows in all parts.
    pub rows: u64,
    /// Bytes in all parts.
    pub bytes: u64,
}

/// What compacting a feed has done, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compacted {
    /// What the feed held.
    pub before: Extent,
    /// What it holds now. Of a dry run, parts and bytes are estimates.
    pub after: Extent,
    /// Parts that nobody has committed and that readers take for data; they were left alone, and so
    /// were all tombstones.
    pub unlisted: Vec<String>,
}

impl Extent {
    fn of<'a>(parts: impl IntoIterator<Item = &'a Part>) -> Self {
        let add = |sum: Self, part: &Part| Self {
            parts: sum.parts + 1,
            rows: sum.rows + part.rows,
            bytes: sum.bytes + part.bytes,
        };
        parts.into_iter().fold(Self::default(), add)
    }
}

impl Lake {
    /// Rewrites a feed's parts to the rows that count. After an error, or when it is given up half-way,
    /// the feed shows what it showed before; [`Lake::recover`] and [`Lake::discard_staging`] tidy up.
    pub async fn compact(&self, feed: &str, how: &Compaction) -> Result<Compacted, LakeError> {
        layout::check_feed(feed)?;
        if !how.dry_run {
            // Writing would complete it half-way, and the listing would be out of date.
            self.recover_feed(feed).await?;
        }
        let listing = self.listing(feed).await?;
        let fates = self.fates(feed, &listing, &how.keep).await?;
        let plan = Plan::new(&listing, &fates, &how.keep, how.options.part_bytes);
        let before = Extent::of(&listing.parts);
        let after = if how.dry_run || plan.is_empty() {
            plan.forecast(&listing, &fates, how.options.part_bytes)
        } else {
            let mut kept: Vec<_> = plan.untouched(&listing).cloned().collect();
            kept.extend(self.carry_out_plan(feed, &listing, &fates, &plan, how).await?);
            Extent::of(&kept)
        };
        Ok(Compacted { before, after, unlisted: listing.unlisted })
    }

    /// The feeds that have committed anything.
    pub async fn feeds(&self) -> Result<Vec<String>, LakeError> {
        let manifests = self.store.list(layout::MANIFESTS).await?;
        let feed = |path: &String| {
            let below = path.strip_prefix(layout::MANIFESTS)?.strip_prefix('/')?;
            Some(below.split_once('/')?.0.to_owned())
        };
        let mut feeds: Vec<_> = manifests.iter().filter_map(feed).collect();
        feeds.dedup();
        Ok(feeds)
    }

    async fn fates(&self, feed: &str, listing: &Listing, keep: &Keep) -> Result<Fates, LakeError> {
        match keep {
            Keep::All => Ok(Fates::all_kept(&listing.parts)),
            Keep::LatestOfKey(key) => self.latest_of_key(feed, listing, key).await,
        }
    }

    /// The state of a feed whose last run cannot be taken back any more: its parts are not its own after this. Should
    /// that run come again, it goes on from where the lake is.
    async fn state_without_way_back(
        &self,
        feed: &str,
        how: &Compaction,
    ) -> Result<Option<NewState>, LakeError> {
        let Keep::LatestOfKey(_) = how.keep else { return Ok(None) };
        let run_id = how.run.run_id.to_string();
        let state = self.state(feed).await?;
        Ok(state.map(|state| NewState {
            state: FeedState { run_id, previous: None, ..state },
            keys: None,
        }))
    }

    /// The new parts, once they are in place.
    async fn carry_out_plan(
        &self,
        feed: &str,
        listing: &Listing,
        fates: &Fates,
        plan: &Plan,
        how: &Compaction,
    ) -> Result<Vec<Part>, LakeError> {
        let rewritten = self.rewrite(feed, listing, fates, plan, how).await?;
        let replaced = plan.chosen.iter().map(|index| listing.parts[*index].path.clone()).collect();
        let without_tombstones = StagedFeed {
            feed: feed.to_owned(),
            run: how.run.clone(),
            schema_fingerprint: rewritten.staged.schema_fingerprint.clone(),
            site: rewritten.staged.site.clone(),
            parts: rewritten.staged.parts[..rewritten.without_tombstones].to_vec(),
            is_saved: false,
        };
        let parts = without_tombstones.parts.clone();
        let has_tombstones = rewritten.staged.parts.len() > parts.len();
        let state = self.state_without_way_back(feed, how).await?;
        self.commit_instead_of(rewritten.staged, CommitMode::Append, state, replaced).await?;
        if has_tombstones {
            // What they deleted has gone with the first commit, for good.
            self.commit(without_tombstones, CommitMode::Append, None).await?;
        }
        if parts.is_empty() {
            // All that was chosen was of no use any more: there is nothing to list.
            self.store.delete(&layout::manifest(feed, how.run.run_id.file_form())).await?;
        }
        Ok(parts)
    }
}
