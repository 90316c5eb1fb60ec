//! What a column should hold, worked out by another road than the one that fills it.

use jira_feeds::catalog::{Column, ColumnType};
use serde_json::{Value, json};

/// What differs between a record and its row, column by column.
pub fn differences(columns: &[Column], record: &Value, row: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare_columns(columns, record, row, "", &mut found);
    found
}

fn compare_columns(
    columns: &[Column],
    record: &Value,
    row: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    for column in columns {
        let at = format!("{at}/{}", column.key);
        let value = &record[&column.key];
        let Some(cell) = row.get(&column.name) else {
            found.push(format!("{at}: there is no column {}", column.name));
            continue;
        };
        compare(&column.kind, value, cell, &at, found);
        let has_text = row.get(format!("{}_text", column.name)).is_some_and(Value::is_string);
        if column.kind == ColumnType::Adf && has_text == value.is_null() {
            found.push(format!("{at}: {value} and its text do not go together"));
        }
    }
}

fn compare(kind: &ColumnType, value: &Value, cell: &Value, at: &str, found: &mut Vec<String>) {
    match (kind, value, cell) {
        (_, Value::Null, Value::Null) => {}
        (ColumnType::List(item), Value::Array(values), Value::Array(cells))
            if values.len() == cells.len() =>
        {
            for (index, (value, cell)) in values.iter().zip(cells).enumerate() {
                compare(item, value, cell, &format!("{at}/{index}"), found);
            }
        }
        (ColumnType::Struct(columns), Value::Object(_), Value::Object(_)) => {
            compare_columns(columns, value, cell, at, found);
        }
        (ColumnType::List(_) | ColumnType::Struct(_), ..) | (_, Value::Null, _) => {
            found.push(format!("{at}: {value} became {cell}"));
        }
        _ => match expected(kind, value) {
            None => found.push(format!("{at}: {value} does not fit {kind:?}")),
            Some(expected) if Some(&expected) != landed(kind, cell).as_ref() => {
                found.push(format!("{at}: {value} became {cell}"));
            }
            Some(_) => {}
        },
    }
}

/// A value that did not fit: its place, its column, and itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Misfit {
    pub pointer: String,
    pub column: String,
    pub value: Value,
}

/// Every value of a record that should be rescued, innermost.
pub fn misfits(columns: &[Column], record: &Value) -> Vec<Misfit> {
    let mut found = Vec::new();
    misfits_in_columns(columns, record, ["", ""], &mut found);
    found
}

fn misfits_in_columns(
    columns: &[Column],
    record: &Value,
    [pointer, name]: [&str; 2],
    found: &mut Vec<Misfit>,
) {
    for column in columns {
        let place = [format!("{pointer}/{}", column.key), format!("{name}/{}", column.key)];
        misfits_in(&column.kind, &record[&column.key], place, found);
    }
}

fn misfits_in(
    kind: &ColumnType,
    value: &Value,
    [pointer, column]: [String; 2],
    found: &mut Vec<Misfit>,
) {
    match (kind, value) {
        (_, Value::Null) => {}
        (ColumnType::List(item), Value::Array(values)) => {
            for (index, value) in values.iter().enumerate() {
                misfits_in(item, value, [format!("{pointer}/{index}"), column.clone()], found);
            }
        }
        (ColumnType::Struct(columns), Value::Object(_)) => {
            misfits_in_columns(columns, value, [&pointer, &column], found);
        }
        _ if expected(kind, value).is_none() => {
            found.push(Misfit { pointer, column, value: value.clone() });
        }
        _ => {}
    }
}

/// The value that a plain column should hold, in a form that can be compared; none if it cannot.
fn expected(kind: &ColumnType, value: &Value) -> Option<Value> {
    match kind {
        ColumnType::Text if value.is_number() => Some(json!(value.to_string())),
        ColumnType::Text => value.as_str().map(|text| json!(text)),
        ColumnType::Int => whole(value).map(|number| json!(number)),
        ColumnType::Float => value.as_f64().map(|number| json!(number)),
        ColumnType::Bool => value.as_bool().map(|truth| json!(truth)),
        ColumnType::Date => {
            let text = value.as_str().filter(|text| text.len() == 10)?;
            text.parse::<jiff::civil::Date>().ok().map(|date| json!(date.to_string()))
        }
        ColumnType::Timestamp => match value.as_str() {
            Some(text) => Some(json!(text.parse::<jiff::Timestamp>().ok()?.as_microsecond())),
            None => value.as_i64().map(|millis| json!(millis * 1000)),
        },
        ColumnType::Json | ColumnType::Any | ColumnType::Adf => Some(value.clone()),
        ColumnType::List(_) | ColumnType::Struct(_) => None,
    }
}

fn whole(value: &Value) -> Option<i64> {
    let text = value.as_str().and_then(|text| text.parse().ok());
    let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
    #[allow(clippy::cast_possible_truncation, reason = "it is whole and small")]
    value.as_i64().or(text).or(number.map(|number| number as i64))
}

/// What the lake holds, in the same form.
fn landed(kind: &ColumnType, cell: &Value) -> Option<Value> {
    match kind {
        ColumnType::Float => cell.as_f64().map(|number| json!(number)),
        ColumnType::Timestamp => {
            let text = cell.as_str()?;
            let instant = jiff::Timestamp::strptime("%Y-%m-%d %H:%M:%S%.f %:z", text).ok()?;
            Some(json!(instant.as_microsecond()))
        }
        ColumnType::Json | ColumnType::Adf => serde_json::from_str(cell.as_str()?).ok(),
        ColumnType::Any => {
            let text = cell.as_str()?;
            let is_json = text.starts_with(['{', '[']);
            if is_json { serde_json::from_str(text).ok() } else { Some(json!(text)) }
        }
        _ => Some(cell.clone()),
    }
}
