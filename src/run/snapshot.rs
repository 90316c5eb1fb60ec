//! What has gone from a feed that is read in full: its records are compared with those of the last snapshot
//! of an earlier date, so that a second run on a date tells the same as the first.

use super::keeping::{Leftovers, columns_of_key};
use super::plan::Plan;
use crate::catalog::{ColumnType, Feed};
use crate::columns::Bindings;
use crate::config::Settings;
use crate::extract::{Record, key_values};
use crate::lake::{FeedState, KeyTable, Lake, LakeError, Position, RunIdentity, SnapshotMark};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Keys of snapshots hang on nothing.
const HOST: u64 = 0;

/// What earlier runs have left of a feed that is compared with its last snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    run: RunIdentity,
    site: String,
    filter: Option<String>,
    before: Before,
    /// What the state says, if it is of a later date than the run: then it stays so.
    later: Option<(Position, Option<Position>)>,
}

/// The snapshot to compare with.
#[derive(Debug, Clone)]
enum Before {
    /// Its keys are beside the state.
    Kept(Position),
    /// The state does not say it: what the parts of the latest date before hold.
    InParts,
    /// It was of other records than those that are asked for now.
    OfOthers,
}

impl Earlier {
    /// For each feed of a plan that asks for it, out of the states of its feeds; `of` is the run and its site.
    pub(crate) fn of_plan(
        settings: &Settings,
        plan: &Plan,
        states: &BTreeMap<String, FeedState>,
        of: (&RunIdentity, &str),
    ) -> BTreeMap<String, Self> {
        let chosen = plan.chosen().filter(|feed| settings.options(&feed.name).compares_snapshots);
        let earlier = chosen.map(|feed| {
            let filter = filter_of(settings, feed);
            (feed.name.clone(), Self::of(states.get(&feed.name), of, filter))
        });
        earlier.collect()
    }

    fn of(
        state: Option<&FeedState>,
        (run, site): (&RunIdentity, &str),
        filter: Option<String>,
    ) -> Self {
        let before = match state.and_then(|state| state.snapshot_before(run)) {
            Some((_, mark)) if mark.filter != filter => Before::OfOthers,
            Some((position, _)) => Before::Kept(position.clone()),
            None => Before::InParts,
        };
        let later = state.filter(|state| {
            state.current.snapshot.as_ref().is_some_and(|mark| mark.extract_date > run.date)
        });
        let later = later.map(|state| (state.current.clone(), state.previous.clone()));
        Self { run: run.clone(), site: site.to_owned(), filter, before, later }
    }

    /// The positions of the feed's state after the run: what was read, and what it was compared with. The keys
    /// of the first come with the commit.
    pub(crate) fn positions(&self) -> (Position, Option<Position>) {
        if let Some(later) = &self.later {
            return later.clone();
        }
        let mark = SnapshotMark { extract_date: self.run.date, filter: self.filter.clone() };
        let current = Position { snapshot: Some(mark), ..Position::default() };
        let previous = match &self.before {
            Before::Kept(position) => Some(position.clone()),
            Before::InParts | Before::OfOthers => None,
        };
        (current, previous)
    }
}

/// The JQL that a feed's records depend on.
fn filter_of(settings: &Settings, feed: &Feed) -> Option<String> {
    let followed = settings.catalog.follows(feed)?;
    settings.options(&followed.name).jql
}

/// A snapshot that is being written.
pub(crate) struct Snapshot {
    feed: Arc<Feed>,
    earlier: Earlier,
    now: Vec<Box<str>>,
    /// How many of those, the first ones, a savepoint has.
    saved: usize,
}

impl Snapshot {
    pub(crate) fn new(feed: &Arc<Feed>, earlier: &Earlier) -> Self {
        Self { feed: Arc::clone(feed), earlier: earlier.clone(), now: Vec::new(), saved: 0 }
    }

    /// The keys of what was written since the last savepoint, of which this is the next; none if there are none.
    pub(crate) fn take_unsaved(&mut self) -> Option<KeyTable> {
        let unsaved = self.now[self.saved..].to_vec();
        self.saved = self.now.len();
        let mut table = KeyTable::default();
        table.replace(HOST, unsaved);
        (!table.is_empty()).then_some(table)
    }

    /// Goes on after what was staged before the run was interrupted, each time.
    pub(crate) fn go_on_after(&mut self, staged: Vec<KeyTable>) {
        let keys = staged.into_iter().flat_map(|mut table| table.remove(HOST));
        self.now = keys.collect();
        self.saved = self.now.len();
    }

    /// Notes a record that is written. One without its key cannot be told from another.
    pub(crate) fn note(&mut self, record: &Record) {
        let values = key_values(record, &self.feed.key);
        if values.iter().any(|value| !value.is_empty()) {
            self.now.push(KeyTable::key_of(&values).into());
        }
    }

    /// Compares what was written with the last snapshot. What is missing has gone only if the feed was read
    /// whole; otherwise it is kept in mind for the next one.
    pub(crate) async fn settle(
        mut self,
        lake: &Lake,
        is_whole: bool,
    ) -> Result<Leftovers, LakeError> {
        let before = sorted(self.before(lake).await?);
        self.now = sorted(std::mem::take(&mut self.now));
        let missing = missing(&before, &self.now);
        // Where Jira leaves out what the account may not see, nothing at all says nothing.
        let is_hidden = self.now.is_empty() && self.feed.filtered;
        let is_told = is_whole && !is_hidden;
        let mut gone = Vec::new();
        if is_told {
            self.warn_of_changing_keys(before.len(), missing.len());
            gone.extend(missing.iter().map(|key| self.bindings(key)));
        }
        if self.earlier.later.is_some() {
            return Ok(Leftovers { gone, keys: None });
        }
        let mut keys = self.now;
        if !is_told {
            keys.extend(missing.into_iter().map(Box::from));
            keys.sort_unstable();
        }
        let mut table = KeyTable::default();
        table.replace(HOST, keys);
        Ok(Leftovers { gone, keys: Some(table) })
    }

    async fn before(&self, lake: &Lake) -> Result<Vec<Box<str>>, LakeError> {
        match &self.earlier.before {
            Before::OfOthers => {
                tracing::warn!(feed = %self.feed.name, "the last snapshot was of another `jql`: what has gone since cannot be told");
                Ok(Vec::new())
            }
            Before::Kept(Position { keys: Some(path), .. }) => {
                Ok(lake.read_keys(path).await?.remove(HOST))
            }
            Before::Kept(_) => Ok(Vec::new()),
            Before::InParts => self.in_parts(lake).await,
        }
    }

    /// Keys of other kinds stand in parts otherwise than in records.
    async fn in_parts(&self, lake: &Lake) -> Result<Vec<Box<str>>, LakeError> {
        let is_plain = |name: &String| {
            let column = self.feed.columns.iter().find(|column| column.key == *name);
            column.is_some_and(|column| {
                matches!(column.kind, ColumnType::Text | ColumnType::Int | ColumnType::Bool)
            })
        };
        if !self.feed.key.iter().all(is_plain) {
            return Ok(Vec::new());
        }
        let feed = &self.feed.name;
        match lake
            .keys_before(feed, &self.feed.key, (&self.earlier.site, self.earlier.run.date))
            .await
        {
            Err(error @ LakeError::Unlike { .. }) => {
                tracing::warn!(%feed, %error, "what has gone since the last snapshot cannot be told");
                Ok(Vec::new())
            }
            read => Ok(read?.iter().map(|values| KeyTable::key_of(values).into()).collect()),
        }
    }

    /// A key that is another at each reading makes every record one that has gone.
    fn warn_of_changing_keys(&self, before: usize, missing: usize) {
        if before > 1 && before == missing && !self.now.is_empty() {
            tracing::warn!(
                feed = %self.feed.name, records = before,
                "none of the records of the last snapshot has come again: if the feed's key changes without its records, remove its `find_deleted`"
            );
        }
    }

    fn bindings(&self, key: &str) -> Bindings {
        let has_value = |(_, json): &(String, String)| !matches!(json.as_str(), "" | "\"\"");
        Bindings::new(columns_of_key(&self.feed, key).into_iter().filter(has_value))
    }
}

fn sorted(mut keys: Vec<Box<str>>) -> Vec<Box<str>> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Those of `before` that are not in `now`; both are sorted.
fn missing<'a>(before: &'a [Box<str>], now: &[Box<str>]) -> Vec<&'a str> {
    before.iter().filter(|key| now.binary_search(key).is_err()).map(|key| &**key).collect()
}
