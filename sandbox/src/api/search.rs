//! Enhanced search, its count, and the search that was removed.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Route, get, post};
use crate::answer::{Answer, Refusal, said};
use crate::call::{Call, invalid_payload, texts};
use crate::jql;
use crate::paging;
use crate::site;
use crate::site::View;
use crate::site::heads::{Head, Position};
use crate::site::issues::Embed;
use crate::site::selection::Selection;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/search/jql", by_query),
    post("/rest/api/3/search/jql", by_body),
    post("/rest/api/3/search/approximate-count", count),
    get("/rest/api/3/search", removed),
    post("/rest/api/3/search", removed),
];

const KEYS: &[&str] = &[
    "expand",
    "fields",
    "fieldsByKeys",
    "jql",
    "maxResults",
    "nextPageToken",
    "properties",
    "reconcileIssues",
    "failFast",
];

/// The most properties a request may name.
const MOST_PROPERTIES: usize = 5;

/// A search as asked, from either method.
struct Search {
    jql: String,
    fields: Vec<String>,
    expand: Vec<String>,
    properties: Vec<String>,
    count: usize,
    token: Option<String>,
}

fn removed(_: &Call<'_>) -> Answer {
    Err(Refusal::new(
        410,
        said(
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
            "요청한 API가 제거되었습니다. /rest/api/3/search/jql API로 마이그레이션하세요. https://developer.atlassian.com/changelog/#CHANGE-2046",
        ),
    ))
}

fn page_size(asked: Option<i64>) -> Result<usize, Refusal> {
    let asked = asked.unwrap_or(50);
    usize::try_from(asked).ok().filter(|n| (1..=5000).contains(n)).ok_or_else(|| {
        Refusal::bad(said(
            "The value of maxResults must be between 1 and 5000.",
            "maxResults 값은 1에서 5000 사이여야 합니다.",
        ))
    })
}

fn by_query(call: &Call<'_>) -> Answer {
    let query = &call.query;
    let count = match query.get("maxResults") {
        Some(text) => page_size(Some(text.parse().unwrap_or(0)))?,
        None => page_size(None)?,
    };
    answer(
        call,
        &Search {
            jql: query.get("jql").unwrap_or_default().to_owned(),
            fields: query.list("fields"),
            expand: query.list("expand"),
            properties: query.list("properties"),
            count,
            token: query.get("nextPageToken").map(str::to_owned),
        },
    )
}

fn by_body(call: &Call<'_>) -> Answer {
    let bean = call.bean(KEYS)?;
    let text = |key: &str| match bean.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(invalid_payload()),
    };
    let expand = text("expand")?.unwrap_or_default();
    answer(
        call,
        &Search {
            jql: text("jql")?.unwrap_or_default(),
            fields: texts(&bean, "fields")?,
            expand: expand.split(',').map(|part| part.trim().to_owned()).collect(),
            properties: texts(&bean, "properties")?,
            count: count_in(&bean)?,
            token: text("nextPageToken")?,
        },
    )
}

/// A JSON `null` counts as 0, which is out of range.
fn count_in(bean: &Map<String, Value>) -> Result<usize, Refusal> {
    match bean.get("maxResults") {
        None => page_size(None),
        Some(Value::Null) => page_size(Some(0)),
        Some(value) => page_size(Some(value.as_i64().ok_or_else(invalid_payload)?)),
    }
}

/// Runs a query for the caller.
pub(super) fn run(call: &Call<'_>, query: &str) -> Result<Arc<Vec<Position>>, Refusal> {
    let search = || jql::search(call.index_view(), query, call.now);
    call.memory.begin(call.asked(query, call.index.edition), search).map_err(Refusal::bad)
}

/// The same for the further pages of a search that began in a state of the site.
fn go_on(call: &Call<'_>, query: &str, edition: u32) -> Result<Arc<Vec<Position>>, Refusal> {
    let search = || jql::search(call.index_view(), query, call.now);
    call.memory.go_on(call.asked(query, edition), search).map_err(Refusal::bad)
}

fn answer(call: &Call<'_>, search: &Search) -> Answer {
    if search.properties.len() > MOST_PROPERTIES {
        return Err(Refusal::bad(said(
            "The number of issue properties cannot exceed 5.",
            "이슈 속성은 5개를 초과할 수 없습니다.",
        )));
    }
    let selection = Selection::parse(&search.fields, "id");
    let listing = format!("{:?}|{}|{:?}", call.viewer.person, search.jql, search.fields);
    let place = search.token.as_deref().map(|token| paging::place(&listing, token)).transpose()?;
    let (edition, start) = place.unwrap_or((call.index.edition, 0));
    let found = match place {
        Some(_) => go_on(call, &search.jql, edition)?,
        None => run(call, &search.jql)?,
    };
    let ceilings = &call.site.options.ceilings;
    let count =
        search.count.min(if selection.only_ids() { ceilings.issue_ids } else { ceilings.issues });
    let end = found.len().min(start + count);
    let view = call.index_view();
    let heads = found.get(start..end).unwrap_or_default().iter().map(|&n| &call.index.heads[n]);
    // What has gone since the first page leaves a gap.
    let issues: Vec<Value> = heads
        .filter(|head| view.finds(head))
        .map(|head| issue(view, head, &selection, &search.expand))
        .collect();
    let mut page = json!({"issues": issues, "isLast": end >= found.len()});
    if end < found.len() {
        page["nextPageToken"] = json!(paging::token_in(&listing, edition, end));
    }
    add_field_maps(call, &mut page, &selection, &search.expand);
    Ok(page)
}

/// `names` and `schema`, once for a page.
pub(super) fn add_field_maps(
    call: &Call<'_>,
    page: &mut Value,
    selection: &Selection,
    expand: &[String],
) {
    let wants = |part: &str| expand.iter().any(|asked| asked == part);
    if wants("names") || wants("schema") {
        let view = call.view();
        let (names, schema) = view.field_maps(&site::selection::field_ids(selection));
        if wants("names") {
            page["names"] = names;
        }
        if wants("schema") {
            page["schema"] = schema;
        }
    }
}

/// An issue with the caps of searches and its expanded parts.
pub(super) fn issue(
    view: View<'_>,
    head: &Head,
    selection: &Selection,
    expand: &[String],
) -> Value {
    let caps = &view.site.options.caps;
    let embed = Embed { comments: caps.comments, worklogs: caps.worklogs };
    let mut value = view.issue(head, selection, embed);
    expand_issue(view, head, expand, &mut value);
    value
}

/// Adds the expanded parts of an issue.
pub(super) fn expand_issue(view: View<'_>, head: &Head, expand: &[String], value: &mut Value) {
    for part in expand {
        match part.as_str() {
            "changelog" => {
                value["changelog"] =
                    view.embedded_changelog(head, view.site.options.caps.histories);
            }
            "transitions" => value["transitions"] = view.transitions(head),
            "renderedFields" => value["renderedFields"] = view.rendered(head),
            "operations" => value["operations"] = json!({"linkGroups": []}),
            "editmeta" => value["editmeta"] = json!({"fields": {}}),
            _ => {}
        }
    }
}

fn count(call: &Call<'_>) -> Answer {
    let bean = call.bean(&["jql"])?;
    let query = bean.get("jql").and_then(Value::as_str).unwrap_or_default();
    Ok(json!({"count": run(call, query)?.len()}))
}
