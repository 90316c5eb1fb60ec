//! What one list says agrees with what the others say.

use std::collections::BTreeSet;

use jira_sandbox::{Limits, SiteOptions};
use serde_json::{Value, json};

use crate::client::{ADMIN, Caller, PLAIN, anonymous, caller, start};

fn options() -> SiteOptions {
    SiteOptions { limits: Limits::none(), ..SiteOptions::new(60, 1) }
}

async fn list(caller: &Caller, path: &str) -> Vec<Value> {
    let answer = caller.get(&format!("/rest/api/3/{path}")).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json().as_array().expect("an array").clone()
}

async fn ids(caller: &Caller, path: &str) -> BTreeSet<String> {
    let records = list(caller, path).await;
    records.iter().map(|record| record["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_is_on_a_screen_or_can_be_put_there() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let fields = ids(&admin, "field").await;
    for screen in [1, 2, 77, 120] {
        let mut on = BTreeSet::new();
        for tab in list(&admin, &format!("screens/{screen}/tabs")).await {
            on.extend(ids(&admin, &format!("screens/{screen}/tabs/{}/fields", tab["id"])).await);
        }
        let off = ids(&admin, &format!("screens/{screen}/availableFields")).await;
        assert!(!on.is_empty() && on.is_disjoint(&off), "screen {screen}");
        assert_eq!(on.union(&off).cloned().collect::<BTreeSet<_>>(), fields, "screen {screen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alternatives_of_a_type_are_types_of_the_same_projects() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let of = |id: &'static str| {
        let admin = &admin;
        async move { ids(admin, &format!("issuetype/{id}/alternatives")).await }
    };
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(of("10001").await, set(&["10000", "10002", "10003"]));
    // Business projects have tasks and no stories.
    assert_eq!(of("10002").await, set(&[]));
    assert_eq!(of("10010").await, set(&["10011"]));
    assert_eq!(anonymous(&sandbox).get("/rest/api/3/issuetype/1/alternatives").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn licences_count_the_users_of_their_role() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    for role in list(&admin, "applicationrole").await {
        let key = role["key"].as_str().expect("a key");
        let path = format!("/rest/api/3/license/approximateLicenseCount/product/{key}");
        let wanted = json!({"key": format!("license.{key}.approximateUserCount"),
            "value": role["userCount"].to_string()});
        assert_eq!(admin.get(&path).await.json(), wanted);
        assert_eq!(caller(&sandbox, PLAIN).get(&path).await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_answer_those_who_may_read_them() {
    let sandbox = start(options()).await;
    let (plain, nobody) = (caller(&sandbox, PLAIN), anonymous(&sandbox));
    let attachments = nobody.get("/rest/api/3/attachment/meta").await.json();
    let configuration = plain.get("/rest/api/3/configuration").await.json();
    assert_eq!(attachments["enabled"], configuration["attachmentsEnabled"]);
    assert!(attachments["uploadLimit"].as_u64() > Some(u64::from(u32::MAX / 2)));
    for path in ["filter/defaultShareScope", "workflows/defaultEditor"] {
        let path = format!("/rest/api/3/{path}");
        assert_eq!(plain.get(&path).await.status, 200, "{path}");
        assert_eq!(nobody.get(&path).await.status, 401, "{path}");
    }
}
