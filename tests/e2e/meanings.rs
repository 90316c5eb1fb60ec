//! What each status of an answer means: absent, hidden, switched off, not permitted, passing or broken. One
//! test a status, one line a meaning; the rest of 401, 429 and 503 is in `logins` and `traps_rights`.

use crate::support::evidence::{LABELS, PROJECTS, SPRINTS, USERS};
use crate::support::{ADMIN, Account, NOBROWSE, NOSOFTWARE, PLAIN, Scene};
use jira_sandbox::{Effect, Fault, SiteOptions, Switch};
use serde_json::{Value, json};

/// A refusal in Atlassian's envelope.
fn refusal(status: u16, message: &str) -> Effect {
    let body = json!({"errorMessages": [message], "errors": {}}).to_string();
    Effect::Answer { status, headers: Vec::new(), body: body.into() }
}

/// What one feed comes to for an account, on a site with some switches.
async fn comes_to(feed: &str, account: Account, switches: &[Switch]) -> Value {
    let options = switches.iter().fold(SiteOptions::new(40, 1), |site, one| site.with(*one));
    let scene = Scene::with_options(options).await.seen_by(account);
    scene.run(&[feed]).await.feed(feed)
}

/// What one feed comes to when an endpoint always answers so.
async fn answered(feed: &str, method: &str, template: &str, effect: Effect) -> Value {
    let scene = Scene::with_issues(40).await;
    scene.inject(method, template, effect);
    scene.run(&[feed]).await.feed(feed)
}

#[track_caller]
fn is(feed: &Value, outcome: &str, words: &[&str]) {
    assert_eq!(feed["outcome"], outcome, "{feed:#}");
    let reason = feed["reason"].as_str().unwrap_or_default();
    for word in words {
        assert!(reason.contains(word), "no {word:?} in {reason:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_400_is_a_mistake_in_the_question_or_a_thing_without_the_feature() {
    let scene = Scene::with_issues(20).await.config("[feed.issues]\njql = \"project = NOPE\"\n");
    let ran = scene.run(&["issues"]).await.exits_with(5);
    ran.failed("issues", &["400", "The value 'NOPE' does not exist for the field 'project'"]);
    // A kanban board has no sprints.
    let sprints = comes_to("sprints", ADMIN, &[]).await;
    assert_eq!(
        (&sprints["parents_without"], sprints["denials"].as_array().map(Vec::len)),
        (&2.into(), Some(0))
    );
    is(
        &answered("labels", "GET", LABELS, refusal(400, "No such thing")).await,
        "failed",
        &["400", "No such thing"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_401_to_an_account_that_is_logged_in_is_a_denial() {
    let workflows = comes_to("workflows", PLAIN, &[]).await;
    is(&workflows, "denied", &["401"]);
    assert_eq!(workflows["denials"][0]["needs"], "VIEW_READONLY_WORKFLOW");
    is(
        &answered("statuses", "GET", "/rest/api/3/status", refusal(401, "Not for you")).await,
        "denied",
        &["401"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_403_is_a_missing_permission_or_licence_or_a_plan_that_the_site_lacks() {
    is(&comes_to("screens", PLAIN, &[]).await, "denied", &["403"]);
    is(&comes_to("boards", NOSOFTWARE, &[]).await, "denied", &["403"]);
    is(&comes_to("plans", PLAIN, &[Switch::PremiumOff]).await, "denied", &["403"]);
    let lacks = "the account holds Administer Jira, so the site lacks Jira Premium";
    is(&comes_to("plans", ADMIN, &[Switch::PremiumOff]).await, "skipped", &[lacks, "403"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_404_is_hidden_or_switched_off_or_not_there() {
    is(
        &comes_to("project_versions", PLAIN, &[]).await,
        "partial",
        &["1 of 7 projects denied: project LAB"],
    );
    is(
        &comes_to("projects", NOBROWSE, &[Switch::EmptyProjectSearchIs404]).await,
        "denied",
        &["404"],
    );
    is(&comes_to("issue_link_types", ADMIN, &[Switch::LinkingOff]).await, "skipped", &["404"]);
    is(
        &comes_to("service_desks", ADMIN, &[Switch::ServiceManagementOff]).await,
        "skipped",
        &["404"],
    );
    is(
        &answered("labels", "GET", LABELS, refusal(404, "Dead link")).await,
        "failed",
        &["404", "Dead link"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_405_or_410_is_an_endpoint_that_is_gone_and_never_an_empty_feed() {
    let moved =
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API";
    is(
        &answered("labels", "GET", LABELS, refusal(410, moved)).await,
        "failed",
        &["410", "search/jql"],
    );
    is(
        &answered("labels", "GET", LABELS, refusal(405, "Method not allowed")).await,
        "failed",
        &["405"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_409_passes_when_it_is_asked_again() {
    let scene = Scene::with_issues(40).await;
    scene.control().inject(Fault::on("GET", USERS, refusal(409, "Took too long")).times(2));
    let ran = scene.run(&["users"]).await.exits_with(0);
    assert_eq!(ran.feed("users")["retries"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_413_is_told_in_jira_s_words_and_not_asked_again() {
    let scene = Scene::with_issues(40).await;
    scene.inject("POST", "/rest/api/3/worklog/list", refusal(413, "Too many ids"));
    let ran = scene.run(&["issue_worklogs"]).await.exits_with(5);
    ran.failed("issue_worklogs", &["413", "Too many ids"]);
    assert_eq!(ran.count("retries"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_422_is_a_board_whose_columns_show_no_status() {
    let scene = Scene::with_issues(80).await;
    scene.run(&["sprints"]).await.exits_with(0);
    let statuses: Vec<_> = scene.asked("GET", SPRINTS).iter().map(|asked| asked.status).collect();
    assert!(statuses.contains(&Some(422)), "{statuses:?}");
}

/// Each shape of error body gives Jira's own words, whoever wrote it.
#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_every_shape_of_error_are_in_the_report() {
    let json = |body: Value| body.to_string().into_bytes();
    for (body, words) in [
        (json(json!({"errorMessages": ["No luck"], "errors": {}})), "No luck"),
        (
            json(json!({"errorMessages": [], "errors": {"projectId": "No luck"}})),
            "projectId: No luck",
        ),
        (json(json!({"code": 403, "message": "No luck"})), "No luck"),
        (json(json!({"errorMessage": "No luck"})), "No luck"),
        (b"<html><head><title>No luck</title></head></html>".to_vec(), "No luck"),
        (b"No luck".to_vec(), "No luck"),
        (Vec::new(), "answered 403"),
    ] {
        let effect = Effect::Answer { status: 403, headers: Vec::new(), body };
        let feed = answered("labels", "GET", LABELS, effect).await;
        is(&feed, "denied", &[words]);
    }
}

/// What Jira answers with an empty list instead of an error is told from what is empty.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_is_a_denial_where_the_permission_is_missing() {
    let projects = comes_to("projects", NOBROWSE, &[]).await;
    is(&projects, "denied", &["mypermissions"]);
    let denial = &projects["denials"][0];
    assert_eq!((&denial["path"], &denial["needs"]), (&PROJECTS.into(), &"BROWSE_PROJECTS".into()));
    is(&comes_to("issues", NOBROWSE, &[]).await, "denied", &["mypermissions"]);
}

/// What a site has switched off, or has no plan for, is no denial, and an administrator is not sent to ask
/// himself for a permission that he holds.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_switched_off_is_told_from_what_is_not_permitted() {
    for (feed, switch, status) in [
        ("issue_voters", Switch::VotingOff, "404"),
        ("issue_remote_links", Switch::LinkingOff, "403"),
        ("issue_link_types", Switch::LinkingOff, "404"),
        ("field_schemes", Switch::FieldSchemesOff, "404"),
        ("field_scheme_projects", Switch::FieldSchemesOff, "404"),
        ("field_configurations", Switch::FieldConfigurationsOff, "404"),
        ("plan_details", Switch::PremiumOff, "403"),
    ] {
        let told = comes_to(feed, ADMIN, &[switch]).await;
        is(&told, "skipped", &[status]);
        assert_eq!(told["denials"], json!([]), "{told:#}");
    }
    // Asked of each type of each project, none of which has it.
    let off = "/rest/api/3/projects/fields";
    let told = answered("project_fields", "GET", off, refusal(404, "Not enabled")).await;
    is(&told, "complete", &[]);
    assert_eq!(told["parents_without"], told["parents"]);
    assert!(told["parents"].as_u64() > Some(0), "{told:#}");
    let free = || refusal(403, "All your products are on free plans");
    let of = "/rest/api/3/auditing/record";
    is(&answered("audit_records", "GET", of, free()).await, "skipped", &["lacks a paid plan"]);
    is(&answered("audit_record_items", "GET", of, free()).await, "skipped", &["lacks a paid plan"]);
    is(&comes_to("audit_records", PLAIN, &[]).await, "denied", &["403"]);
}

/// All that Atlassian documents to answer 401 to a user who is logged in and not permitted.
#[tokio::test(flavor = "multi_thread")]
async fn each_route_that_answers_401_to_a_user_is_denied_and_no_dead_login() {
    for (feed, template) in [
        ("statuses_all", "/rest/api/3/statuses/search"),
        ("workflows", "/rest/api/3/workflows/search"),
        ("workflow_capabilities", "/rest/api/3/workflows/capabilities"),
        ("project_role_links", "/rest/api/3/project/{projectId}/role"),
        ("project_classifications", "/rest/api/3/project/{projectId}/classification-level/default"),
    ] {
        let told = comes_to(feed, PLAIN, &[]).await;
        is(&told, "denied", &["401"]);
        assert_eq!(told["denials"][0]["path"], template);
    }
    for (feed, template) in [
        ("status_project_usages", "/rest/api/3/statuses/{statusId}/projectUsages"),
        ("workflow_project_usages", "/rest/api/3/workflow/{workflowId}/projectUsages"),
        (
            "workflow_scheme_project_usages",
            "/rest/api/3/workflowscheme/{workflowSchemeId}/projectUsages",
        ),
    ] {
        let told = answered(feed, "GET", template, refusal(401, "Not for you")).await;
        is(&told, "denied", &["401"]);
    }
}

/// What is asked of each parent and has no meaning for some: those are counted, and nothing is denied.
#[tokio::test(flavor = "multi_thread")]
async fn a_parent_without_the_thing_costs_nothing() {
    for feed in ["field_options", "field_contexts", "filter_columns", "epic_issues", "sprints"] {
        let told = comes_to(feed, ADMIN, &[]).await;
        is(&told, "complete", &[]);
        assert!(told["parents_without"].as_u64() > Some(0), "{told:#}");
        assert_eq!(told["denials"], json!([]), "{told:#}");
    }
}

/// A CAPTCHA that Jira demands in the middle of a run ends it; nothing is asked after that.
#[tokio::test(flavor = "multi_thread")]
async fn a_captcha_in_mid_run_is_never_retried() {
    let scene = Scene::with_issues(40).await.config("[limits]\nmax_in_flight = 1\n");
    let headers = vec![("X-Seraph-LoginReason".to_owned(), "AUTHENTICATION_DENIED".to_owned())];
    let locked = Effect::Answer { status: 403, headers, body: Vec::new() };
    scene.control().inject(Fault::on("GET", PROJECTS, locked).nth(1));
    let ran = scene.run(&["projects", "project_versions"]).await.exits_with(3);
    let error = ran.report()["error"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains("CAPTCHA") && error.contains("browser"), "{error}");
    assert!(ran.stderr.contains(&error), "people are told too: {ran:#?}");
    let asked = scene.control().requests();
    assert_eq!(asked.last().map(|last| last.template.as_str()), Some(PROJECTS), "{asked:#?}");
    assert_eq!(scene.asked("GET", PROJECTS).len(), 1);
    scene.shows_nothing_of("projects");
}

/// What may be read of most parents, and of some not, though the account lacks no permission.
#[tokio::test(flavor = "multi_thread")]
async fn a_parent_that_jira_will_not_list_is_named_and_costs_the_others_nothing() {
    let links = comes_to("issue_remote_links", ADMIN, &[Switch::TooManyRemoteLinks]).await;
    is(&links, "partial", &["issues denied: issue "]);
    assert!(links["records"].as_u64() > Some(0), "{links:#}");
    let denial = &links["denials"][0];
    assert_eq!((&denial["status"], &denial["needs"]), (&413.into(), &"NONE".into()));
    assert!(denial["remedy"].as_str().unwrap_or_default().contains("no permission helps"));
    let columns = comes_to("filter_columns", ADMIN, &[Switch::FiltersUnshared]).await;
    is(&columns, "partial", &["filters denied: filter "]);
    let denial = &columns["denials"][0];
    assert_eq!((&denial["status"], &denial["needs"]), (&400.into(), &"JIRA_ACCESS".into()));
    assert!(denial["remedy"].as_str().unwrap_or_default().contains("share it with the account"));
}

/// A screen that was deleted while its tabs are still listed.
#[tokio::test(flavor = "multi_thread")]
async fn the_tabs_of_a_deleted_screen_are_counted_and_no_denial() {
    let fields = comes_to("screen_tab_fields", ADMIN, &[Switch::DeletedScreenKeepsTabs]).await;
    is(&fields, "complete", &[]);
    assert_eq!((&fields["parents_without"], &fields["denials"]), (&1.into(), &json!([])));
}

/// Jira then refuses the worklogs that an issue does not hold itself, as if they might not be seen.
#[tokio::test(flavor = "multi_thread")]
async fn time_tracking_that_is_off_is_told_where_an_issue_has_more_worklogs_than_it_holds() {
    let options = SiteOptions::new(300, 1).with(Switch::TimeTrackingOff);
    let scene = Scene::with_options(options).await;
    // Without a JQL they are listed for the whole site, of which Jira does not say the same.
    let of_issues = ["issue_worklogs", "--jql", "created >= 0"];
    let worklogs = scene.run(&of_issues).await.feed("issue_worklogs");
    let told = "the site may lack time tracking, which can be switched off";
    is(&worklogs, "partial", &["issues denied: issue ", "The account holds Browse projects", told]);
    assert!(worklogs["records"].as_u64() > Some(0), "{worklogs:#}");
}

/// The lists of which Jira leaves out what the account may not see, all of it if need be.
#[tokio::test(flavor = "multi_thread")]
async fn every_list_that_jira_leaves_empty_instead_of_refusing_is_a_denial() {
    const PICKERS: &str = r#"
        [custom.users_found]
        title = "Users, as a picker finds them"
        get = "/rest/api/3/user/search"
        query = { query = "" }
        page = "offset-array"
        page_size = 50
        key = ["accountId"]
        needs = "USER_PICKER"
        filtered = true
        columns = { accountId = "text" }

        [custom.groups_found]
        title = "Groups, as a picker finds them"
        get = "/rest/api/3/groups/picker"
        records = "/groups"
        key = ["groupId"]
        needs = "USER_PICKER"
        filtered = true
        columns = { groupId = "text" }
    "#;
    for (feed, account, needs) in [
        ("users_found", PLAIN, "USER_PICKER"),
        ("groups_found", PLAIN, "USER_PICKER"),
        ("assignable_users", PLAIN, "USER_PICKER"),
        ("notification_schemes", PLAIN, "ADMINISTER_PROJECTS"),
        ("issue_types", NOBROWSE, "BROWSE_PROJECTS"),
        ("projects", NOBROWSE, "BROWSE_PROJECTS"),
        ("issues", NOBROWSE, "BROWSE_PROJECTS"),
    ] {
        let scene = Scene::with_issues(40).await.config(PICKERS);
        let told = scene.run(&[feed]).await.exits_with(0).feed(feed);
        assert!(told["records"].as_u64() > Some(0), "an administrator sees some: {told:#}");
        let ran = Scene::with_issues(40).await.seen_by(account).config(PICKERS).run(&[feed]).await;
        let told = ran.exits_with(4).feed(feed);
        is(&told, "denied", &["mypermissions"]);
        assert_eq!(told["denials"][0]["needs"], needs, "{told:#}");
    }
}

/// Whether somebody shares a filter with the account is nothing that Jira could be asked for.
#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_of_what_people_share_is_said_to_be_empty_or_hidden() {
    for (feed, of, records) in [
        ("filters", "/rest/api/3/filter/search", "values"),
        ("dashboards", "/rest/api/3/dashboard", "dashboards"),
        ("boards", "/rest/agile/1.0/board", "values"),
    ] {
        let scene = Scene::with_issues(40).await;
        let none = json!({records: [], "total": 0, "startAt": 0, "maxResults": 50});
        scene.control().serve("GET", of, move |_| none.clone());
        let told = scene.run(&[feed]).await.exits_with(0).feed(feed);
        is(&told, "complete", &["Empty, or all of it is hidden from the account"]);
    }
}
