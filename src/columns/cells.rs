//! The cells of one column while they are filled: what every kind of column does, and the scalar kinds.
//!
//! A new scalar is a reader (a function from JSON text to a value) and one arm in [`for_kind`].

use super::adf;
use super::list_cells::ListCells;
use super::number::{boolean, float, int};
use super::object_cells::{Elsewhere, ObjectCells, StructCells};
use super::rescue::{Place, Rescue};
use super::text::{any, json, text};
use super::time::{date, timestamp};
use crate::catalog::ColumnType;
use arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow::array::{ArrayBuilder, ArrayRef, BooleanBuilder, PrimitiveBuilder, StringBuilder};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use std::borrow::Cow;
use std::sync::Arc;

/// A column that is being filled. A cell that gets no value costs nothing: nulls are appended in bulk,
/// when the next value comes or the batch ends.
pub(super) trait Cells: Send {
    /// How many cells there are.
    fn len(&self) -> usize;

    /// Appends cells without a value.
    fn append_nulls(&mut self, count: usize);

    /// Appends a JSON value other than null; false, and nothing appended, if it does not fit.
    fn append(&mut self, value: &str, place: &Place<'_>, rescue: &mut Rescue) -> bool;

    /// Moves the cells out, as one array or more.
    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError>;

    /// The columns inside, if the cells are objects.
    fn as_object(&self) -> Option<&ObjectCells> {
        None
    }

    /// Appends nulls until there are as many cells.
    fn pad(&mut self, len: usize) {
        let missing = len.saturating_sub(self.len());
        if missing > 0 {
            self.append_nulls(missing);
        }
    }

    /// Puts a value at a row; one that does not fit is rescued.
    fn put(&mut self, row: usize, value: &str, place: &Place<'_>, rescue: &mut Rescue) {
        if value != "null" {
            self.pad(row);
            if !self.append(value, place, rescue) {
                rescue.misfit(place, value);
            }
        }
    }
}

/// Cells for a type; `elsewhere` is what lies below them in other feeds.
pub(super) fn for_kind(
    kind: &ColumnType,
    data_type: &DataType,
    elsewhere: Option<&Elsewhere>,
) -> Box<dyn Cells> {
    match (kind, data_type) {
        (ColumnType::Text, _) => Box::new(TextCells::new(text)),
        (ColumnType::Any, _) => Box::new(TextCells::new(any)),
        (ColumnType::Int, _) => Box::new(ScalarCells::<Int64Type>::new(int, data_type)),
        (ColumnType::Float, _) => Box::new(ScalarCells::<Float64Type>::new(float, data_type)),
        (ColumnType::Bool, _) => Box::new(BoolCells::default()),
        (ColumnType::Date, _) => Box::new(ScalarCells::<Date32Type>::new(date, data_type)),
        (ColumnType::Timestamp, _) => {
            Box::new(ScalarCells::<TimestampMicrosecondType>::new(timestamp, data_type))
        }
        (ColumnType::List(item), DataType::List(field)) => {
            Box::new(ListCells::new(item, Arc::clone(field)))
        }
        (ColumnType::Struct(columns), DataType::Struct(fields)) => {
            Box::new(StructCells::new(columns, fields.clone(), elsewhere))
        }
        // Rich text where it has no sibling column (in a list), and objects without known keys.
        (ColumnType::Json | ColumnType::Adf | ColumnType::List(_) | ColumnType::Struct(_), _) => {
            Box::new(TextCells::new(json))
        }
    }
}

/// Reads a JSON value as a text.
type TextReader = for<'a> fn(&'a str) -> Option<Cow<'a, str>>;

/// Text of any kind.
pub(super) struct TextCells {
    builder: StringBuilder,
    read: TextReader,
}

impl TextCells {
    pub(super) fn new(read: TextReader) -> Self {
        Self { builder: StringBuilder::new(), read }
    }
}

/// Appends a text unless the array's 32-bit offsets cannot reach its end.
pub(super) fn append_text(builder: &mut StringBuilder, text: &str) -> bool {
    let end = builder.values_slice().len().saturating_add(text.len());
    let fits = i32::try_from(end).is_ok();
    if fits {
        builder.append_value(text);
    }
    fits
}

impl Cells for TextCells {
    fn len(&self) -> usize {
        self.builder.len()
    }

    fn append_nulls(&mut self, count: usize) {
        self.builder.append_nulls(count);
    }

    fn append(&mut self, value: &str, _: &Place<'_>, _: &mut Rescue) -> bool {
        (self.read)(value).is_some_and(|text| append_text(&mut self.builder, &text))
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
        arrays.push(Arc::new(self.builder.finish()));
        Ok(())
    }
}

/// Values of a fixed width.
struct ScalarCells<T: ArrowPrimitiveType> {
    builder: PrimitiveBuilder<T>,
    read: fn(&str) -> Option<T::Native>,
}

impl<T: ArrowPrimitiveType> ScalarCells<T> {
    fn new(read: fn(&str) -> Option<T::Native>, data_type: &DataType) -> Self {
        // Only the zone of a timestamp is not in `T` itself.
        let builder = match data_type {
            DataType::Timestamp(..) => PrimitiveBuilder::new().with_data_type(data_type.clone()),
            _ => PrimitiveBuilder::new(),
        };
        Self { builder, read }
    }
}

impl<T: ArrowPrimitiveType> Cells for ScalarCells<T> {
    fn len(&self) -> usize {
        self.builder.len()
    }

    fn append_nulls(&mut self, count: usize) {
        self.builder.append_nulls(count);
    }

    fn append(&mut self, value: &str, _: &Place<'_>, _: &mut Rescue) -> bool {
        (self.read)(value).map(|value| self.builder.append_value(value)).is_some()
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
        arrays.push(Arc::new(self.builder.finish()));
        Ok(())
    }
}

/// `true` and `false`.
#[derive(Default)]
struct BoolCells(BooleanBuilder);

impl Cells for BoolCells {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn append_nulls(&mut self, count: usize) {
        self.0.append_nulls(count);
    }

    fn append(&mut self, value: &str, _: &Place<'_>, _: &mut Rescue) -> bool {
        boolean(value).map(|value| self.0.append_value(value)).is_some()
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
        arrays.push(Arc::new(self.0.finish()));
        Ok(())
    }
}

/// Rich text: its JSON, and beside it the same in Markdown.
#[derive(Default)]
pub(super) struct AdfCells {
    json: StringBuilder,
    markdown: StringBuilder,
}

impl Cells for AdfCells {
    fn len(&self) -> usize {
        self.json.len()
    }

    fn append_nulls(&mut self, count: usize) {
        self.json.append_nulls(count);
        self.markdown.append_nulls(count);
    }

    fn append(&mut self, value: &str, _: &Place<'_>, _: &mut Rescue) -> bool {
        let fits = append_text(&mut self.json, value);
        if fits && !adf::markdown(value).is_some_and(|text| append_text(&mut self.markdown, &text))
        {
            self.markdown.append_null();
        }
        fits
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
        arrays.push(Arc::new(self.json.finish()));
        arrays.push(Arc::new(self.markdown.finish()));
        Ok(())
    }
}
