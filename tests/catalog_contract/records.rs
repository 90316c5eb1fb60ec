//! Records of a real site against the catalogue.

use crate::excuses::Excuse;
use crate::findings::{Findings, folder};
use crate::walk::{Seen, Walk};
use jira_feeds::catalog::{Catalog, Feed};
use serde_json::Value;
use std::path::Path;

/// Keys of real records that no feed declares.
const NOT_OURS: &[Excuse] = &[
    (
        "issues",
        &["projectId", "projectKey", "created", "updated"],
        "added by the connector that collected the records",
    ),
    (
        "issues",
        &["renderedFields", "transitions", "changelog"],
        "that connector asked for them by `expand`",
    ),
    ("board_issues", &["created", "updated"], "added by the connector that collected the records"),
    ("board_issues", &["fields"], "that connector asked for them; `issues` has the fields"),
    (
        "issues.fields",
        &["attachment", "comment", "issuelinks", "worklog"],
        "feeds of their own hold them",
    ),
    ("boards", &["projectId", "projectKey"], "added by the connector that collected the records"),
    ("field_contexts", &["fieldType"], "added by the connector that collected the records"),
    (
        "issue_voters",
        &["hasVoted", "voters", "votes"],
        "that connector keeps the whole answer; the feed has a row for each voter",
    ),
    (
        "issue_watchers",
        &["isWatching", "watchCount", "watchers"],
        "that connector keeps the whole answer; the feed has a row for each watcher",
    ),
    ("screen_tabs", &["id", "name"], "that connector asks each screen for its tabs"),
    (
        "sprint_issues",
        &["created", "fields", "issueId", "updated"],
        "the connector added them or asked for them; `issues` has the fields",
    ),
    ("sprints", &["boardId"], "added by the connector that collected the records"),
];

#[test]
fn real_records_have_no_key_that_the_catalogue_does_not_declare() {
    let Some(folder) = folder("JIRA_REALDATA_DIR") else { return };
    let catalog = Catalog::with_custom([]).expect("the built-in catalogue reads");
    let mut findings = Findings::new(NOT_OURS);
    for stream in streams(&folder) {
        let feed = catalog.get(&stream).unwrap_or_else(|| panic!("no feed is called {stream}"));
        let name = feed.name.as_str();
        let text = std::fs::read_to_string(folder.join(format!("{stream}.jsonl"))).expect(&stream);
        let records: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect(&stream)).collect();
        let records: Vec<_> =
            records.into_iter().map(|record| without_site_fields(record, feed)).collect();
        let seen = Seen { schema: None, examples: records.iter().collect() };
        Walk { document: &Value::Null, feed, findings: &mut findings }.columns(
            name,
            &feed.columns,
            &seen,
        );
    }
    findings.assert_none();
}

/// The files of the folder, which are called as other connectors call the feeds.
fn streams(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("the folder").filter_map(Result::ok);
    let paths = files.map(|file| file.path());
    let records = paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    records.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect()
}

/// A record without the site's own fields.
fn without_site_fields(mut record: Value, feed: &Feed) -> Value {
    let site_fields = feed.site_fields.as_ref().map(ToString::to_string);
    if let Some(fields) = site_fields.and_then(|at| record.pointer_mut(&at)?.as_object_mut()) {
        fields.retain(|key, _| !key.starts_with("customfield_"));
    }
    record
}
