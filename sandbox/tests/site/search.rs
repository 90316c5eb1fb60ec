//! Enhanced search.

use serde_json::json;

use crate::client::{ADMIN, NOBROWSE, PLAIN, anonymous, caller, site};

const EVERYTHING: &str = "created >= 1 ORDER BY created ASC";

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_100_with_fields_and_5000_without() {
    let sandbox = site(300).await;
    let admin = caller(&sandbox, ADMIN);
    let ids = admin.search(json!({"jql": EVERYTHING, "maxResults": 5000})).await;
    assert_eq!((ids.len("issues"), ids.json()["isLast"].clone()), (300, json!(true)));
    assert!(
        ids.json()["issues"][0].as_object().is_some_and(|issue| issue.len() == 1),
        "fields default to id"
    );
    let keys =
        admin.search(json!({"jql": EVERYTHING, "maxResults": 5000, "fields": ["id", "key"]})).await;
    assert_eq!(keys.len("issues"), 300);
    let rows =
        admin.search(json!({"jql": EVERYTHING, "maxResults": 5000, "fields": ["summary"]})).await;
    assert_eq!((rows.len("issues"), rows.json()["isLast"].clone()), (100, json!(false)));
    assert!(rows.json().get("total").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_bound_to_their_search() {
    let sandbox = site(300).await;
    let admin = caller(&sandbox, ADMIN);
    let first = admin.search(json!({"jql": EVERYTHING, "fields": ["summary"]})).await;
    let token = first.json()["nextPageToken"].clone();
    let next = admin
        .search(json!({"jql": EVERYTHING, "fields": ["summary"], "nextPageToken": token}))
        .await;
    assert_eq!(next.status, 200);
    assert_ne!(next.json()["issues"][0]["id"], first.json()["issues"][0]["id"]);
    for other in [
        json!({"jql": EVERYTHING, "fields": ["status"], "nextPageToken": token}),
        json!({"jql": "project = CORE", "fields": ["summary"], "nextPageToken": token}),
        json!({"jql": EVERYTHING, "fields": ["summary"], "nextPageToken": "null"}),
    ] {
        assert_eq!(admin.search(other).await.status, 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn walking_the_pages_gives_every_issue_once() {
    let sandbox = site(430).await;
    let admin = caller(&sandbox, ADMIN);
    let mut ids = Vec::new();
    let mut body = json!({"jql": EVERYTHING, "fields": ["*all"], "maxResults": 100});
    loop {
        let page = admin.search(body.clone()).await.json();
        ids.extend(
            page["issues"].as_array().into_iter().flatten().map(|issue| issue["id"].to_string()),
        );
        if page["isLast"] == json!(true) {
            break;
        }
        body["nextPageToken"] = page["nextPageToken"].clone();
    }
    let distinct: std::collections::HashSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len()), (430, 430));
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused() {
    let sandbox = site(20).await;
    let admin = caller(&sandbox, ADMIN);
    for body in [
        json!({"jql": ""}),
        json!({"jql": "order by key desc"}),
        json!({"jql": EVERYTHING, "startAt": 0}),
        json!({"jql": EVERYTHING, "maxResults": 0}),
        json!({"jql": EVERYTHING, "maxResults": 5001}),
        json!({"jql": EVERYTHING, "maxResults": null}),
        json!({"jql": "project = \"CORE"}),
        json!({"jql": "project = NOPE"}),
        json!({"jql": "project = OLD"}),
        json!({"jql": "nonsense = 1"}),
        json!({"jql": "project = CORE ORDER BY created, updated, key, id, status, priority, type, project"}),
        json!({"jql": EVERYTHING, "properties": ["a", "b", "c", "d", "e", "f"]}),
    ] {
        assert_eq!(admin.search(body.clone()).await.status, 400, "{body}");
    }
    let message = admin.search(json!({"jql": "project = NOPE"})).await.first_error();
    assert_eq!(message, "The value 'NOPE' does not exist for the field 'project'.");
    assert_eq!(
        admin.post_untyped("/rest/api/3/search/jql", json!({"jql": EVERYTHING})).await.status,
        415
    );
    let removed = admin.get("/rest/api/3/search?jql=project=CORE").await;
    assert_eq!(removed.status, 410);
    assert!(removed.first_error().contains("search/jql"));
}

#[tokio::test(flavor = "multi_thread")]
async fn bare_words_find_nothing_without_an_error() {
    let sandbox = site(20).await;
    let answer = caller(&sandbox, ADMIN).search(json!({"jql": "this is not jql"})).await;
    assert_eq!((answer.status, answer.len("issues")), (200, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn restrictions_are_understood() {
    let sandbox = site(400).await;
    let admin = caller(&sandbox, ADMIN);
    let count = async |jql: &str| {
        let answer = admin.post("/rest/api/3/search/approximate-count", json!({"jql": jql})).await;
        assert_eq!(answer.status, 200, "{jql}: {}", answer.text);
        answer.json()["count"].as_u64().unwrap_or_default()
    };
    assert_eq!(count("created >= 0").await, 400);
    let core = count("project = CORE").await;
    assert_eq!(core, count("project in (10000)").await);
    assert_eq!(400 - core, count("project != CORE").await);
    assert_eq!(
        core,
        count("project = CORE AND (statusCategory = Done OR statusCategory != Done)").await
    );
    assert_eq!(count("id in (10000, 10001)").await, 2);
    assert_eq!(count("NOT created < \"2020-01-01\" and created <= '2030/01/01 00:00'").await, 400);
    assert_eq!(count("updated >= -1w").await, 0);
    let (before, after) =
        (count("created < 1730000000000").await, count("created >= 1730000000000").await);
    assert_eq!(before + after, 400);
    assert!(before > 0 && after > 0);
    assert_eq!(count("assignee is EMPTY").await + count("assignee is not EMPTY").await, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn quoted_dates_are_read_in_the_callers_zone() {
    let sandbox = site(4000).await;
    let count = async |who: &str| {
        let body = json!({"jql": "created >= \"2024-05-01 00:00\" AND created < \"2024-05-02 00:00\"", "fields": ["created"]});
        caller(&sandbox, who).search(body).await.json()["issues"][0]["id"].clone()
    };
    assert_ne!(count(ADMIN).await, count(PLAIN).await, "nine hours lie between the two midnights");
}

#[tokio::test(flavor = "multi_thread")]
async fn visibility_filters_without_a_word() {
    let sandbox = site(500).await;
    let total = async |caller: &crate::client::Caller| {
        caller.search(json!({"jql": EVERYTHING, "maxResults": 5000})).await.len("issues")
    };
    let everything = total(&caller(&sandbox, ADMIN)).await;
    let some = total(&caller(&sandbox, PLAIN)).await;
    let public = total(&anonymous(&sandbox)).await;
    assert_eq!((everything, total(&caller(&sandbox, NOBROWSE)).await), (500, 0));
    assert!(public > 0 && public < some && some < everything);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_schema_come_once_for_a_page() {
    let sandbox = site(50).await;
    let page = caller(&sandbox, ADMIN)
        .search(json!({"jql": "project = CORE", "fields": ["summary", "customfield_10020"], "expand": "names,schema,changelog"}))
        .await
        .json();
    assert_eq!(page["names"]["customfield_10020"], "Sprint");
    assert_eq!(
        page["schema"]["customfield_10020"]["custom"],
        "com.pyxis.greenhopper.jira:gh-sprint"
    );
    assert!(page["issues"][0]["changelog"]["histories"].is_array());
}
