//! What a run says of feeds that it could not read: in its exit code, in its texts, and as data.

use crate::support::evidence::{SPRINTS, status};
use crate::support::{NOBROWSE, PLAIN, Scene};
use jira_sandbox::PageStyle;
use serde_json::{Value, json};

const FEED: &str = "_permissions";
/// Finds nothing in any site.
const NOTHING: &str = "[feed.issues]\njql = \"summary ~ 'no such issue anywhere'\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_least_to_fail_on_is_for_the_caller_to_say() {
    let scene = Scene::with_issues(20).await.seen_by(PLAIN).config(NOTHING);
    // screens is denied, project_versions partial, issues empty, fields complete.
    for (feeds, on, code) in [
        (&["screens"][..], "denied", 4),
        (&["screens"], "partial", 4),
        (&["screens"], "empty", 4),
        (&["project_versions"], "denied", 0),
        (&["project_versions"], "partial", 4),
        (&["project_versions"], "empty", 4),
        (&["issues", "fields"], "denied", 0),
        (&["issues", "fields"], "partial", 0),
        (&["issues", "fields"], "empty", 4),
        (&["fields"], "empty", 0),
    ] {
        let arguments = [&["run", "--output", "json", "--fail-on", on], feeds].concat();
        let report = scene.command(&arguments).await.exits_with(code).report();
        assert_eq!(report["exit_code"], code, "{arguments:?}");
    }
    let both = ["run", "fields", "--fail-on", "empty", "--allow-denied"];
    scene.command(&both).await.exits_with(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_feed_says_whether_the_account_may_see_what_it_would_hold() {
    let scene = Scene::with_issues(20).await.config(NOTHING);
    let ran = scene.run(&["issues"]).await.exits_with(0);
    assert_eq!(ran.feed("issues")["reason"], "Empty: the account holds Browse projects");
    let scene = Scene::with_issues(20).await.seen_by(NOBROWSE);
    let ran = scene.run(&["issues"]).await.exits_with(4);
    ran.is("issues", "denied");
    let scene = Scene::with_issues(20).await;
    let none = json!({"values": [], "isLast": true, "total": 0, "startAt": 0, "maxResults": 50});
    scene.control().serve("GET", "/rest/agile/1.0/board", move |_| none.clone());
    let ran = scene.run(&["boards"]).await.exits_with(0);
    let reason = ran.feed("boards")["reason"].clone();
    assert!(
        reason.as_str().is_some_and(|reason| reason.contains("Jira does not tell")),
        "{reason}"
    );
}

/// A row of `_permissions`, by feed and parent.
fn row(scene: &Scene, feed: &str, parent: Option<&str>) -> Value {
    let rows = scene.lake().rows(FEED);
    let found = rows.iter().find(|row| row["feed"] == feed && row["parent"].as_str() == parent);
    found.cloned().unwrap_or_else(|| panic!("no row of {feed} {parent:?} in {rows:#?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_data_too() {
    let scene = Scene::with_issues(30).await.seen_by(PLAIN);
    let ran = scene.run(&["screens", "project_versions", "labels"]).await.exits_with(4);
    let report = ran.report();
    assert_eq!(
        report["permissions"]["records"], 4,
        "a row a feed, and one for the project that is denied"
    );
    assert_eq!(scene.lake().rows(FEED).len(), 4);
    let screens = row(&scene, "screens", None);
    let expected = [
        ("outcome", json!("denied")),
        ("needs", json!("ADMINISTER")),
        ("permission", json!("Administer Jira")),
        ("permission_group", json!("Administration")),
        ("path", json!("/rest/api/3/screens")),
        ("status", json!(403)),
        ("_run_id", report["run_id"].clone()),
    ];
    for (column, value) in expected {
        assert_eq!(screens[column], value, "{column}");
    }
    assert!(
        screens["remedy"].as_str().is_some_and(|remedy| remedy.starts_with("Ask ")),
        "{screens}"
    );
    assert_eq!(row(&scene, "project_versions", None)["outcome"], "partial");
    assert_eq!(row(&scene, "project_versions", Some("project LAB"))["outcome"], "denied");
    let labels = row(&scene, "labels", None);
    assert_eq!(
        (&labels["outcome"], labels["records"].as_u64() > Some(0)),
        (&json!("complete"), true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_run_adds_its_rows_and_the_same_run_again_replaces_its_own() {
    let scene = Scene::with_issues(20).await.seen_by(PLAIN);
    let run = |id: &'static str| {
        let scene = &scene;
        async move {
            scene.command(&["run", "labels", "screens", "--run-id", id]).await.exits_with(4);
            scene.lake().rows(FEED).len()
        }
    };
    assert_eq!((run("one").await, run("two").await, run("one").await), (2, 4, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_permissions_lie_in_the_folders_that_the_config_asks_for() {
    let scene = Scene::with_issues(20).await.seen_by(PLAIN);
    let scene =
        scene.config("[feed._permissions]\npartition_by = [\"extract_date\", \"outcome\"]\n");
    for rows in [2, 4] {
        scene.run(&["labels", "screens"]).await.exits_with(4);
        assert_eq!(scene.lake().rows(FEED).len(), rows);
    }
    let parts = scene.lake().parts(FEED);
    let in_folder = |folder: &str| {
        parts.iter().filter(|part| part.to_string_lossy().contains(&format!("/{folder}/"))).count()
    };
    assert_eq!(
        (in_folder("by_outcome=denied"), in_folder("by_outcome=complete")),
        (2, 2),
        "{parts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_backfill_fails_on_is_for_the_caller_to_say_and_its_windows_are_data_too() {
    const YEARS: &[&str] = &["--since", "2023-01-01", "--until", "2026-01-01", "--window", "year"];
    for (account, flags, code) in [
        (NOBROWSE, &[][..], 4),
        (NOBROWSE, &["--allow-denied"], 0),
        (NOBROWSE, &["--fail-on", "denied"], 4),
        (PLAIN, &["--fail-on", "denied"], 0),
    ] {
        let scene = Scene::with_issues(20).await.seen_by(account);
        let ran = scene.run(&[&["issues"], YEARS, flags].concat()).await.exits_with(code);
        assert_eq!(ran.report()["permissions"]["records"], 3, "a row a window: {ran:#?}");
        let outcome = if code == 4 || flags == ["--allow-denied"] { "denied" } else { "complete" };
        let rows = scene.lake().rows(FEED);
        assert!(rows.len() == 3 && rows.iter().all(|row| row["outcome"] == outcome), "{rows:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_permissions_is_not_chosen_but_written() {
    let scene = Scene::with_issues(20).await;
    for command in ["run", "check", "preview"] {
        let ran = scene.command(&[command, FEED]).await.exits_with(2);
        assert!(ran.stderr.contains("written by every run"), "{}", ran.stderr);
    }
    let shown = scene.command(&["feeds", "show", FEED]).await.exits_with(0).stdout;
    assert!(shown.contains("permission_group"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_lost_its_login_adds_no_rows() {
    let scene = Scene::with_issues(40).await;
    scene.control().revoke("admin@sandbox.example", 8);
    let report = scene.run(&[]).await.exits_with(3).report();
    assert!(report["permissions"].is_null());
    assert_eq!(scene.lake().parts(FEED), Vec::<std::path::PathBuf>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_denied_parents_twenty_are_named_and_all_are_reported() {
    let scene = Scene::with_issues(10).await;
    let boards: Vec<_> = (1..=25).map(|id| json!({"id": id, "type": "scrum"})).collect();
    scene.control().serve_records("GET", "/rest/agile/1.0/board", PageStyle::Bean(50), boards);
    scene.control().serve_records("GET", SPRINTS, PageStyle::Bean(50), Vec::new());
    for board in 1..=24 {
        scene.inject("GET", &format!("/rest/agile/1.0/board/{board}/sprint"), status(404));
    }
    let ran = scene.run(&["sprints"]).await.exits_with(4);
    let feed = ran.feed("sprints");
    assert_eq!(feed["denials"].as_array().map(Vec::len), Some(24));
    let reason = feed["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("24 of 25 boards denied: board "), "{reason}");
    assert!(reason.ends_with(" and 4 more") && reason.matches("board ").count() == 20, "{reason}");
}
