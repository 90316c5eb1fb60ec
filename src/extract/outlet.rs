//! Where a feed's records go: to the writer, to those who wait for parents, each record once.

use super::parents::ParentTap;
use super::record::{KEY_SEPARATOR, Record, key_of};
use super::{EmbeddedTarget, ExtractError, Target};
use crate::catalog::{Feed, PageStyle, Pointer, Strategy};
use futures::FutureExt;
use futures::future::BoxFuture;
use roaring::RoaringTreemap;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// Records that arrived together.
#[derive(Debug)]
pub struct RecordPage {
    /// The records.
    pub records: Vec<Record>,
    /// When they arrived, in microseconds since 1970 UTC.
    pub received_at: i64,
}

/// The way out of an extractor.
pub struct Outlet {
    /// None for a feed that is read only for the sake of its children.
    writer: Option<mpsc::Sender<RecordPage>>,
    taps: Vec<ParentTap>,
    /// Feeds that are cut out of the records of this one.
    derived: Vec<EmbeddedTarget>,
    once: Option<Once>,
}

/// The keys that have been seen, where a record can come more than once.
struct Once {
    key: Vec<String>,
    /// Whether the records of one parent can come with another.
    counts_across_parents: bool,
    seen: Mutex<HashSet<String>>,
}

impl Outlet {
    /// The outlet of `feed`: into `writer`, to the children behind `taps` and to the feeds `derived` from it.
    #[must_use]
    pub fn new(
        feed: &Feed,
        writer: Option<mpsc::Sender<RecordPage>>,
        taps: Vec<ParentTap>,
        derived: Vec<EmbeddedTarget>,
    ) -> Self {
        let once = repeats(feed).then(|| Once {
            key: feed.key.clone(),
            counts_across_parents: feed.dedupe,
            seen: Mutex::default(),
        });
        Self { writer, taps, derived, once }
    }

    /// Whether other feeds are asked for the records of this one.
    pub(crate) fn has_children(&self) -> bool {
        !self.taps.is_empty() || self.derived.iter().any(|inner| inner.target.outlet.has_children())
    }

    /// Whether it keeps nothing of the records that go through it that others need: neither parents nor keys.
    pub(crate) fn keeps_nothing(&self) -> bool {
        let inner = |inner: &EmbeddedTarget| inner.target.outlet.keeps_nothing();
        let forgets = self.once.as_ref().is_none_or(|once| !once.counts_across_parents);
        self.taps.is_empty() && forgets && self.derived.iter().all(inner)
    }

    /// The places in a record that children look at.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Pointer> {
        self.taps.iter().flat_map(|tap| tap.list.places())
    }

    /// The targets of the feeds derived from this one, and of those derived from them.
    pub(crate) fn take_derived(&mut self) -> Vec<Target> {
        let derived = std::mem::take(&mut self.derived).into_iter();
        derived.flat_map(|inner| inner.target.with_derived()).collect()
    }

    /// Gives the feeds derived from this one what befell it.
    pub(crate) fn for_derived(&self, told: &dyn Fn(&Target)) {
        for inner in &self.derived {
            told(&inner.target);
            inner.target.outlet.for_derived(told);
        }
    }

    /// Tells those who wait for parents how many there are, where only some are read.
    pub(crate) fn announce(&self, total: u64) {
        self.taps.iter().for_each(|tap| tap.announce(total));
    }

    /// Hands records on; waits while the writer is behind.
    ///
    /// # Errors
    /// [`ExtractError::Stopped`] when the writer is gone.
    pub(crate) async fn send(
        &self,
        mut records: Vec<Record>,
        received_at: i64,
    ) -> Result<(), ExtractError> {
        if let Some(once) = &self.once {
            records.retain(|record| once.is_first(record));
        }
        for tap in &self.taps {
            tap.observe(&records);
        }
        if !self.derived.is_empty() {
            self.pass_on(&records, received_at).await;
        }
        match &self.writer {
            Some(writer) if !records.is_empty() => {
                let page = RecordPage { records, received_at };
                writer.send(page).await.map_err(|_| ExtractError::Stopped)
            }
            _ => Ok(()),
        }
    }

    /// Boxed, since a derived feed can have feeds derived from it.
    fn pass_on<'a>(&'a self, records: &'a [Record], received_at: i64) -> BoxFuture<'a, ()> {
        async move {
            for inner in &self.derived {
                inner.take_inline(records, received_at).await;
            }
        }
        .boxed()
    }

    /// Tells those who wait for parents how the feed ended, and of which issues something was denied.
    pub(crate) fn finish(&self, result: &Result<(), ExtractError>, denied: &RoaringTreemap) {
        for tap in &self.taps {
            tap.list.note_denied(denied);
            tap.list.finish(result);
        }
    }
}

/// Those who wait for parents must not wait for a feed whose task is gone.
impl Drop for Outlet {
    fn drop(&mut self) {
        self.taps.iter().for_each(|tap| tap.list.abandon());
    }
}

/// A window moved by offset or time can show a record twice, and some feeds list one under several parents.
fn repeats(feed: &Feed) -> bool {
    let page = feed.endpoint.as_ref().map(|endpoint| endpoint.page);
    let slides = page.is_some_and(|page| {
        !matches!(page, PageStyle::Single | PageStyle::Token | PageStyle::Cursor)
    });
    feed.dedupe || (slides && matches!(feed.strategy, Strategy::List | Strategy::FanOut))
}

impl Once {
    fn is_first(&self, record: &Record) -> bool {
        let key = key_of(record, &self.key);
        // A record without its key cannot be told from another: keep it.
        let is_keyless = key.trim_matches(KEY_SEPARATOR).is_empty();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        is_keyless || seen.insert(key)
    }
}
