//! Records: the elements of an answer, with what they take from the record above them. Pure.

use crate::catalog::{Endpoint, Pointer};
use crate::columns::Bindings;
use crate::jira::{Page, json};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One record: its JSON as it came, and the values that it takes from its parent or host.
#[derive(Debug, Clone)]
pub struct Record {
    /// The JSON text.
    pub json: Bytes,
    /// For columns that the record lacks.
    pub bindings: Arc<Bindings>,
}

/// The records of a page: wrapped or taken out of their elements, as the endpoint says.
pub(crate) fn records_of(page: &Page, endpoint: &Endpoint, above: &Arc<Bindings>) -> Vec<Record> {
    let elements = page.records.iter();
    match (&endpoint.unnest, &endpoint.wrap) {
        (Some((at, bind)), _) => {
            elements.flat_map(|element| unnest(element, at, bind, above)).collect()
        }
        (None, Some(key)) => elements
            .map(|element| Record { json: wrap(key, element), bindings: Arc::clone(above) })
            .collect(),
        (None, None) => elements
            .map(|element| Record { json: element.clone(), bindings: Arc::clone(above) })
            .collect(),
    }
}

/// The values that `bind` takes from a record, added to those that it had from above.
pub(crate) fn bindings_of(
    record: &Bytes,
    bind: &BTreeMap<String, Pointer>,
    above: &Bindings,
) -> Bindings {
    let text = text(record);
    let own = bind
        .iter()
        .filter_map(|(name, at)| json::at(text, at).map(|value| (name.clone(), value.to_owned())));
    let above = above.iter().map(|(name, json)| (name.to_owned(), json.to_owned()));
    Bindings::new(own.chain(above))
}

/// The array at `at` in a record, as slices of it; empty where there is none.
pub(crate) fn array_at(record: &Bytes, at: &Pointer) -> Vec<Bytes> {
    let items = json::at(text(record), at).and_then(json::items).unwrap_or_default();
    items.into_iter().map(|item| record.slice_ref(item.as_bytes())).collect()
}

/// The plain form (a string's content, a number's digits) of the value at `at`.
pub(crate) fn plain_at(record: &Bytes, at: &Pointer) -> Option<String> {
    json::at(text(record), at).and_then(json::plain)
}

/// A record's text: the client has checked that the whole answer is UTF-8.
pub(crate) fn text(record: &Bytes) -> &str {
    std::str::from_utf8(record).unwrap_or_default()
}

/// A plain value as a record: `"a"` becomes `{"label":"a"}`. An object is one already.
pub(crate) fn wrap(key: &str, value: &Bytes) -> Bytes {
    if value.starts_with(b"{") {
        return value.clone();
    }
    let key = serde_json::Value::from(key).to_string();
    [b"{", key.as_bytes(), b":", value, b"}"].concat().into()
}

fn unnest(
    element: &Bytes,
    at: &Pointer,
    bind: &BTreeMap<String, Pointer>,
    above: &Bindings,
) -> Vec<Record> {
    let bindings = Arc::new(bindings_of(element, bind, above));
    array_at(element, at)
        .into_iter()
        .map(|json| Record { json, bindings: Arc::clone(&bindings) })
        .collect()
}
