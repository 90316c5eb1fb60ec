//! Where a feed is asked for, and how its answers page.

use super::entry::{self, FeedEntry};
use super::{CatalogError, Pointer, Shape};
use serde::{Deserialize, Serialize};

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
    /// What makes records of what is there.
    pub shape: Shape,
    /// Request headers beside those of every request.
    pub headers: Vec<QueryParameter>,
}

/// A query parameter or a header, one value.
pub type QueryParameter = (String, String);

/// A JSON object that is sent.
pub type Body = serde_json::Map<String, serde_json::Value>;

/// The methods that only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
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

/// The POSTs of Jira that change nothing, by path without the names of placeholders: only these are
/// sent, unless a user says of one that it reads.
pub const READING_POSTS: &[&str] = &[
    "/rest/api/3/app/field/context/configuration/list",
    "/rest/api/3/changelog/bulkfetch",
    "/rest/api/3/comment/list",
    "/rest/api/3/expression/evaluate",
    "/rest/api/3/field/{}/context/mapping",
    "/rest/api/3/issue/bulkfetch",
    "/rest/api/3/issue/watching",
    "/rest/api/3/issue/{}/changelog/list",
    "/rest/api/3/jql/autocompletedata",
    "/rest/api/3/jql/function/computation/search",
    "/rest/api/3/jql/match",
    "/rest/api/3/jql/parse",
    "/rest/api/3/jql/pdcleaner",
    "/rest/api/3/permissions/check",
    "/rest/api/3/permissions/project",
    "/rest/api/3/search/approximate-count",
    "/rest/api/3/search/jql",
    "/rest/api/3/workflow/history",
    "/rest/api/3/workflow/history/list",
    "/rest/api/3/workflows",
    "/rest/api/3/workflows/preview",
    "/rest/api/3/workflowscheme/read",
    "/rest/api/3/worklog/list",
];

/// A path without the names of its placeholders: `/rest/api/3/role/{}`.
#[must_use]
pub fn nameless(path: &str) -> String {
    let steps = path.split('/').map(|step| if step.starts_with('{') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
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
        if path.contains("://") || path.starts_with("//") {
            return Err(invalid("get")(
                "a feed is read from the credential's site only. Give the path alone, from /rest/ on"
                    .into(),
            ));
        }
        if !path.starts_with("/rest/") || path.contains("..") || path.contains(['?', '#', ' ']) {
            return Err(invalid("get")(format!(
                "`{path}` is not a path of Jira's REST API; it begins with /rest/"
            )));
        }
        if method == Method::Post
            && !entry.reads
            && !READING_POSTS.contains(&nameless(&path).as_str())
        {
            return Err(invalid("post")(format!(
                "POST {path} is not known to read. If it changes nothing, say `reads = true`"
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
        if let Some(name) = entry.headers.keys().find(|name| !is_of_an_endpoint(name)) {
            let reason = format!("`{name}` is not a header that an endpoint asks for (X-...)");
            return Err(invalid("headers")(reason));
        }
        let shape = Shape::check(entry).map_err(|(key, reason)| invalid(key)(reason))?;
        Ok(Some(Self {
            method,
            path,
            query,
            body: entry.body.clone(),
            page: entry.page,
            page_size: entry.page_size.unwrap_or(50),
            records: Pointer::parse(&entry.records).map_err(invalid("records"))?,
            shape,
            headers: entry.headers.clone().into_iter().collect(),
        }))
    }

    /// The names in braces, in the path, in query values and in texts of the body.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        let query = self.query.iter().map(|(_, value)| value.as_str());
        let body = self.body.values().flat_map(texts);
        std::iter::once(self.path.as_str()).chain(query).chain(body).flat_map(|text| {
            text.split('{').skip(1).filter_map(|tail| tail.split_once('}').map(|(name, _)| name))
        })
    }
}

/// All others are the client's: a feed must not reach the login, the host or the form of an answer.
fn is_of_an_endpoint(header: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    header.to_ascii_lowercase().starts_with("x-") && header.bytes().all(is_plain)
}

/// The texts in a JSON value.
fn texts(value: &serde_json::Value) -> Vec<&str> {
    match value {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(items) => items.iter().flat_map(texts).collect(),
        serde_json::Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
