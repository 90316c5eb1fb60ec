//! Input that no one here made up: examples of Atlassian's documents, records of a real site.
//!
//! Neither belongs to the project, so both are read from folders that the environment names.

use jira_feeds::catalog::{Catalog, Endpoint, Feed};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Records of one feed from one place: what one run is served.
pub struct Batch {
    pub feed: Arc<Feed>,
    /// Where they are from, for messages.
    pub source: String,
    pub records: Vec<Value>,
}

/// Other endpoints whose examples are records of a feed: method, path, and the place of the records.
///
/// Not here, as their forms differ from those of the feed's own endpoint: `filter/my` and `filter/{id}` (the page of
/// subscriptions where `filter/search` has a list), `project/{id}/versions` (dates in epoch milliseconds).
const ALSO: &[(&str, &str, &str, &str)] = &[
    ("boards", "get", "/rest/agile/1.0/board/{boardId}", ""),
    ("board_issues", "get", "/rest/agile/1.0/board/{boardId}/issue", "/issues"),
    ("dashboards", "get", "/rest/api/3/dashboard/{id}", ""),
    ("dashboards", "get", "/rest/api/3/dashboard/search", "/values"),
    ("issue_attachments", "get", "/rest/api/3/attachment/{id}", ""),
    ("issue_attachments", "get", "/rest/api/3/issue/{issueIdOrKey}", "/fields/attachment"),
    ("issue_changelogs", "get", "/rest/api/3/issue/{issueIdOrKey}/changelog", "/values"),
    ("issue_comments", "get", "/rest/api/3/issue/{issueIdOrKey}", "/fields/comment"),
    ("issue_comments", "post", "/rest/api/3/comment/list", "/values"),
    ("issue_link_types", "get", "/rest/api/3/issueLinkType/{issueLinkTypeId}", ""),
    ("issue_links", "get", "/rest/api/3/issue/{issueIdOrKey}", "/fields/issuelinks"),
    ("issue_links", "get", "/rest/api/3/issueLink/{linkId}", ""),
    ("issue_types", "get", "/rest/api/3/issuetype/{id}", ""),
    ("issue_worklogs", "get", "/rest/api/3/issue/{issueIdOrKey}", "/fields/worklog"),
    ("issue_worklogs", "post", "/rest/api/3/worklog/list", ""),
    ("issues", "get", "/rest/api/3/issue/{issueIdOrKey}", ""),
    ("issues", "post", "/rest/api/3/search/jql", "/issues"),
    ("myself", "get", "/rest/api/3/user", ""),
    ("permission_schemes", "get", "/rest/api/3/permissionscheme/{schemeId}", ""),
    ("priorities", "get", "/rest/api/3/priority", ""),
    ("project_components", "get", "/rest/api/3/component/{id}", ""),
    ("project_components", "get", "/rest/api/3/project/{projectIdOrKey}/components", ""),
    ("project_roles", "get", "/rest/api/3/project/{projectIdOrKey}/role/{id}", ""),
    ("project_roles", "get", "/rest/api/3/role/{id}", ""),
    ("project_versions", "get", "/rest/api/3/version/{id}", ""),
    ("projects", "get", "/rest/api/3/project", ""),
    ("projects", "get", "/rest/api/3/project/{projectIdOrKey}", ""),
    ("resolutions", "get", "/rest/api/3/resolution", ""),
    ("sprints", "get", "/rest/agile/1.0/sprint/{sprintId}", ""),
    ("status_categories", "get", "/rest/api/3/statuscategory/{idOrKey}", ""),
    ("statuses", "get", "/rest/api/3/status/{idOrName}", ""),
    ("users", "get", "/rest/api/3/user", ""),
    ("users", "get", "/rest/api/3/user/search", ""),
    ("workflows", "post", "/rest/api/3/workflows", "/workflows"),
];

/// Which stream's records are those of which feed, and where in them; a list there is many records.
const STREAMS: &[(&str, &str, &str)] = &[
    ("board_issues", "board_issues", ""),
    ("boards", "boards", ""),
    ("dashboards", "dashboards", ""),
    ("fields", "issue_fields", ""),
    ("filters", "filters", ""),
    ("group_members", "users", ""),
    ("groups", "groups", ""),
    ("issue_attachments", "issue_attachments", ""),
    ("issue_attachments", "issues", "/fields/attachment"),
    ("issue_changelogs", "issue_changelogs", ""),
    ("issue_changelogs", "issues", "/changelog/histories"),
    ("issue_comments", "issue_comments", ""),
    ("issue_comments", "issues", "/fields/comment/comments"),
    ("issue_link_types", "issue_link_types", ""),
    ("issue_links", "issue_links", ""),
    ("issue_links", "issues", "/fields/issuelinks"),
    ("issue_sprints", "issues", "/fields/customfield_10020"),
    ("issue_types", "issue_types", ""),
    ("issue_worklogs", "issue_worklogs", ""),
    ("issue_worklogs", "issues", "/fields/worklog/worklogs"),
    ("issues", "issues", ""),
    ("labels", "labels", ""),
    ("myself", "users_groups_detailed", ""),
    ("permission_schemes", "permission_schemes", ""),
    ("priorities", "issue_priorities", ""),
    ("project_components", "project_components", ""),
    ("project_roles", "project_roles", ""),
    ("project_versions", "project_versions", ""),
    ("projects", "projects", ""),
    ("resolutions", "issue_resolutions", ""),
    ("screens", "screens", ""),
    ("sprints", "sprints", ""),
    ("status_categories", "workflow_status_categories", ""),
    ("statuses", "issue_transitions", "/to"),
    ("statuses", "workflow_statuses", ""),
    ("users", "users", ""),
    ("workflows", "workflows", ""),
];

/// Streams whose records stand in lists inside the records of a feed: the place of the list.
const PARTS: &[(&str, &str, &str)] = &[
    ("filters", "filter_sharing", "/sharePermissions"),
    ("myself", "application_roles", "/applicationRoles/items"),
];

/// The examples of the documents; none, said aloud, without the folder.
pub fn examples(catalog: &Catalog) -> Option<Vec<Batch>> {
    let documents = Documents(read_json(&folder("JIRA_OPENAPI_DIR")?));
    assert!(documents.0.len() >= 2, "JIRA_OPENAPI_DIR is a folder without the two documents");
    let mut batches = Vec::new();
    for feed in catalog.feeds() {
        if let Some(endpoint) = &feed.endpoint {
            let method = endpoint.method.to_string().to_lowercase();
            let answer = documents.example(&method, &endpoint.path);
            let records = answer.map(|answer| records_in(&answer, endpoint)).unwrap_or_default();
            batches.push(batch(feed, format!("{method} {}", endpoint.path), records));
        }
    }
    for (name, method, path, at) in ALSO {
        let answer = documents.example(method, path);
        let found = answer.as_ref().and_then(|answer| answer.pointer(at));
        let found = found.unwrap_or_else(|| panic!("no example of {method} {path} at `{at}`"));
        batches.push(batch(feed_of(catalog, name), format!("{method} {path}"), listed(found)));
    }
    batches.retain(|batch| !batch.records.is_empty());
    Some(batches)
}

/// The records of the real site; none, said aloud, without the folder.
pub fn real_records(catalog: &Catalog) -> Option<Vec<Batch>> {
    let folder = folder("JIRA_REALDATA_DIR")?;
    let read = |stream: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(folder.join(format!("{stream}.jsonl"))).expect(stream);
        text.lines().map(|line| serde_json::from_str(line).expect(stream)).collect()
    };
    let mut batches = Vec::new();
    for (name, stream, at) in STREAMS {
        let records = read(stream);
        let records = records.iter().filter_map(|record| record.pointer(at)).flat_map(listed);
        batches.push(batch(feed_of(catalog, name), format!("{stream}{at}"), records.collect()));
    }
    for (name, stream, at) in PARTS {
        let mut record = json!({ "id": "10001", "accountId": "10001" });
        put(&mut record, at, read(stream).into());
        batches.push(batch(feed_of(catalog, name), (*stream).to_owned(), vec![record]));
    }
    batches.retain(|batch| !batch.records.is_empty());
    Some(batches)
}

fn batch(feed: &Arc<Feed>, source: String, records: Vec<Value>) -> Batch {
    Batch { feed: Arc::clone(feed), source, records }
}

fn feed_of<'c>(catalog: &'c Catalog, name: &str) -> &'c Arc<Feed> {
    catalog.get(name).unwrap_or_else(|| panic!("there is no feed {name}"))
}

/// Puts a value at a pointer, with objects on the way there.
pub fn put(record: &mut Value, at: &str, value: Value) {
    let steps = at.split('/').skip(1);
    *steps.fold(record, |place, step| &mut place[step]) = value;
}

fn listed(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

/// The records of an answer, found as the catalogue says.
fn records_in(answer: &Value, endpoint: &Endpoint) -> Vec<Value> {
    let elements = answer.pointer(&endpoint.records.to_string()).map(listed).unwrap_or_default();
    match &endpoint.shape.unnest {
        None => elements.into_iter().map(|value| wrapped(value, endpoint)).collect(),
        Some((at, _)) => {
            let inside = elements.iter().filter_map(|element| element.pointer(&at.to_string()));
            inside.flat_map(listed).collect()
        }
    }
}

/// A plain value as the record that is made of it.
fn wrapped(value: Value, endpoint: &Endpoint) -> Value {
    match &endpoint.shape.wrap {
        Some(key) if !value.is_object() => json!({ key: value }),
        _ => value,
    }
}

struct Documents(Vec<Value>);

impl Documents {
    /// The example of a good answer.
    fn example(&self, method: &str, path: &str) -> Option<Value> {
        let path = nameless(path);
        let mut operations = self.0.iter().filter_map(|document| {
            let mut paths = document["paths"].as_object()?.iter();
            let (_, verbs) = paths.find(|(known, _)| nameless(known) == path)?;
            verbs.get(method)
        });
        let content = &operations.next()?["responses"]["200"]["content"]["application/json"];
        match content.get("example")? {
            Value::String(text) => serde_json::from_str(text).ok(),
            other => Some(other.clone()),
        }
    }
}

/// A path without the names of its placeholders.
fn nameless(path: &str) -> String {
    let steps = path.split('/').map(|step| if step.starts_with('{') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

fn read_json(folder: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let json = files.filter(|file| file.path().extension().is_some_and(|end| end == "json"));
    let texts = json.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    texts.filter_map(|text| serde_json::from_str(&text).ok()).collect()
}

/// The folder that the environment names; without it, a word that the test did not run. Where it is
/// known to be at hand, `JIRA_FEEDS_REQUIRE_REAL_INPUT=1` makes its absence a failure.
#[allow(
    clippy::print_stderr,
    reason = "a test that did not run must not look like one that passed"
)]
fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var("JIRA_FEEDS_REQUIRE_REAL_INPUT").is_ok_and(|word| word == "1");
        assert!(!required, "{variable} is not set, and JIRA_FEEDS_REQUIRE_REAL_INPUT=1");
        eprintln!("not run: {variable} is not set");
    }
    folder
}
