//! One request as the extractors describe it, and the answer that they get.

use crate::catalog::{Endpoint, Method};
use bytes::Bytes;
use serde_json::Value;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// For whom a request is made: what its statuses mean there, and where it is counted.
#[derive(Debug, Clone)]
pub struct CallFor {
    /// The feed's name, for logs and errors.
    pub feed: Arc<str>,
    /// Statuses that mean "not permitted", beside 401 and 403.
    pub denied: Arc<[u16]>,
    /// Statuses that mean that the site has no such thing.
    pub not_available: Arc<[u16]>,
    /// Where requests, retries and bytes are counted.
    pub traffic: Arc<Traffic>,
}

/// A request: what to ask, without the credential.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// Path with `{placeholders}`, by which Jira's burst limit and ours count.
    pub template: String,
    /// Path with the placeholders filled in and escaped.
    pub path: String,
    /// Query parameters, unescaped.
    pub query: Vec<(String, String)>,
    /// JSON body of a POST.
    pub body: Option<serde_json::Map<String, Value>>,
    /// Headers that the endpoint asks for.
    pub headers: Vec<(String, String)>,
}

impl Call {
    /// The request for one page of an endpoint. `bound` gives the value of each placeholder,
    /// `page` the parameters of the page style.
    pub fn for_page(
        endpoint: &Endpoint,
        bound: &dyn Fn(&str) -> Option<String>,
        page: Vec<(&'static str, Value)>,
    ) -> Self {
        let mut query: Vec<_> = endpoint
            .query
            .iter()
            .map(|(key, value)| (key.clone(), fill(value, bound, |plain| plain)))
            .collect();
        let mut body = endpoint.body.clone();
        body.values_mut().for_each(|value| fill_texts(value, bound));
        for (name, value) in page {
            match endpoint.method {
                Method::Post => drop(body.insert(name.to_owned(), value)),
                Method::Get => {
                    query.retain(|(key, _)| key != name);
                    query.push((name.to_owned(), plain(&value)));
                }
            }
        }
        Self {
            method: endpoint.method,
            template: endpoint.path.clone(),
            path: fill(&endpoint.path, bound, |value| escape(&value)),
            query,
            body: (endpoint.method == Method::Post).then_some(body),
            headers: endpoint.headers.clone(),
        }
    }

    /// A GET of a fixed path.
    #[must_use]
    pub fn get(path: &str, query: &[(&str, &str)]) -> Self {
        Self {
            method: Method::Get,
            template: path.to_owned(),
            path: path.to_owned(),
            query: query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            body: None,
            headers: Vec::new(),
        }
    }

    /// A reading POST of a fixed path; `body` must be a JSON object.
    #[must_use]
    pub fn post(path: &str, body: Value) -> Self {
        let body = match body {
            Value::Object(body) => body,
            _ => serde_json::Map::new(),
        };
        let (template, path) = (path.to_owned(), path.to_owned());
        let (query, headers) = (Vec::new(), Vec::new());
        Self { method: Method::Post, template, path, query, body: Some(body), headers }
    }
}

/// What came back, known to be whole and to be JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The JSON text.
    pub body: Bytes,
    /// When it was complete, in microseconds since 1970 UTC.
    pub received_at: i64,
}

/// Counts of what one feed cost; shared by all who ask for it.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    retries: AtomicU64,
    throttled: AtomicU64,
    bytes: AtomicU64,
    pages: AtomicU64,
}

/// A reading of [`Traffic`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct TrafficCounts {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Bytes of the answers' bodies, decompressed.
    pub bytes: u64,
    /// Answers that counted as a page.
    pub pages: u64,
}

impl Traffic {
    pub(super) fn sent(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn was_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn received(&self, bytes: usize) {
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> TrafficCounts {
        TrafficCounts {
            requests: self.requests.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            pages: self.pages.load(Ordering::Relaxed),
        }
    }
}

/// Fills the texts of a JSON value.
fn fill_texts(value: &mut Value, bound: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => *text = fill(text, bound, |plain| plain),
        Value::Array(items) => items.iter_mut().for_each(|item| fill_texts(item, bound)),
        Value::Object(members) => members.values_mut().for_each(|value| fill_texts(value, bound)),
        _ => {}
    }
}

/// Replaces each `{name}` by its value; a name without one stays, and Jira will say so.
fn fill(
    text: &str,
    bound: &dyn Fn(&str) -> Option<String>,
    form: impl Fn(String) -> String,
) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        match bound(name) {
            Some(value) => filled.push_str(&form(value)),
            None => filled.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    filled + rest
}

/// Escapes one path segment, slashes and dots included: a value from Jira never changes the path.
fn escape(segment: &str) -> String {
    let mut escaped = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_a_path_cannot_leave_its_segment() {
        let filled = fill("/a/{id}/b", &|_| Some("../x?y#z".into()), |v| escape(&v));
        assert_eq!(filled, "/a/%2E%2E%2Fx%3Fy%23z/b");
    }

    #[test]
    fn a_placeholder_without_a_value_stays_visible() {
        assert_eq!(fill("/a/{id}", &|_| None, |v| v), "/a/{id}");
    }
}
