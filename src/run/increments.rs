//! What each feed of a run goes on from: the states that earlier runs have left, and the feeds that are
//! read together because the one needs the records of the other.

use super::RunError;
use super::keeping::key_columns;
use super::plan::{Plan, PlannedFeed};
use super::snapshot::Earlier;
use super::stamps::Micros;
use crate::catalog::{Feed, Strategy};
use crate::config::{FeedOptions, FieldNames, Mode, Settings};
use crate::extract::{Held, Increment, IssueIds, Lookback, Noted};
use crate::lake::{CommitMode, FeedState, KeyTable, Lake, LakeError, Part, Position, RunIdentity};
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How far the watermark stays behind the present: Jira's search index is late by seconds as a rule, and
/// by minutes after bulk changes.
const INDEX_LAG: Duration = Duration::from_mins(5);

/// How many states are read at the same time: on an object store each is a round trip.
const STATES_AT_ONCE: usize = 16;

/// The incremental feeds of a run, and the columns that each of its feeds has had.
#[derive(Default)]
pub(crate) struct Increments {
    feeds: BTreeMap<String, IncrementalFeed>,
    columns: BTreeMap<String, Value>,
    /// What the folders of each feed are named by, where its state says it.
    folders: BTreeMap<String, Vec<String>>,
    /// When the latest row of each feed was read, as its state says it.
    extracted_until: BTreeMap<String, Micros>,
    /// Of feeds that are read in full and compared with their last snapshot.
    snapshots: BTreeMap<String, Earlier>,
}

/// An incremental feed, before it is read.
pub(crate) struct IncrementalFeed {
    /// Shared by all feeds that are read together.
    pub(crate) increment: Arc<Increment>,
    /// Whether the feed's rows are added to those of earlier runs.
    pub(crate) is_incremental: bool,
    /// Whether all records of an issue come when it is read: histories come as they grow.
    pub(crate) comes_whole: bool,
    /// How far the lake had got before this run.
    pub(crate) start: Option<Position>,
    /// The keys of the feed's records, read from the lake because no state says them.
    pub(crate) found: Option<KeyTable>,
    /// What this run has committed before, if another has run since.
    pub(crate) listed: Vec<Part>,
}

impl IncrementalFeed {
    /// Parts of the same run are replaced only if the run starts from where it started then; otherwise
    /// rows that were read then would be lost.
    pub(crate) fn commit_mode(&self) -> CommitMode {
        if self.listed.is_empty() { CommitMode::Append } else { CommitMode::Extend }
    }
}

impl Increments {
    /// Reads the states of the feeds of `plan`; with `afresh` they are as if there were none.
    ///
    /// # Errors
    /// [`RunError::OtherSite`] if the lake holds a feed of another site.
    pub(crate) async fn load(
        lake: &Lake,
        settings: &Settings,
        plan: &Plan,
        (run, site): (&RunIdentity, &str),
        afresh: bool,
    ) -> Result<Self, RunError> {
        let mut states = States::read(lake, plan, site).await?;
        let (columns, folders) = (states.columns(), states.folders());
        let extracted_until = states.extracted_until();
        let snapshots = Earlier::of_plan(settings, plan, &states.0, (run, site));
        let mut feeds = BTreeMap::new();
        for (top, members) in groups(plan) {
            let is_incremental =
                |feed: &Feed| settings.options(&feed.name).mode == Mode::Incremental;
            if !members.iter().any(|member| is_incremental(&member.feed)) {
                continue;
            }
            let mut read = Vec::new();
            for member in &members {
                let state = states.take(&member.feed.name);
                let mut one = Standing::of(lake, &member.feed.name, state, run).await?;
                if is_incremental(&member.feed) {
                    one.tell_changed_options(&member.feed, &settings.options(&member.feed.name));
                }
                if is_incremental(&member.feed) && one.held.is_none() {
                    one.look_at_parts(lake, &member.feed, run).await?;
                }
                if afresh || !is_incremental(&member.feed) {
                    one.held = one.held.map(Held::forgotten);
                }
                read.push((member, one));
            }
            let held = read.iter().filter(|(member, _)| member.is_chosen).map(|(_, one)| &one.held);
            let held = held.cloned().reduce(in_common).flatten();
            let increment =
                Arc::new(Increment::new(held, lookback(settings, top), top.cursor.clone()));
            feeds.extend(read.into_iter().map(|(member, one)| {
                let feed = IncrementalFeed {
                    increment: Arc::clone(&increment),
                    is_incremental: is_incremental(&member.feed),
                    comes_whole: top.strategy != Strategy::Changelogs
                        && !plan.feeds.contains_key(&top.name),
                    start: one.start,
                    found: one.found,
                    listed: one.listed,
                };
                (member.feed.name.clone(), feed)
            }));
        }
        Ok(Self { feeds, columns, folders, extracted_until, snapshots })
    }

    /// Goes on with readings that were interrupted. What has changed since is read again, unless a feed would
    /// have it twice.
    pub(crate) fn go_on_with<'a>(&self, noted: impl Iterator<Item = (&'a String, &'a Noted)>) {
        for (feed, noted) in noted {
            let Some(standing) = self.get(feed) else { continue };
            let together =
                |other: &&IncrementalFeed| Arc::ptr_eq(&other.increment, &standing.increment);
            let reads_changed =
                self.feeds.values().filter(together).all(|other| other.is_incremental);
            standing.increment.go_on_with(noted.clone(), reads_changed);
        }
    }

    /// Notes the issues of which records of a feed are staged that is asked for each of them.
    pub(crate) fn note_staged<'a>(&self, staged: impl Iterator<Item = (&'a String, IssueIds)>) {
        for (feed, issues) in staged {
            if let Some(standing) = self.get(feed) {
                standing.increment.note_staged(issues);
            }
        }
    }

    pub(crate) fn is_incremental(&self, feed: &str) -> bool {
        self.get(feed).is_some_and(|standing| standing.is_incremental)
    }

    pub(crate) fn get(&self, feed: &str) -> Option<&IncrementalFeed> {
        self.feeds.get(feed)
    }

    /// What is known of the feeds of a backfill, which goes on from nothing.
    ///
    /// # Errors
    /// [`RunError::OtherSite`] if the lake holds a feed of another site.
    pub(crate) async fn of_backfill(
        lake: &Lake,
        plan: &Plan,
        site: &str,
    ) -> Result<Self, RunError> {
        let states = States::read(lake, plan, site).await?;
        let (columns, folders) = (states.columns(), states.folders());
        let extracted_until = states.extracted_until();
        Ok(Self { columns, folders, extracted_until, ..Self::default() })
    }

    /// What is known of each feed, whatever is read of it.
    pub(crate) fn without_readings(&self) -> Self {
        Self {
            columns: self.columns.clone(),
            folders: self.folders.clone(),
            extracted_until: self.extracted_until.clone(),
            ..Self::default()
        }
    }

    /// What the folders of a feed's parts are named by, as its state says it.
    pub(crate) fn folders_before(&self, feed: &str) -> Option<&[String]> {
        self.folders.get(feed).map(Vec::as_slice)
    }

    /// When the latest row of a feed was read; 0 if nobody knows.
    pub(crate) fn extracted_until(&self, feed: &str) -> Micros {
        self.extracted_until.get(feed).copied().unwrap_or_default()
    }

    /// What a feed is compared with that is read in full; none if it does not ask for it.
    pub(crate) fn snapshot(&self, feed: &str) -> Option<&Earlier> {
        self.snapshots.get(feed)
    }

    /// The columns that a feed has had, as its state has them.
    pub(crate) fn columns_before(&self, feed: &str) -> Option<&Value> {
        self.columns.get(feed)
    }
}

/// What earlier runs have left, by feed.
struct States(BTreeMap<String, FeedState>);

impl States {
    async fn read(lake: &Lake, plan: &Plan, site: &str) -> Result<Self, RunError> {
        let read = stream::iter(plan.chosen())
            .map(|feed| async move { lake.state(&feed.name).await })
            .buffer_unordered(STATES_AT_ONCE);
        let states: Vec<_> = read.try_filter_map(|state| async { Ok(state) }).try_collect().await?;
        if let Some(FeedState { feed, site: held, .. }) =
            states.iter().find(|state| state.site != site)
        {
            let (feed, held, site) = (feed.clone(), held.clone(), site.to_owned());
            return Err(RunError::OtherSite { feed, held, site });
        }
        Ok(Self(states.into_iter().map(|state| (state.feed.clone(), state)).collect()))
    }

    fn columns(&self) -> BTreeMap<String, Value> {
        let columns = self.0.iter().map(|(feed, state)| (feed.clone(), state.columns.clone()));
        columns.collect()
    }

    fn folders(&self) -> BTreeMap<String, Vec<String>> {
        let folders =
            self.0.iter().filter_map(|(feed, state)| Some((feed.clone(), state.folders.clone()?)));
        folders.collect()
    }

    fn extracted_until(&self) -> BTreeMap<String, Micros> {
        self.0.iter().map(|(feed, state)| (feed.clone(), state.extracted_until)).collect()
    }

    fn take(&mut self, feed: &str) -> Option<FeedState> {
        self.0.remove(feed)
    }
}

/// What the lake has of one feed.
struct Standing {
    state: Option<FeedState>,
    start: Option<Position>,
    held: Option<Held>,
    found: Option<KeyTable>,
    listed: Vec<Part>,
}

impl Standing {
    async fn of(
        lake: &Lake,
        feed: &str,
        state: Option<FeedState>,
        run: &RunIdentity,
    ) -> Result<Self, LakeError> {
        let (mut start, mut listed) = (None, Vec::new());
        if let Some(state) = &state {
            let own = lake.manifest(feed, &run.run_id).await?;
            // What it has added to its own, after another run, is not all that is after the place before.
            let is_extended = own.as_ref().is_some_and(|own| own.mode == CommitMode::Extend);
            let begins_again = state.run_id == run.run_id.as_str() && !is_extended;
            if !begins_again {
                listed = own.map_or(Vec::new(), |own| own.parts);
            }
            start = state.start_of(begins_again).cloned();
        }
        // A cursor of a full run, or of another version, is none: the feed is read from the beginning.
        let held = start.as_ref().and_then(|at| serde_json::from_value(at.cursor.clone()).ok());
        Ok(Self { state, start, held: held.flatten(), found: None, listed })
    }

    /// Finds out what the lake has of a feed that runs in full have left, or whose state was forgotten:
    /// what has gone since must be told from what is still there.
    async fn look_at_parts(
        &mut self,
        lake: &Lake,
        feed: &Feed,
        run: &RunIdentity,
    ) -> Result<(), LakeError> {
        let Some(columns) = key_columns(feed) else { return Ok(()) };
        // A tombstone of its own goes with the parts that the run is about to replace.
        let replaced = self.listed.is_empty().then_some(&run.run_id);
        let records = match lake.held_records(&feed.name, &columns, replaced).await {
            Err(error @ LakeError::Unlike { .. }) => {
                tracing::warn!(feed = %feed.name, %error, "what has gone before this run cannot be told");
                return Ok(());
            }
            read => read?,
        };
        if records.is_empty() {
            return Ok(());
        }
        let mut issues = IssueIds::default();
        for record in &records {
            let project = record.label.as_deref().and_then(|key| key.rsplit_once('-'));
            issues.insert(project.map_or("", |(project, _)| project), record.host);
        }
        self.found = Some(records.into_iter().collect());
        self.held = Some(Held { out_of_sight: issues, ..Held::default() });
        Ok(())
    }

    /// Rows that are in the lake stay as they were written.
    fn tell_changed_options(&self, feed: &Feed, options: &FeedOptions) {
        let now = of_the_rows(options);
        let Some(before) = self.state.as_ref().filter(|_| self.held.is_some()) else { return };
        if before.options != now {
            tracing::warn!(
                feed = %feed.name, before = %before.options, %now,
                "the feed's options have changed: rows that are in the lake already stay as they are; `run --full-refresh` reads all again"
            );
        }
    }
}

/// The options of a feed that its rows depend on.
pub(crate) fn of_the_rows(options: &FeedOptions) -> Value {
    let field_names = match options.field_names {
        FieldNames::Id => "id",
        FieldNames::Name => "name",
    };
    serde_json::json!({ "jql": options.jql, "raw": options.raw, "field_names": field_names })
}

/// What feeds that are read together need not read; one of which nothing is known needs everything.
fn in_common(one: Option<Held>, other: Option<Held>) -> Option<Held> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.in_common_with(&other)),
        (held, None) | (None, held) => held.map(Held::forgotten),
    }
}

fn lookback(settings: &Settings, feed: &Feed) -> Lookback {
    let FeedOptions { lookback, .. } = settings.options(&feed.name);
    let finds_deleted = settings.options("issues").find_deleted;
    Lookback { overlap: lookback, lag: INDEX_LAG, finds_deleted }
}

/// The feeds that see only the news of the first of them, by that one: what is cut out of its records,
/// and, for issues, what is asked for each.
fn groups(plan: &Plan) -> Vec<(&Arc<Feed>, Vec<&PlannedFeed>)> {
    let pass = plan.issues.iter().flat_map(|pass| {
        std::iter::once(&pass.issues).chain(pass.embedded.values()).chain(&pass.changelogs)
    });
    let own = plan.feeds.values().filter(|planned| !is_asked_for_issues(plan, planned));
    let tops = pass.chain(own);
    tops.map(|top| (&top.feed, with_all_below(plan, top))).collect()
}

/// Whether the feed is asked for each of some issues, or for what hangs on them.
fn is_asked_for_issues(plan: &Plan, planned: &PlannedFeed) -> bool {
    let Some(parent) = &planned.feed.parent else { return false };
    match plan.all().find(|above| above.feed.name == parent.feed) {
        Some(above) => above.feed.strategy == Strategy::Issues || is_asked_for_issues(plan, above),
        None => false,
    }
}

fn with_all_below<'a>(plan: &'a Plan, top: &'a PlannedFeed) -> Vec<&'a PlannedFeed> {
    let derived = plan.derived.get(&top.feed.name).into_iter().flat_map(BTreeMap::values);
    let children = plan.feeds.values().filter(|planned| {
        let parent = planned.feed.parent.as_ref();
        parent.is_some_and(|parent| parent.feed == top.feed.name)
            && is_asked_for_issues(plan, planned)
    });
    let below = derived.chain(children).flat_map(|planned| with_all_below(plan, planned));
    std::iter::once(top).chain(below).collect()
}
