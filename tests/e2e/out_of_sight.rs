//! Issues that the account loses sight of while a run reads them, or between two runs, and that come back as they were;
//! and what else is missing from a search without being gone.

use crate::support::changing::following;
use crate::support::evidence::{BULK, HISTORIES, SEARCH, status};
use crate::support::{ADMIN, Ran, Scene};
use jira_sandbox::{Effect, Fault};
use serde_json::json;

const ISSUE: &str = "/rest/api/3/issue/{issueIdOrKey}";

/// Later than any look back reaches.
const LATER: u64 = 60;

/// An endpoint that shows nothing of what it was asked for, so many times: so do hidden issues.
fn shows_nothing(scene: &Scene, path: &str, list: &str, times: u32) {
    let nothing = Effect::Json(json!({ list: [] }));
    scene.control().inject(Fault::on("POST", path, nothing).times(times));
}

/// An issue with comments and worklogs.
fn busy_issue(scene: &Scene) -> u64 {
    let site = scene.site();
    let is_busy = |id: &u64| site.comment_ids(*id).len() > 1 && site.worklog_ids(*id).len() > 1;
    site.issue_ids(ADMIN.username).into_iter().find(is_busy).expect("an issue")
}

fn edit(scene: &Scene, issue: u64) {
    let now = scene.clock().now();
    scene.change(|site| assert!(site.edit_issue(issue, now)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_hidden_between_search_and_reading_is_read_when_it_is_there_again() {
    let scene = Scene::loaded(60).await;
    edit(&scene, busy_issue(&scene));
    scene.minutes_pass(LATER);
    shows_nothing(&scene, BULK, "issues", 2);
    let ran = scene.run(&following()).await.exits_with(0);
    assert_eq!(ran.feed("issues")["vanished_total"], 1);
    scene.control().clear_faults();
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_is_where_deleted_issues_are_not_looked_for() {
    let scene = Scene::loaded(60)
        .await
        .with_config("mode = \"incremental\"\n[feed.issues]\nfind_deleted = false\n");
    edit(&scene, busy_issue(&scene));
    let (project, now) = (project_of(&scene, busy_issue(&scene)), scene.clock().now());
    scene.change(|site| assert!(site.create_issue(&project, now).is_some()));
    scene.minutes_pass(LATER);
    shows_nothing(&scene, BULK, "issues", 2);
    scene.run(&following()).await.exits_with(0);
    scene.control().clear_faults();
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_denied_by_itself_is_read_when_it_is_permitted_again() {
    let scene = Scene::loaded(60).await;
    let issue = busy_issue(&scene);
    edit(&scene, issue);
    scene.minutes_pass(LATER);
    scene.control().inject(Fault::on("POST", BULK, Effect::IssueErrors(vec![issue.to_string()])));
    scene.control().inject(Fault::on("GET", ISSUE, status(403)));
    let ran = scene.run(&following()).await.exits_with(4);
    assert_eq!(ran.feed("issues")["outcome"], "partial");
    scene.control().clear_faults();
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_hidden_after_the_search_is_read_when_it_is_there_again() {
    let scene = Scene::loaded(60).await;
    edit(&scene, busy_issue(&scene));
    scene.minutes_pass(LATER);
    shows_nothing(&scene, HISTORIES, "issueChangeLogs", 1);
    shows_nothing(&scene, BULK, "issues", 1);
    let ran = scene.run(&["issue_changelogs"]).await.exits_with(0);
    assert_eq!(ran.feed("issue_changelogs")["records"], 0);
    scene.control().clear_faults();
    scene.minutes_pass(LATER);
    scene.run(&["issue_changelogs"]).await.exits_with(0);
    assert_eq!(scene.differences_of(&["issue_changelogs"]), [""; 0]);
}

/// A later run, which sees everything, makes the lake equal the site.
async fn comes_back(scene: &Scene) {
    scene.minutes_pass(LATER);
    scene.run(&following()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
}

/// The key of an issue of the lake.
fn key_of(scene: &Scene, issue: u64) -> String {
    let id = issue.to_string();
    let row = scene.lake().rows("issues").into_iter().find(|row| row["id"] == id);
    row.expect("a row")["key"].as_str().expect("a key").to_owned()
}

fn project_of(scene: &Scene, issue: u64) -> String {
    key_of(scene, issue).split('-').next().expect("a project").to_owned()
}

#[track_caller]
fn nothing_is_deleted(ran: &Ran) {
    for feed in following() {
        assert_eq!(ran.feed(feed)["deleted"], 0, "{feed}");
    }
}

/// Search leaves an issue out, once.
fn leave_out(scene: &Scene, left_out: &str) {
    let mut rows = scene.lake().rows("issues");
    rows.retain(|row| row["id"] != left_out);
    let others: Vec<_> =
        rows.iter().map(|row| json!({ "id": row["id"], "key": row["key"] })).collect();
    // The first search asks for what has changed.
    let found = Effect::Json(json!({ "issues": others, "isLast": true }));
    scene.control().inject(Fault::on("POST", SEARCH, found).nth(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_search_leaves_out_for_a_moment_is_not_gone() {
    let scene = Scene::loaded(60).await;
    leave_out(&scene, &busy_issue(&scene).to_string());
    nothing_is_deleted(&scene.run(&following()).await.exits_with(0));
    assert_eq!(scene.differences(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_is_it_if_jira_has_an_error_in_its_place() {
    let scene = Scene::loaded(60).await;
    let left_out = busy_issue(&scene).to_string();
    leave_out(&scene, &left_out);
    scene.control().inject(Fault::on("POST", BULK, Effect::IssueErrors(vec![left_out])));
    nothing_is_deleted(&scene.run(&following()).await.exits_with(0));
    scene.control().clear_faults();
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_of_an_archived_project_are_not_gone() {
    let scene = Scene::loaded(60).await;
    let project = project_of(&scene, busy_issue(&scene));
    scene.change(|site| site.archive_project(&project, true));
    // Whether Jira gives archived issues by their ids, its documents do not say.
    shows_nothing(&scene, BULK, "issues", 9);
    nothing_is_deleted(&scene.run(&following()).await.exits_with(0));
    scene.control().clear_faults();
    scene.open_all_projects(&[project]);
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_its_project_is_hidden_is_read_when_it_is_shown_again() {
    let scene = Scene::loaded(60).await;
    let issue = busy_issue(&scene);
    let project = project_of(&scene, issue);
    scene.change(|site| site.hide_project(&project, ADMIN.username));
    scene.control().clear_log();
    scene.run(&following()).await.exits_with(4);
    let asked = scene.bodies(BULK);
    assert!(asked.is_empty(), "a request for the project spares those for its issues: {asked:?}");
    scene.minutes_pass(LATER);
    edit(&scene, issue);
    scene.minutes_pass(LATER);
    scene.run(&following()).await.exits_with(4);
    scene.open_all_projects(&[project]);
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_was_left_behind_catches_up_with_those_that_it_is_read_with() {
    let scene = Scene::loaded(60).await;
    let (issue, now) = (busy_issue(&scene), scene.clock().now());
    let comment = scene.site().comment_ids(issue)[0];
    scene.change(|site| assert!(site.edit_comment(issue, comment, now)));
    scene.minutes_pass(LATER);
    scene.run(&["issues"]).await.exits_with(0);
    assert_ne!(scene.differences_of(&["issue_comments"]), [""; 0]);
    scene.minutes_pass(LATER);
    scene.run(&["issues", "issue_comments"]).await.exits_with(0);
    assert_eq!(scene.differences_of(&["issues", "issue_comments"]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_a_jql_does_not_choose_any_more_goes_once_the_index_must_know_it() {
    let scene = Scene::loaded(60).await;
    let issue = busy_issue(&scene);
    let project = project_of(&scene, issue);
    let projects = scene.site().live_project_keys(ADMIN.username);
    let elsewhere = projects.iter().find(|other| **other != project).expect("another").clone();
    let jql = format!("mode = \"incremental\"\n[feed.issues]\njql = \"project = {project}\"\n");
    let scene = scene.with_config(&jql);
    scene.command(&["run", "issues", "--full-refresh"]).await.exits_with(0);
    let now = scene.clock().now();
    scene.change(|site| assert!(site.move_issue(issue, &elsewhere, now)));
    for (minutes, deleted) in [(1, 0), (LATER, 1), (LATER, 0)] {
        scene.minutes_pass(minutes);
        let ran = scene.run(&["issues"]).await.exits_with(0);
        assert_eq!(ran.feed("issues")["deleted"], deleted, "{minutes} minutes later");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_of_a_project_that_is_hidden_between_two_searches_are_not_gone() {
    let scene = Scene::loaded(60).await;
    let issue = busy_issue(&scene);
    let (key, project) = (key_of(&scene, issue), project_of(&scene, issue));
    scene.change(|site| site.hide_project(&project, ADMIN.username));
    let found = json!({ "issues": [{ "id": issue.to_string(), "key": key }], "isLast": true });
    scene.control().inject(Fault::on("POST", SEARCH, Effect::Json(found)).nth(1));
    nothing_is_deleted(&scene.run(&following()).await);
    scene.control().clear_faults();
    scene.open_all_projects(&[project]);
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_went_where_the_account_sees_nothing_comes_back_with_all_that_it_had() {
    let scene = Scene::loaded(60).await;
    let (issue, now) = (busy_issue(&scene), scene.clock().now());
    let projects = scene.site().live_project_keys(ADMIN.username);
    let project = project_of(&scene, issue);
    let elsewhere = projects.iter().find(|other| **other != project).expect("another").clone();
    scene.change(|site| {
        assert!(site.move_issue(issue, &elsewhere, now));
        site.hide_project(&elsewhere, ADMIN.username);
    });
    scene.minutes_pass(LATER);
    let ran = scene.run(&following()).await;
    assert_eq!(ran.feed("issues")["deleted"], 1);
    scene.open_all_projects(&projects);
    comes_back(&scene).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_takes_the_worklogs_of_a_hidden_project_for_hidden_and_not_for_gone() {
    let scene = Scene::loaded(60).await;
    let project = project_of(&scene, busy_issue(&scene));
    scene.change(|site| site.hide_project(&project, ADMIN.username));
    let refresh = [&following()[..], &["--full-refresh"]].concat();
    nothing_is_deleted(&scene.run(&refresh).await.exits_with(4));
    scene.open_all_projects(&[project]);
    comes_back(&scene).await;
}
