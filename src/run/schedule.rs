//! All feeds of a plan at once: each extractor in a task of its own, feeds that share requests in one.
//!
//! What is done with the records is the handler's: a run writes them, a check only looks at how reading fares.

use super::keeping::IssueFates;
use super::plan::{IssuesPlan, PlannedFeed};
use super::rights::Rights;
use super::savepoint::Interrupted;
use super::session::Session;
use super::{Plan, Stop};
use crate::catalog::{Feed, Strategy, Window};
use crate::extract::{
    Bound, Context, EmbeddedTarget, ExtractError, ISSUES, Increment, IssueDate, IssuesJob, Outlet,
    ParentList, ParentTap, RecordPage, Sample, Savepoints, Target, fan_out, issues, list, worklogs,
};
use crate::jira::CallError;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;
use tokio::sync::{OnceCell, mpsc, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

/// What is done with the records of each feed.
pub(crate) trait Handler: Send + Sync + 'static {
    /// What is kept from opening a feed until it is settled.
    type Open: Send + Sync;
    /// What is said of a feed in the end.
    type Report: Send + 'static;

    /// Makes ready for the records of a chosen feed.
    fn open(
        &self,
        reading: &Shared,
        feed: &Arc<Feed>,
    ) -> (Option<mpsc::Sender<RecordPage>>, Self::Open);

    /// Which records of a feed are news; none if all are wanted.
    fn increment(&self, _feed: &str) -> Option<Arc<Increment>> {
        None
    }

    /// What was read and staged before the reading was interrupted.
    fn interrupted(&self) -> Option<&Interrupted> {
        None
    }

    /// Who makes savepoints of feeds that are read together, of which `first` is the first; none if nobody
    /// goes on with them.
    fn savepoints<'a>(
        &'a self,
        _first: &'a str,
        _opened: &'a Opened<Self::Open>,
    ) -> Option<Box<dyn Savepoints + 'a>> {
        None
    }

    /// What is said of a chosen feed whose task ended by a defect of this program.
    fn defect(&self, feed: &Feed, what: String) -> Self::Report;

    /// Ends a feed that has been read; `open` is none if nobody chose it.
    fn settle(
        &self,
        reading: &Shared,
        underway: Underway<Self::Open>,
    ) -> impl Future<Output = Option<Self::Report>> + Send;
}

/// What all feeds of one reading share.
pub(crate) struct Shared {
    pub(crate) session: Session,
    pub(crate) sample: Option<Sample>,
    pub(crate) stop: Stop,
    /// The part of the site's time that is read; none for all of it.
    backfill: Option<(IssueDate, Window)>,
    rights: OnceCell<Rights>,
    /// What the pass has found out about issues; none as long as it may find out more.
    fates: watch::Sender<Option<IssueFates>>,
}

impl Shared {
    pub(crate) fn new(session: Session, sample: Option<Sample>, stop: &Stop) -> Self {
        let fates = watch::Sender::new(Some(IssueFates::default()));
        let (stop, rights) = (stop.clone(), OnceCell::new());
        Self { session, sample, stop, backfill: None, rights, fates }
    }

    /// The same, but only a window is read.
    pub(crate) fn within(self, by: IssueDate, window: Window) -> Self {
        Self { backfill: Some((by, window)), ..self }
    }

    /// What the pass over issues has found out about them, once it is over.
    pub(crate) async fn issue_fates(&self) -> IssueFates {
        let mut fates = self.fates.subscribe();
        let known = fates.wait_for(Option::is_some).await;
        known.ok().and_then(|known| known.clone()).unwrap_or_default()
    }

    /// What the account may do, asked when it is first wanted.
    pub(crate) async fn rights(&self) -> Result<&Rights, CallError> {
        self.rights.get_or_try_init(|| Rights::ask(&self.session)).await
    }
}

/// Those who wait for the fates of issues must not wait for a pass whose task has ended.
struct PassUnderway(Arc<Shared>);

impl PassUnderway {
    fn begin(shared: &Arc<Shared>) -> Self {
        shared.fates.send_replace(None);
        Self(Arc::clone(shared))
    }

    fn ended(&self, fates: IssueFates) {
        self.0.fates.send_replace(Some(fates));
    }
}

impl Drop for PassUnderway {
    fn drop(&mut self) {
        self.0.fates.send_if_modified(|fates| {
            let is_open = fates.is_none();
            fates.get_or_insert_default();
            is_open
        });
    }
}

/// A feed under way.
pub(crate) struct Underway<O> {
    pub(crate) target: Target,
    pub(crate) open: Option<O>,
    pub(crate) began: Instant,
}

/// Reads every feed of `plan`; the reports come in no order. A defect in the task of one feed is told of
/// the feeds of that task, and costs the others nothing.
pub(crate) async fn read_all<H: Handler>(
    shared: &Arc<Shared>,
    handler: &Arc<H>,
    plan: Plan,
) -> Vec<H::Report> {
    let mut tasks: JoinSet<Vec<H::Report>> = JoinSet::new();
    let mut feeds_of: HashMap<Id, Vec<Arc<Feed>>> = HashMap::new();
    let (lists, taps) = parent_lists(&plan);
    let mut links = Links { taps, derived: plan.derived };
    let reading = Reading { shared: Arc::clone(shared), handler: Arc::clone(handler) };
    if let Some(pass) = plan.issues {
        let (job, open) = reading.issues_job(&pass, &mut links);
        let feeds = chosen(&open);
        let underway = PassUnderway::begin(shared);
        let task = tasks.spawn(reading.clone().read_issues(job, open, underway));
        feeds_of.insert(task.id(), feeds);
    }
    for planned in plan.feeds.into_values() {
        let parents = lists.get(&planned.feed.name).cloned();
        let mut open = Opened::new();
        let target = reading.start(&planned, &mut links, &mut open);
        let feeds = chosen(&open);
        let task = tasks.spawn(reading.clone().read_one(target, open, parents));
        feeds_of.insert(task.id(), feeds);
    }
    let mut reports = Vec::new();
    while let Some(ended) = tasks.join_next_with_id().await {
        match ended {
            Ok((_, of_task)) => reports.extend(of_task),
            Err(error) => {
                let feeds = feeds_of.remove(&error.id()).unwrap_or_default();
                reports.extend(feeds.iter().map(|feed| handler.defect(feed, error.to_string())));
            }
        }
    }
    reports
}

/// What hangs on each feed: children that are asked for its records, and feeds cut out of them.
struct Links {
    taps: Taps,
    derived: BTreeMap<String, BTreeMap<String, PlannedFeed>>,
}

/// Each chosen feed with what the handler keeps for it, by name.
pub(crate) type Opened<O> = BTreeMap<String, (Arc<Feed>, O)>;

fn chosen<O>(opened: &Opened<O>) -> Vec<Arc<Feed>> {
    opened.values().map(|(feed, _)| Arc::clone(feed)).collect()
}

struct Reading<H> {
    shared: Arc<Shared>,
    handler: Arc<H>,
}

impl<H> Clone for Reading<H> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), handler: Arc::clone(&self.handler) }
    }
}

impl<H: Handler> Reading<H> {
    /// A feed about to be read, with all that hangs on it.
    fn start(
        &self,
        planned: &PlannedFeed,
        links: &mut Links,
        opened: &mut Opened<H::Open>,
    ) -> Target {
        let feed = &planned.feed;
        let (sender, open) =
            planned.is_chosen.then(|| self.handler.open(&self.shared, feed)).unzip();
        opened.extend(open.map(|open| (feed.name.clone(), (Arc::clone(feed), open))));
        let taps = links.taps.remove(&feed.name).unwrap_or_default();
        let derived = links.derived.remove(&feed.name).unwrap_or_default();
        let derived = derived.values().filter_map(|inner| self.start_inside(inner, links, opened));
        let outlet = Outlet::new(feed, sender.flatten(), taps, derived.collect());
        let increment = self.handler.increment(&feed.name);
        let mut target = Target::new(Arc::clone(feed), outlet, increment);
        target.backfill = self.shared.backfill.map(|(_, window)| window);
        let before = self.handler.interrupted().and_then(|before| before.read_so_far(&feed.name));
        if let Some(before) = before {
            target.go_on_from(before);
        }
        target
    }

    fn start_inside(
        &self,
        planned: &PlannedFeed,
        links: &mut Links,
        opened: &mut Opened<H::Open>,
    ) -> Option<EmbeddedTarget> {
        let target = self.start(planned, links, opened);
        EmbeddedTarget::new(target, |custom| self.fields_of(custom))
    }

    async fn read_one(
        self,
        target: Target,
        open: Opened<H::Open>,
        parents: Option<Arc<ParentList>>,
    ) -> Vec<H::Report> {
        let (context, began) = (self.context(), Instant::now());
        let reading = async {
            let savepoints = self.handler.savepoints(&target.feed.name, &open);
            let savepoints = savepoints.as_deref();
            match (target.feed.strategy, &parents) {
                _ if self.lacks_fields(&target) => {}
                (Strategy::Worklogs, _) => worklogs(&context, &target, savepoints).await,
                (_, Some(parents)) => fan_out(&context, &target, parents, savepoints).await,
                (_, None) => list(&context, &target).await,
            }
        };
        tokio::select! {
            () = reading => {}
            () = self.shared.stop.requested() => target.fail(ExtractError::Stopped),
        }
        self.settle(vec![target], open, began).await
    }

    async fn read_issues(
        self,
        job: IssuesJob,
        open: Opened<H::Open>,
        underway: PassUnderway,
    ) -> Vec<H::Report> {
        let (context, began) = (self.context(), Instant::now());
        let reading = async {
            // All of them, so that each feed that cannot be read is told; the others go on.
            for target in job.targets() {
                self.lacks_fields(target);
            }
            job.embedded.iter().for_each(EmbeddedTarget::skip_without_place);
            if job.has_work() {
                let savepoints = self.handler.savepoints(ISSUES, &open);
                issues(&context, &job, savepoints.as_deref()).await;
            }
        };
        tokio::select! {
            () = reading => {}
            () = self.shared.stop.requested() => {
                job.targets().for_each(|target| target.fail(ExtractError::Stopped));
            }
        }
        underway.ended(IssueFates {
            gone: job.gone_issues(),
            out_of_sight: job.issues_out_of_sight(),
            ..IssueFates::default()
        });
        self.settle(job.into_targets().collect(), open, began).await
    }

    /// Ends feeds that were read together, and all that was derived from them.
    async fn settle(
        &self,
        read: Vec<Target>,
        mut opened: Opened<H::Open>,
        began: Instant,
    ) -> Vec<H::Report> {
        read.iter().for_each(Target::close);
        let settled = read.into_iter().flat_map(Target::with_derived).map(|target| {
            let open = opened.remove(&target.feed.name).map(|(_, open)| open);
            self.handler.settle(&self.shared, Underway { target, open, began })
        });
        futures::future::join_all(settled).await.into_iter().flatten().collect()
    }

    fn issues_job(&self, pass: &IssuesPlan, links: &mut Links) -> (IssuesJob, Opened<H::Open>) {
        let mut opened = Opened::new();
        let embedded = pass.embedded.values();
        let job = IssuesJob {
            filter: pass.filter.clone(),
            bound: match self.shared.backfill {
                Some((by, window)) => Bound::Within(by, window),
                None => Bound::All,
            },
            issues: self.start(&pass.issues, links, &mut opened),
            wants_rows: pass.issues.is_chosen,
            embedded: embedded
                .filter_map(|planned| self.start_inside(planned, links, &mut opened))
                .collect(),
            changelogs: pass
                .changelogs
                .as_ref()
                .map(|planned| self.start(planned, links, &mut opened)),
            done: self.handler.interrupted().map(|before| before.done.clone()).unwrap_or_default(),
        };
        (job, opened)
    }

    /// Fails a feed that has a column for each field of the site, if Jira would not give the fields.
    fn lacks_fields(&self, target: &Target) -> bool {
        let lacking = self.shared.session.fields.as_ref().err();
        let lacking = lacking.filter(|_| target.feed.needs_site_fields());
        lacking.is_some_and(|error| {
            target.fail(error.clone());
            true
        })
    }

    /// The ids of the site's fields that have a custom type.
    fn fields_of(&self, custom: &str) -> Vec<String> {
        let fields = self.shared.session.known_fields().iter();
        let of_type = fields.filter(|field| field.is_of_type(custom));
        of_type.map(|field| field.id.clone()).collect()
    }

    fn context(&self) -> Context {
        Context { client: self.shared.session.client.clone(), sample: self.shared.sample.clone() }
    }
}

type ParentLists = BTreeMap<String, Arc<ParentList>>;
type Taps = BTreeMap<String, Vec<ParentTap>>;

/// For each feed with a parent the list that it waits for, and for each parent the taps that fill them.
fn parent_lists(plan: &Plan) -> (ParentLists, Taps) {
    let mut lists = ParentLists::new();
    let mut taps = Taps::new();
    for planned in plan.feeds.values() {
        if let Some(parent) = &planned.feed.parent {
            let list = ParentList::new(parent.clone());
            taps.entry(parent.feed.clone()).or_default().push(list.tap());
            lists.insert(planned.feed.name.clone(), list);
        }
    }
    (lists, taps)
}

#[cfg(test)]
mod tests;
