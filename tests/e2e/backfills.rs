//! Backfills: a part of the past in windows, each once, beside what the incremental runs go on from.

use crate::support::changing::MORNING;
use crate::support::evidence::{BULK, status};
use crate::support::process::{finished, send, start, start_with, until};
use crate::support::{Lake, Ran, Scene};
use jira_sandbox::{Effect, Fault};
use serde_json::Value;
use std::collections::BTreeSet;

const SEARCH: &str = "/rest/api/3/search/jql";
const CHECKPOINT: &str = "_jira_feeds/backfills/backfill-created-2023-01-01-2027-01-01.json";
/// Four windows; the site's issues lie in them, and its clock stands in the last.
const YEARS: &[&str] = &["--since", "2023-01-01", "--until", "2027-01-01", "--window", "year"];
const FEEDS: &[&str] = &[
    "issues",
    "issue_comments",
    "issue_worklogs",
    "issue_changelogs",
    "issue_changelog_items",
    "issue_watchers",
    "audit_records",
    "audit_record_changes",
    "worklogs_deleted",
];

async fn site(issues: u32) -> Scene {
    let scene = Scene::with_issues(issues).await.config("mode = \"incremental\"\n");
    scene.clock().set(MORNING);
    scene
}

async fn backfill(scene: &Scene, feeds: &[&str], flags: &[&str]) -> Ran {
    scene.run(&[feeds, flags].concat()).await
}

/// The rows of a feed without what tells one run from another.
fn records(lake: &Lake, feed: &str) -> Vec<String> {
    let without_stamp = |mut row: Value| {
        let columns = row.as_object_mut().expect("a row");
        columns.retain(|name, _| !matches!(name.as_str(), "_run_id" | "_extracted_at"));
        row.to_string()
    };
    let mut rows: Vec<_> = lake.rows(feed).into_iter().map(without_stamp).collect();
    rows.sort();
    rows
}

fn states(scene: &Scene) -> Vec<(String, Vec<u8>)> {
    let files = scene.lake().files().into_iter().filter(|file| file.contains("/state/"));
    files
        .map(|file| (file.clone(), std::fs::read(scene.lake_path().join(file)).expect("read")))
        .collect()
}

fn searches(scene: &Scene) -> usize {
    scene.control().count("POST", SEARCH)
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_together_bring_what_one_full_run_brings() {
    let scene = site(150).await;
    let elsewhere = scene.folder().join("full");
    let folder = elsewhere.display().to_string();
    // With a JQL, so that worklogs come from their issues there too: those of the whole site lack the keys.
    let whole = ["--destination", &folder, "--jql", "created >= 0"];
    scene.run(&[FEEDS, &whole].concat()).await.exits_with(0);
    let ran = backfill(&scene, FEEDS, YEARS).await.exits_with(0);
    let full = Lake::at(elsewhere);
    for feed in FEEDS {
        let rows = records(&scene.lake(), feed);
        assert!(!rows.is_empty(), "{feed}");
        assert_eq!(rows, records(&full, feed), "{feed}");
        assert_eq!(ran.feed(feed)["records"], rows.len(), "{feed}");
        assert_eq!(ran.feed(feed)["mode"], "backfill");
    }
    let report = ran.report();
    let windows = report["windows"].as_array().expect("windows");
    assert_eq!(windows.len(), 4);
    assert!(windows.windows(2).all(|pair| pair[0]["until"] == pair[1]["since"]), "{windows:#?}");
    let ids: BTreeSet<_> =
        scene.lake().rows("issues").iter().map(|row| row["_run_id"].to_string()).collect();
    assert!(ids.len() > 1 && ids.contains("\"backfill-created-2024-01-01-2025-01-01\""), "{ids:?}");
    let files = scene.lake().files();
    assert!(
        files.contains(&"_jira_feeds/runs/backfill-created-2026-01-01-2027-01-01.json".to_owned())
    );
    assert!(states(&scene).is_empty() && !files.iter().any(|file| file.contains("/backfills/")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_between_two_runs_moves_no_state_and_costs_the_second_nothing() {
    let scene = site(80).await;
    let feeds = ["issues", "issue_comments", "issue_worklogs"];
    scene.run(&feeds).await.exits_with(0);
    let before = states(&scene);
    assert!(!before.is_empty());
    scene.minutes_pass(60);
    let by_change = ["--since", "900d", "--by", "updated", "--window", "month"];
    let ran = backfill(&scene, &feeds, &by_change).await.exits_with(0);
    assert!(ran.feed("issues")["records"].as_u64() > Some(0));
    assert_eq!(states(&scene), before);
    let second = scene.run(&feeds).await.exits_with(0);
    assert_eq!(second.feed("issues")["records"], 0);
    assert_eq!(scene.differences_of(&feeds), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_window_again_takes_the_place_of_what_it_brought() {
    let scene = site(80).await;
    backfill(&scene, &["issues"], YEARS).await.exits_with(0);
    let once = records(&scene.lake(), "issues");
    assert_eq!(once.len(), 80);
    backfill(&scene, &["issues"], &[YEARS, &["--date", "2026-10-03"]].concat()).await.exits_with(0);
    assert_eq!(records(&scene.lake(), "issues"), once);
    let single = ["--since", "2024-01-01", "--until", "2025-01-01"];
    backfill(&scene, &["issues"], &single).await.exits_with(0);
    assert_eq!(records(&scene.lake(), "issues"), once);
    let other_issues = [&single[..], &["--jql", "project = WEB"]].concat();
    backfill(&scene, &["issues"], &other_issues).await.exits_with(0);
    assert!(records(&scene.lake(), "issues").len() > once.len(), "of its own beside the others");
    backfill(&scene, &["issues"], &[YEARS, &["--run-id", "mine"]].concat()).await.exits_with(0);
    let ids: BTreeSet<_> =
        scene.lake().rows("issues").iter().map(|row| row["_run_id"].to_string()).collect();
    assert!(ids.contains("\"mine.2024\""), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_that_was_killed_goes_on_after_the_windows_that_it_has_committed() {
    let scene = site(80).await;
    scene.control().inject(Fault::on("POST", SEARCH, Effect::Hang).starting(3));
    let arguments = [&["run", "issues", "--output", "json"], YEARS].concat();
    let mut child = start(&scene, &arguments);
    until("the third window hangs", || searches(&scene) > 2).await;
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert!(scene.lake().files().contains(&CHECKPOINT.to_owned()));
    scene.control().clear_faults();
    scene.control().clear_log();
    let ran = backfill(&scene, &["issues"], YEARS).await.exits_with(0);
    assert_eq!(searches(&scene), 2, "the windows that were left");
    let report = ran.report();
    let before: Vec<_> = report["windows"]
        .as_array()
        .expect("windows")
        .iter()
        .map(|one| one["was_done"] == true)
        .collect();
    assert_eq!(before, [true, true, false, false]);
    assert_eq!(records(&scene.lake(), "issues").len(), 80);
    assert!(!scene.lake().files().contains(&CHECKPOINT.to_owned()));
    scene.control().clear_log();
    backfill(&scene, &["issues"], YEARS).await.exits_with(0);
    assert_eq!(searches(&scene), 4, "it was whole, so all of it is read again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_backfill_and_another_choice_of_rows_begins_it_anew() {
    let scene = site(80).await;
    scene.control().inject(Fault::on("POST", SEARCH, Effect::Hang).starting(3));
    let arguments = [&["run", "issues", "--output", "json"], YEARS].concat();
    let child = start(&scene, &arguments);
    until("the third window hangs", || searches(&scene) > 2).await;
    send("TERM", &child);
    let ran = finished(child).await.exits_with(143);
    let report = ran.report();
    assert_eq!(report["outcome"], "interrupted");
    let outcomes: Vec<_> = report["windows"]
        .as_array()
        .expect("windows")
        .iter()
        .map(|one| one["outcome"].clone())
        .collect();
    assert_eq!(
        outcomes,
        [Value::from("complete"), "complete".into(), "interrupted".into(), Value::Null]
    );
    scene.control().clear_faults();
    scene.control().clear_log();
    let ran = backfill(&scene, &["issues", "issue_comments"], YEARS).await.exits_with(0);
    assert!(
        ran.stderr.contains("feeds") && ran.stderr.contains("all windows are read again"),
        "{}",
        ran.stderr
    );
    assert_eq!(searches(&scene), 4);
    assert_eq!(records(&scene.lake(), "issues").len(), 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_backfilled_is_refused_before_anything_is_asked() {
    let scene = site(1).await;
    let since = ["--since", "2024-01-01"];
    for (feeds, flags, told) in [
        (&["issues"][..], &[&since[..], &["--until", "2023-01-01"]].concat()[..], "is empty"),
        (&["issues"], &[&since[..], &["--window", "decade"]].concat(), "decade"),
        (&["issues"], &["--by", "updated"], "--since"),
        (&["issues"], &["--since", "yesterday"], "how long ago"),
        (&["issues", "boards"], &since, "issue_comments"),
        (&["agile.*"], &since, "by date"),
    ] {
        let ran = backfill(&scene, feeds, flags).await.exits_with(2);
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
    assert!(scene.control().requests().is_empty() && scene.lake().files().is_empty());
    let some = backfill(&scene, &["issues", "agile.*"], &since).await.exits_with(0);
    assert!(some.stderr.contains("left out") && some.stderr.contains("board"), "{}", some.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_windows_counts_what_the_windows_bring_and_writes_nothing() {
    let scene = site(150).await;
    let feeds = ["issues", "issue_changelogs"];
    let planned = scene.command(&[&["plan", "--output", "json"], &feeds[..], YEARS].concat()).await;
    let planned = planned.exits_with(0).report();
    assert!(!scene.lake_path().exists());
    let dry = backfill(&scene, &feeds, &[YEARS, &["--dry-run"]].concat()).await.exits_with(0);
    assert_eq!(dry.report(), planned);
    assert!(!scene.lake_path().exists());
    scene.control().clear_log();
    let ran = backfill(&scene, &["issues"], YEARS).await.exits_with(0).report();
    let of = |report: &Value, column: &str| -> Vec<Value> {
        let windows = report["windows"].as_array().expect("windows");
        windows.iter().map(|window| window[column].clone()).collect()
    };
    assert_eq!(of(&planned, "issues"), of(&ran, "records"));
    assert_eq!(of(&planned, "run_id"), of(&ran, "run_id"));
    assert_eq!(planned["issues"], 150);
    let asked = searches(&scene) + scene.control().count("POST", "/rest/api/3/issue/bulkfetch");
    let issues =
        planned["feeds"].as_array().expect("feeds").iter().find(|feed| feed["feed"] == "issues");
    assert_eq!(issues.expect("issues")["requests"], asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_each_feed_goes_on_from() {
    let scene = site(120).await;
    let plan = ["plan", "issues", "boards", "--output", "json"];
    let first = scene.command(&plan).await.exits_with(0);
    assert_eq!(first.feed("issues")["goes_on_from"], Value::Null);
    assert_eq!(first.report()["issues"], 120);
    assert!(!scene.lake_path().exists());
    scene.run(&["issues"]).await.exits_with(0);
    scene.minutes_pass(60);
    let files = scene.lake().files();
    let second = scene.command(&plan).await.exits_with(0);
    let goes_on_from = second.feed("issues")["goes_on_from"].to_string();
    assert!(goes_on_from.starts_with("\"2026-10-01T23:5"), "{goes_on_from}");
    assert_eq!(second.report()["issues"], 0);
    assert_eq!(second.feed("boards")["mode"], "full");
    assert_eq!(scene.lake().files(), files);
}

/// A window that fails is read again as a whole: nothing of it is kept, and those after it would fare no better.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_fails_leaves_nothing_staged_and_is_read_again() {
    let scene = site(150).await;
    let command = || {
        let mut command = scene.prepared(&[&["run", "issues", "--output", "json"], YEARS].concat());
        command.envs([
            ("JIRA_FEEDS__DESTINATION__SAVEPOINT_EVERY", "10"),
            ("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "2"),
        ]);
        command
    };
    scene.control().inject(Fault::on("POST", BULK, status(503)).starting(2));
    let ran = finished(start_with(command())).await.exits_with(5);
    let ended = |ran: &Ran| {
        let windows = ran.report()["windows"].as_array().expect("windows").clone();
        windows.iter().map(|window| window["outcome"].to_string()).collect::<Vec<_>>()
    };
    let failed = ended(&ran).iter().filter(|outcome| outcome.contains("failed")).count();
    assert_eq!(failed, 1, "{:?}", ended(&ran));
    let files = scene.lake().files();
    assert!(!files.iter().any(|file| file.contains("staging")), "{files:?}");
    scene.control().clear_faults();
    let ran = finished(start_with(command())).await.exits_with(0);
    assert!(ended(&ran).iter().all(|outcome| outcome.contains("complete")), "{:?}", ended(&ran));
    assert_eq!(scene.lake().rows("issues").len(), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_in_which_nothing_is_leaves_no_part() {
    let scene = site(10).await;
    let before = ["--since", "2001-01-01", "--until", "2002-01-01"];
    let ran = backfill(&scene, &["issues"], &before).await.exits_with(0);
    assert_eq!(ran.feed("issues")["records"], 0);
    assert!(scene.lake().parts("issues").is_empty());
}
