//! A run that is interrupted within the list of the site's worklogs goes on from its last savepoint.

use crate::support::changing::MORNING;
use crate::support::evidence::status;
use crate::support::process::{finished, send, start_with, until};
use crate::support::{ADMIN, Ran, Scene};
use jira_sandbox::{Ceilings, Effect, Fault, SiteOptions};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

const FEED: &str = "issue_worklogs";
const UPDATED: &str = "/rest/api/3/worklog/updated";
const LIST: &str = "/rest/api/3/worklog/list";
const KEYS: &str = "worklog_property_keys";
const KEYS_OF_WORKLOG: &str = "/rest/api/3/issue/{issueIdOrKey}/worklog/{worklogId}/properties";

fn command(scene: &Scene) -> Command {
    let mut command = scene.prepared(&["run", "--output", "json", FEED]);
    // A round is three pages, since each begins with the end of the one before.
    let every = ("JIRA_FEEDS__DESTINATION__SAVEPOINT_EVERY", "40");
    command.envs([every, ("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "2")]);
    command
}

async fn run(scene: &Scene) -> Ran {
    scene.control().clear_log();
    finished(start_with(command(scene))).await
}

/// A site of many worklogs, listed 20 a page.
async fn site(mode: &str) -> Scene {
    let ceilings = Ceilings { worklog_ids: 20, ..Ceilings::default() };
    let options = SiteOptions { ceilings, ..SiteOptions::new(100, 1) };
    let scene = Scene::with_options(options).await.config(&format!("mode = \"{mode}\"\n"));
    scene.clock().set(MORNING);
    scene
}

/// The same, of which three pages are staged when the run is killed.
async fn interrupted(mode: &str) -> Scene {
    let scene = site(mode).await;
    interrupt(&scene, 4).await;
    scene
}

/// Kills a run at that request for rows.
async fn interrupt(scene: &Scene, at: u32) {
    scene.control().clear_log();
    scene.control().inject(Fault::on("POST", LIST, Effect::Hang).starting(at));
    let child = start_with(command(scene));
    until("the second round hangs", || scene.control().count("POST", LIST) >= at as usize).await;
    send("KILL", &child);
    finished(child).await;
    scene.control().clear_faults();
    assert!(scene.lake().files().iter().any(|file| file.ends_with("@issue_worklogs.json")));
}

/// The worklogs that were asked for, in each request.
fn requests(scene: &Scene) -> Vec<BTreeSet<u64>> {
    let ids = |body: &Value| body["ids"].as_array().expect("ids").clone();
    let numbers = |ids: Vec<Value>| ids.iter().map(|id| id.as_u64().expect("a number")).collect();
    scene.bodies(LIST).iter().map(|body| numbers(ids(body))).collect()
}

fn asked(scene: &Scene) -> BTreeSet<u64> {
    requests(scene).into_iter().flatten().collect()
}

/// Those of the first round.
fn staged(scene: &Scene) -> BTreeSet<u64> {
    requests(scene).into_iter().take(3).flatten().collect()
}

fn on_the_site(scene: &Scene) -> Vec<(u64, u64)> {
    let site = scene.site();
    let issues = site.issue_ids(ADMIN.username);
    issues
        .iter()
        .flat_map(|issue| site.worklog_ids(*issue).into_iter().map(|id| (*issue, id)))
        .collect()
}

/// Edits worklogs of these issues, one a second: a list cannot be read past a moment that fills its pages.
fn edit(scene: &Scene, worklogs: impl IntoIterator<Item = (u64, u64)>) {
    let now = scene.clock().now();
    scene.change(|site| {
        for ((issue, id), second) in worklogs.into_iter().zip(0..) {
            assert!(site.edit_worklog(issue, id, now + second * 1000));
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_that_were_staged_are_not_read_again() {
    for mode in ["full", "incremental"] {
        let scene = interrupted(mode).await;
        let staged = staged(&scene);
        let ran = run(&scene).await.exits_with(0);
        assert_eq!(ran.report()["resumed"], true, "{mode}");
        let all = on_the_site(&scene).len();
        assert!(all > 200, "this would prove little: {all}");
        assert_eq!((staged.len(), asked(&scene).len()), (58, all - 58), "{mode}");
        assert!(staged.is_disjoint(&asked(&scene)), "{mode}");
        assert_eq!(scene.lake().rows(FEED).len(), all, "{mode}: none is there twice");
        assert_eq!(scene.differences_of(&[FEED]), [""; 0], "{mode}");
        assert!(!scene.lake().files().iter().any(|file| file.contains("staging")), "{mode}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_that_have_changed_or_gone_since_are_what_they_are_now() {
    let scene = interrupted("incremental").await;
    let staged = staged(&scene);
    let of: Vec<_> =
        on_the_site(&scene).into_iter().filter(|(_, id)| staged.contains(id)).collect();
    scene.minutes_pass(30);
    let now = scene.clock().now();
    scene.change(|site| {
        assert!(site.edit_worklog(of[0].0, of[0].1, now));
        assert!(site.delete_worklog(of[1].0, of[1].1, now));
        assert!(site.add_worklog(of[2].0, now).is_some());
    });
    scene.minutes_pass(10);
    run(&scene).await.exits_with(0);
    assert_eq!(scene.differences_of(&[FEED]), [""; 0]);
    scene.minutes_pass(10);
    let again = run(&scene).await.exits_with(0);
    let counts = (again.feed(FEED)["records"].as_u64(), again.feed(FEED)["deleted"].as_u64());
    assert_eq!(counts, (Some(0), Some(0)), "{again:#?}");
    assert_eq!(scene.differences_of(&[FEED]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_has_each_worklog_once_whatever_has_changed_since() {
    let scene = interrupted("full").await;
    scene.minutes_pass(30);
    let of = on_the_site(&scene);
    edit(&scene, of.clone());
    scene.minutes_pass(10);
    run(&scene).await.exits_with(0);
    let rows = scene.lake().rows(FEED);
    let ids: BTreeSet<_> = rows.iter().map(|row| row["id"].to_string()).collect();
    assert_eq!((rows.len(), ids.len()), (of.len(), of.len()));
}

/// What Jira would not give before the interruption is asked for again by the run after the one that goes on.
#[tokio::test(flavor = "multi_thread")]
async fn worklogs_that_were_withheld_before_the_interruption_are_not_forgotten() {
    let scene = site("incremental").await;
    let projects = scene.site().live_project_keys(ADMIN.username);
    scene.change(|site| {
        projects[1..].iter().for_each(|project| site.hide_project(project, ADMIN.username));
    });
    interrupt(&scene, 4).await;
    run(&scene).await.exits_with(0);
    scene.open_all_projects(&projects);
    let (now, issue) = (scene.clock().now(), on_the_site(&scene)[0].0);
    scene.change(|site| assert!(site.add_worklog(issue, now).is_some()));
    scene.minutes_pass(30);
    run(&scene).await.exits_with(0);
    assert!(asked(&scene).len() > 100, "more than a round of them, and what is new besides");
    assert_eq!(scene.differences_of(&[FEED]), [""; 0]);
}

/// Hides all projects but the first, and reads: their worklogs are withheld.
async fn withheld(scene: &Scene) -> (Vec<String>, BTreeSet<u64>) {
    let projects = scene.site().live_project_keys(ADMIN.username);
    let before: BTreeSet<_> = on_the_site(scene).into_iter().map(|(_, id)| id).collect();
    scene.change(|site| {
        projects[1..].iter().for_each(|project| site.hide_project(project, ADMIN.username));
    });
    run(scene).await.exits_with(0);
    let seen = on_the_site(scene).into_iter().map(|(_, id)| id).collect();
    (projects, &before - &seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worklog_that_was_withheld_and_has_changed_comes_once() {
    let scene = site("incremental").await;
    let (projects, withheld) = withheld(&scene).await;
    scene.open_all_projects(&projects);
    edit(&scene, on_the_site(&scene).into_iter().filter(|(_, id)| withheld.contains(id)));
    scene.minutes_pass(30);
    run(&scene).await.exits_with(0);
    let asked = requests(&scene).iter().map(BTreeSet::len).sum::<usize>();
    assert_eq!(asked, withheld.len());
    assert_eq!(scene.lake().rows(FEED).len(), on_the_site(&scene).len());
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_that_were_withheld_and_have_been_staged_are_not_read_again() {
    let scene = site("incremental").await;
    let (projects, withheld) = withheld(&scene).await;
    edit(&scene, on_the_site(&scene));
    scene.open_all_projects(&projects);
    scene.minutes_pass(30);
    interrupt(&scene, 2).await;
    assert_eq!(requests(&scene)[0], withheld);
    run(&scene).await.exits_with(0);
    assert!(asked(&scene).is_disjoint(&withheld));
    assert_eq!(scene.differences_of(&[FEED]), [""; 0]);
    run(&scene).await.exits_with(0);
    assert!(asked(&scene).is_disjoint(&withheld), "nor by the run after");
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_are_read_again_where_another_feed_is_asked_for_each_of_them() {
    let scene = site("full").await;
    scene.control().inject(Fault::on("POST", LIST, Effect::Hang).starting(4));
    let with_keys = |scene: &Scene| {
        let mut command = command(scene);
        command.arg(KEYS);
        command
    };
    let child = start_with(with_keys(&scene));
    until("a later page hangs", || scene.control().count("POST", LIST) > 3).await;
    send("KILL", &child);
    finished(child).await;
    scene.control().clear_faults();
    finished(start_with(with_keys(&scene))).await.exits_with(0);
    let asked = scene.control().count("GET", KEYS_OF_WORKLOG);
    assert_eq!(asked, on_the_site(&scene).len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_after_a_savepoint_is_gone_on_with() {
    let scene = site("incremental").await;
    scene.control().inject(Fault::on("GET", UPDATED, status(503)).starting(4));
    run(&scene).await.exits_with(5);
    scene.control().clear_faults();
    let ran = run(&scene).await.exits_with(0);
    assert_eq!(ran.report()["resumed"], true);
    assert_eq!(asked(&scene).len(), on_the_site(&scene).len() - 58);
    assert_eq!(scene.differences_of(&[FEED]), [""; 0]);
}
