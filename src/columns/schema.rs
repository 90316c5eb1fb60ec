//! The Arrow schema of a feed: its declared columns, and those that every row has.

use super::names::{ColumnNames, Names, SYSTEM_NAMES};
use super::object_cells::Elsewhere;
use crate::catalog::{Column, ColumnType, Pointer};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::Arc;

/// What a feed's rows hold beside the declared columns.
#[derive(Debug, Clone, Default)]
pub struct SchemaOptions {
    /// Keep each record as it came in `_raw`. Without it, what no column declares is rescued.
    pub raw: bool,
    /// The object whose declared keys may be absent, in another sense than null; they are told in `_absent`.
    pub absent_at: Option<Pointer>,
    /// Places whose values are in other feeds: they are not rescued as undeclared.
    pub elsewhere: Vec<Pointer>,
}

/// The columns of a feed and their Arrow schema. Immutable; share it by `Arc`.
#[derive(Debug)]
pub struct FeedSchema {
    columns: Vec<Column>,
    options: SchemaOptions,
    arrow: SchemaRef,
}

impl FeedSchema {
    /// Only the first column of a key counts. Where two names differ at most by case (there are readers
    /// that fold it), the later one gets a number.
    #[must_use]
    pub fn new(columns: Vec<Column>, options: SchemaOptions) -> Self {
        let columns = one_per_key(columns);
        let system = system_fields(&options);
        let mut fields = fields(&columns, SYSTEM_NAMES);
        fields.extend(system);
        Self { columns, options, arrow: Arc::new(Schema::new(fields)) }
    }

    /// The schema of the batches.
    #[must_use]
    pub fn arrow(&self) -> &SchemaRef {
        &self.arrow
    }

    /// The name of the column that holds the value of a key; none if no column does.
    #[must_use]
    pub fn column_of(&self, key: &str) -> Option<&str> {
        let mut index = 0;
        for column in &self.columns {
            if column.key == key && !column.is_retired {
                return self.arrow.fields().get(index).map(|field| field.name().as_str());
            }
            // Rich text has a second column beside it.
            index += if column.kind == ColumnType::Adf { 2 } else { 1 };
        }
        None
    }

    /// A hash of names and types, the same on every machine; a change of a column's metadata leaves it alone.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        describe(self.arrow.fields(), &mut text);
        format!("{:032x}", fnv1a(text.as_bytes()))
    }

    /// The columns without those that every row has.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn options(&self) -> &SchemaOptions {
        &self.options
    }

    /// What a row takes even where all of its columns are null.
    pub(super) fn row_width(&self) -> usize {
        self.arrow.fields().iter().map(|field| width(field.data_type())).sum()
    }

    pub(super) fn elsewhere(&self) -> Elsewhere {
        Elsewhere::new(&self.options.elsewhere)
    }
}

/// The type of points in time.
pub(super) fn timestamp_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn system_fields(options: &SchemaOptions) -> Vec<Field> {
    let mut fields = vec![
        Field::new("_site", DataType::Utf8, false),
        Field::new("_run_id", DataType::Utf8, false),
        Field::new("_extracted_at", timestamp_type(), false),
        Field::new("_deleted", DataType::Boolean, false),
        Field::new("_rescued", DataType::Utf8, true),
    ];
    if options.absent_at.is_some() {
        fields.push(Field::new("_absent", DataType::Utf8, true));
    }
    if options.raw {
        fields.push(Field::new("_raw", DataType::Utf8, true));
    }
    fields
}

/// A retired column has no key.
pub(super) fn one_per_key(columns: Vec<Column>) -> Vec<Column> {
    let mut keys = HashSet::new();
    let mut is_first = |column: &Column| column.is_retired || keys.insert(column.key.clone());
    columns.into_iter().filter(|column| is_first(column)).collect()
}

/// The fields of columns, in their order; `reserved` names are those of fields beside them.
fn fields(columns: &[Column], reserved: &[&str]) -> Vec<Field> {
    let names = Names::reserving(reserved).claim_all(columns);
    let mut fields = Vec::with_capacity(columns.len());
    for (column, ColumnNames { own, text }) in columns.iter().zip(names) {
        let metadata: HashMap<_, _> = column.metadata.clone().into_iter().collect();
        fields.push(Field::new(own, data_type(&column.kind), true).with_metadata(metadata));
        fields.extend(text.map(|text| Field::new(text, DataType::Utf8, true)));
    }
    fields
}

fn data_type(kind: &ColumnType) -> DataType {
    match kind {
        ColumnType::Text | ColumnType::Json | ColumnType::Any | ColumnType::Adf => DataType::Utf8,
        ColumnType::Int => DataType::Int64,
        ColumnType::Float => DataType::Float64,
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => timestamp_type(),
        ColumnType::List(item) => DataType::new_list(data_type(item), true),
        // Parquet has no struct without fields.
        ColumnType::Struct(columns) if columns.is_empty() => DataType::Utf8,
        ColumnType::Struct(columns) => DataType::Struct(Fields::from(fields(columns, &[]))),
    }
}

fn width(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| width(field.data_type())).sum(),
        // An offset.
        DataType::Utf8 | DataType::List(_) => 4,
        other => other.primitive_width().unwrap_or(1),
    }
}

/// Writes names and types in a form that no release of Arrow changes.
fn describe(fields: &Fields, out: &mut String) {
    for field in fields {
        let nullable = if field.is_nullable() { "?" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{}:{}{nullable}:", field.name().len(), field.name());
        describe_type(field.data_type(), out);
        out.push(';');
    }
}

fn describe_type(data_type: &DataType, out: &mut String) {
    match data_type {
        DataType::Utf8 => out.push_str("text"),
        DataType::Int64 => out.push_str("int"),
        DataType::Float64 => out.push_str("float"),
        DataType::Boolean => out.push_str("bool"),
        DataType::Date32 => out.push_str("date"),
        DataType::Timestamp(..) => out.push_str("timestamp"),
        DataType::List(item) => {
            out.push('[');
            describe_type(item.data_type(), out);
            out.push(']');
        }
        DataType::Struct(fields) => {
            out.push('{');
            describe(fields, out);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// FNV-1a in 128 bits.
fn fnv1a(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}
