//! A feed as it is written, in `feeds/*.toml` or under `[custom.NAME]`: read, not yet understood.

use super::column::{ColumnTable, TypeExpression, toml_key};
use super::{CatalogError, Method, PageStyle, Strategy, infer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The keys of a feed definition. [`super::Feed`] is what they mean.
#[derive(Debug, Clone, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a key of the language")]
pub struct FeedEntry {
    /// One line that says what a record is.
    #[serde(default)]
    pub(crate) title: String,
    /// Path of the endpoint, asked with GET; `{name}` stands for a value bound from the parent.
    pub(crate) get: Option<String>,
    /// Path of the endpoint, asked with POST; only reads may be declared.
    pub(crate) post: Option<String>,
    /// For an endpoint of one's own: says that a POST that is not known to read does read.
    #[serde(default)]
    pub(crate) reads: bool,
    /// Query parameters; a list repeats the parameter.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, QueryValue>,
    /// Request headers that the endpoint asks for; their names begin with `X-`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// JSON body of a POST; a text in it may be a placeholder.
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
    /// Makes a record of each plain value: `"label"` turns `"a"` into `{"label": "a"}`. Together with
    /// `member`, of any value.
    pub(crate) wrap: Option<String>,
    /// The records are the members of an object (or the fields found by `field_type`): the column
    /// that takes the key of each.
    pub(crate) member: Option<String>,
    /// The column that takes a record's place in its array, counted from 0.
    pub(crate) position: Option<String>,
    /// Takes the records from an array inside each element at `records`.
    pub(crate) unnest: Option<UnnestEntry>,
    /// Columns that tell one record from another.
    #[serde(default)]
    pub(crate) key: Vec<String>,
    /// JSON pointer to the point in time in a record at which it came to be or changed last: with
    /// `{since}` in the query or body, the feed can be read incrementally by it.
    pub(crate) cursor: Option<String>,
    /// The endpoint to ask where Jira does not have the first one, or not yet.
    pub(crate) fallback: Option<FallbackEntry>,
    /// A placeholder and the values that the endpoint is asked with, one after the other.
    #[serde(default)]
    pub(crate) each: BTreeMap<String, Vec<String>>,
    /// The feed whose records this one is asked for, one by one.
    pub(crate) parent: Option<ParentEntry>,
    /// The feed inside whose records these records arrive.
    pub(crate) embedded: Option<EmbeddedEntry>,
    /// Which extractor reads it, where the other keys do not say it.
    pub(crate) strategy: Option<Strategy>,
    /// The columns, `name = type`. A feed inside another that names none has those of its place there.
    #[serde(default, skip_serializing)]
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
    /// Names that other connectors have for it; they choose it too.
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    /// Jira is going to remove the endpoint: what takes its place.
    pub(crate) deprecated: Option<String>,
    /// Jira's documentation of the endpoint.
    #[serde(default)]
    pub(crate) docs: String,
}

impl FeedEntry {
    /// The entry as TOML below `[custom.NAME]`, with columns and, if it has none, a key for `records`.
    ///
    /// # Errors
    /// What TOML cannot hold: null in a body.
    pub(super) fn with_inferred(
        &self,
        name: &str,
        around: &[(String, TypeExpression)],
        records: &[serde_json::Value],
    ) -> Result<String, toml::ser::Error> {
        let mut entry = self.clone();
        if entry.key.is_empty() {
            entry.key = infer::key(records).map(str::to_owned).into_iter().collect();
        }
        let unsaid = toml::Table::try_from(Self::default())?;
        let said = toml::Table::try_from(&entry)?;
        let said = said.into_iter().filter(|(key, value)| unsaid.get(key) != Some(value));
        let feed = toml::Table::from_iter([(name.to_owned(), toml::Value::Table(said.collect()))]);
        let custom = toml::Table::from_iter([("custom".to_owned(), toml::Value::Table(feed))]);
        let mut text = toml::to_string(&custom)?;
        let _ = write!(text, "\n[custom.{name}.columns]\n");
        let inferred = infer::columns(records).0.into_iter();
        let inferred: Vec<_> =
            inferred.filter(|(key, _)| !around.iter().any(|(one, _)| one == key)).collect();
        for (key, kind) in around.iter().chain(&inferred) {
            let _ = writeln!(text, "{} = {kind}", toml_key(key));
        }
        Ok(text)
    }
}

/// A second endpoint for the same records.
#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FallbackEntry {
    /// Path of the endpoint, asked with GET.
    pub(crate) get: String,
    /// The statuses of the first endpoint that lead here.
    pub(crate) when: Vec<u16>,
    /// Query parameters.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, QueryValue>,
    /// How the endpoint pages.
    #[serde(default)]
    pub(crate) page: PageStyle,
    /// How many records to ask for in a page.
    pub(crate) page_size: Option<u32>,
    /// JSON pointer to the records in an answer.
    #[serde(default)]
    pub(crate) records: String,
}

impl FallbackEntry {
    /// The keys that describe its endpoint, as those of a feed.
    pub(crate) fn as_feed(&self) -> FeedEntry {
        FeedEntry {
            get: Some(self.get.clone()),
            query: self.query.clone(),
            page: self.page,
            page_size: self.page_size,
            records: self.records.clone(),
            ..FeedEntry::default()
        }
    }
}

/// A query parameter's value, or several.
#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
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

#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnnestEntry {
    /// JSON pointer to the array in each element.
    pub(crate) at: String,
    /// Columns filled from the element around the array.
    #[serde(default)]
    pub(crate) bind: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
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

#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbeddedEntry {
    /// The feed around it.
    #[serde(rename = "in")]
    pub(crate) host: String,
    /// JSON pointer to the array, or to the one object, in the host's record.
    pub(crate) at: Option<String>,
    /// Instead of `at`: every field of the site with this custom type, or with one of several.
    pub(crate) field_type: Option<OneOrMore>,
    /// JSON pointer to the number of records that there are in truth.
    pub(crate) total: Option<String>,
    /// Values taken from the host's record, for placeholders and for columns that the record lacks.
    #[serde(default)]
    pub(crate) bind: BTreeMap<String, String>,
}

/// A text, or several.
#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "a text or a list of texts")]
pub(crate) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::More(texts) => texts,
        }
    }
}

/// The entries of a file, in their order; `group` is what errors call the file.
///
/// # Errors
/// Text that is not TOML, or an entry with keys that the language has not.
pub fn parse_group(group: &str, text: &str) -> Result<Vec<(String, FeedEntry)>, CatalogError> {
    let table: toml::Table = toml::from_str(text).map_err(|error| CatalogError::Syntax {
        file: group.to_owned(),
        reason: without_the_line(text, &error),
    })?;
    table
        .into_iter()
        .map(|(name, value)| match FeedEntry::deserialize(value) {
            Ok(entry) => Ok((name, entry)),
            Err(error) => Err(CatalogError::invalid(&name, "definition", error.to_string())),
        })
        .collect()
}

/// What is wrong with a text, and where; the line itself is not shown.
fn without_the_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.split('\n').count();
    format!("line {line}: {}. Correct the syntax there", error.message().replace('\n', "; "))
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
