//! Issues and all that lives in them: one sweep of ids, then rows by `issue/bulkfetch`, many calls
//! at once, and changelogs by `changelog/bulkfetch` beside them. No request per issue but where an
//! issue holds more than Jira puts into it.

use super::changes::find_changes;
use super::increment::changed_at;
use super::list::end;
use super::record::plain_at;
use super::rounds::{Savepoints, in_rounds};
use super::sweep::{Bound, IdPage, Readers, id_chunks, sweep};
use super::{Context, Denial, EmbeddedTarget, ExtractError, Millis, Record, Target};
use crate::catalog::Pointer;
use crate::jira::{Answer, Call, CallError, Refusal, json};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use roaring::RoaringTreemap;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::mpsc;

/// All feeds of a run that are read in one pass over issues.
pub struct IssuesJob {
    /// Which issues, in JQL; all if none.
    pub filter: Option<String>,
    /// Which of those; an incremental pass has bounds of its own.
    pub bound: Bound,
    /// The feed `issues`: where the requests of the pass are counted, also when nobody asked for its rows.
    pub issues: Target,
    /// Whether its rows are to be written, and so all their fields asked for.
    pub wants_rows: bool,
    /// Feeds cut out of the issues.
    pub embedded: Vec<EmbeddedTarget>,
    /// The feed of histories.
    pub changelogs: Option<Target>,
    /// The issues of which an interrupted pass, which this one goes on with, has sent everything.
    pub done: RoaringTreemap,
}

impl IssuesJob {
    /// The feeds of the pass.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.cut_from_rows().chain(&self.changelogs)
    }

    /// The feeds of the pass, once it is over.
    pub fn into_targets(self) -> impl Iterator<Item = Target> {
        let embedded = self.embedded.into_iter().map(|embedded| embedded.target);
        std::iter::once(self.issues).chain(embedded).chain(self.changelogs)
    }

    /// Whether any feed of the pass is still to be read.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.targets().any(|target| self.reads_for(target))
    }

    /// Whether somebody wants what `target` brings, and it has not failed.
    pub(super) fn reads_for(&self, target: &Target) -> bool {
        let is_wanted = self.needs_issues() || target.feed.name != self.issues.feed.name;
        is_wanted && !target.has_failed()
    }

    /// Whether issues are to be fetched at all, and not only their histories.
    pub(super) fn needs_rows(&self) -> bool {
        self.needs_issues() || !self.embedded.is_empty()
    }

    /// Whether all that is to be known of a pass that was left is in what it has sent.
    pub(super) fn can_be_left(&self) -> bool {
        self.targets().all(|target| target.outlet.keeps_nothing())
    }

    /// Whether anybody reads the issues themselves: the writer, or feeds that are asked for each issue.
    fn needs_issues(&self) -> bool {
        self.wants_rows || self.issues.outlet.has_children()
    }

    /// Whatever is cut out of an issue is gone with it. If the issue is only hidden, its changes are still to come.
    fn note_vanished(&self, ids: &[String]) {
        for id in ids.iter().filter_map(|id| id.parse().ok()) {
            self.increments().for_each(|increment| increment.note_unread(id));
        }
        for target in self.cut_from_rows() {
            target.update(|tally| tally.vanished.extend(ids.iter().cloned()));
        }
    }

    fn note_denied(&self, id: &str, refusal: &Refusal) {
        if let Ok(id) = id.parse() {
            self.increments().for_each(|increment| increment.note_unread(id));
        }
        for target in self.cut_from_rows() {
            let denial = Denial { parent: Some(format!("issue {id}")), refusal: refusal.clone() };
            target.update(|tally| {
                tally.parents += 1;
                tally.denials.push(denial);
            });
        }
    }

    fn cut_from_rows(&self) -> impl Iterator<Item = &Target> {
        let embedded = self.embedded.iter().map(|embedded| &embedded.target);
        std::iter::once(&self.issues).chain(embedded)
    }
}

/// Reads all feeds of `job`; each fares for itself but for what they share.
pub async fn issues(context: &Context, job: &IssuesJob, savepoints: Option<&dyn Savepoints>) {
    let (to_rounds, ids) = mpsc::channel::<IdPage>(1);
    let readers = Readers::new([to_rounds]);
    job.increments().for_each(|increment| increment.begin(context.client.site_time()));
    let is_incremental = context.sample.is_none() && job.increments().next().is_some();
    let find_ids = async {
        if is_incremental {
            return find_changes(context, job, readers).await;
        }
        let jql = job.bound.ordered_jql(job.filter.as_deref());
        sweep(context, job, &jql, readers).await
    };
    let (swept, read) = tokio::join!(find_ids, in_rounds(context, job, ids, savepoints));
    job.issues.tell_children(&swept.clone().and(read.rows.clone()));
    if let Some(target) = &job.changelogs {
        end(target, read.changelogs);
    }
    if let Err(error) = swept {
        job.targets().for_each(|target| target.fail(error.clone()));
    }
    if let Err(error) = read.rows {
        job.cut_from_rows().for_each(|target| target.fail(error.clone()));
    }
}

/// Reads the issues whose ids come.
pub(super) async fn rows(
    context: &Context,
    job: &IssuesJob,
    ids: mpsc::Receiver<IdPage>,
) -> Result<(), ExtractError> {
    let fields = fields(job);
    let a_call = job.issues.endpoint()?.page_size as usize;
    id_chunks(ids, a_call.max(1))
        .map(|chunk| {
            let fields = &fields;
            async move { rows_of(context, job, fields, &chunk).await }
        })
        .buffer_unordered(context.client.max_in_flight())
        .try_collect()
        .await
}

/// What to ask for: everything, or only what holds the embedded feeds.
fn fields(job: &IssuesJob) -> Vec<String> {
    if job.wants_rows {
        return vec!["*all".to_owned()];
    }
    // 1000 ids a call would do for some of these, but not for comments, worklogs and attachments.
    let embedded = job.embedded.iter().flat_map(EmbeddedTarget::fields);
    let of_parents = job.issues.outlet.places().filter_map(|at| match at.steps() {
        [fields, field, ..] if fields == "fields" => Some(field.as_str()),
        _ => None,
    });
    let cursor = job.increments().next().map(|_| "updated");
    let asked: HashSet<_> = embedded.chain(of_parents).chain(cursor).collect();
    if asked.contains("*all") || asked.is_empty() {
        // Id and key come in any case; a list without fields would mean a choice of Jira's own.
        let field = if asked.is_empty() { "created" } else { "*all" };
        return vec![field.to_owned()];
    }
    asked.into_iter().map(str::to_owned).collect()
}

async fn rows_of(
    context: &Context,
    job: &IssuesJob,
    fields: &[String],
    ids: &[String],
) -> Result<(), ExtractError> {
    let mut wanted = ids.to_vec();
    // Twice: an id that is missing the first time may have been a slip, the second time it is gone.
    for _ in 0..2 {
        let fetched = fetch(context, job, fields, &wanted).await?;
        let got: HashSet<_> = fetched.issues.iter().filter_map(id_of).collect();
        pass_on(context, job, fetched.issues, fetched.received_at).await?;
        wanted.retain(|id| !got.contains(id));
        let (broken, missing) = wanted.into_iter().partition(|id| fetched.broken.contains(id));
        fetch_one_by_one(context, job, fields, broken).await?;
        wanted = missing;
        if wanted.is_empty() {
            return Ok(());
        }
    }
    job.note_vanished(&wanted);
    Ok(())
}

struct Fetched {
    issues: Vec<Bytes>,
    /// Ids that Jira reported in `issueErrors`: readable, but not by this call.
    broken: HashSet<String>,
    received_at: i64,
}

async fn fetch(
    context: &Context,
    job: &IssuesJob,
    fields: &[String],
    ids: &[String],
) -> Result<Fetched, ExtractError> {
    let path = &job.issues.endpoint()?.path;
    let call = Call::post(path, json!({ "issueIdsOrKeys": ids, "fields": fields }));
    let Answer { body, received_at } = context.client.call(&call, &job.issues.asked).await?;
    let text = std::str::from_utf8(&body).unwrap_or_default();
    let issues = json::member(text, "issues").and_then(json::items).ok_or_else(|| {
        job.issues.unusable(&call, &"the answer has no list of issues at `/issues`")
    })?;
    if let Some(odd) = issues.iter().find(|issue| !issue.starts_with('{')) {
        let why = format!("an issue of the answer is {}, not an object", json::kind(odd));
        return Err(job.issues.unusable(&call, &why));
    }
    let errors = json::member(text, "issueErrors").and_then(json::items).unwrap_or_default();
    let broken = errors.iter().filter_map(|error| json::member(error, "id").and_then(json::plain));
    Ok(Fetched {
        broken: broken.collect(),
        issues: issues.into_iter().map(|issue| body.slice_ref(issue.as_bytes())).collect(),
        received_at,
    })
}

/// The way for issues that the bulk call cannot give: 404 means that the issue is gone.
async fn fetch_one_by_one(
    context: &Context,
    job: &IssuesJob,
    fields: &[String],
    ids: Vec<String>,
) -> Result<(), ExtractError> {
    for id in ids {
        let mut call =
            Call::get(&format!("/rest/api/3/issue/{id}"), &[("fields", &fields.join(","))]);
        "/rest/api/3/issue/{issueIdOrKey}".clone_into(&mut call.template);
        let mut asked = job.issues.asked.clone();
        asked.denied = Arc::new([404]);
        match context.client.call(&call, &asked).await {
            Ok(answer) => pass_on(context, job, vec![answer.body], answer.received_at).await?,
            Err(CallError::Denied(refusal)) if refusal.status == Some(404) => {
                job.note_vanished(&[id]);
            }
            Err(CallError::Denied(refusal)) => job.note_denied(&id, &refusal),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn pass_on(
    context: &Context,
    job: &IssuesJob,
    issues: Vec<Bytes>,
    received_at: i64,
) -> Result<(), ExtractError> {
    let nothing = Arc::default();
    let bare = |json| Record { json, bindings: Arc::clone(&nothing) };
    let issues: Vec<_> = issues.into_iter().map(bare).collect();
    for embedded in &job.embedded {
        embedded.take(context, &issues, received_at).await;
    }
    if !job.issues.has_failed() {
        let (issues, wanted) = job.issues.wanted(&issues);
        match job.issues.outlet.send(issues, received_at).await {
            Ok(()) => job.issues.note_issues(&wanted),
            Err(error) => job.issues.fail(error),
        }
    }
    // A feed that cannot be written costs the others nothing, but for nobody nothing is read.
    let goes_on = job.cut_from_rows().any(|target| job.reads_for(target));
    if goes_on { Ok(()) } else { Err(ExtractError::Stopped) }
}

/// An issue that was looked at: its id, when it changed last, and whether it is news.
pub(super) struct LookedAt {
    id: u64,
    changed_at: Option<Millis>,
    is_news: bool,
}

impl Target {
    /// Those of some issues that are news for the feed, and what is to be noted of all of them.
    pub(super) fn wanted(&self, issues: &[Record]) -> (Vec<Record>, Vec<LookedAt>) {
        let Some(increment) = &self.increment else { return (issues.to_vec(), Vec::new()) };
        let updated = Pointer::default().join("fields").join("updated");
        let mut wanted = Vec::new();
        let mut looked_at = Vec::new();
        for issue in issues {
            let Some(id) = id_of(&issue.json).and_then(|id| id.parse().ok()) else { continue };
            let changed_at = changed_at(issue, &updated);
            let is_news = increment.wants_issue(id, changed_at);
            looked_at.push(LookedAt { id, changed_at, is_news });
            wanted.extend(is_news.then(|| issue.clone()));
        }
        (wanted, looked_at)
    }

    /// Notes issues whose records are on their way into the lake.
    pub(super) fn note_issues(&self, issues: &[LookedAt]) {
        for LookedAt { id, changed_at, is_news } in issues {
            if let Some(increment) = &self.increment {
                increment.note_issue(*id, *changed_at, *is_news);
            }
        }
    }
}

fn id_of(issue: &Bytes) -> Option<String> {
    plain_at(issue, &Pointer::default().join("id"))
}
