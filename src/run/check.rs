//! What the credential may read, feed by feed, without writing anything.
//!
//! First Jira's own word on the account's permissions is asked, for the site and for each project. Where
//! that settles a feed, it is not asked for. The others are asked for one record, since a permission
//! does not tell whether a product, a feature or a board is there.

use super::denial::not_permitted;
use super::ending::{Yield, ending_of};
use super::report::{DenialReport, Outcome};
use super::rights::{PERMITTED_PROJECTS, Rights};
use super::schedule::{Handler, Shared, Underway, read_all};
use super::session::Session;
use super::stop::Cause;
use super::ticket::ticket;
use super::{Plan, RunError, Stop};
use crate::catalog::{Catalog, Feed, Method, Permission, Strategy};
use crate::config::Settings;
use crate::extract::{RecordPage, Sample, Withheld};
use crate::jira::{CallError, Refusal};
use serde::Serialize;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How many parents of a feed are asked, unless all are.
const PARENTS_ASKED: usize = 50;

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
    /// Jira's word on each permission that a feed may need, by its key.
    pub permissions: BTreeMap<String, bool>,
    /// What to ask the administrators for, as a text that can be sent to them; none if nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
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
    /// The group of permissions that it belongs to, by its name.
    pub group: &'static str,
    /// What people call one of the parents, as `board`; none for a feed that is asked for as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_called: Option<String>,
    /// Parents that were asked.
    pub parents: u64,
    /// How many of them may be read.
    pub parents_readable: u64,
    /// How many parents there are, asked or not.
    pub parents_total: u64,
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

/// Says of each chosen feed whether it may be read. With `every_parent`, feeds with parents are asked
/// for all of them, and not only for the first 50.
///
/// # Errors
/// [`RunError`] if the credential does not work or the site cannot be asked.
pub async fn check(
    settings: &Settings,
    every_parent: bool,
    stop: &Stop,
) -> Result<AccessReport, RunError> {
    let filter = settings.options("issues").jql;
    let plan = Plan::new(&settings.catalog, &settings.feeds, filter.as_deref())?;
    let session = Session::open(settings, &plan, stop).await?;
    let rights = rights(&session).await?;
    let chosen: Vec<_> = plan.chosen().cloned().collect();
    let lacking = |feed: &Arc<Feed>| lacking(&settings.catalog, feed, &rights);
    let (settled, open): (Vec<_>, Vec<_>) =
        chosen.into_iter().partition(|feed| lacking(feed).is_some());
    let sample = Sample {
        records: 1,
        parents: if every_parent { usize::MAX } else { PARENTS_ASKED },
        at_once: session.client.max_in_flight(),
        every_parent,
        withheld: Arc::new(withheld(&session, &rights, &open).await?),
    };
    let mut feeds: Vec<_> = settled
        .iter()
        .filter_map(|feed| Some(FeedAccess::denied(feed, not_permitted(&*lacking(feed)?))))
        .collect();
    let shared = Arc::new(Shared::new(session, Some(sample), stop));
    let looking = Looking { catalog: settings.catalog.clone() };
    let plan = Plan::new(&settings.catalog, &open, filter.as_deref())?;
    feeds.extend(read_all(&shared, &Arc::new(looking), plan).await);
    if let Some(cause) = stop.cause() {
        return Err(match cause {
            Cause::LoginLost(lost) => RunError::LoginLost(lost.clone()),
            Cause::LockLost(lost) => RunError::LockLost(lost.clone()),
            Cause::Signal(signal) => RunError::Interrupted(*signal),
        });
    }
    feeds.sort_by(|a, b| a.feed.cmp(&b.feed));
    Ok(report(&shared, &rights, feeds))
}

fn report(shared: &Shared, rights: &Rights, feeds: Vec<FeedAccess>) -> AccessReport {
    let (account, site) = (shared.session.account.clone(), shared.session.site.clone());
    let denials = feeds
        .iter()
        .flat_map(|feed| feed.denials.iter().map(|denial| (feed.feed.as_str(), denial)));
    AccessReport {
        ticket: ticket(&account, &site, denials),
        site,
        account_id: account.id,
        account: account.display_name,
        exit_code: feeds.iter().map(|feed| feed.access.exit_code()).max().unwrap_or(0),
        permissions: rights.keys().clone(),
        feeds,
    }
}

/// Without Jira's word on permissions every feed is asked for itself.
async fn rights(session: &Session) -> Result<Rights, RunError> {
    match Rights::ask(session).await {
        Err(CallError::LoginLost(lost)) => Err(lost.into()),
        Err(error) => {
            tracing::warn!(%error, "permissions cannot be asked; each feed is asked instead");
            Ok(Rights::default())
        }
        Ok(rights) => Ok(rights),
    }
}

/// The feed, or one above it, whose permission the account lacks in the whole site.
fn lacking(catalog: &Catalog, feed: &Arc<Feed>, rights: &Rights) -> Option<Arc<Feed>> {
    if rights.lack(feed.needs) {
        return Some(Arc::clone(feed));
    }
    lacking(catalog, catalog.get(feed.above()?)?, rights)
}

/// For each feed that is asked for project by project, the projects that need not be asked.
async fn withheld(
    session: &Session,
    rights: &Rights,
    feeds: &[Arc<Feed>],
) -> Result<BTreeMap<String, Withheld>, RunError> {
    let of_projects = feeds.iter().filter(|feed| {
        feed.strategy == Strategy::FanOut
            && feed.parent.as_ref().is_some_and(|parent| parent.feed == "projects")
    });
    let mut known = BTreeMap::new();
    let mut withheld = BTreeMap::new();
    for feed in of_projects {
        if let Entry::Vacant(unknown) = known.entry(feed.needs) {
            unknown.insert(match rights.projects_with(session, feed.needs).await {
                Err(CallError::LoginLost(lost)) => return Err(lost.into()),
                // Then each project is asked itself.
                permitted => permitted.unwrap_or_default(),
            });
        }
        if let Some(permitted) = known.get(&feed.needs).cloned().flatten() {
            let refusal = lacks_in_project(feed.needs, &feed.name);
            withheld.insert(feed.name.clone(), Withheld { permitted, refusal });
        }
    }
    Ok(withheld)
}

fn lacks_in_project(permission: Permission, feed: &str) -> Refusal {
    Refusal {
        feed: feed.to_owned(),
        method: Method::Post,
        template: PERMITTED_PROJECTS.to_owned(),
        path: PERMITTED_PROJECTS.to_owned(),
        status: Some(200),
        message: format!("Jira says that the account lacks {} in this project", permission.title()),
        lacks_scope: false,
        attempts: 1,
        trace_id: None,
    }
}

struct Looking {
    catalog: Catalog,
}

impl Handler for Looking {
    /// Counts the records that come.
    type Open = JoinHandle<u64>;
    type Report = FeedAccess;

    fn open(&self, _: &Shared, _: &Arc<Feed>) -> (Option<mpsc::Sender<RecordPage>>, Self::Open) {
        let (sender, pages) = mpsc::channel(1);
        (Some(sender), tokio::spawn(count(pages)))
    }

    fn defect(&self, feed: &Feed, what: String) -> FeedAccess {
        let reason = Some(RunError::Defect(what).to_string());
        FeedAccess { reason, ..FeedAccess::of(feed, Access::Failed) }
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
        let ending = ending_of(shared, &self.catalog, &feed, &progress, Yield::of(records)).await;
        let tally = &progress.0;
        let access = Access::of(ending.outcome);
        Some(FeedAccess {
            access,
            parents: tally.parents,
            parents_readable: tally.parents.saturating_sub(tally.denials.len() as u64),
            parents_total: tally.parents_total.unwrap_or_default().max(tally.parents),
            reason: ending.reason,
            denials: ending.denials,
            ..FeedAccess::of(&feed, access)
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

impl FeedAccess {
    fn of(feed: &Feed, access: Access) -> Self {
        Self {
            feed: feed.name.clone(),
            access,
            needs: feed.needs.key(),
            group: feed.needs.group().title(),
            parent_called: feed.parent.as_ref().map(|parent| parent.called.clone()),
            parents: 0,
            parents_readable: 0,
            parents_total: 0,
            reason: None,
            denials: Vec::new(),
        }
    }

    fn denied(feed: &Feed, denial: DenialReport) -> Self {
        let reason = Some(denial.message.clone());
        Self { reason, denials: vec![denial], ..Self::of(feed, Access::Denied) }
    }
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
