//! What a run costs: requests are counted where they arrive.

use crate::support::{ADMIN, Scene};
use jira_sandbox::{Resource, SiteOptions};
use std::collections::BTreeMap;
use std::time::Duration;

const ISSUES: u32 = 3000;

#[tokio::test(flavor = "multi_thread")]
async fn issues_with_comments_worklogs_and_changelogs_cost_two_requests_a_hundred() {
    let scene = Scene::with_issues(ISSUES).await;
    let feeds = ["issues", "issue_comments", "issue_worklogs", "issue_changelogs"];
    let ran = scene.run(&feeds).await.exits_with(0);
    assert_eq!(ran.feed("issues")["records"], ISSUES);
    let overflowing = overflowing(&scene);
    let asked = scene.control().requests().len();
    assert!(
        asked <= ISSUES as usize / 50 + overflowing,
        "{asked} requests, {overflowing} overflow"
    );
    assert_eq!(ran.report()["requests"], asked, "the report counts what the site counts");
}

/// Issues with more comments than are put into them; worklogs and histories are read in bulk.
fn overflowing(scene: &Scene) -> usize {
    let mut comments: BTreeMap<_, usize> = BTreeMap::new();
    for comment in scene.site().truth(ADMIN.username, Resource::Comments) {
        *comments.entry(comment.parent).or_default() += 1;
    }
    comments.values().filter(|count| **count > 20).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn parents_are_read_once_for_all_that_need_them() {
    let boards = "/rest/agile/1.0/board";
    let children = ["sprints", "board_configuration", "board_issues"];
    for more in [&["myself"][..], &["boards"][..]] {
        let scene = Scene::with_issues(50).await;
        let chosen = [&children[..], more].concat();
        scene.run(&chosen).await;
        let pages = scene.site().truth(ADMIN.username, Resource::Boards).len().div_ceil(50);
        assert_eq!(scene.control().count("GET", boards), pages, "{more:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parents_that_nobody_chose_are_not_written() {
    let scene = Scene::with_issues(50).await;
    let ran = scene.run(&["project_versions"]).await.exits_with(0);
    assert_eq!(ran.outcomes().keys().collect::<Vec<_>>(), ["project_versions"]);
    assert!(scene.lake().parts("projects").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_inside_issues_are_read_without_writing_the_issues() {
    let scene = Scene::with_issues(300).await;
    scene.run(&["issue_links", "issue_attachments"]).await.exits_with(0);
    assert!(scene.lake().parts("issues").is_empty());
    assert_eq!(scene.control().count("POST", "/rest/api/3/issue/bulkfetch"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_requests_are_in_flight_than_the_config_allows() {
    let options = SiteOptions { latency: Duration::from_millis(20), ..SiteOptions::new(600, 1) };
    let scene = Scene::with_options(options).await.config("[limits]\nmax_in_flight = 3\n");
    scene.run(&["issues", "project_versions"]).await.exits_with(0);
    assert_eq!(scene.control().peak_in_flight(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_login_is_seen_to_work_before_the_first_page_and_after_the_last() {
    let scene = Scene::with_issues(50).await;
    scene.run(&["fields", "screens"]).await.exits_with(0);
    let requests = scene.control().requests();
    let paths: Vec<_> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(paths.first(), Some(&"/rest/api/3/myself"));
    assert_eq!(paths.last(), Some(&"/rest/api/3/myself"));
    assert!(requests.iter().all(|request| request.account.as_deref() == Some(ADMIN.username)));
}
