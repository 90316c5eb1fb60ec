//! The issue lists of boards, sprints and epics, old and new.

use std::collections::BTreeMap;

use jira_sandbox::{Ceilings, Limits, SiteOptions};
use serde_json::{Value, json};

use crate::client::{ADMIN, Caller, PLAIN, caller, start};

const TAILS: &[&str] = &[
    "board/{boardId}/issue",
    "board/{boardId}/backlog",
    "board/{boardId}/sprint/{sprintId}/issue",
    "board/{boardId}/epic/{epicId}/issue",
    "board/{boardId}/epic/none/issue",
    "sprint/{sprintId}/issue",
    "epic/{epicIdOrKey}/issue",
    "epic/none/issue",
];

async fn walk(caller: &Caller, path: &str) -> Vec<String> {
    let (mut ids, mut more) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{path}?fields=summary{more}")).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        let page = page.json();
        let issues = page["issues"].as_array().expect("issues").iter();
        ids.extend(issues.map(|issue| issue["id"].as_str().expect("an id").to_owned()));
        if let Some(token) = page["nextPageToken"].as_str() {
            more = format!("&nextPageToken={token}");
        } else if page["total"].as_u64().is_some_and(|total| total > ids.len() as u64) {
            more = format!("&startAt={}", ids.len());
        } else {
            return ids;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_lists_page_to_exactly_their_truth() {
    let ceilings = Ceilings { board_issues: 7, ..Ceilings::default() };
    let options = SiteOptions { ceilings, limits: Limits::none(), ..SiteOptions::new(300, 1) };
    let sandbox = start(options).await;
    for credential in [ADMIN, PLAIN] {
        let caller = caller(&sandbox, credential);
        let account = credential.split(':').next().expect("an address");
        for family in ["/rest/software/1.0", "/rest/agile/1.0"] {
            for tail in TAILS {
                let template = format!("{family}/{tail}");
                let mut lists: BTreeMap<String, Vec<Value>> = BTreeMap::new();
                for placed in sandbox.site().truth_of(account, "GET", &template) {
                    let path =
                        placed.places.iter().fold(template.clone(), |path, (name, value)| {
                            path.replace(&format!("{{{name}}}"), value)
                        });
                    lists.entry(path).or_default().push(placed.value["id"].clone());
                }
                assert!(!lists.is_empty(), "{template}");
                for (path, ids) in lists.into_iter().take(12) {
                    assert_eq!(json!(walk(&caller, &path).await), json!(ids), "{path}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_agree_with_what_issues_say_of_themselves() {
    let options = SiteOptions { limits: Limits::none(), ..SiteOptions::new(300, 1) };
    let sandbox = start(options).await;
    let admin = caller(&sandbox, ADMIN);
    let path = "/rest/software/1.0/board/1/issue?fields=sprint,closedSprints,epic&maxResults=5000";
    let page = admin.get(path).await.json();
    let (mut sprints, mut epics) = (0, 0);
    for issue in page["issues"].as_array().expect("issues").iter().take(60) {
        let (id, fields) = (issue["id"].as_str().expect("an id").to_owned(), &issue["fields"]);
        let closed = fields["closedSprints"].as_array().into_iter().flatten();
        for sprint in closed.chain([&fields["sprint"]]).filter(|sprint| sprint.is_object()) {
            let inside =
                walk(&admin, &format!("/rest/software/1.0/sprint/{}/issue", sprint["id"])).await;
            assert!(inside.contains(&id), "{id} in {sprint}");
            sprints += 1;
        }
        if fields["epic"].is_object() {
            let epic = &fields["epic"]["id"];
            assert!(
                walk(&admin, &format!("/rest/software/1.0/epic/{epic}/issue")).await.contains(&id)
            );
            assert_eq!(
                admin.get(&format!("/rest/agile/1.0/epic/{epic}")).await.json(),
                fields["epic"]
            );
            epics += 1;
        }
    }
    assert!(sprints > 5 && epics > 5, "{sprints} {epics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn epics_of_team_managed_projects_are_refused() {
    let sandbox = start(SiteOptions::new(300, 1)).await;
    let admin = caller(&sandbox, ADMIN);
    let found =
        admin.search(json!({"jql": "project = WEB AND issuetype = Epic", "fields": ["id"]})).await;
    let epic = found.json()["issues"][0]["id"].as_str().expect("an epic").to_owned();
    for path in [format!("agile/1.0/epic/{epic}"), format!("software/1.0/epic/{epic}/issue")] {
        let answer = admin.get(&format!("/rest/{path}")).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.first_error().starts_with("The request contains a next-gen issue"));
    }
}
