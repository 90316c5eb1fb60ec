//! The columns of several parts as those of one, and rows brought into them.
//!
//! Columns are united by name, at any depth, and none changes its type: where one name has two types, or
//! two names differ by case only, the schemas do not unite. Pure.

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray, new_null_array};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use std::collections::HashSet;
use std::sync::Arc;

/// The columns of both; facts about a column are those of the newer.
pub(super) fn unite(newer: &Schema, older: &Schema) -> Option<Schema> {
    unite_fields(newer.fields(), older.fields()).map(Schema::new)
}

fn unite_fields(newer: &Fields, older: &Fields) -> Option<Fields> {
    let mut united = Vec::with_capacity(newer.len());
    for field in newer {
        united.push(match older.find(field.name()) {
            Some((_, other)) => Arc::new(unite_field(field, other)?),
            None => missing_elsewhere(field),
        });
    }
    let more = older.iter().filter(|field| newer.find(field.name()).is_none());
    united.extend(more.map(missing_elsewhere));
    let mut names = HashSet::new();
    let is_alone = |field: &FieldRef| names.insert(field.name().to_lowercase());
    united.iter().all(is_alone).then(|| united.into())
}

fn unite_field(newer: &Field, older: &Field) -> Option<Field> {
    let kind = match (newer.data_type(), older.data_type()) {
        (DataType::Struct(newer), DataType::Struct(older)) => {
            DataType::Struct(unite_fields(newer, older)?)
        }
        (DataType::List(newer), DataType::List(older)) => {
            DataType::List(Arc::new(unite_field(newer, older)?))
        }
        (newer, older) if newer == older => newer.clone(),
        _ => return None,
    };
    let nullable = newer.is_nullable() || older.is_nullable();
    Some(newer.clone().with_data_type(kind).with_nullable(nullable))
}

fn missing_elsewhere(field: &FieldRef) -> FieldRef {
    Arc::new(Field::clone(field).with_nullable(true))
}

/// The rows in the columns of a schema that theirs was united into.
pub(super) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let given = StructArray::from(batch.clone());
    let columns = conform_members(&given, schema.fields())?;
    RecordBatch::try_new(Arc::clone(schema), columns)
}

fn conform_members(given: &StructArray, fields: &Fields) -> Result<Vec<ArrayRef>, ArrowError> {
    let member = |field: &FieldRef| match given.column_by_name(field.name()) {
        Some(column) => conform_column(column, field.data_type()),
        None => Ok(new_null_array(field.data_type(), given.len())),
    };
    fields.iter().map(member).collect()
}

fn conform_column(column: &ArrayRef, kind: &DataType) -> Result<ArrayRef, ArrowError> {
    match kind {
        _ if column.data_type() == kind => Ok(Arc::clone(column)),
        DataType::Struct(fields) => {
            let given = column.as_struct();
            let members = conform_members(given, fields)?;
            let nulls = given.nulls().cloned();
            Ok(Arc::new(StructArray::try_new(fields.clone(), members, nulls)?))
        }
        DataType::List(item) => {
            let given = column.as_list::<i32>();
            let items = conform_column(given.values(), item.data_type())?;
            let (offsets, nulls) = (given.offsets().clone(), given.nulls().cloned());
            Ok(Arc::new(ListArray::try_new(Arc::clone(item), offsets, items, nulls)?))
        }
        other => Err(ArrowError::SchemaError(format!("{} is no {other}", column.data_type()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};
    use std::collections::HashMap;

    fn schema(fields: Vec<Field>) -> Schema {
        Schema::new(fields)
    }

    fn text(name: &str) -> Field {
        Field::new(name, DataType::Utf8, false)
    }

    #[test]
    fn columns_are_united_by_name_at_any_depth_and_facts_are_the_newer_ones() {
        let facts = |name: &str| HashMap::from([("jira.name".to_owned(), name.to_owned())]);
        let list = |members| Field::new_list("l", Field::new_struct("item", members, true), true);
        let newer = schema(vec![text("b").with_metadata(facts("new")), list(vec![text("x")])]);
        let older = schema(vec![
            text("a"),
            text("b").with_metadata(facts("old")),
            list(vec![text("y"), text("x")]),
        ]);
        let united = unite(&newer, &older).unwrap();
        let names: Vec<_> = united.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["b", "l", "a"]);
        assert_eq!(united.field(0), &text("b").with_metadata(facts("new")));
        assert_eq!(united.field(1), &list(vec![text("x"), text("y").with_nullable(true)]));
        assert!(united.field(2).is_nullable());
    }

    #[test]
    fn no_column_changes_its_type_and_none_is_confused_with_another() {
        let number = Field::new("a", DataType::Int64, true);
        let float = Field::new("a", DataType::Float64, true);
        for other in [number.clone(), Field::new_struct("a", vec![text("x")], true), text("A")] {
            assert_eq!(unite(&schema(vec![text("a")]), &schema(vec![other])), None);
        }
        // A whole number beyond 53 bits would not survive.
        assert_eq!(unite(&schema(vec![float]), &schema(vec![number])), None);
    }

    #[test]
    fn rows_keep_their_values_and_are_null_in_the_columns_of_others() {
        let inner = Fields::from(vec![text("x")]);
        let structs =
            StructArray::new(inner.clone(), vec![Arc::new(StringArray::from(vec!["v"]))], None);
        let list = ListArray::new(
            Arc::new(Field::new("item", DataType::Struct(inner), true)),
            arrow::buffer::OffsetBuffer::from_lengths([1]),
            Arc::new(structs),
            None,
        );
        let batch = RecordBatch::try_from_iter_with_nullable([
            ("n", Arc::new(Int64Array::from(vec![i64::MAX])) as ArrayRef, false),
            ("l", Arc::new(list), true),
        ])
        .unwrap();
        let members = vec![Field::new("y", DataType::Boolean, true)];
        let other =
            schema(vec![Field::new_list("l", Field::new_struct("item", members, true), true)]);
        let united: SchemaRef = Arc::new(unite(&other, batch.schema_ref()).unwrap());
        let conformed = conform(&batch, &united).unwrap();
        assert_eq!(conformed.schema(), united);
        assert_eq!(conformed.column_by_name("n").unwrap(), batch.column(0));
        let items = conformed.column_by_name("l").unwrap().as_list::<i32>().value(0);
        let items = items.as_struct();
        assert_eq!(items.column_by_name("x").unwrap().as_string::<i32>().value(0), "v");
        assert!(items.column_by_name("y").unwrap().is_null(0));
    }
}
