//! Bulk fetches of issues and changelogs.

use jira_sandbox::{Effect, Fault, Resource};
use serde_json::{Value, json};

use crate::client::{ADMIN, PLAIN, caller, site};

const ISSUES: &str = "/rest/api/3/issue/bulkfetch";
const CHANGELOGS: &str = "/rest/api/3/changelog/bulkfetch";

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|n| (10_000 + n).to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_issues_or_a_thousand_light_ones() {
    let sandbox = site(300).await;
    let admin = caller(&sandbox, ADMIN);
    assert_eq!(admin.post(ISSUES, json!({"issueIdsOrKeys": ids(100)})).await.status, 200);
    let refused = [
        json!({"issueIdsOrKeys": ids(101)}),
        json!({"issueIdsOrKeys": ids(101), "fields": ["*all"]}),
        json!({"issueIdsOrKeys": ids(101), "fields": ["-summary"]}),
        json!({"issueIdsOrKeys": ids(101), "fields": ["summary", "comment"]}),
        json!({"issueIdsOrKeys": ids(101), "fields": ["summary"], "expand": ["changelog"]}),
        json!({"issueIdsOrKeys": ids(1001), "fields": ["summary"]}),
        json!({"issueIdsOrKeys": []}),
        json!({"issueIdsOrKeys": ids(1), "expand": "changelog"}),
        json!({"issueIdsOrKeys": ids(1), "jql": "project = CORE"}),
    ];
    for body in refused {
        assert_eq!(admin.post(ISSUES, body.clone()).await.status, 400, "{body}");
    }
    let light = admin
        .post(ISSUES, json!({"issueIdsOrKeys": ids(1000), "fields": ["summary", "status"]}))
        .await;
    assert!(light.status == 200 && light.len("issues") > 290);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_sorted_and_silent_about_what_is_missing() {
    let sandbox = site(200).await;
    let admin = caller(&sandbox, ADMIN);
    let body = json!({"issueIdsOrKeys": ["10009", "CORE-1", "10003", "99999999", "NOPE-1", "10003"], "fields": ["key"]});
    let answer = admin.post(ISSUES, body).await.json();
    let found: Vec<&str> = answer["issues"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|issue| issue["id"].as_str())
        .collect();
    assert_eq!(found, ["10000", "10003", "10009"]);
    assert_eq!(answer["issueErrors"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_fields_leave_comments_and_worklogs_out() {
    let sandbox = site(10).await;
    let fields = caller(&sandbox, ADMIN)
        .post(ISSUES, json!({"issueIdsOrKeys": ["10000"]}))
        .await
        .json()["issues"][0]["fields"]
        .clone();
    assert!(
        fields["summary"].is_string()
            && fields.get("comment").is_none()
            && fields.get("worklog").is_none()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_can_fail_or_vanish_on_demand() {
    let sandbox = site(20).await;
    sandbox
        .control()
        .inject(Fault::on("POST", ISSUES, Effect::IssueErrors(vec!["10001".into()])).nth(1));
    sandbox
        .control()
        .inject(Fault::on("POST", ISSUES, Effect::DropIssues(vec!["10001".into()])).nth(2));
    let admin = caller(&sandbox, ADMIN);
    let body = json!({"issueIdsOrKeys": ["10000", "10001"], "fields": ["summary"]});
    let failed = admin.post(ISSUES, body.clone()).await;
    assert_eq!(
        (failed.len("issues"), failed.json()["issueErrors"][0]["id"].clone()),
        (1, json!("10001"))
    );
    let dropped = admin.post(ISSUES, body.clone()).await;
    assert_eq!((dropped.len("issues"), dropped.len("issueErrors")), (1, 0));
    assert_eq!(admin.post(ISSUES, body).await.len("issues"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn changelogs_come_by_date_and_span_pages() {
    let sandbox = site(60).await;
    let admin = caller(&sandbox, ADMIN);
    let issues = sandbox.site().truth("admin@sandbox.example", Resource::Issues);
    let ids: Vec<&Value> = issues.iter().map(|record| &record.value["id"]).collect();
    let mut body = json!({"issueIdsOrKeys": ids, "maxResults": 50});
    let (mut stamps, mut pages_of_first, mut histories) = (Vec::new(), 0, 0);
    loop {
        let page = admin.post(CHANGELOGS, body.clone()).await.json();
        assert!(page.get("isLast").is_none());
        for issue in page["issueChangeLogs"].as_array().into_iter().flatten() {
            pages_of_first += usize::from(issue["issueId"] == "10000");
            let entries = issue["changeHistories"].as_array().cloned().unwrap_or_default();
            histories += entries.len();
            stamps.extend(entries.iter().filter_map(|entry| entry["created"].as_i64()));
        }
        match page.get("nextPageToken") {
            Some(token) => body["nextPageToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(
        histories,
        sandbox.site().truth("admin@sandbox.example", Resource::Changelogs).len()
    );
    assert_eq!(stamps.len(), histories, "dates are numbers here");
    assert!(stamps.iter().all(|stamp| *stamp > 1_600_000_000_000), "in milliseconds");
    assert!(pages_of_first > 2, "130 histories do not fit on one page of 50");
}

#[tokio::test(flavor = "multi_thread")]
async fn changelogs_have_limits_and_a_filter() {
    let sandbox = site(60).await;
    let admin = caller(&sandbox, ADMIN);
    for body in [
        json!({"issueIdsOrKeys": ids(1001)}),
        json!({"issueIdsOrKeys": ids(1), "maxResults": 10_001}),
        json!({"issueIdsOrKeys": ids(1), "fieldIds": vec!["status"; 11]}),
        json!({"issueIdsOrKeys": ids(1), "expand": []}),
        json!({}),
    ] {
        assert_eq!(admin.post(CHANGELOGS, body.clone()).await.status, 400, "{body}");
    }
    let answer = admin
        .post(CHANGELOGS, json!({"issueIdsOrKeys": ["10000"], "fieldIds": ["status"]}))
        .await
        .json();
    let histories =
        answer["issueChangeLogs"][0]["changeHistories"].as_array().cloned().unwrap_or_default();
    let is_status = |history: &Value| {
        history["items"]
            .as_array()
            .is_some_and(|items| items.iter().all(|item| item["fieldId"] == "status"))
    };
    assert!(!histories.is_empty() && histories.len() < 130 && histories.iter().all(is_status));
}

#[tokio::test(flavor = "multi_thread")]
async fn invisible_issues_are_missing_for_those_who_may_not_see_them() {
    let sandbox = site(300).await;
    let body = json!({"issueIdsOrKeys": ids(300), "fields": ["key"]});
    let all = caller(&sandbox, ADMIN).post(ISSUES, body.clone()).await.len("issues");
    let some = caller(&sandbox, PLAIN).post(ISSUES, body).await.len("issues");
    assert!(some < all);
}
