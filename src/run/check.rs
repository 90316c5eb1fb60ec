//! What the credential may read, feed by feed, without writing anything.

use super::ending::ending_of;
use super::report::{DenialReport, Outcome};
use super::schedule::{Handler, Shared, Underway, read_all};
use super::session::Session;
use super::stop::Cause;
use super::{Plan, RunError, Stop};
use crate::catalog::{Catalog, Feed};
use crate::config::Settings;
use crate::extract::{RecordPage, Sample};
use serde::Serialize;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many parents of a feed are asked at most.
const PARENTS_ASKED: usize = 3;

/// What a credential may read.
#[derive(Debug, Clone, Serialize)]
pub struct AccessReport {
    /// The site's base URL.
    pub site: String,
    /// The account's id.
    pub account_id: String,
    /// The account's name.
    pub account: String,
    /// What the process exits with.
    pub exit_code: u8,
    /// One entry for each chosen feed, by name.
    pub feeds: Vec<FeedAccess>,
}

/// Whether one feed may be read.
#[derive(Debug, Clone, Serialize)]
pub struct FeedAccess {
    /// Its name.
    pub feed: String,
    /// The answer.
    pub access: Access,
    /// The permission that it needs, by its key.
    pub needs: &'static str,
    /// Parents that were asked, for a feed that has parents.
    pub parents: u64,
    /// Why it is not readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The evidence.
    pub denials: Vec<DenialReport>,
}

/// The answers of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Yes.
    Readable,
    /// For some of the parents that were asked.
    Partial,
    /// No: the permission is missing.
    Denied,
    /// The site does not have this.
    NotAvailable,
    /// Could not be found out.
    Failed,
}

/// Asks each chosen feed for one record.
///
/// # Errors
/// [`RunError`] if the credential does not work or the site cannot be asked.
pub async fn check(settings: &Settings, stop: &Stop) -> Result<AccessReport, RunError> {
    let filter = settings.options("issues").jql;
    let plan = Plan::new(&settings.catalog, &settings.feeds, filter.as_deref())?;
    let session = Session::open(settings, &plan, stop).await?;
    let sample = Some(Sample { records: 1, parents: PARENTS_ASKED });
    let shared = Arc::new(Shared { session, sample, stop: stop.clone() });
    let looking = Looking { catalog: settings.catalog.clone() };
    let mut feeds = read_all(&shared, &Arc::new(looking), plan).await?;
    if let Some(cause) = stop.cause() {
        return Err(match cause {
            Cause::LoginLost(lost) => RunError::LoginLost(lost.clone()),
            Cause::Signal(signal) => RunError::Interrupted(*signal),
        });
    }
    feeds.sort_by(|a, b| a.feed.cmp(&b.feed));
    let account = shared.session.account.clone();
    Ok(AccessReport {
        site: shared.session.site.clone(),
        account_id: account.id,
        account: account.display_name,
        exit_code: feeds.iter().map(|feed| feed.access.exit_code()).max().unwrap_or(0),
        feeds,
    })
}

struct Looking {
    catalog: Catalog,
}

impl Handler for Looking {
    /// Counts the records that come.
    type Open = JoinHandle<u64>;
    type Report = FeedAccess;

    fn open(&self, _: &Shared, _: &Feed) -> (Option<mpsc::Sender<RecordPage>>, Self::Open) {
        let (sender, pages) = mpsc::channel(1);
        (Some(sender), tokio::spawn(count(pages)))
    }

    async fn settle(
        &self,
        shared: &Shared,
        underway: Underway<JoinHandle<u64>>,
    ) -> Option<FeedAccess> {
        let Underway { target, open, .. } = underway;
        let counting = open?;
        let progress = target.progress_so_far();
        let feed = Arc::clone(&target.feed);
        // The counting ends when the last sender is gone.
        drop(target);
        let records = counting.await.unwrap_or_default();
        let ending = ending_of(shared, &self.catalog, &feed, &progress, records).await;
        Some(FeedAccess {
            feed: feed.name.clone(),
            access: Access::of(ending.outcome),
            needs: feed.needs.key(),
            parents: progress.0.parents,
            reason: ending.reason,
            denials: ending.denials,
        })
    }
}

async fn count(mut pages: mpsc::Receiver<RecordPage>) -> u64 {
    let mut records = 0;
    while let Some(page) = pages.recv().await {
        records += page.records.len() as u64;
    }
    records
}

impl Access {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Complete => Self::Readable,
            Outcome::Skipped => Self::NotAvailable,
            Outcome::Partial => Self::Partial,
            Outcome::Denied => Self::Denied,
            Outcome::Interrupted | Outcome::Failed => Self::Failed,
        }
    }

    fn exit_code(self) -> u8 {
        match self {
            Self::Readable | Self::NotAvailable => 0,
            Self::Partial | Self::Denied => 4,
            Self::Failed => 5,
        }
    }
}
