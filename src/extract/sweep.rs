//! The id sweep: all issues that a search finds, as ids only, 5000 a page (`search/jql` allows that
//! many only while nothing but ids is asked for).

use super::record::plain_at;
use super::{Context, ExtractError, Target};
use crate::catalog::{Body, Endpoint, Method, PageStyle, Pointer, Shape};
use crate::jira::{Call, Pager, cut, json};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use std::collections::HashSet;
use tokio::sync::mpsc;

/// Where issues are searched for.
pub(crate) const SEARCH_PATH: &str = "/rest/api/3/search/jql";

/// Issues to find in a look, where other feeds are asked for each.
const ISSUES_LOOKED_AT: u32 = 50;

/// Ids of one search page.
pub(crate) type IdPage = Vec<String>;

/// Sends every id that `jql` finds to each of `readers`. A reader that has gone away is left out;
/// when all have, the sweep ends.
pub(crate) async fn sweep(
    context: &Context,
    target: &Target,
    jql: &str,
    mut readers: Vec<mpsc::Sender<IdPage>>,
) -> Result<(), ExtractError> {
    let endpoint = search(jql);
    let mut seen = HashSet::new();
    // A look at what hangs on issues needs some to choose from.
    let page_size = match context.sample {
        Some(_) if target.outlet.has_children() => ISSUES_LOOKED_AT,
        _ => context.page_size(endpoint.page_size),
    };
    let mut pager = Pager::new(endpoint.page, page_size);
    while !readers.is_empty() {
        let call = Call::for_page(&endpoint, &|_| None, pager.parameters());
        let answer = context.client.call(&call, &target.asked).await?;
        if let Some(warning) = truncation(&answer.body) {
            return Err(target.unusable(&call, &warning));
        }
        let page = cut(&answer.body, &endpoint).map_err(|shape| target.unusable(&call, &shape))?;
        let ids =
            fresh(&page.records, "id", &mut seen).map_err(|why| target.unusable(&call, &why))?;
        let mut listening = Vec::new();
        for reader in readers {
            if ids.is_empty() || reader.send(ids.clone()).await.is_ok() {
                listening.push(reader);
            }
        }
        readers = listening;
        let has_more = pager.advance(&page.marks).map_err(|why| target.unusable(&call, &why))?;
        if !has_more || context.sample.is_some() {
            break;
        }
    }
    Ok(())
}

/// The ids of `pages` in chunks of at most `size`.
pub(crate) fn id_chunks(
    pages: mpsc::Receiver<IdPage>,
    size: usize,
) -> impl Stream<Item = Vec<String>> {
    stream::unfold(pages, |mut pages| async move { Some((pages.recv().await?, pages)) })
        .flat_map(move |ids| stream::iter(ids.chunks(size).map(<[_]>::to_vec).collect::<Vec<_>>()))
}

/// The ids of a page that no page before had: what a search finds moves while it is read.
pub(crate) fn fresh(
    records: &[Bytes],
    key: &str,
    seen: &mut HashSet<u64>,
) -> Result<IdPage, String> {
    let at = Pointer::default().join(key);
    let mut ids = IdPage::with_capacity(records.len());
    for record in records {
        let id = plain_at(record, &at).and_then(|digits| digits.parse().ok());
        let id = id.ok_or_else(|| format!("the answer has a record without a numeric `{key}`"))?;
        if seen.insert(id) {
            ids.push(id.to_string());
        }
    }
    Ok(ids)
}

/// The search for all issues, or for those that `filter` finds. Jira refuses a search without a
/// bound, so there is one that every issue meets; `created` never changes, so pages do not shift
/// while issues are edited.
#[must_use]
pub(crate) fn full_jql(filter: Option<&str>) -> String {
    let bound = "created >= 0 ORDER BY created ASC, key ASC";
    match filter {
        Some(filter) => format!("({filter}) AND {bound}"),
        None => bound.to_owned(),
    }
}

fn search(jql: &str) -> Endpoint {
    Endpoint {
        method: Method::Post,
        path: SEARCH_PATH.to_owned(),
        query: Vec::new(),
        body: Body::from_iter([
            ("jql".to_owned(), jql.into()),
            ("fields".to_owned(), vec!["id"].into()),
        ]),
        page: PageStyle::Token,
        page_size: 5000,
        records: Pointer::default().join("issues"),
        shape: Shape::default(),
        headers: Vec::new(),
    }
}

/// Since mid-2026 a search can say that it was cut short; a list that is not whole is an error.
fn truncation(body: &Bytes) -> Option<String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let warnings = json::member(text, "warnings").and_then(json::items)?;
    let said = warnings.iter().find(|warning| warning.to_ascii_lowercase().contains("truncat"))?;
    let message = json::member(said, "message").and_then(json::plain);
    Some(format!("Jira cut the search short: {}", message.as_deref().unwrap_or(said)))
}
