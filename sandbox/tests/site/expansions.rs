//! What lists say only when asked for it.

use jira_sandbox::{Limits, Resource, SiteOptions};
use serde_json::{Value, json};

use crate::client::{ADMIN, caller, start};

fn options() -> SiteOptions {
    SiteOptions { limits: Limits::none(), ..SiteOptions::new(60, 1) }
}

fn email(credential: &str) -> &str {
    credential.split(':').next().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_name_their_people_and_progress_when_asked() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let path = "/rest/api/3/project/10000/version?maxResults=50";
    let plain = admin.get(path).await.json();
    for member in ["driver", "approvers", "issuesStatusForFixVersion"] {
        assert!(plain["values"][1][member].is_null(), "{member}");
    }
    let asked = admin.get(&format!("{path}&expand=issuesstatus,driver,approvers")).await.json();
    let truth = sandbox.site().truth(email(ADMIN), Resource::Versions).into_iter();
    let of_project = truth.filter(|record| record.parent.as_deref() == Some("10000"));
    let wanted: Vec<Value> = of_project.map(|record| record.value).take(50).collect();
    assert_eq!(asked["values"], json!(wanted));
    let (mut counted, mut approvers) = (0, 0);
    for version in wanted {
        let path = format!("{}/relatedIssueCounts", version["self"].as_str().expect("a link"));
        let path = path.split_once("/rest/").expect("a path").1.to_owned();
        let counts = admin.get(&format!("/rest/{path}")).await.json();
        let of = &version["issuesStatusForFixVersion"];
        let sum: u64 = ["unmapped", "toDo", "inProgress", "done"]
            .iter()
            .map(|part| of[part].as_u64().expect("a count"))
            .sum();
        assert_eq!(json!(sum), counts["issuesFixedCount"], "{version}");
        counted += sum;
        approvers += version["approvers"].as_array().expect("approvers").len();
    }
    assert!(counted > 0 && approvers > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_of_oneself_are_counted_and_listed_when_asked() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let plain = admin.get("/rest/api/3/myself").await.json();
    let asked = admin.get("/rest/api/3/myself?expand=groups").await.json();
    let account = plain["accountId"].as_str().expect("an id");
    let groups = admin.get(&format!("/rest/api/3/user/groups?accountId={account}")).await.json();
    assert_eq!(plain["groups"]["items"], json!([]));
    assert_eq!(asked["groups"]["items"], groups);
    assert_eq!(plain["groups"]["size"], json!(groups.as_array().expect("groups").len()));
    assert_ne!(groups, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn some_filters_have_editors_and_subscribers() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let path = "/rest/api/3/filter/search?expand=editPermissions,subscriptions";
    let filters = admin.get(path).await.json();
    for (member, part) in [("editPermissions", "group"), ("subscriptions", "user")] {
        let lists = filters["values"].as_array().expect("filters").iter();
        let lists: Vec<&Vec<Value>> =
            lists.map(|filter| filter[member].as_array().expect("a list")).collect();
        assert!(lists.iter().any(|list| list.is_empty()), "{member}");
        assert!(lists.iter().any(|list| list.iter().any(|one| one[part].is_object())), "{member}");
    }
}
