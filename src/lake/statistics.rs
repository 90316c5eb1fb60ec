//! From Parquet's own statistics to those in the manifest.
//!
//! Must not know what the columns mean. Only top-level columns of one value a row have any.

use super::manifest::ColumnStatistics;
use arrow::datatypes::{DataType, Schema, TimeUnit};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use serde_json::Value;
use std::collections::BTreeMap;

/// Null counts and bounds of each top-level scalar column, over all row groups.
pub(super) fn of_columns(
    schema: &Schema,
    metadata: &ParquetMetaData,
) -> BTreeMap<String, ColumnStatistics> {
    let columns = metadata.file_metadata().schema_descr().columns();
    columns
        .iter()
        .enumerate()
        .filter_map(|(leaf, column)| {
            let [name] = column.path().parts() else { return None };
            let kind = schema.field_with_name(name).ok()?.data_type();
            let groups = metadata.row_groups().iter().map(|group| group.column(leaf).statistics());
            Some((name.clone(), of_column(kind, groups)))
        })
        .collect()
}

fn of_column<'a>(
    kind: &DataType,
    groups: impl Iterator<Item = Option<&'a Statistics>>,
) -> ColumnStatistics {
    let mut nulls = Some(0);
    let mut bounds = Bounds::default();
    for group in groups {
        nulls = nulls.zip(group.and_then(Statistics::null_count_opt)).map(|(sum, more)| sum + more);
        bounds.include(group);
    }
    ColumnStatistics {
        null_count: nulls,
        min: bounds.min.and_then(|bound| bound.to_json(kind)),
        max: bounds.max.and_then(|bound| bound.to_json(kind)),
    }
}

/// A bound in one of the physical types that our columns have.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Bound {
    Bool(bool),
    Int(i64),
    Float(f64),
    Bytes(Vec<u8>),
}

#[derive(Debug, Default)]
struct Bounds {
    min: Option<Bound>,
    max: Option<Bound>,
    /// Set when a row group has values but no bounds: then nothing is known of the whole.
    unknown: bool,
}

impl Bounds {
    fn include(&mut self, group: Option<&Statistics>) {
        let Some((min, max)) = group.and_then(bounds_of) else {
            // A row group of nulls alone has no bounds either, and does not change those of the others.
            let all_null = group.is_some_and(|group| group.null_count_opt().is_some());
            self.unknown |= !all_null;
            if self.unknown {
                (self.min, self.max) = (None, None);
            }
            return;
        };
        if self.unknown {
            return;
        }
        if self.min.as_ref().is_none_or(|least| min < *least) {
            self.min = Some(min);
        }
        if self.max.as_ref().is_none_or(|greatest| max > *greatest) {
            self.max = Some(max);
        }
    }
}

fn bounds_of(group: &Statistics) -> Option<(Bound, Bound)> {
    Some(match group {
        Statistics::Boolean(s) => (Bound::Bool(*s.min_opt()?), Bound::Bool(*s.max_opt()?)),
        Statistics::Int32(s) => {
            (Bound::Int((*s.min_opt()?).into()), Bound::Int((*s.max_opt()?).into()))
        }
        Statistics::Int64(s) => (Bound::Int(*s.min_opt()?), Bound::Int(*s.max_opt()?)),
        Statistics::Float(s) => {
            (Bound::Float((*s.min_opt()?).into()), Bound::Float((*s.max_opt()?).into()))
        }
        Statistics::Double(s) => (Bound::Float(*s.min_opt()?), Bound::Float(*s.max_opt()?)),
        Statistics::ByteArray(s) => {
            (Bound::Bytes(s.min_opt()?.data().to_vec()), Bound::Bytes(s.max_opt()?.data().to_vec()))
        }
        Statistics::Int96(_) | Statistics::FixedLenByteArray(_) => return None,
    })
}

impl Bound {
    /// The bound as a reader of the manifest wants it; none where JSON or a calendar cannot say it.
    fn to_json(&self, kind: &DataType) -> Option<Value> {
        match (self, kind) {
            (Self::Bool(value), DataType::Boolean) => Some(Value::from(*value)),
            (Self::Int(days), DataType::Date32) => {
                let epoch = jiff::civil::date(1970, 1, 1);
                let date = epoch.checked_add(jiff::Span::new().try_days(*days).ok()?).ok()?;
                Some(Value::from(date.to_string()))
            }
            (Self::Int(ticks), DataType::Timestamp(unit, _)) => timestamp(*ticks, *unit),
            (Self::Int(value), kind) if kind.is_signed_integer() => Some(Value::from(*value)),
            (Self::Float(value), DataType::Float32 | DataType::Float64) => {
                value.is_finite().then(|| Value::from(*value))
            }
            (Self::Bytes(bytes), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => {
                std::str::from_utf8(bytes).ok().map(Value::from)
            }
            _ => None,
        }
    }
}

fn timestamp(ticks: i64, unit: TimeUnit) -> Option<Value> {
    let time = match unit {
        TimeUnit::Second => jiff::Timestamp::from_second(ticks),
        TimeUnit::Millisecond => jiff::Timestamp::from_millisecond(ticks),
        TimeUnit::Microsecond => jiff::Timestamp::from_microsecond(ticks),
        TimeUnit::Nanosecond => jiff::Timestamp::from_nanosecond(ticks.into()),
    };
    time.ok().map(|time| Value::from(time.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    };
    use parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    /// Each list of batches is one row group.
    fn of(groups: Vec<ArrayRef>) -> ColumnStatistics {
        let batches: Vec<RecordBatch> = groups
            .into_iter()
            .map(|array| RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap())
            .collect();
        let schema = batches[0].schema();
        let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), None).unwrap();
        for batch in &batches {
            writer.write(batch).unwrap();
            writer.flush().unwrap();
        }
        of_columns(&schema, &writer.close().unwrap()).remove("c").unwrap()
    }

    fn bounds(statistics: &ColumnStatistics) -> (Value, Value) {
        let or_null = |bound: &Option<Value>| bound.clone().unwrap_or(Value::Null);
        (or_null(&statistics.min), or_null(&statistics.max))
    }

    #[test]
    fn bounds_and_nulls_go_over_all_row_groups() {
        let statistics = of(vec![
            Arc::new(Int64Array::from(vec![Some(3), None])),
            Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(9)])),
            Arc::new(Int64Array::from(vec![None, None])),
        ]);
        assert_eq!(statistics.null_count, Some(3));
        assert_eq!(bounds(&statistics), (i64::MIN.into(), 9.into()));
    }

    #[test]
    fn nulls_alone_have_no_bounds() {
        let statistics = of(vec![Arc::new(StringArray::new_null(2))]);
        assert_eq!(statistics.null_count, Some(2));
        assert_eq!(bounds(&statistics), (Value::Null, Value::Null));
    }

    #[test]
    fn a_cut_text_still_bounds_the_values() {
        let long = "é".repeat(500);
        let statistics = of(vec![Arc::new(StringArray::from(vec![long.as_str()]))]);
        let (min, max) = bounds(&statistics);
        assert!(min.as_str().unwrap() <= long.as_str() && min.as_str().unwrap().len() < 100);
        assert!(max.as_str().unwrap() >= long.as_str());
    }

    #[test]
    fn what_json_or_a_calendar_cannot_say_is_left_out() {
        let infinite =
            of(vec![Arc::new(Float64Array::from(vec![f64::NEG_INFINITY, 1.5, f64::NAN]))]);
        assert_eq!(bounds(&infinite), (Value::Null, 1.5.into()));
        let dates = of(vec![Arc::new(Date32Array::from(vec![0, i32::MAX]))]);
        assert_eq!(bounds(&dates), ("1970-01-01".into(), Value::Null));
        assert_eq!(
            bounds(&of(vec![Arc::new(BooleanArray::from(vec![true]))])),
            (true.into(), true.into())
        );
    }
}
