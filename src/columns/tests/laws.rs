//! What holds for every record: one row each, and no value lost.

use super::{columns, stamp, texts};
use crate::catalog::{Column, ColumnType};
use crate::columns::{Bindings, FeedSchema, RecordDecoder, SchemaOptions, split};
use arrow::array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::array::{Array, AsArray};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const TABLE: &str = r#"{ a = "text", b = "int", c = "float", d = "bool", e = "date", f = "timestamp",
    g = "json", h = "any", i = "adf", l = ["int"],
    s = { a = "int", b = "text", s = { a = "timestamp" }, l = [{ a = "float", b = "date" }] } }"#;

fn scalar() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "-0",
        "3.0",
        "3.5",
        "1e2",
        "1e999",
        "-1e-999",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "123456789012345678901234567890",
        "1704164645678",
        r#""""#,
        r#""10001""#,
        r#""\ud800""#,
        r#""\ud83d\ude00""#,
        r#""\u0000\n""#,
        r#""2024-01-31""#,
        r#""2024-02-30""#,
        r#""2024-01-02T03:04:05.678+0530""#,
        r#""51502-01-02T03:04:05.678+0000""#,
        r#"{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"x"}]}]}"#,
    ]);
    prop_oneof![
        4 => fixed.prop_map(str::to_owned),
        1 => any::<i128>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_map(|number| serde_json::to_string(&number).unwrap()),
        1 => any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[abcdefghils]".prop_map(|key| format!("\"{key}\"")),
        1 => prop::sample::select(vec![r#""\ud800""#, r#""\u0061""#, r#""a#2""#, r#""""#, r#""/~""#])
            .prop_map(str::to_owned),
        1 => any::<String>().prop_map(|key| serde_json::to_string(&key).unwrap()),
    ]
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let space = prop::sample::select(vec!["", " ", "\n\t"]);
    prop::collection::vec((key(), space, value), 0..12).prop_map(|entries| {
        let entries: Vec<_> = entries
            .iter()
            .map(|(key, space, value)| format!("{space}{key}{space}:{space}{value}{space}"))
            .collect();
        format!("{{{}}}", entries.join(","))
    })
}

pub(super) fn record() -> impl Strategy<Value = String> {
    let value = scalar().prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            object(inner),
        ]
    });
    object(value)
}

/// Reads a record back from its row, and takes from the rescued what it misses there.
pub(super) struct ReadBack {
    pub(super) rescued: BTreeMap<String, String>,
}

impl ReadBack {
    /// An object in a row of its columns; `arrays` are found by name.
    pub(super) fn object<'a>(
        &mut self,
        columns: &[Column],
        array: impl Fn(&str) -> &'a dyn Array,
        row: usize,
        path: &str,
        json: &str,
    ) {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        split::entries(json, |key, value| {
            let Some(key) = split::unquote(key) else { return };
            let takes = |column: &&Column| column.key == *key && !column.is_retired;
            let Some(column) = columns.iter().find(takes) else { return };
            let place = format!("{path}/{key}");
            let repetitions = seen.entry(key.into_owned()).or_default();
            if *repetitions == 0 {
                *repetitions = 1;
                self.value(&column.kind, array(&column.name), row, &place, value);
            } else if value != "null" {
                *repetitions += 1;
                self.is_rescued(&format!("{place}#{repetitions}"), value);
            }
        })
        .unwrap();
        let is_empty = |column: &&Column| column.is_retired || !seen.contains_key(&column.key);
        for column in columns.iter().filter(is_empty) {
            assert!(array(&column.name).is_null(row), "{path}/{}: absent is null", column.key);
        }
    }

    fn value(&mut self, kind: &ColumnType, array: &dyn Array, row: usize, path: &str, json: &str) {
        if array.is_null(row) {
            return if json != "null" {
                self.is_rescued(path, json);
            };
        }
        match kind {
            ColumnType::List(item) => {
                let items = array.as_list::<i32>().value(row);
                let mut count = 0;
                split::items(json, |json| {
                    self.value(item, &items, count, &format!("{path}/{count}"), json);
                    count += 1;
                })
                .unwrap();
                assert_eq!(count, items.len());
            }
            ColumnType::Struct(columns) => {
                let fields = array.as_struct();
                let field = |name: &str| fields.column_by_name(name).unwrap().as_ref();
                self.object(columns, field, row, path, json);
            }
            scalar => assert!(is_same(scalar, array, row, json), "{path}: {json}"),
        }
    }

    fn is_rescued(&mut self, path: &str, json: &str) {
        let rescued = self.rescued.remove(path);
        assert_eq!(rescued.as_deref(), Some(json), "{path} is neither in its column nor rescued");
    }
}

fn is_same(kind: &ColumnType, array: &dyn Array, row: usize, json: &str) -> bool {
    let text = || array.as_string::<i32>().value(row);
    let string = serde_json::from_str::<String>(json).ok();
    match kind {
        ColumnType::Json | ColumnType::Adf => text() == json,
        ColumnType::Text | ColumnType::Any => text() == string.as_deref().unwrap_or(json),
        ColumnType::Bool => array.as_boolean().value(row).to_string() == json,
        ColumnType::Int => {
            let number = array.as_primitive::<Int64Type>().value(row);
            let digits = string.as_deref().unwrap_or(json);
            // Exactness is proven where numbers are read; here it is that the number is this one.
            number.to_string() == digits || digits.parse() == number.to_string().parse::<f64>()
        }
        ColumnType::Float => {
            let number = array.as_primitive::<Float64Type>().value(row);
            json.parse::<f64>().is_ok_and(|float| float.to_bits() == number.to_bits())
        }
        ColumnType::Date => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let day = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days);
            string == Some(day.to_string())
        }
        ColumnType::Timestamp => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            let instant = if let Some(text) = &string {
                jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).unwrap()
            } else {
                let float = json.parse::<f64>().unwrap();
                #[expect(clippy::cast_possible_truncation, reason = "in range, or it were null")]
                jiff::Timestamp::from_millisecond(float as i64).unwrap()
            };
            instant.as_microsecond() == micros
        }
        ColumnType::List(_) | ColumnType::Struct(_) => false,
    }
}

fn decoder(raw: bool) -> RecordDecoder {
    let options = SchemaOptions { raw, ..SchemaOptions::default() };
    RecordDecoder::new(Arc::new(FeedSchema::new(columns(TABLE), options)), stamp())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_in_its_column_or_rescued(records in prop::collection::vec(record(), 1..5)) {
        let mut decoder = decoder(true);
        for record in &records {
            decoder.push(record.as_bytes(), &Bindings::default(), 0).unwrap();
        }
        let decoded = decoder.finish().unwrap();
        let batch = decoded.batch;
        prop_assert_eq!(batch.num_rows(), records.len());
        prop_assert_eq!(&texts(&batch, "_raw"), &records);

        let mut count = 0;
        for (row, record) in records.iter().enumerate() {
            let mut rescued = BTreeMap::new();
            let json = texts(&batch, "_rescued").swap_remove(row);
            if !json.is_empty() {
                split::entries(&json, |key, value| {
                    let key = split::unquote(key).unwrap().into_owned();
                    assert!(rescued.insert(key, value.to_owned()).is_none(), "{json}");
                }).unwrap();
            }
            count += rescued.len() as u64;
            let mut back = ReadBack { rescued };
            back.object(&columns(TABLE), |name| batch.column_by_name(name).unwrap().as_ref(), row, "", record);
            prop_assert!(back.rescued.is_empty(), "rescued without a reason: {:?}", back.rescued);
        }
        prop_assert_eq!(decoded.rescued, count);
        prop_assert_eq!(decoded.rescued_by_column.values().sum::<u64>(), count);
    }

    #[test]
    fn without_raw_every_top_level_value_that_is_not_null_can_be_found(record in record()) {
        let mut decoder = decoder(false);
        decoder.push(record.as_bytes(), &Bindings::default(), 0).unwrap();
        let decoded = decoder.finish().unwrap();
        let rescued = texts(&decoded.batch, "_rescued").remove(0);
        let mut undeclared = Vec::new();
        split::entries(&record, |key, value| {
            let key = split::unquote(key);
            let is_declared = key.is_some_and(|key| columns(TABLE).iter().any(|column| column.key == *key));
            if !is_declared && value != "null" {
                undeclared.push(value.to_owned());
            }
        }).unwrap();
        let mut found = Vec::new();
        if !rescued.is_empty() {
            let mut keys = std::collections::HashSet::new();
            split::entries(&rescued, |key, value| {
                assert!(keys.insert(key), "{rescued}");
                found.push(value);
            }).unwrap();
        }
        for value in undeclared {
            prop_assert!(found.contains(&value.as_str()), "{value} is lost: {rescued}");
        }
    }

    #[test]
    fn any_bytes_are_a_record_or_leave_nothing_behind(bytes in prop::collection::vec(any::<u8>(), 0..40), text in "[{}\\[\\]\",:0a\\\\]{0,20}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            let mut decoder = decoder(true);
            let taken = decoder.push(bytes, &Bindings::default(), 0).is_ok();
            prop_assert_eq!(decoder.rows(), usize::from(taken));
            prop_assert_eq!(decoder.finish().unwrap().batch.num_rows(), usize::from(taken));
        }
    }
}
