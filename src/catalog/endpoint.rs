//! Where a feed is asked for, and how its answers page.

use super::entry::{self, FeedEntry, UnnestEntry};
use super::pointer::parse_all;
use super::{CatalogError, Pointer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A method, a path and what is sent and read there.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// GET, or POST for the endpoints that read by POST.
    pub method: Method,
    /// Path with `{placeholders}`: also the template that Jira's burst limit counts by.
    pub path: String,
    /// Query parameters that every page has; values may hold placeholders.
    pub query: Vec<QueryParameter>,
    /// JSON body of a POST.
    pub body: Body,
    /// How it pages.
    pub page: PageStyle,
    /// Records to ask for in a page.
    pub page_size: u32,
    /// Where the records are in an answer.
    pub records: Pointer,
    /// The key that a plain value is put under, to become a record.
    pub wrap: Option<String>,
    /// An array inside each element at `records`, with what its records take from the element.
    pub unnest: Option<(Pointer, BTreeMap<String, Pointer>)>,
}

/// A query parameter, one value.
pub type QueryParameter = (String, String);

/// A JSON object that is sent.
pub type Body = serde_json::Map<String, serde_json::Value>;

/// The methods that only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// GET
    Get,
    /// POST, for an endpoint that reads
    Post,
}

impl std::fmt::Display for Method {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
        })
    }
}

/// How an endpoint pages, and so what is asked next and when it ends.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PageStyle {
    /// One answer holds everything.
    #[default]
    Single,
    /// `nextPageToken`, `maxResults`.
    Token,
    /// `startAt`, `maxResults`; `isLast` or `total` in the answer.
    Offset,
    /// `startAt`, `maxResults`; the answer is a bare array.
    OffsetArray,
    /// `since` in epoch milliseconds; `lastPage` and `until` in the answer.
    Since,
    /// `cursor`, `maxResults`; `nextPageCursor` and `last` or `isLast` in the answer.
    Cursor,
    /// `offset`, `limit`; `total` in the answer.
    Limit,
    /// `start`, `limit`; `isLastPage` in the answer.
    Desk,
}

impl Endpoint {
    pub(super) fn check(name: &str, entry: &FeedEntry) -> Result<Option<Self>, CatalogError> {
        let Some((method, path)) = entry::method_and_path(name, entry)? else {
            return Ok(None);
        };
        let invalid =
            |key: &'static str| move |reason: String| CatalogError::invalid(name, key, reason);
        if !path.starts_with("/rest/") || path.contains("..") || path.contains(['?', '#', ' ']) {
            return Err(invalid("get")(format!(
                "`{path}` is not a path of Jira's REST API; it begins with /rest/"
            )));
        }
        if method == Method::Get && !entry.body.is_empty() {
            return Err(invalid("body")("a GET has no body".into()));
        }
        let query = entry
            .query
            .iter()
            .flat_map(|(key, value)| value.values().into_iter().map(|value| (key.clone(), value)))
            .collect();
        let unnest =
            entry.unnest.as_ref().map(check_unnest).transpose().map_err(invalid("unnest"))?;
        Ok(Some(Self {
            method,
            path,
            query,
            body: entry.body.clone(),
            page: entry.page,
            page_size: entry.page_size.unwrap_or(50),
            records: Pointer::parse(&entry.records).map_err(invalid("records"))?,
            wrap: entry.wrap.clone(),
            unnest,
        }))
    }

    /// The names in braces, in the path and in query values.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        let query = self.query.iter().map(|(_, value)| value.as_str());
        std::iter::once(self.path.as_str()).chain(query).flat_map(|text| {
            text.split('{').skip(1).filter_map(|tail| tail.split_once('}').map(|(name, _)| name))
        })
    }
}

fn check_unnest(entry: &UnnestEntry) -> Result<(Pointer, BTreeMap<String, Pointer>), String> {
    Ok((Pointer::parse(&entry.at)?, parse_all(&entry.bind)?))
}
