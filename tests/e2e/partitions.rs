//! Partitions by more than the date: the folders are what the rows say, and nothing is lost over them.

use crate::support::changing::{CUT_OUT, Dice, FOLLOWING, MORNING};
use crate::support::{ADMIN, Scene, rows_of};
use jira_sandbox::Resource;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The `name=value` folders of a part.
fn levels(part: &Path) -> BTreeMap<String, String> {
    let names = part.iter().filter_map(|name| name.to_str()?.split_once('='));
    names.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn issues(scene: &Scene) -> usize {
    scene.site().truth(scene.account().username, Resource::Issues).len()
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_lie_in_the_folders_of_their_project_and_year() {
    let scene = Scene::with_issues(300).await.config(
        "[feed.issues]\npartition_by = [\"fields.project.key\", \"year(fields.created)\", \"extract_date\"]\n",
    );
    let ran = scene.run(&["issues", "fields", "--date", "2026-11-24"]).await.exits_with(0);
    let parts = scene.lake().parts("issues");
    let mut ids = BTreeSet::new();
    let mut folders = BTreeSet::new();
    for part in &parts {
        let levels = levels(part);
        assert_eq!(levels["extract_date"], "2026-11-24");
        for row in rows_of(part) {
            assert_eq!(row["fields"]["project"]["key"], levels["project_key"].as_str());
            let created = row["fields"]["created"].as_str().expect("a time");
            assert_eq!(created[..4], levels["created_year"]);
            assert!(
                ids.insert(row["id"].as_str().expect("an id").to_owned()),
                "{row} is there twice"
            );
        }
        folders.insert((levels["project_key"].clone(), levels["created_year"].clone()));
    }
    assert_eq!(ids.len(), issues(&scene));
    assert!(folders.len() > 3, "{folders:?}");
    // The date is the outermost folder wherever it is named, and the report names what is there.
    let lake = scene.lake_path();
    let relative: Vec<_> = parts.iter().filter_map(|part| part.strip_prefix(&lake).ok()).collect();
    assert!(relative.iter().all(|part| part.starts_with("issues/extract_date=2026-11-24")));
    let listed: BTreeSet<_> = relative.iter().filter_map(|part| part.to_str()).collect();
    let reported = ran.feed("issues")["parts"].as_array().cloned().expect("parts");
    assert_eq!(reported.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>(), listed);
    // Another feed is not concerned.
    let fields = scene.lake().parts("fields");
    assert_eq!(levels(&fields[0]).into_keys().collect::<Vec<_>>(), ["extract_date"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_general_rule_counts_for_the_feeds_that_have_the_column() {
    let rule = "JIRA_FEEDS__DESTINATION__PARTITION_BY";
    let scene = Scene::with_issues(60).await;
    let mut command = scene.prepared(&["run", "issues", "project_versions", "--output", "json"]);
    command.env(rule, "extract_date, fields.project.key, projectId, nothing.like.it");
    let running = tokio::task::spawn_blocking(move || crate::support::Ran::wait_for(command));
    let ran = running.await.expect("joined").exits_with(0);
    for part in scene.lake().parts("issues") {
        assert!(levels(&part).keys().eq(["extract_date", "project_key"]), "{part:?}");
    }
    let versions = scene.lake().parts("project_versions");
    assert!(versions.len() > 1);
    for part in versions {
        let levels = levels(&part);
        assert!(levels.keys().eq(["by_projectId", "extract_date"]), "{part:?}");
        for row in rows_of(&part) {
            assert_eq!(crate::support::plain(&row["projectId"]), levels["by_projectId"]);
        }
    }
    // A column that no feed has is most likely a typing error.
    let warning = "no chosen feed can be partitioned by `nothing.like.it`";
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    assert!(!ran.stderr.contains("by `projectId`"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_that_the_feed_s_own_rule_names_and_it_lacks_is_refused_before_anything_is_read() {
    for (key, reason) in [
        ("fields.project.kye", "no such column"),
        ("fields.labels", "more than one value"),
        ("year(fields.summary)", "neither a timestamp nor a date"),
    ] {
        let toml = format!("[feed.issues]\npartition_by = [\"{key}\"]\n");
        let scene = Scene::with_issues(5).await.config(&toml);
        let ran = scene.run(&["issues"]).await.exits_with(2);
        let error = ran.report()["error"].as_str().expect("an error").to_owned();
        for word in ["issues", key, reason, "feed.issues.partition_by"] {
            assert!(error.contains(word), "no {word:?} in {error:?}");
        }
        assert_eq!(scene.lake().files(), [""; 0]);
        assert_eq!(scene.control().count("POST", "/rest/api/3/search/jql"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_date_the_next_run_replaces_the_whole_feed() {
    let scene = Scene::with_issues(60)
        .await
        .config("[feed.issues]\npartition_by = [\"fields.project.key\"]\n");
    for date in ["2026-11-23", "2026-11-24"] {
        scene.run(&["issues", "fields", "--date", date]).await.exits_with(0);
        assert_eq!(scene.lake().rows("issues").len(), issues(&scene));
    }
    for part in scene.lake().parts("issues") {
        assert!(levels(&part).keys().eq(["project_key"]), "{part:?}");
    }
    assert_eq!(scene.lake().parts("fields").len(), 2);
    let sql = scene.command(&["view", "issues"]).await.exits_with(0).stdout;
    assert!(sql.contains("all, since each run") && !sql.contains("extract_date"), "{sql}");
    let sql = scene.command(&["view", "fields"]).await.exits_with(0).stdout;
    assert!(sql.contains("those of its latest date") && sql.contains("extract_date"), "{sql}");
}

/// Each row's folder and the project that it names itself; none for tombstones, which name nothing but a key.
fn projects_of_issues(scene: &Scene) -> Vec<(String, Option<String>, String)> {
    let rows = scene.lake().parts("issues").into_iter().flat_map(|part| {
        let folder = levels(&part)["project_key"].clone();
        rows_of(&part).into_iter().map(move |row| {
            let project = row["fields"]["project"]["key"].as_str().map(str::to_owned);
            (folder.clone(), project, row["id"].to_string())
        })
    });
    rows.collect()
}

fn assert_in_their_folders(rows: &[(String, Option<String>, String)]) {
    for (folder, project, id) in rows {
        let expected = project.as_deref().unwrap_or("__HIVE_DEFAULT_PARTITION__");
        assert_eq!(folder, expected, "issue {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_by_date_and_project_equals_the_site_through_changes_and_after_compaction() {
    let scene = Scene::with_issues(60).await.config(
        "mode = \"incremental\"\n[feed.issues]\npartition_by = [\"extract_date\", \"fields.project.key\"]\n",
    );
    let feeds = [FOLLOWING, CUT_OUT].concat();
    let on = |date: &'static str| [&feeds[..], &["--date", date]].concat();
    scene.clock().set(MORNING);
    scene.run(&on("2026-10-02")).await.exits_with(0);
    let projects = scene.site().live_project_keys(ADMIN.username);
    let mut dice = Dice::new(7);
    for date in ["2026-10-02", "2026-10-03", "2026-10-04"] {
        scene.minutes_pass(60);
        // Rows whose folder changes, and rows that go: what partitions could lose.
        let (ids, now) = (scene.site().issue_ids(ADMIN.username), scene.clock().now());
        scene.change(|site| {
            for (issue, project) in ids.iter().step_by(7).zip(projects.iter().cycle()) {
                site.move_issue(*issue, project, now);
            }
            assert!(site.delete_issue(ids[1], now));
        });
        for _ in 0..5 {
            scene.change_at_random(&mut dice);
            scene.minutes_pass(1);
        }
        scene.open_all_projects(&projects);
        scene.minutes_pass(10);
        scene.run(&on(date)).await.exits_with(0);
        assert_eq!(scene.differences(), [""; 0], "{date}");
    }
    let rows = projects_of_issues(&scene);
    assert_in_their_folders(&rows);
    let folders_of = |id: &str| -> BTreeSet<_> {
        rows.iter().filter(|row| row.2 == id && row.1.is_some()).map(|row| &row.0).collect()
    };
    assert!(rows.iter().any(|row| folders_of(&row.2).len() > 1), "no issue has moved");
    assert!(rows.iter().any(|row| row.1.is_none()), "no issue has gone");

    scene.command(&["compact"]).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
    let rows = projects_of_issues(&scene);
    assert_in_their_folders(&rows);
    let ids: BTreeSet<_> = rows.iter().map(|row| &row.2).collect();
    assert_eq!((rows.len(), ids.len()), (issues(&scene), issues(&scene)));
    let parts = scene.lake().parts("issues");
    let folders: BTreeSet<_> = parts.iter().map(|part| part.parent()).collect();
    assert_eq!(folders.len(), parts.len(), "one part in each folder: {parts:#?}");

    // The next run goes on from there.
    scene.change_at_random(&mut dice);
    scene.open_all_projects(&projects);
    scene.minutes_pass(10);
    scene.run(&on("2026-10-05")).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
}

const BY_DATE: &str = "[feed.issues]\npartition_by = [\"extract_date\"]\n";
const BY_BOTH: &str = "[feed.issues]\npartition_by = [\"extract_date\", \"fields.project.key\"]\n";
const BY_PROJECT: &str = "[feed.issues]\npartition_by = [\"fields.project.key\"]\n";

async fn refused(scene: &Scene, more: &[&str]) -> String {
    let files = scene.lake().files();
    scene.control().clear_log();
    let arguments = [&["issues", "--date", "2026-11-02"], more].concat();
    let ran = scene.run(&arguments).await.exits_with(2);
    assert_eq!(scene.lake().files(), files, "nothing is written");
    assert_eq!(scene.control().count("POST", "/rest/api/3/search/jql"), 0, "nothing is read");
    ran.report()["error"].as_str().expect("an error").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_rows_are_added_keeps_the_folders_that_it_has() {
    let incremental = |toml: &str| format!("mode = \"incremental\"\n{toml}");
    let scene = Scene::with_issues(20).await.config(&incremental(BY_DATE));
    scene.clock().set(MORNING);
    scene.run(&["issues", "--date", "2026-11-01"]).await.exits_with(0);
    let scene = scene.with_config(&incremental(BY_BOTH));
    let since = ["--since", "2026-01-01", "--until", "2026-02-01"];
    for more in [&[][..], &["--full-refresh"], &since] {
        let error = refused(&scene, more).await;
        for word in
            ["`issues`", "by extract_date,", "extract_date, project_key", "Put `partition_by` back"]
        {
            assert!(error.contains(word), "no {word:?} in {error:?}");
        }
    }
    // A feed that is read in full is refused a part of the past too: that is added.
    let scene = scene.with_config(BY_BOTH);
    assert!(refused(&scene, &since).await.contains("rows would be added"));
    let scene = scene.with_config(&incremental(BY_DATE));
    let ran = scene.run(&["issues", "--date", "2026-11-02"]).await.exits_with(0);
    assert_eq!(ran.report()["resumed"], Value::Null, "a refused run is none to go on with");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_replaced_by_date_may_change_what_is_below_the_date_and_says_so() {
    let scene = Scene::with_issues(20).await.config(BY_DATE);
    for date in ["2026-11-01", "2026-11-02"] {
        scene.run(&["issues", "--date", date]).await.exits_with(0);
    }
    let scene = scene.with_config(BY_BOTH);
    let ran = scene.run(&["issues", "--date", "2026-11-02"]).await.exits_with(0);
    let note = ran.feed("issues")["notes"][0].as_str().unwrap_or_default().to_owned();
    assert!(
        note.contains("by extract_date, and those of this run by extract_date, project_key"),
        "{note}"
    );
    assert!(note.contains("Delete the older dates, or write to another destination"), "{note}");
    assert!(ran.stderr.contains(&note), "{}", ran.stderr);
    for part in scene.lake().parts("issues") {
        let levels = levels(&part);
        assert_eq!(levels.contains_key("project_key"), levels["extract_date"] == "2026-11-02");
    }
    let again = scene.run(&["issues", "--date", "2026-11-02"]).await.exits_with(0);
    assert_eq!(again.feed("issues")["notes"], Value::Null, "it is told once");
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_neither_go_nor_come_by_a_change_of_the_config_alone() {
    let scene = Scene::with_issues(20).await.config(BY_BOTH);
    scene.run(&["issues", "--date", "2026-11-01"]).await.exits_with(0);
    let scene = scene.with_config(BY_PROJECT);
    let error = refused(&scene, &[]).await;
    assert!(
        error.contains("take the place of all dates") && error.contains("state reset"),
        "{error}"
    );
    scene.command(&["state", "reset", "issues"]).await.exits_with(0);
    scene.run(&["issues", "--date", "2026-11-02"]).await.exits_with(0);
    assert_eq!(scene.lake().rows("issues").len(), issues(&scene), "as was asked for");
    let scene = scene.with_config(BY_DATE);
    let error = refused(&scene, &[]).await;
    assert!(error.contains("no run would take its place"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_of_before_folders_were_kept_is_taken_as_it_is() {
    let scene = Scene::with_issues(20).await.config(BY_DATE);
    scene.run(&["issues", "--date", "2026-11-01"]).await.exits_with(0);
    let path = scene.lake_path().join("_jira_feeds/state/issues.json");
    let text = std::fs::read_to_string(&path).expect("a state");
    let mut state: Value = serde_json::from_str(&text).expect("JSON");
    let folders = state.as_object_mut().expect("an object").remove("folders");
    assert_eq!(folders, Some(serde_json::json!(["extract_date"])));
    std::fs::write(&path, state.to_string()).expect("written");
    let scene = scene.with_config(BY_BOTH);
    let ran = scene.run(&["issues", "--date", "2026-11-02"]).await.exits_with(0);
    assert_eq!(ran.feed("issues")["notes"], Value::Null);
}
