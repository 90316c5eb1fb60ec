//! What a run does when Jira will not say which fields the site has.

use crate::support::Scene;
use jira_sandbox::{Effect, Fault};

#[tokio::test(flavor = "multi_thread")]
async fn without_the_sites_fields_only_the_feeds_that_have_a_column_for_each_fail() {
    let scene = Scene::with_issues(60).await;
    let refused = Effect::Status { status: 500, retry_after: None };
    scene.control().inject(Fault::on("GET", "/rest/api/3/field", refused));
    let ran =
        scene.run(&["issues", "issue_comments", "issue_sprints", "labels"]).await.exits_with(5);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["issues"], "failed");
    assert_eq!(outcomes["issue_sprints"], "failed");
    assert_eq!(outcomes["issue_comments"], "complete");
    assert_eq!(outcomes["labels"], "complete");
    let reason = ran.feed("issues")["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("GET /rest/api/3/field answered 500"), "{reason}");
    assert!(scene.lake().parts("issues").is_empty());
}
