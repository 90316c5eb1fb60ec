//! The same records with one value gone wrong: each lands, and what does not fit is kept where it stood.

use super::cells::{Misfit, misfits};
use super::{catalog, serving, sources};
use jira_feeds::catalog::Column;
use jira_feeds::columns::{
    Bindings, DecodedBatch, FeedSchema, RecordDecoder, SchemaOptions, Stamp,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records of one source are alike, and each has thousands of mutants.
const RECORDS_A_BATCH: usize = 2;

#[test]
fn a_value_that_does_not_fit_is_kept_where_it_stood_and_counted_and_nothing_else_is() {
    let catalog = catalog();
    let batches = [sources::examples(&catalog), sources::real_records(&catalog)];
    for batch in batches.into_iter().flatten().flatten() {
        let records = batch.records.iter().take(RECORDS_A_BATCH);
        let columns = serving::columns(&catalog, &batch.feed, &batch.records);
        let mut decoder = decoder(columns.clone());
        for record in records {
            for (at, mutant) in mutants(record) {
                let found = check(&mut decoder, &columns, &mutant);
                assert!(found.is_ok(), "{} ({}){at}: {found:?}", batch.feed.name, batch.source);
            }
        }
    }
}

fn decoder(columns: Vec<Column>) -> RecordDecoder {
    let schema = FeedSchema::new(columns, SchemaOptions { raw: true, ..SchemaOptions::default() });
    let stamp = Stamp { site: Arc::from("https://example.test"), run_id: Arc::from("run") };
    RecordDecoder::new(Arc::new(schema), stamp)
}

/// The record with each of its values, at any depth, replaced in turn, and left out.
fn mutants(record: &Value) -> Vec<(String, Value)> {
    let strange = [
        Value::Null,
        json!(12345.5),
        json!("no such form"),
        json!(""),
        json!(true),
        json!([1, "a", {}]),
        json!({ "odd": [1] }),
    ];
    let mut mutants = Vec::new();
    for at in places(record) {
        for strange in &strange {
            let mut mutant = record.clone();
            if let Some(place) = mutant.pointer_mut(&at) {
                *place = strange.clone();
            }
            mutants.push((at.clone(), mutant));
        }
        let mut mutant = record.clone();
        if let Some((above, key)) = at.rsplit_once('/')
            && let Some(Value::Object(fields)) = mutant.pointer_mut(above)
        {
            fields.remove(key);
        }
        mutants.push((at, mutant));
    }
    mutants
}

/// The pointers to all values of a record; of a list, to its first two items.
fn places(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
            fields.iter().map(|(key, value)| (escape(key), value)).collect()
        }
        Value::Array(items) => {
            items.iter().take(2).enumerate().map(|(at, item)| (at.to_string(), item)).collect()
        }
        _ => Vec::new(),
    };
    let below = inside.into_iter().flat_map(|(key, value)| {
        let own = format!("/{key}");
        let below = places(value).into_iter().map(move |at| format!("/{key}{at}"));
        std::iter::once(own).chain(below)
    });
    below.collect()
}

/// Whether the decoder rescues of a record what it should, and nothing else.
fn check(
    decoder: &mut RecordDecoder,
    columns: &[Column],
    record: &Value,
) -> Result<(), (Vec<Misfit>, String)> {
    let pushed = decoder.push(record.to_string().as_bytes(), &Bindings::default(), 0);
    pushed.map_err(|error| (Vec::new(), error.to_string()))?;
    let batch = decoder.finish().map_err(|error| (Vec::new(), error.to_string()))?;
    let expected = misfits(columns, record);
    let rescued = rescued_values(&batch);
    let wanted: BTreeMap<_, _> =
        expected.iter().map(|misfit| (misfit.pointer.clone(), misfit.value.clone())).collect();
    let mut by_column = BTreeMap::<String, u64>::new();
    for misfit in &expected {
        *by_column.entry(misfit.column.clone()).or_default() += 1;
    }
    let is_right = batch.batch.num_rows() == 1
        && batch.rescued == expected.len() as u64
        && batch.rescued_by_column == by_column
        && rescued == wanted;
    if is_right {
        Ok(())
    } else {
        Err((expected, format!("{:?} {rescued:?}", batch.rescued_by_column)))
    }
}

fn rescued_values(batch: &DecodedBatch) -> BTreeMap<String, Value> {
    let column = batch.batch.column_by_name("_rescued").expect("the column");
    let text = arrow::util::display::array_value_to_string(column, 0).expect("a text");
    serde_json::from_str(if text.is_empty() { "{}" } else { &text }).expect("an object")
}
