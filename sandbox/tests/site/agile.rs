//! Boards, sprints and their issues.

use jira_sandbox::{SiteOptions, Switch};
use serde_json::{Value, json};

use crate::client::{ADMIN, NOBROWSE, NOSOFTWARE, PLAIN, anonymous, caller, site, start};

const BOARDS: &str = "/rest/agile/1.0/board?includePrivate=true";

fn ids(page: &Value) -> Vec<u64> {
    page["values"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|value| value["id"].as_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn private_boards_have_no_name_and_no_children() {
    let options = SiteOptions::new(50, 1).with(Switch::PrivateBoardsOfOthers);
    let sandbox = start(options).await;
    let admin = caller(&sandbox, ADMIN);
    let page = admin.get(BOARDS).await.json();
    let last =
        page["values"].as_array().and_then(|boards| boards.last()).cloned().unwrap_or_default();
    assert_eq!(
        (last["isPrivate"].clone(), last.get("name"), last.get("type")),
        (json!(true), None, None)
    );
    for child in ["", "/sprint", "/configuration"] {
        assert_eq!(
            admin.get(&format!("/rest/agile/1.0/board/{}{child}", last["id"])).await.status,
            404
        );
    }
    assert!(!ids(&admin.get("/rest/agile/1.0/board").await.json()).contains(&20));
    assert!(!ids(&caller(&sandbox, PLAIN).get(BOARDS).await.json()).contains(&20));
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_answer_for_sprints_by_their_kind() {
    let sandbox = site(50).await;
    let admin = caller(&sandbox, ADMIN);
    let sprints =
        async |board: u32| admin.get(&format!("/rest/agile/1.0/board/{board}/sprint")).await;
    for board in [3, 5] {
        let answer = sprints(board).await;
        assert_eq!(
            (answer.status, answer.first_error().as_str()),
            (400, "The board does not support sprints")
        );
    }
    assert_eq!(sprints(6).await.status, 422);
    let first = sprints(1).await.json();
    assert_eq!(
        (first["isLast"].clone(), first["total"].clone(), ids(&first).len()),
        (json!(false), json!(64), 50)
    );
    let rest = admin.get("/rest/agile/1.0/board/1/sprint?startAt=50").await.json();
    let states: Vec<&str> = rest["values"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|value| value["state"].as_str())
        .collect();
    assert_eq!(states[states.len() - 5..], ["closed", "active", "future", "future", "future"]);
    let shared = ids(&sprints(2).await.json());
    assert!(
        !shared.is_empty() && ids(&rest).iter().all(|id| shared.contains(id)),
        "one sprint, two boards"
    );
    assert!(sprints(4).await.json().get("total").is_none());
    assert_eq!(caller(&sandbox, PLAIN).get("/rest/agile/1.0/board/7/sprint").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_decide_the_whole_family() {
    let sandbox = site(50).await;
    assert_eq!(caller(&sandbox, NOSOFTWARE).get(BOARDS).await.status, 403);
    assert_eq!(
        caller(&sandbox, NOSOFTWARE).get("/rest/software/1.0/board/1/issue").await.status,
        403
    );
    assert_eq!(anonymous(&sandbox).get(BOARDS).await.status, 401);
    let nobody = caller(&sandbox, NOBROWSE).get(BOARDS).await;
    assert_eq!((nobody.status, nobody.len("values")), (200, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn board_issues_are_paged_by_token() {
    let sandbox = site(300).await;
    let admin = caller(&sandbox, ADMIN);
    let first =
        admin.get("/rest/software/1.0/board/1/issue?maxResults=20&fields=summary").await.json();
    assert_eq!(
        (first["issues"].as_array().map(Vec::len), first["isLast"].clone()),
        (Some(20), json!(false))
    );
    assert!(first["issues"][0]["fields"].get("flagged").is_some());
    let token = first["nextPageToken"].as_str().unwrap_or_default();
    let second = admin
        .get(&format!(
            "/rest/software/1.0/board/1/issue?maxResults=20&fields=summary&nextPageToken={token}"
        ))
        .await
        .json();
    assert_ne!(second["issues"][0]["id"], first["issues"][0]["id"]);
    let stale = admin
        .get(&format!(
            "/rest/software/1.0/board/1/backlog?maxResults=20&fields=summary&nextPageToken={token}"
        ))
        .await;
    assert_eq!(stale.status, 400);
    let old =
        admin.get("/rest/agile/1.0/board/1/issue?maxResults=10000&fields=summary").await.json();
    let count = admin.get("/rest/software/1.0/board/1/issue/approximate-count").await.json();
    assert_eq!(
        (old["total"].clone(), old["maxResults"].clone()),
        (count["count"].clone(), json!(5000))
    );
    assert!(admin.get("/rest/software/1.0/sprint/61/issue").await.status == 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_of_a_board_answers() {
    let sandbox = site(100).await;
    let admin = caller(&sandbox, ADMIN);
    let configuration = admin.get("/rest/agile/1.0/board/1/configuration").await.json();
    assert_eq!(configuration["columnConfig"]["columns"][3]["name"], "Done");
    assert_eq!(admin.get("/rest/agile/1.0/board/1/version").await.json()["total"], json!(60));
    for child in ["project", "epic"] {
        assert!(admin.get(&format!("/rest/agile/1.0/board/1/{child}")).await.len("values") > 0);
    }
    assert_eq!(admin.get("/rest/agile/1.0/sprint/1").await.json()["state"], "closed");
    assert!(admin.get("/rest/agile/1.0/board/2").await.json().get("location").is_none());
}
