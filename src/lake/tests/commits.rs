//! Commits: what they replace, what they leave alone, what they write down.

use super::PLACE;
use crate::lake::testing::*;
use crate::lake::*;
use jiff::civil::date;

const REPLACE: CommitMode = CommitMode::ReplaceDate;

async fn manifest(lake: &TestLake, id: &str) -> Option<Manifest> {
    lake.lake.manifest("issues", &RunId::parse(id).unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_commit_writes_down_what_it_has_done_and_clears_up() {
    let lake = TestLake::at(PLACE).await;
    let committed = lake.put_parts(&run("r:1"), &[rows(0..3), rows(3..5)], REPLACE).await.unwrap();
    assert_eq!(
        lake.files(""),
        [
            "_jira_feeds/manifests/issues/r-x3a-1.json",
            "issues/extract_date=2026-11-23/r-x3a-1-0000.parquet",
            "issues/extract_date=2026-11-23/r-x3a-1-0001.parquet",
        ]
    );
    assert!(!lake.exists("_jira_feeds/staging"));

    let manifest = manifest(&lake, "r:1").await.unwrap();
    assert_eq!((manifest.feed.as_str(), manifest.run_id.as_str()), ("issues", "r:1"));
    assert_eq!((manifest.extract_date.as_str(), manifest.mode), ("2026-11-23", REPLACE));
    assert_eq!((manifest.rows, manifest.bytes), (5, committed.bytes));
    assert_eq!(manifest.schema_fingerprint, fingerprint(&schema()));
    assert!(manifest.committed_at.parse::<jiff::Timestamp>().is_ok());
    assert_eq!(manifest.parts, committed.parts);
    assert_eq!(lake.lake.visible_parts("issues").await.unwrap(), lake.visible("issues"));
}

#[tokio::test]
async fn the_manifest_on_disk_has_the_documented_keys() {
    let lake = TestLake::at(PLACE).await;
    lake.put("issues", &run("r1"), &[rows(0..3)]).await.unwrap();
    let text =
        String::from_utf8(lake.read_file("_jira_feeds/manifests/issues/r1.json").to_vec()).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["mode"], "replace_date");
    assert_eq!(json["parts"][0]["path"], "issues/extract_date=2026-11-23/r1-0000.parquet");
    assert_eq!(json["parts"][0]["row_groups"], 1);
    let id = &json["parts"][0]["columns"]["id"];
    assert_eq!((&id["null_count"], &id["min"]), (&0.into(), &key(0).into()));
}

#[tokio::test]
async fn the_same_run_again_replaces_its_own_parts_also_with_fewer() {
    let lake = TestLake::at(PLACE).await;
    lake.put_parts(&run("r1"), &[rows(0..3), rows(3..5), rows(5..6)], REPLACE).await.unwrap();
    lake.put_parts(&run("r1"), &[rows(10..12)], REPLACE).await.unwrap();
    assert_eq!(lake.visible("issues"), ["issues/extract_date=2026-11-23/r1-0000.parquet"]);
    assert_eq!(lake.keys("issues"), keys(10..12));
    assert_eq!(manifest(&lake, "r1").await.unwrap().parts.len(), 1);
}

#[tokio::test]
async fn the_same_run_again_with_another_date_takes_its_parts_along() {
    let lake = TestLake::at(PLACE).await;
    lake.put_parts(&run("r1"), &[rows(0..3)], REPLACE).await.unwrap();
    lake.put_parts(&run_on("r1", date(2026, 11, 24)), &[rows(0..4)], REPLACE).await.unwrap();
    assert_eq!(lake.visible("issues"), ["issues/extract_date=2026-11-24/r1-0000.parquet"]);
    assert!(!lake.exists("issues/extract_date=2026-11-23"));
}

#[tokio::test]
async fn another_run_replaces_the_date_and_no_other_date_and_no_other_feed() {
    let lake = TestLake::at(PLACE).await;
    lake.put("issues", &run_on("yesterday", date(2026, 11, 22)), &[rows(0..2)]).await.unwrap();
    // The same digits at the start: a prefix by characters would take it along.
    lake.put("issues2", &run("r1"), &[rows(0..1)]).await.unwrap();
    lake.put_parts(&run("r1"), &[rows(10..13), rows(13..15)], REPLACE).await.unwrap();
    lake.write_file("issues/extract_date=2026-11-23/foreign.parquet", "x");
    lake.write_file("issues/extract_date=2026-11-23/notes.txt", "x");

    lake.put("issues", &run("r2"), &[rows(20..22)]).await.unwrap();
    assert_eq!(
        lake.visible("issues"),
        [
            "issues/extract_date=2026-11-22/yesterday-0000.parquet",
            "issues/extract_date=2026-11-23/notes.txt",
            "issues/extract_date=2026-11-23/r2-0000.parquet",
        ]
    );
    assert!(manifest(&lake, "r1").await.is_none(), "it lists nothing any more");
    assert!(manifest(&lake, "yesterday").await.is_some());
    assert_eq!(lake.visible("issues2").len(), 1);
}

#[tokio::test]
async fn appending_keeps_what_other_runs_have_written() {
    let lake = TestLake::at(PLACE).await;
    let append = CommitMode::Append;
    lake.put_parts(&run("r1"), &[rows(0..2), rows(2..4)], append).await.unwrap();
    lake.put_parts(&run("r1-0000"), &[rows(4..6)], append).await.unwrap();
    lake.put_parts(&run("r1"), &[rows(0..3)], append).await.unwrap();
    let mut expected = keys(0..3);
    expected.extend(keys(4..6));
    assert_eq!(lake.keys("issues"), expected);
    assert_eq!(manifest(&lake, "r1-0000").await.unwrap().parts.len(), 1);
}

#[tokio::test]
async fn leftovers_of_a_killed_run_are_cleared_also_those_that_no_store_lists() {
    let lake = TestLake::at(PLACE).await;
    let staged =
        lake.stage("issues", &run("r1"), &[rows(0..2)], &WriteOptions::default()).await.unwrap();
    std::mem::forget(staged);
    lake.write_file("_jira_feeds/staging/r1/issues/0001.parquet#1", "half");
    lake.lake.discard_staging(&run("other").run_id).await.unwrap();
    assert_eq!(lake.files("").len(), 2);
    lake.lake.discard_staging(&run("r1").run_id).await.unwrap();
    assert!(lake.files("").is_empty());
}

#[tokio::test]
async fn a_report_is_kept_and_a_later_one_takes_its_place() {
    let lake = TestLake::at(PLACE).await;
    let id = RunId::parse("r1").unwrap();
    for outcome in ["failed", "complete"] {
        let report = serde_json::json!({ "run_id": "r1", "outcome": outcome });
        lake.lake.write_report(&id, &report).await.unwrap();
    }
    let text = String::from_utf8(lake.read_file("_jira_feeds/runs/r1.json").to_vec()).unwrap();
    assert!(text.contains("complete") && text.ends_with('\n'), "{text}");
}

#[tokio::test]
async fn a_manifest_that_does_not_read_is_named() {
    let lake = TestLake::at(PLACE).await;
    lake.put("issues", &run("r1"), &[rows(0..2)]).await.unwrap();
    lake.write_file("_jira_feeds/manifests/issues/r1.json", "{");
    let error = lake.put("issues", &run("r1"), &[rows(0..2)]).await.unwrap_err().to_string();
    assert!(error.contains("_jira_feeds/manifests/issues/r1.json does not read"), "{error}");
    assert_eq!(lake.keys("issues"), keys(0..2));
}
