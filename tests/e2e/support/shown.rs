//! A feed as a text for a snapshot: its columns with their types, and its first rows.

use super::{Lake, SYSTEM_COLUMNS, Table, plain};
use arrow::datatypes::{DataType, Field};
use jira_feeds::catalog::Feed;
use serde_json::{Map, Value};
use std::fmt::Write as _;

const ROWS: usize = 3;
const LONGEST_TEXT: usize = 60;
const MOST_ITEMS: usize = 2;

/// Columns, number of rows, and the first three by key. Nulls are left out, long texts and lists cut.
pub fn shown(feed: &Feed, lake: &Lake) -> String {
    let mut rows = lake.rows(&feed.name);
    rows.sort_by_cached_key(|row| sort_key(feed, row));
    let mut text = format!("{}: {} rows by {}\n", feed.name, rows.len(), feed.key.join(", "));
    let parts = lake.parts(&feed.name);
    let schema = Table::read(parts.first().expect("a feed that was read has a part")).schema;
    for field in schema.fields().iter().filter(|field| is_declared(field.name())) {
        let _ = writeln!(text, "  {} {}", field.name(), kind(field.data_type()));
    }
    for row in rows.into_iter().take(ROWS) {
        let _ = writeln!(text, "  {}", brief(row));
    }
    text
}

/// Numbers in their order, also where they are texts.
fn sort_key(feed: &Feed, row: &Value) -> Vec<(usize, String)> {
    let parts = feed.key.iter().map(|name| plain(&row[name]));
    parts.map(|text| (text.len(), text)).collect()
}

/// Neither what a run adds nor what one site has more than another.
fn is_declared(name: &str) -> bool {
    !SYSTEM_COLUMNS.contains(&name) && !name.starts_with("customfield_")
}

fn kind(data_type: &DataType) -> String {
    let member = |field: &std::sync::Arc<Field>| {
        let shown = || format!("{} {}", field.name(), kind(field.data_type()));
        is_declared(field.name()).then(shown)
    };
    match data_type {
        DataType::Utf8 => "text".to_owned(),
        DataType::Int64 => "int".to_owned(),
        DataType::Float64 => "float".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::List(item) => format!("[{}]", kind(item.data_type())),
        DataType::Struct(members) => {
            format!("{{{}}}", members.iter().filter_map(member).collect::<Vec<_>>().join(", "))
        }
        other => panic!("no column should be {other}"),
    }
}

fn brief(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let told =
                members.into_iter().filter(|(name, value)| is_declared(name) && !value.is_null());
            Value::Object(told.map(|(name, value)| (name, brief(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            let more = items.len().saturating_sub(MOST_ITEMS);
            let mut some: Vec<_> = items.into_iter().take(MOST_ITEMS).map(brief).collect();
            some.extend((more > 0).then(|| Value::from(format!("… {more} more"))));
            Value::Array(some)
        }
        Value::String(text) if text.chars().count() > LONGEST_TEXT => {
            Value::from(text.chars().take(LONGEST_TEXT).chain(['…']).collect::<String>())
        }
        other => other,
    }
}
