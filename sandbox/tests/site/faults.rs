//! Faults on demand, replaced endpoints and the log.

use std::time::Duration;

use jira_sandbox::{Effect, Fault, PageStyle, RateLimit, Sandbox};
use serde_json::{Value, json};

use crate::client::{ADMIN, PLAIN, caller, site};

const FIELD: &str = "/rest/api/3/field";
const PROJECTS: &str = "/rest/api/3/project/search";
const SEARCH: &str = "/rest/api/3/search/jql";

async fn with(effect: Effect, template: &str) -> Sandbox {
    let sandbox = site(150).await;
    sandbox.control().inject(Fault::on("GET", template, effect));
    sandbox
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_and_failures_come_with_and_without_retry_after() {
    let limited = |limit, retry_after| Effect::RateLimit { limit, retry_after };
    let failed = |status, retry_after| Effect::Status { status, retry_after };
    let cases = [
        (limited(RateLimit::Burst, Some(2)), 429, Some("2"), Some("jira-burst-based")),
        (limited(RateLimit::Quota, Some(9)), 429, Some("9"), Some("jira-quota-global-based")),
        (limited(RateLimit::Gateway, None), 429, None, None),
        (failed(503, Some(1)), 503, Some("1"), None),
        (failed(503, None), 503, None, None),
        (failed(500, None), 500, None, None),
        (failed(409, None), 409, None, None),
    ];
    for (effect, status, retry_after, reason) in cases {
        let sandbox = with(effect.clone(), FIELD).await;
        let answer = caller(&sandbox, ADMIN).get(FIELD).await;
        let seen = (answer.status, answer.header("Retry-After"), answer.header("RateLimit-Reason"));
        assert_eq!(seen, (status, retry_after, reason), "{effect:?}");
        assert_eq!(answer.header("X-RateLimit-Reset").is_some(), status == 429);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_break_where_they_were_told_to() {
    for effect in [Effect::Reset, Effect::Truncate] {
        let sandbox = site(10).await;
        sandbox.control().inject(Fault::on("GET", FIELD, effect.clone()).nth(2));
        let admin = caller(&sandbox, ADMIN);
        assert!(admin.try_get(FIELD).await.is_ok());
        assert!(admin.try_get(FIELD).await.is_err(), "{effect:?}");
        assert!(admin.try_get(FIELD).await.is_ok(), "once only");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging_answers_do_not_come() {
    for effect in [Effect::Hang, Effect::HangMidBody] {
        let sandbox = with(effect.clone(), FIELD).await;
        let admin = caller(&sandbox, ADMIN);
        let waited = tokio::time::timeout(Duration::from_millis(300), admin.try_get(FIELD)).await;
        assert!(waited.is_err(), "{effect:?}");
        tokio::time::timeout(Duration::from_secs(5), sandbox.shutdown())
            .await
            .expect("a prompt end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_can_be_anything() {
    let field = async |effect| {
        let sandbox = with(effect, FIELD).await;
        caller(&sandbox, ADMIN).get(FIELD).await
    };
    let html = field(Effect::Html).await;
    assert_eq!(html.status, 200);
    assert!(html.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    let garbage = field(Effect::Garbage).await;
    assert_eq!((garbage.status, garbage.json()), (200, Value::Null));
    let wrong = field(Effect::Json(json!({"values": "x"}))).await;
    assert_eq!(wrong.json()["values"], "x");
    let answer = Effect::Answer {
        status: 418,
        headers: vec![("X-Odd".into(), "1".into())],
        body: b"tea".to_vec(),
    };
    let odd = field(answer).await;
    assert_eq!((odd.status, odd.header("X-Odd"), odd.text.as_str()), (418, Some("1"), "tea"));
}

#[tokio::test(flavor = "multi_thread")]
async fn paging_can_be_made_endless() {
    let search = format!("{SEARCH}?jql=created%3E%3D0&fields=summary&maxResults=10");
    let sandbox = with(Effect::RepeatToken, SEARCH).await;
    let repeated = caller(&sandbox, ADMIN);
    let first = repeated.get(&search).await.json();
    let token = first["nextPageToken"].as_str().unwrap_or_default().to_owned();
    let second = repeated.get(&format!("{search}&nextPageToken={token}")).await.json();
    assert_eq!(
        (second["nextPageToken"].as_str(), second["isLast"].clone()),
        (Some(token.as_str()), json!(false))
    );
    for (effect, length) in [(Effect::EmptyForever, 0), (Effect::PagesForever, 10)] {
        let sandbox = with(effect, SEARCH).await;
        let admin = caller(&sandbox, ADMIN);
        let (first, second) =
            (admin.get(&search).await, admin.get(&format!("{search}&nextPageToken=x")).await);
        assert_eq!((first.len("issues"), second.len("issues")), (length, length));
        assert_ne!(first.json()["nextPageToken"], second.json()["nextPageToken"]);
    }
    let sandbox = with(Effect::PagesForever, PROJECTS).await;
    let page = caller(&sandbox, ADMIN).get(&format!("{PROJECTS}?startAt=50")).await;
    assert_eq!(
        (page.json()["isLast"].clone(), page.json()["startAt"].clone()),
        (json!(false), json!(50))
    );
    assert!(page.len("values") > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_choose_their_account_and_their_requests() {
    let sandbox = site(10).await;
    let effect = Effect::Status { status: 500, retry_after: None };
    sandbox
        .control()
        .inject(Fault::anywhere(effect).for_account("plain@sandbox.example").starting(2).times(2));
    let (admin, plain) = (caller(&sandbox, ADMIN), caller(&sandbox, PLAIN));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        assert_eq!(admin.get(FIELD).await.status, 200);
        statuses.push(plain.get(FIELD).await.status);
    }
    assert_eq!(statuses, [200, 500, 500, 200]);
    sandbox.control().clear_faults();
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoints_can_be_replaced() {
    let sandbox = site(10).await;
    let control = sandbox.control();
    let records: Vec<Value> = (0..7).map(|n| json!({"id": n})).collect();
    control.serve_records(
        "GET",
        "/rest/api/3/notificationscheme",
        PageStyle::Bean(5),
        records.clone(),
    );
    control.serve_records("POST", SEARCH, PageStyle::Token(5, "issues".into()), records);
    control.serve_sequence("GET", FIELD, vec![json!([1]), json!([2])]);
    control.serve(
        "GET",
        "/rest/api/3/project/{projectIdOrKey}",
        |inquiry| json!({"asked": inquiry.parameters[0]}),
    );
    let admin = caller(&sandbox, ADMIN);
    let first = admin.get("/rest/api/3/notificationscheme").await.json();
    assert_eq!((first["isLast"].clone(), first["total"].clone()), (json!(false), json!(7)));
    assert_eq!(admin.get("/rest/api/3/notificationscheme?startAt=5").await.len("values"), 2);
    let token = admin.search(json!({"jql": "x"})).await.json()["nextPageToken"].clone();
    assert_eq!(admin.search(json!({"jql": "x", "nextPageToken": token})).await.len("issues"), 2);
    let sequence = [
        admin.get(FIELD).await.json(),
        admin.get(FIELD).await.json(),
        admin.get(FIELD).await.json(),
    ];
    assert_eq!(sequence, [json!([1]), json!([2]), json!([2])]);
    assert_eq!(admin.get("/rest/api/3/project/ABC").await.json()["asked"], "ABC");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_logged_by_template() {
    let sandbox = site(10).await;
    let admin = caller(&sandbox, ADMIN);
    admin.get("/rest/agile/1.0/board/3/sprint?startAt=0").await;
    admin.get("/rest/agile/1.0/board/1/sprint").await;
    let log = sandbox.control().requests();
    assert_eq!(log[0].template, "/rest/agile/1.0/board/{boardId}/sprint");
    assert_eq!(
        (log[0].status, log[0].account.as_deref()),
        (Some(400), Some("admin@sandbox.example"))
    );
    assert_eq!(log[0].query, [("startAt".to_owned(), "0".to_owned())]);
    assert!(log[0].headers.iter().all(|(name, _)| name != "authorization"));
    assert_eq!(sandbox.control().count("GET", "/rest/agile/1.0/board/{boardId}/sprint"), 2);
    assert_eq!(sandbox.control().peak_in_flight(), 1);
    sandbox.control().clear_log();
    assert!(sandbox.control().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_flight_are_counted() {
    let sandbox = with(Effect::Delay(Duration::from_millis(200)), FIELD).await;
    let admin = caller(&sandbox, ADMIN);
    tokio::join!(admin.get(FIELD), admin.get(FIELD), admin.get(FIELD));
    assert_eq!(sandbox.control().peak_in_flight(), 3);
}
