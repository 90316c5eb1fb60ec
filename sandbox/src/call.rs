//! One request as the endpoints see it: who asks, for what, with which parameters.

use serde_json::{Map, Value};

use crate::accounts::{Right, Viewer};
use crate::answer::{Refusal, said};
use crate::search_memory::{Asked, SearchMemory};
use crate::site::{Site, View};

/// The parameters of a query string, decoded, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query string.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter, repeated or joined by commas.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let values =
            self.0.iter().filter(|(key, _)| key == name).flat_map(|(_, value)| value.split(','));
        values.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
    }

    /// A whole number, if it is one.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.trim().parse().ok()
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// All parameters.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }
}

/// Percent-decoding, with `+` for a space.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match (first, hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = tail;
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A request on its way to an endpoint.
pub(crate) struct Call<'a> {
    pub(crate) site: &'a Site,
    /// The site as searches have it.
    pub(crate) index: &'a Site,
    pub(crate) viewer: &'a Viewer,
    pub(crate) memory: &'a SearchMemory,
    /// Scheme and host the caller used, for links to further pages.
    pub(crate) origin: &'a str,
    pub(crate) path: &'a str,
    /// What stands in the template's placeholders.
    pub(crate) parameters: Vec<String>,
    pub(crate) query: Query,
    pub(crate) content_type: Option<&'a str>,
    /// Whether the caller opts in to experimental endpoints.
    pub(crate) opted_in: bool,
    pub(crate) body: &'a [u8],
    /// Epoch milliseconds.
    pub(crate) now: i64,
}

impl<'a> Call<'a> {
    /// The site as the caller sees it.
    pub(crate) fn view(&self) -> View<'a> {
        self.site.view(self.viewer)
    }

    /// The site as searches show it to the caller.
    pub(crate) fn index_view(&self) -> View<'a> {
        self.index.view(self.viewer)
    }

    /// A search of the caller's that began in a state of the site.
    pub(crate) fn asked(&self, query: &str, edition: u32) -> Asked {
        Asked { person: self.viewer.person, query: query.to_owned(), edition }
    }

    /// What stands in the `n`th placeholder of the template.
    pub(crate) fn parameter(&self, n: usize) -> &str {
        self.parameters.get(n).map_or("", String::as_str)
    }

    /// The parts of `expand`.
    pub(crate) fn expand(&self) -> Vec<String> {
        self.query.list("expand")
    }

    /// 401 for anonymous callers.
    pub(crate) fn require_login(&self) -> Result<(), Refusal> {
        if self.viewer.logged_in() { Ok(()) } else { Err(Refusal::anonymous()) }
    }

    /// 401 for anonymous callers, 403 without a right.
    pub(crate) fn require(&self, right: Right) -> Result<(), Refusal> {
        self.require_login()?;
        if self.viewer.may(right) { Ok(()) } else { Err(Refusal::forbidden()) }
    }

    /// The JSON object of the body, in which only some keys may stand.
    pub(crate) fn bean(&self, keys: &[&str]) -> Result<Map<String, Value>, Refusal> {
        if !self.content_type.is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(Refusal::new(
                415,
                said("Unsupported Media Type", "지원되지 않는 미디어 유형"),
            ));
        }
        match serde_json::from_slice(self.body) {
            Ok(Value::Object(bean)) if bean.keys().all(|key| keys.contains(&key.as_str())) => {
                Ok(bean)
            }
            _ => Err(invalid_payload()),
        }
    }
}

/// What Jira says of a body it cannot bind.
pub(crate) fn invalid_payload() -> Refusal {
    Refusal::bad(said(
        "Invalid request payload. Refer to the REST API documentation and try again.",
        "요청 페이로드가 잘못되었습니다. REST API 설명서를 참조하여 다시 시도하세요.",
    ))
}

/// A list of texts or numbers in a body; absent means empty.
pub(crate) fn texts(bean: &Map<String, Value>, key: &str) -> Result<Vec<String>, Refusal> {
    match bean.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => values
            .iter()
            .map(|value| match value {
                Value::String(text) => Ok(text.clone()),
                Value::Number(number) => Ok(number.to_string()),
                _ => Err(invalid_payload()),
            })
            .collect(),
        Some(_) => Err(invalid_payload()),
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn queries_are_decoded() {
        let query = Query::parse(
            "jql=project+%3D+CORE&status=live&status=archived&maxResults=%2010&odd=%zz",
        );
        assert_eq!(query.get("jql"), Some("project = CORE"));
        assert_eq!(query.list("status"), ["live", "archived"]);
        assert_eq!(query.number("maxResults"), Some(10));
        assert_eq!(query.get("odd"), Some("%zz"));
    }
}
