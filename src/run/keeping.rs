//! Which records of a feed the lake holds, so that those that have gone can be told: each record's key,
//! below the issue that it belongs to.

use super::increments::IncrementalFeed;
use crate::catalog::{ColumnType, Feed, Strategy};
use crate::columns::Bindings;
use crate::extract::{Increment, Record, issue_of, key_values};
use crate::lake::{KeyColumns, KeyTable, Lake, LakeError, Position};
use roaring::RoaringTreemap;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

/// What an incremental feed knows of its records while it is written.
pub(crate) struct Keeping {
    feed: Arc<Feed>,
    increment: Arc<Increment>,
    comes_whole: bool,
    start: Option<Position>,
    /// What the lake holds, where no state says it.
    found: Option<KeyTable>,
    /// The keys of what was written since the last savepoint.
    written: KeyTable,
    /// The keys of what was written before it.
    saved: KeyTable,
    /// The keys of what was staged before the run was interrupted, each time.
    staged: Vec<KeyTable>,
}

/// What a pass over issues has found out about those that the lake has.
#[derive(Debug, Clone, Default)]
pub(crate) struct IssueFates {
    /// They are not on the site any more.
    pub(crate) gone: RoaringTreemap,
    /// Nothing is known of them.
    pub(crate) out_of_sight: RoaringTreemap,
    /// For a feed that is asked for each issue: those that have answered, each time that it was gone on with.
    pub(crate) answered: Option<Vec<RoaringTreemap>>,
    /// For a feed that is asked for each part of an issue: those of which some was denied.
    pub(crate) denied: RoaringTreemap,
}

/// What must be added when all records have been written.
pub(crate) struct Leftovers {
    /// For each record that has gone the values of its key's columns.
    pub(crate) gone: Vec<Bindings>,
    /// The keys of the records that are left, if they have changed.
    pub(crate) keys: Option<KeyTable>,
}

impl Keeping {
    /// None for a feed that is not incremental.
    pub(crate) fn of(feed: &Arc<Feed>, standing: Option<&IncrementalFeed>) -> Option<Self> {
        let standing = standing.filter(|standing| standing.is_incremental)?;
        Some(Self {
            feed: Arc::clone(feed),
            increment: Arc::clone(&standing.increment),
            comes_whole: standing.comes_whole,
            start: standing.start.clone(),
            found: standing.found.clone(),
            written: KeyTable::default(),
            saved: KeyTable::default(),
            staged: Vec::new(),
        })
    }

    /// The keys of what was written since the last savepoint, of which this is the next; none if there are none.
    pub(crate) fn take_unsaved(&mut self) -> Option<KeyTable> {
        let unsaved = std::mem::take(&mut self.written);
        self.saved.extend(&unsaved);
        (!unsaved.is_empty()).then_some(unsaved)
    }

    /// Goes on after what was staged before the run was interrupted, each time.
    pub(crate) fn go_on_after(&mut self, staged: Vec<KeyTable>) {
        self.staged = staged;
    }

    /// Notes a record that is written.
    pub(crate) fn note(&mut self, record: &Record) {
        if let (true, Some(issue)) = (self.keeps_keys(), issue_of(record)) {
            self.written.insert(issue, &KeyTable::key_of(&key_values(record, &self.feed.key)));
        }
    }

    /// Issues are known by their ids, which the cursor holds; what is no issue's never goes.
    fn keeps_keys(&self) -> bool {
        self.feed.strategy != Strategy::Issues && key_columns(&self.feed).is_some()
    }

    /// Compares what was written with what the lake had; `fates` is what another feed has found out about
    /// issues.
    pub(crate) async fn settle(
        mut self,
        lake: &Lake,
        fates: &IssueFates,
    ) -> Result<Leftovers, LakeError> {
        let gone = self.increment.gone_issues() | &fates.gone;
        if self.feed.strategy == Strategy::Issues {
            let gone =
                gone.iter().map(|id| Bindings::new([("id".to_owned(), quoted(&id.to_string()))]));
            return Ok(Leftovers { gone: gone.collect(), keys: None });
        }
        if !self.keeps_keys() {
            return Ok(Leftovers { gone: Vec::new(), keys: None });
        }
        drop(self.take_unsaved());
        let deleted = self.increment.deleted();
        let mut reads = fates.answered.clone().unwrap_or_else(|| {
            let read = self.increment.read_issues();
            read.into_iter().map(|issues| issues - &fates.denied).collect()
        });
        let is_quiet = self.written_keys().all(KeyTable::is_empty)
            && reads.iter().all(RoaringTreemap::is_empty)
            && gone.is_empty()
            && deleted.is_empty();
        if is_quiet && self.start.as_ref().is_some_and(|start| start.keys.is_some()) {
            return Ok(Leftovers { gone: Vec::new(), keys: None });
        }
        let before = match self.start.as_ref().and_then(|start| start.keys.as_deref()) {
            Some(path) => lake.read_keys(path).await?,
            None => self.found.clone().unwrap_or_default(),
        };
        let comes_whole = self.comes_whole || self.is_whole_list();
        if self.is_whole_list() {
            reads = vec![before.hosts().collect::<RoaringTreemap>() - &fates.out_of_sight];
        }
        Ok(self.compare(before, comes_whole, &gone, &reads, &deleted))
    }

    /// The keys of what was written, each time that the run was gone on with.
    fn written_keys(&self) -> impl Iterator<Item = &KeyTable> {
        self.staged.iter().chain([&self.saved])
    }

    /// Whether the site was asked for all worklogs: then those that did not come are gone.
    fn is_whole_list(&self) -> bool {
        !self.comes_whole
            && self.feed.strategy == Strategy::Worklogs
            && self.increment.since().is_none()
    }

    /// Worklogs do not come with their issue, should it come back.
    fn note_gone_with_issue(&self, keys: &[Box<str>]) {
        if self.feed.strategy == Strategy::Worklogs && !self.comes_whole {
            let ids =
                keys.iter().filter_map(|key| KeyTable::values_of(key).first()?.parse::<u64>().ok());
            self.increment.note_gone_with_issue(&ids.collect());
        }
    }

    fn compare(
        self,
        mut keys: KeyTable,
        comes_whole: bool,
        gone: &RoaringTreemap,
        reads: &[RoaringTreemap],
        deleted: &[String],
    ) -> Leftovers {
        let mut lost = BTreeSet::new();
        let nothing = RoaringTreemap::new();
        let reads = reads.iter().chain(std::iter::repeat(&nothing));
        for (written, read) in self.written_keys().zip(reads) {
            for issue in written.hosts().chain(read.iter()).collect::<RoaringTreemap>() {
                let mut now = written.below(issue).to_vec();
                let before = keys.remove(issue);
                // What was denied is not gone.
                if comes_whole && read.contains(issue) {
                    let now: HashSet<_> = now.iter().collect();
                    let missing = before.into_iter().filter(|key| !now.contains(key));
                    lost.extend(missing.map(|key| (issue, key)));
                } else {
                    now.extend(before);
                }
                now.sort_unstable();
                now.dedup();
                keys.replace(issue, now);
            }
        }
        // Also what was staged of them before they were deleted.
        if !deleted.is_empty() {
            lost.extend(take_deleted(&mut keys, deleted));
        }
        for issue in gone {
            let keys = keys.remove(issue);
            self.note_gone_with_issue(&keys);
            lost.extend(keys.into_iter().map(|key| (issue, key)));
        }
        // What was missing when the run was interrupted can have come back.
        lost.retain(|(issue, key)| !keys.below(*issue).contains(key));
        if !lost.is_empty() && !self.feed.key.iter().any(|column| column == ISSUE) {
            // What has moved to another issue has the key that it had.
            let held: HashSet<&str> = keys.iter().map(|(_, key)| key).collect();
            lost.retain(|(_, key)| !held.contains(&**key));
        }
        let gone = lost.iter().map(|(issue, key)| bindings(&self.feed, *issue, key)).collect();
        Leftovers { gone, keys: Some(keys) }
    }
}

/// The columns that tell a record of a feed, for issues and what belongs to issues.
pub(crate) fn key_columns(feed: &Feed) -> Option<KeyColumns> {
    let has = |name: &str| feed.columns.iter().any(|column| column.key == name);
    let (host, label) = match feed.strategy {
        Strategy::Issues => ("id", "key"),
        _ if has(ISSUE) => (ISSUE, "issueKey"),
        _ => return None,
    };
    let label = has(label).then(|| label.to_owned());
    Some(KeyColumns { host: host.to_owned(), key: feed.key.clone(), label })
}

/// The column that names the issue of a record.
const ISSUE: &str = "issueId";

/// Takes the records with these ids out, whichever issue they are of.
fn take_deleted(keys: &mut KeyTable, deleted: &[String]) -> Vec<(u64, Box<str>)> {
    let deleted: HashSet<String> =
        deleted.iter().map(|id| KeyTable::key_of(std::slice::from_ref(id))).collect();
    let found: Vec<(u64, Box<str>)> = keys
        .iter()
        .filter(|(_, key)| deleted.contains(*key))
        .map(|(issue, key)| (issue, key.into()))
        .collect();
    for (issue, key) in &found {
        let mut left = keys.remove(*issue);
        left.retain(|one| one != key);
        keys.replace(*issue, left);
    }
    found
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The columns of a key, with their values as JSON.
pub(crate) fn columns_of_key(feed: &Feed, key: &str) -> Vec<(String, String)> {
    let json = |column: &String, value: String| {
        let kind = feed.columns.iter().find(|known| known.key == *column).map(|known| &known.kind);
        match kind {
            Some(ColumnType::Int | ColumnType::Float | ColumnType::Bool) => value,
            _ => quoted(&value),
        }
    };
    let columns = feed.key.iter().zip(KeyTable::values_of(key));
    columns.map(|(column, value)| (column.clone(), json(column, value))).collect()
}

/// The columns of a key, and the issue, as a record that has gone still has them.
fn bindings(feed: &Feed, issue: u64, key: &str) -> Bindings {
    let of_issue = (!feed.key.iter().any(|column| column == ISSUE))
        .then(|| (ISSUE.to_owned(), quoted(&issue.to_string())));
    Bindings::new(columns_of_key(feed, key).into_iter().chain(of_issue))
}

#[cfg(test)]
mod model;
