//! A site that changes while it is served: every endpoint that shows a change shows it, and so
//! does the truth.

use jira_sandbox::{Limits, Resource, Sandbox, Site, SiteOptions, Switch};
use serde_json::{Value, json};

use crate::client::{ADMIN, Caller, PLAIN, caller, start};

const EMAIL: &str = "admin@sandbox.example";
const PLAIN_EMAIL: &str = "plain@sandbox.example";
/// After everything that was drawn, and long past for the machine's clock.
const AT: i64 = 1_791_000_000_000;

fn options() -> SiteOptions {
    SiteOptions { limits: Limits::none(), ..SiteOptions::new(60, 1) }
}

async fn sandbox() -> Sandbox {
    start(options()).await
}

async fn read(caller: &Caller, issue: u64) -> Value {
    caller.get(&format!("/rest/api/3/issue/{issue}")).await.json()
}

async fn found(caller: &Caller, jql: &str) -> Vec<String> {
    let page = caller.search(json!({"jql": jql, "maxResults": 5000})).await.json();
    let issues = page["issues"].as_array().expect("issues").clone();
    issues.iter().map(|issue| issue["id"].as_str().expect("an id").to_owned()).collect()
}

async fn bulk(caller: &Caller, name: impl ToString) -> Vec<Value> {
    let body = json!({"issueIdsOrKeys": [name.to_string()], "fields": ["*all"]});
    let page = caller.post("/rest/api/3/issue/bulkfetch", body).await.json();
    page["issues"].as_array().expect("issues").clone()
}

async fn list(caller: &Caller, path: &str, name: &str) -> Vec<Value> {
    let page = caller.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    page.json()[name].as_array().expect("a list").clone()
}

fn true_values(sandbox: &Sandbox, resource: Resource, parent: Option<u64>) -> Vec<Value> {
    let records = sandbox.site().truth(EMAIL, resource).into_iter();
    let mine =
        records.filter(|record| parent.is_none_or(|of| record.parent == Some(of.to_string())));
    mine.map(|record| record.value).collect()
}

fn true_issue(sandbox: &Sandbox, issue: u64) -> Option<Value> {
    let all = true_values(sandbox, Resource::Issues, None);
    let id = issue.to_string();
    all.into_iter().find(|value| value["id"] == id)
}

/// The first issue for which something holds.
fn issue_where(site: &Site, holds: impl Fn(u64) -> bool) -> u64 {
    site.issue_ids(EMAIL).into_iter().find(|id| holds(*id)).expect("such an issue")
}

/// An issue of a project that is no sub-task.
fn issue_in(site: &Site, project: &str) -> u64 {
    let issues = site.truth(EMAIL, Resource::Issues);
    let of = issues.iter().map(|record| &record.value).find(|value| {
        value["fields"]["project"]["key"] == project
            && value["fields"]["issuetype"]["subtask"] == false
            && value["fields"]["issuetype"]["hierarchyLevel"] == 0
    });
    of.expect("an issue")["id"].as_str().expect("an id").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_issue_is_new_wherever_it_is_read() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let issue = sandbox.site().issue_ids(EMAIL)[4];
    let before = read(&admin, issue).await["fields"].clone();
    sandbox.change(|site| assert!(site.edit_issue(issue, AT)));
    let after = read(&admin, issue).await["fields"].clone();
    for field in ["summary", "status", "priority", "updated"] {
        assert_ne!(before[field], after[field], "{field}");
    }
    for field in ["created", "description", "attachment", "timetracking", "customfield_10061"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    assert_eq!(before["comment"], after["comment"]);
    assert_eq!(found(&admin, &format!("updated >= {AT}")).await, [issue.to_string()]);
    assert_eq!(bulk(&admin, issue).await[0]["fields"]["summary"], after["summary"]);
    assert_eq!(
        true_issue(&sandbox, issue).expect("it is there")["fields"]["summary"],
        after["summary"]
    );
    let histories = true_values(&sandbox, Resource::Changelogs, Some(issue));
    let last = histories.last().expect("a history");
    let items = last["items"].as_array().expect("items").iter();
    let summary = items.clone().find(|item| item["field"] == "summary").expect("an item");
    assert_eq!(
        (&summary["fromString"], &summary["toString"]),
        (&before["summary"], &after["summary"])
    );
    let status = items.clone().find(|item| item["field"] == "status").expect("an item");
    assert_eq!((&status["from"], &status["to"]), (&before["status"]["id"], &after["status"]["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_an_edit_is_in_every_changelog() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let issue = sandbox.site().issue_ids(EMAIL)[4];
    let count = true_values(&sandbox, Resource::Changelogs, Some(issue)).len();
    sandbox.change(|site| assert!(site.edit_issue(issue, AT) && site.edit_issue(issue, AT + 5)));
    let truth = true_values(&sandbox, Resource::Changelogs, Some(issue));
    assert_eq!(truth.len(), count + 2);
    let path = format!("/rest/api/3/issue/{issue}/changelog");
    assert_eq!(list(&admin, &path, "values").await, truth);
    let expanded = admin.get(&format!("/rest/api/3/issue/{issue}?expand=changelog")).await.json();
    assert_eq!(expanded["changelog"]["total"], truth.len());
    assert_eq!(expanded["changelog"]["histories"][0], truth[count + 1]);
    let body = json!({"issueIdsOrKeys": [issue.to_string()]});
    let page = admin.post("/rest/api/3/changelog/bulkfetch", body).await.json();
    let bulk = page["issueChangeLogs"][0]["changeHistories"].as_array().expect("histories").clone();
    assert_eq!(bulk.len(), truth.len());
    assert_eq!(bulk[count + 1]["created"], AT + 5);
    assert_eq!(bulk[count + 1]["items"], truth[count + 1]["items"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_created_issue_comes_last_and_is_found() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let before = sandbox.site();
    let last = before.truth(EMAIL, Resource::LiveProjects);
    assert!(!last.is_empty());
    let mut made = Vec::new();
    sandbox.change(|site| {
        made.extend(site.create_issue("CORE", AT));
        made.extend(site.create_issue("core", AT));
        assert_eq!(site.create_issue("OLD", AT), None);
        assert_eq!(site.create_issue("NONE", AT), None);
    });
    assert!(before.issue_ids(EMAIL).iter().all(|id| *id < made[0]) && made[0] < made[1]);
    assert_eq!(before.issue_ids(EMAIL).len() + 2, sandbox.site().issue_ids(EMAIL).len());
    let [one, two] = [read(&admin, made[0]).await, read(&admin, made[1]).await];
    let number = |issue: &Value| -> u32 {
        let key = issue["key"].as_str().expect("a key").strip_prefix("CORE-").expect("of CORE");
        key.parse().expect("a number")
    };
    assert_eq!(number(&one) + 1, number(&two));
    let newest = found(&admin, &format!("created >= {AT}")).await;
    assert_eq!(newest, [made[1].to_string(), made[0].to_string()]);
    assert_eq!(one["fields"]["created"], one["fields"]["updated"]);
    assert!(true_issue(&sandbox, made[1]).is_some());
    let board = list(&admin, "/rest/agile/1.0/board/1/issue?maxResults=5000", "issues").await;
    let first = made[0].to_string();
    assert!(board.iter().any(|issue| issue["id"] == first));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_issue_is_gone_everywhere() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let links = sandbox.site().truth(EMAIL, Resource::IssueLinks);
    let linked: u64 = links[0].parent.as_deref().expect("an issue").parse().expect("a number");
    let id = linked.to_string();
    let key = read(&admin, linked).await["key"].as_str().expect("a key").to_owned();
    let others: Vec<&str> = links
        .iter()
        .filter(|link| {
            let end =
                if link.value["outwardIssue"].is_object() { "outwardIssue" } else { "inwardIssue" };
            link.value[end]["id"] == id
        })
        .filter_map(|link| link.parent.as_deref())
        .collect();
    assert!(!others.is_empty());
    sandbox.change(|site| assert!(site.delete_issue(linked, AT) && !site.delete_issue(linked, AT)));
    for path in ["", "/comment", "/worklog", "/changelog", "/remotelink", "/watchers"] {
        let answer = admin.get(&format!("/rest/api/3/issue/{linked}{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(admin.get(&format!("/rest/api/3/issue/{key}")).await.status, 404);
    assert!(bulk(&admin, linked).await.is_empty() && bulk(&admin, &key).await.is_empty());
    assert!(!found(&admin, "created >= 0").await.contains(&id));
    let whole = json!(true_values(&sandbox, Resource::Issues, None)).to_string();
    assert!(!whole.contains(&format!("/rest/api/3/issue/{id}\"")), "an issue still names it");
    for resource in [Resource::Comments, Resource::Changelogs, Resource::IssueLinks] {
        assert!(true_values(&sandbox, resource, Some(linked)).is_empty(), "{resource:?}");
    }
    let updated = found(&admin, &format!("updated >= {AT}")).await;
    assert!(others.iter().all(|other| updated.iter().any(|id| id == other)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_issue_takes_its_sub_tasks_along_and_frees_those_of_an_epic() {
    let sandbox = start(SiteOptions { limits: Limits::none(), ..SiteOptions::new(300, 1) }).await;
    let tasks = sandbox.site().truth(EMAIL, Resource::Subtasks);
    let parent: u64 = tasks[0].parent.as_deref().expect("a parent").parse().expect("a number");
    let child: u64 = tasks[0].value["id"].as_str().expect("an id").parse().expect("a number");
    sandbox.change(|site| assert!(site.delete_issue(parent, AT)));
    assert!(true_issue(&sandbox, parent).is_none() && true_issue(&sandbox, child).is_none());
    let issues = true_values(&sandbox, Resource::Issues, None);
    let inside = issues
        .iter()
        .find(|issue| issue["fields"]["parent"]["fields"]["issuetype"]["hierarchyLevel"] == 1);
    let inside = inside.expect("an issue in an epic").clone();
    let epic = inside["fields"]["parent"]["id"].as_str().expect("an id").parse().expect("a number");
    let id: u64 = inside["id"].as_str().expect("an id").parse().expect("a number");
    sandbox.change(|site| assert!(site.delete_issue(epic, AT + 1)));
    let freed = true_issue(&sandbox, id).expect("it stays");
    assert!(freed["fields"].get("parent").is_none());
    assert_ne!(freed["fields"]["updated"], inside["fields"]["updated"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_issue_keeps_its_id_and_answers_to_both_keys() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let issue = issue_in(&sandbox.site(), "CORE");
    let before = read(&admin, issue).await;
    let old = before["key"].as_str().expect("a key").to_owned();
    let drawn_before = true_values(&sandbox, Resource::Changelogs, Some(issue));
    sandbox.change(|site| {
        assert!(site.move_issue(issue, "WEB", AT));
        assert!(!site.move_issue(issue, "WEB", AT) && !site.move_issue(issue, "OLD", AT));
    });
    let after = read(&admin, issue).await;
    let new = after["key"].as_str().expect("a key").to_owned();
    assert!(new.starts_with("WEB-") && after["fields"]["project"]["key"] == "WEB");
    for name in [&old, &new] {
        let one = admin.get(&format!("/rest/api/3/issue/{name}")).await.json();
        assert_eq!((&one["id"], &one["key"]), (&json!(issue.to_string()), &json!(new)));
        assert_eq!(bulk(&admin, name).await[0]["key"], new);
    }
    assert!(found(&admin, "project = WEB").await.contains(&issue.to_string()));
    assert!(!found(&admin, "project = CORE").await.contains(&issue.to_string()));
    assert_eq!(found(&admin, &format!("updated >= {AT}")).await, [issue.to_string()]);
    let histories = true_values(&sandbox, Resource::Changelogs, Some(issue));
    let (last, drawn) = histories.split_last().expect("histories");
    let key = last["items"].as_array().expect("items").iter().find(|item| item["field"] == "Key");
    let key = key.expect("an item about the key");
    assert_eq!((&key["fromString"], &key["toString"]), (&json!(old), &json!(new)));
    assert_eq!(drawn, drawn_before, "what happened before the move stays as it was");
    // The number it left is not given to another issue.
    sandbox.change(|site| assert!(site.create_issue("CORE", AT).is_some()));
    assert_eq!(
        admin.get(&format!("/rest/api/3/issue/{old}")).await.json()["id"],
        issue.to_string()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sub_tasks_move_with_their_parent_only() {
    let sandbox = start(SiteOptions { limits: Limits::none(), ..SiteOptions::new(300, 1) }).await;
    let admin = caller(&sandbox, ADMIN);
    let tasks = sandbox.site().truth(EMAIL, Resource::Subtasks);
    let parent: u64 = tasks[0].parent.as_deref().expect("a parent").parse().expect("a number");
    let child: u64 = tasks[0].value["id"].as_str().expect("an id").parse().expect("a number");
    sandbox.change(|site| {
        assert!(!site.move_issue(child, "LAB", AT));
        assert!(site.move_issue(parent, "LAB", AT));
    });
    let child = read(&admin, child).await;
    assert_eq!(child["fields"]["project"]["key"], "LAB");
    assert_eq!(child["fields"]["parent"]["id"], parent.to_string());
    let listed = read(&admin, parent).await["fields"]["subtasks"].clone();
    assert!(listed.as_array().expect("sub-tasks").iter().any(|task| task["key"] == child["key"]));
    sandbox.change(|site| assert!(site.move_issue(parent, "HELP", AT)));
    let freed = read(&admin, child["id"].as_str().expect("an id").parse().expect("a number")).await;
    assert!(
        freed["fields"]["issuetype"]["subtask"] == false && freed["fields"].get("parent").is_none()
    );
    assert_eq!(read(&admin, parent).await["fields"]["subtasks"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_come_change_and_go() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let issue = issue_where(&sandbox.site(), |id| sandbox.site().comment_ids(id).len() == 3);
    let ids = sandbox.site().comment_ids(issue);
    let path = format!("/rest/api/3/issue/{issue}/comment");
    let before = list(&admin, &path, "comments").await;
    let mut added = None;
    sandbox.change(|site| {
        added = site.add_comment(issue, AT);
        assert!(site.edit_comment(issue, ids[1], AT + 1));
        assert!(site.delete_comment(issue, ids[0], AT + 2));
        assert!(!site.delete_comment(issue, ids[0], AT) && !site.edit_comment(issue, ids[0], AT));
    });
    let added = added.expect("added");
    assert_eq!(sandbox.site().comment_ids(issue), [ids[1], ids[2], added]);
    let after = list(&admin, &path, "comments").await;
    assert_eq!(after, true_values(&sandbox, Resource::Comments, Some(issue)));
    assert_eq!(after[1], before[2]);
    assert_eq!((&after[0]["id"], &after[0]["created"]), (&before[1]["id"], &before[1]["created"]));
    assert_ne!(after[0]["body"], before[1]["body"]);
    assert_ne!(after[0]["updated"], before[1]["updated"]);
    let one = read(&admin, issue).await;
    assert_eq!(one["fields"]["comment"]["comments"], json!(after));
    let body = json!({"ids": [ids[0], ids[1], added]});
    let listed = admin.post("/rest/api/3/comment/list", body).await.json();
    assert_eq!(listed["values"], json!([after[0], after[2]]));
    assert_eq!(found(&admin, &format!("updated >= {}", AT + 2)).await, [issue.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_come_change_and_go() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let issue = issue_where(&sandbox.site(), |id| sandbox.site().worklog_ids(id).len() == 3);
    let ids = sandbox.site().worklog_ids(issue);
    let path = format!("/rest/api/3/issue/{issue}/worklog");
    let before = list(&admin, &path, "worklogs").await;
    let mut added = None;
    sandbox.change(|site| {
        added = site.add_worklog(issue, AT);
        assert!(site.edit_worklog(issue, ids[1], AT + 1));
        assert!(site.delete_worklog(issue, ids[0], AT + 2));
        assert!(!site.delete_worklog(issue, ids[0], AT) && !site.edit_worklog(issue, 1, AT));
    });
    let added = added.expect("added");
    let after = list(&admin, &path, "worklogs").await;
    assert_eq!(after, true_values(&sandbox, Resource::Worklogs, Some(issue)));
    assert_eq!(after.len(), 3);
    assert_eq!(after[1], before[2]);
    assert_ne!(after[0]["timeSpentSeconds"], before[1]["timeSpentSeconds"]);
    let body = json!({"ids": [ids[0], ids[1], added]});
    let listed = admin.post("/rest/api/3/worklog/list", body).await.json();
    assert_eq!(listed, json!([after[0], after[2]]));
    let feed = |name: &'static str| {
        let admin = &admin;
        async move { list(admin, &format!("/rest/api/3/worklog/{name}?since={AT}"), "values").await }
    };
    let entry = |id: u64, at: i64| json!({"worklogId": id, "updatedTime": at, "properties": []});
    assert_eq!(feed("updated").await, [entry(added, AT), entry(ids[1], AT + 1)]);
    assert_eq!(feed("deleted").await, [entry(ids[0], AT + 2)]);
    let updated = true_values(&sandbox, Resource::UpdatedWorklogs, None);
    assert_eq!(updated.iter().filter(|change| change["worklogId"] == ids[1]).count(), 1);
    assert!(updated.iter().all(|change| change["worklogId"] != ids[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_of_deleted_issues_are_listed_as_deleted_unless_switched_off() {
    for (options, listed) in
        [(options(), true), (options().with(Switch::WorklogsOfDeletedIssuesUnlisted), false)]
    {
        let sandbox = start(options).await;
        let issue = issue_where(&sandbox.site(), |id| sandbox.site().worklog_ids(id).len() > 1);
        let ids = sandbox.site().worklog_ids(issue);
        sandbox.change(|site| assert!(site.delete_issue(issue, AT)));
        let deleted = true_values(&sandbox, Resource::DeletedWorklogs, None);
        let updated = true_values(&sandbox, Resource::UpdatedWorklogs, None);
        for id in ids {
            assert_eq!(deleted.iter().any(|change| change["worklogId"] == id), listed);
            assert!(updated.iter().all(|change| change["worklogId"] != id));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_deletion_leaves_updated_as_it_was() {
    for (options, moved) in [(options(), true), (options().with(Switch::QuietDeletions), false)] {
        let sandbox = start(options).await;
        let issue = issue_where(&sandbox.site(), |id| {
            !sandbox.site().worklog_ids(id).is_empty() && !sandbox.site().comment_ids(id).is_empty()
        });
        let updated =
            || true_issue(&sandbox, issue).expect("it is there")["fields"]["updated"].clone();
        let before = updated();
        let (comment, worklog) =
            (sandbox.site().comment_ids(issue)[0], sandbox.site().worklog_ids(issue)[0]);
        sandbox.change(|site| assert!(site.delete_comment(issue, comment, AT)));
        assert_eq!(updated() != before, moved);
        let before = updated();
        sandbox.change(|site| assert!(site.delete_worklog(issue, worklog, AT + 1000)));
        assert_eq!(updated() != before, moved);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_unlinking_leaves_updated_as_it_was() {
    let sandbox = start(options().with(Switch::QuietUnlinking)).await;
    let admin = caller(&sandbox, ADMIN);
    let links = sandbox.site().truth(EMAIL, Resource::IssueLinks);
    let linked: u64 = links[0].parent.as_deref().expect("an issue").parse().expect("a number");
    sandbox.change(|site| assert!(site.delete_issue(linked, AT)));
    assert!(found(&admin, &format!("updated >= {AT}")).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_project_is_gone_for_one_account_alone() {
    let sandbox = sandbox().await;
    let (admin, plain) = (caller(&sandbox, ADMIN), caller(&sandbox, PLAIN));
    let before = sandbox.site();
    let issue = issue_in(&before, "CORE");
    sandbox.change(|site| site.hide_project("CORE", PLAIN_EMAIL));
    let now = sandbox.site();
    assert!(!now.live_project_keys(PLAIN_EMAIL).contains(&"CORE".to_owned()));
    assert_eq!(now.live_project_keys(EMAIL), before.live_project_keys(EMAIL));
    assert_eq!(now.issue_ids(EMAIL), before.issue_ids(EMAIL));
    let keys = |projects: Vec<Value>| -> Vec<String> {
        projects.iter().map(|of| of["key"].as_str().expect("a key").to_owned()).collect()
    };
    let listed = keys(list(&plain, "/rest/api/3/project/search", "values").await);
    assert_eq!(listed, now.live_project_keys(PLAIN_EMAIL));
    assert_eq!(plain.get("/rest/api/3/project/CORE").await.status, 404);
    assert_eq!(plain.get(&format!("/rest/api/3/issue/{issue}")).await.status, 404);
    assert_eq!(plain.get("/rest/agile/1.0/board/1").await.status, 404);
    assert_eq!(plain.search(json!({"jql": "project = CORE"})).await.status, 400);
    let ids: Vec<String> = now.issue_ids(PLAIN_EMAIL).iter().map(u64::to_string).collect();
    let mut seen = found(&plain, "created >= 0").await;
    seen.sort();
    assert_eq!(seen, ids);
    assert_eq!(read(&admin, issue).await["id"], issue.to_string());
    sandbox.change(|site| site.show_project("CORE", PLAIN_EMAIL));
    assert_eq!(sandbox.site().issue_ids(PLAIN_EMAIL), before.issue_ids(PLAIN_EMAIL));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_project_is_listed_and_not_searched() {
    let sandbox = sandbox().await;
    let admin = caller(&sandbox, ADMIN);
    let before = sandbox.site();
    let issue = issue_in(&before, "OPS");
    sandbox.change(|site| site.archive_project("OPS", true));
    let live = list(&admin, "/rest/api/3/project/search", "values").await;
    assert!(live.iter().all(|project| project["key"] != "OPS"));
    let archived = list(&admin, "/rest/api/3/project/search?status=archived", "values").await;
    let ops = archived.iter().find(|project| project["key"] == "OPS").expect("it is listed");
    assert_eq!(ops["archived"], true);
    assert!(!found(&admin, "created >= 0").await.contains(&issue.to_string()));
    assert_eq!(admin.get("/rest/api/3/project/OPS/version").await.status, 404);
    assert!(true_issue(&sandbox, issue).is_none());
    sandbox.change(|site| {
        assert!(!site.edit_issue(issue, AT) && !site.delete_issue(issue, AT));
        assert_eq!(site.add_comment(issue, AT), None);
        site.archive_project("OPS", false);
    });
    let restored = sandbox.site();
    assert_eq!(restored.truth(EMAIL, Resource::Issues), before.truth(EMAIL, Resource::Issues));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issues_of_boards_and_sprints_follow() {
    let sandbox = start(SiteOptions { limits: Limits::none(), ..SiteOptions::new(200, 1) }).await;
    let admin = caller(&sandbox, ADMIN);
    let sprint = sandbox.site().truth(EMAIL, Resource::SprintIssues)[0].clone();
    let id: u64 = sprint.value["id"].as_str().expect("an id").parse().expect("a number");
    let board = issue_in(&sandbox.site(), "OPS");
    sandbox.change(|site| {
        assert!(site.delete_issue(id, AT));
        assert!(site.move_issue(board, "PUB", AT));
    });
    let moved = board.to_string();
    for template in ["sprint/{sprintId}/issue", "board/{boardId}/issue", "board/{boardId}/backlog"]
    {
        let template = format!("/rest/agile/1.0/{template}");
        let mut parents: Vec<(String, String)> = Vec::new();
        let truth = sandbox.site().truth_of(EMAIL, "GET", &template);
        parents.extend(truth.iter().map(|placed| placed.places[0].clone()));
        parents.dedup();
        for (name, parent) in parents {
            let path = template.replace(&format!("{{{name}}}"), &parent);
            let issues = list(&admin, &format!("{path}?maxResults=5000&fields=id"), "issues").await;
            let wanted: Vec<&Value> = truth
                .iter()
                .filter(|placed| placed.places[0].1 == parent)
                .map(|placed| &placed.value["id"])
                .collect();
            let got: Vec<&Value> = issues.iter().map(|issue| &issue["id"]).collect();
            assert_eq!(got, wanted, "{path}");
            let gone = id.to_string();
            assert!(got.iter().all(|of| **of != gone), "{path}");
            assert!(!(path.contains("board/3/") && got.iter().any(|of| **of == moved)));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_is_not_about_stays_as_it_was() {
    let sandbox = start(SiteOptions { limits: Limits::none(), ..SiteOptions::new(200, 1) }).await;
    let before = sandbox.site();
    let moved = issue_in(&before, "CORE");
    let mut created = None;
    sandbox.change(|site| {
        created = site.create_issue("CORE", AT);
        assert!(site.move_issue(moved, "LAB", AT));
        site.archive_project("OPS", true);
    });
    let after = sandbox.site();
    let about = [moved.to_string(), created.expect("created").to_string()];
    let others = |site: &Site, resource: Resource| -> Vec<Value> {
        let ops: Vec<String> = before
            .truth(EMAIL, Resource::Issues)
            .into_iter()
            .filter(|record| record.value["fields"]["project"]["key"] == "OPS")
            .map(|record| record.value["id"].as_str().expect("an id").to_owned())
            .collect();
        let mine = |record: &jira_sandbox::Record| {
            let id = record.parent.clone();
            let id = id.unwrap_or_else(|| record.value["id"].as_str().expect("an id").to_owned());
            !about.contains(&id) && !ops.contains(&id)
        };
        let records = site.truth(EMAIL, resource).into_iter().filter(mine);
        records
            .map(|mut record| {
                // What is said of the other end of a link, of parts and wholes, may change.
                for about_others in ["issuelinks", "subtasks", "parent"] {
                    if record.value["fields"].is_object() {
                        record.value["fields"][about_others] = Value::Null;
                    }
                }
                record.value
            })
            .collect()
    };
    for resource in [
        Resource::Issues,
        Resource::Changelogs,
        Resource::Comments,
        Resource::Worklogs,
        Resource::Attachments,
    ] {
        let (was, is) = (others(&before, resource), others(&after, resource));
        assert_eq!(was.len(), is.len(), "{resource:?}");
        for (was, is) in was.iter().zip(&is) {
            assert_eq!(was, is, "{resource:?}");
        }
    }
}
