//! The lists of the site, and what each account is refused.

use jira_sandbox::{SiteOptions, Switch};
use serde_json::json;

use crate::client::{ADMIN, NOBROWSE, PLAIN, anonymous, caller, site, start};

const BEANS: &[&str] = &[
    "project/search",
    "field/search",
    "statuses/search",
    "priority/search",
    "priorityscheme",
    "resolution/search",
    "label",
    "group/bulk",
    "filter/search?expand=jql",
    "dashboard/search",
    "workflows/search",
    "screens",
    "plans/plan",
    "project/CORE/version",
    "project/CORE/component",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_list_answers_to_an_administrator() {
    let sandbox = site(50).await;
    let admin = caller(&sandbox, ADMIN);
    for path in BEANS {
        assert!(admin.get(&format!("/rest/api/3/{path}")).await.len("values") > 0, "{path}");
    }
    for path in
        ["field", "issuetype", "status", "statuscategory", "projectCategory", "role", "users"]
    {
        let answer = admin.get(&format!("/rest/api/3/{path}")).await.json();
        assert!(answer.as_array().is_some_and(|records| !records.is_empty()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_other_shapes_answer_too() {
    let sandbox = site(50).await;
    let admin = caller(&sandbox, ADMIN);
    assert_eq!(admin.get("/rest/api/3/auditing/record").await.len("records"), 1000);
    assert_eq!(admin.get("/rest/api/3/auditing/record?offset=1000").await.len("records"), 200);
    assert_eq!(admin.get("/rest/api/3/dashboard").await.len("dashboards"), 20);
    assert!(admin.get("/rest/api/3/workflows/search").await.len("statuses") > 0);
    let schemes = admin.get("/rest/api/3/permissionscheme?expand=permissions").await.json();
    assert!(schemes["permissionSchemes"][0]["permissions"].is_array());
    for path in ["servicedesk", "servicedesk/1/queue", "organization"] {
        assert!(
            admin.get(&format!("/rest/servicedeskapi/{path}")).await.len("values") > 0,
            "{path}"
        );
    }
    assert_eq!(admin.get("/rest/servicedeskapi/info").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_have_the_documented_status() {
    let sandbox = site(50).await;
    let plain = caller(&sandbox, PLAIN);
    let expected = [
        ("workflows/search", 401),
        ("statuses/search", 401),
        ("users", 403),
        ("group/bulk", 403),
        ("role", 403),
        ("screens", 403),
        ("auditing/record", 403),
        ("plans/plan", 403),
        ("permissionscheme", 200),
        ("status", 200),
        ("project/SEC", 404),
        ("project/SEC/version", 404),
        ("project/LAB", 200),
        ("project/LAB/version", 404),
        ("project/LAB/component", 403),
        ("project/OLD/version", 404),
        ("nothing/here", 404),
    ];
    for (path, status) in expected {
        assert_eq!(plain.get(&format!("/rest/api/3/{path}")).await.status, status, "{path}");
    }
    assert_eq!(plain.get("/rest/servicedeskapi/servicedesk").await.status, 403);
    assert_eq!(plain.post("/rest/api/3/field", json!({})).await.status, 405);
    let nobody = caller(&sandbox, NOBROWSE);
    for path in ["project/search", "issuetype"] {
        let answer = nobody.get(&format!("/rest/api/3/{path}")).await;
        assert_eq!((answer.status, answer.len("values")), (200, 0), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_lowered_staged_and_hidden() {
    let sandbox = start(SiteOptions { extra_projects: 70, ..SiteOptions::new(20, 1) }).await;
    let admin = caller(&sandbox, ADMIN);
    let page =
        admin.get("/rest/api/3/project/search?maxResults=100&expand=lead,insight").await.json();
    assert_eq!(
        (page["maxResults"].clone(), page["isLast"].clone(), page["total"].clone()),
        (json!(50), json!(false), json!(78))
    );
    let next = page["nextPage"].as_str().expect("a next page");
    assert!(next.starts_with(&sandbox.url()), "{next}");
    assert_eq!(admin.get(&next[sandbox.url().len()..]).await.len("values"), 28);
    let gone = admin.get("/rest/api/3/project/search?status=archived&status=deleted").await.json();
    assert_eq!(
        (gone["values"][0]["archived"].clone(), gone["values"][1]["deleted"].clone()),
        (json!(true), json!(true))
    );
    assert_eq!(admin.get("/rest/api/3/project/search?status=odd").await.status, 400);
    let plain = caller(&sandbox, PLAIN)
        .get("/rest/api/3/project/search?status=live&status=deleted")
        .await
        .json();
    assert_eq!(plain["total"], json!(77));
    let public = anonymous(&sandbox).get("/rest/api/3/project/search").await.json();
    assert_eq!(
        (public["total"].clone(), public["values"][0]["key"].clone()),
        (json!(1), json!("PUB"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn switches_change_what_the_site_has() {
    let options = SiteOptions::new(10, 1)
        .with(Switch::LinkingOff)
        .with(Switch::PremiumOff)
        .with(Switch::ServiceManagementOff)
        .with(Switch::EmptyProjectSearchIs404)
        .with(Switch::NoPublicProject);
    let sandbox = start(options).await;
    let admin = caller(&sandbox, ADMIN);
    assert_eq!(admin.get("/rest/api/3/issueLinkType").await.status, 404);
    assert_eq!(
        admin.get("/rest/api/3/configuration").await.json()["issueLinkingEnabled"],
        json!(false)
    );
    assert_eq!(admin.get("/rest/api/3/plans/plan").await.status, 403);
    assert_eq!(admin.get("/rest/servicedeskapi/servicedesk").await.status, 404);
    assert_eq!(anonymous(&sandbox).get("/rest/api/3/project/search").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_are_paged_by_cursor() {
    let sandbox = site(10).await;
    let admin = caller(&sandbox, ADMIN);
    let first = admin.get("/rest/api/3/plans/plan").await.json();
    assert_eq!((first["last"].clone(), first.get("isLast")), (json!(false), None));
    let cursor = first["nextPageCursor"].as_str().expect("a cursor");
    let second = admin.get(&format!("/rest/api/3/plans/plan?cursor={cursor}")).await.json();
    assert_eq!(
        (second["last"].clone(), second["values"].as_array().map(Vec::len)),
        (json!(true), Some(10))
    );
    let other = start(SiteOptions::new(10, 1).with(Switch::PlansSayIsLast)).await;
    assert_eq!(
        caller(&other, ADMIN).get("/rest/api/3/plans/plan").await.json()["isLast"],
        json!(false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn field_names_are_not_unique() {
    let sandbox = site(10).await;
    let fields = caller(&sandbox, ADMIN).get("/rest/api/3/field").await.json();
    let named = |name: &str| {
        fields.as_array().into_iter().flatten().filter(|field| field["name"] == name).count()
    };
    assert_eq!((named("Sprint"), named("Story Points"), named("Owner")), (2, 2, 2));
    let public = anonymous(&sandbox).get("/rest/api/3/field").await;
    assert!(
        public.status == 200
            && public.json().as_array().map(Vec::len) < fields.as_array().map(Vec::len)
    );
}
