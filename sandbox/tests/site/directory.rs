//! Users, groups and members.

use jira_sandbox::{Ceilings, Resource, SiteOptions};
use serde_json::json;

use crate::client::{ADMIN, Caller, PLAIN, anonymous, caller, site, start};

async fn lengths(caller: &Caller, size: usize) -> Vec<usize> {
    let mut lengths = Vec::new();
    for start in (0..300).step_by(size) {
        let page = caller
            .get(&format!("/rest/api/3/users/search?startAt={start}&maxResults={size}"))
            .await
            .json();
        lengths.push(page.as_array().map_or(0, Vec::len));
    }
    lengths
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_short_and_empty_before_the_end() {
    let sandbox = site(10).await;
    let pages = lengths(&caller(&sandbox, ADMIN), 50).await;
    let last = pages.iter().rposition(|length| *length > 0).expect("a page with users");
    assert!(pages[..last].contains(&0), "an empty page before the end: {pages:?}");
    assert!(pages[0] < 50, "a short first page: {pages:?}");
    let truth = sandbox.site().truth("admin@sandbox.example", Resource::Users);
    assert_eq!(pages.iter().sum::<usize>(), truth.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ceiling_is_lowered_without_a_word() {
    let ceilings = Ceilings { users: 20, ..Ceilings::default() };
    let sandbox =
        start(SiteOptions { ceilings, hidden_user_run: 0, ..SiteOptions::new(10, 1) }).await;
    let page = caller(&sandbox, ADMIN).get("/rest/api/3/users?maxResults=1000").await.json();
    assert!(page.as_array().is_some_and(|users| users.len() <= 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_paged_and_may_be_inactive() {
    let sandbox = site(10).await;
    let admin = caller(&sandbox, ADMIN);
    let group = admin.get("/rest/api/3/group/bulk").await.json()["values"][0]["groupId"].clone();
    let path = format!("/rest/api/3/group/member?groupId={}", group.as_str().expect("an id"));
    let active = admin.get(&format!("{path}&maxResults=200")).await.json();
    let all = admin.get(&format!("{path}&includeInactiveUsers=true")).await.json();
    assert_eq!((active["maxResults"].clone(), active["isLast"].clone()), (json!(50), json!(false)));
    assert!(active["total"].as_u64() < all["total"].as_u64());
    assert_eq!(admin.get("/rest/api/3/group/member?groupId=none").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_is_closed_to_others() {
    let sandbox = site(10).await;
    for path in ["users", "users/search", "group/bulk", "group/member?groupId=x"] {
        assert_eq!(caller(&sandbox, PLAIN).get(&format!("/rest/api/3/{path}")).await.status, 403);
        assert_eq!(anonymous(&sandbox).get(&format!("/rest/api/3/{path}")).await.status, 401);
    }
}
