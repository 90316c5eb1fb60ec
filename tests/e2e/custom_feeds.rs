//! Feeds of a user's own: in the config, in a folder, with columns made up from a sample; and what is refused.

use crate::support::changing::MORNING;
use crate::support::{Lake, Scene, plain};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The ten lines of CONTRIBUTING.
const ENTRY: &str = r#"
title = "Categories of projects, once more"
get = "/rest/api/3/projectCategory"
key = ["id"]
columns = { id = "text", self = "text", name = "text", description = "text" }
"#;

/// A scene whose config names a folder with one file.
async fn with_file(name: &str, text: &str) -> Scene {
    let scene = Scene::with_issues(20).await;
    let folder = scene.folder().join("feeds.d");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(folder.join(name), text).expect("a file");
    std::fs::write(folder.join("README.md"), "not a feed").expect("a file");
    scene.config("custom_dir = \"feeds.d\"\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_added_by_a_file_in_a_folder() {
    let scene = with_file("mine.toml", &format!("[my_categories]{ENTRY}")).await;
    let ran = scene.run(&["my_categories", "project_categories"]).await.exits_with(0);
    assert_eq!(ran.feed("my_categories")["outcome"], "complete");
    let names = |lake: &Lake, feed: &str| -> Vec<_> {
        lake.rows(feed).iter().map(|row| row["name"].clone()).collect()
    };
    let mine = names(&scene.lake(), "my_categories");
    assert!(!mine.is_empty());
    assert_eq!(mine, names(&scene.lake(), "project_categories"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_in_a_folder_that_is_wrong_is_named_with_its_file() {
    let cases = [
        ("[mine]\nget = \"/rest/api/3/role\"\nkeyy = []", "unknown field `keyy`"),
        ("[projects]\nget = \"/rest/api/3/role\"", "has a feed of this name already"),
        ("[mine]\nget = \"https://other.example/rest/api/3/role\"", "credential's site only"),
        ("[mine]\npost = \"/rest/api/3/issue\"", "is not known to read"),
        ("[mine]\nget = \"/rest/api/3/role\"\nheaders = { Authorization = \"x\" }", "X-..."),
        (
            "[mine]\nget = \"/rest/api/3/auditing/record\"\ncursor = \"/created\"",
            "a cursor needs `{since}`",
        ),
        (
            "[mine]\nget = \"/rest/api/3/auditing/record\"\nquery = { from = \"{since:year}\" }",
            "there are `{since}` or `{since:ms}`, `{since:iso}` and `{since:date}`",
        ),
        ("mine = 5", "invalid type"),
        ("[mine", "line 1: "),
    ];
    for (text, reason) in cases {
        let scene = with_file("mine.toml", text).await;
        let ran = scene.run(&["mine"]).await.exits_with(2);
        let error = ran.report()["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains("mine.toml") && error.contains(reason), "{text}: {error}");
        assert!(scene.control().requests().is_empty(), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_refused() {
    let scene = Scene::with_issues(20).await.config("custom_dir = \"none\"\n");
    let ran = scene.run(&["projects"]).await.exits_with(2);
    let error = ran.report()["error"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains("`custom_dir`") && error.contains("Check the path"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_is_said_to_read_is_sent() {
    let scene = Scene::with_issues(20).await.config(
        r#"
        [custom.counted]
        post = "/rest/api/3/permissions/project"
        body = { permissions = ["BROWSE_PROJECTS"] }
        records = "/projects"
        key = ["id"]
        columns = { id = "text", key = "text" }

        [custom.unknown]
        post = "/rest/api/2/permissions/project"
        reads = true
        "#,
    );
    scene.run(&["counted"]).await.exits_with(0);
    assert!(!scene.lake().rows("counted").is_empty());
    scene.run(&["unknown"]).await;
    assert_eq!(scene.asked("POST", "/rest/api/2/permissions/project").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pointer_that_matches_nothing_says_what_the_answer_holds() {
    let scene = Scene::with_issues(20).await.config(
        "[custom.mine]\nget = \"/rest/api/3/project/search\"\nrecords = \"/projects\"\nkey = [\"id\"]\ncolumns = { id = \"text\" }\n",
    );
    let ran = scene.run(&["mine"]).await.exits_with(5);
    let reason = ran.feed("mine")["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("no records at `/projects`; it holds"), "{reason}");
    assert!(reason.contains("values"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_inferred_from_a_sample_and_the_entry_can_be_pasted() {
    let written = r#"
        [custom.my_components]
        get = "/rest/api/3/project/{projectId}/component"
        page = "offset"
        page_size = 50
        records = "/values"
        denied = [404]
        parent = { feed = "projects", called = "project", bind = { projectId = "/id" }, skip_when = { "/archived" = true, "/deleted" = true } }
    "#;
    let scene = Scene::with_issues(60).await.config(written);
    let ran = scene.command(&["feeds", "infer", "my_components"]).await.exits_with(0);
    assert!(ran.stdout.contains("projectId = \"text\""), "{}", ran.stdout);
    assert!(ran.stdout.contains("lead = \"user\""), "{}", ran.stdout);
    let pasted = Scene::with_issues(60).await.config(&ran.stdout);
    pasted.run(&["my_components", "project_components"]).await.exits_with(0);
    let (mine, built_in) = (pasted.lake(), pasted.lake());
    let (mine, built_in) = (mine.rows("my_components"), built_in.rows("project_components"));
    assert!(!mine.is_empty() && mine.len() == built_in.len());
    for row in &mine {
        let id = &row["id"];
        let same = built_in.iter().find(|other| other["id"] == *id).expect("the same component");
        for column in ["projectId", "name", "lead"] {
            assert_eq!(row[column], same[column], "{column} of {id}");
        }
        assert!(row["_rescued"].is_null(), "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_built_in_feed_has_its_columns_already() {
    let scene = Scene::with_issues(20).await;
    let ran = scene.command(&["feeds", "infer", "projects"]).await.exits_with(2);
    assert!(ran.stderr.contains("only those of a custom feed"), "{}", ran.stderr);
}

const LOG: &str = "/rest/api/3/auditing/record";

/// Answers as Jira does: what was written between `from` and `to`, in one page.
fn serve_log(scene: &Scene) -> Arc<Mutex<Vec<Value>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    scene.control().serve("GET", LOG, move |inquiry| {
        // Without its zone, which is UTC on both sides, a moment sorts as text.
        let bare = |moment: &str| moment.chars().take(23).collect::<String>();
        let bound = |name| inquiry.parameter(name).map(bare).expect("a bound");
        let within = |record: &&Value| {
            let created = bare(&plain(&record["created"]));
            bound("from") <= created && created <= bound("to")
        };
        let records: Vec<Value> =
            kept.lock().expect("the log").iter().filter(within).cloned().collect();
        json!({ "offset": 0, "limit": 1000, "total": records.len(), "records": records })
    });
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_whose_type_has_changed_is_told_and_never_taken_for_the_same() {
    let config = |id: &str| {
        format!(
            r#"
            mode = "incremental"
            [custom.my_log]
            get = "/rest/api/3/auditing/record"
            query = {{ from = "{{since:iso}}", to = "{{until:iso}}" }}
            cursor = "/created"
            records = "/records"
            key = ["id"]
            columns = {{ id = "{id}", created = "timestamp" }}
            "#
        )
    };
    let scene = Scene::with_issues(5).await.config(&config("int"));
    serve_log(&scene)
        .lock()
        .expect("the log")
        .push(json!({ "id": 1, "created": "2026-03-01T08:00:00.000+0000" }));
    scene.run(&["my_log"]).await.exits_with(0);
    let scene = scene.with_config(&config("text"));
    let ran = scene.run(&["my_log"]).await.exits_with(0);
    let notes = ran.feed("my_log")["notes"].to_string();
    assert!(notes.contains("told apart by `id`, whose type has changed"), "{notes}");
    let compacted = scene.command(&["compact", "my_log"]).await.exits_with(5);
    assert!(compacted.stdout.contains("told apart by `id`"), "{}", compacted.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_asked_for_a_window_brings_only_what_is_news() {
    let scene = Scene::with_issues(5).await.config(
        r#"
        mode = "incremental"
        [custom.my_log]
        get = "/rest/api/3/auditing/record"
        query = { from = "{since:iso}", to = "{until:iso}" }
        cursor = "/created"
        page = "limit"
        page_size = 1000
        records = "/records"
        key = ["id"]
        columns = { id = "int", created = "timestamp" }
        "#,
    );
    let log = serve_log(&scene);
    let write = |id: u32, created: &str| {
        log.lock().expect("the log").push(json!({ "id": id, "created": created }));
    };
    scene.clock().set(MORNING);
    write(1, "2026-03-01T08:00:00.000+0000");
    write(2, "2026-10-01T10:00:00.000+0000");
    // After the watermark: the next run is told of it once more.
    write(3, "2026-10-01T23:58:00.000+0000");
    let first = scene.run(&["my_log"]).await.exits_with(0);
    assert_eq!(first.feed("my_log")["mode"], "incremental");
    assert_eq!(first.feed("my_log")["records"], 3);
    scene.minutes_pass(30);
    let second = scene.run(&["my_log"]).await.exits_with(0);
    assert_eq!(second.feed("my_log")["records"], 0);
    write(4, "2026-10-02T00:20:00.000+0000");
    let third = scene.run(&["my_log"]).await.exits_with(0);
    assert_eq!(third.feed("my_log")["records"], 1);
    assert_eq!(scene.landed("my_log", "id"), ["1", "2", "3", "4"]);
    let asked = scene.asked("GET", LOG);
    let bounds = |name: &str| -> Vec<String> {
        let all = asked.iter().flat_map(|request| &request.query);
        all.filter(|(key, _)| key == name).map(|(_, value)| value[..16].to_owned()).collect()
    };
    // Five minutes before the last run, and the ten of `lookback`.
    assert_eq!(bounds("from"), ["1970-01-01T00:00", "2026-10-01T23:45", "2026-10-02T00:15"]);
    assert_eq!(bounds("to"), ["2026-10-02T00:00", "2026-10-02T00:30", "2026-10-02T00:30"]);
}
