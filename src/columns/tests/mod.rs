mod evolution;
mod laws;

use super::*;
use crate::catalog::{Column, NamedTypes, Pointer};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::util::pretty::pretty_format_batches;
use std::sync::Arc;

/// The columns of a type expression in the catalogue's language.
fn columns(table: &str) -> Vec<Column> {
    let types = NamedTypes::parse(&format!("record = {table}")).unwrap();
    match types.get("record") {
        Some(crate::catalog::ColumnType::Struct(columns)) => columns.clone(),
        other => panic!("{other:?}"),
    }
}

fn stamp() -> Stamp {
    Stamp { site: "https://acme.atlassian.net".into(), run_id: "r1".into() }
}

fn decoder(table: &str, options: SchemaOptions) -> RecordDecoder {
    RecordDecoder::new(Arc::new(FeedSchema::new(columns(table), options)), stamp())
}

fn decode(table: &str, options: SchemaOptions, records: &[&str]) -> DecodedBatch {
    let mut decoder = decoder(table, options);
    for record in records {
        decoder.push(record.as_bytes(), &Bindings::default(), 0).unwrap();
    }
    decoder.finish().unwrap()
}

fn with_raw() -> SchemaOptions {
    SchemaOptions { raw: true, ..SchemaOptions::default() }
}

/// The texts of a column; empty for null.
fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let array = batch.column_by_name(column).unwrap().as_string::<i32>();
    array.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
}

/// The columns before `_site`, as a table.
fn table(batch: &RecordBatch) -> String {
    let declared = batch.schema().index_of("_site").unwrap();
    let shown = batch.project(&(0..declared).collect::<Vec<_>>()).unwrap();
    pretty_format_batches(&[shown]).unwrap().to_string()
}

#[test]
fn each_type_is_decoded_and_each_row_is_stamped() {
    let decoded = decode(
        r#"{ t = "text", i = "int", f = "float", b = "bool", d = "date", at = "timestamp", j = "json", a = "any", l = ["int"], s = { x = "text", y = ["text"] } }"#,
        with_raw(),
        &[
            r#"{"t":"a","i":1,"f":1.5,"b":true,"d":"2024-01-31","at":"2024-01-02T03:04:05.678+0100","j":{"k": [1]},"a":"x","l":[1,null,"3"],"s":{"x":"y","y":["z"]}}"#,
            r#"{"t":2,"s":{},"l":[],"extra":1}"#,
            r#"{"s":null}"#,
        ],
    );
    insta::assert_snapshot!(table(&decoded.batch));
    assert_eq!(decoded.rescued, 0);
    assert_eq!(texts(&decoded.batch, "_rescued"), ["", "", ""]);
    assert_eq!(texts(&decoded.batch, "_site")[2], "https://acme.atlassian.net");
    assert_eq!(texts(&decoded.batch, "_run_id"), ["r1"; 3]);
    assert_eq!(texts(&decoded.batch, "_raw")[2], r#"{"s":null}"#);
    assert_eq!(decoded.batch.column_by_name("_deleted").unwrap().as_boolean().true_count(), 0);
}

fn rescued_of(table: &str, record: &str) -> String {
    texts(&decode(table, with_raw(), &[record]).batch, "_rescued").remove(0)
}

#[test]
fn a_value_that_does_not_fit_is_null_and_stands_in_rescued_as_it_came() {
    let decoded = decode(
        r#"{ i = "int", t = "text", l = ["int"], s = { d = "date", l = [{ at = "timestamp" }] } }"#,
        with_raw(),
        &[
            r#"{"i":1e999,"t":"\ud800","l":{"a": 1},"s":[]}"#,
            r#"{"i":99999999999999999999,"t":true,"l":[1,"x",2],"s":{"d":"","l":[{},{"at":"51502-01-01T00:00:00.000+0000"},5]}}"#,
        ],
    );
    insta::assert_snapshot!(table(&decoded.batch));
    assert_eq!(
        texts(&decoded.batch, "_rescued"),
        [
            r#"{"/i":1e999,"/t":"\ud800","/l":{"a": 1},"/s":[]}"#,
            r#"{"/i":99999999999999999999,"/t":true,"/l/1":"x","/s/d":"","/s/l/1/at":"51502-01-01T00:00:00.000+0000","/s/l/2":5}"#,
        ]
    );
    assert_eq!(decoded.rescued, 10);
    let counts =
        [("/i", 2), ("/l", 2), ("/s", 1), ("/s/d", 1), ("/s/l", 1), ("/s/l/at", 1), ("/t", 2)];
    let counts = counts.map(|(column, count)| (column.to_owned(), count));
    assert_eq!(decoded.rescued_by_column.into_iter().collect::<Vec<_>>(), counts);
}

#[test]
fn the_first_of_repeated_keys_counts_and_the_others_are_rescued() {
    let table = r#"{ a = "int", s = { b = "int" } }"#;
    let record = r#"{"a":null,"a":1,"\u0061":2,"a":null,"s":{"b":1,"b":2},"s":{"b":3}}"#;
    assert_eq!(rescued_of(table, record), r#"{"/a#2":1,"/a#3":2,"/s/b#2":2,"/s#2":{"b":3}}"#);
    assert_eq!(rescued_of(table, r#"{"a":"x","a":"y"}"#), r#"{"/a":"x","/a#2":"y"}"#);
}

#[test]
fn repetition_is_judged_anew_in_each_object() {
    let decoded = decode(
        r#"{ l = [{ a = "int" }] }"#,
        with_raw(),
        &[r#"{"l":[{"a":1},{"a":2}]}"#, r#"{"l":[{"a":3}]}"#],
    );
    assert_eq!(decoded.rescued, 0);
    insta::assert_snapshot!(table(&decoded.batch));
}

#[test]
fn undeclared_values_are_rescued_uncounted_where_the_record_is_not_kept() {
    let options = SchemaOptions {
        elsewhere: ["/fields/comment/comments", "/changelog", "/fields/l"]
            .map(|place| Pointer::parse(place).unwrap())
            .to_vec(),
        ..SchemaOptions::default()
    };
    let record = r#"{"x":{"y": 1},"none":null,"\ud800":1,"x":2,"changelog":{"histories":[1]},
        "fields":{"a":1,"b":[2],"comment":{"total":3,"comments":[4],"comments/":5},"l":6,"s":{"t":7}}}"#;
    let decoded = decode(r#"{ fields = { a = "int", s = { u = "int" } } }"#, options, &[record]);
    assert_eq!(
        texts(&decoded.batch, "_rescued"),
        [
            r#"{"/x":{"y": 1},"/\ud800":1,"/x#2":2,"/fields/b":[2],"/fields/comment/total":3,"/fields/comment/comments~1":5,"/fields/s/t":7}"#
        ]
    );
    assert_eq!((decoded.rescued, decoded.rescued_by_column.len()), (0, 0));
    assert!(decoded.batch.column_by_name("_raw").is_none());
}

#[test]
fn an_undeclared_value_around_one_elsewhere_is_rescued_whole_if_it_is_no_object() {
    let elsewhere = vec![Pointer::parse("/a/b").unwrap()];
    let options = || SchemaOptions { elsewhere: elsewhere.clone(), ..SchemaOptions::default() };
    let records = [r#"{"a":[1]}"#, r#"{"a":{"b":1}}"#];
    let decoded = decode(r#"{ id = "text" }"#, options(), &records);
    assert_eq!(texts(&decoded.batch, "_rescued"), [r#"{"/a":[1]}"#, ""]);
}

#[test]
fn rich_text_has_its_markdown_beside_it() {
    let document = r#"{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"hi"}]}]}"#;
    let records = [
        format!(r#"{{"d":{document},"l":[{document}]}}"#),
        r#"{"d":"plain","l":null}"#.to_owned(),
        r#"{"d":{"odd":1}}"#.to_owned(),
        r"{}".to_owned(),
    ];
    let records: Vec<_> = records.iter().map(String::as_str).collect();
    let decoded = decode(r#"{ d = "adf", l = ["adf"], z = "int" }"#, with_raw(), &records);
    assert_eq!(texts(&decoded.batch, "d"), [document, r#""plain""#, r#"{"odd":1}"#, ""]);
    assert_eq!(texts(&decoded.batch, "d_text"), ["hi", "plain", "", ""]);
    assert!(decoded.batch.column_by_name("d_text").unwrap().is_null(2));
    let schema = decoded.batch.schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names[..4], ["d", "d_text", "l", "z"]);
    assert_eq!(decoded.rescued, 0);
}

#[test]
fn absent_keys_are_told_from_null_ones() {
    let at = |place: &str| SchemaOptions {
        absent_at: Some(Pointer::parse(place).unwrap()),
        ..SchemaOptions::default()
    };
    let records = [
        r#"{"fields":{"c":1,"a":null,"b":[]}}"#,
        r#"{"fields":{"b":1}}"#,
        r#"{"id":5}"#,
        r#"{"fields":"odd"}"#,
        r#"{"fields":{"a":1,"b":2,"c":3}}"#,
    ];
    let table = r#"{ id = "text", fields = { c = "int", "a\"" = "int", a = "int", b = "int" } }"#;
    let decoded = decode(table, at("/fields"), &records);
    let all = r#"["c","a\"","a","b"]"#;
    let expected = [r#"["a\""]"#, r#"["c","a\"","a"]"#, all, all, r#"["a\""]"#];
    assert_eq!(texts(&decoded.batch, "_absent"), expected);

    let at_root = decode(table, at(""), &records[..3]);
    assert_eq!(texts(&at_root.batch, "_absent"), [r#"["id"]"#, r#"["id"]"#, r#"["fields"]"#]);
    assert!(
        decode(table, at("/nowhere"), &records).batch.column_by_name("_absent").unwrap().is_null(0)
    );
    let full = decode(r#"{ id = "text" }"#, at(""), &[r#"{"id":1}"#]);
    assert!(full.batch.column_by_name("_absent").unwrap().is_null(0));
}

#[test]
fn a_binding_fills_a_column_whose_key_the_record_lacks() {
    let mut decoder = decoder(r#"{ id = "text", board = "int", l = ["int"] }"#, with_raw());
    let bindings = |board: &str| {
        Bindings::new(
            [("board", board), ("unknown", "1"), ("l", "[1]")]
                .map(|(k, v)| (k.to_owned(), v.to_owned())),
        )
    };
    for (record, board) in [
        (r#"{"id":1}"#, "84"),
        (r#"{"id":2,"board":5}"#, "84"),
        (r#"{"id":3,"board":null}"#, "84"),
        (r#"{"id":4,"board":"x"}"#, "84"),
        (r#"{"id":5}"#, "x"),
    ] {
        decoder.push(record.as_bytes(), &bindings(board), 0).unwrap();
    }
    decoder.push_deleted(&bindings("7"), 0);
    let batch = decoder.finish().unwrap().batch;
    insta::assert_snapshot!(table(&batch));
    assert_eq!(
        texts(&batch, "_rescued"),
        ["", "", "", r#"{"/board":"x"}"#, r#"{"/board":"x"}"#, ""]
    );
    let deleted = batch.column_by_name("_deleted").unwrap().as_boolean();
    assert_eq!((deleted.true_count(), deleted.value(5)), (1, true));
    assert!(batch.column_by_name("_raw").unwrap().is_null(5));
}

#[test]
fn what_is_no_record_is_refused_and_leaves_nothing_behind() {
    let mut decoder = decoder(r#"{ a = "int" }"#, with_raw());
    let none = Bindings::default();
    for text in [
        &b"[]"[..],
        b"",
        b"null",
        b"{\"a\":1,",
        b"{\"a\":1}{}",
        b"{\"a\":\"\xff\"}",
        b"\xef\xbb\xbf{}",
    ] {
        assert!(decoder.push(text, &none, 0).is_err(), "{text:?}");
    }
    assert!(decoder.is_empty());
    decoder.push(br#"{"a":2}"#, &none, 0).unwrap();
    let batch = decoder.finish().unwrap().batch;
    insta::assert_snapshot!(table(&batch));
}

#[test]
fn deep_json_is_kept_as_text_and_a_deep_record_decodes() {
    let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
    let record =
        format!(r#"{{"j":{deep},"l":{deep},"x":{deep},"d":{{"type":"doc","content":{deep}}}}}"#);
    let decoded =
        decode(r#"{ j = "json", l = [["int"]], d = "adf" }"#, SchemaOptions::default(), &[&record]);
    assert_eq!(texts(&decoded.batch, "j"), [deep.as_str()]);
    let inner = format!("{}{}", "[".repeat(998), "]".repeat(998));
    assert_eq!(texts(&decoded.batch, "_rescued"), [format!(r#"{{"/l/0/0":{inner},"/x":{deep}}}"#)]);
    assert!(decoded.batch.column_by_name("d_text").unwrap().is_null(0));
}

#[test]
fn a_decoder_is_empty_after_a_batch_and_may_be_used_again() {
    let mut decoder = decoder(r#"{ a = "int", s = { l = [{ b = "text" }] } }"#, with_raw());
    for round in 0..3 {
        assert_eq!((decoder.rows(), decoder.bytes()), (0, 0));
        decoder.push(br#"{"a":"x","s":{"l":[{"b":"y"}]}}"#, &Bindings::default(), 7).unwrap();
        decoder.push(b"{}", &Bindings::default(), 7).unwrap();
        assert!(decoder.bytes() > 60, "{round}");
        let taken = decoder.finish().unwrap();
        assert_eq!((taken.batch.num_rows(), taken.rescued), (2, 1));
    }
    assert_eq!(decoder.finish().unwrap().batch.num_rows(), 0);
}

#[test]
fn names_that_readers_would_confuse_are_numbered() {
    let mut declared = columns(
        r#"{ d = "adf", d_text = "text", D = "int", _RAW = "text", s = { x = "int", X = "int" }, e = {} }"#,
    );
    declared.push(Column::new("d", crate::catalog::ColumnType::Int));
    let schema = FeedSchema::new(declared, with_raw());
    insta::assert_debug_snapshot!(
        schema
            .arrow()
            .fields()
            .iter()
            .map(|field| format!("{} {}", field.name(), field.data_type()))
            .collect::<Vec<_>>()
    );
}

#[test]
fn metadata_travels_into_the_schema_and_not_into_the_fingerprint() {
    let mut declared = columns(r#"{ customfield_1 = "float", s = { a = ["int"] } }"#);
    let plain = FeedSchema::new(declared.clone(), SchemaOptions::default());
    declared[0].metadata.insert("jira.name".into(), "Story Points".into());
    let named = FeedSchema::new(declared, SchemaOptions::default());
    assert_eq!(named.arrow().field(0).metadata()["jira.name"], "Story Points");
    assert_eq!(plain.fingerprint(), named.fingerprint());
    insta::assert_snapshot!(plain.fingerprint());
    for other in [
        r#"{ customfield_1 = "int", s = { a = ["int"] } }"#,
        r#"{ customfield_1 = "float", s = { a = "int" } }"#,
    ] {
        assert_ne!(
            FeedSchema::new(columns(other), SchemaOptions::default()).fingerprint(),
            plain.fingerprint()
        );
    }
    assert_ne!(
        FeedSchema::new(columns("{}"), with_raw()).fingerprint(),
        FeedSchema::new(columns("{}"), SchemaOptions::default()).fingerprint()
    );
}

#[test]
fn a_key_leads_to_its_column_whatever_that_is_called() {
    let declared = columns(r#"{ d = "adf", id = "text", ID = "int", _SITE = "text" }"#);
    let schema = FeedSchema::new(declared, with_raw());
    let found = ["d", "id", "ID", "_SITE", "_site", "d_text"].map(|key| schema.column_of(key));
    assert_eq!(found, [Some("d"), Some("id"), Some("ID_2"), Some("_SITE_2"), None, None]);
}
