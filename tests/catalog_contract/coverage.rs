//! What the documents offer and the catalogue lacks: nothing but what stands here, with the reason.

use crate::documents::Documents;
use jira_feeds::catalog::{Catalog, READING_POSTS, nameless};
use std::collections::{BTreeMap, BTreeSet};

const LEFT_OUT: &str = include_str!("left_out.toml");

#[test]
fn everything_that_the_documents_let_one_read_is_a_feed_or_has_a_reason() {
    let Some(documents) = Documents::read("JIRA_OPENAPI_DIR") else { return };
    let catalog = Catalog::with_custom([]).expect("the built-in catalogue reads");
    let endpoints = catalog.feeds().flat_map(|feed| feed.endpoints());
    let covered: BTreeSet<String> = endpoints.map(|at| nameless(&at.path)).collect();
    let lacking: BTreeSet<String> = documents
        .operations()
        .filter(|(verb, path, _)| reads(verb, path))
        .map(|(_, path, _)| nameless(path))
        .filter(|path| !covered.contains(path) && !is_one_of_a_list(path, &covered))
        .collect();
    let reasons: BTreeMap<String, Vec<String>> = toml::from_str(LEFT_OUT).expect("a table");
    let left_out: Vec<String> = reasons.values().flatten().map(|path| whole(path)).collect();
    let without_reason: Vec<_> =
        lacking.iter().filter(|path| !left_out.iter().any(|left| matches(left, path))).collect();
    assert!(without_reason.is_empty(), "{}: {without_reason:#?}", without_reason.len());
    let idle: Vec<_> =
        left_out.iter().filter(|left| !lacking.iter().any(|path| matches(left, path))).collect();
    assert!(idle.is_empty(), "the reasons for these are not needed: {idle:#?}");
    assert!(LEFT_OUT.lines().count() < 40, "the list of reasons grows too long to be believed");
}

fn reads(verb: &str, path: &str) -> bool {
    verb == "GET" || (verb == "POST" && READING_POSTS.contains(&nameless(path).as_str()))
}

fn is_one_of_a_list(path: &str, covered: &BTreeSet<String>) -> bool {
    path.strip_suffix("/{}").is_some_and(|list| covered.contains(list))
}

fn whole(path: &str) -> String {
    if path.starts_with('/') { path.to_owned() } else { format!("/rest/api/3/{path}") }
}

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => pattern == path,
    }
}

#[test]
fn every_post_that_is_known_to_read_is_documented() {
    let Some(documents) = Documents::read("JIRA_OPENAPI_DIR") else { return };
    let posts: BTreeSet<String> = documents
        .operations()
        .filter(|(verb, ..)| verb == "POST")
        .map(|(_, path, _)| nameless(path))
        .collect();
    let unknown: Vec<_> = READING_POSTS.iter().filter(|path| !posts.contains(**path)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
