//! Real input, through the whole road: every feed is served Atlassian's own examples and the records of
//! a real site over HTTP; what lands holds each declared value as the record has it.
//!
//! `JIRA_OPENAPI_DIR` names a folder with Atlassian's two `OpenAPI` documents (`*.json`), `JIRA_REALDATA_DIR` one
//! with records (`<stream>.jsonl`). Without them these tests say that they did not run;
//! with `JIRA_FEEDS_REQUIRE_REAL_INPUT=1` they fail.

mod cells;
mod mutations;
mod serving;
mod site_fields;
mod sources;

use crate::support::{Ran, Scene, TRUTHS};
use jira_feeds::catalog::{Catalog, Feed, PERMISSIONS, Strategy};
use serde_json::{Map, Value};
use sources::Batch;
use std::collections::{BTreeSet, HashSet};

/// Feeds that neither source has records of, and why.
const WITHOUT_INPUT: &[(&str, &str)] = &[
    ("_permissions", "its rows are this program's own"),
    (
        "service_desks",
        "Service Management has a document of its own, and the real site's records have none",
    ),
];

/// Feeds whose endpoint answers with the record itself.
const ONE_OBJECT: &[&str] = &["board_configuration", "myself", "server_info"];

/// The feeds whose endpoints `serving` can put around a record. The others are held against the documents by
/// the contract test, and against the made-up site by `every_feed`.
fn is_of_the_core(feed: &Feed) -> bool {
    feed.name == PERMISSIONS || TRUTHS.iter().any(|truth| truth.feed == feed.name)
}

fn catalog() -> Catalog {
    Catalog::with_custom([]).expect("the built-in catalogue reads")
}

#[tokio::test(flavor = "multi_thread")]
async fn atlassian_s_examples_land_as_they_are() {
    let catalog = catalog();
    let Some(mut batches) = sources::examples(&catalog) else { return };
    batches.retain(|batch| is_of_the_core(&batch.feed));
    through_the_whole_road(&catalog, batches).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_site_s_records_land_as_they_are() {
    let catalog = catalog();
    let Some(batches) = sources::real_records(&catalog) else { return };
    through_the_whole_road(&catalog, batches).await;
}

#[test]
fn every_feed_has_real_input_or_a_reason() {
    let catalog = catalog();
    let sources = (sources::examples(&catalog), sources::real_records(&catalog));
    let (Some(examples), Some(real)) = sources else { return };
    let with_input: BTreeSet<_> =
        examples.iter().chain(&real).map(|batch| batch.feed.name.as_str()).collect();
    let core = catalog.feeds().filter(|feed| is_of_the_core(feed));
    let names = core.map(|feed| feed.name.as_str());
    let without: Vec<_> = names.filter(|name| !with_input.contains(name)).collect();
    let excused: Vec<_> = WITHOUT_INPUT.iter().map(|(name, _)| *name).collect();
    assert_eq!(without, excused);
}

async fn through_the_whole_road(catalog: &Catalog, batches: Vec<Batch>) {
    let mut findings = Vec::new();
    for batch in &batches {
        let feed = &batch.feed;
        let records = distinct(feed, &batch.records);
        let found = if ONE_OBJECT.contains(&feed.name.as_str()) {
            one_by_one(catalog, feed, &records).await
        } else {
            on_every_road(catalog, feed, &records).await
        };
        findings.extend(
            found.into_iter().map(|what| format!("{} ({}): {what}", feed.name, batch.source)),
        );
    }
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

/// The records with each key once: examples repeat ids, a site does not.
fn distinct(feed: &Feed, records: &[Value]) -> Vec<Value> {
    let mut seen = HashSet::new();
    let key = |record: &Value| -> Vec<String> {
        feed.key.iter().map(|key| record[key].to_string()).collect()
    };
    records.iter().filter(|record| seen.insert(key(record))).cloned().collect()
}

async fn on_every_road(catalog: &Catalog, feed: &Feed, records: &[Value]) -> Vec<String> {
    let scene = Scene::with_issues(0).await;
    let around = serving::serve(&scene, catalog, feed, records);
    let mut found = run_and_compare(&scene, catalog, feed, records, &around).await;
    if feed.embedded.is_some() && feed.strategy == Strategy::Worklogs {
        let scene = Scene::with_issues(0).await.config("[feed.issues]\njql = \"project = REAL\"\n");
        let around = serving::serve_embedded(scene.control(), feed, records);
        found.extend(run_and_compare(&scene, catalog, feed, records, &around).await);
    }
    if feed.embedded.is_some() && feed.endpoint.is_some() {
        let scene = Scene::with_issues(0).await.config("[feed.issues]\njql = \"project = REAL\"\n");
        let around = serving::serve_overflow(scene.control(), feed, records);
        found.extend(run_and_compare(&scene, catalog, feed, records, &around).await);
    }
    found
}

async fn one_by_one(catalog: &Catalog, feed: &Feed, records: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for record in records {
        let scene = Scene::with_issues(0).await;
        let records = std::slice::from_ref(record);
        let around = serving::serve(&scene, catalog, feed, records);
        serving::serve_one(scene.control(), feed, record.clone());
        found.extend(run_and_compare(&scene, catalog, feed, records, &around).await);
    }
    found
}

async fn run_and_compare(
    scene: &Scene,
    catalog: &Catalog,
    feed: &Feed,
    records: &[Value],
    around: &Map<String, Value>,
) -> Vec<String> {
    let ran = scene.run(&[&feed.name]).await;
    let mut found = report_faults(&ran, feed, records.len());
    let rows = scene.lake().rows(&feed.name);
    let mut left = records.to_vec();
    let columns = serving::columns(catalog, feed, records);
    for row in &rows {
        let raw = row["_raw"].as_str().and_then(|raw| serde_json::from_str::<Value>(raw).ok());
        let Some(at) = left.iter().position(|record| Some(record) == raw.as_ref()) else {
            found.push(format!("a row of no record: {row}"));
            continue;
        };
        let mut record = left.swap_remove(at);
        for (key, value) in around {
            if record.get(key).is_none() {
                record[key] = value.clone();
            }
        }
        found.extend(cells::differences(&columns, &record, row));
        if !row["_rescued"].is_null() {
            found.push(format!("rescued: {}", row["_rescued"]));
        }
    }
    found.extend(left.iter().map(|record| format!("a record without a row: {record}")));
    found
}

fn report_faults(ran: &Ran, feed: &Feed, records: usize) -> Vec<String> {
    if ran.code != Some(0) {
        return vec![format!("{ran:#?}")];
    }
    let report = ran.feed(&feed.name);
    let expected = [("records", records), ("rescued", 0)];
    let wrong = expected.into_iter().filter(|(key, number)| report[key] != *number);
    wrong.map(|(key, number)| format!("{key} is {}, not {number}", report[key])).collect()
}
