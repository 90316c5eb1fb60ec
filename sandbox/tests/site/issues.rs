//! One issue, its children and the caps on what it carries.

use jira_sandbox::{Resource, SiteOptions};
use serde_json::{Value, json};

use crate::client::{ADMIN, Caller, PLAIN, caller, site, start};

async fn found(caller: &Caller, fields: Value) -> Vec<Value> {
    let mut body = json!({"jql": "created >= 0 ORDER BY created ASC", "fields": fields, "maxResults": 100, "expand": "changelog"});
    let mut issues = Vec::new();
    loop {
        let page = caller.search(body.clone()).await.json();
        issues.extend(page["issues"].as_array().cloned().unwrap_or_default());
        match page.get("nextPageToken") {
            Some(token) => body["nextPageToken"] = token.clone(),
            None => return issues,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn search_embeds_the_newest_comments_and_the_first_worklogs() {
    let sandbox = site(20).await;
    let admin = caller(&sandbox, ADMIN);
    let issue = &found(&admin, json!(["comment", "worklog"])).await[0];
    let comment = &issue["fields"]["comment"];
    assert_eq!(
        (comment["comments"].as_array().map(Vec::len), comment["total"].clone()),
        (Some(20), json!(130))
    );
    assert_eq!(
        (
            issue["fields"]["worklog"]["worklogs"].as_array().map(Vec::len),
            issue["fields"]["worklog"]["total"].clone()
        ),
        (Some(20), json!(30))
    );
    assert_eq!(
        (
            issue["changelog"]["histories"].as_array().map(Vec::len),
            issue["changelog"]["total"].clone()
        ),
        (Some(40), json!(130))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_the_children_is_on_their_own_pages() {
    let sandbox = site(20).await;
    let admin = caller(&sandbox, ADMIN);
    let issue = &found(&admin, json!(["comment"])).await[0];
    let comment = &issue["fields"]["comment"];
    let last = admin
        .get("/rest/api/3/issue/10000/comment?startAt=100&maxResults=500&orderBy=created")
        .await;
    assert_eq!(
        (last.len("comments"), last.json()["maxResults"].clone(), last.json()["total"].clone()),
        (30, json!(100), json!(130))
    );
    assert_eq!(
        last.json()["comments"][29]["id"],
        comment["comments"][19]["id"],
        "the newest ones are embedded"
    );
    assert_eq!(admin.get("/rest/api/3/issue/10000/comment?maxResults=0").await.len("comments"), 1);
    assert_eq!(admin.get("/rest/api/3/issue/10000/worklog").await.len("worklogs"), 30);
    let changelog = admin.get("/rest/api/3/issue/CORE-1/changelog?maxResults=1000").await;
    assert_eq!((changelog.len("values"), changelog.json()["isLast"].clone()), (100, json!(false)));
    assert!(changelog.json()["values"][0]["created"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_read_alone_carries_a_hundred_comments() {
    let sandbox = site(10).await;
    let issue = caller(&sandbox, ADMIN).get("/rest/api/3/issue/10000").await.json();
    assert_eq!(issue["fields"]["comment"]["comments"].as_array().map(Vec::len), Some(100));
    assert_eq!(caller(&sandbox, ADMIN).get("/rest/api/3/issue/NOPE-1").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn children_are_filtered_by_visibility() {
    let sandbox = site(300).await;
    let (admin, plain) = (caller(&sandbox, ADMIN), caller(&sandbox, PLAIN));
    let total = async |caller: &Caller| {
        caller.get("/rest/api/3/issue/10000/comment").await.json()["total"].as_u64()
    };
    assert!(total(&plain).await < total(&admin).await);
    let hidden = sandbox
        .site()
        .truth("admin@sandbox.example", Resource::Issues)
        .into_iter()
        .find(|record| record.value["fields"]["security"].is_object())
        .expect("an issue with a security level");
    let path = format!("/rest/api/3/issue/{}", hidden.value["id"].as_str().expect("an id"));
    assert_eq!((admin.get(&path).await.status, plain.get(&path).await.status), (200, 404));
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_are_in_the_callers_zone() {
    let sandbox = site(10).await;
    let created = async |who: &str| {
        let issue =
            caller(&sandbox, who).get("/rest/api/3/issue/10000?fields=created").await.json();
        issue["fields"]["created"].as_str().unwrap_or_default().to_owned()
    };
    assert!(created(ADMIN).await.ends_with("-0800"), "{}", created(ADMIN).await);
    assert!(created(PLAIN).await.ends_with("+0100"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_larger_site_has_overflows_nulls_gaps_and_odd_values() {
    let sandbox = start(SiteOptions { issues: 1000, ..SiteOptions::default() }).await;
    let issues = sandbox.site().truth("admin@sandbox.example", Resource::Issues);
    let text: String = issues.iter().map(|record| record.value.to_string()).collect();
    for odd in ["51502-04-05", "0001-01-01", "1e+21", "3.0", "\"fixVersions\":[]", "🚀", "\u{202e}"]
    {
        assert!(text.contains(odd), "{odd}");
    }
    let field =
        |id: &str| issues.iter().filter(|record| record.value["fields"].get(id).is_some()).count();
    assert!(
        field("customfield_10020") < issues.len() && field("customfield_10026") > 0,
        "absent in some projects"
    );
    let sprints =
        |record: &&jira_sandbox::Record| record.value["fields"]["customfield_10020"].is_array();
    let with_sprint = issues.iter().find(sprints).expect("an issue in a sprint");
    assert!(with_sprint.value["fields"]["customfield_10020"][0]["state"].is_string());
    let comments = sandbox.site().truth("admin@sandbox.example", Resource::Comments).len();
    assert!((2000..5000).contains(&comments), "{comments}");
    let raw = caller(&sandbox, ADMIN)
        .search(json!({"jql": "created >= 0", "fields": ["customfield_10064"], "maxResults": 100}))
        .await
        .text;
    assert!(
        raw.contains(":123456789012345678901234567890"),
        "an integer beyond 64 bits on the wire"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn worklog_feeds_follow_time_and_hide_nothing_but_the_content() {
    let sandbox = start(SiteOptions { issues: 900, ..SiteOptions::default() }).await;
    let admin = caller(&sandbox, ADMIN);
    let (mut since, mut ids, mut pages) = (json!(0), Vec::new(), 0);
    loop {
        let page = admin.get(&format!("/rest/api/3/worklog/updated?since={since}")).await.json();
        ids.extend(
            page["values"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|value| value["worklogId"].as_u64()),
        );
        pages += 1;
        if page["lastPage"] == json!(true) {
            assert!(page.get("nextPage").is_none());
            break;
        }
        since = page["until"].clone();
    }
    assert!(pages > 1);
    ids.dedup();
    let read = async |caller: &Caller| {
        let answer =
            caller.post("/rest/api/3/worklog/list", json!({"ids": ids[..1000]})).await.json();
        answer.as_array().map_or(0, Vec::len)
    };
    assert_eq!(read(&admin).await, 1000);
    assert!(read(&caller(&sandbox, PLAIN)).await < 1000);
    assert_eq!(
        admin.post("/rest/api/3/worklog/list", json!({"ids": ids[..1001]})).await.status,
        400
    );
    assert!(admin.get("/rest/api/3/worklog/deleted?since=0").await.len("values") >= 5);
}
