//! `compact`: fewer files, the same rows; and of a feed that is read by its changes, the latest of each record.

use crate::support::Scene;
use arrow::array::{
    ArrayRef, BooleanArray, RecordBatch, StringArray, TimestampMicrosecondArray, new_null_array,
};
use jira_feeds::config::{ConfigSource, Mode, Overrides};
use jira_feeds::lake::{CommitMode, Lake, RunId, RunIdentity, WriteOptions};
use jira_feeds::run::{CompactRequest, Signal, Stop};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use std::fs::File;
use std::sync::Arc;

async fn run(scene: &Scene, id: &str, date: &str) {
    let feeds = ["board_issues", "labels", "--allow-denied"];
    scene.run(&[&feeds[..], &["--run-id", id, "--date", date]].concat()).await.exits_with(0);
}

fn sorted(mut rows: Vec<Value>) -> Vec<String> {
    let mut texts: Vec<_> = rows.drain(..).map(|row| row.to_string()).collect();
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_date_are_joined_and_every_row_stays() {
    let scene = Scene::with_issues(20).await;
    for id in ["first", "second", "third"] {
        run(&scene, id, "2026-11-01").await;
    }
    let lake = scene.lake();
    let (files, rows) = (lake.files(), sorted(lake.rows("_permissions")));
    assert_eq!(lake.parts("_permissions").len(), 3, "each run adds a part");

    let forecast = scene.command(&["compact", "--dry-run", "-o", "json"]).await.exits_with(0);
    assert_eq!(lake.files(), files);
    assert_eq!(forecast.report()["dry_run"], true);
    let ran = scene.command(&["compact", "--output", "json"]).await.exits_with(0);
    let permissions = ran.feed("_permissions");
    assert_eq!(
        (&permissions["before"]["parts"], &permissions["after"]["parts"]),
        (&3.into(), &1.into())
    );
    assert_eq!(permissions["before"]["rows"], permissions["after"]["rows"]);
    assert_eq!(permissions["before"], forecast.feed("_permissions")["before"]);
    let bytes = std::fs::metadata(&lake.parts("_permissions")[0]).expect("a part").len();
    assert_eq!(permissions["after"]["bytes"], bytes);
    assert_eq!(ran.feed("labels")["before"], ran.feed("labels")["after"]);

    assert_eq!(sorted(lake.rows("_permissions")), rows);
    assert_eq!(lake.parts("_permissions").len(), 1);
    assert!(lake.files().iter().all(|file| !file.contains("staging")), "{:?}", lake.files());
    let files = lake.files();
    let text = scene.command(&["compact"]).await.exits_with(0).stdout;
    assert!(text.contains("0 of 3 feeds in") && text.contains("have changed"), "{text}");
    assert_eq!(lake.files(), files);
    assert!(scene.command(&["compact", "label"]).await.exits_with(2).stderr.contains("`labels`"));
}

/// A later row of the first record of a feed, as of one that has gone.
fn tombstone(first: &RecordBatch, key: &[&str], run: &str) -> RecordBatch {
    let schema = first.schema();
    let column = |(field, column): (&Arc<arrow::datatypes::Field>, &ArrayRef)| -> ArrayRef {
        match field.name().as_str() {
            "_deleted" => Arc::new(BooleanArray::from(vec![true])),
            "_run_id" => Arc::new(StringArray::from(vec![run])),
            "_extracted_at" => {
                Arc::new(TimestampMicrosecondArray::from(vec![i64::MAX]).with_timezone("UTC"))
            }
            name if name == "_site" || key.contains(&name) => column.slice(0, 1),
            _ => new_null_array(field.data_type(), 1),
        }
    };
    let columns = schema.fields().iter().zip(first.columns()).map(column).collect();
    RecordBatch::try_new(schema, columns).expect("a row")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_feed_that_is_read_by_its_changes_only_the_latest_rows_stay() {
    let scene = Scene::with_issues(20).await;
    run(&scene, "first", "2026-11-01").await;
    run(&scene, "second", "2026-11-02").await;
    let latest = &scene.lake().parts("board_issues")[1];
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(latest).expect("a part"));
    let mut reader = reader.expect("Parquet").build().expect("a reader");
    let first = reader.next().expect("a batch").expect("rows");
    let mut expected = sorted(rows_of_date(&scene, "2026-11-02"));
    let gone = expected.len() - 1;

    let url = scene.lake_path().to_str().expect("a path").to_owned();
    let lake = Lake::open(&url).await.expect("the lake");
    let identity = RunIdentity {
        run_id: RunId::parse("third").expect("an id"),
        date: "2026-11-03".parse().expect("a date"),
    };
    let batch = tombstone(&first, &["boardId", "id"], "third");
    let options = WriteOptions::default();
    let writer = lake.part_writer("board_issues", batch.schema(), &identity, &options);
    let mut writer = writer.expect("a writer");
    writer.write(&batch).await.expect("a row");
    let staged = writer.finish().await.expect("a part");
    lake.commit(staged, CommitMode::Append, None).await.expect("a commit");

    let source = ConfigSource {
        path: None,
        overrides: Overrides { destination: Some(url), ..Overrides::default() },
    };
    let mut settings = jira_feeds::config::load(&source).expect("settings").settings;
    settings.feed_options.get_mut("board_issues").expect("a feed").mode = Mode::Incremental;
    let request = CompactRequest { feeds: None, dry_run: false };
    let report = jira_feeds::run::compact(&settings, &request, &Stop::default()).await;
    let report = report.expect("a report");
    assert_eq!(report.exit_code, 0, "{report:#?}");
    let feed = report.feeds.iter().find(|feed| feed.feed == "board_issues").expect("the feed");
    assert_eq!((feed.mode, feed.after.rows, feed.after.parts), ("incremental", gone as u64, 1));

    let rows = scene.lake().rows("board_issues");
    let is_of_second = |row: &Value| row["_run_id"] == "second" && row["_deleted"] == false;
    assert!(rows.iter().all(is_of_second));
    let left = sorted(rows);
    expected.retain(|row| left.contains(row));
    assert_eq!((expected.len(), left.len()), (gone, gone));
    let parts = scene.lake().parts("board_issues");
    assert!(parts.iter().all(|part| part.to_string_lossy().contains("extract_date=2026-11-02")));
    assert_eq!(
        scene.lake().parts("labels").len(),
        2,
        "a feed that is read in full keeps its dates"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction_that_is_stopped_says_so_and_changes_nothing() {
    let scene = Scene::with_issues(1).await;
    for id in ["first", "second"] {
        run(&scene, id, "2026-11-01").await;
    }
    let files = scene.lake().files();
    let destination = scene.lake_path().to_str().map(str::to_owned);
    let overrides = Overrides { destination, ..Overrides::default() };
    let source = ConfigSource { path: None, overrides };
    let settings = jira_feeds::config::load(&source).expect("settings").settings;
    let stop = Stop::default();
    stop.by_signal(Signal::Terminate);
    let request = CompactRequest { feeds: None, dry_run: false };
    let report = jira_feeds::run::compact(&settings, &request, &stop).await.expect("a report");
    assert_eq!((report.exit_code, report.feeds.len()), (143, 0));
    assert_eq!(scene.lake().files(), files);
}

fn rows_of_date(scene: &Scene, date: &str) -> Vec<Value> {
    let parts = scene.lake().parts("board_issues");
    let of_date = parts.iter().filter(|part| part.to_string_lossy().contains(date));
    of_date.flat_map(|part| crate::support::rows_of(part)).collect()
}
