//! How staged parts become data, all at once, and stay right whenever the power goes.
//!
//! 1. The intent is written into the staging folder: the manifest to be, and what it replaces.
//! 2. Each part is moved to its final name.
//! 3. The manifest is written.
//! 4. The feed's state is written, where the commit moves it, its keys first.
//! 5. Parts that are replaced are taken out of the manifests that list them.
//! 6. Those parts are deleted, and keys that no state refers to.
//! 7. The staging folder is deleted, and the intent with it.
//!
//! Before 1, nothing has happened. After it, every step can be repeated and does no more the second
//! time, so whoever finds the intent goes on from step 2 ([`Lake::recover`]). Nothing old is deleted
//! before everything new is in place and listed. Must not know what the rows mean.

use super::layout;
use super::manifest::{CommitMode, Manifest, Part};
use super::part_writer::StagedFeed;
use super::state::{FeedState, NewState};
use super::{Lake, LakeError, RunId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a commit has made data.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// The parts.
    pub parts: Vec<Part>,
    /// Rows in all of them.
    pub rows: u64,
    /// Bytes in all of them.
    pub bytes: u64,
}

/// A commit that has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Intent {
    manifest: Manifest,
    /// Parts that go, wherever they are: what the same run has committed before, and what the new
    /// parts were made of.
    previous: Vec<String>,
    /// How many parts of the manifest, the first ones, are in place already.
    #[serde(default)]
    kept: usize,
    /// The state that the feed is to have.
    #[serde(default)]
    state: Option<FeedState>,
}

impl Lake {
    /// Makes staged parts data, and moves the feed's state with them. After an error the old data is
    /// whole, or the commit will be completed by the next writer of the feed, or by [`Lake::recover`].
    pub async fn commit(
        &self,
        staged: StagedFeed,
        mode: CommitMode,
        state: Option<NewState>,
    ) -> Result<Committed, LakeError> {
        self.commit_instead_of(staged, mode, state, Vec::new()).await
    }

    /// The same, and these parts go as well, wherever they are and whoever has committed them.
    pub(super) async fn commit_instead_of(
        &self,
        staged: StagedFeed,
        mode: CommitMode,
        state: Option<NewState>,
        mut previous: Vec<String>,
    ) -> Result<Committed, LakeError> {
        let committed =
            Committed { rows: staged.rows(), bytes: staged.bytes(), parts: staged.parts.clone() };
        let StagedFeed { feed, run, schema_fingerprint, site, parts, is_saved: _ } = staged;
        let before = self.manifest(&feed, &run.run_id).await?.map_or(Vec::new(), |m| m.parts);
        let kept = if mode == CommitMode::Extend {
            before
        } else {
            previous.extend(before.into_iter().map(|part| part.path));
            Vec::new()
        };
        let state = self.stage_state(&feed, &run.run_id, state).await?;
        let (kept, parts) = (kept.len(), [kept, parts].concat());
        let intent = Intent {
            previous,
            kept,
            state,
            manifest: Manifest {
                feed: feed.clone(),
                run_id: run.run_id.to_string(),
                site,
                extract_date: run.date.to_string(),
                mode,
                schema_fingerprint,
                committed_at: jiff::Timestamp::now().to_string(),
                rows: parts.iter().map(|part| part.rows).sum(),
                bytes: parts.iter().map(|part| part.bytes).sum(),
                parts,
            },
        };
        self.write_document(&layout::intent(&run.run_id, &feed), &intent).await?;
        self.carry_out(intent).await?;
        Ok(committed)
    }

    /// Stages the keys of a new state, and says where they will be.
    async fn stage_state(
        &self,
        feed: &str,
        run: &RunId,
        new: Option<NewState>,
    ) -> Result<Option<FeedState>, LakeError> {
        let Some(NewState { mut state, keys }) = new else { return Ok(None) };
        if let Some(keys) = keys {
            let encoded = keys
                .encode()
                .map_err(|source| LakeError::Encoding { feed: feed.to_owned(), source })?;
            self.store.put(&layout::staged_keys(run, feed), encoded).await?;
            state.current.keys = Some(layout::keys(feed, run));
        }
        Ok(Some(state))
    }

    /// Gives staged parts up; what a savepoint may refer to goes with its run.
    pub async fn discard(&self, staged: StagedFeed) -> Result<(), LakeError> {
        if staged.is_saved {
            return Ok(());
        }
        self.clear_staging(&staged.run.run_id, &staged.feed).await
    }

    /// Gives up what an interrupted run has staged; a commit that had begun is completed first.
    pub async fn discard_staging(&self, run: &RunId) -> Result<(), LakeError> {
        let staging = layout::staging_of_run(run);
        self.complete_intents(self.store.list(&staging).await?).await?;
        self.store.delete_folder(&staging).await?;
        self.store.delete_if_empty(layout::STAGING).await;
        Ok(())
    }

    /// Completes all commits that were interrupted. To be called before a run starts.
    pub async fn recover(&self) -> Result<Vec<Committed>, LakeError> {
        self.complete_intents(self.store.list(layout::STAGING).await?).await
    }

    /// Removes what killed runs have left that never became data, but for what `kept` has staged. To be called
    /// by who holds the lock, and after [`Lake::recover`].
    pub async fn clear_orphans(&self, kept: Option<&RunId>) -> Result<(), LakeError> {
        let Some(kept) = kept else { return self.store.delete_folder(layout::STAGING).await };
        let kept = layout::staging_of_run(kept);
        let staged = self.store.list(layout::STAGING).await?;
        let runs: BTreeSet<_> =
            staged.iter().filter_map(|path| layout::run_of_staged(path)).collect();
        for run in runs.into_iter().filter(|run| *run != kept) {
            self.store.delete_folder(run).await?;
        }
        Ok(())
    }

    /// Completes the interrupted commits of one feed, of whichever run.
    pub(super) async fn recover_feed(&self, feed: &str) -> Result<(), LakeError> {
        let mut paths = self.store.list(layout::STAGING).await?;
        let name = format!("/{feed}/{}", layout::INTENT);
        paths.retain(|path| path.ends_with(&name));
        self.complete_intents(paths).await.map(|_| ())
    }

    /// Takes a feed's staged parts back.
    pub(super) async fn clear_staging(&self, run: &RunId, feed: &str) -> Result<(), LakeError> {
        self.store.delete_folder(&layout::staging_of_feed(run, feed)).await?;
        self.store.delete_if_empty(&layout::staging_of_run(run)).await;
        self.store.delete_if_empty(layout::STAGING).await;
        Ok(())
    }

    async fn complete_intents(&self, paths: Vec<String>) -> Result<Vec<Committed>, LakeError> {
        let mut intents: Vec<Intent> = Vec::new();
        for path in paths.iter().filter(|path| path.ends_with(&format!("/{}", layout::INTENT))) {
            intents.extend(self.read_document(path).await?);
        }
        // In the order in which they began, so that the latest of one date prevails.
        intents.sort_by_key(|intent| intent.manifest.committed_at.parse::<jiff::Timestamp>().ok());
        let mut committed = Vec::new();
        for intent in intents {
            let (feed, run) = (&intent.manifest.feed, &intent.manifest.run_id);
            tracing::info!(feed, run, "completing an interrupted commit");
            match self.carry_out(intent.clone()).await {
                Ok(done) => committed.push(done),
                Err(LakeError::Lost { path }) => {
                    tracing::warn!(
                        feed,
                        run,
                        path,
                        "an interrupted commit has lost a part; withdrawn"
                    );
                    self.withdraw(&intent.manifest).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(committed)
    }

    /// Undoes what can be undone of a commit that can never be completed.
    async fn withdraw(&self, manifest: &Manifest) -> Result<(), LakeError> {
        let run = RunId::parse(&manifest.run_id)?;
        let listed = self.manifest(&manifest.feed, &run).await?.map_or(Vec::new(), |m| m.parts);
        for part in &manifest.parts {
            if !listed.iter().any(|other| other.path == part.path) {
                self.store.delete(&part.path).await?;
            }
        }
        self.clear_staging(&run, &manifest.feed).await
    }

    /// Steps 2 to 7.
    async fn carry_out(&self, intent: Intent) -> Result<Committed, LakeError> {
        let Intent { manifest, previous, kept, state } = intent;
        let run = RunId::parse(&manifest.run_id)?;
        if let Some(state) = &state {
            self.find_keys(&run, state).await?;
        }
        self.publish(&run, &manifest, kept).await?;
        let listed = layout::manifest(&manifest.feed, run.file_form());
        if manifest.parts.is_empty() {
            self.store.delete(&listed).await?;
        } else {
            self.write_document(&listed, &manifest).await?;
        }
        if let Some(state) = &state {
            self.move_state(&run, state).await?;
        }
        let replaced = self.replaced_parts(&run, &manifest, previous).await?;
        self.unlist(&run, &manifest.feed, &replaced).await?;
        self.delete_parts(&manifest.feed, replaced).await?;
        if let Some(FeedState { feed, current, previous, .. }) = &state {
            let kept: Vec<_> = previous.iter().chain([current]).collect();
            self.drop_keys(feed, &kept).await?;
        }
        self.clear_staging(&run, &manifest.feed).await?;
        Ok(Committed { parts: manifest.parts, rows: manifest.rows, bytes: manifest.bytes })
    }

    /// Makes sure that there are the keys that the commit brings, before anything is moved: rows whose state cannot
    /// move would come once more.
    async fn find_keys(&self, run: &RunId, state: &FeedState) -> Result<(), LakeError> {
        let Some(keys) = brought_keys(run, state) else { return Ok(()) };
        let staged = layout::staged_keys(run, &state.feed);
        if self.store.size(&staged).await?.is_none() && self.store.size(keys).await?.is_none() {
            return Err(LakeError::Lost { path: self.store.show(keys) });
        }
        Ok(())
    }

    /// The keys of a state are in place before it refers to them.
    async fn move_state(&self, run: &RunId, state: &FeedState) -> Result<(), LakeError> {
        if let Some(keys) = brought_keys(run, state) {
            self.store.rename(&layout::staged_keys(run, &state.feed), keys).await?;
        }
        self.write_document(&layout::state(&state.feed), state).await
    }

    async fn publish(
        &self,
        run: &RunId,
        manifest: &Manifest,
        kept: usize,
    ) -> Result<(), LakeError> {
        for (index, part) in manifest.parts.iter().skip(kept).enumerate() {
            let staged = layout::staged_part(run, &manifest.feed, index);
            // Not there any more: then it has been moved, and the size shows it.
            if !self.store.rename(&staged, &part.path).await?
                && self.store.size(&part.path).await? != Some(part.bytes)
            {
                return Err(LakeError::Lost { path: self.store.show(&part.path) });
            }
        }
        Ok(())
    }

    /// The parts whose place the manifest's parts take.
    async fn replaced_parts(
        &self,
        run: &RunId,
        manifest: &Manifest,
        previous: Vec<String>,
    ) -> Result<BTreeSet<String>, LakeError> {
        let mut place = layout::partition(&manifest.feed, &manifest.extract_date);
        if manifest.parts.iter().any(|part| !part.path.starts_with(&format!("{place}/"))) {
            // A feed that is not partitioned by date has no older dates to keep.
            place.clone_from(&manifest.feed);
        }
        let mut replaced: BTreeSet<String> = self.store.list(&place).await?.into_iter().collect();
        replaced.retain(|path| match manifest.mode {
            CommitMode::ReplaceDate => layout::is_part(path),
            CommitMode::Append => layout::run_of_part(path) == Some(run.file_form()),
            CommitMode::Extend => false,
        });
        replaced.extend(previous);
        for part in &manifest.parts {
            replaced.remove(&part.path);
        }
        Ok(replaced)
    }

    /// Takes parts out of the manifests of other runs. Only those that the parts' names point to are
    /// read: a feed may have thousands.
    async fn unlist(
        &self,
        run: &RunId,
        feed: &str,
        replaced: &BTreeSet<String>,
    ) -> Result<(), LakeError> {
        let runs: BTreeSet<&str> =
            replaced.iter().filter_map(|path| layout::run_of_part(path)).collect();
        for other in runs.into_iter().filter(|other| *other != run.file_form()) {
            let path = layout::manifest(feed, other);
            let Some(mut manifest) = self.read_document::<Manifest>(&path).await? else { continue };
            let listed = manifest.parts.len();
            manifest.parts.retain(|part| !replaced.contains(&part.path));
            if manifest.parts.is_empty() {
                self.store.delete(&path).await?;
            } else if manifest.parts.len() < listed {
                manifest.rows = manifest.parts.iter().map(|part| part.rows).sum();
                manifest.bytes = manifest.parts.iter().map(|part| part.bytes).sum();
                self.write_document(&path, &manifest).await?;
            }
        }
        Ok(())
    }

    async fn delete_parts(&self, feed: &str, replaced: BTreeSet<String>) -> Result<(), LakeError> {
        let folders: BTreeSet<_> =
            replaced.iter().filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned())).collect();
        self.store.delete_all(feed, replaced.into_iter().collect()).await?;
        for folder in &folders {
            for folder in layout::folders_below_feed(folder) {
                self.store.delete_if_empty(folder).await;
            }
        }
        Ok(())
    }
}

/// Where the keys of a state are to be, if the commit of a run brings them.
fn brought_keys<'a>(run: &RunId, state: &'a FeedState) -> Option<&'a str> {
    let keys = state.current.keys.as_deref()?;
    (keys == layout::keys(&state.feed, run)).then_some(keys)
}
