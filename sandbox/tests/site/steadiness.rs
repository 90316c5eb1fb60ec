//! The same options give the same answers.

use serde_json::json;

use jira_sandbox::SiteOptions;

use crate::client::{ADMIN, PLAIN, caller, site, start};

#[tokio::test(flavor = "multi_thread")]
async fn equal_options_give_equal_bytes() {
    let (one, two) = (site(120).await, site(120).await);
    for credential in [ADMIN, PLAIN] {
        let (one, two) = (caller(&one, credential), caller(&two, credential));
        let body = json!({"jql": "created >= 0", "fields": ["*all"], "maxResults": 100, "expand": "changelog"});
        assert_eq!(one.search(body.clone()).await.text, two.search(body).await.text);
        for path in [
            "/rest/api/3/users?maxResults=1000",
            "/rest/agile/1.0/board",
            "/rest/api/3/field",
            "/rest/api/3/permissionscheme?expand=all",
        ] {
            assert_eq!(
                one.get(path).await.text.replace(&one_url(&one), ""),
                two.get(path).await.text.replace(&one_url(&two), "")
            );
        }
    }
}

fn one_url(caller: &crate::client::Caller) -> String {
    caller.url().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn other_seeds_give_other_sites() {
    let (one, two) = (site(20).await, start(SiteOptions::new(20, 2)).await);
    let path = "/rest/api/3/issue/10000";
    assert_ne!(caller(&one, ADMIN).get(path).await.text, caller(&two, ADMIN).get(path).await.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_growing_site_keeps_what_it_had() {
    let (small, large) = (site(50).await, site(60).await);
    let path = "/rest/api/3/issue/10003?fields=summary,project,issuetype";
    assert_eq!(
        caller(&small, ADMIN).get(path).await.text,
        caller(&large, ADMIN).get(path).await.text
    );
}
