//! Which issues an incremental pass reads: those that changed, those that the lake has not, and, the
//! other way round, those that the lake has and the site has not any more.

use super::absent::absent;
use super::issue_ids::IssueIds;
use super::sweep::{Bound, FoundIssue, Readers, Search};
use super::{Context, Denial, ExtractError, Increment, IssuesJob, Millis};
use crate::catalog::Pointer;
use crate::columns::instant_micros;
use crate::jira::{Call, CallError, CallFor, Refusal, json};
use roaring::RoaringTreemap;
use std::sync::Arc;

/// Where it is asked whether a project is still there.
pub(crate) const PROJECT_PATH: &str = "/rest/api/3/project/{projectIdOrKey}";

/// Sends the ids of all issues that any feed of `job` has to read, and notes the issues that the lake has
/// and the site has not any more.
pub(crate) async fn find_changes(
    context: &Context,
    job: &IssuesJob,
    mut readers: Readers,
) -> Result<(), ExtractError> {
    let filter = job.filter.as_deref();
    let mut changed = RoaringTreemap::new();
    if let Some(since) = job.changed_since_interrupted() {
        let jql = Bound::ChangedSince(since).ordered_jql(filter);
        let mut search = Search::new(context, &job.issues, &jql, "key");
        while let Some(found) = search.next().await? {
            readers.send(ids(found.iter().filter(|issue| job.done.contains(issue.id)))).await;
        }
    }
    if let Some(since) = job.since() {
        let mut search = Search::new(
            context,
            &job.issues,
            &Bound::ChangedSince(since).ordered_jql(filter),
            "key",
        );
        while let Some(found) = search.next().await? {
            changed.extend(found.iter().map(|issue| issue.id));
            note_found(job, &found);
            readers.send(ids(found.iter().filter(|issue| !job.done.contains(issue.id)))).await;
        }
        if !job.increments().any(Increment::finds_deleted) {
            // No search names those again.
            let left = job.out_of_sight().without(&changed);
            job.increments().for_each(|increment| increment.note_found(&left));
            readers.send(left.all().iter().map(|id| id.to_string()).collect()).await;
            return Ok(());
        }
    }
    let mut search = Search::new(context, &job.issues, &Bound::All.ordered_jql(filter), "key");
    while let Some(found) = search.next().await? {
        note_found(job, &found);
        let is_wanted = |issue: &&FoundIssue| {
            !changed.contains(issue.id) && !job.done.contains(issue.id) && job.lacks(issue.id)
        };
        readers.send(ids(found.iter().filter(is_wanted))).await;
    }
    drop(readers);
    job.increments().for_each(Increment::note_found_all);
    find_gone(context, job).await
}

/// To be called when all that the search finds has been noted.
async fn find_gone(context: &Context, job: &IssuesJob) -> Result<(), ExtractError> {
    let found = job.found();
    let held = job.increments().map(Increment::issues_in_the_lake);
    let missing = held.fold(IssueIds::default(), IssueIds::and_those_of).without(&found.all());
    let mut gone = RoaringTreemap::new();
    for (project, ids) in missing.each_in_one_project() {
        if project.is_empty()
            || found.has_project(project)
            || is_open(context, job, project, ids.len()).await?
        {
            let is_there = |issue: &str| !job.has_left_selection(issue);
            let absent = absent(context, job, &job.issues.asked, (&ids, &is_there)).await?;
            // The project can have been hidden since the search found something of it.
            if absent.is_empty()
                || project.is_empty()
                || is_open(context, job, project, ids.len()).await?
            {
                gone |= absent;
            }
        }
    }
    job.increments().for_each(|increment| increment.note_gone(&gone));
    Ok(())
}

impl IssuesJob {
    /// The incremental readings of the pass.
    pub(crate) fn increments(&self) -> impl Iterator<Item = &Increment> {
        self.targets().filter_map(|target| target.increment.as_deref())
    }

    /// The issues that were found to be gone.
    #[must_use]
    pub fn gone_issues(&self) -> RoaringTreemap {
        self.increments().fold(RoaringTreemap::new(), |all, one| all | one.gone_issues())
    }

    /// The issues that were not found, although nothing says that they are gone.
    #[must_use]
    pub fn issues_out_of_sight(&self) -> RoaringTreemap {
        let held = self.increments().map(Increment::held_after);
        held.fold(RoaringTreemap::new(), |all, held| all | held.out_of_sight.all())
    }

    /// Issues of the lake that could not be read, or not be found, the last time.
    fn out_of_sight(&self) -> IssueIds {
        let ids = self.increments().map(Increment::issues_out_of_sight);
        ids.fold(IssueIds::default(), IssueIds::and_those_of)
    }

    /// From when on changes are enough; none if any feed is to be read from the beginning.
    fn since(&self) -> Option<Millis> {
        let reading = self.targets().filter(|target| self.reads_for(target));
        let since = reading.map(|target| target.increment.as_ref().and_then(|one| one.since()));
        since.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// From when on changes are asked for of what an interrupted pass has read; none if any feed is to have each
    /// record once.
    fn changed_since_interrupted(&self) -> Option<Millis> {
        let since =
            self.targets().map(|target| target.increment.as_ref()?.changed_since_interrupted());
        since.collect::<Option<Vec<_>>>()?.into_iter().min()
    }

    /// Whether the lake has no record of an issue for one of the feeds.
    fn lacks(&self, id: u64) -> bool {
        self.targets().filter(|target| self.reads_for(target)).any(|target| {
            let held = target.increment.as_ref().map(|increment| increment.held_issues());
            !held.is_some_and(|held| held.contains(id))
        })
    }

    /// Whether an issue that search does not find has come to be one that the JQL does not choose. If it
    /// has just been changed, the index may not know it yet.
    fn has_left_selection(&self, issue: &str) -> bool {
        let at = Pointer::default().join("fields").join("updated");
        let changed_at = json::at(issue, &at).and_then(instant_micros);
        let is_settled = |increment: &Increment| {
            changed_at.is_some_and(|at| increment.is_settled(at.div_euclid(1000)))
        };
        self.filter.is_some() && self.increments().any(is_settled)
    }

    fn found(&self) -> IssueIds {
        self.increments().next().map(Increment::found_issues).unwrap_or_default()
    }
}

fn ids<'a>(issues: impl Iterator<Item = &'a FoundIssue>) -> Vec<String> {
    issues.map(|issue| issue.id.to_string()).collect()
}

fn note_found(job: &IssuesJob, found: &[FoundIssue]) {
    let mut ids = IssueIds::default();
    for issue in found {
        ids.insert(issue.project.as_deref().unwrap_or_default(), issue.id);
    }
    job.increments().for_each(|increment| increment.note_found(&ids));
}

/// Whether the account still sees a project of which search finds nothing any more. If it does not, its
/// issues are not gone for all that is known, and it is told as a denial. Nor are they, if the project is
/// archived or in the trash: search leaves those out.
async fn is_open(
    context: &Context,
    job: &IssuesJob,
    project: &str,
    issues: u64,
) -> Result<bool, ExtractError> {
    let mut call = Call::get(&format!("/rest/api/3/project/{project}"), &[]);
    PROJECT_PATH.clone_into(&mut call.template);
    let asked = CallFor { denied: Arc::new([404]), ..job.issues.asked.clone() };
    match context.client.call(&call, &asked).await {
        Ok(answer) => {
            let text = std::str::from_utf8(&answer.body).unwrap_or_default();
            let is = |state| json::member(text, state) == Some("true");
            let is_open = !is("archived") && !is("deleted");
            if !is_open {
                tracing::info!(
                    project,
                    issues,
                    "the project is archived or in the trash; its issues stay as they are"
                );
            }
            Ok(is_open)
        }
        Err(CallError::Denied(refusal)) => {
            note_hidden(job, project, issues, &refusal);
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

fn note_hidden(job: &IssuesJob, project: &str, issues: u64, refusal: &Refusal) {
    let mut refusal = refusal.clone();
    refusal.message = format!(
        "project {project} is not visible any more: its {issues} issues stay in the lake as they were read last. {}",
        refusal.message
    );
    for target in job.targets().filter(|target| target.increment.is_some()) {
        let parent = Some(format!("project {project}"));
        let denial = Denial { parent, refusal: refusal.clone() };
        target.update(|tally| {
            tally.parents += 1;
            tally.denials.push(denial);
        });
    }
}
