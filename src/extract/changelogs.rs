//! Histories of issues, 1000 issues a call, by `changelog/bulkfetch`: whole, where the histories
//! inside an issue are cut off at 40.

use super::list::pages;
use super::sweep::{IdPage, id_chunks};
use super::{Context, ExtractError, Target};
use futures::{StreamExt, TryStreamExt};
use std::sync::Arc;
use tokio::sync::mpsc;

const ISSUES_A_CALL: usize = 1000;
/// An answer holds megabytes; each that waits for the writer is memory.
const CALLS_AT_ONCE: usize = 4;

pub(crate) async fn changelogs(
    context: &Context,
    target: &Target,
    ids: mpsc::Receiver<IdPage>,
) -> Result<(), ExtractError> {
    id_chunks(ids, ISSUES_A_CALL)
        .map(|chunk| async move {
            let read: Vec<u64> = chunk.iter().filter_map(|id| id.parse().ok()).collect();
            let mut endpoint = target.endpoint()?.clone();
            endpoint.body.insert("issueIdsOrKeys".to_owned(), chunk.into());
            pages(context, target, &endpoint, &Arc::default()).await?;
            if let Some(increment) = &target.increment {
                for id in read {
                    increment.note_issue(id, None, true);
                }
            }
            Ok(())
        })
        .buffer_unordered(context.client.max_in_flight().min(CALLS_AT_ONCE))
        .try_collect()
        .await
}
