//! Histories of issues, 1000 issues a call, by `changelog/bulkfetch`: whole, where the histories
//! inside an issue are cut off at 40.

use super::absent::absent;
use super::list::PageReader;
use super::record::issue_of;
use super::sweep::{IdPage, id_chunks};
use super::{Context, ExtractError, IssuesJob, Target};
use futures::{StreamExt, TryStreamExt};
use roaring::RoaringTreemap;
use std::sync::Arc;
use tokio::sync::mpsc;

const ISSUES_A_CALL: usize = 1000;
/// An answer holds megabytes; each that waits for the writer is memory.
const CALLS_AT_ONCE: usize = 4;

pub(crate) async fn changelogs(
    context: &Context,
    job: &IssuesJob,
    target: &Target,
    ids: mpsc::Receiver<IdPage>,
) -> Result<(), ExtractError> {
    id_chunks(ids, ISSUES_A_CALL)
        .map(|chunk| histories_of(context, job, target, chunk))
        .buffer_unordered(context.client.max_in_flight().min(CALLS_AT_ONCE))
        .try_collect()
        .await
}

async fn histories_of(
    context: &Context,
    job: &IssuesJob,
    target: &Target,
    chunk: IdPage,
) -> Result<(), ExtractError> {
    let read: RoaringTreemap = chunk.iter().filter_map(|id| id.parse::<u64>().ok()).collect();
    let mut silent = read.clone();
    let mut endpoint = target.endpoint()?.clone();
    endpoint.body.insert("issueIdsOrKeys".to_owned(), chunk.into());
    let above = Arc::default();
    let mut pages = PageReader::new(context, target, &endpoint, &above);
    while let Some(page) = pages.next().await? {
        silent -= page.records.iter().filter_map(issue_of).collect::<RoaringTreemap>();
        target.deliver(page.records, page.received_at).await?;
    }
    let Some(increment) = &target.increment else { return Ok(()) };
    read.iter().for_each(|id| increment.note_issue(id, None, true));
    // An issue that has been hidden since it was found looks like one without a history.
    if increment.since().is_some() {
        let hidden = absent(context, job, &target.asked, (&silent, &|_| true)).await?;
        hidden.iter().for_each(|id| increment.note_unread(id));
    }
    Ok(())
}
