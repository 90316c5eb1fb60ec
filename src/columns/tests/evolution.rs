//! Columns that come and go: parts of all times read together, and no value loses its column.

use super::laws::{ReadBack, record};
use super::{columns, stamp, texts};
use crate::catalog::{Column, ColumnType};
use crate::columns::{
    Bindings, Evolution, FeedSchema, RecordDecoder, SchemaOptions, evolve, split,
};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Field, Fields};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn evolved(history: &[&str]) -> Evolution {
    let first = Evolution { columns: Vec::new(), notes: Vec::new() };
    history.iter().enumerate().fold(first, |before, (index, now)| {
        evolve(columns(now), (index > 0).then_some(&before.columns))
    })
}

/// The columns as text: `name type`, retired ones in brackets.
fn shown(columns: &[Column]) -> Vec<String> {
    let schema = FeedSchema::new(columns.to_vec(), SchemaOptions::default());
    let mut fields = schema.arrow().fields().iter();
    let mut all = Vec::new();
    for column in columns {
        let field = fields.next().unwrap();
        assert_eq!(field.name(), &column.name);
        let text = format!("{} {}", field.name(), field.data_type());
        all.push(if column.is_retired { format!("({text})") } else { text });
        if column.kind == ColumnType::Adf {
            all.push(fields.next().unwrap().name().clone());
        }
    }
    all
}

fn field(key: &str, kind: ColumnType, called: &str) -> Column {
    let metadata = BTreeMap::from([("jira.name".to_owned(), called.to_owned())]);
    Column { name: called.to_owned(), metadata, ..Column::new(key, kind) }
}

#[test]
fn without_a_before_there_is_no_news() {
    let Evolution { columns, notes } = evolved(&[r#"{ a = "text", A = "int", _raw = "text" }"#]);
    assert_eq!(notes, [""; 0]);
    assert_eq!(shown(&columns), ["a Utf8", "A_2 Int64", "_raw_2 Utf8"]);
}

#[test]
fn what_is_new_comes_last_and_what_is_gone_stays() {
    let Evolution { columns, notes } =
        evolved(&[r#"{ a = "text", b = "int" }"#, r#"{ c = "date", b = "int" }"#]);
    assert_eq!(shown(&columns), ["(a Utf8)", "b Int64", "c Date32"]);
    assert_eq!(notes, ["column a is gone: it stays and is null", "column c is new"]);
}

#[test]
fn a_changed_type_gets_a_column_of_its_own_and_finds_it_again() {
    let (text, int, float) = (r#"{ a = "text" }"#, r#"{ a = "int" }"#, r#"{ a = "float" }"#);
    let Evolution { columns, notes } = evolved(&[text, float]);
    assert_eq!(shown(&columns), ["(a Utf8)", "a_2 Float64"]);
    assert_eq!(notes, ["column a was text and is a number now: the values are in a_2"]);
    let third = evolved(&[text, float, int]);
    assert_eq!(shown(&third.columns), ["(a Utf8)", "(a_2 Float64)", "a_3 Int64"]);
    let Evolution { columns, notes } = evolved(&[text, float, int, text]);
    assert_eq!(shown(&columns), ["a Utf8", "(a_2 Float64)", "(a_3 Int64)"]);
    assert_eq!(notes, ["column a_3 was a whole number and is text now: the values are in a"]);
    let Evolution { columns, notes } = evolved(&[text, float, "{}", float]);
    assert_eq!(shown(&columns), ["(a Utf8)", "a_2 Float64"]);
    assert_eq!(notes, ["column a_2 is there again"]);
}

#[test]
fn objects_and_lists_of_them_only_grow() {
    let Evolution { columns, notes } = evolved(&[
        r#"{ s = { a = "text", b = "int" }, l = [{ x = "text" }], t = ["text"], e = {} }"#,
        r#"{ s = { a = "int" }, l = [{ y = "int", x = "text" }], t = ["int"], e = { a = "int" } }"#,
    ]);
    insta::assert_snapshot!(shown(&columns).join("\n"));
    insta::assert_snapshot!(notes.join("\n"));
}

#[test]
fn a_column_keeps_its_name_when_its_field_is_renamed() {
    let number = || ColumnType::Float;
    let first = evolve(vec![field("f", number(), "Points")], None);
    let second = evolve(vec![field("f", number(), "Story points")], Some(&first.columns));
    let third = evolve(vec![field("f", number(), "Size")], Some(&second.columns));
    assert_eq!(
        second.notes,
        ["the field of column Points was called \"Points\" and is called \"Story points\" now"]
    );
    assert_eq!(third.columns[0].name, "Points");
    assert_eq!(third.columns[0].metadata["jira.name"], "Size");
    assert_eq!(third.columns[0].metadata["jira.former_names"], r#"["Points","Story points"]"#);
    let back = evolve(vec![field("f", number(), "Points")], Some(&third.columns));
    assert_eq!(back.columns[0].metadata["jira.former_names"], r#"["Story points","Size"]"#);
    let other = evolve(vec![field("g", number(), "points")], Some(&back.columns));
    assert_eq!(shown(&other.columns), ["(Points Float64)", "points_2 Float64"]);
}

#[test]
fn a_new_column_never_takes_the_text_beside_a_rich_one() {
    let Evolution { columns, .. } =
        evolved(&[r#"{ d = "adf" }"#, r#"{ d = "text", d_text = "text", _absent = "int" }"#]);
    assert_eq!(
        shown(&columns),
        ["(d Utf8)", "d_text", "d_2 Utf8", "d_text_2 Utf8", "_absent_2 Int64"]
    );
}

#[test]
fn a_retired_column_takes_no_value_and_is_not_told_as_absent() {
    let now = evolved(&[r#"{ f = { a = "text", b = "int" } }"#, r#"{ f = { b = "int" } }"#]);
    let absent_at = Some(crate::catalog::Pointer::parse("/f").unwrap());
    let options = SchemaOptions { absent_at, ..SchemaOptions::default() };
    let mut decoder = RecordDecoder::new(Arc::new(FeedSchema::new(now.columns, options)), stamp());
    for record in [r#"{"f":{"a":"x","b":1}}"#, r#"{"f":{}}"#] {
        decoder.push(record.as_bytes(), &Bindings::default(), 0).unwrap();
    }
    let batch = decoder.finish().unwrap().batch;
    let inner = batch.column(0).as_struct();
    assert_eq!(inner.column_by_name("a").unwrap().null_count(), 2);
    assert_eq!(texts(&batch, "_rescued"), [r#"{"/f/a":"x"}"#, ""]);
    assert_eq!(texts(&batch, "_absent"), ["", r#"["b"]"#]);
}

/// Any type, but that most are scalar.
fn kind() -> impl Strategy<Value = ColumnType> {
    let scalar = prop::sample::select(vec![
        ColumnType::Text,
        ColumnType::Int,
        ColumnType::Float,
        ColumnType::Timestamp,
        ColumnType::Json,
        ColumnType::Adf,
    ]);
    scalar.prop_recursive(2, 8, 3, |inner| {
        // No list of rich texts: it has no second column.
        let item = inner.clone().prop_filter("plain", |kind| *kind != ColumnType::Adf);
        prop_oneof![
            item.prop_map(|item| ColumnType::List(Box::new(item))),
            members(inner).prop_map(ColumnType::Struct),
        ]
    })
}

/// Columns with keys as those of the records that [`record`] draws, and names that clash.
fn members(kind: impl Strategy<Value = ColumnType>) -> impl Strategy<Value = Vec<Column>> {
    let name = prop::sample::select(vec!["a", "A", "b", "b_text", "a_2", "_raw", "c"]);
    prop::collection::btree_map("[a-f]", (name, kind), 1..5).prop_map(|columns| {
        let column = |(key, (name, kind)): (String, (&str, _))| Column {
            name: name.to_owned(),
            ..Column::new(key, kind)
        };
        columns.into_iter().map(column).collect()
    })
}

/// Every column of before stands where it stood, with its name and all of its type.
fn stays(before: &Fields, now: &Fields) -> bool {
    before.len() <= now.len() && before.iter().zip(now).all(|(old, new)| stays_one(old, new))
}

fn stays_one(before: &Field, now: &Field) -> bool {
    before.name() == now.name()
        && match (before.data_type(), now.data_type()) {
            (DataType::Struct(before), DataType::Struct(now)) => stays(before, now),
            (DataType::List(before), DataType::List(now)) => stays_one(before, now),
            (before, now) => before == now,
        }
}

/// The declared fields of a schema, which come first.
fn declared(columns: &[Column]) -> Fields {
    let schema = FeedSchema::new(columns.to_vec(), SchemaOptions::default());
    let ours = schema.arrow().index_of("_site").unwrap();
    schema.arrow().fields().iter().take(ours).cloned().collect()
}

/// Each key of now has one column that takes its values; that holds inside objects too.
fn takes_all(now: &[Column], written: &[Column]) -> bool {
    let live: Vec<_> = written.iter().filter(|column| !column.is_retired).collect();
    live.len() == now.len()
        && now.iter().all(|column| {
            let taker = live.iter().find(|one| one.key == column.key);
            taker.is_some_and(|taker| takes(&column.kind, &taker.kind))
        })
}

fn takes(now: &ColumnType, written: &ColumnType) -> bool {
    match (now, written) {
        (ColumnType::Struct(now), ColumnType::Struct(written)) => takes_all(now, written),
        (ColumnType::List(now), ColumnType::List(written)) => takes(now, written),
        (now, written) => now == written,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_lake_of_any_history_reads_as_one(
        history in prop::collection::vec(members(kind()), 1..6),
        record in record(),
    ) {
        let mut before: Option<Vec<Column>> = None;
        for now in history {
            let Evolution { columns, .. } = evolve(now.clone(), before.as_deref());
            if let Some(before) = &before {
                prop_assert!(stays(&declared(before), &declared(&columns)));
            }
            prop_assert!(takes_all(&now, &columns));
            let again = evolve(now, Some(&columns));
            prop_assert_eq!(&again, &Evolution { columns: columns.clone(), notes: Vec::new() });
            let kept = serde_json::to_string(&columns).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Vec<Column>>(&kept).unwrap(), &columns);
            before = Some(columns);
        }
        let columns = before.unwrap();
        let options = SchemaOptions { raw: true, ..SchemaOptions::default() };
        let schema = Arc::new(FeedSchema::new(columns.clone(), options));
        let mut decoder = RecordDecoder::new(schema, stamp());
        decoder.push(record.as_bytes(), &Bindings::default(), 0).unwrap();
        let batch = decoder.finish().unwrap().batch;
        let mut rescued = BTreeMap::new();
        let json = texts(&batch, "_rescued").remove(0);
        if !json.is_empty() {
            split::entries(&json, |key, value| {
                rescued.insert(split::unquote(key).unwrap().into_owned(), value.to_owned());
            }).unwrap();
        }
        let mut back = ReadBack { rescued };
        back.object(&columns, |name| batch.column_by_name(name).unwrap().as_ref(), 0, "", &record);
    }
}
