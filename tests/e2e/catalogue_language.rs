//! What the language of the catalogue can say, each by a feed that needs it.

use crate::support::Scene;
use crate::support::evidence::{BULK, COMMENTS, plain, status};
use jira_sandbox::Fault;
use serde_json::Value;
use std::collections::BTreeSet;

const BOARD_ISSUES: &str = "/rest/software/1.0/board/{boardId}/issue";

/// The values of some columns of every row that landed.
fn keys(scene: &Scene, feed: &str, columns: &[&str]) -> BTreeSet<Vec<String>> {
    let key = |row: &Value| columns.iter().map(|column| plain(&row[*column])).collect();
    scene.lake().rows(feed).iter().map(key).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_can_be_cut_out_of_any_other_at_no_request() {
    let scene = Scene::with_issues(60).await;
    let ran = scene.run(&["issue_changelogs", "issue_changelog_items"]).await.exits_with(0);
    assert_eq!(ran.feed("issue_changelog_items")["requests"], 0);
    assert_eq!(ran.feed("issue_changelog_items")["endpoint"], Value::Null);
    let histories = scene.lake().raw("issue_changelogs");
    let expected: BTreeSet<_> = histories
        .iter()
        .flat_map(|history| {
            let items = history["items"].as_array().cloned().unwrap_or_default();
            let id = plain(&history["id"]);
            items.into_iter().enumerate().map(move |(position, item)| {
                vec![id.clone(), position.to_string(), plain(&item["field"])]
            })
        })
        .collect();
    assert!(expected.iter().any(|key| key[1] != "0"), "no history has two items");
    let landed = keys(&scene, "issue_changelog_items", &["historyId", "position", "field"]);
    assert_eq!(landed, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_out_of_a_feed_shares_its_denials() {
    let scene = Scene::with_private_boards(20).await;
    let ran = scene.run(&["board_configuration", "board_column_statuses"]).await.exits_with(4);
    let (host, inside) = (ran.feed("board_configuration"), ran.feed("board_column_statuses"));
    assert_eq!(host["outcome"], "partial");
    assert_eq!(inside["outcome"], "partial");
    assert_eq!(inside["denials"], host["denials"]);
    assert!(inside["records"].as_u64() > Some(0));
    let alone = scene.run(&["board_column_statuses"]).await.exits_with(4);
    assert_eq!(alone.feed("board_column_statuses")["records"], inside["records"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_can_be_parents_and_those_without_such_records_are_not_asked() {
    let scene = Scene::with_issues(60).await.config(
        r#"
        [custom.comments_one_by_one]
        get = "/rest/api/3/issue/{issueId}/comment"
        page = "offset"
        page_size = 100
        records = "/comments"
        key = ["id"]
        parent = { feed = "issues", called = "issue", bind = { issueId = "/id" }, skip_when = { "/fields/comment/total" = 0 } }
        columns = { issueId = "text", id = "text" }
        "#,
    );
    scene.run(&["issue_comments"]).await.exits_with(0);
    let before = scene.asked("GET", COMMENTS).len();
    scene.run(&["comments_one_by_one"]).await.exits_with(0);
    let asked: BTreeSet<_> =
        scene.asked("GET", COMMENTS)[before..].iter().map(|call| call.path.clone()).collect();
    // Jira leaves the field out of some issues: those are asked, since nothing says that they have none.
    let with_comments = keys(&scene, "issue_comments", &["issueId"]);
    assert!((with_comments.len()..60).contains(&asked.len()), "{} were asked", asked.len());
    assert_eq!(
        keys(&scene, "comments_one_by_one", &["issueId", "id"]),
        keys(&scene, "issue_comments", &["issueId", "id"])
    );
    let bulk = scene.asked("POST", BULK);
    let body = &bulk.last().expect("issues were fetched").body;
    assert!(body.contains("comment") && !body.contains("*all"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_below_a_feed_below_a_feed_inherits_what_was_bound() {
    let scene = Scene::with_issues(120).await.config(
        r#"
        [custom.sprints_by_board]
        get = "/rest/agile/1.0/board/{boardId}/sprint"
        page = "offset"
        page_size = 50
        records = "/values"
        key = ["boardId", "id"]
        denied = [404]
        not_available = [400, 422]
        parent = { feed = "boards", called = "board", bind = { boardId = "/id" } }
        columns = { boardId = "int", id = "int" }

        [custom.issues_by_sprint_and_board]
        get = "/rest/software/1.0/sprint/{sprintId}/issue"
        query = { fields = "id,key" }
        page = "token"
        page_size = 1000
        records = "/issues"
        key = ["boardId", "sprintId", "id"]
        parent = { feed = "sprints_by_board", called = "sprint", bind = { boardId = "/boardId", sprintId = "/id" } }
        columns = { boardId = "int", sprintId = "int", id = "text" }
        "#,
    );
    scene.run(&["sprints_by_board", "issues_by_sprint_and_board"]).await;
    let sprints = keys(&scene, "sprints_by_board", &["boardId", "id"]);
    let of_issues = keys(&scene, "issues_by_sprint_and_board", &["boardId", "sprintId"]);
    assert!(of_issues.len() > 1 && of_issues.is_subset(&sprints), "{of_issues:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_endpoint_is_asked_where_the_newer_one_is_not_there_and_the_report_says_so() {
    let scene = Scene::with_private_boards(60).await;
    let newer = scene.run(&["board_issues"]).await.exits_with(4);
    assert_eq!(newer.feed("board_issues")["endpoint"], format!("GET {BOARD_ISSUES}"));
    let landed = keys(&scene, "board_issues", &["boardId", "id"]);
    scene.control().inject(Fault::on("GET", BOARD_ISSUES, status(410)));
    let older = scene.run(&["board_issues"]).await.exits_with(4);
    let older = older.feed("board_issues");
    assert_eq!(older["endpoint"], "GET /rest/agile/1.0/board/{boardId}/issue");
    assert_eq!(older["denials"].as_array().map(Vec::len), Some(2), "{older:#}");
    assert_eq!(keys(&scene, "board_issues", &["boardId", "id"]), landed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_known_by_the_names_that_other_connectors_give_it() {
    let scene = Scene::with_issues(20).await.config("[feed.issue_fields]\nraw = false\n");
    let ran = scene.run(&["issue_fields"]).await.exits_with(0);
    assert_eq!(ran.feed("fields")["outcome"], "complete");
    assert!(ran.stderr.contains("`issue_fields` is called `fields` here"), "{}", ran.stderr);
    assert!(scene.lake().rows("fields")[0].get("_raw").is_none(), "the option was passed over");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_members_of_an_object_are_records_with_their_keys() {
    let scene = Scene::with_issues(20).await;
    scene.run(&["permissions", "configuration"]).await.exits_with(0);
    let permissions = scene.lake().rows("permissions");
    assert!(permissions.len() > 10);
    for row in &permissions {
        assert_eq!(row["permission"], row["key"], "{row}");
    }
    let features = scene.lake().rows("configuration");
    let voting = features.iter().find(|row| row["feature"] == "votingEnabled");
    assert!(voting.is_some_and(|row| row["setting"] == "true" || row["setting"] == "false"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_endpoint_can_be_asked_with_each_of_several_values() {
    let scene = Scene::with_issues(20).await.config(
        r#"
        [custom.projects_by_status]
        get = "/rest/api/3/project/search"
        query = { status = "{status}" }
        each = { status = ["live", "archived", "deleted"] }
        headers = { X-ExperimentalApi = "opt-in" }
        page = "offset"
        page_size = 50
        records = "/values"
        key = ["id"]
        columns = { status = "text", id = "text" }
        "#,
    );
    scene.run(&["projects", "projects_by_status"]).await.exits_with(0);
    let by_status = keys(&scene, "projects_by_status", &["status", "id"]);
    let projects = scene.lake().rows("projects");
    let word = |row: &Value| match (&row["archived"], &row["deleted"]) {
        (_, Value::Bool(true)) => "deleted",
        (Value::Bool(true), _) => "archived",
        _ => "live",
    };
    let expected: BTreeSet<_> =
        projects.iter().map(|row| vec![word(row).to_owned(), plain(&row["id"])]).collect();
    assert_eq!(by_status, expected);
    let calls = scene.asked("GET", "/rest/api/3/project/search");
    let sent = |call: &&jira_sandbox::LoggedRequest| {
        call.headers.iter().any(|(name, value)| name == "x-experimentalapi" && value == "opt-in")
    };
    assert_eq!(calls.iter().filter(sent).count(), 3);
}
