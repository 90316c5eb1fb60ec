//! The destination: what is wrong with it is said, and what is run again replaces its own.

use crate::support::{ADMIN, Mount, Ran, Scene};
use jira_sandbox::Resource;
use serde_json::Value;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn destinations_that_cannot_be_written_are_refused_before_the_first_request() {
    let scene = Scene::with_issues(1).await;
    let file = scene.folder().join("a-file");
    std::fs::write(&file, "mine").expect("written");
    let below = file.join("lake");
    // The kernel's own folders refuse everybody, root included.
    let places = [
        (file.as_path(), "it is a file", "choose a folder"),
        (below.as_path(), "a file stands where a folder is needed", "choose a destination"),
        (Path::new("/proc/jira-feeds-lake"), "cannot be made", "check"),
        (Path::new("/proc/self"), "could not write /proc/self", "check"),
    ];
    for (place, reason, remedy) in places {
        let place = place.to_str().expect("text");
        let ran = scene.run(&["fields", "--destination", place]).await.exits_with(2);
        let error = ran.report()["error"].as_str().expect("an error").to_owned();
        for word in [place, reason, remedy] {
            assert!(error.contains(word), "no {word:?} in {error:?}");
        }
        assert_eq!(scene.control().requests().len(), 0, "{place}");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("still there"), "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_the_feed_that_meets_it_and_no_other() {
    let scene = Scene::with_issues(600).await;
    let Some(_mount) = Mount::small(scene.lake_path(), "300k") else { return };
    let ran = scene.run(&["issues", "status_categories", "resolutions"]).await.exits_with(5);
    let issues = ran.feed("issues");
    let reason = issues["reason"].as_str().expect("a reason");
    assert_eq!(issues["outcome"], "failed");
    for word in ["issues", "the disk is full", "free some space"] {
        assert!(reason.contains(word), "no {word:?} in {reason:?}");
    }
    assert!(scene.lake().parts("issues").is_empty());
    for feed in ["status_categories", "resolutions"] {
        assert_eq!(ran.outcomes()[feed], "complete");
        assert!(!scene.lake().rows(feed).is_empty());
    }
    assert!(!scene.lake().files().iter().any(|file| file.contains("staging")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_is_refused_before_the_first_request() {
    let scene = Scene::with_issues(1).await;
    let Some(mount) = Mount::small(scene.lake_path(), "1m") else { return };
    mount.remount("ro");
    let ran = scene.run(&["fields"]).await.exits_with(2);
    let error = ran.report()["error"].as_str().expect("an error").to_owned();
    assert!(error.contains("read-only") && error.contains("mount it writable"), "{error}");
    assert_eq!(scene.control().requests().len(), 0);
}

/// The partitions of a feed and how many rows each has.
fn partitions(scene: &Scene, feed: &str) -> Vec<(String, usize)> {
    let parts = scene.lake().parts(feed);
    let name = |path: &Path| path.parent()?.file_name()?.to_str().map(str::to_owned);
    let mut found = std::collections::BTreeMap::new();
    for part in &parts {
        let rows = crate::support::rows_of(part).len();
        *found.entry(name(part).expect("a partition")).or_default() += rows;
    }
    found.into_iter().collect()
}

fn versions(scene: &Scene) -> usize {
    scene.site().truth(ADMIN.username, Resource::Versions).len()
}

async fn run_of(scene: &Scene, run_id: &str, date: &str) -> Ran {
    let feeds = ["project_versions", "fields"];
    let options = ["--run-id", run_id, "--date", date];
    scene.run(&[&feeds[..], &options].concat()).await.exits_with(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_run_replaces_its_own_parts() {
    let scene = Scene::with_issues(20).await;
    let id = "scheduled__2026-11-24T00:00:00+00:00";
    let first = run_of(&scene, id, "2026-11-23").await;
    let files = scene.lake().files();
    let second = run_of(&scene, id, "2026-11-23").await;
    assert_eq!(first.report()["run_id"], id);
    assert_eq!(second.report()["run_id"], id);
    assert_eq!(scene.lake().files(), files, "the same run makes the same files");
    let one = vec![("extract_date=2026-11-23".to_owned(), versions(&scene))];
    assert_eq!(partitions(&scene, "project_versions"), one);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_run_of_the_date_replaces_the_partition_and_another_date_leaves_it() {
    let scene = Scene::with_issues(20).await;
    run_of(&scene, "first", "2026-11-23").await;
    run_of(&scene, "second", "2026-11-23").await;
    run_of(&scene, "third", "2026-11-24").await;
    let day = |day: &str| (format!("extract_date=2026-11-{day}"), versions(&scene));
    assert_eq!(partitions(&scene, "project_versions"), [day("23"), day("24")]);
    let runs: std::collections::BTreeSet<_> = scene
        .lake()
        .rows("project_versions")
        .iter()
        .map(|row| crate::support::plain(&row["_run_id"]))
        .collect();
    assert_eq!(runs.into_iter().collect::<Vec<_>>(), ["second", "third"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parts_in_the_report_are_the_files_at_the_destination() {
    let scene = Scene::with_issues(20).await;
    let ran = run_of(&scene, "parts", "2026-11-23").await;
    for feed in ["project_versions", "fields"] {
        let parts = scene.lake().parts(feed);
        let lake = scene.lake_path();
        let found: Vec<_> = parts
            .iter()
            .map(|part| {
                Value::from(part.strip_prefix(&lake).expect("inside").to_str().expect("text"))
            })
            .collect();
        assert_eq!(ran.feed(feed)["parts"], Value::from(found));
    }
}
