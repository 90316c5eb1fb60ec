//! Where the site's truth and what landed say the same in two ways.

use super::expected::Around;
use super::{instant, plain};
use jira_feeds::catalog::{ColumnType, Feed};
use serde_json::{Value, json};

/// Feeds that are asked for one project at a time at endpoints that the site describes for all
/// projects at once, named by a list.
const BY_PROJECT: &[&str] = &[
    "field_configuration_scheme_projects",
    "issue_type_scheme_projects",
    "issue_type_screen_scheme_projects",
    "workflow_scheme_projects",
];

/// What the site tells of several parents at once, as it is for each alone.
pub fn one_by_one(feed: &str, around: Around, value: Value) -> Vec<(Around, Value)> {
    let ids = value["projectIds"].as_array().filter(|_| BY_PROJECT.contains(&feed)).cloned();
    let Some(ids) = ids else { return vec![(around, value)] };
    let alone = |id: Value| {
        let mut one = value.clone();
        one["projectIds"] = json!([id]);
        (Around::from([("projectId".to_owned(), id)]), one)
    };
    ids.into_iter().map(alone).collect()
}

/// A record in the form that both have.
pub fn alike(feed: &Feed, mut value: Value) -> Value {
    match feed.name.as_str() {
        // The site does not tell what an issue holds of its comments and worklogs: other feeds do.
        "issues" => {
            if let Some(fields) = value["fields"].as_object_mut() {
                fields.retain(|name, _| name != "comment" && name != "worklog");
            }
        }
        // A text or a number, by how the history was asked for.
        "issue_changelogs" => value["created"] = json!(instant(&value["created"])),
        // The site names the issues of its lists by id alone.
        _ if is_list_of_issues(feed) => value = json!({ "id": value["id"] }),
        _ => {}
    }
    value
}

fn is_list_of_issues(feed: &Feed) -> bool {
    let path = feed.endpoint.as_ref().map_or("", |endpoint| endpoint.path.as_str());
    path.starts_with("/rest/software/") && (path.ends_with("/issue") || path.ends_with("/backlog"))
}

/// What a column from around a record holds, as text; moments in one form.
pub fn moment_or_plain(feed: &Feed, column: &str, value: &Value) -> String {
    let column = feed.columns.iter().find(|one| one.key == column);
    let is_moment = column.is_some_and(|column| column.kind == ColumnType::Timestamp);
    let moment = instant_of(value).filter(|_| is_moment);
    moment.map_or_else(|| plain(value), |micros| micros.to_string())
}

/// Of Jira's forms, or of that in which Parquet's row reader shows one.
fn instant_of(value: &Value) -> Option<i64> {
    let shown = value.as_str().map(|text| text.replacen(' ', "T", 1).replace(' ', ""));
    instant(value).or_else(|| instant(&json!(shown?)))
}
