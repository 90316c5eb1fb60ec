//! Partitions: each row is in the folder that its values name, once, however the batches come.

use super::PLACE;
use crate::lake::testing::*;
use crate::lake::*;
use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit, TimestampMicrosecondType};
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row: its number, `place.key` (whose struct may be null itself) and `place.at` in seconds.
type Row = (i64, Option<Option<String>>, Option<i64>);

fn place() -> arrow::datatypes::Fields {
    vec![
        Field::new("key", DataType::Utf8, true),
        Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
    ]
    .into()
}

fn columns() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("n", DataType::Int64, false),
        Field::new("place", DataType::Struct(place()), true),
        Field::new("many", DataType::new_list(DataType::Utf8, true), true),
    ]))
}

fn batch(rows: &[Row]) -> RecordBatch {
    let keys = rows.iter().map(|(_, key, _)| key.clone().unwrap_or(Some("ghost".to_owned())));
    let times = rows.iter().map(|(_, _, at)| at.map(|at| at * 1_000_000));
    let times: TimestampMicrosecondArray = times.collect();
    let children: Vec<ArrayRef> =
        vec![Arc::new(keys.collect::<StringArray>()), Arc::new(times.with_timezone("UTC"))];
    let nulls = rows.iter().map(|(_, key, _)| key.is_some()).collect::<NullBuffer>();
    let many = arrow::array::new_null_array(columns().field(2).data_type(), rows.len());
    RecordBatch::try_new(
        columns(),
        vec![
            Arc::new(rows.iter().map(|(n, ..)| *n).collect::<Int64Array>()),
            Arc::new(StructArray::new(place(), children, Some(nulls))),
            many,
        ],
    )
    .unwrap()
}

fn key(column: &str) -> PartitionKey {
    PartitionKey { column: column.to_owned(), unit: None }
}

fn part_of(unit: PartitionUnit, column: &str) -> PartitionKey {
    PartitionKey { column: column.to_owned(), unit: Some(unit) }
}

fn resolve(by_date: bool, keys: &[PartitionKey]) -> Result<Partitioning, LakeError> {
    Partitioning::resolve("issues", &columns(), by_date, keys, false)
}

async fn write(
    lake: &TestLake,
    run: &RunIdentity,
    batches: &[RecordBatch],
    options: &WriteOptions,
) -> Committed {
    let mut writer = lake.lake.part_writer("issues", columns(), run, options).unwrap();
    for batch in batches {
        writer.write(batch).await.unwrap();
    }
    let staged = writer.finish().await.unwrap();
    lake.lake.commit(staged, CommitMode::ReplaceDate, None).await.unwrap()
}

fn by(keys: &[PartitionKey]) -> WriteOptions {
    WriteOptions { partitioning: resolve(true, keys).unwrap(), ..WriteOptions::default() }
}

/// The values in a path, as a reader takes them out of it; none for a null.
fn values(path: &str) -> BTreeMap<String, Option<String>> {
    let levels = path.split('/').filter_map(|level| level.split_once('='));
    let value = |value: &str| (value != "__HIVE_DEFAULT_PARTITION__").then(|| unescape(value));
    levels.map(|(name, text)| (name.to_owned(), value(text))).collect()
}

fn unescape(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut value = pieces.next().unwrap().to_owned();
    for piece in pieces {
        value.push(char::from(u8::from_str_radix(&piece[..2], 16).unwrap()));
        value.push_str(&piece[2..]);
    }
    value
}

/// Each row of a part, with what its folder should say of it.
fn rows_in(lake: &TestLake, part: &str) -> Vec<(i64, BTreeMap<String, Option<String>>)> {
    let mut found = Vec::new();
    for batch in lake.reader(part).build().unwrap() {
        let batch = batch.unwrap();
        let place = batch.column(1).as_struct();
        let keys = place.column(0).as_string::<i32>();
        let times = place.column(1).as_primitive::<TimestampMicrosecondType>();
        for row in 0..batch.num_rows() {
            let is_there = place.is_valid(row);
            let text = (is_there && keys.is_valid(row)).then(|| keys.value(row).to_owned());
            let at = (is_there && times.is_valid(row)).then(|| {
                let at = jiff::Timestamp::from_microsecond(times.value(row)).unwrap();
                jiff::tz::TimeZone::UTC.to_datetime(at).date()
            });
            let expected = [
                ("extract_date", Some("2026-11-23".to_owned())),
                ("place_key", text.filter(|text| !text.is_empty())),
                ("at_year", at.map(|at| at.year().to_string())),
                ("at_day", at.map(|at| format!("{:02}", at.day()))),
            ];
            let expected = expected.map(|(name, value)| (name.to_owned(), value));
            let n = batch.column(0).as_primitive::<Int64Type>().value(row);
            found.push((n, expected.into_iter().collect()));
        }
    }
    found
}

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("ENG".to_owned()),
        Just("__HIVE".to_owned()),
        "[A-C]",
        "[a-c /=%é#?:\\\\\"'\\[\\]{}^*.\t]{0,6}",
        "\\PC{0,8}",
    ]
}

fn some_rows() -> impl Strategy<Value = Vec<Vec<Row>>> {
    let row = (
        any::<Option<bool>>(),
        some_text(),
        proptest::option::of(-90_000_000_000_i64..90_000_000_000),
    );
    let batches = proptest::collection::vec(proptest::collection::vec(row, 0..20), 0..6);
    batches.prop_map(|batches| {
        let mut numbers = 0..;
        let mut row = |(kind, text, at): (Option<bool>, String, Option<i64>)| {
            (numbers.next().unwrap(), kind.map(|has_key| has_key.then_some(text)), at)
        };
        batches.into_iter().map(|rows| rows.into_iter().map(&mut row).collect()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_row_lands_once_in_the_folder_that_its_values_name(
        batches in some_rows(), open_parts in 1_usize..5, small in any::<bool>(), deep in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let lake = TestLake::at(PLACE).await;
            let mut keys = vec![key("place.key")];
            if deep {
                keys.push(part_of(PartitionUnit::Year, "place.at"));
                keys.push(part_of(PartitionUnit::Day, "place.at"));
            }
            let part_bytes = if small { 1 } else { usize::MAX };
            let options = WriteOptions { open_parts, part_bytes, ..by(&keys) };
            let batches: Vec<_> = batches.iter().map(|rows| batch(rows)).collect();
            let committed = write(&lake, &run("r"), &batches, &options).await;

            let written: usize = batches.iter().map(RecordBatch::num_rows).sum();
            let mut seen = Vec::new();
            for part in &committed.parts {
                let named = values(&part.path);
                assert_eq!(named.len(), if deep { 4 } else { 2 }, "{}", part.path);
                let rows = rows_in(&lake, &part.path);
                assert_eq!(rows.len() as u64, part.rows);
                for (n, expected) in rows {
                    for (name, value) in &named {
                        assert_eq!(value, &expected[name], "{name} of row {n} in {}", part.path);
                    }
                    seen.push(n);
                }
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..i64::try_from(written).unwrap()).collect::<Vec<_>>());
            let mut listed: Vec<_> = committed.parts.iter().map(|part| part.path.clone()).collect();
            listed.sort();
            assert_eq!(lake.visible("issues"), listed);
            assert_eq!(lake.lake.visible_parts("issues").await.unwrap(), listed);
            assert!(lake.files("_jira_feeds/staging").is_empty());
        });
    }
}

#[tokio::test]
async fn a_feed_without_rows_has_a_part_at_the_depth_of_all_others() {
    let lake = TestLake::at(PLACE).await;
    write(&lake, &run("r"), &[], &by(&[key("place.key")])).await;
    let folder = "issues/extract_date=2026-11-23/place_key=__HIVE_DEFAULT_PARTITION__";
    assert_eq!(lake.visible("issues"), [format!("{folder}/r-0000.parquet")]);
}

#[tokio::test]
async fn a_run_of_the_date_replaces_all_its_folders_and_leaves_none_empty() {
    let lake = TestLake::at(PLACE).await;
    let rows = |keys: &[&str]| -> Vec<Row> {
        (0..).zip(keys).map(|(n, key)| (n, Some(Some((*key).to_owned())), Some(0))).collect()
    };
    let options = by(&[key("place.key"), part_of(PartitionUnit::Year, "place.at")]);
    let earlier = run_on("r0", date(2026, 11, 22));
    write(&lake, &earlier, &[batch(&rows(&["A"]))], &options).await;
    write(&lake, &run("r1"), &[batch(&rows(&["A", "B"]))], &options).await;
    write(&lake, &run("r2"), &[batch(&rows(&["B", "C"]))], &options).await;
    let day = "issues/extract_date=2026-11-23";
    let found = ["B", "C"].map(|key| format!("{day}/place_key={key}/at_year=1970"));
    let mut parts =
        vec!["issues/extract_date=2026-11-22/place_key=A/at_year=1970/r0-0000.parquet".to_owned()];
    parts
        .extend((0..).zip(&found).map(|(index, folder)| format!("{folder}/r2-{index:04}.parquet")));
    assert_eq!(lake.visible("issues"), parts);
    assert!(!lake.exists(&format!("{day}/place_key=A")));
}

#[tokio::test]
async fn without_the_date_a_run_replaces_the_feed_and_no_other() {
    let lake = TestLake::at(PLACE).await;
    lake.put("users", &run("r0"), &[rows(0..1)]).await.unwrap();
    let undated = |keys: &[PartitionKey]| WriteOptions {
        partitioning: resolve(false, keys).unwrap(),
        ..WriteOptions::default()
    };
    let one = batch(&[(1, Some(Some("A".to_owned())), None)]);
    write(&lake, &run("dated"), std::slice::from_ref(&one), &by(&[])).await;
    write(&lake, &run("r1"), std::slice::from_ref(&one), &undated(&[key("place.key")])).await;
    assert_eq!(lake.visible("issues"), ["issues/place_key=A/r1-0000.parquet"]);
    write(&lake, &run_on("r2", date(2026, 11, 24)), &[one], &undated(&[])).await;
    assert_eq!(lake.visible("issues"), ["issues/r2-0000.parquet"]);
    for gone in ["dated", "r1"] {
        let manifest = lake.lake.manifest("issues", &RunId::parse(gone).unwrap()).await.unwrap();
        assert_eq!(manifest, None, "{gone}");
    }
    assert_eq!(lake.visible("users").len(), 1);
}

#[tokio::test]
async fn what_the_same_run_adds_has_numbers_of_its_own_in_whatever_folder() {
    let lake = TestLake::at(PLACE).await;
    let options = by(&[key("place.key")]);
    let rows = |n: i64, key: &str| batch(&[(n, Some(Some(key.to_owned())), None)]);
    let first = write(&lake, &run("r"), &[rows(0, "A"), rows(1, "B")], &options).await;
    let writer = lake.lake.part_writer("issues", columns(), &run("r"), &options).unwrap();
    let mut writer = writer.after(&first.parts);
    for batch in [rows(2, "C"), rows(3, "A")] {
        writer.write(&batch).await.unwrap();
    }
    let staged = writer.finish().await.unwrap();
    lake.lake.commit(staged, CommitMode::Extend, None).await.unwrap();
    let day = "issues/extract_date=2026-11-23";
    let parts = [("A", 0), ("A", 3), ("B", 1), ("C", 2)]
        .map(|(key, number)| format!("{day}/place_key={key}/r-{number:04}.parquet"));
    assert_eq!(lake.visible("issues"), parts);
    assert_eq!(rows_in(&lake, &parts[1])[0].0, 3);
    assert_eq!(rows_in(&lake, &parts[3])[0].0, 2);
}

#[tokio::test]
async fn compaction_leaves_every_row_in_its_folder_whatever_rows_are_partitioned_by_now() {
    let lake = TestLake::at(PLACE).await;
    let options = by(&[key("place.key"), part_of(PartitionUnit::Year, "place.at")]);
    let keys = ["A", "B", "A/B", "", "A"];
    for id in ["r1", "r2", "r3"] {
        let rows =
            |(n, key): (i64, &&str)| (n, Some(Some((*key).to_owned())), Some(n % 2 * 40_000_000));
        let rows: Vec<Row> = (0..).zip(&keys).map(rows).collect();
        let mut writer = lake.lake.part_writer("issues", columns(), &run(id), &options).unwrap();
        writer.write(&batch(&rows)).await.unwrap();
        let staged = writer.finish().await.unwrap();
        lake.lake.commit(staged, CommitMode::Append, None).await.unwrap();
    }
    let before = lake.visible("issues");
    let folders = |parts: &[String]| -> Vec<String> {
        parts.iter().map(|part| part.rsplit_once('/').unwrap().0.to_owned()).collect()
    };
    let mut expected = folders(&before);
    expected.dedup();
    assert_eq!((before.len(), expected.len()), (12, 4));
    let how = Compaction {
        run: run_on("joined", date(2026, 11, 30)),
        keep: Keep::All,
        // As if the config had changed since.
        options: by(&[part_of(PartitionUnit::Day, "place.at")]),
        dry_run: false,
    };
    lake.lake.compact("issues", &how).await.unwrap();
    let after = lake.visible("issues");
    assert_eq!(folders(&after), expected);
    let mut rows = 0;
    for part in &after {
        for (n, named) in rows_in(&lake, part) {
            for (name, value) in values(part) {
                assert_eq!(value, named[&name], "{name} of row {n} in {part}");
            }
            rows += 1;
        }
    }
    assert_eq!(rows, 15);
}

#[tokio::test]
async fn open_parts_and_their_memory_are_bounded_together() {
    const MIB: usize = 1024 * 1024;
    let lake = TestLake::at(PLACE).await;
    let options = WriteOptions { open_parts: 8, open_bytes: 2 * MIB, ..by(&[key("place.key")]) };
    let mut writer = lake.lake.part_writer("issues", columns(), &run("r"), &options).unwrap();
    let mut most = 0;
    for round in 0..40_i64 {
        // Runs of keys come and go, as projects do; their texts are long and ever different.
        let row = |n: i64| -> Row {
            let number = round * 4000 + n;
            let text = format!("{}{}", (round / 4 + n % 6) % 12, "x".repeat(120));
            (number, Some(Some(text)), Some(number * 7919 % 1_000_003))
        };
        writer.write(&batch(&(0..4000).map(row).collect::<Vec<_>>())).await.unwrap();
        most = most.max(writer.memory_size());
    }
    assert!(most <= 2 * MIB, "{most} bytes");
    let staged = writer.finish().await.unwrap();
    assert_eq!(staged.rows(), 160_000);
}

#[tokio::test]
async fn a_folder_for_which_there_is_no_room_gets_another_part_later() {
    for (open_parts, parts) in [(2, 9), (3, 3)] {
        let lake = TestLake::at(PLACE).await;
        let options = WriteOptions { open_parts, ..by(&[key("place.key")]) };
        let mut writer = lake.lake.part_writer("issues", columns(), &run("r"), &options).unwrap();
        for n in 0..9 {
            let row = (n, Some(Some(format!("folder {}", n % 3))), None);
            writer.write(&batch(&[row])).await.unwrap();
        }
        assert_eq!(writer.finish().await.unwrap().parts.len(), parts, "{open_parts} at once");
    }
}

#[test]
fn what_a_feed_cannot_be_partitioned_by_is_refused_with_its_reason() {
    use PartitionUnit::Year;
    for (keys, reason) in [
        (vec![key("nothing")], "no such column"),
        (vec![key("place.nothing")], "no such column"),
        (vec![key("place")], "more than one value"),
        (vec![key("many")], "more than one value"),
        (vec![part_of(Year, "place.key")], "neither a timestamp nor a date"),
        (vec![key("place.key"), key("place.key")], "`place_key`, as a column or another key is"),
    ] {
        let error = resolve(true, &keys).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains("feed.issues.partition_by"), "{error}");
    }
    // Where it is only the general rule, a feed does without what it lacks.
    let general = [key("nothing"), key("place.key")];
    let resolved = Partitioning::resolve("issues", &columns(), true, &general, true).unwrap();
    assert_eq!(resolved, resolve(true, &[key("place.key")]).unwrap());
}

#[test]
fn a_folder_is_never_called_as_a_column_is() {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let inner = DataType::Struct(vec![text("key"), text("a.b")].into());
    let schema = Schema::new(vec![
        text("projectId"),
        text("Project_KEY"),
        Field::new("project", inner.clone(), true),
        Field::new("team", inner, true),
    ]);
    let refused = |column: &str| {
        Partitioning::resolve("f", &schema, true, &[key(column)], false).map(|p| p.without_rows())
    };
    assert_eq!(refused("projectId").unwrap(), "by_projectId=__HIVE_DEFAULT_PARTITION__");
    assert_eq!(refused("team.a.b").unwrap(), "team_a.b=__HIVE_DEFAULT_PARTITION__");
    assert!(refused("project.key").unwrap_err().to_string().contains("`project_key`"));
    // Also where it is only the general rule: a reader would take one for the other.
    Partitioning::resolve("f", &schema, true, &[key("project.key")], true).unwrap_err();
}

#[tokio::test]
async fn a_value_that_makes_no_folder_fails_the_feed_and_leaves_nothing() {
    let lake = TestLake::at(PLACE).await;
    let options = by(&[key("place.key")]);
    let mut writer = lake.lake.part_writer("issues", columns(), &run("r"), &options).unwrap();
    writer.write(&batch(&[(0, Some(Some("A".to_owned())), None)])).await.unwrap();
    let error = writer.write(&batch(&[(1, Some(Some("é".repeat(130))), None)])).await.unwrap_err();
    assert!(error.to_string().contains("too long for the name of a folder"), "{error}");
    drop(writer);
    assert!(lake.files("").iter().all(|file| !file.contains("parquet")), "{:?}", lake.files(""));
}
