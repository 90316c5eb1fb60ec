//! What lands is what the site holds: record by record, value by value.

use crate::support::{ADMIN, Row, Scene, TRUTHS, Table, plain};
use jira_sandbox::Resource;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[track_caller]
fn assert_none(wrong: &[String]) {
    let shown = &wrong[..wrong.len().min(40)];
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), shown.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feed_of_an_administrator_equals_the_truth() {
    let scene = Scene::with_issues(200).await;
    let ran = scene.run(&[]).await.exits_with(0);
    let everything = jira_feeds::catalog::Catalog::with_custom([]).expect("the catalogue reads");
    let everything = everything.select(&["*".to_owned()]).expect("a choice").len();
    assert_eq!(ran.outcomes().len(), everything);
    for (feed, outcome) in ran.outcomes() {
        assert_eq!(outcome, "complete", "{feed}: {}", ran.feed(&feed)["reason"]);
    }
    let lake = scene.lake();
    let truths = TRUTHS.iter();
    let wrong = truths.flat_map(|truth| truth.differences(&scene.site(), ADMIN.username, &lake));
    assert_none(&wrong.collect::<Vec<_>>());
    assert!(ran.feed("issue_comments")["requests"].as_u64() > Some(0), "some issues overflow");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feed_can_be_read_alone() {
    let scene = Scene::with_issues(30).await;
    let feeds = TRUTHS.iter().map(|truth| truth.feed);
    for feed in feeds.chain(["issue_sprints", "myself", "server_info"]) {
        let ran = scene.run(&[feed]).await.exits_with(0);
        assert_eq!(ran.outcomes().keys().collect::<Vec<_>>(), [feed]);
        assert_eq!(ran.feed(feed)["records"], scene.lake().rows(feed).len(), "{feed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_that_are_one_record_hold_the_answer() {
    let scene = Scene::with_issues(10).await;
    scene.run(&["myself", "server_info"]).await.exits_with(0);
    let (myself, server) = (scene.lake().raw("myself"), scene.lake().raw("server_info"));
    assert_eq!((myself.len(), server.len()), (1, 1));
    assert_eq!(myself[0]["emailAddress"], ADMIN.username);
    assert!(myself[0]["groups"]["items"].is_array() && server[0]["versionNumbers"].is_array());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sprints_of_issues_are_those_in_their_sprint_field() {
    let scene = Scene::with_issues(200).await;
    scene.run(&["issue_sprints"]).await.exits_with(0);
    let issues = scene.site().truth(ADMIN.username, Resource::Issues);
    let fields = scene.site().truth(ADMIN.username, Resource::Fields);
    let is_sprint = |field: &Value| plain(&field["schema"]["custom"]).ends_with(":gh-sprint");
    let field = fields.iter().find(|field| is_sprint(&field.value)).expect("a sprint field");
    let field = field.value["id"].as_str().expect("an id");
    let expected: BTreeSet<_> = issues
        .iter()
        .flat_map(|issue| {
            let sprints = issue.value["fields"][field].as_array().cloned().unwrap_or_default();
            sprints.into_iter().map(|sprint| (plain(&issue.value["id"]), sprint.to_string()))
        })
        .collect();
    let rows = scene.lake().rows("issue_sprints");
    let record = |row: &Value| {
        let raw: Value = serde_json::from_str(row["_raw"].as_str().expect("text")).expect("JSON");
        (plain(&row["issueId"]), raw.to_string())
    };
    assert!(!expected.is_empty());
    assert_eq!(rows.iter().map(record).collect::<BTreeSet<_>>(), expected);
    assert_eq!(rows.len(), expected.len());
}

/// What each feed takes from above its records.
const BOUND: &[&str] = &["issueId", "issueKey", "boardId", "groupId", "projectId"];

#[tokio::test(flavor = "multi_thread")]
async fn every_declared_column_holds_what_stands_at_its_place() {
    let scene = Scene::with_issues(200).await;
    let ran = scene.run(&[]).await.exits_with(0);
    let mut wrong = Vec::new();
    let known = ran.outcomes().into_iter();
    for (feed, outcome) in known.filter(|(feed, _)| TRUTHS.iter().any(|truth| truth.feed == feed)) {
        for part in scene.lake().parts(&feed) {
            let found = Table::read(&part).differences(record_with_bound_values);
            wrong.extend(found.into_iter().map(|what| format!("{feed}{what}")));
        }
        assert_eq!(outcome, "complete", "{feed}");
    }
    assert_none(&wrong);
    let rescued = ran.feed("issues")["rescued"].as_u64();
    assert!(rescued > Some(0), "the site has values that fit no column");
}

/// The record, and what it takes from above; whether that is right, the truth by parent tells.
fn record_with_bound_values(row: &Row<'_>) -> Value {
    let mut record = row.json("_raw");
    for column in BOUND {
        if record.get(column).is_none() {
            record[column] = json!(row.any_text(column));
        }
    }
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_says_whence_and_when_it_came() {
    let scene = Scene::with_issues(60).await;
    let ran = scene.run(&[]).await.exits_with(0);
    let run_id = ran.report()["run_id"].clone();
    for feed in ran.outcomes().keys() {
        for row in scene.lake().rows(feed) {
            assert_eq!((&row["_site"], &row["_run_id"]), (&json!(scene.url()), &run_id), "{feed}");
            assert_eq!(row["_deleted"], false, "{feed}");
            assert!(!row["_extracted_at"].is_null(), "{feed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_issue_key_beside_an_issue_s_record_is_that_issue_s() {
    let scene = Scene::with_issues(200).await;
    let feeds = ["issue_comments", "issue_attachments", "issue_links", "issue_sprints"];
    scene.run(&feeds).await.exits_with(0);
    let issues = scene.site().truth(ADMIN.username, Resource::Issues);
    let keys: BTreeMap<_, _> = issues
        .iter()
        .map(|issue| (plain(&issue.value["id"]), plain(&issue.value["key"])))
        .collect();
    for feed in feeds {
        for row in scene.lake().rows(feed) {
            assert_eq!(plain(&row["issueKey"]), keys[&plain(&row["issueId"])], "{feed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_of_the_site_is_a_column_of_its_type_with_its_name() {
    let scene = Scene::with_issues(40).await;
    scene.run(&["issues"]).await.exits_with(0);
    let table = Table::read(&scene.lake().parts("issues")[0]);
    let fields = scene.site().truth(ADMIN.username, Resource::Fields);
    let custom = fields.iter().map(|field| &field.value).filter(|field| field["custom"] == true);
    let mut types = BTreeMap::new();
    for field in custom {
        let column = table.field(&["fields", field["id"].as_str().expect("an id")]);
        assert_eq!(column.metadata()["jira.name"], plain(&field["name"]));
        assert_eq!(column.metadata()["jira.type"], plain(&field["schema"]["type"]));
        assert_eq!(column.metadata()["jira.custom"], plain(&field["schema"]["custom"]));
        types.insert(kind_of(field), shape(column.data_type()));
    }
    let expected =
        EXPECTED_TYPES.iter().map(|(kind, shape)| ((*kind).to_owned(), (*shape).to_owned()));
    assert_eq!(types, expected.collect());
}

/// Type, items and custom key of a field, and what its column holds.
const EXPECTED_TYPES: &[(&str, &str)] = &[
    ("any devsummarycf", "Utf8"),
    ("any external-id", "Utf8"),
    ("any gh-epic-link", "Utf8"),
    ("any gh-lexo-rank", "Utf8"),
    ("any jpo-custom-field-parent", "Utf8"),
    ("array of cmdb-object-field cmdb-object-cftype", "[Utf8]"),
    ("array of group multigrouppicker", "[{self,name,groupId}]"),
    ("array of json gh-sprint", "[{id,name,state,boardId,goal,startDate,endDate,completeDate}]"),
    ("array of option multicheckboxes", "[{self,id,value}]"),
    ("array of option multiselect", "[{self,id,value}]"),
    ("array of sd-customerorganization sd-customer-organizations", "[Utf8]"),
    ("array of string labels", "[Utf8]"),
    (
        "array of user multiuserpicker",
        "[{self,accountId,accountType,emailAddress,displayName,active,timeZone,avatarUrls}]",
    ),
    (
        "array of user sd-request-participants",
        "[{self,accountId,accountType,emailAddress,displayName,active,timeZone,avatarUrls}]",
    ),
    (
        "array of user people",
        "[{self,accountId,accountType,emailAddress,displayName,active,timeZone,avatarUrls}]",
    ),
    ("array of version multiversion", "[{self,id,name,description,archived,released,releaseDate}]"),
    ("date datepicker", "Date32"),
    ("datetime datetime", "instant"),
    ("group grouppicker", "{self,name,groupId}"),
    ("number float", "Float64"),
    ("number importid", "Float64"),
    ("number jsw-story-points", "Float64"),
    ("object estimate-field", "Utf8"),
    ("option radiobuttons", "{self,id,value}"),
    ("option select", "{self,id,value}"),
    ("option-with-child cascadingselect", "{self,id,value,child}"),
    ("project project", "{self,id,key,name,projectTypeKey,simplified,avatarUrls,projectCategory}"),
    ("sd-approvals sd-approvals", "Utf8"),
    ("sd-customerrequesttype vp-origin", "Utf8"),
    ("sd-feedback sd-request-feedback", "Utf8"),
    ("sd-servicelevelagreement sd-sla-field", "Utf8"),
    ("string gh-epic-color", "Utf8"),
    ("string gh-epic-label", "Utf8"),
    ("string readonlyfield", "Utf8"),
    ("string textarea", "Utf8"),
    ("string textfield", "Utf8"),
    ("string url", "Utf8"),
    ("team atlassian-team", "{id,name,title,avatarUrl,isVisible,isVerified,isShared}"),
    ("team rm-team-custom-field-team", "{id,name,title,avatarUrl,isVisible,isVerified,isShared}"),
    (
        "user userpicker",
        "{self,accountId,accountType,emailAddress,displayName,active,timeZone,avatarUrls}",
    ),
    ("version version", "{self,id,name,description,archived,released,releaseDate}"),
];

fn kind_of(field: &Value) -> String {
    let schema = &field["schema"];
    let items = schema["items"].as_str().map(|items| format!(" of {items}")).unwrap_or_default();
    let custom = plain(&schema["custom"]);
    let tail = custom.rsplit([':', '/']).next().unwrap_or_default().to_owned();
    format!("{}{items} {tail}", plain(&schema["type"]))
}

fn shape(kind: &arrow::datatypes::DataType) -> String {
    use arrow::datatypes::DataType;
    match kind {
        DataType::Struct(fields) => {
            let names: Vec<_> = fields.iter().map(|field| field.name().as_str()).collect();
            format!("{{{}}}", names.join(","))
        }
        DataType::List(item) => format!("[{}]", shape(item.data_type())),
        DataType::Timestamp(..) => "instant".to_owned(),
        other => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_can_be_called_by_the_fields_names_also_by_names_given_twice() {
    let scene = Scene::with_issues(40).await.config("[feed.issues]\nfield_names = \"name\"\n");
    scene.run(&["issues"]).await.exits_with(0);
    let table = Table::read(&scene.lake().parts("issues")[0]);
    let fields = scene.site().truth(ADMIN.username, Resource::Fields);
    let custom: Vec<_> =
        fields.iter().map(|field| &field.value).filter(|field| field["custom"] == true).collect();
    let names = |name: &str| {
        fields.iter().filter(|field| plain(&field.value["name"]).eq_ignore_ascii_case(name)).count()
    };
    let twice = custom.iter().filter(|field| names(&plain(&field["name"])) > 1).count();
    assert!(twice > 1, "the site has names that are given twice");
    for field in custom {
        let (id, name) = (plain(&field["id"]), plain(&field["name"]));
        let column = if names(&name) > 1 { format!("{name} ({id})") } else { name };
        table.field(&["fields", &column]);
    }
}
