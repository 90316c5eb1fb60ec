//! Records: the elements of an answer, with what they take from the record above them. Pure.

use crate::catalog::{Endpoint, Pointer, Shape};
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

/// The records of a page, in the shape that the endpoint says; `before` came on earlier pages.
pub(crate) fn records_of(
    page: &Page,
    endpoint: &Endpoint,
    above: &Arc<Bindings>,
    before: usize,
) -> Vec<Record> {
    let names = page.names.iter().cloned().map(Some).chain(std::iter::repeat(None));
    let elements = page.records.iter().cloned().zip(names);
    match &endpoint.shape.unnest {
        None => shaped_after(before, elements, &endpoint.shape, above),
        Some((at, bind)) => elements
            .flat_map(|(element, _)| {
                let inner = array_at(&element, at).into_iter().map(|item| (item, None));
                let around = Record { json: element, bindings: Arc::clone(above) };
                shaped(inner, &endpoint.shape, &Arc::new(bindings_of(&around, bind)))
            })
            .collect(),
    }
}

/// Values with the keys under which they stood, as records.
pub(crate) fn shaped(
    values: impl Iterator<Item = (Bytes, Option<String>)>,
    shape: &Shape,
    above: &Arc<Bindings>,
) -> Vec<Record> {
    shaped_after(0, values, shape, above)
}

fn shaped_after(
    before: usize,
    values: impl Iterator<Item = (Bytes, Option<String>)>,
    shape: &Shape,
    above: &Arc<Bindings>,
) -> Vec<Record> {
    let is_plain = shape.member.is_none() && shape.position.is_none();
    (before..)
        .zip(values)
        .map(|(position, (value, name))| {
            let bindings = if is_plain {
                Arc::clone(above)
            } else {
                let name = shape.member.clone().zip(name.map(|name| quoted(&name)));
                let position = shape.position.clone().map(|column| (column, position.to_string()));
                Arc::new(above.with(name.into_iter().chain(position)))
            };
            let json = match &shape.wrap {
                Some(key) if shape.member.is_some() => wrapped(key, &value),
                Some(key) => wrap(key, &value),
                None => value,
            };
            Record { json, bindings }
        })
        .collect()
}

/// The values that `bind` takes from a record, added to those that it had from above. A place that
/// the record itself lacks can be a column that was filled from above.
pub(crate) fn bindings_of(record: &Record, bind: &BTreeMap<String, Pointer>) -> Bindings {
    let text = text(&record.json);
    let own = bind.iter().filter_map(|(name, at)| {
        let from_above = || match at.steps() {
            [column] => record.bindings.get(column),
            _ => None,
        };
        json::at(text, at).or_else(from_above).map(|value| (name.clone(), value.to_owned()))
    });
    record.bindings.with(own)
}

/// What stands at `at` in a record, with its keys where the members of an object are asked for: the
/// items of an array, or one object. Null and nothing are no values.
pub(crate) fn values_at(
    record: &Bytes,
    at: &Pointer,
    by_member: bool,
) -> Vec<(Bytes, Option<String>)> {
    let slice = |value: &str| record.slice_ref(value.as_bytes());
    let Some(value) = json::at(text(record), at).filter(|value| *value != "null") else {
        return Vec::new();
    };
    if by_member {
        let members = json::members(value).into_iter().filter(|(_, value)| *value != "null");
        return members.map(|(name, value)| (slice(value), Some(name))).collect();
    }
    let items = json::items(value).unwrap_or_else(|| vec![value]);
    items.into_iter().filter(|item| *item != "null").map(|item| (slice(item), None)).collect()
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

/// The plain forms of the values of a record's key; empty where it has none.
#[must_use]
pub fn key_values(record: &Record, key: &[String]) -> Vec<String> {
    let value = |name: &String| {
        let own = json::member(text(&record.json), name).and_then(json::plain);
        own.or_else(|| record.bindings.get(name).and_then(json::plain)).unwrap_or_default()
    };
    key.iter().map(value).collect()
}

/// The issue that a record belongs to, where it says it in `issueId`.
#[must_use]
pub fn issue_of(record: &Record) -> Option<u64> {
    let own = json::member(text(&record.json), "issueId").and_then(json::plain);
    own.or_else(|| record.bindings.get("issueId").and_then(json::plain))?.parse().ok()
}

/// A record's key as one text: the plain forms of its columns, a separator between them.
pub(crate) fn key_of(record: &Record, key: &[String]) -> String {
    key_values(record, key).join(&KEY_SEPARATOR.to_string())
}

/// No key of Jira's holds it.
pub(crate) const KEY_SEPARATOR: char = '\u{1f}';

/// A record's text: the client has checked that the whole answer is UTF-8.
pub(crate) fn text(record: &Bytes) -> &str {
    std::str::from_utf8(record).unwrap_or_default()
}

/// A plain value as a record: `"a"` becomes `{"label":"a"}`. An object is one already.
pub(crate) fn wrap(key: &str, value: &Bytes) -> Bytes {
    if value.starts_with(b"{") { value.clone() } else { wrapped(key, value) }
}

fn wrapped(key: &str, value: &Bytes) -> Bytes {
    [b"{", quoted(key).as_bytes(), b":", value, b"}"].concat().into()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str, bound: &[(&str, &str)]) -> Record {
        let bound = bound.iter().map(|(name, json)| ((*name).to_owned(), (*json).to_owned()));
        Record { json: json.to_owned().into(), bindings: Arc::new(Bindings::new(bound)) }
    }

    fn shaped_of(json: &str, by_member: bool, shape: &Shape) -> Vec<(String, Bindings)> {
        let values = values_at(&json.to_owned().into(), &Pointer::default().join("at"), by_member);
        let records = shaped(values.into_iter(), shape, &Arc::default());
        records
            .into_iter()
            .map(|one| (text(&one.json).to_owned(), (*one.bindings).clone()))
            .collect()
    }

    #[test]
    fn members_are_records_with_their_keys_and_null_is_none() {
        let shape =
            Shape { member: Some("field".into()), wrap: Some("value".into()), ..Shape::default() };
        let records = shaped_of(r#"{"at": {"a": {"id": 1}, "b": null, "c": 2}}"#, true, &shape);
        let texts: Vec<_> = records.iter().map(|(json, _)| json.as_str()).collect();
        assert_eq!(texts, [r#"{"value":{"id": 1}}"#, r#"{"value":2}"#]);
        assert_eq!(records[1].1.get("field"), Some("\"c\""));
    }

    #[test]
    fn an_object_is_one_record_and_items_have_their_place() {
        assert_eq!(shaped_of(r#"{"at": {"id": 1}}"#, false, &Shape::default()).len(), 1);
        assert!(shaped_of(r#"{"at": null}"#, false, &Shape::default()).is_empty());
        let shape = Shape { position: Some("place".into()), ..Shape::default() };
        let records = shaped_of(r#"{"at": [{"a": 1}, {"a": 2}]}"#, false, &shape);
        assert_eq!(records[1].1.get("place"), Some("1"));
    }

    #[test]
    fn what_a_record_lacks_is_taken_from_what_it_was_given() {
        let record = record(r#"{"id": 7, "own": 1}"#, &[("boardId", "3"), ("own", "2")]);
        let pointer = |name: &str| Pointer::default().join(name);
        let bind = BTreeMap::from([
            ("sprintId".to_owned(), pointer("id")),
            ("board".to_owned(), pointer("boardId")),
            ("mine".to_owned(), pointer("own")),
        ]);
        let bound = bindings_of(&record, &bind);
        assert_eq!(bound.get("sprintId"), Some("7"));
        assert_eq!(bound.get("board"), Some("3"));
        assert_eq!(bound.get("mine"), Some("1"), "what the record has itself comes first");
    }
}
