//! Every feed of the catalogue, in one run: what landed is what the site holds.

use crate::support::{ADMIN, Compared, Lake, PLAIN, Ran, Row, Scene, Table, plain, shown};
use jira_feeds::catalog::{Catalog, Feed, PERMISSIONS};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Feeds that the site holds no truth about, and why.
const WITHOUT_TRUTH: &[(&str, &str)] = &[
    (
        "license_metrics_by_product",
        "the site counts a product without a role; only those of roles are asked for",
    ),
    ("jql_functions", "they stand beside the records of their endpoint, the fields"),
    ("jql_reserved_words", "they stand beside the records of their endpoint, the fields"),
    (
        "project_custom_avatars",
        "they stand beside the records of their endpoint, the avatars of Jira",
    ),
    ("my_permissions", "a permission is answered by name and not listed"),
];

/// Enough for issues with more comments and worklogs than Jira puts into them.
const ISSUES: u32 = 60;

fn catalogue() -> Catalog {
    Catalog::with_custom([]).expect("the catalogue reads")
}

/// The catalogue's feeds but for what runs say of themselves.
fn feeds(catalog: &Catalog) -> impl Iterator<Item = &Feed> {
    catalog.feeds().map(AsRef::as_ref).filter(|feed| feed.name != PERMISSIONS)
}

fn is_in(list: &[(&str, &str)], feed: &str) -> bool {
    list.iter().any(|(name, reason)| *name == feed && !reason.is_empty())
}

#[track_caller]
fn assert_none(wrong: &[String]) {
    let shown = &wrong[..wrong.len().min(60)];
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), shown.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feed_of_the_catalogue_lands_as_the_site_holds_it() {
    let scene = Scene::with_issues(ISSUES).await;
    let catalog = catalogue();
    let on_request = feeds(&catalog).filter(|feed| feed.on_request);
    let names: Vec<_> =
        ["*"].into_iter().chain(on_request.map(|feed| feed.name.as_str())).collect();
    let ran = scene.run(&names).await.exits_with(0);
    let lake = scene.lake();

    assert_eq!(ran.report()["outcome"], "complete");
    assert_eq!(ran.outcomes().len(), feeds(&catalog).count(), "each feed has one outcome");
    assert_none(&wrong_outcomes(&ran));
    assert!(ran.feed("issue_comments")["requests"].as_u64() > Some(0), "some issues overflow");
    let site = scene.site();
    let compared = Compared::new(&catalog, &site, ADMIN.username, &lake);
    let wrong = feeds(&catalog).flat_map(|feed| wrong_rows(&compared, feed));
    assert_none(&wrong.collect::<Vec<_>>());
    assert_snapshots(&catalog, &lake);
}

/// The feeds of an administrator's run that are not complete, and why.
fn wrong_outcomes(ran: &Ran) -> Vec<String> {
    let incomplete = ran.outcomes().into_iter().filter(|(_, outcome)| outcome != "complete");
    incomplete
        .map(|(feed, outcome)| format!("{feed} is {outcome}: {}", ran.feed(&feed)["reason"]))
        .collect()
}

/// What is wrong with the rows of a feed: against the site, against each other, and column by column.
fn wrong_rows(compared: &Compared<'_>, feed: &Feed) -> Vec<String> {
    let rows = compared.rows(&feed.name);
    let name = feed.name.as_str();
    let mut wrong = Vec::new();
    // A comparison of nothing with nothing would prove nothing.
    if rows.is_empty() {
        wrong.push(format!("{name} has no rows"));
    }
    if !is_in(WITHOUT_TRUTH, name) {
        wrong.extend(compared.differences(feed));
    }
    wrong.extend(repeated_keys(feed, &rows));
    for part in compared.lake.parts(name) {
        let found = Table::read(&part).differences(|row| with_what_is_around(feed, row));
        wrong.extend(found.into_iter().map(|what| format!("{name}{what}")));
    }
    wrong
}

/// Two rows with the same key, and rows without one.
fn repeated_keys(feed: &Feed, rows: &[Value]) -> Vec<String> {
    let mut counts: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(feed.key.iter().map(|name| plain(&row[name])).collect()).or_default() += 1;
    }
    let wrong = counts
        .into_iter()
        .filter(|(key, count)| *count > 1 || key.iter().all(|part| part == "null"));
    wrong.map(|(key, count)| format!("{}: {count} rows with the key {key:?}", feed.name)).collect()
}

/// The record with what it has from around it; whether that is right, the truth tells.
fn with_what_is_around(feed: &Feed, row: &Row<'_>) -> Value {
    let mut record = row.json("_raw");
    for column in feed.columns_from_around() {
        if record.get(&column).is_none() {
            let moment = row.millis(&column).map(Value::from);
            record[&column] = moment.unwrap_or_else(|| json!(row.any_text(&column)));
        }
    }
    record
}

/// Where a feed is in the lists above, and what it is compared with.
fn comparison(feed: &Feed) -> &'static str {
    let name = feed.name.as_str();
    match (&feed.endpoint, &feed.embedded) {
        _ if is_in(WITHOUT_TRUTH, name) => "without truth",
        (Some(_), _) => "compared with the site",
        (None, Some(_)) => "compared with the feed around it",
        (None, None) => panic!("{name} has neither an endpoint nor a feed around it"),
    }
}

/// A snapshot for each group of feeds, and one of what each feed was compared with.
fn assert_snapshots(catalog: &Catalog, lake: &Lake) {
    let mut groups: BTreeMap<String, String> = BTreeMap::new();
    let mut compared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for feed in feeds(catalog) {
        let with = comparison(feed);
        compared.entry(with).or_default().push(&feed.name);
        let text = groups.entry(format!("{}_feeds", feed.group)).or_default();
        let _ = writeln!(text, "{}", shown(feed, lake));
    }
    let lists = compared
        .into_iter()
        .map(|(with, names)| format!("{with}: {}\n  {}\n", names.len(), names.join("\n  ")));
    groups.insert("comparisons".to_owned(), lists.collect());
    for (name, text) in groups {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, text) });
    }
}

#[test]
fn every_exception_names_a_feed_of_the_catalogue_once() {
    let catalog = catalogue();
    let listed: Vec<_> = WITHOUT_TRUTH.iter().map(|(feed, _)| *feed).collect();
    let once: BTreeSet<_> = listed.iter().copied().collect();
    assert_eq!(once.len(), listed.len(), "a feed is listed twice");
    for feed in once {
        assert!(catalog.get(feed).is_some_and(|found| found.name == feed), "{feed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_feed_has_an_outcome_with_evidence_for_a_plain_account() {
    let scene = Scene::with_issues(ISSUES).await.seen_by(PLAIN);
    let catalog = catalogue();
    let ran = scene.run(&["*"]).await;
    let lake = scene.lake();
    let site = scene.site();
    let compared = Compared::new(&catalog, &site, PLAIN.username, &lake);
    let said = lake.rows(PERMISSIONS);
    let mut wrong = Vec::new();
    for feed in feeds(&catalog).filter(|feed| !feed.on_request) {
        let told = ran.feed(&feed.name);
        wrong.extend(without_evidence(&told, &said));
        let is_read = ["complete", "partial"].contains(&plain(&told["outcome"]).as_str());
        if is_read && !is_in(WITHOUT_TRUTH, &feed.name) {
            wrong.extend(compared.differences(feed));
        }
    }
    assert_none(&wrong);
}

/// What an entry of the report does not say of an outcome, or says otherwise than the rows of the run.
fn without_evidence(told: &Value, said: &[Value]) -> Vec<String> {
    let feed = plain(&told["feed"]);
    let has_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
    let denials = told["denials"].as_array().cloned().unwrap_or_default();
    let is_told = |denial: &Value| {
        has_text(&denial["parent"]) && has_text(&denial["path"]) && has_text(&denial["remedy"])
    };
    let has_evidence = match told["outcome"].as_str().unwrap_or_default() {
        "complete" => told["parts"].as_array().is_some_and(|parts| !parts.is_empty()),
        "partial" => !denials.is_empty() && denials.iter().all(is_told),
        "denied" | "skipped" => has_text(&told["reason"]),
        _ => false,
    };
    let mut rows = said.iter().filter(|row| plain(&row["feed"]) == feed);
    let agrees = rows.any(|row| row["parent"].is_null() && row["outcome"] == told["outcome"]);
    let mut rows = said.iter().filter(|row| plain(&row["feed"]) == feed);
    let has_remedy = rows.any(|row| has_text(&row["needs"]) && has_text(&row["remedy"]));
    let needs_remedy = ["partial", "denied"].contains(&plain(&told["outcome"]).as_str());
    if has_evidence && agrees && has_remedy == needs_remedy {
        Vec::new()
    } else {
        vec![format!("{feed} is without evidence: {told}")]
    }
}
