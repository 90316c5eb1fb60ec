//! JSON that is whole but odd: in its shape it is an error, in its values it is data.

use crate::support::evidence::{BULK, HISTORIES, PROJECTS, SEARCH, USERS, exactly, plain};
use crate::support::{Ran, Scene};
use jira_sandbox::{Fault, Resource};
use serde_json::{Value, json};

const CATEGORIES: &str = "/rest/api/3/statuscategory";

/// Status categories (a whole number `id`, texts `key` and `name`) of exactly this JSON.
async fn rows_of(records: &[String]) -> (Ran, Vec<Value>) {
    let scene = Scene::with_issues(20).await;
    scene.inject("GET", CATEGORIES, exactly(format!("[{}]", records.join(","))));
    let ran = scene.run(&["status_categories", "labels"]).await.exits_with(0);
    let rows = scene.lake().rows("status_categories");
    let raw: Vec<_> = rows.iter().map(|row| plain(&row["_raw"])).collect();
    assert!(raw == records, "`_raw` is not what was sent");
    (ran, rows)
}

async fn row_of(record: &str) -> Value {
    rows_of(&[record.to_owned()]).await.1.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_beyond_their_column_are_rescued_as_they_were_written() {
    let row = row_of(r#"{"id":123456789012345678901234567890,"name":1e999}"#).await;
    assert_eq!((&row["id"], plain(&row["name"]).as_str()), (&Value::Null, "1e999"));
    assert_eq!(plain(&row["_rescued"]), r#"{"/id":123456789012345678901234567890}"#);
    let row = row_of(r#"{"id":1e999,"name":18446744073709551616}"#).await;
    assert_eq!(plain(&row["_rescued"]), r#"{"/id":1e999}"#);
    assert_eq!(plain(&row["name"]), "18446744073709551616");
}

#[tokio::test(flavor = "multi_thread")]
async fn lone_surrogates_in_values_and_keys_cost_no_row() {
    let row = row_of(r#"{"id":1,"name":"\ud800","key":"ok"}"#).await;
    assert_eq!((plain(&row["id"]).as_str(), plain(&row["key"]).as_str()), ("1", "ok"));
    assert_eq!(plain(&row["_rescued"]), r#"{"/name":"\ud800"}"#);
    let row = row_of(r#"{"\udfff":"x","id":2,"name":"n"}"#).await;
    assert_eq!((plain(&row["id"]).as_str(), plain(&row["name"]).as_str()), ("2", "n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_key_that_comes_twice_the_other_value_is_rescued() {
    let row = row_of(r#"{"id":1,"name":"first","name":"second"}"#).await;
    let kept = [plain(&row["name"]), plain(&row["_rescued"])].join(" ");
    assert!(kept.contains("first") && kept.contains("second"), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nul_characters_and_empty_records_are_rows() {
    let records = [r#"{"id":1,"name":"a\u0000b"}"#.to_owned(), "{}".to_owned(), "{}".to_owned()];
    let (ran, rows) = rows_of(&records).await;
    assert_eq!(ran.feed("status_categories")["records"], 3);
    assert_eq!(rows[0]["name"], "a\u{0}b");
    assert!(rows[1]["id"].is_null() && rows[1]["_rescued"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_nested_arrays_are_kept_whole() {
    let deep = "[".repeat(1000) + &"]".repeat(1000);
    let row = row_of(&format!(r#"{{"id":1,"name":{deep},"other":{deep}}}"#)).await;
    assert_eq!(plain(&row["_rescued"]), format!(r#"{{"/name":{deep}}}"#));
    assert_eq!(row["id"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_ten_megabytes_is_a_row_among_others() {
    let long = "x".repeat(10 << 20);
    let records = [
        r#"{"id":1}"#.to_owned(),
        format!(r#"{{"id":2,"name":"{long}"}}"#),
        r#"{"id":3}"#.to_owned(),
    ];
    let (_, rows) = rows_of(&records).await;
    assert_eq!(plain(&rows[1]["name"]).len(), 10 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_rich_text_in_an_issue_costs_no_row() {
    let scene = Scene::with_issues(20).await;
    let nested = |depth: usize| {
        let open = r#"{"type":"blockquote","content":["#.repeat(depth);
        format!(r#"{{"type":"doc","version":1,"content":[{open}{}]}}"#, "]}".repeat(depth))
    };
    let id = scene.truth(Resource::Issues, "id").remove(0);
    let issue = format!(r#"{{"id":"{id}","fields":{{"description":{}}}}}"#, nested(5000));
    let found = json!({"issues": [{ "id": id }], "isLast": true});
    scene.control().serve("POST", SEARCH, move |_| found.clone());
    scene.inject("POST", BULK, exactly(format!(r#"{{"issues":[{issue}]}}"#)));
    scene.run(&["issues"]).await.exits_with(0);
    assert_eq!(plain(&scene.lake().rows("issues")[0]["_raw"]), issue);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_odd_key_beside_the_records_does_not_hide_that_there_is_more() {
    let scene = Scene::with_issues(20).await;
    let ids = scene.truth(Resource::Issues, "id");
    let page = |ids: &[String]| json!(ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>());
    let first = format!(r#"{{"\ud800":1,"issues":{},"nextPageToken":"b"}}"#, page(&ids[..10]));
    scene.control().inject(Fault::on("POST", SEARCH, exactly(first)).nth(1));
    let second = json!({"issues": page(&ids[10..]), "isLast": true});
    scene.control().serve("POST", SEARCH, move |_| second.clone());
    scene.run(&["issues"]).await.exits_with(0);
    scene.has_all("issues", Resource::Issues, "id");
}

/// An answer of the wrong shape is neither an empty one nor a passing fault.
async fn is_misshapen(feed: &str, method: &str, path: &str, body: &str, found: &str) {
    let scene = Scene::with_issues(30).await;
    scene.inject(method, path, exactly(body));
    let ran = scene.run(&[feed, "labels"]).await.exits_with(5);
    ran.failed(feed, &[&format!("Feed `{feed}`"), path, found]);
    ran.is("labels", "complete");
    scene.shows_nothing_of(feed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_the_wrong_shape_is_an_error_that_says_what_it_is() {
    let page = [
        ("[]", "it is an array"),
        (r#"{"values":"x"}"#, "a string at `/values`"),
        ("{}", "no records at `/values`"),
        ("null", "it is null"),
        (r#"{"message":"x","total":3}"#, "it holds message, total"),
    ];
    for (body, found) in page {
        is_misshapen("projects", "GET", PROJECTS, body, found).await;
    }
    is_misshapen("users", "GET", USERS, r#"{"values":[]}"#, "an object").await;
    is_misshapen("issues", "POST", SEARCH, r#"{"values":[]}"#, "`/issues`").await;
    is_misshapen("issues", "POST", BULK, r#"{"issues":{}}"#, "`/issues`").await;
    is_misshapen("issue_changelogs", "POST", HISTORIES, "[]", "`/issueChangeLogs`").await;
    is_misshapen("issue_worklogs", "POST", "/rest/api/3/worklog/list", "{}", "an object").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_no_object_is_an_error_that_says_where() {
    let body = r#"{"values":[{"id":"1"},7],"isLast":true}"#;
    is_misshapen("projects", "GET", PROJECTS, body, "a number").await;
    is_misshapen("issues", "POST", BULK, r#"{"issues":["x"]}"#, "a string").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_wrong_shape_are_not_taken_for_a_site_without_fields() {
    let scene = Scene::with_issues(30).await;
    scene.inject("GET", "/rest/api/3/field", exactly("{}"));
    let ran = scene.run(&["issue_sprints", "labels"]).await.exits_with(5);
    let reason = ran.feed("issue_sprints")["reason"].to_string();
    assert!(reason.contains("/rest/api/3/field answered an object"), "{reason}");
    assert_eq!(ran.feed("labels")["outcome"], "complete");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_message_is_not_taken_for_the_one_record_of_a_list() {
    is_misshapen("statuses", "GET", "/rest/api/3/status", r#"{"message":"sorry"}"#, "`id`").await;
}
