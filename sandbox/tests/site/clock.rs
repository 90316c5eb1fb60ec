//! The clock of the site, the lag of its index, and what is asked by time.

use std::time::Duration;

use jira_sandbox::{Resource, Sandbox, SiteOptions, Switch};
use serde_json::{Value, json};

use crate::client::{ADMIN, Caller, PLAIN, caller, site, start};

const EMAIL: &str = "admin@sandbox.example";
/// 2026-11-02T03:04:05.678Z, after everything that was drawn.
const NOW: i64 = 1_793_588_645_678;
const MINUTE: i64 = 60_000;

async fn found(caller: &Caller, jql: &str) -> Vec<u64> {
    let page =
        caller.search(json!({"jql": format!("{jql} ORDER BY id"), "maxResults": 5000})).await;
    assert_eq!(page.status, 200, "{jql}: {}", page.text);
    let issues = page.json()["issues"].as_array().expect("issues").clone();
    issues
        .iter()
        .map(|issue| issue["id"].as_str().expect("an id").parse().expect("a number"))
        .collect()
}

async fn counted(caller: &Caller, jql: &str) -> Value {
    let answer = caller.post("/rest/api/3/search/approximate-count", json!({"jql": jql})).await;
    answer.json()["count"].clone()
}

fn any(sandbox: &Sandbox) -> u64 {
    sandbox.site().issue_ids(EMAIL)[3]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_dated_by_the_clock_of_the_site() {
    let sandbox = site(10).await;
    sandbox.clock().set(NOW);
    let admin = caller(&sandbox, ADMIN);
    for path in ["/rest/api/3/myself", "/rest/api/3/nothing", "/rest/api/3/project/NONE"] {
        assert_eq!(admin.get(path).await.header("date"), Some("Mon, 02 Nov 2026 03:04:05 GMT"));
    }
    sandbox.clock().advance(Duration::from_mins(1));
    let later = admin.get("/rest/api/3/myself").await;
    assert_eq!(later.header("date"), Some("Mon, 02 Nov 2026 03:05:05 GMT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn relative_dates_are_taken_from_the_clock() {
    let sandbox = site(20).await;
    let admin = caller(&sandbox, ADMIN);
    sandbox.clock().set(NOW);
    let issue = any(&sandbox);
    sandbox.change(|site| assert!(site.edit_issue(issue, NOW - 30 * MINUTE)));
    assert_eq!(found(&admin, "updated >= -1h").await, [issue]);
    sandbox.clock().advance(Duration::from_hours(1));
    assert!(found(&admin, "updated >= -1h").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn epoch_milliseconds_are_compared_to_the_millisecond() {
    let sandbox = site(20).await;
    let admin = caller(&sandbox, ADMIN);
    let issue = any(&sandbox);
    let mut created = None;
    sandbox.change(|site| {
        assert!(site.edit_issue(issue, NOW));
        created = site.create_issue("CORE", NOW + 1);
    });
    let created = created.expect("created");
    assert_eq!(found(&admin, &format!("updated >= {NOW}")).await, [issue, created]);
    assert_eq!(found(&admin, &format!("updated > {NOW}")).await, [created]);
    assert_eq!(
        found(&admin, &format!("updated >= {NOW} AND updated < {}", NOW + 1)).await,
        [issue]
    );
    assert!(found(&admin, &format!("updated >= {}", NOW + 2)).await.is_empty());
    assert_eq!(found(&admin, &format!("created >= {}", NOW + 1)).await, [created]);
    assert!(found(&admin, &format!("created > {}", NOW + 1)).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn where_jql_knows_minutes_only_both_sides_are_cut() {
    let sandbox = start(SiteOptions::new(20, 1).with(Switch::EpochMinutes)).await;
    let admin = caller(&sandbox, ADMIN);
    let issue = any(&sandbox);
    sandbox.change(|site| assert!(site.edit_issue(issue, NOW)));
    let (start, end) = (NOW - NOW % MINUTE, NOW - NOW % MINUTE + MINUTE);
    for limit in [start, NOW + 1, end - 1] {
        assert_eq!(found(&admin, &format!("updated >= {limit}")).await, [issue]);
        assert!(found(&admin, &format!("updated > {limit}")).await.is_empty());
        assert!(!found(&admin, &format!("updated < {limit}")).await.contains(&issue));
    }
    assert!(found(&admin, &format!("updated >= {end}")).await.is_empty());
    assert!(found(&admin, &format!("updated < {end}")).await.contains(&issue));
}

#[tokio::test(flavor = "multi_thread")]
async fn searches_learn_of_a_change_after_the_lag_and_reads_at_once() {
    let index_lag = Duration::from_mins(5);
    let sandbox = start(SiteOptions { index_lag, ..SiteOptions::new(20, 1) }).await;
    sandbox.clock().set(NOW);
    let admin = caller(&sandbox, ADMIN);
    let ids = sandbox.site().issue_ids(EMAIL);
    let (edited, deleted) = (ids[2], ids[5]);
    let mut created = None;
    sandbox.change(|site| {
        assert!(site.edit_issue(edited, NOW));
        assert!(site.delete_issue(deleted, NOW));
        created = site.create_issue("WEB", NOW);
    });
    let created = created.expect("created");
    sandbox.clock().advance(Duration::from_millis(299_999));
    assert_eq!(found(&admin, "created >= 0").await, ids);
    assert_eq!(counted(&admin, "created >= 0").await, ids.len());
    assert!(found(&admin, &format!("updated >= {NOW}")).await.is_empty());
    let body = json!({"issueIdsOrKeys": [edited.to_string(), deleted.to_string(), created.to_string()], "fields": ["updated"]});
    let fetched = admin.post("/rest/api/3/issue/bulkfetch", body).await.json();
    assert_eq!(fetched["issues"].as_array().map(Vec::len), Some(2));
    assert_eq!(admin.get(&format!("/rest/api/3/issue/{created}")).await.status, 200);
    assert_eq!(admin.get(&format!("/rest/api/3/issue/{deleted}/comment")).await.status, 404);
    sandbox.clock().advance(Duration::from_millis(1));
    assert_eq!(found(&admin, "created >= 0").await, sandbox.site().issue_ids(EMAIL));
    let changed = found(&admin, &format!("updated >= {NOW}")).await;
    assert!(changed.contains(&edited) && changed.contains(&created));
    assert_eq!(counted(&admin, &format!("updated >= {NOW}")).await, changed.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn worklog_feeds_hold_back_the_last_minute_of_the_clock() {
    let sandbox = site(20).await;
    sandbox.clock().set(NOW);
    let admin = caller(&sandbox, ADMIN);
    let issue = any(&sandbox);
    let mut worklog = None;
    sandbox.change(|site| worklog = site.add_worklog(issue, NOW));
    let worklog = worklog.expect("added");
    let path = format!("/rest/api/3/worklog/updated?since={NOW}");
    sandbox.clock().advance(Duration::from_mins(1));
    assert_eq!(admin.get(&path).await.len("values"), 0);
    sandbox.clock().advance(Duration::from_millis(1));
    let page = admin.get(&path).await.json();
    assert_eq!(
        page["values"],
        json!([{"worklogId": worklog, "updatedTime": NOW, "properties": []}])
    );
    assert_eq!((&page["until"], &page["lastPage"]), (&json!(NOW), &json!(true)));
    let after = admin.get(&format!("/rest/api/3/worklog/updated?since={}", NOW + 1)).await;
    assert_eq!(after.len("values"), 0);
    sandbox.change(|site| assert!(site.delete_worklog(issue, worklog, NOW + MINUTE)));
    assert_eq!(admin.get(&path).await.len("values"), 0);
    let path = format!("/rest/api/3/worklog/deleted?since={}", NOW + MINUTE);
    assert_eq!(admin.get(&path).await.len("values"), 0);
    sandbox.clock().advance(Duration::from_mins(1));
    let page = admin.get(&path).await.json();
    assert_eq!(page["values"][0]["worklogId"], worklog);
    let truth = sandbox.site().truth(EMAIL, Resource::DeletedWorklogs);
    assert!(truth.iter().any(|record| record.value["worklogId"] == worklog));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_search_show_one_result_and_a_new_search_another() {
    let sandbox = site(30).await;
    let plain = caller(&sandbox, PLAIN);
    let body =
        json!({"jql": "created >= 0 ORDER BY updated", "fields": ["updated"], "maxResults": 5});
    let first = plain.search(body.clone()).await.json();
    let all = sandbox.site().issue_ids("plain@sandbox.example");
    let second = first["issues"][1]["id"].as_str().expect("an id").parse().expect("a number");
    sandbox.change(|site| {
        assert!(site.edit_issue(second, NOW));
        assert!(site.create_issue("CORE", NOW).is_some());
    });
    // The same query, asked anew, does not disturb the search under way.
    let anew = plain.search(body.clone()).await.json();
    assert_ne!(anew["issues"], first["issues"]);
    let (mut seen, mut page) = (Vec::new(), first);
    loop {
        let issues = page["issues"].as_array().expect("issues").iter();
        seen.extend(issues.map(|issue| issue["id"].as_str().expect("an id").to_owned()));
        let Some(token) = page["nextPageToken"].as_str() else { break };
        let mut next = body.clone();
        next["nextPageToken"] = json!(token);
        page = plain.search(next).await.json();
    }
    let mut numbers: Vec<u64> = seen.iter().map(|id| id.parse().expect("a number")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, all);
    assert_eq!(found(&plain, "created >= 0").await.len(), all.len() + 1);
}
