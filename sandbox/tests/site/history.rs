//! Any history of changes: what is read agrees with the truth, and the same history gives the
//! same site.

use jira_sandbox::{Limits, Resource, Sandbox, Site, SiteOptions};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::client::{ADMIN, Caller, caller, start};

const EMAIL: &str = "admin@sandbox.example";
const PROJECTS: &[&str] =
    &["CORE", "WEB", "HELP", "OPS", "PUB", "SEC", "LAB", "IDEA", "OLD", "BIN"];

/// A change; which issue, project or child it is about is taken from the numbers.
#[derive(Clone, Debug)]
struct Change {
    kind: u8,
    issue: usize,
    other: usize,
}

fn change() -> impl Strategy<Value = Change> {
    (0_u8..14, 0_usize..1000, 0_usize..1000).prop_map(|(kind, issue, other)| Change {
        kind,
        issue,
        other,
    })
}

fn pick(ids: &[u64], n: usize) -> u64 {
    if ids.is_empty() { 0 } else { ids[n % ids.len()] }
}

fn make(site: &mut Site, change: &Change, at: i64) {
    let issue = pick(&site.issue_ids(EMAIL), change.issue);
    let project = PROJECTS[change.other % PROJECTS.len()];
    let comment = pick(&site.comment_ids(issue), change.other);
    let worklog = pick(&site.worklog_ids(issue), change.other);
    match change.kind {
        0 => drop(site.edit_issue(issue, at)),
        1 => drop(site.create_issue(project, at)),
        2 => drop(site.delete_issue(issue, at)),
        3 | 4 => drop(site.move_issue(issue, project, at)),
        5 => drop(site.add_comment(issue, at)),
        6 => drop(site.edit_comment(issue, comment, at)),
        7 => drop(site.delete_comment(issue, comment, at)),
        8 => drop(site.add_worklog(issue, at)),
        9 => drop(site.edit_worklog(issue, worklog, at)),
        10 => drop(site.delete_worklog(issue, worklog, at)),
        11 => site.hide_project(project, EMAIL),
        12 => site.show_project(project, EMAIL),
        _ => site.archive_project(project, change.other.is_multiple_of(3)),
    }
}

fn live(sandbox: &Sandbox, changes: &[Change]) {
    for (n, change) in (0_i64..).zip(changes) {
        sandbox.change(|site| make(site, change, 1_795_000_000_000 + n * 1000));
    }
}

/// The ids that paging through a search of everything finds.
async fn searched(caller: &Caller) -> Vec<String> {
    let (mut ids, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut body = json!({"jql": "created >= 0 ORDER BY id", "maxResults": 7});
        if token.is_string() {
            body["nextPageToken"] = token;
        }
        let page = caller.search(body).await.json();
        let issues = page["issues"].as_array().expect("issues").iter();
        ids.extend(issues.map(|issue| issue["id"].as_str().expect("an id").to_owned()));
        token = page["nextPageToken"].clone();
        if page["isLast"] == true {
            return ids;
        }
    }
}

async fn fetched(caller: &Caller, ids: &[String]) -> Vec<Value> {
    let mut issues = Vec::new();
    for some in ids.chunks(100) {
        let body = json!({"issueIdsOrKeys": some, "fields": ["*all", "-comment", "-worklog"]});
        let page = caller.post("/rest/api/3/issue/bulkfetch", body).await.json();
        issues.extend(page["issues"].as_array().expect("issues").clone());
    }
    issues
}

fn truth(site: &Site, resource: Resource) -> Vec<Value> {
    site.truth(EMAIL, resource).into_iter().map(|record| record.value).collect()
}

/// Everything that is read issue by issue, in one list.
async fn children(caller: &Caller, ids: &[String], path: &str, list: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for id in ids {
        let (mut start, mut total) = (0, 1);
        while start < total {
            let page = caller.get(&format!("/rest/api/3/issue/{id}/{path}?startAt={start}")).await;
            let records = page.json()[list].as_array().expect("a list").clone();
            total = page.json()["total"].as_u64().expect("a total");
            start += records.len() as u64;
            all.extend(records);
        }
    }
    all
}

async fn check(changes: &[Change]) {
    let options = SiteOptions { limits: Limits::none(), ..SiteOptions::new(24, 1) };
    let (sandbox, again) = (start(options.clone()).await, start(options).await);
    live(&sandbox, changes);
    let admin = caller(&sandbox, ADMIN);
    let site = sandbox.site();
    let ids = searched(&admin).await;
    assert_eq!(fetched(&admin, &ids).await, truth(&site, Resource::Issues));
    let comments = children(&admin, &ids, "comment", "comments").await;
    assert_eq!(comments, truth(&site, Resource::Comments));
    let worklogs = children(&admin, &ids, "worklog", "worklogs").await;
    assert_eq!(worklogs, truth(&site, Resource::Worklogs));
    let histories = children(&admin, &ids, "changelog", "values").await;
    assert_eq!(histories, truth(&site, Resource::Changelogs));
    live(&again, changes);
    for resource in [
        Resource::Issues,
        Resource::Changelogs,
        Resource::UpdatedWorklogs,
        Resource::DeletedWorklogs,
        Resource::SprintIssues,
    ] {
        assert_eq!(truth(&site, resource), truth(&again.site(), resource), "{resource:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_pages_hold_the_truth(changes in prop::collection::vec(change(), 0..40)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(check(&changes));
    }
}
