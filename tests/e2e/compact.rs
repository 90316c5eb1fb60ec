//! `compact`: fewer files, the same rows; and of a feed that is read by its changes, the latest of each record.

use crate::support::Scene;
use crate::support::changing::{Dice, following};
use jira_feeds::config::{ConfigSource, Overrides};
use jira_feeds::run::{CompactRequest, Signal, Stop};
use serde_json::Value;

async fn run(scene: &Scene, id: &str, date: &str) {
    let feeds = ["board_issues", "labels"];
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

#[tokio::test(flavor = "multi_thread")]
async fn of_a_feed_that_is_read_by_its_changes_only_the_latest_rows_stay() {
    let scene = Scene::loaded(40).await;
    let mut dice = Dice::new(7);
    for day in ["2026-11-02", "2026-11-03", "2026-11-04"] {
        for _ in 0..12 {
            scene.change_at_random(&mut dice);
        }
        scene.minutes_pass(60);
        let arguments = ["run", "--output", "json", "--date", day, "--allow-denied"];
        scene.command(&[&arguments, following().as_slice()].concat()).await.exits_with(0);
    }
    let before = scene.differences();
    let rows = scene.lake().rows("issues").len();
    let ran = scene.command(&["compact", "--output", "json"]).await.exits_with(0);
    let left = scene.lake().rows("issues");
    assert!(left.len() < rows, "{} of {rows}: {}", left.len(), ran.stdout);
    assert_eq!(left.len(), scene.lake().current().rows("issues").len(), "only the latest rows");
    assert_eq!(scene.differences(), before, "the current view is the same");
    let again = scene.command(&["compact", "--output", "json"]).await.exits_with(0);
    assert_eq!(scene.lake().rows("issues"), left, "{}", again.stdout);
    scene.minutes_pass(60);
    let quiet = scene.run(&following()).await;
    assert_eq!(quiet.feed("issues")["records"], 0, "the state goes on from where it was");
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
    let request = CompactRequest { feeds: None, dry_run: false, wait: None };
    let report = jira_feeds::run::compact(&settings, &request, &stop).await.expect("a report");
    assert_eq!((report.exit_code, report.feeds.len()), (143, 0));
    assert_eq!(scene.lake().files(), files);
}

fn rows_of_date(scene: &Scene, date: &str) -> Vec<Value> {
    let parts = scene.lake().parts("board_issues");
    let of_date = parts.iter().filter(|part| part.to_string_lossy().contains(date));
    of_date.flat_map(|part| crate::support::rows_of(part)).collect()
}

fn projects_by_id(kind: &str) -> String {
    format!(
        "mode = \"incremental\"\n[custom.things]\nget = \"/rest/api/3/project/search\"\npage = \"offset\"\npage_size = 50\nquery = {{ since = \"{{since}}\" }}\nrecords = \"/values\"\nkey = [\"id\"]\ncolumns = {{ id = \"{kind}\", key = \"text\" }}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_key_has_changed_its_type_is_not_compacted_to_its_latest_rows() {
    let scene = Scene::with_issues(20).await.config(&projects_by_id("text"));
    scene.run(&["things"]).await.exits_with(0);
    let scene = scene.with_config(&projects_by_id("int"));
    let ran = scene.run(&["things"]).await.exits_with(0);
    let notes = ran.feed("things")["notes"].to_string();
    assert!(notes.contains("told apart by `id`, whose type has changed"), "{notes}");
    let rows = sorted(scene.lake().rows("things"));
    let compacted = scene.command(&["compact", "-o", "json"]).await.exits_with(5);
    let error = compacted.feed("things")["error"].to_string();
    assert!(error.contains("told apart by `id`, whose type has changed"), "{error}");
    assert_eq!(sorted(scene.lake().rows("things")), rows);
}
