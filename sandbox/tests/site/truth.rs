//! The truth agrees with what the endpoints serve.

use jira_sandbox::{Record, Resource, Sandbox};
use serde_json::{Value, json};

use crate::client::{ADMIN, Caller, PLAIN, caller, site};

/// Walks an offset list to its end.
async fn walk(caller: &Caller, path: &str, list: &str) -> Vec<Value> {
    let (mut all, mut start) = (Vec::new(), 0);
    let joint = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = caller.get(&format!("{path}{joint}startAt={start}&offset={start}")).await;
        assert_eq!(page.status, 200, "{path}");
        let records = page.json()[list].as_array().cloned().unwrap_or_default();
        if records.is_empty() {
            return all;
        }
        start += records.len();
        all.extend(records);
    }
}

fn truth(sandbox: &Sandbox, credential: &str, resource: Resource) -> Vec<Record> {
    let email = credential.split(':').next().unwrap_or_default();
    sandbox.site().truth(email, resource)
}

fn values(records: Vec<Record>) -> Vec<Value> {
    records.into_iter().map(|record| record.value).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_as_the_truth_has_them() {
    let sandbox = site(80).await;
    let filters = "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,isWritable,subscriptions";
    let projects = "/rest/api/3/project/search?status=live&status=archived&status=deleted&expand=description,lead,issueTypes,url,projectKeys,permissions,insight";
    let cases = [
        (Resource::Projects, projects.to_owned(), "values"),
        (Resource::FieldDetails, "/rest/api/3/field/search".to_owned(), "values"),
        (Resource::Labels, "/rest/api/3/label".to_owned(), "values"),
        (Resource::Filters, format!("/rest/api/3/filter/search?expand={filters}"), "values"),
        (Resource::Dashboards, "/rest/api/3/dashboard".to_owned(), "dashboards"),
        (Resource::Boards, "/rest/agile/1.0/board?includePrivate=true".to_owned(), "values"),
    ];
    for credential in [ADMIN, PLAIN] {
        let caller = caller(&sandbox, credential);
        for (resource, path, list) in &cases {
            assert_eq!(
                walk(&caller, path, list).await,
                values(truth(&sandbox, credential, *resource)),
                "{resource:?}"
            );
        }
    }
    let admin = caller(&sandbox, ADMIN);
    let audit = walk(&admin, "/rest/api/3/auditing/record?limit=1000", "records").await;
    assert_eq!(audit, values(truth(&sandbox, ADMIN, Resource::AuditRecords)));
    assert_eq!(
        walk(&admin, "/rest/api/3/screens", "values").await,
        values(truth(&sandbox, ADMIN, Resource::Screens))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_and_children_are_as_the_truth_has_them() {
    let sandbox = site(80).await;
    for credential in [ADMIN, PLAIN] {
        let caller = caller(&sandbox, credential);
        let body = json!({"jql": "created >= 0 ORDER BY id", "fields": ["*all", "-comment", "-worklog"], "maxResults": 100});
        let issues =
            caller.search(body).await.json()["issues"].as_array().cloned().unwrap_or_default();
        assert_eq!(issues, values(truth(&sandbox, credential, Resource::Issues)));
        let mut comments = Vec::new();
        for issue in &issues {
            let path =
                format!("/rest/api/3/issue/{}/comment", issue["id"].as_str().unwrap_or_default());
            comments.extend(walk(&caller, &path, "comments").await);
        }
        assert_eq!(comments, values(truth(&sandbox, credential, Resource::Comments)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_there_is_no_truth() {
    let sandbox = site(20).await;
    for resource in [
        Resource::Users,
        Resource::AuditRecords,
        Resource::Plans,
        Resource::ServiceDesks,
        Resource::GroupMembers,
        Resource::Queues,
    ] {
        assert!(truth(&sandbox, PLAIN, resource).is_empty(), "{resource:?}");
        assert!(!truth(&sandbox, ADMIN, resource).is_empty(), "{resource:?}");
    }
    assert!(truth(&sandbox, "nosoftware@sandbox.example", Resource::Boards).is_empty());
    let plain: Vec<Option<String>> = truth(&sandbox, PLAIN, Resource::Versions)
        .into_iter()
        .map(|record| record.parent)
        .collect();
    assert!(
        !plain.contains(&Some("10006".to_owned())) && plain.contains(&Some("10000".to_owned()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sprints_are_there_once() {
    let sandbox = site(20).await;
    let sprints = truth(&sandbox, ADMIN, Resource::Sprints);
    assert_eq!(sprints.len(), 64 + 12 + 5);
    assert_eq!(truth(&sandbox, PLAIN, Resource::Sprints).len(), 64 + 12);
}
