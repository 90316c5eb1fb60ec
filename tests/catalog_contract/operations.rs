//! Each endpoint of the catalogue against its operation in the documents.

use crate::documents::{Documents, Operation};
use crate::excuses::{
    NO_ANSWER, PARAMETERS, SHAPES, UNDECLARED, UNDOCUMENTED, UNDOCUMENTED_STATUSES,
};
use crate::findings::Findings;
use crate::walk::{Seen, Walk};
use jira_feeds::catalog::{Catalog, Endpoint, Feed, PageStyle, Pointer};
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn the_catalogue_agrees_with_jiras_openapi_documents() {
    let Some(documents) = Documents::read("JIRA_OPENAPI_DIR") else { return };
    let catalog = Catalog::with_custom([]).expect("the built-in catalogue reads");
    let mut findings = Findings::new(
        &[NO_ANSWER, UNDECLARED, UNDOCUMENTED, UNDOCUMENTED_STATUSES, PARAMETERS].concat(),
    );
    for feed in catalog.feeds() {
        for (nth, endpoint) in feed.endpoints().filter(|at| is_documented(at)).enumerate() {
            match documents.operation(endpoint.method, &endpoint.path) {
                None => findings.report(&feed.name, &endpoint.path, "is in no document"),
                Some(operation) if nth == 0 => {
                    check_operation(feed, endpoint, &operation, &mut findings);
                }
                // What takes the place of the first may be on its way out.
                Some(operation) => check_request(feed, endpoint, &operation, &mut findings),
            }
        }
        check_shapes(feed, &documents, &mut findings);
    }
    findings.assert_none();
}

/// Path, method, parameters, statuses, and the records of the answer.
fn check_operation(
    feed: &Feed,
    endpoint: &Endpoint,
    operation: &Operation<'_>,
    findings: &mut Findings,
) {
    let place = feed.name.as_str();
    let value = operation.value;
    match (value["deprecated"] == true, &feed.deprecated) {
        (true, None) => findings.report(place, &endpoint.path, "is deprecated and not marked"),
        (false, Some(_)) => findings.report(place, &endpoint.path, "is marked and not deprecated"),
        _ => {}
    }
    if feed.embedded.is_none() && feed.docs != operation.docs() {
        findings.report(place, &feed.docs, &format!("is not {}", operation.docs()));
    }
    if operation.scopes() != feed.scopes && !findings.is_excused(place, "scopes") {
        findings.report(place, &operation.scopes().join(", "), "are the scopes");
    }
    check_request(feed, endpoint, operation, findings);
    check_statuses(feed, operation, findings);
    check_records(feed, endpoint, operation, findings);
}

/// Parameters and page style.
fn check_request(
    feed: &Feed,
    endpoint: &Endpoint,
    operation: &Operation<'_>,
    findings: &mut Findings,
) {
    let place = feed.name.as_str();
    let sent = endpoint.query.iter().map(|(name, _)| name.as_str());
    let sent: BTreeSet<&str> = sent.chain(paging(endpoint).iter().copied()).collect();
    let known = operation.parameters();
    let sent_all = sent.clone();
    for name in sent.into_iter().chain(endpoint.body.keys().map(String::as_str)) {
        if !known.contains(name) && !findings.is_excused(place, name) {
            findings.report(place, name, "is not a parameter");
        }
    }
    let lacking = operation.required().filter(|name| !sent_all.contains(name));
    for name in lacking {
        findings.report(place, name, "must be sent");
    }
}

/// Every status that the catalogue gives a meaning is documented, and a documented 404 has one.
fn check_statuses(feed: &Feed, operation: &Operation<'_>, findings: &mut Findings) {
    let (place, value) = (feed.name.as_str(), operation.value);
    let statuses: Vec<_> =
        value["responses"].as_object().into_iter().flat_map(|all| all.keys()).collect();
    for status in feed.denied.iter().chain(&feed.not_available).map(ToString::to_string) {
        let is_the_end = status == "410" && feed.deprecated.is_some();
        if !statuses.contains(&&status) && !is_the_end && !findings.is_excused(place, &status) {
            findings.report(place, &status, "is not a documented status");
        }
    }
    let handled = feed.is_denied_by(404) || feed.not_available.contains(&404);
    if statuses.iter().any(|status| *status == "404") && !handled {
        findings.report(place, "404", "is documented and has no meaning here");
    }
}

/// Whether one of the two documents should have it. That of Service Management is not among them.
fn is_documented(endpoint: &Endpoint) -> bool {
    !endpoint.path.starts_with("/rest/servicedeskapi/")
}

/// The parameters by which a page style pages.
fn paging(endpoint: &Endpoint) -> &'static [&'static str] {
    match endpoint.page {
        PageStyle::Single => &[],
        PageStyle::Token => &["nextPageToken", "maxResults"],
        PageStyle::Offset | PageStyle::OffsetArray => &["startAt", "maxResults"],
        PageStyle::Since => &["since"],
        PageStyle::Cursor => &["cursor", "maxResults"],
        PageStyle::Limit => &["offset", "limit"],
        PageStyle::Desk => &["start", "limit"],
    }
}

/// The keys of an answer of which a page style needs one to know the end.
fn end_marks(endpoint: &Endpoint) -> &'static [&'static str] {
    match endpoint.page {
        PageStyle::Single | PageStyle::OffsetArray => &[],
        PageStyle::Token => &["nextPageToken"],
        PageStyle::Offset => &["isLast", "total"],
        PageStyle::Since => &["lastPage"],
        PageStyle::Cursor => &["nextPageCursor"],
        PageStyle::Limit => &["total"],
        PageStyle::Desk => &["isLastPage"],
    }
}

/// The columns of a feed against the records in the answer of its endpoint.
fn check_records(
    feed: &Feed,
    endpoint: &Endpoint,
    operation: &Operation<'_>,
    findings: &mut Findings,
) {
    let content = &operation.value["responses"]["200"]["content"]["application/json"];
    let example = match &content["example"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    };
    let answer = Seen {
        schema: content.get("schema"),
        examples: Some(&example).filter(|value| !value.is_null()).into_iter().collect(),
    };
    let mut walk = Walk { document: operation.document, feed, findings };
    let ends = end_marks(endpoint);
    // The marks stand at the top of the answer, or beside the records.
    let beside = endpoint.records.split_last().map(|(around, _)| walk.inside(&answer, &around));
    let places = [Some(&answer), beside.as_ref()];
    let is_marked =
        |key: &&str| places.iter().flatten().any(|place| !walk.property(place, key).is_empty());
    if !ends.is_empty() && !ends.iter().any(is_marked) {
        walk.findings.report(&feed.name, &ends.join(" or "), "is not in the answer");
    }
    let mut records = walk.inside(&answer, &endpoint.records);
    if let Some((at, _)) = &endpoint.shape.unnest {
        records = walk.inside(&walk.items(&records), at);
    }
    // One object is a record itself; a bare array or an array at `records` holds them.
    if endpoint.shape.member.is_some() {
        records = walk.members(&records);
    } else if walk.is_list(&records) {
        records = walk.items(&records);
    }
    if records.is_empty() && !walk.findings.is_excused(&feed.name, "records") {
        walk.findings.report(&feed.name, &endpoint.records.to_string(), "is not in the answer");
    }
    let wrapped = endpoint.shape.wrap.as_ref();
    let wrapped = wrapped.and_then(|key| feed.columns.iter().find(|column| column.key == *key));
    match wrapped {
        Some(column) => walk.value(&feed.name, &column.kind, &records),
        None => walk.columns(&feed.name, &feed.columns, &records),
    }
}

/// The columns that stand in a free map against the schemas that they have elsewhere.
fn check_shapes(feed: &Feed, documents: &Documents, findings: &mut Findings) {
    for (_, at, schema) in SHAPES.iter().filter(|(name, ..)| *name == feed.name) {
        let Some((document, schema)) = documents.schema(schema) else {
            findings.report(&feed.name, schema, "is not a schema");
            continue;
        };
        let seen = Seen { schema: Some(&schema), examples: Vec::new() };
        let place = format!("{}{}", feed.name, at.replace('/', "."));
        let mut walk = Walk { document, feed, findings };
        match Pointer::parse(at).ok().filter(|at| !at.steps().is_empty()) {
            None => walk.columns(&place, &feed.columns, &seen),
            Some(pointer) => match feed.column_at(&pointer) {
                Some(kind) => walk.value(&place, kind, &seen),
                None => walk.findings.report(&place, "", "is not a column"),
            },
        }
    }
}
