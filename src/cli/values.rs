//! Arrow values as JSON, nested as they are, for a look at a few rows.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;
use serde_json::{Map, Value};

/// The value of row `index`; null where there is none.
pub(crate) fn json_of(array: &ArrayRef, index: usize) -> Result<Value, ArrowError> {
    if array.is_null(index) {
        return Ok(Value::Null);
    }
    Ok(match array.data_type() {
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            let members = fields
                .iter()
                .zip(columns)
                .map(|(field, column)| Ok((field.name().clone(), json_of(column, index)?)));
            Value::Object(members.collect::<Result<Map<_, _>, ArrowError>>()?)
        }
        DataType::List(_) => {
            let items = array.as_list::<i32>().value(index);
            let values = (0..items.len()).map(|index| json_of(&items, index));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        DataType::Int64 => array.as_primitive::<Int64Type>().value(index).into(),
        DataType::Float64 => array.as_primitive::<Float64Type>().value(index).into(),
        DataType::Boolean => array.as_boolean().value(index).into(),
        DataType::Utf8 => array.as_string::<i32>().value(index).into(),
        // Dates and times, as RFC 3339 has them.
        _ => array_value_to_string(array, index)?.into(),
    })
}

/// The leaves of a nested value as `fields.status.name` = text; values that are null are left out.
pub(crate) fn leaves(name: &str, value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (key, member) in members {
                leaves(&format!("{name}.{key}"), member, found);
            }
        }
        Value::String(text) => found.push((name.to_owned(), text.clone())),
        other => found.push((name.to_owned(), other.to_string())),
    }
}
