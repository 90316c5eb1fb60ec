//! Credentials, rights and the anonymous fallback.

use jira_sandbox::{SiteOptions, Switch};
use serde_json::json;

use crate::client::{ADMIN, NOBROWSE, PLAIN, anonymous, caller, site, start, with_header};

const REASON: &str = "X-Seraph-LoginReason";

#[tokio::test(flavor = "multi_thread")]
async fn a_good_login_is_named_and_its_mail_has_no_case() {
    let sandbox = site(10).await;
    for credential in [ADMIN, "ADMIN@Sandbox.Example:admin-token"] {
        let answer = caller(&sandbox, credential).get("/rest/api/3/myself").await;
        assert_eq!(
            (answer.status, answer.json()["timeZone"].clone()),
            (200, json!("America/Los_Angeles"))
        );
        assert_eq!(answer.header("X-AACCOUNTID"), answer.json()["accountId"].as_str());
        assert!(
            answer.header("atl-traceid").is_some() && answer.header("atl-request-id").is_some()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_login_is_answered_as_nobody() {
    let sandbox = site(50).await;
    let cases = [
        ("admin@sandbox.example:wrong", Some("AUTHENTICATED_FAILED")),
        ("plain@sandbox.example:admin-token", Some("AUTHENTICATED_FAILED")),
        ("stranger@sandbox.example:admin-token", Some("AUTHENTICATED_FAILED")),
        ("locked@sandbox.example:locked-token", Some("AUTHENTICATION_DENIED")),
        (":admin-token", None),
        ("admin-token", None),
    ];
    for (credential, reason) in cases {
        let stranger = caller(&sandbox, credential);
        let myself = stranger.get("/rest/api/3/myself").await;
        assert_eq!((myself.status, myself.header(REASON)), (401, reason), "{credential}");
        assert!(myself.header("X-AACCOUNTID").is_none());
        for path in ["project/search", "field", "issueLinkType", "serverInfo"] {
            let answer = stranger.get(&format!("/rest/api/3/{path}")).await;
            assert_eq!(
                (answer.status, answer.header(REASON)),
                (200, reason),
                "{credential} {path}"
            );
        }
        let search = stranger
            .search(json!({"jql": "created >= 0 AND statusCategory = Done", "fields": ["project"]}))
            .await;
        assert_eq!(search.status, 200);
        assert_eq!(stranger.get("/rest/api/3/issue/CORE-1").await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bearer_token_is_refused_at_the_door() {
    let sandbox = site(10).await;
    assert_eq!(
        with_header(&sandbox, Some("Bearer nonsense".into())).get("/rest/api/3/field").await.status,
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_can_be_revoked_in_the_middle() {
    let sandbox = site(10).await;
    let admin = caller(&sandbox, ADMIN);
    sandbox.control().revoke("admin@sandbox.example", 2);
    assert_eq!(admin.get("/rest/api/3/myself").await.status, 200);
    assert_eq!(admin.get("/rest/api/3/myself").await.status, 200);
    let after = admin.get("/rest/api/3/project/search").await;
    assert_eq!(
        (after.status, after.header(REASON), after.len("values")),
        (200, Some("AUTHENTICATED_FAILED"), 1)
    );
    assert_eq!(admin.get("/rest/api/3/myself").await.status, 401);
    sandbox.control().restore("admin@sandbox.example");
    assert_eq!(admin.get("/rest/api/3/myself").await.status, 200);
    let silent = start(SiteOptions::new(10, 1).with(Switch::SilentRevocation)).await;
    silent.control().revoke("admin@sandbox.example", 0);
    assert_eq!(caller(&silent, ADMIN).get("/rest/api/3/field").await.header(REASON), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_told_beforehand() {
    let sandbox = site(50).await;
    let held = async |credential: &str| {
        let answer = caller(&sandbox, credential)
            .get("/rest/api/3/mypermissions?permissions=ADMINISTER,USER_PICKER,BROWSE_PROJECTS")
            .await;
        let permissions = answer.json()["permissions"].clone();
        ["ADMINISTER", "USER_PICKER", "BROWSE_PROJECTS"]
            .map(|key| permissions[key]["havePermission"] == json!(true))
    };
    assert_eq!(held(ADMIN).await, [true, true, true]);
    assert_eq!(held(PLAIN).await, [false, false, true]);
    assert_eq!(held(NOBROWSE).await, [false, false, false]);
    let admin = caller(&sandbox, ADMIN);
    assert_eq!(admin.get("/rest/api/3/mypermissions").await.status, 400);
    assert_eq!(admin.get("/rest/api/3/mypermissions?permissions=NOPE").await.status, 400);
    let permitted = async |credential: &str| {
        caller(&sandbox, credential)
            .post("/rest/api/3/permissions/project", json!({"permissions": ["BROWSE_PROJECTS"]}))
            .await
            .len("projects")
    };
    assert_eq!(
        (permitted(ADMIN).await, permitted(PLAIN).await, permitted(NOBROWSE).await),
        (8, 7, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_korean_unless_one_insists() {
    let sandbox = site(10).await;
    let admin = caller(&sandbox, ADMIN);
    let path = "/rest/agile/1.0/board/3/sprint";
    assert_eq!(admin.get(path).await.first_error(), "The board does not support sprints");
    let own = admin.get_in_own_language(path).await;
    assert_eq!(own.status, 400);
    assert!(own.first_error().contains("보드"));
}

#[tokio::test(flavor = "multi_thread")]
async fn some_paths_need_no_login() {
    let sandbox = site(10).await;
    let nobody = anonymous(&sandbox);
    assert!(nobody.get("/_edge/tenant_info").await.json()["cloudId"].is_string());
    assert_eq!(nobody.get("/rest/api/3/serverInfo").await.json()["deploymentType"], "Cloud");
    assert!(
        nobody.get("/rest/api/3/permissions").await.json()["permissions"]["ADMINISTER"].is_object()
    );
    for path in ["status", "configuration", "worklog/updated", "permissionscheme"] {
        assert_eq!(nobody.get(&format!("/rest/api/3/{path}")).await.status, 401, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_and_a_blocked_token_are_as_good_as_wrong() {
    let sandbox = site(10).await;
    for credential in
        ["expired@sandbox.example:expired-token", "blocked@sandbox.example:blocked-token"]
    {
        let stranger = caller(&sandbox, credential);
        let myself = stranger.get("/rest/api/3/myself").await;
        assert_eq!((myself.status, myself.header(REASON)), (401, Some("AUTHENTICATED_FAILED")));
        assert_eq!(stranger.get("/rest/api/3/field").await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_checked_for_projects_and_issues() {
    let sandbox = site(50).await;
    let path = "/rest/api/3/permissions/check";
    let asked = json!({"globalPermissions": ["ADMINISTER", "USER_PICKER"], "projectPermissions": [
        {"permissions": ["BROWSE_PROJECTS", "EDIT_WORKFLOW"],
            "projects": [10000, 10005, 10009, 424_242], "issues": [10000, 10005, 999_999]}]});
    let admin = caller(&sandbox, ADMIN).post(path, asked.clone()).await.json();
    let expected = json!({"globalPermissions": ["ADMINISTER", "USER_PICKER"], "projectPermissions": [
        {"permission": "BROWSE_PROJECTS", "projects": [10000, 10005], "issues": [10000, 10005]},
        {"permission": "EDIT_WORKFLOW", "projects": [10000, 10005], "issues": [10000, 10005]}]});
    assert_eq!(admin, expected);
    let plain = caller(&sandbox, PLAIN).post(path, asked).await.json();
    let expected = json!({"globalPermissions": [], "projectPermissions": [
        {"permission": "BROWSE_PROJECTS", "projects": [10000], "issues": [10000]},
        {"permission": "EDIT_WORKFLOW", "projects": [], "issues": []}]});
    assert_eq!(plain, expected);
    let plain = caller(&sandbox, PLAIN);
    for (bean, status) in [
        (json!({"globalPermissions": ["NOPE"]}), 400),
        (json!({"projectPermissions": [{"projects": [1]}]}), 400),
        (json!({"accountId": "somebody else"}), 403),
    ] {
        assert_eq!(plain.post(path, bean.clone()).await.status, status, "{bean}");
    }
}
