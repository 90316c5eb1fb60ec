//! The gateway for tokens with scopes.

use jira_sandbox::{Effect, Fault, SiteOptions, Switch};
use serde_json::json;

use crate::client::{ADMIN, Caller, anonymous, caller, site, start};

const SCOPED: &str = "scoped@sandbox.example:scoped-token";
const FEW: &str = "fewscopes@sandbox.example:fewscopes-token";
const MISMATCH: &str = "Unauthorized; scope does not match";

async fn gateway(caller: &Caller) -> String {
    let cloud = caller.get("/_edge/tenant_info").await.json()["cloudId"].clone();
    format!("/ex/jira/{}", cloud.as_str().expect("a cloud id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_answers_as_the_site_does() {
    let sandbox = site(120).await;
    let (admin, scoped) = (caller(&sandbox, ADMIN), caller(&sandbox, SCOPED));
    let gateway = gateway(&admin).await;
    for path in [
        "/rest/api/3/field",
        "/rest/api/3/role",
        "/rest/agile/1.0/board",
        "/rest/servicedeskapi/servicedesk?limit=1",
    ] {
        let mine = admin.get(path).await;
        let theirs = scoped.get(&format!("{gateway}{path}")).await;
        assert_eq!((mine.status, theirs.status), (200, 200), "{path}");
        assert_eq!(theirs.text.replace(&gateway, ""), mine.text, "{path}");
    }
    let page = scoped.get(&format!("{gateway}/rest/api/3/screens?maxResults=5")).await.json();
    let next = page["nextPage"].as_str().expect("a next page");
    assert!(next.starts_with(&format!("{}{gateway}/rest/", sandbox.url())), "{next}");
    let search = json!({"jql": "created >= 0", "fields": ["summary"]});
    let found = scoped.post(&format!("{gateway}/rest/api/3/search/jql"), search.clone()).await;
    assert_eq!(found.json()["issues"], admin.search(search).await.json()["issues"]);
    let myself = scoped.get(&format!("{gateway}/rest/api/3/myself")).await.json();
    assert_eq!(myself["emailAddress"], "scoped@sandbox.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scoped_token_is_nobody_at_the_site_itself() {
    let sandbox = site(10).await;
    for credential in [SCOPED, FEW] {
        let scoped = caller(&sandbox, credential);
        let myself = scoped.get("/rest/api/3/myself").await;
        assert_eq!(
            (myself.status, myself.header("X-Seraph-LoginReason")),
            (401, Some("AUTHENTICATED_FAILED"))
        );
        let projects = scoped.get("/rest/api/3/project/search").await;
        assert_eq!((projects.status, projects.len("values")), (200, 1));
        assert_eq!(scoped.get("/rest/agile/1.0/board").await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_that_do_not_match_are_refused() {
    let sandbox = site(10).await;
    let few = caller(&sandbox, FEW);
    let gateway = gateway(&few).await;
    let refused = [
        "/rest/api/3/screens",
        "/rest/api/3/auditing/record",
        "/rest/agile/1.0/board",
        "/rest/agile/1.0/board/1/sprint",
        "/rest/software/1.0/board/1/issue",
        "/rest/servicedeskapi/servicedesk",
        "/rest/servicedeskapi/organization",
    ];
    for path in refused {
        let answer = few.get(&format!("{gateway}{path}")).await;
        assert_eq!(answer.json(), json!({"code": 401, "message": MISMATCH}), "{path}");
        assert_eq!(answer.status, 401, "{path}");
    }
    for path in ["myself", "project/search", "users/search", "mypermissions?permissions=ADMINISTER"]
    {
        let answer = few.get(&format!("{gateway}/rest/api/3/{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_knows_no_other_token_and_no_other_site() {
    let sandbox = site(10).await;
    let (admin, scoped) = (caller(&sandbox, ADMIN), caller(&sandbox, SCOPED));
    let path = format!("{}/rest/api/3/myself", gateway(&admin).await);
    let refusal = json!({"code": 401, "message": "Unauthorized"});
    for caller in [admin, anonymous(&sandbox), caller(&sandbox, "scoped@sandbox.example:wrong")] {
        let answer = caller.get(&path).await;
        assert_eq!((answer.status, answer.json()), (401, refusal.clone()));
    }
    let elsewhere = scoped.get("/ex/jira/00000000-0000-0000/rest/api/3/myself").await;
    assert_eq!(
        (elsewhere.status, elsewhere.json()),
        (404, json!({"code": 404, "message": "Not Found"}))
    );
    sandbox.control().revoke("scoped@sandbox.example", 0);
    assert_eq!(scoped.get(&path).await.status, 401);
    let lenient = start(SiteOptions::new(10, 1).with(Switch::GatewayTakesClassicTokens)).await;
    assert_eq!(caller(&lenient, ADMIN).get(&path).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_and_the_log_know_requests_through_the_gateway() {
    let sandbox = site(10).await;
    let scoped = caller(&sandbox, SCOPED);
    let path = format!("{}/rest/api/3/field", gateway(&scoped).await);
    let teapot = Effect::Status { status: 503, retry_after: None };
    sandbox.control().inject(Fault::on("GET", "/rest/api/3/field", teapot).nth(1));
    assert_eq!(scoped.get(&path).await.status, 503);
    assert_eq!(scoped.get(&path).await.status, 200);
    let log = sandbox.control().requests();
    let last = log.last().expect("a request");
    assert_eq!((last.path.as_str(), last.template.as_str()), (path.as_str(), "/rest/api/3/field"));
    assert_eq!(last.account.as_deref(), Some("scoped@sandbox.example"));
}
