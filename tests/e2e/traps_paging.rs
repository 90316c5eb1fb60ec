//! Pages: every style, however small the server makes them, and wherever it leaves gaps.

use crate::support::Scene;
use crate::support::evidence::{PROJECTS, USERS};
use jira_sandbox::{Ceilings, Effect, PageStyle, Resource, SiteOptions, Switch};
use serde_json::{Value, json};

const UPDATED: &str = "/rest/api/3/worklog/updated";
const DELETED: &str = "/rest/api/3/worklog/deleted";
const AUDIT: &str = "/rest/api/3/auditing/record";
const DESKS: &str = "/rest/servicedeskapi/servicedesk";

/// Feeds by the style of their pages, what the site has of them, and a column that tells records apart.
const LISTS: &[(&str, Resource, &str)] = &[
    ("projects", Resource::Projects, "id"),
    ("project_versions", Resource::Versions, "id"),
    ("project_components", Resource::Components, "id"),
    ("users", Resource::Users, "accountId"),
    ("groups", Resource::Groups, "groupId"),
    ("group_members", Resource::GroupMembers, "accountId"),
    ("boards", Resource::Boards, "id"),
    ("sprints", Resource::Sprints, "id"),
    ("board_issues", Resource::BoardIssues, "id"),
    ("filters", Resource::Filters, "id"),
    ("dashboards", Resource::Dashboards, "id"),
    ("labels", Resource::Labels, "label"),
    ("screens", Resource::Screens, "id"),
    ("workflows", Resource::Workflows, "id"),
    ("priorities", Resource::Priorities, "id"),
    ("resolutions", Resource::Resolutions, "id"),
    ("plans", Resource::Plans, "id"),
    ("audit_records", Resource::AuditRecords, "id"),
    ("service_desks", Resource::ServiceDesks, "id"),
    ("worklogs_deleted", Resource::DeletedWorklogs, "worklogId"),
];

/// Far below what is asked for.
fn tiny() -> Ceilings {
    Ceilings {
        projects: 3,
        users: 50,
        issue_ids: 7,
        board_issues: 9,
        worklog_ids: 3,
        audit_records: 400,
        labels: 5,
        wide_beans: 3,
        page_beans: 4,
        ..Ceilings::default()
    }
}

async fn every_list(options: SiteOptions) -> Scene {
    let scene = Scene::with_options(options).await;
    let feeds: Vec<_> = LISTS.iter().map(|(feed, ..)| *feed).collect();
    scene.run(&feeds).await.exits_with(0);
    for (feed, resource, key) in LISTS {
        scene.has_all(feed, *resource, key);
    }
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_one_row_in_pages_of_the_usual_size() {
    every_list(SiteOptions::new(120, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_is_one_row_where_the_server_lowers_the_page_size_without_a_word() {
    let scene = every_list(SiteOptions { ceilings: tiny(), ..SiteOptions::new(300, 2) }).await;
    assert!(scene.asked("GET", PROJECTS).len() > 3);
    assert!(scene.asked("GET", DELETED).len() > 1);
    assert!(scene.asked("GET", AUDIT).len() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_end_by_last_as_by_is_last() {
    let ceilings = Ceilings { page_beans: 7, ..Ceilings::default() };
    let options = SiteOptions { ceilings, ..SiteOptions::new(20, 1) };
    for options in [options.clone(), options.with(Switch::PlansSayIsLast)] {
        let scene = Scene::with_options(options).await;
        scene.run(&["plans"]).await.exits_with(0);
        scene.has_all("plans", Resource::Plans, "id");
        assert_eq!(scene.asked("GET", "/rest/api/3/plans/plan").len(), 9);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_of_hidden_users_is_not_the_end_of_the_users() {
    for hidden_user_run in [1, 30, 60] {
        let ceilings = Ceilings { users: 50, ..Ceilings::default() };
        let options = SiteOptions { ceilings, hidden_user_run, ..SiteOptions::new(20, 1) };
        let scene = Scene::with_options(options).await;
        scene.run(&["users"]).await.exits_with(0);
        scene.has_all("users", Resource::Users, "accountId");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_audit_records_than_a_page_and_desks_come_whole() {
    let scene = Scene::with_issues(20).await;
    let records = |count: usize| (0..count).map(|id| json!({ "id": id })).collect::<Vec<_>>();
    let control = scene.control();
    control.serve_records("GET", AUDIT, PageStyle::Records(1000), records(2500));
    control.serve_records("GET", DESKS, PageStyle::Desk(20), records(130));
    scene.run(&["audit_records", "service_desks"]).await.exits_with(0);
    let distinct = |feed: &str| {
        let landed = scene.landed(feed, "id");
        (landed.len(), landed.iter().collect::<std::collections::HashSet<_>>().len())
    };
    assert_eq!(distinct("audit_records"), (2500, 2500));
    assert_eq!(distinct("service_desks"), (130, 130));
    assert_eq!(scene.asked("GET", AUDIT).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_page_that_is_not_the_last_is_passed_over() {
    let scene = Scene::with_issues(20).await;
    let page = |start: u32, ids: &[u32], is_last: bool| -> Value {
        let values: Vec<_> = ids.iter().map(|id| json!({"id": id.to_string()})).collect();
        json!({"startAt": start, "maxResults": 2, "isLast": is_last, "values": values})
    };
    let pages = vec![page(0, &[1, 2], false), page(2, &[], false), page(4, &[5], true)];
    scene.control().serve_sequence("GET", PROJECTS, pages);
    scene.run(&["projects"]).await.exits_with(0);
    assert_eq!(scene.landed("projects", "id"), ["1", "2", "5"]);
    let starts = scene.asked("GET", PROJECTS);
    let start = |n: usize| starts[n].query.iter().find(|(key, _)| key == "startAt").cloned();
    assert_eq!(start(2), Some(("startAt".to_owned(), "4".to_owned())));
}

/// A list that never ends fails, and no other feed does.
async fn never_ends(feed: &str, template: &str, effect: Effect, words: &[&str]) {
    let scene = Scene::with_issues(20).await;
    scene.inject("GET", template, effect);
    let ran = scene.run(&[feed, "labels"]).await.exits_with(5);
    ran.failed(feed, &[feed, template]);
    ran.failed(feed, words);
    ran.is("labels", "complete");
    scene.shows_nothing_of(feed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_never_ends_is_an_error_in_every_style() {
    const BOARD_ISSUES: &str = "/rest/software/1.0/board/{boardId}/issue";
    const PLANS: &str = "/rest/api/3/plans/plan";
    let (empty, same) = (Effect::EmptyForever, Effect::PagesForever);
    never_ends("projects", PROJECTS, empty.clone(), &["pages in a row are empty"]).await;
    never_ends("projects", PROJECTS, same.clone(), &["same records as the page before"]).await;
    never_ends("users", USERS, same.clone(), &["same records as the page before"]).await;
    never_ends("plans", PLANS, Effect::RepeatToken, &["read before"]).await;
    never_ends("audit_records", AUDIT, empty, &["pages in a row are empty"]).await;
    never_ends("service_desks", DESKS, same, &["same records as the page before"]).await;
    let scene = Scene::with_issues(40).await;
    scene.inject("GET", BOARD_ISSUES, Effect::RepeatToken);
    let ran = scene.run(&["board_issues", "boards"]).await.exits_with(5);
    ran.failed("board_issues", &["board_issues", "/rest/software/1.0/board/", "read before"]);
    ran.is("boards", "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_millisecond_with_more_changes_than_a_page_is_an_error() {
    let scene = Scene::with_issues(20).await;
    let changes: Vec<_> =
        (0..1000).map(|id| json!({"worklogId": id, "updatedTime": 5, "properties": []})).collect();
    let page = json!({"values": changes, "since": 5, "until": 5, "lastPage": false});
    for list in [DELETED, UPDATED] {
        let page = page.clone();
        scene.control().serve("GET", list, move |_| page.clone());
    }
    let ran = scene.run(&["worklogs_deleted", "issue_worklogs", "labels"]).await.exits_with(5);
    ran.failed("worklogs_deleted", &["worklogs_deleted", DELETED, "past that millisecond"]);
    ran.failed("issue_worklogs", &[UPDATED, "past that millisecond", "a `jql` for `issues`"]);
    ran.is("labels", "complete");
    // As the error says.
    scene.run(&["issue_worklogs", "--jql", "created >= 0"]).await.exits_with(0);
    scene.has_all("issue_worklogs", Resource::Worklogs, "id");
}
