//! The power goes between any two changes of the store; what is there then, and what becomes of it.

use super::PLACE;
use crate::lake::testing::*;
use crate::lake::*;
use jiff::civil::date;
use std::collections::BTreeSet;

const REPLACE: CommitMode = CommitMode::ReplaceDate;

/// A lake with two days; the later one is about to be written again.
async fn before() -> TestLake {
    let lake = TestLake::at(PLACE).await;
    lake.put_parts(&run_on("first", date(2026, 11, 22)), &[rows(90..92)], REPLACE).await.unwrap();
    lake.put_parts(&run("old"), &[rows(0..3), rows(3..5), rows(5..7)], REPLACE).await.unwrap();
    lake
}

fn with_first_day(day: std::ops::Range<i64>) -> Vec<String> {
    let mut all = keys(day);
    all.extend(keys(90..92));
    all
}

/// What readers see is what the manifests list, and nothing is left over.
async fn assert_tidy(lake: &TestLake, runs: &[&str]) {
    let mut listed = Vec::new();
    for id in runs {
        let manifest = lake.lake.manifest("issues", &RunId::parse(id).unwrap()).await.unwrap();
        for part in manifest.into_iter().flat_map(|manifest| manifest.parts) {
            assert_eq!(part.bytes, lake.file_size(&part.path), "{}", part.path);
            listed.push(part.path);
        }
    }
    listed.sort();
    assert_eq!(lake.visible("issues"), listed);
    assert!(
        lake.files("_jira_feeds/staging").is_empty(),
        "{:?}",
        lake.files("_jira_feeds/staging")
    );
}

fn contains(all: &[String], some: &[String]) -> bool {
    let all: BTreeSet<&String> = all.iter().collect();
    some.iter().all(|key| all.contains(key))
}

/// Cuts the power after each number of changes in turn; true when the commit got through.
async fn crash(lake: &TestLake, id: &str, changes: isize) -> bool {
    lake.cut_power_after(changes);
    let result = lake.put_parts(&run(id), &[rows(10..13), rows(13..14)], REPLACE).await;
    assert_eq!(result.is_ok(), !lake.power_is_cut(), "after {changes} changes: {result:?}");
    result.is_ok()
}

#[tokio::test]
async fn recovery_gives_all_of_the_new_or_all_of_the_old() {
    for id in ["new", "old"] {
        let mut seen_old = false;
        for changes in 0.. {
            let mut lake = before().await;
            let through = crash(&lake, id, changes).await;
            if id == "new" {
                let now = lake.keys("issues");
                let whole = contains(&now, &with_first_day(0..7))
                    || contains(&now, &with_first_day(10..14));
                assert!(whole, "{id}: lost after {changes} changes: {now:?}");
            }
            lake.reopen().await;
            lake.lake.recover().await.unwrap();
            lake.lake.discard_staging(&run(id).run_id).await.unwrap();
            let now = lake.keys("issues");
            let old = now == with_first_day(0..7);
            seen_old |= old;
            assert!(old || now == with_first_day(10..14), "{id}: after {changes} changes: {now:?}");
            assert_tidy(&lake, &["first", "old", "new"]).await;
            if through {
                assert!(seen_old && !old && changes >= 9, "{changes} changes");
                break;
            }
        }
    }
}

/// The power comes back while the run still goes on, as after a short failure of the store.
#[tokio::test]
async fn what_a_run_gives_up_at_its_end_is_not_a_commit_that_had_begun() {
    for changes in 0.. {
        let lake = before().await;
        let through = crash(&lake, "new", changes).await;
        lake.cut_power_after(isize::MAX);
        lake.lake.discard_staging(&run("new").run_id).await.unwrap();
        let now = lake.keys("issues");
        assert!(now == with_first_day(0..7) || now == with_first_day(10..14), "{changes}: {now:?}");
        assert_tidy(&lake, &["first", "old", "new"]).await;
        if through {
            break;
        }
    }
}

#[tokio::test]
async fn the_same_run_again_ends_right_without_any_other_help() {
    for changes in 0.. {
        let mut lake = before().await;
        let through = crash(&lake, "new", changes).await;
        lake.reopen().await;
        lake.put_parts(&run("new"), &[rows(20..22)], REPLACE).await.unwrap();
        assert_eq!(lake.keys("issues"), with_first_day(20..22), "after {changes} changes");
        assert_tidy(&lake, &["first", "old", "new"]).await;
        if through {
            break;
        }
    }
}

#[tokio::test]
async fn an_interrupted_commit_never_undoes_a_later_one() {
    for changes in 0.. {
        let mut lake = before().await;
        let through = crash(&lake, "new", changes).await;
        lake.reopen().await;
        lake.put_parts(&run("later"), &[rows(20..22)], REPLACE).await.unwrap();
        lake.lake.recover().await.unwrap();
        lake.lake.discard_staging(&run("new").run_id).await.unwrap();
        assert_eq!(lake.keys("issues"), with_first_day(20..22), "after {changes} changes");
        assert_tidy(&lake, &["first", "old", "new", "later"]).await;
        if through {
            break;
        }
    }
}

#[tokio::test]
async fn recovery_may_be_interrupted_as_well() {
    for first in [8, 9, 10] {
        for second in 0..12 {
            let mut lake = before().await;
            crash(&lake, "new", first).await;
            lake.reopen().await;
            lake.cut_power_after(second);
            // Whether it gets through depends on where the power went.
            let _ = lake.lake.recover().await;
            lake.reopen().await;
            lake.lake.recover().await.unwrap();
            lake.lake.discard_staging(&run("new").run_id).await.unwrap();
            let now = lake.keys("issues");
            assert!(
                now == with_first_day(0..7) || now == with_first_day(10..14),
                "{first}, {second}: {now:?}"
            );
            assert_tidy(&lake, &["first", "old", "new"]).await;
        }
    }
}

#[tokio::test]
async fn a_commit_whose_part_has_gone_is_withdrawn_and_blocks_nobody() {
    let mut changes = 0;
    let mut lake = before().await;
    // Until one part has been moved and the other one waits.
    while !lake.exists("_jira_feeds/staging/new/issues/0001.parquet")
        || !lake.visible("issues").iter().any(|part| part.contains("new"))
    {
        lake = before().await;
        assert!(!crash(&lake, "new", changes).await);
        changes += 1;
    }
    lake.reopen().await;
    lake.remove_file("_jira_feeds/staging/new/issues/0001.parquet");
    assert!(lake.lake.recover().await.unwrap().is_empty());
    assert_eq!(lake.keys("issues"), with_first_day(0..7));
    assert_tidy(&lake, &["first", "old", "new"]).await;
}

/// A state that says which rows are in the lake, and keys that say the same.
fn state_of(run_id: &str, rows: std::ops::Range<i64>) -> NewState {
    let mut keys = KeyTable::default();
    rows.clone().for_each(|row| keys.insert(0, &key(row)));
    let position = |end: i64| Position { cursor: end.into(), ..Position::default() };
    let state = FeedState {
        feed: "issues".to_owned(),
        site: "https://acme.example".to_owned(),
        run_id: run_id.to_owned(),
        written_at: String::new(),
        extracted_until: 0,
        is_whole: true,
        options: serde_json::Value::Null,
        columns: serde_json::Value::Null,
        folders: None,
        current: position(rows.end),
        previous: Some(position(rows.start)),
    };
    NewState { state, keys: Some(keys) }
}

async fn append(lake: &TestLake, id: &str, new: std::ops::Range<i64>) -> bool {
    let options = WriteOptions::default();
    let staged = lake.stage("issues", &run(id), &[rows(new.clone())], &options).await;
    let Ok(staged) = staged else { return false };
    let state = state_of(id, 0..new.end);
    lake.lake.commit(staged, CommitMode::Append, Some(state)).await.is_ok()
}

#[tokio::test]
async fn data_and_state_move_together_wherever_the_power_goes() {
    let mut outcomes = std::collections::BTreeSet::new();
    for changes in 0.. {
        let mut lake = TestLake::at(PLACE).await;
        assert!(append(&lake, "one", 0..5).await);
        lake.cut_power_after(changes);
        let through = append(&lake, "two", 5..9).await;
        lake.reopen().await;
        lake.lake.recover().await.unwrap();
        lake.lake.discard_staging(&run("two").run_id).await.unwrap();
        let state = lake.lake.state("issues").await.unwrap().unwrap();
        let rows = i64::try_from(lake.keys("issues").len()).unwrap();
        assert_eq!(state.current.cursor, rows, "after {changes} changes");
        let known = lake.lake.read_keys(&state.current.keys.unwrap()).await.unwrap();
        assert_eq!(i64::try_from(known.iter().count()).unwrap(), rows, "after {changes} changes");
        assert_eq!(lake.files("_jira_feeds/state").len(), 2, "the state and its keys");
        outcomes.insert(rows);
        if through {
            break;
        }
    }
    assert_eq!(outcomes, [5, 9].into());
}

#[tokio::test]
async fn an_intent_that_was_carried_out_does_not_come_back_to_undo_the_next_commit() {
    let mut lake = TestLake::at(PLACE).await;
    assert!(append(&lake, "one", 0..5).await);
    assert!(append(&lake, "two", 5..9).await);
    lake.reopen_with(|_| true).await;
    lake.lake.recover().await.unwrap();
    assert_eq!(lake.lake.state("issues").await.unwrap().unwrap().current.cursor, 9);
    assert_eq!(lake.keys("issues"), keys(0..9));
}

#[tokio::test]
async fn rows_of_a_run_that_comes_again_later_are_added_to_its_own() {
    let lake = TestLake::at(PLACE).await;
    assert!(append(&lake, "one", 0..5).await);
    assert!(append(&lake, "two", 5..9).await);
    let listed = lake.lake.manifest("issues", &run("one").run_id).await.unwrap().unwrap().parts;
    let writer = lake.lake.part_writer("issues", schema(), &run("one"), &WriteOptions::default());
    let mut writer = writer.unwrap().after(&listed);
    writer.write(&rows(9..12)).await.unwrap();
    let staged = writer.finish().await.unwrap();
    let committed = lake.lake.commit(staged, CommitMode::Extend, None).await.unwrap();
    assert_eq!(committed.rows, 3);
    assert_eq!(lake.keys("issues"), keys(0..12));
    let manifest = lake.lake.manifest("issues", &run("one").run_id).await.unwrap().unwrap();
    assert_eq!((manifest.parts.len(), manifest.rows), (2, 8));
}

#[tokio::test]
async fn without_news_there_is_no_part_and_the_state_moves_all_the_same() {
    let lake = TestLake::at(PLACE).await;
    assert!(append(&lake, "one", 0..5).await);
    let writer = lake.lake.part_writer("issues", schema(), &run("two"), &WriteOptions::default());
    let staged = writer.unwrap().without_empty_part().finish().await.unwrap();
    let state = NewState { keys: None, ..state_of("two", 0..77) };
    lake.lake.commit(staged, CommitMode::Append, Some(state)).await.unwrap();
    assert_eq!(lake.visible("issues").len(), 1);
    assert_eq!(lake.files("_jira_feeds/manifests").len(), 1);
    assert_eq!(lake.lake.state("issues").await.unwrap().unwrap().current.cursor, 77);
}

async fn staged(lake: &TestLake, id: &str, rows_of: std::ops::Range<i64>) -> StagedFeed {
    let options = WriteOptions::default();
    let writer = lake.lake.part_writer("issues", schema(), &run(id), &options).unwrap();
    let mut writer = writer.after(&listed(lake, id).await);
    writer.write(&rows(rows_of)).await.unwrap();
    writer.finish().await.unwrap()
}

/// Cuts the power as soon as a commit has begun: its intent is written, and nothing moved.
async fn begin(lake: &mut TestLake, staged: StagedFeed, mode: CommitMode, state: Option<NewState>) {
    let with_keys = isize::from(state.is_some());
    lake.cut_power_after(1 + with_keys);
    lake.lake.commit(staged, mode, state).await.unwrap_err();
    lake.reopen().await;
}

async fn listed(lake: &TestLake, id: &str) -> Vec<Part> {
    let manifest = lake.lake.manifest("issues", &run(id).run_id).await.unwrap();
    manifest.map_or(Vec::new(), |manifest| manifest.parts)
}

#[tokio::test]
async fn of_two_commits_that_were_interrupted_the_later_one_prevails() {
    for [first, second] in [["a", "b"], ["b", "a"]] {
        let mut lake = before().await;
        // Whoever stages completes what has begun: so both are staged before.
        let (one, other) =
            (staged(&lake, first, 10..12).await, staged(&lake, second, 20..22).await);
        begin(&mut lake, one, REPLACE, None).await;
        begin(&mut lake, other, REPLACE, None).await;
        assert_eq!(lake.lake.recover().await.unwrap().len(), 2);
        assert_eq!(lake.keys("issues"), with_first_day(20..22), "{first}, then {second}");
        assert_tidy(&lake, &["first", "old", "a", "b"]).await;
    }
}

#[tokio::test]
async fn a_run_that_adds_to_its_own_rows_keeps_them_if_what_it_adds_has_gone() {
    let mut lake = TestLake::at(PLACE).await;
    assert!(append(&lake, "one", 0..5).await);
    let more = staged(&lake, "one", 5..9).await;
    begin(&mut lake, more, CommitMode::Extend, None).await;
    lake.remove_file("_jira_feeds/staging/one/issues/0000.parquet");
    assert!(lake.lake.recover().await.unwrap().is_empty());
    assert_eq!(lake.keys("issues"), keys(0..5));
    assert_tidy(&lake, &["one"]).await;
}

#[tokio::test]
async fn a_commit_whose_keys_have_gone_is_withdrawn_with_its_state() {
    let mut lake = TestLake::at(PLACE).await;
    assert!(append(&lake, "one", 0..5).await);
    let more = staged(&lake, "two", 5..9).await;
    begin(&mut lake, more, CommitMode::Append, Some(state_of("two", 0..9))).await;
    lake.remove_file("_jira_feeds/staging/two/issues/keys.parquet");
    assert!(lake.lake.recover().await.unwrap().is_empty());
    assert_eq!(lake.keys("issues"), keys(0..5));
    assert_eq!(lake.lake.state("issues").await.unwrap().unwrap().current.cursor, 5);
    assert_tidy(&lake, &["one"]).await;
}
