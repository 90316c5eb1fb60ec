//! Savepoints: whatever happens to a run after one, what it refers to is still there and can be gone on with.

use super::PLACE;
use crate::lake::testing::*;
use crate::lake::*;

/// All rows of the feed; a savepoint is made after each two.
const ROWS: i64 = 6;

fn writer(lake: &TestLake) -> PartWriter {
    let options = WriteOptions::default();
    lake.lake.part_writer("issues", schema(), &run("r1"), &options).unwrap()
}

/// Stages what is missing after `saved`, with savepoints, and commits.
async fn go_on(lake: &TestLake, saved: Vec<Part>) -> Result<Committed, LakeError> {
    let mut from = i64::try_from(saved.iter().map(|part| part.rows).sum::<u64>()).unwrap();
    let mut writer = writer(lake);
    writer.go_on_after(saved);
    while from < ROWS {
        writer.write(&rows(from..from + 2)).await?;
        from += 2;
        let parts = writer.save().await?;
        lake.lake.write_savepoint(&run("r1").run_id, "issues", &parts).await?;
    }
    let staged = writer.finish().await?;
    lake.lake.commit(staged, CommitMode::ReplaceDate, None).await
}

async fn saved(lake: &TestLake) -> Vec<Part> {
    lake.lake.savepoint(&run("r1").run_id, "issues").await.unwrap().unwrap_or_default()
}

#[tokio::test]
async fn a_run_goes_on_after_the_power_went_at_any_write() {
    let mut rows_saved = std::collections::BTreeSet::new();
    for changes in 0.. {
        let mut lake = TestLake::at(PLACE).await;
        lake.cut_power_after(changes);
        let committed = go_on(&lake, Vec::new()).await;
        if !lake.power_is_cut() {
            assert_eq!(committed.unwrap().rows, 6);
            break;
        }
        lake.reopen().await;
        let is_complete = !lake.lake.recover().await.unwrap().is_empty();
        lake.lake.clear_orphans(Some(&run("r1").run_id)).await.unwrap();
        let saved = saved(&lake).await;
        rows_saved.insert(saved.iter().map(|part| part.rows).sum::<u64>());
        if !is_complete && lake.visible("issues").is_empty() {
            let is_there = lake.lake.are_staged(&run("r1").run_id, "issues", &saved).await;
            assert!(is_there.unwrap(), "after {changes} changes");
            go_on(&lake, saved).await.unwrap();
        }
        assert_eq!(lake.keys("issues"), keys(0..6), "after {changes} changes");
        lake.lake.discard_staging(&run("r1").run_id).await.unwrap();
        assert!(lake.files("_jira_feeds/staging").is_empty());
    }
    assert_eq!(rows_saved.into_iter().collect::<Vec<_>>(), [0, 2, 4, 6], "each was met");
}

#[tokio::test]
async fn what_was_saved_outlives_a_writer_that_gives_up_and_a_feed_that_is_discarded() {
    for gives_up in [true, false] {
        let lake = TestLake::at(PLACE).await;
        let mut writer = writer(&lake);
        writer.write(&rows(0..2)).await.unwrap();
        let saved = writer.save().await.unwrap();
        writer.write(&rows(2..4)).await.unwrap();
        if gives_up {
            writer.abort().await;
        } else {
            lake.lake.discard(writer.finish().await.unwrap()).await.unwrap();
        }
        let run = run("r1").run_id;
        assert!(lake.lake.are_staged(&run, "issues", &saved).await.unwrap());
        go_on(&lake, saved).await.unwrap();
        assert_eq!(lake.keys("issues"), keys(0..6));
    }
}

#[tokio::test]
async fn of_killed_runs_only_what_is_gone_on_with_stays() {
    let lake = TestLake::at(PLACE).await;
    for id in ["r1", "r2"] {
        let staged = lake.stage("issues", &run(id), &[rows(0..2)], &WriteOptions::default()).await;
        drop(staged.unwrap());
    }
    lake.lake.clear_orphans(Some(&run("r1").run_id)).await.unwrap();
    assert_eq!(lake.files("_jira_feeds/staging"), ["_jira_feeds/staging/r1/issues/0000.parquet"]);
    lake.lake.clear_orphans(None).await.unwrap();
    assert!(lake.files("_jira_feeds/staging").is_empty());
}

#[tokio::test]
async fn a_part_that_is_missing_or_shorter_is_not_staged() {
    let lake = TestLake::at(PLACE).await;
    let mut writer = writer(&lake);
    writer.write(&rows(0..2)).await.unwrap();
    let saved = writer.save().await.unwrap();
    let run = run("r1").run_id;
    lake.write_file("_jira_feeds/staging/r1/issues/0000.parquet", "cut");
    assert!(!lake.lake.are_staged(&run, "issues", &saved).await.unwrap());
    lake.remove_file("_jira_feeds/staging/r1/issues/0000.parquet");
    assert!(!lake.lake.are_staged(&run, "issues", &saved).await.unwrap());
}

/// A compaction can take away what the same run had listed before.
#[tokio::test]
async fn parts_that_come_after_saved_ones_never_have_their_names() {
    let lake = TestLake::at(PLACE).await;
    lake.put_parts(&run("r1"), &[rows(0..2)], CommitMode::Append).await.unwrap();
    let run_id = run("r1").run_id;
    let listed = lake.lake.manifest("issues", &run_id).await.unwrap().unwrap().parts;
    let mut interrupted = writer(&lake).after(&listed);
    interrupted.write(&rows(2..4)).await.unwrap();
    let saved = interrupted.save().await.unwrap();
    let mut writer = writer(&lake);
    writer.go_on_after(saved);
    writer.write(&rows(4..6)).await.unwrap();
    let staged = writer.finish().await.unwrap();
    let paths: std::collections::BTreeSet<_> = staged.parts.iter().map(|part| &part.path).collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
}
