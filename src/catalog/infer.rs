//! Columns for a feed that has none yet, from a sample of its records. Pure.

use super::column::{ColumnTable, TypeExpression};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// An object with more keys than this is a map, whose keys are data.
const MOST_KEYS: usize = 60;

/// What the values seen at one place have in common.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    /// Null, or nothing.
    Nothing,
    /// A type by its name in the catalogue.
    Plain(&'static str),
    List(Box<Seen>),
    Object(Vec<(String, Seen)>),
}

/// The columns that hold all of `records`, in the order in which their keys came.
pub(super) fn columns(records: &[Value]) -> ColumnTable {
    let seen = records.iter().map(seen).fold(Seen::Nothing, merge);
    match seen {
        Seen::Object(members) => {
            ColumnTable(members.iter().map(|(key, seen)| (key.clone(), expression(seen))).collect())
        }
        _ => ColumnTable::default(),
    }
}

/// The first of Jira's usual keys that tells all of `records` apart.
pub(super) fn key(records: &[Value]) -> Option<&'static str> {
    ["id", "key", "accountId", "groupId", "name", "value"].into_iter().find(|key| {
        let values = records.iter().filter_map(|record| record.get(key));
        let plain = values.filter(|value| value.is_string() || value.is_i64());
        let distinct: BTreeSet<_> = plain.map(ToString::to_string).collect();
        !records.is_empty() && distinct.len() == records.len()
    })
}

fn seen(value: &Value) -> Seen {
    match value {
        Value::Null => Seen::Nothing,
        Value::Bool(_) => Seen::Plain("bool"),
        Value::Number(number) if number.is_i64() => Seen::Plain("int"),
        Value::Number(_) => Seen::Plain("float"),
        Value::String(text) => Seen::Plain(text_type(text)),
        Value::Array(items) => {
            Seen::List(Box::new(items.iter().map(seen).fold(Seen::Nothing, merge)))
        }
        Value::Object(members) => object(members),
    }
}

fn object(members: &Map<String, Value>) -> Seen {
    let has = |key: &str| members.contains_key(key);
    if members.get("type").is_some_and(|kind| kind == "doc") && has("content") {
        return Seen::Plain("adf");
    }
    if has("accountId") && has("displayName") && has("avatarUrls") {
        return Seen::Plain("user");
    }
    let is_id = |key: &String| key.starts_with(|first: char| first.is_ascii_digit());
    if members.is_empty() || members.len() > MOST_KEYS || members.keys().any(is_id) {
        return Seen::Plain("json");
    }
    Seen::Object(members.iter().map(|(key, value)| (key.clone(), seen(value))).collect())
}

fn text_type(text: &str) -> &'static str {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let sign = |at: usize, wanted: u8| text.as_bytes().get(at) == Some(&wanted);
    let is_day = digits(0..4) && sign(4, b'-') && digits(5..7) && sign(7, b'-') && digits(8..10);
    match (is_day, text.len()) {
        (true, 10) => "date",
        (true, 16..) if sign(10, b'T') && sign(13, b':') => "timestamp",
        _ => "text",
    }
}

fn merge(one: Seen, other: Seen) -> Seen {
    use Seen::{List, Nothing, Object, Plain};
    match (one, other) {
        (Nothing, seen) | (seen, Nothing) => seen,
        (one, other) if one == other => one,
        (Plain(one), Plain(other)) => Plain(merge_names(one, other)),
        (List(one), List(other)) => List(Box::new(merge(*one, *other))),
        (Object(one), Object(other)) => Object(merge_members(one, other)),
        // An object that is sometimes empty, or a map.
        (Object(_) | List(_), Plain("json")) | (Plain("json"), Object(_) | List(_)) => {
            Plain("json")
        }
        _ => Plain("any"),
    }
}

fn merge_names(one: &'static str, other: &'static str) -> &'static str {
    const TEXTS: [&str; 4] = ["text", "date", "timestamp", "int"];
    match (one, other) {
        ("int", "float") | ("float", "int") => "float",
        // Ids come in both forms; a date and something else is just a text.
        _ if TEXTS.contains(&one) && TEXTS.contains(&other) => "text",
        _ => "any",
    }
}

fn merge_members(one: Vec<(String, Seen)>, other: Vec<(String, Seen)>) -> Vec<(String, Seen)> {
    let mut merged = one;
    for (key, seen) in other {
        match merged.iter_mut().find(|(known, _)| *known == key) {
            None => merged.push((key, seen)),
            Some((_, known)) => *known = merge(std::mem::replace(known, Seen::Nothing), seen),
        }
    }
    merged
}

fn expression(seen: &Seen) -> TypeExpression {
    match seen {
        // Nothing is known of it but its name.
        Seen::Nothing => TypeExpression::Name("any".to_owned()),
        Seen::Plain(name) => TypeExpression::Name((*name).to_owned()),
        Seen::List(item) if **item == Seen::Nothing => TypeExpression::Name("json".to_owned()),
        Seen::List(item) => TypeExpression::List(vec![expression(item)]),
        Seen::Object(members) => TypeExpression::Struct(ColumnTable(
            members.iter().map(|(key, seen)| (key.clone(), expression(seen))).collect(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn inferred(records: &[Value]) -> String {
        let table = columns(records);
        let lines: Vec<_> = table.0.iter().map(|(key, kind)| format!("{key} = {kind}")).collect();
        lines.join("\n")
    }

    #[test]
    fn a_column_holds_what_all_records_have_at_its_place() {
        let records = [
            json!({"id": 1, "n": 1, "when": "2024-01-31T10:00:00.000+0000", "day": "2024-01-31",
                "who": {"accountId": "a", "displayName": "A", "avatarUrls": {}}, "tags": ["a"],
                "in": {"a": null}, "none": null, "body": {"type": "doc", "content": []}}),
            json!({"id": "2", "n": 1.5, "when": null, "day": "2024-02-01", "tags": [],
                "in": {"a": true, "b": [{"c": 1}]}, "odd": {"10001": 1}, "mix": {}}),
            json!({"id": "3", "mix": "text"}),
        ];
        insta::assert_snapshot!(inferred(&records), @r#"
        id = "text"
        n = "float"
        when = "timestamp"
        day = "date"
        who = "user"
        tags = ["text"]
        in = { a = "bool", b = [{ c = "int" }] }
        none = "any"
        body = "adf"
        odd = "json"
        mix = "any"
        "#);
    }

    #[test]
    fn the_key_tells_every_record_apart() {
        let records = [json!({"id": "1", "key": "A"}), json!({"id": "1", "key": "B"})];
        assert_eq!(key(&records), Some("key"));
        assert_eq!(key(&[json!({"x": 1})]), None);
        assert_eq!(key(&[]), None);
    }
}
