//! The endpoints that a table describes: each answers, refuses, pages and conforms.

use std::collections::BTreeSet;

use jira_sandbox::{
    Ceilings, Described, Effect, Fault, Limits, Sandbox, Site, SiteOptions, Switch,
};
use serde_json::{Value, json};

use crate::client::{ADMIN, Answer, Caller, PLAIN, anonymous, caller, start};
use crate::{documents, schema};

type Places = Vec<(String, String)>;

/// Endpoints that neither document has.
const UNDOCUMENTED: &[&str] =
    &["/rest/servicedeskapi/", "/rest/api/3/field/{fieldId}/association/project"];

/// How many combinations of parents each endpoint is tried with.
const TRIED: usize = 8;

fn options() -> SiteOptions {
    SiteOptions { limits: Limits::none(), ..SiteOptions::new(60, 1) }
}

fn small() -> SiteOptions {
    let ceilings = Ceilings { page_beans: 7, wide_beans: 31, users: 60, ..Ceilings::default() };
    SiteOptions { ceilings, ..options() }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let byte =
        |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(byte).collect()
}

/// Path and parameters of a request, and its body.
fn request(endpoint: &Described, places: &Places) -> (String, Value) {
    let (mut path, mut query, mut body) = (endpoint.template.to_owned(), Vec::new(), json!({}));
    for (name, value) in places {
        let holder = format!("{{{name}}}");
        if path.contains(&holder) {
            path = path.replace(&holder, &encoded(value));
        } else if endpoint.method == "POST" {
            let list: Vec<&str> = value.split(',').collect();
            body[name] =
                if name.to_lowercase().ends_with("ids") { json!(list) } else { json!(value) };
        } else {
            let given = value.split(',').filter(|value| !value.is_empty());
            query.extend(given.map(|value| format!("{name}={}", encoded(value))));
        }
    }
    (format!("{path}?{}", query.join("&")), body)
}

async fn ask(caller: &Caller, endpoint: &Described, places: &Places, more: &str) -> Answer {
    let (path, body) = request(endpoint, places);
    if endpoint.method == "POST" {
        caller.post(&path, body).await
    } else {
        caller.get(&format!("{path}{more}")).await
    }
}

/// Where the next page is, if there is one.
fn next(page: &Value, got: usize) -> Option<String> {
    let nested =
        page.as_object().into_iter().flatten().find_map(|(_, part)| part["nextPageToken"].as_str());
    if let Some(token) = nested {
        return Some(format!("&nextPageToken={token}"));
    }
    if let Some(cursor) = page["nextPageCursor"].as_str() {
        return Some(format!("&cursor={cursor}"));
    }
    if page["isLastPage"] == false {
        return Some(format!("&start={got}"));
    }
    let more = page["total"].as_u64().is_some_and(|total| total > got as u64);
    (more && page["nextPageCursor"].is_null() && page["last"].is_null())
        .then(|| format!("&startAt={got}"))
}

/// All records at some parents, page by page; and how many pages there were.
async fn walk(caller: &Caller, endpoint: &Described, places: &Places) -> (Vec<Value>, usize) {
    let (mut all, mut pages, mut more) = (Vec::new(), 0, String::new());
    loop {
        let answer = ask(caller, endpoint, places, &more).await;
        assert_eq!(answer.status, 200, "{} {places:?}: {}", endpoint.template, answer.text);
        pages += 1;
        let page = answer.json();
        let Some(pointer) = &endpoint.records else { return (vec![page], 1) };
        let records = page.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
        let parts = endpoint.in_parts;
        if parts && records.is_empty() {
            return (all, pages);
        }
        all.extend(records);
        let following =
            if parts { Some(format!("&startAt={}", all.len())) } else { next(&page, all.len()) };
        let Some(following) = following else { return (all, pages) };
        more = following;
    }
}

/// Some combinations of parents at which the account is not refused.
fn tried(site: &Site, account: &str, endpoint: &Described) -> Vec<(Places, Vec<Value>)> {
    let truth = site.truth_of(account, endpoint.method, endpoint.template);
    let families = site.parents_of(account, endpoint.method, endpoint.template);
    let single = families.len() == 1;
    let known: BTreeSet<&Places> = truth.iter().map(|placed| &placed.places).collect();
    let step = (families.len() / TRIED).max(1);
    let chosen =
        families.iter().filter(|family| single || known.contains(family)).step_by(step).take(TRIED);
    chosen
        .map(|family| {
            let mine = truth.iter().filter(|placed| &placed.places == family);
            (family.clone(), mine.map(|placed| placed.value.clone()).collect())
        })
        .collect()
}

fn email(credential: &str) -> &str {
    credential.split(':').next().unwrap_or_default()
}

async fn compare(sandbox: &Sandbox, credential: &str, endpoint: &Described) -> usize {
    let caller = caller(sandbox, credential);
    let mut most = 0;
    for (places, truth) in tried(&sandbox.site(), email(credential), endpoint) {
        let (records, pages) = walk(&caller, endpoint, &places).await;
        let beside = endpoint.records.is_none() && truth.len() == 1 && records != truth;
        assert!(!beside, "{} {places:?}: {records:?} is not {truth:?}", endpoint.template);
        assert_eq!(records.len(), truth.len(), "{} {places:?}", endpoint.template);
        assert_eq!(records, truth, "{} {places:?}", endpoint.template);
        most = most.max(pages);
    }
    most
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_pages_to_exactly_its_truth() {
    let sandbox = start(small()).await;
    let mut paged = 0;
    for endpoint in Site::described_endpoints() {
        let families = tried(&sandbox.site(), email(ADMIN), &endpoint).len();
        assert!(families > 0, "{} has no records", endpoint.template);
        paged += usize::from(compare(&sandbox, ADMIN, &endpoint).await > 1);
    }
    assert!(paged > 30, "only {paged} lists are longer than a page");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_account_gets_its_truth_or_a_documented_refusal() {
    let sandbox = start(options()).await;
    let plain = caller(&sandbox, PLAIN);
    let mut refused = BTreeSet::new();
    for endpoint in Site::described_endpoints() {
        let (method, template) = (endpoint.method, endpoint.template);
        let Some(status) = sandbox.site().refusal_of(email(PLAIN), method, template) else {
            compare(&sandbox, PLAIN, &endpoint).await;
            continue;
        };
        let families = sandbox.site().parents_of(email(ADMIN), method, template);
        let answer = ask(&plain, &endpoint, families.first().expect("parents"), "").await;
        assert_eq!(answer.status, status, "{template}");
        assert!(sandbox.site().truth_of(email(PLAIN), method, template).is_empty());
        refused.insert((template, status));
    }
    for documented in [
        ("/rest/api/3/workflow/{workflowId}/projectUsages", 401),
        ("/rest/api/3/statuses/{statusId}/projectUsages", 401),
        ("/rest/api/3/project/{projectIdOrKey}/role", 401),
        ("/rest/api/3/application-properties", 401),
        ("/rest/api/3/screens/tabs", 403),
        ("/rest/api/3/config/fieldschemes", 403),
        ("/rest/api/3/project/{projectIdOrKey}/role/{id}", 404),
        ("/rest/servicedeskapi/request", 403),
    ] {
        assert!(refused.contains(&documented), "{documented:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parents_that_are_not_there_are_refused() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    for endpoint in Site::described_endpoints() {
        let families = sandbox.site().parents_of(email(ADMIN), endpoint.method, endpoint.template);
        let mut places = families.into_iter().next().expect("parents");
        for (_, value) in &mut places {
            *value = "999999999".to_owned();
        }
        let answer = ask(&admin, &endpoint, &places, "").await;
        let wanted = if places.is_empty() { 200..300 } else { 400..405 };
        assert!(wanted.contains(&answer.status), "{}: {}", endpoint.template, answer.status);
    }
    let plain = caller(&sandbox, PLAIN);
    for hidden in
        ["project/SEC/statuses", "project/10005/features", "issuetype/project?projectId=10005"]
    {
        assert_eq!(plain.get(&format!("/rest/api/3/{hidden}")).await.status, 404, "{hidden}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_conform_to_the_documents() {
    let Some(documents) = documents::documents() else { return };
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let (mut faults, mut checked) = (Vec::new(), 0);
    for endpoint in Site::described_endpoints() {
        let operation = documents.iter().find_map(|document| {
            let readers = documents::readers(document).into_iter();
            let mine = readers.filter(|(method, path, _)| {
                (*method, *path) == (endpoint.method, endpoint.template)
            });
            mine.map(|(_, _, operation)| (document, operation)).next()
        });
        let Some((document, operation)) = operation else {
            assert!(
                UNDOCUMENTED.iter().any(|start| endpoint.template.starts_with(start)),
                "{} is in no document",
                endpoint.template
            );
            continue;
        };
        for (places, _) in tried(&sandbox.site(), email(ADMIN), &endpoint) {
            let answer = ask(&admin, &endpoint, &places, "").await.json();
            let found = schema::faults(document, documents::answer(operation), &answer);
            faults.extend(
                found.into_iter().take(3).map(|fault| format!("{} {fault}", endpoint.template)),
            );
            checked += 1;
        }
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{} of {checked} answers:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_options_give_equal_answers() {
    let (one, other) = (start(options()).await, start(options()).await);
    let (left, right) = (caller(&one, ADMIN), caller(&other, ADMIN));
    for endpoint in Site::described_endpoints() {
        for (places, _) in tried(&one.site(), email(ADMIN), &endpoint).into_iter().take(2) {
            let ours = ask(&left, &endpoint, &places, "").await.text.replace(&one.url(), "");
            let theirs = ask(&right, &endpoint, &places, "").await.text.replace(&other.url(), "");
            assert_eq!(ours, theirs, "{}", endpoint.template);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn features_that_are_off_take_their_endpoints_along() {
    let cases = [
        (Switch::FieldSchemesOff, "/rest/api/3/config/fieldschemes", 404),
        (Switch::FieldSchemesOff, "/rest/api/3/config/fieldschemes/10100/fields", 404),
        (Switch::FieldConfigurationsOff, "/rest/api/3/fieldconfiguration", 404),
        (Switch::SoftwareListsOff, "/rest/software/1.0/board/1/issue", 404),
        (Switch::TimeTrackingOff, "/rest/api/3/issue/10000/worklog", 404),
        (Switch::VotingOff, "/rest/api/3/issue/10000/votes", 404),
        (Switch::LinkingOff, "/rest/api/3/issue/10000/remotelink", 403),
        (Switch::PremiumOff, "/rest/api/3/plans/plan/101/team", 403),
        (Switch::ServiceManagementOff, "/rest/servicedeskapi/request", 404),
    ];
    let usual = start(options()).await;
    for (switch, path, status) in cases {
        let without = start(options().with(switch)).await;
        assert_eq!(caller(&usual, ADMIN).get(path).await.status, 200, "{path}");
        assert_eq!(caller(&without, ADMIN).get(path).await.status, status, "{path}");
    }
    let old = start(options().with(Switch::SoftwareListsOff)).await;
    assert_eq!(caller(&old, ADMIN).get("/rest/agile/1.0/board/1/issue").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_on_issues_agree_with_their_lists() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let fields = json!({"jql": "created >= 0", "fields": ["watches", "votes"], "maxResults": 100});
    let found = admin.search(fields).await.json();
    for issue in found["issues"].as_array().expect("issues") {
        let path = format!("/rest/api/3/issue/{}", issue["id"].as_str().expect("an id"));
        let watchers = admin.get(&format!("{path}/watchers")).await;
        assert_eq!(watchers.json()["watchCount"], issue["fields"]["watches"]["watchCount"]);
        assert_eq!(json!(watchers.len("watchers")), issue["fields"]["watches"]["watchCount"]);
        let voters = admin.get(&format!("{path}/votes")).await;
        assert_eq!(json!(voters.len("voters")), issue["fields"]["votes"]["votes"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anonymous_callers_are_refused_where_a_login_is_needed() {
    let sandbox = start(options()).await;
    let nobody = anonymous(&sandbox);
    for path in ["events", "dashboard/gadgets", "priority", "classification-levels"] {
        assert_eq!(nobody.get(&format!("/rest/api/3/{path}")).await.status, 401, "{path}");
    }
    for path in ["project/type", "project/PUB/statuses", "jql/autocompletedata"] {
        assert_eq!(nobody.get(&format!("/rest/api/3/{path}")).await.status, 200, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn experimental_endpoints_want_to_be_opted_into() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let experimental =
        Site::described_endpoints().into_iter().filter(|endpoint| endpoint.experimental);
    let mut seen = 0;
    for endpoint in experimental {
        let (places, _) = tried(&sandbox.site(), email(ADMIN), &endpoint).remove(0);
        let (path, _) = request(&endpoint, &places);
        assert_eq!(admin.get(&path).await.status, 200, "{path}");
        // Without any header but the credential.
        assert_eq!(admin.get_in_own_language(&path).await.status, 412, "{path}");
        seen += 1;
    }
    assert!(seen >= 3, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn capabilities_go_by_project_and_type_or_by_workflow() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let workflows = admin.get("/rest/api/3/workflows/search").await.json();
    let path = "/rest/api/3/workflows/capabilities";
    for workflow in workflows["values"].as_array().expect("workflows") {
        let of_workflow = admin
            .get(&format!("{path}?workflowId={}", workflow["id"].as_str().expect("an id")))
            .await;
        assert_eq!(of_workflow.status, 200, "{}", of_workflow.text);
        assert_eq!(of_workflow.json()["editorScope"], workflow["scope"]["type"]);
    }
    let of_type = admin.get(&format!("{path}?projectId=10000&issueTypeId=10001")).await;
    let same = admin
        .get(&format!(
            "{path}?workflowId={}",
            workflows["values"][0]["id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!((of_type.status, of_type.json()), (200, same.json()));
    for wrong in ["", "projectId=10000", "issueTypeId=10001", "projectId=10000&issueTypeId=10010"] {
        assert_eq!(admin.get(&format!("{path}?{wrong}")).await.status, 400, "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_reach_pages_whose_token_is_nested() {
    let sandbox = start(options()).await;
    let admin = caller(&sandbox, ADMIN);
    let path = "/rest/api/3/statuses/3/projectUsages";
    let usual = admin.get(path).await.json();
    assert!(usual["projects"]["nextPageToken"].is_null() && usual["projects"]["values"].is_array());
    let template = "/rest/api/3/statuses/{statusId}/projectUsages";
    sandbox.control().inject(Fault::on("GET", template, Effect::RepeatToken));
    let token = || async { admin.get(path).await.json()["projects"]["nextPageToken"].clone() };
    assert!(token().await.is_string());
    assert_eq!(token().await, token().await);
    sandbox.control().clear_faults();
    sandbox.control().inject(Fault::on("GET", template, Effect::PagesForever));
    assert!(token().await.is_string());
    assert_ne!(token().await, token().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_out_has_its_truth_too() {
    let sandbox = start(options()).await;
    for credential in [ADMIN, PLAIN] {
        let caller = caller(&sandbox, credential);
        for template in [
            "/rest/api/3/project/{projectIdOrKey}",
            "/rest/api/3/myself",
            "/rest/api/3/serverInfo",
            "/rest/api/3/configuration",
            "/rest/agile/1.0/board/{boardId}",
            "/rest/agile/1.0/board/{boardId}/configuration",
            "/rest/agile/1.0/sprint/{sprintId}",
            "/rest/software/1.0/board/{boardId}/issue/approximate-count",
            "/rest/software/1.0/board/{boardId}/backlog/approximate-count",
        ] {
            let truth = sandbox.site().truth_of(email(credential), "GET", template);
            assert!(!truth.is_empty(), "{template}");
            for placed in truth {
                let filled =
                    placed.places.iter().fold(template.to_owned(), |path, (name, value)| {
                        path.replace(&format!("{{{name}}}"), value)
                    });
                let path = format!("{filled}?expand=groups");
                assert_eq!(caller.get(&path).await.json(), placed.value, "{path}");
            }
        }
        let sprints = sandbox.site().truth_of(
            email(credential),
            "GET",
            "/rest/agile/1.0/board/{boardId}/sprint",
        );
        let of_board: Vec<Value> = sprints
            .into_iter()
            .filter(|placed| placed.places[0].1 == "4")
            .map(|placed| placed.value)
            .collect();
        let page = caller.get("/rest/agile/1.0/board/4/sprint").await.json();
        assert_eq!(page["values"], json!(of_board));
    }
}
