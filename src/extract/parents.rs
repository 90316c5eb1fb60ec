//! Parents: read once in a run, by whoever reads the parent feed, and shared with its children.

use super::ExtractError;
use super::held::Millis;
use super::increment::changed_at;
use super::record::{Record, bindings_of, plain_at, text};
use crate::catalog::{Parent, Pointer};
use crate::columns::Bindings;
use crate::jira::json;
use roaring::RoaringTreemap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The feed whose records are issues: the first of the pass over them.
pub(crate) const ISSUES: &str = "issues";

/// The parents of one child feed.
pub struct ParentList {
    spec: Parent,
    found: Mutex<Parents>,
    end: watch::Sender<Option<Result<(), ExtractError>>>,
}

/// The parents that were found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parents {
    pub(crate) found: Vec<ParentRecord>,
    /// Issues that are known to have no such records.
    pub(crate) without: Vec<ParentRecord>,
    /// Issues of which some may be missing, because they were denied.
    pub(crate) denied: RoaringTreemap,
    /// How many there are in truth, where not all were read.
    pub(crate) total: Option<u64>,
}

/// One record to ask a child feed for.
#[derive(Debug, Clone)]
pub(crate) struct ParentRecord {
    pub(crate) id: Option<String>,
    /// Its number if it is an issue, the project's part of its key, and when it changed last.
    pub(crate) issue: Option<u64>,
    pub(crate) project: Option<String>,
    pub(crate) changed_at: Option<Millis>,
    /// `board 84`
    pub(crate) label: String,
    /// The values of the child's placeholders, and of columns that its records lack.
    pub(crate) bindings: Arc<Bindings>,
}

impl ParentRecord {
    /// The issue that it is, or is a part of.
    pub(crate) fn belongs_to(&self) -> Option<u64> {
        let bound = || self.bindings.get("issueId").and_then(json::plain)?.parse().ok();
        self.issue.or_else(bound)
    }

    /// What a child feed is asked with, as one text.
    pub(crate) fn asked_with(&self) -> String {
        let pairs: Vec<_> = self.bindings.iter().collect();
        serde_json::json!(pairs).to_string()
    }
}

/// A child's hand in the parent feed's outlet.
#[derive(Clone)]
pub struct ParentTap {
    pub(crate) list: Arc<ParentList>,
}

impl ParentList {
    /// An empty list of a child feed that declares `spec`.
    #[must_use]
    pub fn new(spec: Parent) -> Arc<Self> {
        Arc::new(Self { spec, found: Mutex::default(), end: watch::Sender::new(None) })
    }

    /// What the parent feed's outlet needs to fill it.
    #[must_use]
    pub fn tap(self: &Arc<Self>) -> ParentTap {
        ParentTap { list: Arc::clone(self) }
    }

    /// Notes issues of which not all parents are known, before it is said how the parent feed ended.
    pub(crate) fn note_denied(&self, issues: &RoaringTreemap) {
        self.found().denied |= issues;
    }

    /// Says how the parent feed ended; the first word counts.
    pub(crate) fn finish(&self, result: &Result<(), ExtractError>) {
        self.end.send_if_modified(|end| {
            let is_first = end.is_none();
            end.get_or_insert_with(|| result.clone());
            is_first
        });
    }

    /// Says that nothing more will come, unless it has been said how the parent feed ended.
    pub(crate) fn abandon(&self) {
        self.finish(&Err(ExtractError::Failed("reading it ended unexpectedly".to_owned())));
    }

    /// All parents, once the parent feed has been read.
    pub(crate) async fn complete(&self) -> Result<Parents, ExtractError> {
        let mut end = self.end.subscribe();
        let result =
            end.wait_for(Option::is_some).await.map_err(|_| ExtractError::Stopped)?.clone();
        match result {
            Some(Err(ExtractError::LoginLost(lost))) => Err(ExtractError::LoginLost(lost)),
            Some(Err(error)) => Err(ExtractError::ParentsMissing(Box::new(error))),
            _ => Ok(self.found().clone()),
        }
    }

    /// The places in a parent's record that are looked at.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Pointer> {
        self.spec.bind.values().chain(self.spec.skip_when.iter().map(|(at, _)| at))
    }

    fn found(&self) -> MutexGuard<'_, Parents> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_skipped(&self, record: &Record) -> bool {
        self.spec.skip_when.iter().any(|(at, unwanted)| {
            json::at(text(&record.json), at)
                .and_then(|value| serde_json::from_str::<serde_json::Value>(value).ok())
                .is_some_and(|value| value == *unwanted)
        })
    }

    fn parent(&self, record: &Record) -> ParentRecord {
        let top = |name: &str| plain_at(&record.json, &Pointer::default().join(name));
        let id = top("id");
        let issue = id.as_ref().filter(|_| self.spec.feed == ISSUES);
        let issue = issue.and_then(|id| id.parse().ok());
        let updated = Pointer::default().join("fields").join("updated");
        ParentRecord {
            issue,
            project: top("key").and_then(|key| Some(key.rsplit_once('-')?.0.to_owned())),
            changed_at: issue.and_then(|_| changed_at(record, &updated)),
            id,
            label: self.label(record),
            bindings: Arc::new(bindings_of(record, &self.spec.bind)),
        }
    }

    fn label(&self, record: &Record) -> String {
        let name = |key: &str| plain_at(&record.json, &Pointer::default().join(key));
        let bound = || {
            let first = self.spec.bind.keys().next();
            first.and_then(|name| {
                bindings_of(record, &self.spec.bind).get(name).and_then(json::plain)
            })
        };
        let id = name("key").or_else(|| name("id")).or_else(|| name("name")).or_else(bound);
        format!("{} {}", self.spec.called, id.unwrap_or_else(|| "without id".to_owned()))
    }
}

impl ParentTap {
    pub(crate) fn observe(&self, records: &[Record]) {
        let list = &self.list;
        let (skipped, asked): (Vec<_>, Vec<_>) =
            records.iter().partition(|record| list.is_skipped(record));
        let parents = |records: Vec<_>| records.into_iter().map(|record| list.parent(record));
        let mut found = list.found();
        found.found.extend(parents(asked));
        found.without.extend(parents(skipped).filter(|parent| parent.issue.is_some()));
    }

    /// Notes how many records the parent feed has, where only some are read.
    pub(crate) fn announce(&self, total: u64) {
        self.list.found().total = Some(total);
    }
}
