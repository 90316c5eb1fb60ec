//! The rows that each feed must have: made from what the site holds at the feed's endpoint, or, for a
//! feed without one, from the rows of the feed around it, by nothing but the catalogue's entry.

use super::meant::{alike, moment_or_plain, one_by_one};
use super::{Lake, plain};
use jira_feeds::catalog::{
    Catalog, Embedded, EmbeddedAt, Endpoint, Feed, Pointer, Shape, nameless,
};
use jira_sandbox::{Placed, Resource, Site};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// A record, and the columns that it has from around it.
type Landed = (BTreeMap<String, String>, String);

/// What stands around a record, by column.
pub type Around = BTreeMap<String, Value>;

/// One account's view of a site, and what was read of it.
pub struct Compared<'a> {
    pub catalog: &'a Catalog,
    pub site: &'a Site,
    pub account: &'a str,
    pub lake: &'a Lake,
    /// What was read back of the lake: many feeds are cut out of one.
    known: RefCell<BTreeMap<String, Rc<Vec<Value>>>>,
}

impl<'a> Compared<'a> {
    pub fn new(catalog: &'a Catalog, site: &'a Site, account: &'a str, lake: &'a Lake) -> Self {
        Self { catalog, site, account, lake, known: RefCell::default() }
    }

    /// The rows of a feed.
    pub fn rows(&self, feed: &str) -> Rc<Vec<Value>> {
        let mut known = self.known.borrow_mut();
        Rc::clone(known.entry(feed.to_owned()).or_insert_with(|| Rc::new(self.lake.rows(feed))))
    }

    /// What differs between the rows of a feed and those that it must have, in words.
    pub fn differences(&self, feed: &Feed) -> Vec<String> {
        let mut counts: BTreeMap<Landed, i32> = BTreeMap::new();
        for one in self.expected(feed) {
            *counts.entry(landed(feed, &one)).or_default() += 1;
        }
        let told = told_columns(feed);
        for row in self.rows(&feed.name).iter() {
            let around = told.iter().map(|name| (name.clone(), row[name].clone())).collect();
            *counts.entry(landed(feed, &(around, raw(row)))).or_default() -= 1;
        }
        let unequal = counts.into_iter().filter(|(_, count)| *count != 0);
        let in_words = unequal.map(|((around, record), count)| {
            let what = if count > 0 { "lacks" } else { "must not have" };
            let record: String = record.chars().take(400).collect();
            format!("{} {what} {around:?} {record} ({})", feed.name, count.abs())
        });
        in_words.collect()
    }

    /// The records that a feed must have.
    pub fn expected(&self, feed: &Feed) -> Vec<(Around, Value)> {
        match (&feed.endpoint, &feed.embedded) {
            (Some(endpoint), _) => self.at_endpoint(feed, endpoint),
            (None, Some(embedded)) => self.cut_out_of_host(embedded),
            (None, None) => Vec::new(),
        }
    }

    fn at_endpoint(&self, feed: &Feed, endpoint: &Endpoint) -> Vec<(Around, Value)> {
        let (method, template) = served(endpoint);
        let places = places(endpoint, template);
        let within = pointer_within_records(method, template, &endpoint.records);
        let mut found = Vec::new();
        for Placed { places: stood, value } in self.site.truth_of(self.account, method, template) {
            let around = places.iter().filter_map(|(name, place)| {
                let (_, value) = stood.iter().find(|(one, _)| one == place)?;
                Some((name.clone(), json!(value)))
            });
            for (around, value) in one_by_one(&feed.name, around.collect(), value) {
                found.extend(value.pointer(&within).map(|value| (around.clone(), value.clone())));
            }
        }
        found.retain(|(around, _)| self.is_asked_for(feed, around));
        let mut records = shaped_by_parent(found, &endpoint.shape, within.is_empty());
        if feed.dedupe {
            let mut seen = BTreeSet::new();
            records.retain(|one| seen.insert(key(feed, one)));
        }
        records
    }

    /// The site knows more pairs of parents than two feeds ask for, as their titles say.
    fn is_asked_for(&self, feed: &Feed, around: &Around) -> bool {
        let is =
            |row: &Value, column: &str, bound: &str| plain(&row[column]) == plain(&around[bound]);
        match feed.name.as_str() {
            "issue_estimations" => self
                .rows("board_issues")
                .iter()
                .any(|issue| is(issue, "boardId", "boardId") && is(issue, "id", "issueId")),
            "board_sprint_issues" => self.rows("sprints").iter().any(|sprint| {
                is(sprint, "originBoardId", "boardId") && is(sprint, "id", "sprintId")
            }),
            _ => true,
        }
    }

    fn cut_out_of_host(&self, embedded: &Embedded) -> Vec<(Around, Value)> {
        let by_type = matches!(embedded.at, EmbeddedAt::FieldType(_));
        let places = match &embedded.at {
            EmbeddedAt::Pointer(at) => vec![at.clone()],
            EmbeddedAt::FieldType(types) => self.fields_of(types),
        };
        let mut records = Vec::new();
        for row in self.rows(&embedded.host).iter() {
            let host = raw(row);
            let around = bound(embedded, row, &host);
            for at in &places {
                let Some(value) = host.pointer(&at.to_string()) else { continue };
                let mut values =
                    values_of(value.clone(), embedded.shape.member.is_some() && !by_type, true);
                values.retain(|(_, value)| !value.is_null());
                if by_type {
                    for (name, _) in &mut values {
                        *name = at.steps().last().cloned();
                    }
                }
                records.extend(shaped(values, &embedded.shape, &around));
            }
        }
        // A record is an object: what Jira wrote as a text becomes one.
        let as_object =
            |value: Value| if value.is_object() { value } else { json!({ "value": value }) };
        records.into_iter().map(|(around, value)| (around, as_object(value))).collect()
    }

    /// The places of the fields that have one of these custom types.
    fn fields_of(&self, types: &[String]) -> Vec<Pointer> {
        let fields = self.site.truth(self.account, Resource::Fields);
        let custom = |field: &Value| field["schema"]["custom"].as_str().map(str::to_owned);
        let fields = fields.iter().map(|field| &field.value);
        let found = fields.filter(|field| custom(field).is_some_and(|one| types.contains(&one)));
        found.map(|field| Pointer::default().join("fields").join(&plain(&field["id"]))).collect()
    }
}

/// The columns that the truth about a feed tells beside its records: where the feed's own endpoint
/// names them, or what they have from the record around them.
fn told_columns(feed: &Feed) -> BTreeSet<String> {
    let Some(endpoint) = &feed.endpoint else { return feed.columns_from_around().collect() };
    let listed = endpoint.placeholders().map(str::to_owned);
    let shape = [&endpoint.shape.member, &endpoint.shape.position];
    listed.chain(shape.into_iter().flatten().cloned()).collect()
}

fn bound(embedded: &Embedded, row: &Value, host: &Value) -> Around {
    let bound = embedded.bind.iter().map(|(name, at)| {
        let own = host.pointer(&at.to_string());
        let value = own.or_else(|| at.steps().first().map(|column| &row[column]));
        (name.clone(), value.cloned().unwrap_or_default())
    });
    bound.collect()
}

fn raw(row: &Value) -> Value {
    serde_json::from_str(row["_raw"].as_str().expect("text")).expect("JSON")
}

/// The site's own name for an endpoint: method and template.
fn served(endpoint: &Endpoint) -> (&'static str, &'static str) {
    let method = endpoint.method.to_string();
    let path = nameless(&endpoint.path);
    let found = Site::endpoints()
        .into_iter()
        .find(|(one, template)| *one == method && nameless(template) == path);
    found.unwrap_or_else(|| panic!("the site has no {method} {}", endpoint.path))
}

/// Each placeholder of a feed's endpoint, and what the site calls the place where it stands.
fn places(endpoint: &Endpoint, template: &str) -> Vec<(String, String)> {
    let name = |text: &str| Some(text.strip_prefix('{')?.strip_suffix('}')?.to_owned());
    let path = endpoint.path.split('/').zip(template.split('/'));
    let in_path = path.filter_map(|(ours, theirs)| Some((name(ours)?, name(theirs)?)));
    let in_query =
        endpoint.query.iter().filter_map(|(key, value)| Some((name(value)?, key.clone())));
    let in_body =
        endpoint.body.iter().filter_map(|(key, value)| Some((name(value.as_str()?)?, key.clone())));
    in_path.chain(in_query).chain(in_body).collect()
}

/// Where a feed's records are in what the site calls a record there: the site takes some answers for
/// one record of which the catalogue makes many.
fn pointer_within_records(method: &str, template: &str, records: &Pointer) -> String {
    let described = Site::described_endpoints();
    let row = described.iter().find(|row| row.method == method && row.template == template);
    let is_whole = row.map_or(template == "/rest/api/3/permissions", |row| row.records.is_none());
    if is_whole {
        return records.to_string();
    }
    let pointer = row.and_then(|row| row.records.clone());
    let pointer = pointer.unwrap_or_else(|| records.to_string());
    assert_eq!(pointer, records.to_string(), "{method} {template}");
    String::new()
}

/// A value and the name under which it stood.
type Named = (Option<String>, Value);

/// What stands at a place: members, items, or one value.
fn values_of(value: Value, by_member: bool, is_list: bool) -> Vec<Named> {
    match value {
        Value::Object(members) if by_member => {
            members.into_iter().map(|(name, value)| (Some(name), value)).collect()
        }
        Value::Array(items) if is_list => items.into_iter().map(|item| (None, item)).collect(),
        one => vec![(None, one)],
    }
}

/// The records of each parent, shaped among themselves.
fn shaped_by_parent(
    found: Vec<(Around, Value)>,
    shape: &Shape,
    each_is_a_record: bool,
) -> Vec<(Around, Value)> {
    let mut by_parent: Vec<(Around, Vec<Named>)> = Vec::new();
    for (around, value) in found {
        let values = values_of(value, shape.member.is_some(), !each_is_a_record);
        match by_parent.last_mut() {
            Some((last, all)) if *last == around => all.extend(values),
            _ => by_parent.push((around, values)),
        }
    }
    by_parent.into_iter().flat_map(|(around, values)| shaped(values, shape, &around)).collect()
}

fn shaped(values: Vec<Named>, shape: &Shape, above: &Around) -> Vec<(Around, Value)> {
    let values = values.into_iter().enumerate();
    let one = |(position, (name, value)): (usize, Named)| {
        let mut around = above.clone();
        around.extend(shape.member.clone().map(|column| (column, json!(name))));
        around.extend(shape.position.clone().map(|column| (column, json!(position))));
        let value = match &shape.wrap {
            Some(key) if shape.member.is_some() || !value.is_object() => {
                Value::Object(Map::from_iter([(key.clone(), value)]))
            }
            _ => value,
        };
        (around, value)
    };
    values.map(one).collect()
}

fn key(feed: &Feed, (around, value): &(Around, Value)) -> Vec<String> {
    let part = |name: &String| value.get(name).or_else(|| around.get(name)).map(plain);
    feed.key.iter().filter_map(part).collect()
}

/// The record as a text that is the same for the same record, with what it has from around it. What a
/// record says of itself comes first; of a record with many parents, any of them is right.
fn landed(feed: &Feed, (around, value): &(Around, Value)) -> Landed {
    let value = alike(feed, value.clone());
    let own = |name: &String| value.get(name).is_some_and(|value| !value.is_null());
    let told = around.iter().filter(|(name, _)| {
        let is_column = feed.columns.iter().any(|column| column.key == **name);
        is_column && !own(name) && (!feed.dedupe || feed.key.contains(name))
    });
    let told =
        told.map(|(name, value)| (name.clone(), moment_or_plain(feed, name, value))).collect();
    (told, canonical(&value).to_string())
}

/// Members sorted by name.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect();
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        plain => plain.clone(),
    }
}
