//! What an account may not read costs only that: each denial with its evidence, all else complete.

use crate::support::{Account, NOBROWSE, NOSOFTWARE, PLAIN, Ran, Scene, TRUTHS};
use serde_json::Value;
use std::collections::BTreeMap;

async fn run_as(account: Account) -> (Scene, Ran) {
    let scene = Scene::with_issues(150).await.seen_by(account);
    let ran = scene.run(&[]).await.exits_with(4);
    (scene, ran)
}

/// The feeds that are not complete, by outcome.
fn incomplete(ran: &Ran) -> BTreeMap<String, String> {
    ran.outcomes().into_iter().filter(|(_, outcome)| outcome != "complete").collect()
}

/// A line for each feed that is not complete.
fn told(ran: &Ran) -> String {
    let lines = incomplete(ran).into_iter().map(|(feed, outcome)| format!("{outcome:<8} {feed}\n"));
    lines.collect()
}

#[track_caller]
fn assert_equals_the_truth(scene: &Scene) {
    let (lake, account) = (scene.lake(), scene.account().username);
    let wrong = TRUTHS.iter().flat_map(|truth| truth.differences(&scene.site(), account, &lake));
    let wrong: Vec<_> = wrong.take(20).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[track_caller]
fn assert_every_denial_has_evidence(scene: &Scene, ran: &Ran) {
    for (feed, outcome) in incomplete(ran) {
        let entry = ran.feed(&feed);
        let denials = entry["denials"].as_array().expect("a list");
        assert!(entry["reason"].is_string(), "{feed}");
        assert_ne!(denials.is_empty(), outcome != "skipped", "{feed} is {outcome}: {entry}");
        for denial in denials {
            assert_is_evidence(&feed, denial);
        }
        let is_denied = outcome != "partial";
        assert_eq!(scene.lake().parts(&feed).is_empty(), is_denied, "{feed}");
        assert_eq!(entry["parts"].as_array().map(Vec::is_empty), Some(is_denied), "{feed}");
    }
}

#[track_caller]
fn assert_is_evidence(feed: &str, denial: &Value) {
    let text = |key: &str| denial[key].as_str().unwrap_or_default().to_owned();
    assert!(["GET", "POST"].contains(&text("method").as_str()), "{feed}: {denial}");
    assert!(text("path").starts_with("/rest/"), "{feed}: {denial}");
    let steps = text("path")
        .split('/')
        .any(|step| !step.is_empty() && step.chars().all(|c| c.is_ascii_digit()) && step != "3");
    assert!(!steps, "a template has no ids: {feed}: {denial}");
    assert!(
        [200, 400, 401, 403, 404].map(Value::from).contains(&denial["status"]),
        "{feed}: {denial}"
    );
    assert!(!text("message").is_empty() && text("message").is_ascii(), "{feed}: {denial}");
    assert!(!text("needs").is_empty() && text("remedy").starts_with("Ask "), "{feed}: {denial}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_user_gets_all_but_administration() {
    let (scene, ran) = run_as(PLAIN).await;
    assert_equals_the_truth(&scene);
    assert_every_denial_has_evidence(&scene, &ran);
    insta::assert_snapshot!(told(&ran));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_may_browse_no_project_is_told_so() {
    let (scene, ran) = run_as(NOBROWSE).await;
    assert_equals_the_truth(&scene);
    assert_every_denial_has_evidence(&scene, &ran);
    insta::assert_snapshot!(told(&ran));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_jira_software_gets_all_but_boards() {
    let (scene, ran) = run_as(NOSOFTWARE).await;
    assert_equals_the_truth(&scene);
    assert_every_denial_has_evidence(&scene, &ran);
    insta::assert_snapshot!(told(&ran));
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_feeds_name_the_parents_that_are_denied() {
    let scene = Scene::with_issues(10).await.seen_by(PLAIN);
    let ran = scene.run(&["project_versions"]).await.exits_with(4);
    let feed = ran.feed("project_versions");
    let denial = &feed["denials"][0];
    assert_eq!(denial["path"], "/rest/api/3/project/{projectId}/version");
    assert_eq!((&denial["status"], &denial["method"]), (&Value::from(404), &Value::from("GET")));
    assert!(denial["parent"].as_str().expect("a parent").starts_with("project "), "{denial}");
}

#[tokio::test(flavor = "multi_thread")]
async fn denials_can_be_allowed_by_whoever_knows_of_them() {
    let scene = Scene::with_issues(10).await.seen_by(PLAIN);
    let ran = scene.run(&["screens", "fields", "--allow-denied"]).await.exits_with(0);
    assert_eq!(ran.outcomes()["screens"], "denied");
    assert_eq!(ran.report()["exit_code"], 0);
    scene.run(&["screens", "fields"]).await.exits_with(4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_really_empty_is_complete() {
    let scene = Scene::with_issues(10)
        .await
        .config("[feed.issues]\njql = \"summary ~ 'no such issue anywhere'\"\n");
    let ran = scene.run(&["issues", "issue_links"]).await.exits_with(0);
    assert_eq!(
        (ran.feed("issues")["records"].clone(), ran.outcomes()["issues"].as_str()),
        (0.into(), "complete")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_told_and_nothing_is_written() {
    let wrong = Account { token: "wrong-token", ..PLAIN };
    let scene = Scene::with_issues(10).await.seen_by(wrong);
    let ran = scene.run(&[]).await.exits_with(3);
    assert_eq!(ran.report()["exit_code"], 3);
    assert!(!ran.stdout.contains(wrong.token) && !ran.stderr.contains(wrong.token));
    assert_eq!(scene.lake().files(), [""; 0]);
}
