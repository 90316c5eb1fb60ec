//! What the tests of the lake share: a store whose power can be cut, and small batches.

use super::*;
use arrow::array::{
    ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;
use futures::TryStreamExt;
use jiff::civil::{Date, date};
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicIsize, Ordering};
use std::sync::{Arc, Mutex};

/// How many more changes a store makes before its power is cut; then it makes none.
#[derive(Debug, Clone)]
pub(super) struct Power {
    changes: Arc<AtomicIsize>,
    /// What was deleted in a folder and is not known to be so on the disk.
    deleted: Arc<Mutex<HashMap<String, Vec<u8>>>>,
}

impl Default for Power {
    fn default() -> Self {
        Self { changes: Arc::new(AtomicIsize::new(isize::MAX)), deleted: Arc::default() }
    }
}

impl Power {
    pub(super) fn cut_after(&self, changes: isize) {
        self.changes.store(changes, Ordering::SeqCst);
    }

    pub(super) fn is_cut(&self) -> bool {
        self.changes.load(Ordering::SeqCst) < 0
    }

    pub(super) fn draw(&self) -> io::Result<()> {
        match self.changes.fetch_sub(1, Ordering::SeqCst) {
            left if left > 0 => Ok(()),
            _ => Err(io::Error::from(io::ErrorKind::StorageFull)),
        }
    }

    pub(super) fn note_deletions(&self, folder: Option<&Path>, paths: &[String]) {
        let Some(folder) = folder else { return };
        for path in paths {
            let content = std::fs::read(folder.join(path)).ok();
            self.deleted.lock().unwrap().extend(content.map(|content| (path.clone(), content)));
        }
    }

    pub(super) fn forget_deletions(&self, folder: &str) {
        self.deleted.lock().unwrap().retain(|path, _| store::folder_of(path) != folder);
    }

    /// What a disk may do with deletions that it has not written yet: each of them by itself.
    fn bring_back(&self, folder: &Path, comes_back: fn(&str) -> bool) {
        for (path, content) in self.deleted.lock().unwrap().drain() {
            let full = folder.join(&path);
            if comes_back(&path) && !full.exists() {
                std::fs::create_dir_all(full.parent().unwrap()).unwrap();
                std::fs::write(full, content).unwrap();
            }
        }
    }
}

/// Where a test's lake is: what the lake promises, it promises everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A folder, in which an object moves in one step.
    Folder,
    /// An object store, which copies and deletes: in memory, or the one that [`REAL_STORE`] names.
    Objects,
}

/// The variable with the URL of an object store that stands instead of the one in memory.
const REAL_STORE: &str = "JIRA_FEEDS_TEST_STORE";

/// Whether pieces of uploads must be as large as real stores want them.
pub(super) fn is_on_a_real_store() -> bool {
    std::env::var_os(REAL_STORE).is_some()
}

/// A lake of its own, looked at from outside as a reader would.
pub(super) struct TestLake {
    pub(super) lake: Lake,
    outside: Outside,
}

/// The way around our own store.
enum Outside {
    Folder(tempfile::TempDir),
    Memory(Arc<dyn ObjectStore>),
    /// The URL of a folder in a real one.
    Real(String),
}

impl TestLake {
    pub(super) async fn at(place: Place) -> Self {
        let outside = match (place, std::env::var(REAL_STORE)) {
            (Place::Folder, _) => Outside::Folder(tempfile::tempdir().unwrap()),
            (Place::Objects, Err(_)) => Outside::Memory(store::Store::in_memory().objects),
            (Place::Objects, Ok(url)) => {
                let name = RunId::generate(jiff::Timestamp::now());
                Outside::Real(format!("{}/{name}", url.trim_end_matches('/')))
            }
        };
        Self { lake: outside.open().await, outside }
    }

    /// What the next process would see, power back on: of what was deleted for good, nothing.
    pub(super) async fn reopen(&mut self) {
        // An intent that came back would make everything good.
        self.reopen_with(|path| !path.contains("/staging/")).await;
    }

    /// The same, with what comes back of deletions that have not got to the disk.
    pub(super) async fn reopen_with(&mut self, comes_back: fn(&str) -> bool) {
        if let Outside::Folder(folder) = &self.outside {
            self.lake.store.power.bring_back(folder.path(), comes_back);
        }
        self.lake = self.outside.open().await;
    }

    pub(super) fn power_is_cut(&self) -> bool {
        self.lake.store.power.is_cut()
    }

    pub(super) fn cut_power_after(&self, changes: isize) {
        self.lake.store.power.cut_after(changes);
    }

    pub(super) async fn stage(
        &self,
        feed: &str,
        run: &RunIdentity,
        batches: &[RecordBatch],
        options: &WriteOptions,
    ) -> Result<StagedFeed, LakeError> {
        let mut writer = self.lake.part_writer(feed, schema(), run, options)?;
        for batch in batches {
            writer.write(batch).await?;
        }
        writer.finish().await
    }

    /// Writes and commits, as a full feed does.
    pub(super) async fn put(
        &self,
        feed: &str,
        run: &RunIdentity,
        batches: &[RecordBatch],
    ) -> Result<Committed, LakeError> {
        let staged = self.stage(feed, run, batches, &WriteOptions::default()).await?;
        self.lake.commit(staged, CommitMode::ReplaceDate, None).await
    }

    /// One part for each batch.
    pub(super) async fn put_parts(
        &self,
        run: &RunIdentity,
        batches: &[RecordBatch],
        mode: CommitMode,
    ) -> Result<Committed, LakeError> {
        let options = WriteOptions { part_bytes: 1, ..WriteOptions::default() };
        let staged = self.stage("issues", run, batches, &options).await?;
        assert_eq!(staged.parts.len(), batches.len());
        self.lake.commit(staged, mode, None).await
    }

    /// All files below a folder, by the file system or the bare store.
    pub(super) fn files(&self, below: &str) -> Vec<String> {
        let mut found = match &self.outside {
            Outside::Folder(folder) => files_in(folder.path(), below),
            _ => self.ask(|store| {
                let below = ObjectPath::from(below);
                async move {
                    store
                        .list(Some(&below))
                        .map_ok(|meta| meta.location.to_string())
                        .try_collect()
                        .await
                }
            }),
        };
        found.sort();
        found
    }

    /// What `<feed>/**/*` finds.
    pub(super) fn visible(&self, feed: &str) -> Vec<String> {
        self.files(feed)
    }

    /// Where a file is, in a lake that is a folder.
    pub(super) fn path(&self, relative: &str) -> PathBuf {
        match &self.outside {
            Outside::Folder(folder) => folder.path().join(relative),
            _ => panic!("an object store has no paths"),
        }
    }

    pub(super) fn exists(&self, below: &str) -> bool {
        match &self.outside {
            Outside::Folder(folder) => folder.path().join(below).exists(),
            // A folder is there while something is in it; an object is its own prefix to some stores.
            _ => self.files("").iter().any(|file| {
                file.strip_prefix(below)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }),
        }
    }

    pub(super) fn read_file(&self, relative: &str) -> Bytes {
        match &self.outside {
            Outside::Folder(_) => std::fs::read(self.path(relative)).unwrap().into(),
            _ => self.ask(|store| {
                let path = ObjectPath::parse(relative).unwrap();
                async move { store.get(&path).await?.bytes().await }
            }),
        }
    }

    pub(super) fn write_file(&self, relative: &str, text: &'static str) {
        match &self.outside {
            Outside::Folder(_) => std::fs::write(self.path(relative), text).unwrap(),
            _ => self.ask(|store| {
                let path = ObjectPath::parse(relative).unwrap();
                async move { store.put(&path, text.into()).await.map(drop) }
            }),
        }
    }

    pub(super) fn remove_file(&self, relative: &str) {
        match &self.outside {
            Outside::Folder(_) => std::fs::remove_file(self.path(relative)).unwrap(),
            _ => self.ask(|store| {
                let path = ObjectPath::parse(relative).unwrap();
                async move { store.delete(&path).await }
            }),
        }
    }

    pub(super) fn file_size(&self, relative: &str) -> u64 {
        self.read_file(relative).len() as u64
    }

    pub(super) fn reader(&self, part: &str) -> ParquetRecordBatchReaderBuilder<Bytes> {
        ParquetRecordBatchReaderBuilder::try_new(self.read_file(part)).unwrap()
    }

    /// Asks the bare object store, from a thread of its own: tests look in the middle of their work.
    fn ask<T: Send, F>(&self, question: impl FnOnce(Arc<dyn ObjectStore>) -> F + Send) -> T
    where
        F: Future<Output = object_store::Result<T>>,
    {
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.unwrap().block_on(async {
                    let store = match &self.outside {
                        Outside::Folder(_) => panic!("a folder needs no asking"),
                        Outside::Memory(objects) => Arc::clone(objects),
                        Outside::Real(url) => Lake::open(url).await.unwrap().store.objects,
                    };
                    question(store).await.unwrap()
                })
            });
            asking.join().unwrap()
        })
    }

    /// The keys in all visible parts, each of which must be whole.
    pub(super) fn keys(&self, feed: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for part in self.visible(feed) {
            for batch in self.reader(&part).build().unwrap() {
                let column = batch.unwrap().column(0).as_string::<i32>().clone();
                keys.extend(column.iter().map(|key| key.unwrap().to_owned()));
            }
        }
        keys.sort();
        keys
    }
}

impl Outside {
    async fn open(&self) -> Lake {
        match self {
            Self::Folder(folder) => Lake::open(folder.path().to_str().unwrap()).await.unwrap(),
            Self::Memory(objects) => {
                Lake { store: store::Store::remote(Arc::clone(objects), "memory://lake") }
            }
            Self::Real(url) => Lake::open(url).await.unwrap(),
        }
    }
}

fn files_in(root: &Path, below: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root.join(below)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

pub(super) fn run(id: &str) -> RunIdentity {
    run_on(id, date(2026, 11, 23))
}

pub(super) fn run_on(id: &str, date: Date) -> RunIdentity {
    RunIdentity { run_id: RunId::parse(id).unwrap(), date }
}

/// A schema with facts about a top-level and about a nested column.
pub(super) fn schema() -> SchemaRef {
    let fact = |value: &str| HashMap::from([("jira.name".to_owned(), value.to_owned())]);
    let inner = Field::new("value", DataType::Utf8, true).with_metadata(fact("nested"));
    let zone = Some("UTC".into());
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("points", DataType::Int64, true).with_metadata(fact("Story Points")),
        Field::new("updated", DataType::Timestamp(TimeUnit::Microsecond, zone), true),
        Field::new("option", DataType::Struct(vec![inner].into()), true),
        Field::new("_raw", DataType::Utf8, true),
    ]))
}

pub(super) fn key(number: i64) -> String {
    format!("{number:08}")
}

pub(super) fn keys(range: Range<i64>) -> Vec<String> {
    range.map(key).collect()
}

/// Rows whose every value follows from their number; one in three has no points.
pub(super) fn rows(range: Range<i64>) -> RecordBatch {
    let schema = schema();
    let numbers = || range.clone();
    let DataType::Struct(inner) = schema.field(3).data_type().clone() else { unreachable!() };
    let value: ArrayRef =
        Arc::new(StringArray::from_iter_values(numbers().map(|n| format!("v{n}"))));
    let updated = TimestampMicrosecondArray::from_iter_values(numbers().map(|n| n * 1_000_000));
    let raw = numbers().map(|n| format!("{{\"id\":\"{}\",\"noise\":{}}}", key(n), noise(n)));
    RecordBatch::try_new(
        schema.clone(),
        vec![
            Arc::new(StringArray::from_iter_values(numbers().map(key))),
            Arc::new(numbers().map(|n| (n % 3 != 2).then_some(n)).collect::<Int64Array>()),
            Arc::new(updated.with_timezone("UTC")),
            Arc::new(StructArray::new(inner, vec![value], None)),
            Arc::new(StringArray::from_iter_values(raw)),
        ],
    )
    .unwrap()
}

/// Text that does not compress: what it is made of follows from the number.
fn noise(number: i64) -> u64 {
    number.cast_unsigned().wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(23)
}
