//! Serves records as Jira would: at the feed's endpoint, in its style of pages, with what stands around them.

use super::site_fields;
use super::sources::put;
use crate::support::Scene;
use jira_feeds::catalog::{Catalog, EmbeddedAt, Endpoint, Feed, PageStyle, Pointer, Strategy};
use jira_sandbox::{Control, PageStyle as Style};
use serde_json::{Map, Value, json};

/// The issue around embedded records.
const ISSUE_ID: &str = "10001";
const ISSUE_KEY: &str = "REAL-1";
/// The field of that issue that holds sprints.
const SPRINTS: &str = "customfield_10020";

/// Serves `records` in two pages, where the style has pages. Gives back what each row takes from around its record.
pub fn serve(
    scene: &Scene,
    catalog: &Catalog,
    feed: &Feed,
    records: &[Value],
) -> Map<String, Value> {
    let control = scene.control();
    match feed.strategy {
        Strategy::List => {
            serve_list(control, feed, records);
            Map::new()
        }
        Strategy::FanOut => {
            serve_list(control, feed, records);
            serve_parent(control, catalog, feed)
        }
        Strategy::Issues => {
            serve_issues(control, records.to_vec());
            Map::new()
        }
        Strategy::Changelogs => {
            serve_issues(control, vec![json!({ "id": ISSUE_ID })]);
            serve_changelogs(control, feed, records);
            bound([("issueId", ISSUE_ID)])
        }
        Strategy::Worklogs => {
            serve_worklogs(control, records.to_vec());
            Map::new()
        }
        Strategy::Embedded => serve_embedded(control, feed, records),
        Strategy::Permissions => panic!("{} is asked of nobody", feed.name),
    }
}

/// Puts records into an issue, all of them.
pub fn serve_embedded(control: &Control, feed: &Feed, records: &[Value]) -> Map<String, Value> {
    let embedded = feed.embedded.as_ref().expect("an embedded feed");
    let at = match &embedded.at {
        EmbeddedAt::Pointer(at) => at.to_string(),
        EmbeddedAt::FieldType(_) => format!("/fields/{SPRINTS}"),
    };
    let mut issue = json!({ "id": ISSUE_ID, "key": ISSUE_KEY });
    put(&mut issue, &at, json!(records));
    if let Some(total) = &embedded.total {
        put(&mut issue, &total.to_string(), json!(records.len()));
    }
    serve_issues(control, vec![issue]);
    bound([("issueId", ISSUE_ID), ("issueKey", ISSUE_KEY)])
}

/// Leaves the records out of their issue but for their number, so that they are asked for in pages.
pub fn serve_overflow(control: &Control, feed: &Feed, records: &[Value]) -> Map<String, Value> {
    let around = serve_embedded(control, feed, records);
    let embedded = feed.embedded.as_ref().expect("an embedded feed");
    let total = embedded.total.as_ref().expect("its number in the issue");
    let mut issue = json!({ "id": ISSUE_ID, "key": ISSUE_KEY });
    put(&mut issue, &total.to_string(), json!(records.len()));
    serve_issues(control, vec![issue]);
    serve_list(control, feed, records);
    around
}

fn bound<const N: usize>(pairs: [(&str, &str); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), json!(value))).collect()
}

fn serve_list(control: &Control, feed: &Feed, records: &[Value]) {
    let endpoint = feed.endpoint.as_ref().expect("an endpoint");
    // What the connector that collected the records had wrapped comes plain, as Jira sends it.
    let plain = |record: &Value| match &endpoint.shape.wrap {
        Some(key) => record.get(key).unwrap_or(record).clone(),
        None => record.clone(),
    };
    serve_pages(control, endpoint, records.iter().map(plain).collect());
}

fn serve_pages(control: &Control, endpoint: &Endpoint, records: Vec<Value>) {
    let (method, path) = (endpoint.method.to_string(), endpoint.path.as_str());
    let a_page = records.len().div_ceil(2).max(1);
    let name = endpoint.records.steps().last().cloned().unwrap_or_default();
    let style = match endpoint.page {
        PageStyle::Single if name.is_empty() => Style::Whole,
        PageStyle::Single => Style::Named(name),
        PageStyle::Token => Style::Token(a_page, name),
        PageStyle::Offset if name == "values" => Style::Bean(a_page),
        PageStyle::Offset => Style::Total(a_page, name),
        PageStyle::OffsetArray => Style::Array(a_page),
        PageStyle::Cursor => Style::Cursor(a_page),
        PageStyle::Limit => Style::Records(a_page),
        PageStyle::Desk => Style::Desk(a_page),
        PageStyle::Since => return serve_since(control, path, &records),
    };
    control.serve_records(&method, path, style, records);
}

/// Answers with the record itself where Jira has one only.
pub fn serve_one(control: &Control, feed: &Feed, record: Value) {
    let endpoint = feed.endpoint.as_ref().expect("an endpoint");
    let method = endpoint.method.to_string();
    control.serve(&method, &endpoint.path, move |_| record.clone());
}

/// Two pages by time.
fn serve_since(control: &Control, path: &str, records: &[Value]) {
    let (first, second) = records.split_at(records.len().div_ceil(2));
    let page = |values: &[Value], until: i64, last: bool| json!({ "values": values, "since": 0, "until": until, "lastPage": last });
    let pages = vec![page(first, 1_000, false), page(second, 2_000, true)];
    control.serve_sequence("GET", path, pages);
}

/// One parent, with nothing but what is bound.
fn serve_parent(control: &Control, catalog: &Catalog, feed: &Feed) -> Map<String, Value> {
    let parent = feed.parent.as_ref().expect("a parent");
    let above = catalog.get(&parent.feed).expect("the parent's feed");
    let mut record = json!({});
    let mut around = Map::new();
    for (name, at) in &parent.bind {
        let value = match above.column_at(at) {
            Some(jira_feeds::catalog::ColumnType::Int) => json!(10001),
            _ => json!("10001"),
        };
        put(&mut record, &at.to_string(), value.clone());
        around.insert(name.clone(), value);
    }
    serve_list(control, above, &[record]);
    around
}

/// Found by the search, given by the bulk call.
fn serve_issues(control: &Control, issues: Vec<Value>) {
    let ids = issues.iter().map(|issue| json!({ "id": issue["id"] })).collect();
    let a_page = issues.len().div_ceil(2).max(1);
    let style = Style::Token(a_page, "issues".to_owned());
    control.serve_records("POST", "/rest/api/3/search/jql", style, ids);
    let fields = site_fields::dictionary(&issues, SPRINTS);
    control.serve_records("GET", "/rest/api/3/field", Style::Whole, fields);
    control.serve("POST", "/rest/api/3/issue/bulkfetch", move |inquiry| {
        let asked = inquiry.body["issueIdsOrKeys"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = issues.iter().filter(|issue| asked.contains(&issue["id"])).collect();
        json!({ "issues": found, "issueErrors": [] })
    });
}

/// The histories of one issue, in two parts.
fn serve_changelogs(control: &Control, feed: &Feed, records: &[Value]) {
    let endpoint = feed.endpoint.as_ref().expect("an endpoint");
    let (at, _) = endpoint.shape.unnest.as_ref().expect("histories inside issues");
    let part = |histories: &[Value]| {
        let mut part = json!({ "issueId": ISSUE_ID });
        put(&mut part, &at.to_string(), json!(histories));
        part
    };
    let parts = records.chunks(records.len().div_ceil(2).max(1)).map(part).collect();
    serve_pages(control, endpoint, parts);
}

/// Found by the list of changes, given by their ids.
fn serve_worklogs(control: &Control, records: Vec<Value>) {
    let id = |record: &Value| -> i64 {
        record["id"].as_str().and_then(|digits| digits.parse().ok()).expect("an id")
    };
    let ids: Vec<_> =
        records.iter().map(|record| json!({ "worklogId": id(record), "updatedTime": 1 })).collect();
    serve_since(control, "/rest/api/3/worklog/updated", &ids);
    control.serve("POST", "/rest/api/3/worklog/list", move |inquiry| {
        let asked = inquiry.body["ids"].as_array().cloned().unwrap_or_default();
        let is_asked = |record: &&Value| asked.contains(&json!(id(record)));
        records.iter().filter(is_asked).cloned().collect()
    });
}

/// The columns of a feed, the site's own fields among them.
pub fn columns(
    catalog: &Catalog,
    feed: &Feed,
    records: &[Value],
) -> Vec<jira_feeds::catalog::Column> {
    let mut columns = feed.columns.clone();
    let at = feed.site_fields.as_ref().map(Pointer::steps).unwrap_or_default();
    let object = at.first().and_then(|key| columns.iter_mut().find(|column| column.key == *key));
    if let Some(jira_feeds::catalog::ColumnType::Struct(declared)) =
        object.map(|column| &mut column.kind)
    {
        declared.extend(site_fields::columns(catalog, records, declared, SPRINTS));
    }
    columns
}
