//! The columns of a site's own fields, by what Jira's dictionary of fields says of them.

use crate::catalog::{Column, ColumnType, NamedTypes};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// One record of `GET /rest/api/3/field`.
#[derive(Debug, Clone, Deserialize)]
pub struct SiteField {
    /// The key of its value in an issue's `fields`.
    pub id: String,
    /// What people call it, in the account's language. Not unique.
    #[serde(default)]
    pub name: String,
    /// Whether the site made it.
    #[serde(default)]
    pub custom: bool,
    /// What its values are; a few system fields do not tell.
    #[serde(default)]
    pub schema: Option<SiteFieldSchema>,
}

impl SiteField {
    /// Whether it has a custom type, by the type's key.
    #[must_use]
    pub fn is_of_type(&self, custom: &str) -> bool {
        self.schema.as_ref().is_some_and(|schema| schema.custom.as_deref() == Some(custom))
    }
}

/// What the values of a field are.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SiteFieldSchema {
    /// Jira's name of the type.
    #[serde(default, rename = "type")]
    pub kind: String,
    /// The type of an array's items.
    #[serde(default)]
    pub items: Option<String>,
    /// The name of a system field.
    #[serde(default)]
    pub system: Option<String>,
    /// The key of a custom field's type.
    #[serde(default)]
    pub custom: Option<String>,
}

/// What columns of site fields are named by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldNaming {
    /// The field's id: stable.
    #[default]
    Id,
    /// The field's name; where that is taken, `Name (customfield_10020)`.
    Name,
}

/// One column for each field that is neither declared nor held `elsewhere` (keys of other feeds).
#[must_use]
pub fn site_field_columns(
    fields: &[SiteField],
    declared: &[Column],
    elsewhere: &[String],
    types: &NamedTypes,
    naming: FieldNaming,
) -> Vec<Column> {
    let declared_keys = declared.iter().map(|column| column.key.as_str());
    let mut taken: HashSet<&str> =
        declared_keys.chain(elsewhere.iter().map(String::as_str)).collect();
    let fields: Vec<_> = fields.iter().filter(|field| taken.insert(&field.id)).collect();
    let claims = claims(&fields, declared);
    let column = |field: &&SiteField| Column {
        key: field.id.clone(),
        name: match naming {
            FieldNaming::Id => field.id.clone(),
            FieldNaming::Name => unique_name(field, &claims),
        },
        kind: field.schema.as_ref().map_or(ColumnType::Json, |schema| column_type(schema, types)),
        metadata: metadata(field),
        is_retired: false,
    };
    fields.iter().map(column).collect()
}

/// How many columns would have each name, in lower case, as some readers fold it.
fn claims(fields: &[&SiteField], declared: &[Column]) -> HashMap<String, usize> {
    let declared = declared.iter().map(|column| column.name.as_str());
    let mut claims = HashMap::new();
    for name in fields.iter().map(|field| field.name.as_str()).chain(declared) {
        *claims.entry(name.to_lowercase()).or_default() += 1;
    }
    claims
}

fn unique_name(field: &SiteField, claims: &HashMap<String, usize>) -> String {
    match claims.get(&field.name.to_lowercase()) {
        _ if field.name.is_empty() => field.id.clone(),
        Some(2..) => format!("{} ({})", field.name, field.id),
        _ => field.name.clone(),
    }
}

fn metadata(field: &SiteField) -> BTreeMap<String, String> {
    let schema = field.schema.as_ref();
    let facts = [
        ("jira.name", Some(&field.name)),
        ("jira.type", schema.map(|schema| &schema.kind)),
        ("jira.items", schema.and_then(|schema| schema.items.as_ref())),
        ("jira.custom", schema.and_then(|schema| schema.custom.as_ref())),
    ];
    let known = facts.into_iter().filter_map(|(key, fact)| Some((key.to_owned(), fact?.clone())));
    known.collect()
}

fn column_type(schema: &SiteFieldSchema, types: &NamedTypes) -> ColumnType {
    let custom = schema.custom.as_deref().unwrap_or_default();
    let items = schema.items.as_deref().unwrap_or_default();
    match schema.kind.as_str() {
        "string" if is_rich_text(schema) => ColumnType::Adf,
        // Jira says array, but the value is a page of them.
        "array" if items == "worklog" => ColumnType::Json,
        "array" if items == "json" && custom.ends_with(":gh-sprint") => {
            ColumnType::List(Box::new(named("sprint", types)))
        }
        "array" => ColumnType::List(Box::new(value_type(items, types))),
        kind => value_type(kind, types),
    }
}

/// Jira calls rich text a string.
fn is_rich_text(schema: &SiteFieldSchema) -> bool {
    let is_textarea = schema.custom.as_deref().is_some_and(|custom| custom.ends_with(":textarea"));
    is_textarea || matches!(schema.system.as_deref(), Some("description" | "environment"))
}

fn value_type(kind: &str, types: &NamedTypes) -> ColumnType {
    match kind {
        "string" => ColumnType::Text,
        "number" => ColumnType::Float,
        "date" => ColumnType::Date,
        "datetime" => ColumnType::Timestamp,
        "any" => ColumnType::Any,
        "securitylevel" => named("security_level", types),
        "statusCategory" => named("status_category", types),
        other => named(&other.replace('-', "_"), types),
    }
}

fn named(name: &str, types: &NamedTypes) -> ColumnType {
    types.get(name).cloned().unwrap_or(ColumnType::Json)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = r#"
        option = { id = "text", value = "text" }
        option_with_child = { id = "text", child = "option" }
        user = { accountId = "text" }
        security_level = { id = "text" }
        sprint = { id = "int", name = "text" }
    "#;

    fn fields(json: &str) -> Vec<SiteField> {
        serde_json::from_str(json).unwrap()
    }

    fn schema_of(kind: &str, items: &str, custom: &str) -> String {
        format!(
            r#"[{{"id":"f","name":"F","custom":true,"schema":{{"type":"{kind}","items":"{items}","custom":"{custom}","customId":1}}}}]"#
        )
    }

    fn type_of(kind: &str, items: &str, custom: &str) -> ColumnType {
        let types = NamedTypes::parse(TYPES).unwrap();
        let fields = fields(&schema_of(kind, items, custom));
        site_field_columns(&fields, &[], &[], &types, FieldNaming::Id).remove(0).kind
    }

    fn named_type(name: &str) -> ColumnType {
        NamedTypes::parse(TYPES).unwrap().get(name).unwrap().clone()
    }

    fn list(item: ColumnType) -> ColumnType {
        ColumnType::List(Box::new(item))
    }

    #[test]
    fn jira_s_types_become_columns() {
        let textarea = "com.atlassian.jira.plugin.system.customfieldtypes:textarea";
        let sprint = "com.pyxis.greenhopper.jira:gh-sprint";
        for (kind, items, custom, expected) in [
            ("string", "", "", ColumnType::Text),
            ("string", "", textarea, ColumnType::Adf),
            ("number", "", "", ColumnType::Float),
            ("date", "", "", ColumnType::Date),
            ("datetime", "", "", ColumnType::Timestamp),
            ("any", "", "", ColumnType::Any),
            ("option", "", "", named_type("option")),
            ("option-with-child", "", "", named_type("option_with_child")),
            ("user", "", "", named_type("user")),
            ("securitylevel", "", "", named_type("security_level")),
            ("array", "string", "", list(ColumnType::Text)),
            ("array", "user", "", list(named_type("user"))),
            ("array", "json", sprint, list(named_type("sprint"))),
            ("array", "json", "", list(ColumnType::Json)),
            ("array", "worklog", "", ColumnType::Json),
            ("array", "unheard-of", "", list(ColumnType::Json)),
            ("version", "", "", ColumnType::Json),
            ("sd-servicelevelagreement", "", "", ColumnType::Json),
            ("object", "", "ari:cloud:ecosystem::extension/x", ColumnType::Json),
            ("", "", "", ColumnType::Json),
        ] {
            assert_eq!(type_of(kind, items, custom), expected, "{kind} {items} {custom}");
        }
    }

    #[test]
    fn the_system_s_rich_texts_are_told_by_name() {
        let fields = fields(
            r#"[{"id":"environment","name":"Environment","schema":{"type":"string","system":"environment"}}]"#,
        );
        let columns =
            site_field_columns(&fields, &[], &[], &NamedTypes::default(), FieldNaming::Id);
        assert_eq!(columns[0].kind, ColumnType::Adf);
    }

    #[test]
    fn a_field_without_a_schema_is_json_and_one_that_is_known_is_left_out() {
        let fields = fields(
            r#"[{"id":"issuekey","name":"Key"},{"id":"summary","name":"Summary"},{"id":"comment","name":"Comment"},{"id":"issuekey","name":"Again"}]"#,
        );
        let declared = [Column::new("summary", ColumnType::Text)];
        let columns = site_field_columns(
            &fields,
            &declared,
            &["comment".to_owned()],
            &NamedTypes::default(),
            FieldNaming::Id,
        );
        assert_eq!(columns.len(), 1);
        assert_eq!((columns[0].key.as_str(), &columns[0].kind), ("issuekey", &ColumnType::Json));
    }

    #[test]
    fn a_name_that_is_taken_is_told_apart_by_the_id() {
        let fields = fields(
            r#"[{"id":"customfield_1","name":"Sprint"},{"id":"customfield_2","name":"SPRINT"},{"id":"customfield_3","name":"Points"},{"id":"customfield_4","name":"Summary"},{"id":"customfield_5"}]"#,
        );
        let declared = [Column::new("summary", ColumnType::Text)];
        let columns =
            site_field_columns(&fields, &declared, &[], &NamedTypes::default(), FieldNaming::Name);
        let names: Vec<_> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Sprint (customfield_1)",
                "SPRINT (customfield_2)",
                "Points",
                "Summary (customfield_4)",
                "customfield_5"
            ]
        );
    }

    #[test]
    fn jira_s_facts_travel_with_the_column() {
        let fields = fields(&schema_of("array", "option", "x:multiselect"));
        let columns =
            site_field_columns(&fields, &[], &[], &NamedTypes::default(), FieldNaming::Id);
        let facts: Vec<_> =
            columns[0].metadata.iter().map(|(key, fact)| format!("{key}={fact}")).collect();
        assert_eq!(
            facts,
            ["jira.custom=x:multiselect", "jira.items=option", "jira.name=F", "jira.type=array"]
        );
    }
}
