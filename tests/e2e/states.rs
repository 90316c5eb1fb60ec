//! What runs leave for the next ones, shown and forgotten.

use crate::support::Scene;
use crate::support::changing::following;
use serde_json::Value;

async fn shown(scene: &Scene) -> Vec<Value> {
    let ran = scene.command(&["state", "show", "--output", "json"]).await.exits_with(0);
    ran.report()["feeds"].as_array().cloned().expect("feeds")
}

fn of_issues(feeds: &[Value]) -> &Value {
    feeds.iter().find(|feed| feed["feed"] == "issues").expect("the issues")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_says_how_far_the_lake_has_got() {
    let scene = Scene::loaded(30).await;
    let files = scene.lake().files();
    let feeds = shown(&scene).await;
    let issues = of_issues(&feeds);
    assert_eq!(issues["mode"], "incremental");
    let watermark = issues["watermark"].as_str().expect("a moment");
    assert!(
        watermark.starts_with("2026-10-01T23:55:0"),
        "five minutes before the run: {watermark}"
    );
    assert_eq!(issues["issues"], scene.site().issue_ids(scene.account().username).len());
    assert_eq!(issues["site"], scene.url());
    assert_eq!(scene.lake().files(), files, "looking changes nothing");
    let text = scene.command(&["state", "show", "issues"]).await.exits_with(0).stdout;
    assert!(text.contains("issues") && text.contains("2026-10-01T23:55:0"), "{text}");
    assert!(!text.contains("issue_comments"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_reset_is_read_from_the_beginning_and_loses_nothing() {
    let scene = Scene::loaded(30).await;
    let gone = scene.site().issue_ids(scene.account().username)[3];
    let now = scene.clock().now();
    scene.change(|site| assert!(site.delete_issue(gone, now)));
    let reset = scene.command(&["state", "reset", "issues", "issue_comments", "--output", "json"]);
    let reset = reset.await.exits_with(0).report();
    assert_eq!(reset["reset"], serde_json::json!(["issue_comments", "issues"]));
    assert!(shown(&scene).await.iter().all(|feed| feed["feed"] != "issues"));
    scene.minutes_pass(10);
    let again = scene.run(&following()).await.exits_with(0);
    assert!(again.feed("issues")["records"].as_u64() >= Some(29), "{again:#?}");
    assert_eq!(again.feed("issues")["deleted"], 1, "what the lake has is compared with the site");
    assert_eq!(scene.differences(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_not_there_is_not_made() {
    let scene = Scene::with_issues(1).await;
    let ran = scene.command(&["state", "show"]).await.exits_with(2);
    assert!(ran.stderr.contains("there is no such folder"), "{}", ran.stderr);
    assert!(!scene.lake_path().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_is_not_written_over_a_lake() {
    let scene = Scene::loaded(10).await;
    let other = Scene::with_issues(10).await;
    let lake = scene.lake_path();
    let arguments = ["run", "issues", "--destination", lake.to_str().expect("a path")];
    let before = scene.lake().files();
    let ran = other.command(&arguments).await.exits_with(2);
    assert!(ran.stderr.contains("holds feed `issues` of"), "{}", ran.stderr);
    assert_eq!(scene.lake().files(), before, "nothing is left to go on with");
}
