//! Search and the bulk calls: what Jira's newer endpoints do that the older ones did not.

use crate::support::Scene;
use crate::support::evidence::{BULK, COMMENTS, HISTORIES, LABELS, SEARCH, plain, status};
use jira_sandbox::{Caps, Ceilings, Effect, Fault, Resource, SiteOptions};
use serde_json::{Value, json};

const ISSUE: &str = "/rest/api/3/issue/{issueIdOrKey}";

/// 250 issues of which a search gives 60 at a time.
async fn small_pages() -> Scene {
    let ceilings = Ceilings { issue_ids: 60, histories: 100, ..Ceilings::default() };
    Scene::with_options(SiteOptions { ceilings, ..SiteOptions::new(250, 1) }).await
}

fn ids_in(body: &Value) -> usize {
    body["issueIdsOrKeys"].as_array().map_or(0, Vec::len)
}

/// Two issues that the administrator finds.
fn two_ids(scene: &Scene) -> Vec<String> {
    scene.truth(Resource::Issues, "id").into_iter().skip(20).take(2).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_come_by_5000_and_rows_by_100() {
    let scene = Scene::with_issues(250).await;
    scene.run(&["issues", "issue_comments"]).await.exits_with(0);
    let searches = scene.bodies(SEARCH);
    assert_eq!(searches.len(), 1);
    assert_eq!(
        (&searches[0]["maxResults"], &searches[0]["fields"]),
        (&json!(5000), &json!(["id"]))
    );
    let fetches = scene.bodies(BULK);
    assert_eq!(fetches.iter().map(ids_in).sum::<usize>(), 250);
    assert_eq!(fetches.len(), 3, "100, 100 and 50");
    assert!(fetches.iter().all(|body| ids_in(body) <= 100 && body["fields"] == json!(["*all"])));
    scene.has_all("issues", Resource::Issues, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_alone_are_fetched_by_100_too() {
    let scene = Scene::with_issues(150).await;
    scene.run(&["issue_comments"]).await.exits_with(0);
    assert!(scene.bodies(BULK).iter().all(|body| ids_in(body) <= 100));
    scene.has_all("issue_comments", Resource::Comments, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_search_is_bounded_and_holds_no_key_that_jira_refuses() {
    let scene = small_pages().await;
    scene.run(&["issues"]).await.exits_with(0);
    let searches = scene.bodies(SEARCH);
    assert_eq!(searches.len(), 5);
    for (page, body) in searches.iter().enumerate() {
        assert!(plain(&body["jql"]).starts_with("created >= 0"), "{body}");
        let keys: Vec<_> = body.as_object().map(|body| body.keys().cloned().collect()).unwrap();
        let known = ["fields", "jql", "maxResults", "nextPageToken"];
        assert!(keys.iter().all(|key| known.contains(&key.as_str())), "{body}");
        assert_eq!(body.get("nextPageToken").is_some(), page > 0, "no empty token: {body}");
    }
    let statuses = scene.asked("POST", SEARCH);
    assert!(statuses.iter().all(|request| request.status == Some(200)));
    scene.has_all("issues", Resource::Issues, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_with_or_stays_one_condition() {
    let scene = Scene::with_issues(150).await;
    let jql = "project = CORE OR project = WEB";
    let ran = scene.command(&["run", "issues", "--jql", jql, "--output", "json"]).await;
    ran.exits_with(0);
    let jql = plain(&scene.bodies(SEARCH)[0]["jql"]);
    assert!(jql.starts_with("(project = CORE OR project = WEB) AND created >= 0"), "{jql}");
    let keys = scene.landed("issues", "key");
    let expected = scene.truth(Resource::Issues, "key").into_iter();
    let expected: Vec<_> =
        expected.filter(|key| key.starts_with("CORE-") || key.starts_with("WEB-")).collect();
    assert_eq!(keys, expected);
}

/// A search that goes wrong in this way ends the feeds of issues, says so, and costs no other feed.
async fn ends_the_search(template: &str, feed: &str, effect: Effect, words: &[&str]) {
    let scene = small_pages().await;
    scene.inject("POST", template, effect);
    let ran = scene.run(&[feed, "labels"]).await.exits_with(5);
    ran.failed(feed, &[feed, template]);
    ran.failed(feed, words);
    ran.is("labels", "complete");
    scene.shows_nothing_of(feed);
    // Five lists of changelogs are read side by side.
    assert!(scene.asked("POST", template).len() <= 60, "the guard said no in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_comes_again_is_an_error() {
    ends_the_search(SEARCH, "issues", Effect::RepeatToken, &["read before", "never end"]).await;
    ends_the_search(HISTORIES, "issue_changelogs", Effect::RepeatToken, &["read before"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_pages_without_an_end_are_an_error() {
    ends_the_search(SEARCH, "issues", Effect::EmptyForever, &["10 pages in a row are empty"]).await;
    ends_the_search(HISTORIES, "issue_changelogs", Effect::EmptyForever, &["empty"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_page_under_ever_new_tokens_is_an_error() {
    let words = ["same records as the page before"];
    ends_the_search(SEARCH, "issues", Effect::PagesForever, &words).await;
    ends_the_search(HISTORIES, "issue_changelogs", Effect::PagesForever, &words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_two_pages_of_a_search_find_is_one_row() {
    let scene = Scene::with_issues(30).await;
    let ids = scene.truth(Resource::Issues, "id");
    let page = |ids: &[String]| ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    let first = json!({"issues": page(&ids[..20]), "nextPageToken": "b", "isLast": false});
    let second = json!({"issues": page(&ids[15..]), "isLast": true});
    scene.control().serve_sequence("POST", SEARCH, vec![first, second]);
    let feeds = ["issues", "issue_comments", "issue_changelogs"];
    scene.run(&feeds).await.exits_with(0);
    scene.has_all("issues", Resource::Issues, "id");
    scene.has_all("issue_comments", Resource::Comments, "id");
    scene.has_all("issue_changelogs", Resource::Changelogs, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_found_issue_without_an_id_is_an_error() {
    let scene = Scene::with_issues(30).await;
    let page = json!({"issues": [{"key": "CORE-1"}], "isLast": true});
    scene.control().serve_sequence("POST", SEARCH, vec![page]);
    let ran = scene.run(&["issues", "labels"]).await.exits_with(5);
    ran.failed("issues", &["issues", SEARCH, "id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_jira_cut_short_is_an_error() {
    let warning = |kind: &str, text: &str| {
        let page =
            json!({"issues": [], "isLast": true, "warnings": [{"type": kind, "message": text}]});
        move |_: &_| page.clone()
    };
    let scene = Scene::with_issues(30).await;
    scene.control().serve("POST", SEARCH, warning("RESULT_TRUNCATED", "Only 1000 of 30000 issues"));
    let ran = scene.run(&["issues", "issue_links", "labels"]).await.exits_with(5);
    ran.failed("issues", &["issues", SEARCH, "cut the search short", "Only 1000 of 30000"]);
    ran.failed("issue_links", &["cut the search short"]);
    ran.is("labels", "complete");
    scene.shows_nothing_of("issues");
    scene.control().serve("POST", SEARCH, warning("CLAUSE", "A clause is slow"));
    scene.run(&["issues"]).await.exits_with(0).is("issues", "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_is_missing_once_is_asked_for_again() {
    let scene = Scene::with_issues(120).await;
    let dropped = two_ids(&scene);
    for _ in 0..2 {
        let effect = Effect::DropIssues(dropped.clone());
        scene.control().inject(Fault::on("POST", BULK, effect).times(2));
        let ran = scene.run(&["issues"]).await.exits_with(0);
        assert_eq!(ran.feed("issues")["vanished"], Value::Null);
        scene.control().clear_faults();
    }
    scene.has_all("issues", Resource::Issues, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_stays_missing_is_asked_for_twice_and_listed_as_vanished() {
    let scene = Scene::with_issues(120).await;
    let dropped = two_ids(&scene);
    scene.inject("POST", BULK, Effect::DropIssues(dropped.clone()));
    let ran = scene.run(&["issues"]).await.exits_with(0);
    assert_eq!(ran.feed("issues")["vanished"], json!(dropped));
    assert_eq!(ran.feed("issues")["records"], 118);
    let asked_for = |body: &Value| body["issueIdsOrKeys"].as_array().cloned().unwrap_or_default();
    let asked: Vec<_> = scene.bodies(BULK).iter().flat_map(asked_for).collect();
    for id in dropped {
        assert_eq!(asked.iter().filter(|asked| **asked == json!(id)).count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_with_an_error_of_its_own_is_fetched_alone() {
    let scene = Scene::with_issues(120).await;
    let broken = two_ids(&scene);
    scene.inject("POST", BULK, Effect::IssueErrors(broken.clone()));
    scene.run(&["issues", "issue_comments"]).await.exits_with(0);
    let alone = scene.asked("GET", ISSUE);
    assert_eq!(alone.len(), broken.len());
    scene.has_all("issues", Resource::Issues, "id");
    scene.has_all("issue_comments", Resource::Comments, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_with_an_error_that_is_gone_when_it_is_fetched_alone_has_vanished() {
    let scene = Scene::with_issues(120).await;
    let broken = two_ids(&scene);
    scene.inject("POST", BULK, Effect::IssueErrors(broken.clone()));
    scene.inject("GET", ISSUE, status(404));
    let ran = scene.run(&["issues"]).await.exits_with(0);
    assert_eq!(ran.feed("issues")["vanished"], json!(broken));
    assert_eq!(ran.feed("issues")["records"], 118);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_over_the_inline_cap_come_whole() {
    let scene = Scene::with_issues(250).await;
    scene.run(&["issue_comments"]).await.exits_with(0);
    assert!(!scene.asked("GET", COMMENTS).is_empty(), "no issue of this site overflows");
    scene.has_all("issue_comments", Resource::Comments, "id");
    let landed = scene.landed("issue_comments", "issueId");
    assert_eq!(landed, scene.truth(Resource::Comments, "parent"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_issues_that_overflow_cost_a_request() {
    let caps = Caps { comments: 3, worklogs: 3, ..Caps::default() };
    let scene = Scene::with_options(SiteOptions { caps, ..SiteOptions::new(120, 1) }).await;
    scene.run(&["issue_comments"]).await.exits_with(0);
    let parents = scene.truth(Resource::Comments, "parent");
    let over = crate::support::evidence::counted(&parents);
    let over: usize =
        over.values().filter(|comments| **comments > 3).map(|n| n.div_ceil(100)).sum();
    assert_eq!(scene.asked("GET", COMMENTS).len(), over);
    scene.has_all("issue_comments", Resource::Comments, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_come_whole_from_the_site_s_list_and_from_a_choice_of_issues() {
    let ceilings = Ceilings { worklog_ids: 40, ..Ceilings::default() };
    let caps = Caps { worklogs: 2, ..Caps::default() };
    let options = SiteOptions { ceilings, caps, ..SiteOptions::new(250, 1) };
    let scene = Scene::with_options(options).await;
    scene.run(&["issue_worklogs"]).await.exits_with(0);
    scene.has_all("issue_worklogs", Resource::Worklogs, "id");
    assert!(scene.asked("POST", SEARCH).is_empty());
    scene.control().clear_log();
    let arguments = ["run", "issue_worklogs", "--jql", "created >= 0", "--output", "json"];
    scene.command(&arguments).await.exits_with(0);
    assert!(scene.asked("GET", "/rest/api/3/worklog/updated").is_empty());
    assert!(!scene.asked("GET", "/rest/api/3/issue/{issueIdOrKey}/worklog").is_empty());
    scene.has_all("issue_worklogs", Resource::Worklogs, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_beyond_what_an_issue_holds_come_whole() {
    let scene = small_pages().await;
    scene.run(&["issue_changelogs"]).await.exits_with(0);
    let parents = scene.truth(Resource::Changelogs, "parent");
    let most = crate::support::evidence::counted(&parents).into_values().max();
    assert!(most > Some(40), "no issue has more histories than an issue holds: {most:?}");
    scene.has_all("issue_changelogs", Resource::Changelogs, "id");
    assert_eq!(scene.landed("issue_changelogs", "issueId"), parents);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overflow_that_is_denied_keeps_what_the_issue_held_and_says_so() {
    let scene = Scene::with_issues(250).await;
    scene.inject("GET", COMMENTS, status(404));
    let ran = scene.run(&["issues", "issue_comments"]).await.exits_with(4);
    ran.is("issues", "complete");
    ran.is("issue_comments", "partial");
    let parents = scene.truth(Resource::Comments, "parent");
    let counts = crate::support::evidence::counted(&parents);
    let kept: usize = counts.values().map(|comments| (*comments).min(20)).sum();
    assert_eq!(scene.lake().rows("issue_comments").len(), kept);
    let denials = ran.feed("issue_comments")["denials"].as_array().cloned().unwrap_or_default();
    assert_eq!(denials.len(), counts.values().filter(|comments| **comments > 20).count());
    assert!(plain(&denials[0]["parent"]).starts_with("issue "), "{denials:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_that_was_removed_is_never_asked() {
    let scene = Scene::with_issues(60).await;
    scene.run(&[]).await.exits_with(0);
    let log = scene.control().requests();
    assert!(log.iter().all(|request| request.template != "/rest/api/3/search"));
    assert!(log.iter().all(|request| request.status != Some(410)));
    assert!(scene.asked("GET", LABELS).len() == 1);
}
