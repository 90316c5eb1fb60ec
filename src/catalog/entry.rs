//! A feed as it is written, in `feeds/*.toml` or under `[custom.NAME]`: read, not yet understood.

use super::column::ColumnTable;
use super::{CatalogError, Method, PageStyle, Strategy};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The keys of a feed definition. [`super::Feed`] is what they mean.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedEntry {
    /// One line that says what a record is.
    #[serde(default)]
    pub(crate) title: String,
    /// Path of the endpoint, asked with GET; `{name}` stands for a value bound from the parent.
    pub(crate) get: Option<String>,
    /// Path of the endpoint, asked with POST; only reads may be declared.
    pub(crate) post: Option<String>,
    /// Query parameters; a list repeats the parameter.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, QueryValue>,
    /// JSON body of a POST.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) body: serde_json::Map<String, serde_json::Value>,
    /// How the endpoint pages.
    #[serde(default)]
    pub(crate) page: PageStyle,
    /// How many records to ask for in a page; the endpoint's ceiling.
    pub(crate) page_size: Option<u32>,
    /// JSON pointer to the records in an answer; empty for the whole answer.
    #[serde(default)]
    pub(crate) records: String,
    /// Makes a record of each plain value: `"label"` turns `"a"` into `{"label": "a"}`.
    pub(crate) wrap: Option<String>,
    /// Takes the records from an array inside each element at `records`.
    pub(crate) unnest: Option<UnnestEntry>,
    /// Columns that tell one record from another.
    #[serde(default)]
    pub(crate) key: Vec<String>,
    /// The feed whose records this one is asked for, one by one.
    pub(crate) parent: Option<ParentEntry>,
    /// The feed inside whose records these records arrive.
    pub(crate) embedded: Option<EmbeddedEntry>,
    /// Which extractor reads it, where the other keys do not say it.
    pub(crate) strategy: Option<Strategy>,
    /// The columns, `name = type`.
    #[serde(default)]
    pub(crate) columns: ColumnTable,
    /// JSON pointer to the object that also has one key for each field of the site.
    pub(crate) site_fields: Option<String>,
    /// The permission needed, by Jira's key.
    pub(crate) needs: Option<String>,
    /// The plan, product or switch that the site must have: a refusal to an account that holds `needs`
    /// means that it has not.
    pub(crate) feature: Option<String>,
    /// The scopes that a token with scopes needs, where they are not `read:jira-work`.
    pub(crate) scopes: Option<Vec<String>>,
    /// Statuses that mean "not permitted" here; 401 and 403 always do.
    #[serde(default)]
    pub(crate) denied: Vec<u16>,
    /// Statuses that mean that the site, board or project does not have this.
    #[serde(default)]
    pub(crate) not_available: Vec<u16>,
    /// Jira leaves out what the account may not see instead of refusing.
    #[serde(default)]
    pub(crate) filtered: bool,
    /// The same record can come more than once; the first one counts.
    #[serde(default)]
    pub(crate) dedupe: bool,
    /// Left out of `"*"` and of groups: only when named.
    #[serde(default)]
    pub(crate) on_request: bool,
    /// Jira's documentation of the endpoint.
    #[serde(default)]
    pub(crate) docs: String,
}

/// A query parameter's value, or several.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(
    untagged,
    expecting = "a query value is a string, a number, true or false, or a list of strings"
)]
pub(crate) enum QueryValue {
    Text(String),
    Number(i64),
    Flag(bool),
    Several(Vec<String>),
}

impl QueryValue {
    pub(crate) fn values(&self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text.clone()],
            Self::Number(number) => vec![number.to_string()],
            Self::Flag(flag) => vec![flag.to_string()],
            Self::Several(texts) => texts.clone(),
        }
    }
}

#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnnestEntry {
    /// JSON pointer to the array in each element.
    pub(crate) at: String,
    /// Columns filled from the element around the array.
    #[serde(default)]
    pub(crate) bind: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParentEntry {
    /// The parent feed.
    pub(crate) feed: String,
    /// What people call one of its records, in reports: `board` gives "board 84".
    pub(crate) called: String,
    /// Values taken from the parent's record, for placeholders and for columns that the record lacks.
    pub(crate) bind: BTreeMap<String, String>,
    /// Parents that are known to have no such records: JSON pointer = value.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub(crate) skip_when: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbeddedEntry {
    /// The feed around it.
    #[serde(rename = "in")]
    pub(crate) host: String,
    /// JSON pointer to the array in the host's record.
    pub(crate) at: Option<String>,
    /// Instead of `at`: every field of the site with this custom type.
    pub(crate) field_type: Option<String>,
    /// JSON pointer to the number of records that there are in truth.
    pub(crate) total: Option<String>,
    /// Values taken from the host's record, for placeholders and for columns that the record lacks.
    #[serde(default)]
    pub(crate) bind: BTreeMap<String, String>,
}

/// The entries of one group's file, in their order.
pub(crate) fn parse_group(
    group: &str,
    text: &str,
) -> Result<Vec<(String, FeedEntry)>, CatalogError> {
    let table: toml::Table = toml::from_str(text).map_err(|error| CatalogError::Syntax {
        file: group.to_owned(),
        reason: error.to_string(),
    })?;
    table
        .into_iter()
        .map(|(name, value)| match FeedEntry::deserialize(value) {
            Ok(entry) => Ok((name, entry)),
            Err(error) => Err(CatalogError::invalid(&name, "definition", error.to_string())),
        })
        .collect()
}

/// The method and path that an entry names, if it names one.
pub(crate) fn method_and_path(
    name: &str,
    entry: &FeedEntry,
) -> Result<Option<(Method, String)>, CatalogError> {
    match (&entry.get, &entry.post) {
        (Some(path), None) => Ok(Some((Method::Get, path.clone()))),
        (None, Some(path)) => Ok(Some((Method::Post, path.clone()))),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(CatalogError::invalid(
            name,
            "post",
            "a feed has one endpoint: give `get` or `post`, not both",
        )),
    }
}
