//! Feeds that live in issues, chosen without the others.

use crate::support::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn each_feed_that_lives_in_issues_can_be_read_alone() {
    let scene = Scene::with_issues(60).await;
    let whole = scene.run(&["issues.*"]).await.exits_with(0);
    for feed in ["issues", "issue_comments", "issue_changelogs", "issue_sprints", "issue_worklogs"]
    {
        let alone = scene.run(&[feed]).await.exits_with(0);
        assert_eq!(alone.feed(feed)["records"], whole.feed(feed)["records"], "{feed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_fields_that_hold_the_chosen_feeds_are_asked_for() {
    let scene = Scene::with_issues(60).await;
    scene.run(&["issue_attachments"]).await.exits_with(0);
    let requests = scene.control().requests();
    let bulk = requests.iter().find(|request| request.template.ends_with("/issue/bulkfetch"));
    let body = bulk.map(|request| request.body.clone()).unwrap_or_default();
    assert!(body.contains("attachment") && !body.contains("*all"), "{body}");
}
