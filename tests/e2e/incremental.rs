//! Incremental runs: each brings what is news, and after each the lake equals the site.

use crate::support::changing::{MORNING, following};
use crate::support::evidence::BULK;
use crate::support::{ADMIN, Scene};
use jira_sandbox::{Effect, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_site_costs_a_handful_of_requests_and_yields_no_rows() {
    let scene = Scene::with_issues(300).await.config("mode = \"incremental\"\n");
    let feeds = ["issues.*", "audit_records", "issue_slas"];
    let first = scene.run(&feeds).await.exits_with(0);
    assert_eq!(first.feed("issues")["mode"], "incremental");
    let files = scene.lake().parts("issues").len();
    let keys = |scene: &Scene| {
        let mut files = scene.lake().files();
        files.retain(|file| file.contains("_jira_feeds/state/") && file.ends_with(".parquet"));
        files
    };
    let before = keys(&scene);
    assert!(!before.is_empty());
    scene.control().clear_log();
    let second = scene.run(&feeds).await.exits_with(0);
    for feed in second.report()["feeds"].as_array().expect("feeds") {
        assert_eq!(feed["records"], 0, "{feed}");
        assert_eq!(feed["deleted"], 0, "{feed}");
    }
    let asked: Vec<_> = scene.control().requests().into_iter().map(|one| one.template).collect();
    assert!(asked.len() <= 15, "{asked:#?}");
    assert_eq!(scene.lake().parts("issues").len(), files, "no part without rows");
    assert_eq!(keys(&scene), before, "nor keys that are the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_kind_of_change_the_lake_equals_the_site() {
    let scene = Scene::loaded(120).await;
    let ids = scene.site().issue_ids(ADMIN.username);
    let now = scene.clock().now();
    scene.change(|site| {
        assert!(site.edit_issue(ids[0], now));
        assert!(site.create_issue("CORE", now).is_some());
        assert!(site.delete_issue(ids[2], now));
        assert!(site.move_issue(ids[3], "WEB", now));
        assert!(site.add_comment(ids[4], now).is_some());
        let comment = site.comment_ids(ids[0])[0];
        assert!(site.delete_comment(ids[0], comment, now));
        assert!(site.add_worklog(ids[6], now).is_some());
        let worklog = site.worklog_ids(ids[0])[0];
        assert!(site.delete_worklog(ids[0], worklog, now));
    });
    scene.minutes_pass(10);
    let ran = scene.run(&following()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
    assert_eq!(ran.feed("issues")["deleted"], 1);
    let records = ran.feed("issues")["records"].as_u64().expect("a number");
    assert!((5..=12).contains(&records), "only what changed: {records}");
}

/// It has changed since the last run, and the lake lacks it: two reasons to read it.
#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_new_is_read_once() {
    let scene = Scene::loaded(30).await;
    let (project, now) =
        (scene.site().live_project_keys(ADMIN.username)[0].clone(), scene.clock().now());
    let mut created = None;
    scene.change(|site| created = site.create_issue(&project, now));
    let created = created.expect("an issue").to_string();
    scene.minutes_pass(30);
    scene.control().clear_log();
    scene.run(&["issues", "issue_changelogs"]).await.exits_with(0);
    let mut asked = scene.bodies(BULK);
    asked.retain(|body| body["fields"][0] == "*all");
    let ids = asked.iter().flat_map(|body| body["issueIdsOrKeys"].as_array().expect("ids"));
    assert_eq!(ids.filter(|id| **id == created.as_str()).count(), 1);
    let rows = scene.lake().rows("issues");
    assert_eq!(rows.iter().filter(|row| row["id"] == created.as_str()).count(), 1);
}

/// A task of yesterday that a scheduler runs once more, after those of today.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_comes_again_after_others_loses_nothing_and_doubles_nothing() {
    let scene = Scene::loaded(40).await;
    let ids = scene.site().issue_ids(ADMIN.username);
    // The last one, because a task that was cleared is tried again.
    for (run, issue) in ["yesterday", "today", "yesterday", "yesterday"].into_iter().zip(&ids) {
        let now = scene.clock().now();
        scene.change(|site| assert!(site.edit_issue(*issue, now)));
        scene.minutes_pass(60);
        let arguments = [&following()[..], &["--run-id", run]].concat();
        scene.run(&arguments).await.exits_with(0);
        assert_eq!(scene.differences(), [""; 0], "{run}");
    }
    let rows = scene.lake().rows("issues");
    let of = |run: &str| rows.iter().filter(|row| row["_run_id"] == run).count();
    assert!(of("yesterday") > of("today"), "what it has read at first is still there");
}

/// The first incremental run finds out what has gone since the last full one, and so it does when it comes again.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_that_comes_again_deletes_once_more_what_it_had_deleted() {
    let scene = Scene::with_issues(40).await;
    scene.clock().set(MORNING);
    scene.run(&[&following()[..], &["--date", "2026-10-01"]].concat()).await.exits_with(0);
    let scene = scene.with_config("mode = \"incremental\"\n");
    let (site, now) = (scene.site(), scene.clock().now());
    let ids = site.issue_ids(ADMIN.username);
    let commented = ids[1..].iter().find(|id| !site.comment_ids(**id).is_empty()).expect("one");
    let comment = site.comment_ids(*commented)[0];
    scene.change(|site| {
        assert!(site.delete_issue(ids[0], now));
        assert!(site.delete_comment(*commented, comment, now));
    });
    scene.minutes_pass(60);
    for attempt in 1..3 {
        let arguments = [&following()[..], &["--run-id", "first", "--date", "2026-10-02"]].concat();
        scene.run(&arguments).await.exits_with(0);
        assert_eq!(scene.differences(), [""; 0], "attempt {attempt}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_comes_again_after_a_compaction_doubles_nothing_and_knows_what_it_had_read() {
    let scene = Scene::loaded(40).await;
    let project = scene.site().live_project_keys(ADMIN.username)[0].clone();
    let now = scene.clock().now();
    let mut created = None;
    scene.change(|site| created = site.create_issue(&project, now));
    scene.minutes_pass(60);
    let arguments = [&following()[..], &["--run-id", "monday"]].concat();
    scene.run(&arguments).await.exits_with(0);
    scene.command(&["compact"]).await.exits_with(0);
    let now = scene.clock().now();
    scene.change(|site| assert!(site.delete_issue(created.expect("an issue"), now)));
    scene.minutes_pass(60);
    scene.run(&arguments).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
    let rows = scene.lake().rows("issues");
    let versions: BTreeSet<_> = rows
        .iter()
        .map(|row| format!("{} {} {}", row["id"], row["updated"], row["_deleted"]))
        .collect();
    assert_eq!(versions.len(), rows.len(), "none is there twice");
}

/// What an earlier run on a machine whose clock was ahead has left.
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_never_older_than_those_that_earlier_runs_have_read() {
    let scene = Scene::loaded(40).await;
    let path = scene.lake_path().join("_jira_feeds/state/issues.json");
    let mut state: Value =
        serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
    let latest = |scene: &Scene| {
        let rows = scene.lake().rows("issues");
        let moments =
            rows.iter().map(|row| row["_extracted_at"].as_str().expect("text").to_owned());
        let latest = moments.max().expect("a row").replace(" +00:00", "Z");
        latest.parse::<jiff::Timestamp>().expect("a moment")
    };
    let until = state["extracted_until"].as_i64().expect("a number");
    assert_eq!(jiff::Timestamp::from_microsecond(until).expect("a moment"), latest(&scene));
    let ahead = jiff::Timestamp::from_microsecond(until + 7_200_000_000).expect("a moment");
    state["extracted_until"] = ahead.as_microsecond().into();
    std::fs::write(&path, state.to_string()).expect("written");
    let (issue, now) = (scene.site().issue_ids(ADMIN.username)[0], scene.clock().now());
    scene.change(|site| assert!(site.edit_issue(issue, now)));
    scene.minutes_pass(60);
    scene.run(&following()).await.exits_with(0);
    assert!(latest(&scene) > ahead);
    assert_eq!(scene.differences(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_go_with_their_issue_also_if_jira_does_not_list_them_as_deleted() {
    let scene = Scene::loaded(40).await;
    let (site, now) = (scene.site(), scene.clock().now());
    let ids = site.issue_ids(ADMIN.username);
    let issue = ids.iter().find(|id| !site.worklog_ids(**id).is_empty()).expect("an issue");
    scene.change(|site| assert!(site.delete_issue(*issue, now)));
    scene.minutes_pass(60);
    let nothing = json!({ "values": [], "lastPage": true, "since": 0, "until": 0 });
    let path = "/rest/api/3/worklog/deleted";
    scene.control().inject(Fault::on("GET", path, Effect::Json(nothing)));
    scene.run(&following()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_old_rows_do_not_have_are_told() {
    let scene = Scene::loaded(10).await;
    let scene = scene.with_config("mode = \"incremental\"\nraw = false\n");
    let ran = scene.run(&["issues"]).await.exits_with(0);
    assert!(ran.stderr.contains("the feed's options have changed"), "{}", ran.stderr);
    let ran = scene.run(&["issues"]).await.exits_with(0);
    assert!(!ran.stderr.contains("options have changed"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_chosen_later_gets_all_that_those_beside_it_have_long_had() {
    let scene = Scene::with_issues(40).await.config("mode = \"incremental\"\n");
    scene.clock().set(MORNING);
    scene.run(&["issue_changelogs", "issues"]).await.exits_with(0);
    scene.minutes_pass(60);
    scene.run(&following()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
}
