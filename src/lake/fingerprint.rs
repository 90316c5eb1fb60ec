//! A short text that is alike for schemas whose files read together as they are.
//!
//! Must not know what the columns mean.

use arrow::datatypes::{DataType, Field, Fields, Schema};

/// A fingerprint of names, types and nullability; what else is known of a column does not change it.
///
/// Stable over builds and versions: FNV-1a over a description of our own, since neither the standard
/// library's hasher nor Arrow's way of printing types promises to stay.
#[must_use]
pub fn fingerprint(schema: &Schema) -> String {
    text_fingerprint(&describe_all(schema.fields()))
}

/// The same of any text: 16 hexadecimal digits.
#[must_use]
pub fn text_fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

fn describe_all(fields: &Fields) -> String {
    fields.iter().map(|field| describe(field)).collect()
}

fn describe(field: &Field) -> String {
    let kind = match field.data_type() {
        DataType::Utf8 => "text".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Float64 => "float64".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(unit, zone) => {
            format!("timestamp<{unit:?},{}>", zone.as_deref().unwrap_or_default())
        }
        DataType::List(element) => format!("list<{}>", describe(element)),
        DataType::Struct(fields) => format!("struct<{}>", describe_all(fields)),
        other => format!("{other:?}"),
    };
    let nullable = if field.is_nullable() { "?" } else { "" };
    // The length first: no name can then be taken for the end of another column.
    format!("{}:{}:{kind}{nullable};", field.name().len(), field.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn of(fields: Vec<Field>) -> String {
        fingerprint(&Schema::new(fields))
    }

    #[test]
    fn names_types_order_and_nullability_count_and_metadata_does_not() {
        let base = || {
            vec![Field::new("id", DataType::Utf8, false), Field::new("n", DataType::Int64, true)]
        };
        let mut renamed = base();
        renamed[1] = renamed[1]
            .clone()
            .with_metadata(HashMap::from([("name".to_owned(), "Points".to_owned())]));
        assert_eq!(of(base()), of(renamed));

        let others = [
            vec![base().remove(0)],
            base().into_iter().rev().collect(),
            vec![base().remove(0), Field::new("n", DataType::Float64, true)],
            vec![base().remove(0), Field::new("n", DataType::Int64, false)],
            vec![base().remove(0), Field::new_list("n", base().remove(1), true)],
            vec![base().remove(0), Field::new_struct("n", base(), true)],
        ];
        for other in others {
            assert_ne!(of(base()), of(other.clone()), "{other:?}");
        }
    }

    #[test]
    fn it_stays_the_same_over_versions() {
        assert_eq!(of(vec![Field::new("id", DataType::Utf8, false)]), "84c0c17a008fa8ba");
    }
}
