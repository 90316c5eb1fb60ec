//! A pass over issues in rounds: after each of them everything of the issues so far has been sent, and
//! the pass could be left and gone on with from there.
//!
//! Must not know how what was sent is kept.

use super::changelogs::changelogs;
use super::issues::rows;
use super::sweep::{IdPage, Readers};
use super::{Context, ExtractError, IssuesJob, Target};
use futures::future::BoxFuture;
use roaring::RoaringTreemap;
use std::collections::HashSet;
use std::num::NonZeroUsize;
use tokio::sync::mpsc;

/// Who keeps what has been sent of feeds that are read together, now and then.
pub trait Savepoints: Send + Sync {
    /// How many issues there are in a round.
    fn every(&self) -> NonZeroUsize;

    /// Keeps what has been sent so far of the feeds `read`: of a pass, that is everything of the issues in
    /// `done` and nothing of any other.
    fn keep<'a>(&'a self, read: &'a [&'a Target], done: &'a RoaringTreemap) -> BoxFuture<'a, ()>;
}

/// How those who read the ids of a pass fared.
pub(crate) struct RoundsEnded {
    pub(crate) rows: Result<(), ExtractError>,
    pub(crate) changelogs: Result<(), ExtractError>,
}

impl RoundsEnded {
    fn is_well(&self) -> bool {
        self.rows.is_ok() && self.changelogs.is_ok()
    }
}

/// Reads everything of the issues whose ids come.
pub(crate) async fn in_rounds(
    context: &Context,
    job: &IssuesJob,
    ids: mpsc::Receiver<IdPage>,
    savepoints: Option<&dyn Savepoints>,
) -> RoundsEnded {
    let savepoints = savepoints.filter(|_| job.can_be_left());
    let every = savepoints.map_or(usize::MAX, |savepoints| savepoints.every().get());
    let mut ids = Ids { pages: ids, rest: IdPage::new() };
    let mut ended = RoundsEnded { rows: Ok(()), changelogs: Ok(()) };
    let mut done = job.done.clone();
    let mut was_kept = !done.is_empty();
    let left_out: HashSet<_> = job
        .targets()
        .filter(|target| is_left_out(target))
        .map(|target| &target.feed.name)
        .collect();
    let has_failed = |target: &Target| target.has_failed() && !left_out.contains(&target.feed.name);
    loop {
        let (to_rows, row_ids) = mpsc::channel(1);
        let (to_changelogs, changelog_ids) = mpsc::channel(1);
        // A sender that nobody uses is dropped here, so that its receiver ends.
        let rows_go_on = job.needs_rows() && ended.rows.is_ok();
        let changelogs_go_on = job.changelogs.is_some() && ended.changelogs.is_ok();
        let readers = [rows_go_on.then_some(to_rows), changelogs_go_on.then_some(to_changelogs)];
        let readers = Readers::new(readers.into_iter().flatten());
        let histories = async {
            match &job.changelogs {
                Some(target) => changelogs(context, job, target, changelog_ids).await,
                None => Ok(()),
            }
        };
        let (round, rows, histories) =
            tokio::join!(ids.send_some(every, readers), rows(context, job, row_ids), histories);
        ended.rows = ended.rows.and(rows);
        ended.changelogs = ended.changelogs.and(histories);
        done |= round.sent;
        let is_whole = ended.is_well() && !job.targets().any(has_failed);
        // A short pass is read again as soon as it is gone on with.
        if let Some(savepoints) = savepoints
            && is_whole
            && (was_kept || !round.is_last)
        {
            savepoints.keep(&job.targets().collect::<Vec<_>>(), &done).await;
            was_kept = true;
        }
        if round.is_last {
            return ended;
        }
    }
}

/// Whether it was known before that the site does not have the feed.
fn is_left_out(target: &Target) -> bool {
    matches!(target.progress_so_far(), (_, Some(ExtractError::NotAvailable(_))))
}

/// Ids as they come, in pages that are cut where a round ends.
struct Ids {
    pages: mpsc::Receiver<IdPage>,
    rest: IdPage,
}

struct Round {
    sent: RoaringTreemap,
    is_last: bool,
}

impl Ids {
    /// Sends as many ids as are left, up to `most`; none to readers that have gone away.
    async fn send_some(&mut self, most: usize, mut readers: Readers) -> Round {
        let mut sent = RoaringTreemap::new();
        let mut count = 0;
        while count < most && !readers.are_gone() {
            if self.rest.is_empty() {
                match self.pages.recv().await {
                    Some(page) => self.rest = page,
                    None => return Round { sent, is_last: true },
                }
            }
            let later = self.rest.split_off(self.rest.len().min(most - count));
            let page = std::mem::replace(&mut self.rest, later);
            count += page.len();
            sent.extend(page.iter().filter_map(|id| id.parse::<u64>().ok()));
            readers.send(page).await;
        }
        Round { sent, is_last: readers.are_gone() }
    }
}
