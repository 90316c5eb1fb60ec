//! The dictionary of a site's fields, as far as their values tell what they are.

use jira_feeds::catalog::{Catalog, Column};
use jira_feeds::columns::{FieldNaming, SiteField, site_field_columns};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Fields of issues that feeds of their own hold.
const ELSEWHERE: [&str; 4] = ["attachment", "comment", "issuelinks", "worklog"];

/// `GET /rest/api/3/field` for what stands in `issues`; `sprints` is always the field of sprints.
pub fn dictionary(issues: &[Value], sprints: &str) -> Vec<Value> {
    let mut values: BTreeMap<&str, &Value> = BTreeMap::new();
    for (key, value) in issues.iter().filter_map(|issue| issue["fields"].as_object()).flatten() {
        let known = values.entry(key).or_insert(value);
        if is_empty(known) {
            *known = value;
        }
    }
    values.entry(sprints).or_insert(&Value::Null);
    let custom = values.into_iter().filter(|(key, _)| key.starts_with("customfield_"));
    custom
        .map(|(key, value)| {
            let [kind, items, custom] = if key == sprints { SPRINT } else { type_of(value) };
            let mut schema = json!({ "type": kind, "custom": custom, "customId": digits(key) });
            if !items.is_empty() {
                schema["items"] = json!(items);
            }
            json!({
                "id": key, "key": key, "name": format!("Field {key}"), "untranslatedName": key,
                "custom": true, "orderable": true, "navigable": true, "searchable": true,
                "clauseNames": [format!("cf[{}]", digits(key))], "schema": schema,
            })
        })
        .collect()
}

const SPRINT: [&str; 3] = ["array", "json", "com.pyxis.greenhopper.jira:gh-sprint"];

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn digits(key: &str) -> i64 {
    key.rsplit('_').next().and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

/// The type, the type of the items, and the kind of field that has such values.
fn type_of(value: &Value) -> [&'static str; 3] {
    match value {
        Value::String(text) if text.contains('|') => {
            ["any", "", "com.pyxis.greenhopper.jira:gh-lexo-rank"]
        }
        Value::String(_) => ["string", "", "com.pyxis.greenhopper.jira:gh-epic-label"],
        Value::Number(_) => {
            ["number", "", "com.atlassian.jira.plugin.system.customfieldtypes:float"]
        }
        Value::Object(fields) if fields.contains_key("hasEpicLinkFieldDependency") => {
            ["any", "", "com.atlassian.jpo:jpo-custom-field-parent"]
        }
        Value::Object(fields) if fields.contains_key("accountId") => {
            ["user", "", "com.atlassian.jira.plugin.system.customfieldtypes:userpicker"]
        }
        Value::Object(fields) if fields.contains_key("value") => {
            ["option", "", "com.pyxis.greenhopper.jira:gh-epic-status"]
        }
        Value::Object(fields) if fields.get("type") == Some(&json!("doc")) => {
            ["string", "", "com.atlassian.jira.plugin.system.customfieldtypes:textarea"]
        }
        Value::Array(_) => {
            ["array", "option", "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"]
        }
        _ => ["any", "", "com.example.app:free"],
    }
}

/// The columns that a run has for them.
pub fn columns(
    catalog: &Catalog,
    issues: &[Value],
    declared: &[Column],
    sprints: &str,
) -> Vec<Column> {
    let fields = Value::Array(dictionary(issues, sprints));
    let fields: Vec<SiteField> = serde_json::from_value(fields).expect("fields");
    let elsewhere = ELSEWHERE.map(str::to_owned);
    site_field_columns(&fields, declared, &elsewhere, catalog.types(), FieldNaming::Id)
}
