//! Many issues, or many changelogs, in one request.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::search::{add_field_maps, issue};
use super::{Route, post};
use crate::answer::{Answer, Refusal, said};
use crate::call::{Call, invalid_payload, texts};
use crate::paging;
use crate::site::heads::Head;
use crate::site::histories::{Stamp, instant};
use crate::site::selection::Selection;

pub(super) const ROUTES: &[Route] = &[
    post("/rest/api/3/issue/bulkfetch", issues),
    post("/rest/api/3/changelog/bulkfetch", changelogs),
];

/// The most issues a request may name.
const MOST_ISSUES: usize = 100;
/// The same, when only a few cheap fields are named.
const MOST_LIGHT_ISSUES: usize = 1000;
/// The most fields a light request may name.
const MOST_LIGHT_FIELDS: usize = 100;

const HEAVY_FIELDS: &[&str] = &["comment", "worklog", "attachment"];
const HEAVY_PARTS: &[&str] = &[
    "changelog",
    "editmeta",
    "operations",
    "renderedFields",
    "transitions",
    "versionedRepresentations",
];

/// The issues a bean names, in the order of their ids; unknown and invisible ones are left out.
fn named<'a>(
    call: &Call<'a>,
    bean: &Map<String, Value>,
    most: usize,
) -> Result<Vec<&'a Head>, Refusal> {
    let names = texts(bean, "issueIdsOrKeys")?;
    if names.is_empty() {
        return Err(Refusal::about(
            "issueIdsOrKeys",
            said("issueIdsOrKeys is required.", "issueIdsOrKeys가 필요합니다."),
        ));
    }
    if names.len() > most {
        return Err(Refusal::bad(said(
            format!("The maximum number of issues that can be fetched is {most}."),
            format!("가져올 수 있는 이슈는 최대 {most}개입니다."),
        )));
    }
    let view = call.view();
    let positions: BTreeSet<usize> =
        names.iter().filter_map(|name| call.site.locate(name)).collect();
    let heads = positions.into_iter().map(|n| &call.site.heads[n]);
    Ok(heads.filter(|head| view.sees(head)).collect())
}

fn issues(call: &Call<'_>) -> Answer {
    let bean = call.bean(&["expand", "fields", "fieldsByKeys", "issueIdsOrKeys", "properties"])?;
    let (fields, expand) = (texts(&bean, "fields")?, texts(&bean, "expand")?);
    let selection = Selection::parse(&fields, "*navigable");
    let most = if is_light(&selection, &expand) { MOST_LIGHT_ISSUES } else { MOST_ISSUES };
    let heads = named(call, &bean, most)?;
    let found: Vec<Value> =
        heads.into_iter().map(|head| issue(call.view(), head, &selection, &expand)).collect();
    let mut page = json!({"expand": "schema,names", "issues": found, "issueErrors": []});
    add_field_maps(call, &mut page, &selection, &expand);
    Ok(page)
}

/// Whether a request is cheap enough for the larger number of issues.
fn is_light(selection: &Selection, expand: &[String]) -> bool {
    let light_fields = selection.explicit().is_some_and(|fields| {
        (1..=MOST_LIGHT_FIELDS).contains(&fields.len())
            && !fields.iter().any(|field| HEAVY_FIELDS.contains(&field.as_str()))
    });
    light_fields && !expand.iter().any(|part| HEAVY_PARTS.contains(&part.as_str()))
}

fn changelogs(call: &Call<'_>) -> Answer {
    let bean = call.bean(&["issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken"])?;
    let heads = named(call, &bean, 1000)?;
    let filter = texts(&bean, "fieldIds")?;
    if filter.len() > 10 {
        return Err(Refusal::about(
            "fieldIds",
            said("At most 10 field IDs can be given.", "필드 ID는 최대 10개입니다."),
        ));
    }
    let count = history_count(call, &bean)?;
    let token = match bean.get("nextPageToken") {
        None | Some(Value::Null) => None,
        Some(Value::String(token)) => Some(token.as_str()),
        Some(_) => return Err(invalid_payload()),
    };
    let listing =
        format!("changelog|{:?}|{:?}|{filter:?}", call.viewer.person, bean.get("issueIdsOrKeys"));
    let start = paging::offset(&listing, token)?;
    let entries = entries(call, &heads, &filter);
    let end = start.saturating_add(count).min(entries.len());
    let stretch = entries.get(start..end).unwrap_or_default();
    let mut page = json!({"issueChangeLogs": grouped(call, stretch, &filter)});
    if end < entries.len() {
        page["nextPageToken"] = json!(paging::token(&listing, end));
    }
    Ok(page)
}

fn history_count(call: &Call<'_>, bean: &Map<String, Value>) -> Result<usize, Refusal> {
    let asked = match bean.get("maxResults") {
        None => 1000,
        Some(value) => value.as_i64().unwrap_or(0),
    };
    let count =
        usize::try_from(asked).ok().filter(|n| (1..=10_000).contains(n)).ok_or_else(|| {
            Refusal::about(
                "maxResults",
                said("must be between 1 and 10000", "1에서 10000 사이여야 합니다"),
            )
        })?;
    Ok(count.min(call.site.options.ceilings.histories))
}

/// All histories of some issues by date, then by issue: those of one issue need not be together.
fn entries<'a>(call: &Call<'_>, heads: &[&'a Head], filter: &[String]) -> Vec<(&'a Head, u32)> {
    let mut entries: Vec<(&Head, u32)> = heads
        .iter()
        .flat_map(|&head| (0..head.history_count()).map(move |n| (head, n)))
        .filter(|&(head, n)| filter.is_empty() || filtered(call, head, n, filter).is_some())
        .collect();
    entries.sort_by_key(|&(head, n)| (instant(head, n), head.id, n));
    entries
}

/// A history with only the items about some fields, if any are left.
fn filtered(call: &Call<'_>, head: &Head, n: u32, filter: &[String]) -> Option<Value> {
    let mut history = call.view().history(head, n, Stamp::Number);
    if let (false, Some(items)) = (filter.is_empty(), history["items"].as_array_mut()) {
        items.retain(|item| {
            item["fieldId"].as_str().is_some_and(|id| filter.iter().any(|of| of == id))
        });
        if items.is_empty() {
            return None;
        }
    }
    Some(history)
}

/// The histories of a page under their issues, in the order the issues first appear.
fn grouped(call: &Call<'_>, entries: &[(&Head, u32)], filter: &[String]) -> Vec<Value> {
    let mut groups: Vec<(u32, Vec<Value>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for &(head, n) in entries {
        let Some(history) = filtered(call, head, n, filter) else {
            continue;
        };
        let place = *places.entry(head.id).or_insert_with(|| {
            groups.push((head.id, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(history);
    }
    let group = |(id, histories): (u32, Vec<Value>)| json!({"issueId": id.to_string(), "changeHistories": histories});
    groups.into_iter().map(group).collect()
}
