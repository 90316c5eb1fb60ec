//! Partitions by more than the date: the folders are what the rows say, and nothing is lost over them.

use crate::support::{Scene, rows_of};
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
}
