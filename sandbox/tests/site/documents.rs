//! The files of facts against Atlassian's `OpenAPI` documents.
//!
//! The documents do not belong to the project: `JIRA_OPENAPI_DIR` names their folder. Without it
//! these tests say that they did not run, or fail with `JIRA_FEEDS_REQUIRE_REAL_INPUT=1`. With
//! `UPDATE_SHAPES=1` they write the files anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// POST endpoints that only read.
const READING_POSTS: &[&str] = &[
    "/rest/api/3/changelog/bulkfetch",
    "/rest/api/3/comment/list",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/issue/watching",
    "/rest/api/3/permissions/check",
    "/rest/api/3/permissions/project",
    "/rest/api/3/search/approximate-count",
    "/rest/api/3/search/jql",
    "/rest/api/3/workflow/history/list",
    "/rest/api/3/workflows",
    "/rest/api/3/workflowscheme/read",
    "/rest/api/3/worklog/list",
];

/// Atlassian's documents, platform first.
pub(crate) fn documents() -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("JIRA_OPENAPI_DIR").map(PathBuf::from) else {
        let required = std::env::var("JIRA_FEEDS_REQUIRE_REAL_INPUT").is_ok_and(|on| on == "1");
        assert!(
            !required,
            "JIRA_OPENAPI_DIR names no folder, and JIRA_FEEDS_REQUIRE_REAL_INPUT is 1"
        );
        eprintln!("not run: JIRA_OPENAPI_DIR names no folder of OpenAPI documents");
        return None;
    };
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name)).expect("a document");
        serde_json::from_str(&text).expect("JSON")
    };
    Some(["jira-platform-v3.json", "jira-software.json"].map(read).into())
}

/// The operations of a document that read, by method and path.
pub(crate) fn readers(document: &Value) -> Vec<(&'static str, &str, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let mut found = Vec::new();
    for (path, methods) in paths {
        if let Some(get) = methods.get("get") {
            found.push(("GET", path.as_str(), get));
        }
        if let Some(post) = methods.get("post").filter(|_| READING_POSTS.contains(&path.as_str())) {
            found.push(("POST", path.as_str(), post));
        }
    }
    found
}

fn joined(scopes: Option<&Value>) -> String {
    let Some(scopes) = scopes.and_then(Value::as_array) else { return "-".to_owned() };
    let names: Vec<&str> = scopes.iter().filter_map(Value::as_str).collect();
    if names.is_empty() { "*".to_owned() } else { names.join(",") }
}

/// The scopes of an operation: the classic ones, and the granular ones.
fn scopes(operation: &Value) -> [String; 2] {
    let security = operation["security"].as_array();
    let classic = security.into_iter().flatten().find_map(|way| way.get("OAuth2"));
    let listed = operation["x-atlassian-oauth2-scopes"].as_array();
    let granular = listed.into_iter().flatten().find(|set| set["state"] == "Beta");
    [joined(classic), joined(granular.and_then(|set| set.get("scopes")))]
}

/// Compares a file of facts with what it should be, or writes it.
pub(crate) fn keep(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/documented").join(name);
    if std::env::var("UPDATE_SHAPES").is_ok_and(|on| on == "1") {
        std::fs::write(&path, wanted).expect("a file that can be written");
        return;
    }
    let kept = std::fs::read_to_string(&path).expect("a file of facts");
    let differing = kept.lines().zip(wanted.lines()).find(|(kept, wanted)| kept != wanted);
    assert!(
        kept == wanted,
        "{name} is not what the documents say (UPDATE_SHAPES=1 writes it anew): {differing:?}"
    );
}

#[test]
fn endpoints_are_as_the_documents_have_them() {
    let Some(documents) = documents() else { return };
    let mut lines = BTreeMap::new();
    for (method, path, operation) in documents.iter().flat_map(readers) {
        let [classic, granular] = scopes(operation);
        lines.insert((path, method), format!("{method} {path} {classic} {granular}"));
    }
    let mut text =
        "# Method, path, classic scopes, granular scopes; `-` unknown, `*` any token.\n".to_owned();
    for line in lines.values() {
        writeln!(text, "{line}").expect("a text grows");
    }
    keep("endpoints.txt", &text);
}
