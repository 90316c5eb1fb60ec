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

/// The schemas that rows of the table draw their records from.
const ROOTS: &[&str] = &[
    "AnnouncementBannerConfiguration",
    "ApplicationProperty",
    "ApplicationRole",
    "AvailableDashboardGadget",
    "Avatar",
    "CustomFieldContext",
    "DashboardGadget",
    "DataClassificationTagBean",
    "Field",
    "FieldAssociationSchemeFieldSearchResult",
    "FieldConfigurationDetails",
    "FieldConfigurationItem",
    "FieldConfigurationScheme",
    "FieldCreateMetadata",
    "GetFieldAssociationSchemeResponse",
    "GetPlanResponse",
    "GetTeamResponseForPage",
    "Group",
    "IssueTypeScheme",
    "IssueTypeScreenScheme",
    "NotificationScheme",
    "ProjectFeature",
    "ProjectFieldBean",
    "ProjectRoleDetails",
    "ProjectType",
    "RemoteIssueLink",
    "ScreenScheme",
    "SecurityLevel",
    "SecurityScheme",
    "SecuritySchemeWithProjects",
    "TimeTrackingProvider",
    "VersionRelatedWork",
    "Workflow",
    "WorkflowCapabilities",
    "WorkflowScheme",
    "WorkflowSchemeReadResponse",
];

/// The name a reference ends with.
pub(crate) fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The type of a schema, as the file writes types; names of schemas are noted.
fn kind(schema: &Value, names: &mut Vec<String>) -> String {
    if let Some(name) = referred(schema) {
        names.push(name.to_owned());
        return name.to_owned();
    }
    for choice in ["allOf", "oneOf", "anyOf"] {
        if let Some(parts) = schema[choice].as_array() {
            let kinds: Vec<String> = parts.iter().map(|part| kind(part, names)).collect();
            return kinds.join("|");
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return format!("={}", words.join("|"));
    }
    match schema["type"].as_str() {
        Some("array") => format!("[{}]", kind(&schema["items"], names)),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("{{{}}}", kind(&schema["additionalProperties"], names))
        }
        Some("object") => "{any}".to_owned(),
        Some("string") => match schema["format"].as_str() {
            Some(format @ ("uri" | "uuid" | "date-time")) => format.to_owned(),
            _ => "string".to_owned(),
        },
        Some("integer") => schema["format"].as_str().unwrap_or("int64").to_owned(),
        Some(other) => other.to_owned(),
        None => "any".to_owned(),
    }
}

#[test]
fn shapes_are_as_the_documents_have_them() {
    let Some(documents) = documents() else { return };
    let schemas = &documents[0]["components"]["schemas"];
    let mut waiting: Vec<String> = ROOTS.iter().map(|name| (*name).to_owned()).collect();
    let mut shapes: BTreeMap<String, String> = BTreeMap::new();
    while let Some(name) = waiting.pop() {
        if shapes.contains_key(&name) {
            continue;
        }
        let schema = &schemas[&name];
        assert!(schema.is_object(), "no document has the schema {name}");
        let required = schema["required"].as_array();
        let mut text = format!("{name}\n");
        for (member, of) in schema["properties"].as_object().into_iter().flatten() {
            let must = required.is_some_and(|names| names.iter().any(|name| name == member));
            let mark = if must { "!" } else { "" };
            writeln!(text, " {member}{mark} {}", kind(of, &mut waiting)).expect("a text grows");
        }
        shapes.insert(name, text);
    }
    let head = "# Members of Atlassian's schemas: name, `!` where required, type.\n";
    let text: String = shapes.into_values().collect();
    keep("shapes.txt", &format!("{head}{text}"));
}

/// The schema of an operation's answer.
pub(crate) fn answer(operation: &Value) -> &Value {
    &operation["responses"]["200"]["content"]["application/json"]["schema"]
}
