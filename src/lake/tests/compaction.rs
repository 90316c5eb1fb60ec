//! Compaction: the current view stays what it was, and the lake becomes what it should be.

use crate::lake::testing::*;
use crate::lake::*;
use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row of a history.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) site: &'static str,
    pub(super) key: i64,
    pub(super) at: i64,
    /// None for a tombstone.
    pub(super) value: Option<i64>,
}

pub(super) fn change(key: i64, at: i64, value: Option<i64>) -> Change {
    Change { site: "https://a.example", key, at, value }
}

/// A run that has appended what it saw.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) day: i8,
    /// Whether the site had one more field by then.
    pub(super) has_later: bool,
    /// One part each.
    pub(super) parts: Vec<Vec<Change>>,
}

pub(super) fn on(day: i8, changes: Vec<Change>) -> Run {
    Run { day, has_later: false, parts: vec![changes] }
}

fn batch(run: &RunIdentity, changes: &[Change], has_later: bool) -> RecordBatch {
    let text = |of: &dyn Fn(&Change) -> Option<String>| -> ArrayRef {
        Arc::new(changes.iter().map(of).collect::<StringArray>())
    };
    let values: Int64Array = changes.iter().map(|change| change.value).collect();
    let mut members: Vec<(&str, ArrayRef, bool)> = vec![("value", Arc::new(values), true)];
    if has_later {
        let later = |change: &Change| change.value.map(|value| format!("later {value}"));
        members.insert(0, ("later", text(&later), true));
    }
    let members = RecordBatch::try_from_iter_with_nullable(members).unwrap();
    let present = changes.iter().map(|c| c.value.is_some()).collect::<arrow::buffer::NullBuffer>();
    let (fields, columns) = (members.schema().fields().clone(), members.columns().to_vec());
    let times = TimestampMicrosecondArray::from_iter_values(changes.iter().map(|c| c.at));
    let deleted: BooleanArray = changes.iter().map(|c| Some(c.value.is_none())).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("id", text(&|change| Some(key(change.key))), true),
        ("fields", Arc::new(StructArray::new(fields, columns, Some(present))) as ArrayRef, true),
        ("_site", text(&|change| Some(change.site.to_owned())), false),
        ("_run_id", text(&|_| Some(run.run_id.to_string())), false),
        ("_extracted_at", Arc::new(times.with_timezone("UTC")), false),
        ("_deleted", Arc::new(deleted), false),
    ])
    .unwrap()
}

/// The same rows with other values in one column.
fn with_column(batch: &RecordBatch, index: usize, column: ArrayRef) -> RecordBatch {
    let mut columns = batch.columns().to_vec();
    columns[index] = column;
    let schema = batch.schema();
    let names = schema.fields().iter().map(|field| (field.name(), field.is_nullable()));
    let columns = names.zip(columns).map(|((name, nullable), column)| (name, column, nullable));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// What readers see of a record: its value, and that of the later field.
type View = BTreeMap<(String, String), (i64, Option<String>)>;

/// A row that readers find.
#[derive(Debug, Clone)]
struct Found {
    folder: String,
    record: (String, String),
    order: (i64, String, bool),
    shown: (i64, Option<String>),
}

impl TestLake {
    /// Appends a run, one part for each list of changes.
    pub(super) async fn append(&self, number: usize, run: &Run) {
        let identity = run_on(&format!("run-{number}"), date(2026, 11, run.day));
        let batches: Vec<_> =
            run.parts.iter().map(|part| batch(&identity, part, run.has_later)).collect();
        self.append_batches(&identity, &batches).await;
    }

    async fn append_batches(&self, identity: &RunIdentity, batches: &[RecordBatch]) {
        let options = WriteOptions {
            part_bytes: 1,
            site: Some("https://a.example".to_owned()),
            ..WriteOptions::default()
        };
        let schema = batches[0].schema();
        let mut writer = self.lake.part_writer("issues", schema, identity, &options).unwrap();
        for batch in batches {
            writer.write(batch).await.unwrap();
        }
        self.lake.commit(writer.finish().await.unwrap(), CommitMode::Append, None).await.unwrap();
    }

    pub(super) async fn with_history(history: &[Run]) -> Self {
        let lake = Self::at(Place::Folder).await;
        for (number, run) in history.iter().enumerate() {
            lake.append(number, run).await;
        }
        lake
    }

    fn found(&self) -> Vec<Found> {
        let mut rows = Vec::new();
        for part in self.visible("issues") {
            for batch in self.reader(&part).build().unwrap() {
                let batch = batch.unwrap();
                let folder = part.rsplit_once('/').unwrap().0;
                rows.extend((0..batch.num_rows()).map(|row| found(folder, &batch, row)));
            }
        }
        rows
    }

    /// The current view over all files that a reader would find now.
    pub(super) fn view(&self) -> View {
        let latest = latest(self.found());
        let live = latest.into_iter().filter(|(_, row)| row.order.2);
        live.map(|(record, row)| (record, row.shown)).collect()
    }

    pub(super) async fn compact(&self, id: &str) -> Result<Compacted, LakeError> {
        self.lake.compact("issues", &compaction(id)).await
    }

    /// What readers see is what the manifests list, and nothing is left over.
    pub(super) fn assert_nothing_left_over(&self) {
        let mut listed = Vec::new();
        for path in self.files("_jira_feeds/manifests/issues") {
            let text = std::fs::read(self.path(&path)).unwrap();
            let manifest: Manifest = serde_json::from_slice(&text).unwrap();
            let rows: u64 = manifest.parts.iter().map(|part| part.rows).sum();
            assert_eq!(manifest.rows, rows, "{path}");
            listed.extend(manifest.parts.into_iter().map(|part| part.path));
        }
        listed.sort();
        assert_eq!(self.visible("issues"), listed);
        assert!(!self.path("_jira_feeds/staging").exists());
    }
}

fn found(folder: &str, batch: &RecordBatch, row: usize) -> Found {
    let text =
        |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned();
    let fields = batch.column_by_name("fields").unwrap().as_struct();
    let value = fields.column_by_name("value").unwrap().as_primitive::<Int64Type>().value(row);
    let later = fields.column_by_name("later").and_then(|column| {
        let column = column.as_string::<i32>();
        column.iter().nth(row).unwrap().map(str::to_owned)
    });
    let times = batch.column_by_name("_extracted_at").unwrap();
    let at = times.as_primitive::<TimestampMicrosecondType>().value(row);
    let is_live = !batch.column_by_name("_deleted").unwrap().as_boolean().value(row);
    Found {
        folder: folder.to_owned(),
        record: (text("_site"), text("id")),
        order: (at, text("_run_id"), is_live),
        shown: (value, later),
    }
}

fn latest(rows: Vec<Found>) -> BTreeMap<(String, String), Found> {
    let mut latest: BTreeMap<_, Found> = BTreeMap::new();
    for row in rows {
        let known = latest.entry(row.record.clone()).or_insert_with(|| row.clone());
        if row.order > known.order {
            *known = row;
        }
    }
    latest
}

pub(super) fn compaction(id: &str) -> Compaction {
    Compaction {
        run: run_on(id, date(2026, 11, 30)),
        keep: Keep::LatestOfKey(vec!["id".to_owned()]),
        options: WriteOptions::default(),
        dry_run: false,
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let sites = prop::sample::select(vec!["https://a.example", "https://b.example"]);
    let value = prop_oneof![2 => (0i64..100).prop_map(Some), 1 => Just(None)];
    let one = (sites, 0i64..5, (0i64..5, value));
    prop::collection::btree_map((one.0, one.1), one.2, 0..6).prop_map(|all| {
        let change = |((site, key), (at, value))| Change { site, key, at, value };
        all.into_iter().map(change).collect()
    })
}

/// Runs on any of three days, in any order, each in one part or two.
fn histories() -> impl Strategy<Value = Vec<Run>> {
    let run = (1i8..4, any::<bool>(), changes(), 0usize..6).prop_map(
        |(day, has_later, mut changes, cut)| {
            let rest = changes.split_off(cut.min(changes.len()));
            let parts = [changes, rest].into_iter().filter(|part| !part.is_empty()).collect();
            Run { day, has_later, parts }
        },
    );
    let has_parts = |run: &Run| !run.parts.is_empty();
    prop::collection::vec(run.prop_filter("a run without rows", has_parts), 1..7)
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_view_is_the_same_and_each_record_stands_once_where_its_latest_row_stood(history in histories()) {
        on_runtime(async {
            let lake = TestLake::with_history(&history).await;
            let (view, before) = (lake.view(), latest(lake.found()));
            let rows = lake.found().len() as u64;

            let how = Compaction { dry_run: true, ..compaction("compact-0") };
            let forecast = lake.lake.compact("issues", &how).await.unwrap();
            let compacted = lake.compact("compact-1").await.unwrap();
            assert_eq!(lake.view(), view);
            assert_eq!((compacted.before, compacted.before.rows), (forecast.before, rows));
            assert_eq!(compacted.after.rows, forecast.after.rows);
            assert_eq!(compacted.after.parts, forecast.after.parts);

            let found = lake.found();
            assert_eq!(found.len(), view.len(), "no tombstone, and no row twice");
            assert_eq!(compacted.after.rows, view.len() as u64);
            for row in &found {
                assert_eq!(row.folder, before[&row.record].folder);
            }
            let parts = lake.visible("issues");
            let mut folders: Vec<_> = parts.iter().map(|p| p.rsplit_once('/').unwrap().0).collect();
            folders.dedup();
            assert_eq!(folders.len(), parts.len(), "one part a folder");
            lake.assert_nothing_left_over();

            let again = lake.compact("compact-2").await.unwrap();
            assert_eq!((again.before, again.after), (compacted.after, compacted.after));
            assert_eq!(lake.visible("issues"), parts, "the second time there is nothing to do");
        });
    }
}

#[tokio::test]
async fn columns_of_all_parts_are_united_and_facts_about_them_stay() {
    let later = Run { has_later: true, ..on(2, vec![change(2, 2, Some(2))]) };
    let lake = TestLake::with_history(&[on(2, vec![change(1, 1, Some(1))]), later]).await;
    let view = lake.view();
    lake.compact("compact-1").await.unwrap();
    assert_eq!(lake.view(), view);
    assert_eq!(
        view.values().map(|(_, later)| later.as_deref()).collect::<Vec<_>>(),
        [None, Some("later 2")]
    );
    let id = RunId::parse("compact-1").unwrap();
    let manifest = lake.lake.manifest("issues", &id).await.unwrap().unwrap();
    assert_eq!(manifest.site.as_deref(), Some("https://a.example"));
    assert_eq!(manifest.parts.len(), 1);
    let schema = lake.reader(&manifest.parts[0].path).schema().clone();
    assert_eq!(manifest.schema_fingerprint, fingerprint(&schema));
}

#[tokio::test]
async fn a_column_whose_type_has_changed_keeps_both_in_parts_of_their_own() {
    let lake =
        TestLake::with_history(&[on(2, vec![change(1, 1, Some(1)), change(2, 1, Some(1))])]).await;
    let identity = run_on("run-1", date(2026, 11, 2));
    let texts = batch(&identity, &[change(2, 2, Some(2))], false);
    let fields: ArrayRef = Arc::new(StringArray::from(vec!["no struct any more"]));
    let texts = with_column(&texts, 1, fields);
    lake.append_batches(&identity, &[texts]).await;

    let compacted = lake.compact("compact-1").await.unwrap();
    assert_eq!((compacted.after.parts, compacted.after.rows), (2, 2));
    let mut kinds: Vec<_> = lake
        .visible("issues")
        .iter()
        .map(|part| lake.reader(part).schema().field(1).data_type().is_nested())
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [false, true]);
    assert_eq!(lake.keys("issues"), keys(1..3));
    lake.assert_nothing_left_over();
}

#[tokio::test]
async fn a_key_of_another_type_is_refused_and_nothing_changes() {
    let lake = TestLake::with_history(&[on(1, vec![change(1, 1, Some(1))])]).await;
    let other = batch(&run("run-1"), &[change(1, 2, None)], false);
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let other = with_column(&other, 0, numbers);
    lake.append_batches(&run("run-1"), &[other]).await;
    let files = lake.files("");
    let error = lake.compact("compact-1").await.unwrap_err().to_string();
    assert!(error.contains("column \"id\"") && error.contains("is Int64 here and Utf8"), "{error}");
    assert_eq!(lake.files(""), files);
}

#[tokio::test]
async fn of_what_one_run_saw_at_one_moment_the_record_prevails_over_the_tombstone() {
    let seen = |value| vec![change(1, 1, value)];
    for parts in [vec![seen(Some(1)), seen(None)], vec![seen(None), seen(Some(1))]] {
        let lake = TestLake::with_history(&[Run { parts, ..on(1, Vec::new()) }]).await;
        assert_eq!(lake.compact("compact-1").await.unwrap().after.rows, 1);
        assert_eq!(lake.view().len(), 1);
    }
}

#[tokio::test]
async fn where_everything_is_deleted_the_columns_stay() {
    let lake = TestLake::with_history(&[
        on(1, vec![change(1, 1, Some(1))]),
        on(2, vec![change(1, 2, None)]),
    ])
    .await;
    lake.compact("compact-1").await.unwrap();
    let parts = lake.visible("issues");
    assert_eq!(parts.len(), 1);
    assert_eq!(lake.reader(&parts[0]).schema().field(0).name(), "id");
    assert!(lake.found().is_empty());
    lake.assert_nothing_left_over();
    // With the next record that part has done its duty.
    lake.append(7, &on(3, vec![change(5, 9, Some(5))])).await;
    lake.compact("compact-2").await.unwrap();
    assert_eq!(lake.visible("issues"), ["issues/extract_date=2026-11-03/run-7-0000.parquet"]);
    lake.assert_nothing_left_over();
}

#[tokio::test]
async fn a_tombstone_stays_while_a_file_that_nobody_has_committed_may_need_it() {
    let lake =
        TestLake::with_history(&[on(1, vec![change(1, 1, Some(1)), change(2, 1, Some(2))])]).await;
    let foreign = "issues/extract_date=2026-11-01/foreign.parquet";
    std::fs::copy(lake.path(&lake.visible("issues")[0]), lake.path(foreign)).unwrap();
    lake.append(1, &on(2, vec![change(1, 2, None)])).await;
    let view = lake.view();
    let compacted = lake.compact("compact-1").await.unwrap();
    assert_eq!(compacted.unlisted, [foreign]);
    assert_eq!(lake.view(), view);
    assert!(lake.path(foreign).exists());
    std::fs::remove_file(lake.path(foreign)).unwrap();
    assert_eq!(lake.compact("compact-2").await.unwrap().after.rows, 1);
    assert_eq!(lake.view(), view);
    lake.assert_nothing_left_over();
}

#[tokio::test]
async fn a_feed_that_is_read_in_full_has_its_parts_joined_and_loses_no_row() {
    let lake = TestLake::at(Place::Folder).await;
    let replace = CommitMode::ReplaceDate;
    lake.put_parts(&run("r1"), &[rows(0..3), rows(3..5), rows(5..9)], replace).await.unwrap();
    lake.put("issues", &run_on("r2", date(2026, 11, 24)), &[rows(0..4)]).await.unwrap();
    lake.put("issues", &run_on("r3", date(2026, 11, 25)), &[]).await.unwrap();
    let how = Compaction { keep: Keep::All, ..compaction("compact-1") };
    let compacted = lake.lake.compact("issues", &how).await.unwrap();
    assert_eq!((compacted.before.parts, compacted.after.parts), (5, 3));
    assert_eq!((compacted.before.rows, compacted.after.rows), (13, 13));
    assert_eq!(
        lake.visible("issues"),
        [
            "issues/extract_date=2026-11-23/compact-1-0000.parquet",
            "issues/extract_date=2026-11-24/r2-0000.parquet",
            "issues/extract_date=2026-11-25/r3-0000.parquet",
        ]
    );
    let mut expected = [keys(0..9), keys(0..4)].concat();
    expected.sort();
    assert_eq!(lake.keys("issues"), expected);
    assert_eq!(lake.lake.feeds().await.unwrap(), ["issues"]);
    lake.assert_nothing_left_over();

    // A later run of the same day replaces it like any other part.
    lake.put("issues", &run("r4"), &[rows(20..21)]).await.unwrap();
    assert_eq!(lake.visible("issues")[0], "issues/extract_date=2026-11-23/r4-0000.parquet");
    lake.assert_nothing_left_over();
}

#[tokio::test]
async fn parts_of_full_size_are_left_alone_and_new_ones_are_no_larger() {
    let lake = TestLake::at(Place::Folder).await;
    let append = CommitMode::Append;
    let batches: Vec<_> = (0..8).map(|n| rows(n * 1_000..(n + 1) * 1_000)).collect();
    let committed = lake.put_parts(&run("r1"), &batches, append).await.unwrap();
    let part = usize::try_from(committed.parts[0].bytes).unwrap();
    let how = |id: &str, part_bytes| Compaction {
        keep: Keep::All,
        options: WriteOptions { part_bytes, row_group_rows: 500, ..WriteOptions::default() },
        ..compaction(id)
    };
    let left = lake.lake.compact("issues", &how("compact-1", part)).await.unwrap();
    assert_eq!(left.before, left.after);
    let joined = lake.lake.compact("issues", &how("compact-2", part * 3)).await.unwrap();
    // A part ends with the batch that makes it large enough.
    assert!((2..=4).contains(&joined.after.parts), "{joined:?}");
    let sizes = lake.visible("issues").iter().map(|part| lake.file_size(part)).max();
    assert!(sizes.is_some_and(|most| most < part as u64 * 5), "{sizes:?}");
    assert_eq!(lake.keys("issues"), keys(0..8_000));
    lake.assert_nothing_left_over();
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let lake = TestLake::with_history(&[
        on(1, vec![change(1, 1, Some(1))]),
        on(1, vec![change(1, 2, Some(2))]),
    ])
    .await;
    let files = lake.files("");
    let how = Compaction { dry_run: true, ..compaction("compact-1") };
    let forecast = lake.lake.compact("issues", &how).await.unwrap();
    assert_eq!((forecast.after.parts, forecast.after.rows), (1, 1));
    assert_eq!(lake.files(""), files);
}

#[tokio::test]
async fn a_part_that_does_not_read_is_named_and_nothing_changes() {
    let lake = TestLake::with_history(&[
        on(1, vec![change(1, 1, Some(1))]),
        on(1, vec![change(1, 2, Some(2))]),
    ])
    .await;
    let part = lake.visible("issues")[1].clone();
    let size = lake.file_size(&part);
    std::fs::write(lake.path(&part), vec![b'x'; usize::try_from(size).unwrap()]).unwrap();
    let error = lake.compact("compact-1").await.unwrap_err().to_string();
    assert!(error.contains("run-1-0000.parquet does not read as the Parquet"), "{error}");
    std::fs::remove_file(lake.path(&part)).unwrap();
    let error = lake.compact("compact-1").await.unwrap_err();
    assert!(error.to_string().contains("could not read"), "{error}");
    assert_eq!(lake.visible("issues").len(), 1);
}
