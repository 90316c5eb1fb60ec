//! Worklogs of the whole site without a request per issue: ids by `worklog/updated`, rows by
//! `worklog/list`, 1000 a call.

use super::list::end;
use super::record::{Record, key_values, records_of};
use super::sweep::{IdPage, fresh, id_chunks};
use super::{Context, ExtractError, Millis, Target};
use crate::catalog::{Body, Endpoint, Method, PageStyle, Pointer, Shape};
use crate::jira::{Call, Pager, cut};
use futures::{StreamExt, TryStreamExt};
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::mpsc;

const WORKLOGS_A_CALL: usize = 1000;
/// An answer holds megabytes; each that waits for the writer is memory.
const CALLS_AT_ONCE: usize = 4;
const WORKLOGS_LOOKED_AT: usize = 100;
/// How many that Jira would not give are asked for again in a run.
const WITHHELD_A_RUN: usize = 5000;

/// Reads a feed of worklogs. Those of the last minute are not listed yet (Jira's documentation of
/// `worklog/updated`).
pub async fn worklogs(context: &Context, target: &Target) {
    let (to_rows, ids) = mpsc::channel(1);
    if let Some(increment) = &target.increment {
        increment.begin(context.client.site_time());
    }
    let since = target.increment.as_ref().and_then(|increment| increment.since());
    let listing = async {
        send_withheld(target, &to_rows).await?;
        list_ids(context, target, UPDATED, since, to_rows).await
    };
    let (listed, rows) = tokio::join!(listing, rows(context, target, ids));
    // Rows that fail stop the list, and not the other way round: their error is the cause.
    let read = rows.and(listed);
    let result = match (read, since) {
        (Ok(()), Some(since)) => note_deleted(context, target, since).await,
        (read, _) => read,
    };
    end(target, result);
}

/// Those that Jira would not give before come first: what hid them may be over.
async fn send_withheld(target: &Target, rows: &mpsc::Sender<IdPage>) -> Result<(), ExtractError> {
    let ids = target.increment.as_ref().map(|increment| increment.withheld(WITHHELD_A_RUN));
    match ids {
        Some(ids) if !ids.is_empty() => rows.send(ids).await.map_err(|_| ExtractError::Stopped),
        _ => Ok(()),
    }
}

/// Notes the worklogs that are gone. What is listed here and was never in the lake is no loss to it.
async fn note_deleted(
    context: &Context,
    target: &Target,
    since: Millis,
) -> Result<(), ExtractError> {
    let (to_note, mut ids) = mpsc::channel(1);
    let note = async {
        while let Some(ids) = ids.recv().await {
            if let Some(increment) = &target.increment {
                increment.note_deleted(ids);
            }
        }
    };
    let listing = list_ids(context, target, DELETED, Some(since), to_note);
    let (listed, ()) = tokio::join!(listing, note);
    listed
}

async fn list_ids(
    context: &Context,
    target: &Target,
    path: &str,
    since: Option<Millis>,
    rows: mpsc::Sender<IdPage>,
) -> Result<(), ExtractError> {
    let endpoint = changes(path, since.unwrap_or(0));
    let mut pager = Pager::new(endpoint.page, endpoint.page_size);
    // `since` is inclusive, so a page can begin with the end of the one before.
    let mut seen = HashSet::new();
    loop {
        let call = Call::for_page(&endpoint, &|_| None, pager.parameters());
        let answer = context.client.call(&call, &target.asked).await?;
        let page = cut(&answer.body, &endpoint).map_err(|shape| target.unusable(&call, &shape))?;
        let ids = fresh(&page.records, "worklogId", &mut seen)
            .map_err(|why| target.unusable(&call, &why))?;
        if !ids.is_empty() {
            rows.send(ids).await.map_err(|_| ExtractError::Stopped)?;
        }
        let has_more = pager.advance(&page.marks).map_err(|why| target.unusable(&call, &why))?;
        if !has_more || context.sample.is_some() {
            return Ok(());
        }
    }
}

async fn rows(
    context: &Context,
    target: &Target,
    ids: mpsc::Receiver<IdPage>,
) -> Result<(), ExtractError> {
    // A look is one call: some of the first worklogs may be hidden from the account, hardly all.
    let (a_call, calls) = match &context.sample {
        None => (WORKLOGS_A_CALL, usize::MAX),
        Some(sample) => (WORKLOGS_LOOKED_AT.max(sample.records as usize), 1),
    };
    id_chunks(ids, a_call)
        .take(calls)
        .map(|chunk| rows_of(context, target, chunk))
        .buffer_unordered(context.client.max_in_flight().min(CALLS_AT_ONCE))
        .try_collect()
        .await
}

async fn rows_of(context: &Context, target: &Target, ids: IdPage) -> Result<(), ExtractError> {
    let endpoint = by_id();
    let numbers: Vec<u64> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let call = Call::post(&endpoint.path, json!({ "ids": numbers }));
    let answer = context.client.call(&call, &target.asked).await?;
    let page = cut(&answer.body, &endpoint).map_err(|shape| target.unusable(&call, &shape))?;
    let records = records_of(&page, &endpoint, &Arc::default(), 0);
    target.check(&page, &records).map_err(|why| target.unusable(&call, &why))?;
    if let Some(increment) = &target.increment {
        let id = |record: &Record| -> Option<u64> {
            key_values(record, &target.feed.key).first()?.parse().ok()
        };
        let given = records.iter().filter_map(id).collect();
        increment.note_given(&numbers.iter().copied().collect(), &given);
    }
    target.deliver(records, answer.received_at).await
}

const UPDATED: &str = "/rest/api/3/worklog/updated";
const DELETED: &str = "/rest/api/3/worklog/deleted";

fn changes(path: &str, since: Millis) -> Endpoint {
    Endpoint {
        method: Method::Get,
        path: path.to_owned(),
        query: vec![("since".to_owned(), since.to_string())],
        body: Body::default(),
        page: PageStyle::Since,
        page_size: 1000,
        records: Pointer::default().join("values"),
        shape: Shape::default(),
        headers: Vec::new(),
    }
}

fn by_id() -> Endpoint {
    Endpoint {
        method: Method::Post,
        path: "/rest/api/3/worklog/list".to_owned(),
        query: Vec::new(),
        body: Body::default(),
        // One answer, but always a list: an object is not one record.
        page: PageStyle::OffsetArray,
        page_size: 1000,
        records: Pointer::default(),
        shape: Shape::default(),
        headers: Vec::new(),
    }
}
