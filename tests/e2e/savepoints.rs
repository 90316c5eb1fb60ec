//! A run that is interrupted within the pass over issues goes on from its last savepoint: what was staged is not
//! read again, and the lake equals the site all the same.

use crate::support::changing::following;
use crate::support::evidence::{BULK, COMMENTS, HISTORIES, SEARCH, SPRINTS, status};
use crate::support::process::{finished, send, start_with, until};
use crate::support::{ADMIN, Ran, Scene};
use jira_sandbox::{Effect, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

const EVERY: &[(&str, &str)] = &[
    ("JIRA_FEEDS__DESTINATION__SAVEPOINT_EVERY", "20"),
    ("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "2"),
];
const SAVEPOINT: &str = "@issues.json";

fn command(scene: &Scene) -> Command {
    command_for(scene, &following())
}

fn command_for(scene: &Scene, feeds: &[&str]) -> Command {
    let mut command = scene.prepared(&[&["run", "--output", "json"], feeds].concat());
    command.envs(EVERY.iter().copied());
    command
}

async fn run(scene: &Scene) -> Ran {
    scene.control().clear_log();
    finished(start_with(command(scene))).await
}

/// A site of 100 issues of which 60 are staged when `signal` ends the run.
async fn interrupted_by(signal: &str, mode: &str) -> Scene {
    let scene = Scene::with_issues(100).await.config(&format!("mode = \"{mode}\"\n"));
    scene.clock().set(crate::support::changing::MORNING);
    interrupt(&scene, signal).await;
    assert!(scene.lake().parts("issues").is_empty(), "nothing of it is data");
    scene
}

async fn interrupt(scene: &Scene, signal: &str) {
    in_the_fourth_round(scene, command(scene), signal).await;
    assert_eq!(asked(scene).len(), 80);
    assert_eq!(savepoints(scene).len(), 1);
}

async fn killed_in_the_fourth_round(scene: &Scene, feeds: &[&str]) {
    in_the_fourth_round(scene, command_for(scene, feeds), "KILL").await;
}

async fn in_the_fourth_round(scene: &Scene, command: Command, signal: &str) {
    scene.control().clear_log();
    scene.control().inject(Fault::on("POST", BULK, Effect::Hang).starting(4));
    let child = start_with(command);
    until("the fourth round hangs", || scene.control().count("POST", BULK) > 3).await;
    send(signal, &child);
    finished(child).await;
    scene.control().clear_faults();
}

fn savepoints(scene: &Scene) -> Vec<String> {
    let mut files = scene.lake().files();
    files.retain(|file| file.ends_with(SAVEPOINT));
    files
}

/// The issues that were asked for.
fn asked(scene: &Scene) -> BTreeSet<String> {
    let bodies = scene.bodies(BULK);
    let ids = bodies.iter().flat_map(|body| body["issueIdsOrKeys"].as_array().expect("ids"));
    ids.map(|id| id.as_str().expect("an id").to_owned()).collect()
}

#[track_caller]
fn ended_well(scene: &Scene, ran: Ran) {
    ran.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
    let rows = scene.lake().rows("issues");
    let ids: BTreeSet<_> = rows.iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(ids.len(), rows.len(), "no issue is there twice");
    let files = scene.lake().files();
    assert!(!files.iter().any(|file| file.contains("staging")), "{files:?}");
    assert!(!files.iter().any(|file| file.contains("checkpoint")), "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_staged_is_not_read_again() {
    for (signal, mode) in
        [("KILL", "full"), ("INT", "full"), ("KILL", "incremental"), ("TERM", "incremental")]
    {
        let scene = interrupted_by(signal, mode).await;
        let ran = run(&scene).await;
        assert_eq!(ran.report()["resumed"], true, "{signal} {mode}");
        assert_eq!(asked(&scene).len(), 40, "{signal} {mode}");
        let histories = scene.bodies(HISTORIES);
        let ids = histories.iter().flat_map(|body| body["issueIdsOrKeys"].as_array().expect("ids"));
        assert!(ids.count() <= 40, "{signal} {mode}");
        assert_eq!(ran.feed("issues")["records"], 100, "{signal} {mode}");
        ended_well(&scene, ran);
        assert_eq!(savepoints(&scene), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_fits_into_a_round_costs_no_savepoint() {
    const MYSELF: &str = "/rest/api/3/myself";
    for (issues, expected) in [(19, 0), (21, 1)] {
        let scene = Scene::with_issues(issues).await;
        scene.control().inject(Fault::on("GET", MYSELF, Effect::Hang).starting(2));
        let child = start_with(command_for(&scene, &["issues"]));
        until("all has been read", || scene.control().count("GET", MYSELF) > 1).await;
        assert_eq!(savepoints(&scene).len(), expected, "{issues} issues");
        send("KILL", &child);
        finished(child).await;
        scene.control().clear_faults();
        // What has been staged counts, where there is nothing more to read.
        let ran = finished(start_with(command_for(&scene, &["issues"]))).await.exits_with(0);
        let issue_feed = ran.feed("issues");
        assert_eq!((&issue_feed["records"], &issue_feed["reason"]), (&issues.into(), &Value::Null));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_since_is_read_once_more_and_what_has_gone_is_gone() {
    let scene = interrupted_by("KILL", "incremental").await;
    scene.minutes_pass(30);
    let (ids, now) = (scene.site().issue_ids(ADMIN.username), scene.clock().now());
    let project = scene.site().live_project_keys(ADMIN.username)[0].clone();
    let commented: Vec<_> =
        ids.iter().filter(|id| !scene.site().comment_ids(**id).is_empty()).collect();
    let comment = scene.site().comment_ids(*commented[0])[0];
    scene.change(|site| {
        assert!(site.edit_issue(ids[0], now));
        assert!(site.delete_issue(ids[1], now));
        assert!(site.delete_comment(*commented[0], comment, now));
        assert!(site.delete_issue(ids[99], now));
        assert!(site.create_issue(&project, now).is_some());
    });
    scene.minutes_pass(10);
    let ran = run(&scene).await.exits_with(0);
    assert_eq!(ran.report()["resumed"], true);
    assert_eq!(scene.differences(), [""; 0]);
    assert!(asked(&scene).len() < 50, "{:?}", asked(&scene));
    let again = run(&scene).await.exits_with(0);
    for feed in again.report()["feeds"].as_array().expect("feeds") {
        assert_eq!(
            (feed["records"].as_u64(), feed["deleted"].as_u64()),
            (Some(0), Some(0)),
            "{feed:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_many_changes_goes_on_as_one_over_a_new_site_does() {
    let scene = Scene::with_issues(100).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    run(&scene).await.exits_with(0);
    scene.minutes_pass(60);
    let (ids, now) = (scene.site().issue_ids(ADMIN.username), scene.clock().now());
    scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
    scene.minutes_pass(30);
    interrupt(&scene, "KILL").await;
    scene.minutes_pass(60);
    run(&scene).await.exits_with(0);
    assert_eq!(asked(&scene).len(), 40);
    assert_eq!(scene.differences(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_has_each_issue_once_whatever_has_changed_since() {
    let scene = interrupted_by("KILL", "full").await;
    let (ids, now) = (scene.site().issue_ids(ADMIN.username), scene.clock().now());
    scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
    run(&scene).await.exits_with(0);
    assert_eq!(asked(&scene).len(), 40);
    assert_eq!(scene.lake().rows("issues").len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_after_a_savepoint_is_gone_on_with_and_not_twice_from_the_same_one() {
    for mode in ["full", "incremental"] {
        let scene = Scene::with_issues(100).await.config(&format!("mode = \"{mode}\"\n"));
        scene.clock().set(crate::support::changing::MORNING);
        scene.control().inject(Fault::on("POST", BULK, status(503)).starting(4));
        run(&scene).await.exits_with(5);
        assert_eq!(savepoints(&scene).len(), 1);
        scene.control().clear_faults();
        scene.control().inject(Fault::on("POST", BULK, status(503)));
        run(&scene).await.exits_with(5);
        assert_eq!(savepoints(&scene), [""; 0], "it got no further");
        scene.control().clear_faults();
        let ran = run(&scene).await;
        assert_eq!(asked(&scene).len(), 100);
        ended_well(&scene, ran);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_savepoint_that_cannot_be_used_costs_time_only() {
    for spoil in ["the document", "a part"] {
        let scene = interrupted_by("KILL", "incremental").await;
        let files = scene.lake().files();
        let of_issues = |file: &&String| file.contains("/issues/") && file.ends_with(".parquet");
        let path = match spoil {
            "a part" => files.iter().find(of_issues).expect("a part"),
            _ => &savepoints(&scene)[0],
        };
        std::fs::write(scene.lake_path().join(path), "[").expect("written");
        let ran = run(&scene).await;
        assert_eq!(asked(&scene).len(), 100, "{spoil}");
        ended_well(&scene, ran);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_run_than_the_interrupted_one_leaves_nothing_of_it() {
    let scene = interrupted_by("KILL", "full").await;
    let mut other = command(&scene);
    other.args(["--run-id", "other"]);
    scene.control().clear_log();
    let ran = finished(start_with(other)).await;
    assert_eq!(asked(&scene).len(), 100);
    ended_well(&scene, ran);
}

const LINKS: &str = "/rest/api/3/issue/{issueIdOrKey}/remotelink";

async fn links(scene: &Scene) -> Ran {
    scene.control().clear_log();
    finished(start_with(links_command(scene))).await
}

fn links_command(scene: &Scene) -> Command {
    let mut command = scene.prepared(&["run", "--output", "json", "issue_remote_links"]);
    // A round is ten issues.
    command.envs([("JIRA_FEEDS__DESTINATION__SAVEPOINT_EVERY", "250"), EVERY[1]]);
    command
}

/// The links that the lake has, and those that a lake that was read just now has.
async fn links_here_and_on_the_site(scene: &Scene) -> (Vec<String>, Vec<String>) {
    let of = |lake: crate::support::Lake| {
        let rows = lake.current().rows("issue_remote_links");
        let mut links: Vec<_> =
            rows.iter().map(|row| format!("{} {}", row["issueId"], row["id"])).collect();
        links.sort();
        links
    };
    let mut command = links_command(scene);
    let other = scene.folder().join("other");
    command
        .env("JIRA_FEEDS__DESTINATION__URL", &other)
        .args(["--destination", other.to_str().unwrap()]);
    finished(start_with(command)).await.exits_with(0);
    let read = of(crate::support::Lake::at(other.clone()));
    std::fs::remove_dir_all(other).expect("removed");
    assert!(!read.is_empty(), "this would prove nothing");
    (of(scene.lake()), read)
}

/// A site of 60 issues, of which 20 have been asked for their links when the run is killed.
async fn links_interrupted(mode: &str) -> Scene {
    let scene = Scene::with_issues(60).await.config(&format!("mode = \"{mode}\"\n"));
    scene.clock().set(crate::support::changing::MORNING);
    kill_in_the_third_round(&scene, LINKS, links_command(&scene)).await;
    scene
}

/// Kills a run that asks for ten of `path` a round.
async fn kill_in_the_third_round(scene: &Scene, path: &str, command: Command) {
    scene.control().inject(Fault::on("GET", path, Effect::Hang).starting(21));
    let child = start_with(command);
    until("the third round hangs", || scene.control().count("GET", path) > 20).await;
    send("KILL", &child);
    finished(child).await;
    scene.control().clear_faults();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_asked_for_each_issue_goes_on_with_the_others() {
    for mode in ["full", "incremental"] {
        let scene = links_interrupted(mode).await;
        let ran = links(&scene).await.exits_with(0);
        assert_eq!(scene.control().count("GET", LINKS), 40, "{mode}");
        assert_eq!(ran.feed("issue_remote_links")["parents"], 60, "{mode}");
        let (here, there) = links_here_and_on_the_site(&scene).await;
        assert_eq!(here, there, "{mode}");
        assert_eq!(scene.lake().rows("issue_remote_links").len(), here.len(), "{mode}: no doubles");
        assert!(!scene.lake().files().iter().any(|file| file.contains("staging")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_was_denied_before_the_interruption_is_counted_once() {
    let scene = Scene::with_issues(60).await;
    scene.control().inject(Fault::on("GET", LINKS, status(403)).nth(1));
    kill_in_the_third_round(&scene, LINKS, links_command(&scene)).await;
    let ran = links(&scene).await.exits_with(4);
    assert_eq!(scene.control().count("GET", LINKS), 40);
    let feed = ran.feed("issue_remote_links");
    assert_eq!(feed["parents"], 60);
    assert_eq!(feed["denials"].as_array().map(Vec::len), Some(1), "{feed:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_parts_of_issues_is_asked_for_all_again_and_none_is_taken_for_gone() {
    const FEED: &str = "issue_properties";
    const PATH: &str = "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}";
    let scene = Scene::with_issues(300).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    let command = |scene: &Scene| {
        let mut command = scene.prepared(&["run", "--output", "json", FEED]);
        command.envs([("JIRA_FEEDS__DESTINATION__SAVEPOINT_EVERY", "250"), EVERY[1]]);
        command
    };
    let keys = |scene: &Scene| -> BTreeSet<String> {
        let rows = scene.lake().current().rows(FEED);
        rows.iter().map(|row| format!("{} {}", row["issueId"], row["key"])).collect()
    };
    finished(start_with(command(&scene))).await.exits_with(0);
    let (before, asked) = (keys(&scene), scene.control().count("GET", PATH));
    assert!(before.len() > 30 && asked > 30, "this would prove little: {asked}");
    scene.minutes_pass(30);
    let now = scene.clock().now();
    let ids = scene.site().issue_ids(ADMIN.username);
    scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
    scene.minutes_pass(30);
    scene.control().clear_log();
    kill_in_the_third_round(&scene, PATH, command(&scene)).await;
    scene.control().clear_log();
    let ran = finished(start_with(command(&scene))).await.exits_with(0);
    assert_eq!(ran.feed(FEED)["deleted"], 0);
    assert_eq!(scene.control().count("GET", PATH), asked);
    assert_eq!(keys(&scene), before);
    assert_eq!(scene.lake().rows(FEED).len(), 2 * before.len(), "each once by each run");
}

/// As a scheduler tries a task again, once somebody has given the permission.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_run_again_asks_for_what_was_denied_to_it() {
    let scene = Scene::with_issues(60).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    let command = || {
        let mut command = links_command(&scene);
        command.args(["--run-id", "monday"]);
        command
    };
    scene.control().inject(Fault::on("GET", LINKS, status(403)).starting(31));
    finished(start_with(command())).await.exits_with(4);
    scene.control().clear_faults();
    scene.control().clear_log();
    finished(start_with(command())).await.exits_with(0);
    assert_eq!(scene.control().count("GET", LINKS), 60);
    let (here, there) = links_here_and_on_the_site(&scene).await;
    assert_eq!(here, there);
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_have_changed_since_are_asked_again_and_what_has_gone_takes_its_own_along() {
    let scene = links_interrupted("incremental").await;
    let answered: Vec<u64> = scene
        .asked("GET", LINKS)
        .iter()
        .filter(|request| request.status == Some(200))
        .map(|request| request.path.split('/').nth(5).expect("an id").parse().expect("a number"))
        .collect();
    assert_eq!(answered.len(), 20);
    scene.minutes_pass(30);
    let now = scene.clock().now();
    scene.change(|site| {
        assert!(site.edit_issue(answered[0], now));
        let gone = answered[1..10].iter().filter(|id| site.delete_issue(**id, now));
        assert!(gone.count() > 0);
    });
    scene.minutes_pass(10);
    links(&scene).await.exits_with(0);
    // A deletion can change an issue beside it.
    assert!((41..50).contains(&scene.control().count("GET", LINKS)));
    let asked = scene.asked("GET", LINKS);
    assert!(asked.iter().any(|request| request.path.contains(&format!("/{}/", answered[0]))));
    let (here, there) = links_here_and_on_the_site(&scene).await;
    assert_eq!(here, there);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_issue_has_is_not_gone_because_it_is_denied() {
    let scene = Scene::with_issues(60).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    links(&scene).await.exits_with(0);
    scene.minutes_pass(30);
    let now = scene.clock().now();
    let ids = scene.site().issue_ids(ADMIN.username);
    scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
    scene.control().inject(Fault::on("GET", LINKS, status(403)).starting(31));
    let ran = links(&scene).await.exits_with(4);
    assert_eq!(ran.feed("issue_remote_links")["deleted"], 0);
    scene.control().clear_faults();
    let (here, there) = links_here_and_on_the_site(&scene).await;
    assert_eq!(here, there);
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_are_an_issue_s_properties_because_one_of_them_is_denied() {
    const FEED: &str = "issue_properties";
    const PATH: &str = "/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}";
    let scene = Scene::with_issues(30).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    scene.run(&[FEED]).await.exits_with(0);
    assert!(scene.lake().rows(FEED).len() > 1, "this would prove nothing");
    scene.minutes_pass(30);
    let now = scene.clock().now();
    let ids = scene.site().issue_ids(ADMIN.username);
    scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
    scene.control().inject(Fault::on("GET", PATH, status(403)).starting(2));
    let ran = scene.run(&[FEED]).await.exits_with(4);
    assert_eq!(ran.feed(FEED)["deleted"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_that_are_denied_are_not_gone() {
    let scene = Scene::with_issues(100).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    scene.run(&["issue_comments"]).await.exits_with(0);
    assert!(
        scene.control().count("GET", COMMENTS) > 0,
        "some issues have more than Jira puts into them"
    );
    scene.minutes_pass(30);
    let now = scene.clock().now();
    let ids = scene.site().issue_ids(ADMIN.username);
    scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
    scene.control().inject(Fault::on("GET", COMMENTS, status(403)));
    let ran = scene.run(&["issue_comments"]).await.exits_with(4);
    assert_eq!(ran.feed("issue_comments")["deleted"], 0);
    scene.control().clear_faults();
    assert_eq!(scene.differences_of(&["issue_comments"]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_fails_beside_others_is_in_no_savepoint() {
    let scene = Scene::with_issues(100).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    scene.control().inject(Fault::on("GET", COMMENTS, status(503)));
    let ran = run(&scene).await.exits_with(5);
    ran.is("issue_comments", "failed");
    ran.is("issues", "complete");
    scene.control().clear_faults();
    run(&scene).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_beside_incremental_feeds_has_each_issue_once() {
    let config = "[feed.issue_comments]\nmode = \"incremental\"\n[feed.issues]\nmode = \"full\"\n";
    for feeds in [&following()[..], &["issues", "issue_comments"]] {
        let scene = Scene::with_issues(100).await.config(config);
        scene.clock().set(crate::support::changing::MORNING);
        killed_in_the_fourth_round(&scene, feeds).await;
        scene.minutes_pass(30);
        let (ids, now) = (scene.site().issue_ids(ADMIN.username), scene.clock().now());
        scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
        finished(start_with(command_for(&scene, feeds))).await.exits_with(0);
        assert_eq!(scene.lake().rows("issues").len(), 100);
        let searches = scene.bodies(SEARCH);
        assert!(searches.iter().any(|body| body["fields"][0] == "key"), "some are incremental");
        scene.minutes_pass(30);
        finished(start_with(command_for(&scene, feeds))).await.exits_with(0);
        assert_eq!(scene.differences_of(feeds), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_that_are_asked_for_each_issue_are_asked_for_all_if_the_pass_was_interrupted() {
    let feeds = ["issues", "issue_remote_links"];
    // A request brings a hundred.
    let scene = Scene::with_issues(400).await;
    killed_in_the_fourth_round(&scene, &feeds).await;
    scene.control().clear_log();
    finished(start_with(command_for(&scene, &feeds))).await.exits_with(0);
    assert_eq!(scene.control().count("GET", LINKS), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_watched_an_issue_that_nobody_watches_any_more_is_gone_without_a_request() {
    const WATCHERS: &str = "/rest/api/3/issue/{issueIdOrKey}/watchers";
    let scene = Scene::with_issues(1).await.config("mode = \"incremental\"\n");
    scene.clock().set(crate::support::changing::MORNING);
    let serve_issue = |updated: &str, watchers: u32| {
        let fields = json!({ "updated": updated, "watches": { "watchCount": watchers } });
        let issue = json!({ "id": "1", "key": "ENG-1", "fields": fields });
        for path in [SEARCH, BULK] {
            let issue = issue.clone();
            scene.control().serve(
                "POST",
                path,
                move |_| json!({ "issues": [issue], "isLast": true }),
            );
        }
    };
    scene.control().serve("GET", WATCHERS, |_| json!({ "watchers": [{ "accountId": "a" }] }));
    serve_issue("2026-10-01T20:00:00.000+0000", 1);
    scene.run(&["issue_watchers"]).await.exits_with(0);
    assert_eq!(scene.landed("issue_watchers", "accountId"), ["a"]);
    scene.minutes_pass(60);
    serve_issue("2026-10-02T00:30:00.000+0000", 0);
    scene.control().clear_log();
    let ran = scene.run(&["issue_watchers"]).await.exits_with(0);
    assert_eq!(ran.feed("issue_watchers")["deleted"], 1);
    assert_eq!(scene.control().count("GET", WATCHERS), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_have_changed_since_are_of_another_savepoint() {
    let scene = interrupted_by("KILL", "incremental").await;
    let added = json!({
        "id": "customfield_19999", "name": "Added", "custom": true,
        "schema": {"type": "date", "custom": "x:y"},
    });
    serve_fields(&scene, |fields| fields.push(added));
    let ran = run(&scene).await;
    assert_eq!(asked(&scene).len(), 100);
    ended_well(&scene, ran);
}

fn serve_fields(scene: &Scene, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
    let truth = scene.site().truth(ADMIN.username, jira_sandbox::Resource::Fields);
    let mut fields: Vec<_> = truth.into_iter().map(|record| record.value).collect();
    change(&mut fields);
    scene.control().serve("GET", "/rest/api/3/field", move |_| fields.clone().into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_the_site_has_not_keeps_nobody_from_going_on_until_the_site_has_it() {
    for comes in [false, true] {
        let scene = Scene::with_issues(100).await;
        let with_sprints = || {
            let mut command = command(&scene);
            command.arg("issue_sprints");
            command
        };
        let is_sprint = |field: &serde_json::Value| {
            field["schema"]["custom"] == "com.pyxis.greenhopper.jira:gh-sprint"
        };
        serve_fields(&scene, |fields| fields.retain(|field| !is_sprint(field)));
        scene.control().inject(Fault::on("POST", BULK, Effect::Hang).starting(4));
        let child = start_with(with_sprints());
        until("the fourth round hangs", || scene.control().count("POST", BULK) > 3).await;
        send("KILL", &child);
        finished(child).await;
        scene.control().clear_faults();
        scene.control().clear_log();
        if comes {
            serve_fields(&scene, |_| ());
        }
        let ran = finished(start_with(with_sprints())).await.exits_with(0);
        ran.is("issue_sprints", if comes { "complete" } else { "skipped" });
        assert_eq!(asked(&scene).len(), if comes { 100 } else { 40 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_come_with_several_parents_come_once_also_if_the_run_goes_on() {
    let scene = Scene::with_issues(100).await;
    let shared = json!({ "id": 7, "name": "of all boards", "state": "active" });
    scene.control().serve(
        "GET",
        SPRINTS,
        move |_| json!({ "isLast": true, "startAt": 0, "maxResults": 50, "values": [shared] }),
    );
    let sprints = |scene: &Scene| {
        let mut command = scene.prepared(&["run", "--output", "json", "sprints"]);
        command.env("JIRA_FEEDS__DESTINATION__SAVEPOINT_EVERY", "1");
        command.env("JIRA_FEEDS__LIMITS__MAX_IN_FLIGHT", "1");
        start_with(command)
    };
    scene.control().inject(Fault::on("GET", SPRINTS, Effect::Hang).starting(2));
    let child = sprints(&scene);
    until("the second request hangs", || scene.control().count("GET", SPRINTS) > 1).await;
    send("KILL", &child);
    finished(child).await;
    scene.control().clear_faults();
    finished(sprints(&scene)).await.exits_with(0);
    assert_eq!(scene.landed("sprints", "id"), ["7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_cut_out_of_an_incremental_feed_has_each_record_once() {
    let config = "mode = \"incremental\"\n[feed.issue_sla_cycles]\nmode = \"full\"\n";
    let scene = Scene::with_issues(100).await.config(config);
    scene.clock().set(crate::support::changing::MORNING);
    let feeds = ["issue_slas", "issue_sla_cycles"];
    killed_in_the_fourth_round(&scene, &feeds).await;
    scene.minutes_pass(30);
    let (ids, now) = (scene.site().issue_ids(ADMIN.username), scene.clock().now());
    scene.change(|site| ids.iter().for_each(|id| assert!(site.edit_issue(*id, now))));
    finished(start_with(command_for(&scene, &feeds))).await.exits_with(0);
    let rows = scene.lake().rows("issue_sla_cycles");
    let key = |row: &serde_json::Value| {
        format!("{} {} {}", row["issueId"], row["fieldId"], row["position"])
    };
    let keys: BTreeSet<_> = rows.iter().map(key).collect();
    assert!(!rows.is_empty(), "this would prove nothing");
    assert_eq!(keys.len(), rows.len());
}
