//! Burst limits.

use jira_sandbox::{Limits, SiteOptions};

use crate::client::{ADMIN, caller, site, start};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_bucket_answers_429_for_its_endpoint_only() {
    let limits = Limits { bucket: 3, refill_per_second: 0.01 };
    let sandbox = start(SiteOptions { limits, ..SiteOptions::new(10, 1) }).await;
    let admin = caller(&sandbox, ADMIN);
    for left in ["2", "1", "0"] {
        let answer = admin.get("/rest/api/3/project/CORE").await;
        assert_eq!((answer.status, answer.header("X-RateLimit-Remaining")), (200, Some(left)));
    }
    let refused = admin.get("/rest/api/3/project/WEB").await;
    assert_eq!(
        (refused.status, refused.header("RateLimit-Reason")),
        (429, Some("jira-burst-based"))
    );
    assert_eq!(refused.header("X-RateLimit-Limit"), Some("3"));
    let seconds: u32 =
        refused.header("Retry-After").and_then(|text| text.parse().ok()).expect("seconds");
    assert!((50..=100).contains(&seconds));
    let reset = refused.header("X-RateLimit-Reset").unwrap_or_default();
    assert!(reset.len() == "2026-03-26T16:00Z".len() && reset.ends_with('Z'), "{reset}");
    assert_eq!(
        admin.get("/rest/api/3/field").await.status,
        200,
        "another endpoint has its own bucket"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_usual_bucket_is_never_in_the_way_of_a_small_run() {
    let sandbox = site(10).await;
    let admin = caller(&sandbox, ADMIN);
    for _ in 0..100 {
        assert_eq!(admin.get("/rest/api/3/serverInfo").await.status, 200);
    }
}
