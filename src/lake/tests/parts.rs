//! Parts: what is in them, how they are cut, and that giving up leaves nothing.

use super::PLACE;
use crate::lake::testing::*;
use crate::lake::*;
use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use std::sync::Arc;

fn tiny() -> WriteOptions {
    WriteOptions { row_group_rows: 10, ..WriteOptions::default() }
}

#[tokio::test]
async fn rows_come_back_as_they_were_written() {
    let lake = TestLake::at(PLACE).await;
    let committed = lake.put("issues", &run("r1"), &[rows(0..3), rows(3..5)]).await.unwrap();
    assert_eq!(committed.rows, 5);
    assert_eq!(lake.visible("issues"), ["issues/extract_date=2026-11-23/r1-0000.parquet"]);
    assert_eq!(committed.bytes, lake.file_size(&committed.parts[0].path));

    let mut reader = lake.reader(&committed.parts[0].path).build().unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), rows(0..5));
}

#[tokio::test]
async fn facts_about_columns_travel_also_those_of_nested_ones() {
    let lake = TestLake::at(PLACE).await;
    let committed = lake.put("issues", &run("r1"), &[rows(0..1)]).await.unwrap();
    let read = lake.reader(&committed.parts[0].path).schema().clone();
    assert_eq!(read.field_with_name("points").unwrap().metadata()["jira.name"], "Story Points");
    let DataType::Struct(inner) = read.field_with_name("option").unwrap().data_type() else {
        panic!()
    };
    assert_eq!(inner[0].metadata()["jira.name"], "nested");
    assert_eq!(read.fields(), schema().fields());
}

fn fact<'a>(metadata: &'a ParquetMetaData, key: &str) -> Option<&'a str> {
    let facts = metadata.file_metadata().key_value_metadata()?;
    facts.iter().find(|fact| fact.key == key)?.value.as_deref()
}

#[tokio::test]
async fn a_part_says_who_wrote_it_and_is_encoded_as_promised() {
    let lake = TestLake::at(PLACE).await;
    let options =
        WriteOptions { site: Some("https://acme.example".to_owned()), ..WriteOptions::default() };
    let run = run("scheduled__2026-11-23T00:00:00+00:00");
    let staged = lake.stage("issues", &run, &[rows(0..50)], &options).await.unwrap();
    let committed = lake.lake.commit(staged, CommitMode::ReplaceDate, None).await.unwrap();

    let path = &committed.parts[0].path;
    assert!(
        path.ends_with("/scheduled__2026-11-23T00-x3a-00-x3a-00-x2b-00-x3a-00-0000.parquet"),
        "{path}"
    );
    let metadata = lake.reader(path).metadata().clone();
    assert!(metadata.file_metadata().created_by().unwrap().starts_with("jira-feeds version "));
    assert_eq!(fact(&metadata, "jira_feeds.feed"), Some("issues"));
    assert_eq!(fact(&metadata, "jira_feeds.run_id"), Some("scheduled__2026-11-23T00:00:00+00:00"));
    assert_eq!(fact(&metadata, "jira_feeds.site"), Some("https://acme.example"));
    for column in metadata.row_group(0).columns() {
        assert!(matches!(column.compression(), Compression::ZSTD(_)));
        let dictionary = column.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY);
        assert_eq!(dictionary, column.column_path().string() != "_raw", "{}", column.column_path());
    }
}

#[tokio::test]
async fn a_feed_without_records_has_a_part_with_its_columns() {
    let lake = TestLake::at(PLACE).await;
    for batches in [vec![], vec![rows(0..0)]] {
        let committed = lake.put("issues", &run("r1"), &batches).await.unwrap();
        assert_eq!((committed.rows, committed.parts.len()), (0, 1));
        let reader = lake.reader(&committed.parts[0].path);
        assert_eq!(reader.schema().fields(), schema().fields());
        assert_eq!(reader.build().unwrap().count(), 0);
    }
}

#[tokio::test]
async fn row_groups_end_by_rows() {
    let lake = TestLake::at(PLACE).await;
    let staged =
        lake.stage("issues", &run("r1"), &[rows(0..25), rows(25..30)], &tiny()).await.unwrap();
    let committed = lake.lake.commit(staged, CommitMode::ReplaceDate, None).await.unwrap();
    let groups = lake.reader(&committed.parts[0].path).metadata().clone();
    let sizes: Vec<i64> = groups.row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(sizes, [10, 10, 10]);
    assert_eq!(committed.parts[0].row_groups, 3);
}

#[tokio::test]
async fn row_groups_and_parts_end_by_bytes_and_memory_stays_flat() {
    const LIMIT: usize = 64 * 1024;
    let lake = TestLake::at(PLACE).await;
    let options =
        WriteOptions { row_group_bytes: LIMIT, part_bytes: 4 * LIMIT, ..WriteOptions::default() };
    let mut writer = lake.lake.part_writer("issues", schema(), &run("r1"), &options).unwrap();
    let mut highest = 0;
    // One large batch: it is cut before it is encoded.
    writer.write(&rows(0..20_000)).await.unwrap();
    for start in (20_000..60_000).step_by(500) {
        writer.write(&rows(start..start + 500)).await.unwrap();
        highest = highest.max(writer.memory_size());
    }
    assert!(highest < 16 * LIMIT, "the writer held {highest} bytes");
    let committed = lake
        .lake
        .commit(writer.finish().await.unwrap(), CommitMode::ReplaceDate, None)
        .await
        .unwrap();

    assert!(committed.parts.len() > 2, "{} parts", committed.parts.len());
    for part in &committed.parts {
        assert!(part.bytes < 6 * LIMIT as u64, "{} bytes in a part", part.bytes);
        assert!(part.row_groups > 1);
        assert_eq!(part.bytes, lake.file_size(&part.path));
    }
    assert_eq!(committed.parts[2].path, "issues/extract_date=2026-11-23/r1-0002.parquet");
    assert_eq!(lake.keys("issues"), keys(0..60_000));
}

#[tokio::test]
async fn row_groups_end_by_memory_even_if_they_are_small() {
    let lake = TestLake::at(PLACE).await;
    let options = WriteOptions { memory_bytes: 1, ..WriteOptions::default() };
    let staged =
        lake.stage("issues", &run("r1"), &[rows(0..2), rows(2..4)], &options).await.unwrap();
    assert_eq!(staged.parts[0].row_groups, 2);
}

#[tokio::test]
async fn nothing_is_visible_before_the_commit_and_discarding_leaves_nothing() {
    let lake = TestLake::at(PLACE).await;
    let staged = lake.stage("issues", &run("r1"), &[rows(0..5)], &tiny()).await.unwrap();
    assert!(lake.visible("issues").is_empty());
    assert_eq!(lake.files("_jira_feeds"), ["_jira_feeds/staging/r1/issues/0000.parquet"]);
    assert_eq!(
        (staged.rows(), staged.bytes()),
        (5, lake.file_size("_jira_feeds/staging/r1/issues/0000.parquet"))
    );
    lake.lake.discard(staged).await.unwrap();
    assert!(lake.files("").is_empty());
}

#[tokio::test]
async fn abort_leaves_nothing_also_in_the_middle_of_a_large_part() {
    let lake = TestLake::at(PLACE).await;
    let options = WriteOptions { row_group_bytes: 32 * 1024, part_bytes: 400 * 1024, ..tiny() };
    let mut writer = lake.lake.part_writer("issues", schema(), &run("r1"), &options).unwrap();
    let mut next = 0;
    // Until one part is finished and pieces of another one are on their way, which only a folder shows:
    // elsewhere the second part is as long as the first was when it had some.
    let half_written = |next: i64, files: Vec<String>| match PLACE {
        Place::Folder => files.iter().any(|file| file.contains("0001.parquet#")),
        Place::Objects => next > 20_000 && files.iter().any(|file| file.ends_with("0000.parquet")),
    };
    while !half_written(next, lake.files("")) {
        writer.write(&rows(next..next + 500)).await.unwrap();
        next += 500;
    }
    writer.abort().await;
    assert!(lake.files("").is_empty(), "{:?}", lake.files(""));
}

#[tokio::test]
async fn a_batch_of_another_schema_is_refused_and_the_writer_gives_up() {
    let lake = TestLake::at(PLACE).await;
    let other = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    let mut writer = lake.lake.part_writer("issues", other, &run("r1"), &tiny()).unwrap();
    let error = writer.write(&rows(0..1)).await.unwrap_err().to_string();
    assert!(error.contains("5 columns instead of 1") || error.contains("\"id\""), "{error}");
    assert!(matches!(writer.finish().await, Err(LakeError::Abandoned { .. })));
    assert!(lake.files("").is_empty());
}

#[tokio::test]
async fn a_full_disk_is_called_by_its_name_and_leaves_nothing_visible() {
    let lake = TestLake::at(PLACE).await;
    lake.put("issues", &run("old"), &[rows(0..3)]).await.unwrap();
    lake.cut_power_after(0);
    let error = lake.put("issues", &run("new"), &[rows(5..9)]).await.unwrap_err();
    assert_eq!(error.fault(), Some(StorageFault::DiskFull), "{error}");
    assert!(error.to_string().contains("free some space"), "{error}");
    assert_eq!(lake.keys("issues"), keys(0..3));
}

#[tokio::test]
async fn a_writer_works_on_a_blocking_thread() {
    let lake = TestLake::at(PLACE).await;
    let mut writer = lake.lake.part_writer("issues", schema(), &run("r1"), &tiny()).unwrap();
    let handle = tokio::runtime::Handle::current();
    let staged = tokio::task::spawn_blocking(move || {
        handle.block_on(async move {
            writer.write(&rows(0..2_000)).await?;
            writer.finish().await
        })
    });
    lake.lake.commit(staged.await.unwrap().unwrap(), CommitMode::ReplaceDate, None).await.unwrap();
    assert_eq!(lake.keys("issues"), keys(0..2_000));
}

#[tokio::test]
async fn feed_names_and_levels_that_cannot_be_are_refused() {
    let lake = TestLake::at(PLACE).await;
    let refused =
        |feed: &str, options| lake.lake.part_writer(feed, schema(), &run("r1"), &options).is_err();
    assert!(refused("../issues", tiny()));
    assert!(refused("issues", WriteOptions { zstd_level: 99, ..tiny() }));
}

#[tokio::test]
async fn statistics_are_those_of_the_values() {
    let lake = TestLake::at(PLACE).await;
    let staged = lake.stage("issues", &run("r1"), &[rows(0..35)], &tiny()).await.unwrap();
    let columns = &staged.parts[0].columns;
    let points = rows(0..35).column(1).as_primitive::<Int64Type>().clone();
    assert_eq!(
        columns["points"].null_count,
        Some(points.iter().filter(Option::is_none).count() as u64)
    );
    assert_eq!(columns["points"].max, Some(34.into()));
    assert_eq!(columns["id"].min, Some(key(0).into()));
    assert_eq!(columns["id"].max, Some(key(34).into()));
    assert_eq!(columns["updated"].max, Some("1970-01-01T00:00:34Z".into()));
    assert!(!columns.contains_key("option"), "nested columns have none");
}
