//! Worklogs of the whole site without a request per issue: ids by `worklog/updated`, rows by
//! `worklog/list`, 1000 a call.

use super::list::end;
use super::record::{Record, key_values, records_of};
use super::sweep::{IdPage, fresh, id_chunks};
use super::{Context, ExtractError, IssueIds, Millis, Savepoints, Target};
use crate::catalog::{Body, Endpoint, Method, PageStyle, Pointer, Shape};
use crate::jira::{Call, Pager, PagingError, cut};
use futures::{StreamExt, TryStreamExt};
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
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
/// A site whose worklogs were imported can have more of one moment than a page holds.
const WAY_ROUND: &str = "With a `jql` for `issues`, such as `created >= 0`, worklogs are read with their issues and without this list";

/// Reads a feed of worklogs. Those of the last minute are not listed yet (Jira's documentation of
/// `worklog/updated`).
pub async fn worklogs(context: &Context, target: &Target, savepoints: Option<&dyn Savepoints>) {
    if let Some(increment) = &target.increment {
        increment.begin(context.client.site_time());
    }
    let since = target.increment.as_ref().and_then(|increment| increment.since());
    let interrupted =
        target.increment.as_ref().and_then(|increment| increment.changed_since_interrupted());
    let read = changed(context, target, since, savepoints).await;
    // What a first reading brings is there, but for what it had staged before it was interrupted.
    let result = match (read, since.or(interrupted)) {
        (Ok(()), Some(since)) => note_deleted(context, target, since).await,
        (read, _) => read,
    };
    end(target, result);
}

/// Reads what has changed, in rounds: after each of them all that was listed so far has been sent.
async fn changed(
    context: &Context,
    target: &Target,
    since: Option<Millis>,
    savepoints: Option<&dyn Savepoints>,
) -> Result<(), ExtractError> {
    let savepoints = savepoints.filter(|_| target.outlet.keeps_nothing());
    let every = savepoints.map_or(usize::MAX, |savepoints| savepoints.every().get());
    let before = target.listed();
    // Those that Jira would not give before come first: what hid them may be over.
    let mut first = match (&before, &target.increment) {
        (None, Some(increment)) => increment.withheld(WITHHELD_A_RUN),
        _ => IdPage::new(),
    };
    let mut list = match before {
        Some(listed) => ChangeList::after(UPDATED, &listed),
        None => ChangeList::new(UPDATED, since.unwrap_or(0)),
    };
    list.leave_out(&first);
    loop {
        let (to_rows, ids) = mpsc::channel(1);
        let listing = list.send_some(every, (context, target), std::mem::take(&mut first), to_rows);
        let (listed, rows) = tokio::join!(listing, rows(context, target, ids));
        // Rows that fail stop the list, and not the other way round: their error is the cause.
        rows.and(listed)?;
        let Some(so_far) = list.so_far(target.increment.is_none()) else { return Ok(()) };
        target.note_listed(so_far);
        if let Some(savepoints) = savepoints {
            savepoints.keep(&[target], &RoaringTreemap::new()).await;
        }
    }
}

/// Notes the worklogs that are gone. What is listed here and was never in the lake is no loss to it.
async fn note_deleted(
    context: &Context,
    target: &Target,
    since: Millis,
) -> Result<(), ExtractError> {
    let mut list = ChangeList::new(DELETED, since);
    while let Some(ids) = list.next(context, target).await? {
        if let Some(increment) = &target.increment {
            increment.note_deleted(ids);
        }
    }
    Ok(())
}

/// How far a list of changes was read before its reading was left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The moment that the next page is asked for with.
    since: Millis,
    /// Ids that are left out should they come again: those of the page before, which may end with that moment, and for
    /// a snapshot, where each record comes once, all.
    left_out: IssueIds,
}

/// The ids of a list of changes, each once.
struct ChangeList {
    /// The moment that the first page is asked for with.
    since: Millis,
    endpoint: Endpoint,
    /// None after the last page.
    pager: Option<Pager>,
    /// `since` is inclusive, so a page can begin with the end of the one before.
    seen: HashSet<u64>,
    last_page: IdPage,
}

impl ChangeList {
    fn new(path: &str, since: Millis) -> Self {
        let endpoint = changes(path, since);
        let pager = Some(Pager::new(endpoint.page, endpoint.page_size));
        Self { since, endpoint, pager, seen: HashSet::new(), last_page: IdPage::new() }
    }

    fn after(path: &str, Listed { since, left_out }: &Listed) -> Self {
        Self { seen: left_out.all().iter().collect(), ..Self::new(path, *since) }
    }

    fn leave_out(&mut self, ids: &[String]) {
        self.seen.extend(ids.iter().filter_map(|id| id.parse::<u64>().ok()));
    }

    /// How far it has been read; none if that is to its end.
    fn so_far(&self, is_snapshot: bool) -> Option<Listed> {
        let parameters = self.pager.as_ref()?.parameters();
        let next = parameters.iter().find(|(name, _)| *name == "since");
        let since = next.and_then(|(_, at)| at.as_i64()).unwrap_or(self.since);
        let left_out = if is_snapshot {
            self.seen.iter().copied().collect()
        } else {
            self.last_page.iter().filter_map(|id| id.parse::<u64>().ok()).collect()
        };
        Some(Listed { since, left_out: IssueIds::of("", left_out) })
    }

    /// Sends `first`, and then pages until there were `most` ids.
    async fn send_some(
        &mut self,
        most: usize,
        (context, target): (&Context, &Target),
        first: IdPage,
        rows: mpsc::Sender<IdPage>,
    ) -> Result<(), ExtractError> {
        let mut count = 0;
        let mut page = Some(first);
        while let Some(ids) = page {
            count += ids.len();
            if !ids.is_empty() {
                rows.send(ids).await.map_err(|_| ExtractError::Stopped)?;
            }
            page = if count < most { self.next(context, target).await? } else { None };
        }
        Ok(())
    }

    /// The ids of the next page; none after the last one, which for a look is the first.
    async fn next(
        &mut self,
        context: &Context,
        target: &Target,
    ) -> Result<Option<IdPage>, ExtractError> {
        let Some(pager) = &mut self.pager else { return Ok(None) };
        let call = Call::for_page(&self.endpoint, &|_| None, pager.parameters());
        let unusable = |why: &dyn std::fmt::Display| target.unusable(&call, why);
        let answer = context.client.call(&call, &target.asked).await?;
        let page = cut(&answer.body, &self.endpoint).map_err(|shape| unusable(&shape))?;
        let ids =
            fresh(&page.records, "worklogId", &mut self.seen).map_err(|why| unusable(&why))?;
        let has_more = pager.advance(&page.marks).map_err(|why| match why {
            PagingError::StuckInTime { .. } => unusable(&format!("{why}. {WAY_ROUND}")),
            why => unusable(&why),
        })?;
        if !has_more || context.sample.is_some() {
            self.pager = None;
        }
        self.last_page.clone_from(&ids);
        Ok(Some(ids))
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
