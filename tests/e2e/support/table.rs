//! A feed's rows as Arrow has them, held against the JSON that they came from.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int64Type, Schema};
use arrow::datatypes::{TimeUnit, TimestampMicrosecondType};
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

/// What every row has beside its feed's columns; Jira has keys with an underscore too.
pub const SYSTEM_COLUMNS: &[&str] =
    &["_site", "_run_id", "_extracted_at", "_deleted", "_rescued", "_raw", "_absent"];

/// The rows of one part.
pub struct Table {
    pub schema: Arc<Schema>,
    batches: Vec<RecordBatch>,
}

impl Table {
    pub fn read(part: &PathBuf) -> Self {
        let file = File::open(part).expect("the part opens");
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("the part is Parquet");
        let schema = Arc::clone(builder.schema());
        let reader = builder.build().expect("the part reads");
        Self { schema, batches: reader.map(|batch| batch.expect("the batch reads")).collect() }
    }

    /// What differs between each row and `record_of` its `_raw`, in words.
    pub fn differences(&self, record_of: impl Fn(&Row<'_>) -> Value) -> Vec<String> {
        let rows = self
            .batches
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(move |index| Row { batch, index }));
        rows.flat_map(|row| row.differences(&record_of(&row))).collect()
    }

    /// The field at a path of names.
    pub fn field(&self, path: &[&str]) -> Field {
        let first = self.schema.field_with_name(path[0]).expect("the column exists").clone();
        path[1..].iter().fold(first, |field, name| match field.data_type() {
            DataType::Struct(inner) => {
                let found = inner.iter().find(|field| field.name() == name);
                found.unwrap_or_else(|| panic!("no {name} in {inner:?}")).as_ref().clone()
            }
            other => panic!("{name} in {other}"),
        })
    }
}

/// One row.
pub struct Row<'a> {
    batch: &'a RecordBatch,
    index: usize,
}

impl Row<'_> {
    /// A text column's value.
    pub fn text(&self, column: &str) -> Option<&str> {
        let texts = self.batch.column_by_name(column)?.as_string_opt::<i32>()?;
        texts.is_valid(self.index).then(|| texts.value(self.index))
    }

    /// The value of a column of texts or of whole numbers, as text.
    pub fn any_text(&self, column: &str) -> Option<String> {
        let numbers = self.batch.column_by_name(column)?.as_primitive_opt::<Int64Type>();
        match numbers {
            Some(numbers) => {
                numbers.is_valid(self.index).then(|| numbers.value(self.index).to_string())
            }
            None => self.text(column).map(str::to_owned),
        }
    }

    /// A moment's milliseconds since 1970 UTC.
    pub fn millis(&self, column: &str) -> Option<i64> {
        let column = self.batch.column_by_name(column)?;
        let moments = column.as_primitive_opt::<TimestampMicrosecondType>()?;
        moments.is_valid(self.index).then(|| moments.value(self.index) / 1000)
    }

    /// A text column's value, read as JSON.
    pub fn json(&self, column: &str) -> Value {
        self.text(column).map_or(Value::Null, |text| serde_json::from_str(text).expect("JSON"))
    }

    fn differences(&self, record: &Value) -> Vec<String> {
        let mut comparison = Comparison::default();
        let columns = self.batch.schema_ref().fields().iter().zip(self.batch.columns());
        let (declared, system): (Vec<_>, Vec<_>) =
            columns.partition(|(field, _)| !SYSTEM_COLUMNS.contains(&field.name().as_str()));
        comparison.members(&declared, self.index, record, "");
        for (field, array) in system {
            let may_be_null = ["_rescued", "_absent"].contains(&field.name().as_str());
            if !may_be_null && array.is_null(self.index) {
                comparison.wrong.push(format!("{} is null", field.name()));
            }
        }
        let rescued = self.json("_rescued");
        let misfits = Value::Object(comparison.misfits);
        if rescued.as_object().cloned().unwrap_or_default() != *misfits.as_object().expect("one") {
            comparison.wrong.push(format!("_rescued is {rescued}, and not {misfits}"));
        }
        comparison.wrong
    }
}

#[derive(Default)]
struct Comparison {
    /// Values that no column can hold, by place.
    misfits: Map<String, Value>,
    wrong: Vec<String>,
}

type Member<'a> = (&'a Arc<Field>, &'a Arc<dyn Array>);

impl Comparison {
    fn members(&mut self, members: &[Member<'_>], row: usize, object: &Value, place: &str) {
        let names: Vec<_> = members.iter().map(|(field, _)| field.name().as_str()).collect();
        for (field, array) in members {
            let base = field
                .name()
                .strip_suffix("_text")
                .and_then(|base| members.iter().find(|(field, _)| field.name() == base));
            let Some((_, document)) = base else {
                let value = object.get(field.name()).unwrap_or(&Value::Null);
                self.cell(array, row, value, &format!("{place}/{}", field.name()));
                continue;
            };
            if array.is_null(row) != document.is_null(row) {
                self.wrong.push(format!("{place}/{}: one without the other", field.name()));
            }
        }
        assert!(!names.is_empty(), "{place} has no columns");
    }

    fn cell(&mut self, array: &dyn Array, row: usize, value: &Value, place: &str) {
        let fits = if value.is_null() { None } else { fits(array.data_type(), value) };
        match (fits, array.is_valid(row)) {
            (None, false) if value.is_null() => {}
            (None, false) => {
                self.misfits.insert(place.to_owned(), value.clone());
            }
            (None, true) => self.wrong.push(format!("{place}: a value out of {value}")),
            (Some(_), false) => self.wrong.push(format!("{place}: null instead of {value}")),
            (Some(expected), true) => self.value(array, row, value, &expected, place),
        }
    }

    fn value(
        &mut self,
        array: &dyn Array,
        row: usize,
        value: &Value,
        expected: &Plain,
        place: &str,
    ) {
        let found = match expected {
            Plain::Int(number) => *number == array.as_primitive::<Int64Type>().value(row),
            Plain::Float(number) => {
                number.to_bits() == array.as_primitive::<Float64Type>().value(row).to_bits()
            }
            Plain::Bool(truth) => *truth == array.as_boolean().value(row),
            Plain::Day(days) => *days == array.as_primitive::<Date32Type>().value(row),
            Plain::Instant(micros) => {
                *micros == array.as_primitive::<TimestampMicrosecondType>().value(row)
            }
            Plain::Text => is_text_of(array.as_string::<i32>().value(row), value),
            Plain::List => return self.list(array, row, value, place),
            Plain::Struct => {
                let fields = array.as_struct();
                let members: Vec<_> = fields.fields().iter().zip(fields.columns()).collect();
                return self.members(&members, row, value, place);
            }
        };
        if !found {
            self.wrong.push(format!("{place}: not {value}"));
        }
    }

    fn list(&mut self, array: &dyn Array, row: usize, value: &Value, place: &str) {
        let items = array.as_list::<i32>().value(row);
        let expected = value.as_array().expect("a list");
        if items.len() != expected.len() {
            self.wrong.push(format!("{place}: {} items of {value}", items.len()));
            return;
        }
        for (index, item) in expected.iter().enumerate() {
            self.cell(&items, index, item, &format!("{place}/{index}"));
        }
    }
}

/// What a value is in a column that can hold it.
enum Plain {
    Text,
    Int(i64),
    Float(f64),
    Bool(bool),
    Day(i32),
    Instant(i64),
    List,
    Struct,
}

fn fits(kind: &DataType, value: &Value) -> Option<Plain> {
    match kind {
        DataType::Utf8 => Some(Plain::Text),
        DataType::Int64 => whole(value).map(Plain::Int),
        DataType::Float64 => value.as_f64().map(Plain::Float),
        DataType::Boolean => value.as_bool().map(Plain::Bool),
        DataType::Date32 => day(value.as_str()?).map(Plain::Day),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => {
            instant(value).map(Plain::Instant)
        }
        DataType::List(_) => value.as_array().map(|_| Plain::List),
        DataType::Struct(_) => value.as_object().map(|_| Plain::Struct),
        other => panic!("no column should be {other}"),
    }
}

fn is_text_of(cell: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => {
            cell == text || serde_json::from_str::<Value>(cell).ok().as_ref() == Some(value)
        }
        other => serde_json::from_str::<Value>(cell).ok().as_ref() == Some(other),
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::String(digits) => digits.parse().ok(),
        number => number.as_i64(),
    }
}

fn day(text: &str) -> Option<i32> {
    let day: Date = text.parse().ok()?;
    let since = day - Date::constant(1970, 1, 1);
    (text.len() == 10).then(|| since.get_days())
}

/// Any of Jira's forms, as microseconds; only those of the years 1 to 9999.
pub fn instant(value: &Value) -> Option<i64> {
    if let Some(millis) = value.as_i64() {
        return Some(millis * 1000);
    }
    let text = value.as_str()?;
    let year_has_four_digits = text.find('-') == Some(4);
    let parsed =
        text.parse().or_else(|_| jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text)).ok()?;
    year_has_four_digits.then(|| parsed.as_microsecond())
}
