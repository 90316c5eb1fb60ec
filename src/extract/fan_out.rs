//! A feed that is asked for once for each record of another: sprints of boards, versions of projects.

use super::list::{end, pages_or_fallback};
use super::parents::{ParentList, ParentRecord};
use super::{Context, Denial, ExtractError, Sample, Savepoints, Target};
use futures::{StreamExt, stream};
use roaring::RoaringTreemap;
use std::num::NonZeroUsize;

/// Reads `target` for every parent in `parents`, many at once. A parent that is denied is noted
/// and costs the others nothing.
pub async fn fan_out(
    context: &Context,
    target: &Target,
    parents: &ParentList,
    savepoints: Option<&dyn Savepoints>,
) {
    let result = read(context, target, parents, savepoints).await;
    end(target, result);
}

async fn read(
    context: &Context,
    target: &Target,
    parents: &ParentList,
    savepoints: Option<&dyn Savepoints>,
) -> Result<(), ExtractError> {
    let parents = parents.complete().await?;
    target.update(|tally| tally.parents_total = parents.total);
    target.answered().note_denied(&parents.denied);
    let (found, at_once) = match &context.sample {
        Some(sample) => (some_of(parents.found, sample, target)?, sample.at_once),
        None => (parents.found, context.client.max_in_flight()),
    };
    let mut left = target.not_answered(found, context.client.site_time());
    parents.without.iter().for_each(|parent| target.note_answered(parent, false));
    let savepoints = savepoints.filter(|_| can_be_left(target, &left));
    let every = savepoints.map_or(usize::MAX, |savepoints| a_round(savepoints.every()));
    while !left.is_empty() {
        let later = left.split_off(left.len().min(every));
        ask(context, target, std::mem::replace(&mut left, later), at_once).await?;
        if let (Some(savepoints), false) = (savepoints, left.is_empty()) {
            savepoints.keep(&[target], &RoaringTreemap::new()).await;
        }
    }
    none_but_denied(target)
}

/// Whether all that is to be known of the feed is in what it has sent. What has gone of records that hang on
/// parts of an issue is told by the issue as a whole.
fn can_be_left(target: &Target, parents: &[ParentRecord]) -> bool {
    let is_told_by_parent = || parents.iter().all(|parent| parent.issue.is_some());
    target.outlet.keeps_nothing() && (target.increment.is_none() || is_told_by_parent())
}

/// A parent costs a request, of issues a hundred do; but the answer for a parent is small.
fn a_round(issues: NonZeroUsize) -> usize {
    issues.get().div_ceil(25)
}

async fn ask(
    context: &Context,
    target: &Target,
    parents: Vec<ParentRecord>,
    at_once: usize,
) -> Result<(), ExtractError> {
    let mut answers = stream::iter(parents)
        .map(|parent| async move {
            let result = pages_or_fallback(context, target, &parent.bindings).await;
            (parent, result)
        })
        .buffer_unordered(at_once);
    while let Some((parent, result)) = answers.next().await {
        note(target, &parent, result)?;
    }
    Ok(())
}

/// The parents to ask in a look; those that need not be asked are noted as denied.
fn some_of(
    mut parents: Vec<ParentRecord>,
    sample: &Sample,
    target: &Target,
) -> Result<Vec<ParentRecord>, ExtractError> {
    parents.truncate(sample.parents);
    let Some(withheld) = sample.withheld.get(&target.feed.name) else { return Ok(parents) };
    let is_permitted =
        |parent: &ParentRecord| parent.id.as_ref().is_none_or(|id| withheld.permitted.contains(id));
    let (permitted, others): (Vec<_>, Vec<_>) = parents.into_iter().partition(is_permitted);
    for parent in others {
        note(target, &parent, Err(ExtractError::Denied(Box::new(withheld.refusal.clone()))))?;
    }
    Ok(permitted)
}

/// A denial belongs to its parent; any other error ends the feed.
fn note(
    target: &Target,
    parent: &ParentRecord,
    result: Result<(), ExtractError>,
) -> Result<(), ExtractError> {
    let denial = |refusal: Box<_>| Denial { parent: Some(parent.label.clone()), refusal: *refusal };
    target.update(|tally| tally.parents += 1);
    match result {
        Ok(()) => target.note_answered(parent, false),
        Err(ExtractError::Denied(refusal)) => {
            target.note_answered(parent, true);
            target.update(|tally| tally.denials.push(denial(refusal)));
        }
        Err(ExtractError::NotAvailable(refusal)) => {
            target.note_answered(parent, false);
            target.update(|tally| tally.without.push(denial(refusal)));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// If every parent was denied, the feed is denied.
fn none_but_denied(target: &Target) -> Result<(), ExtractError> {
    let (tally, _) = target.progress_so_far();
    match tally.denials.first() {
        Some(first) if tally.denials.len() as u64 == tally.parents => {
            Err(ExtractError::Denied(Box::new(first.refusal.clone())))
        }
        _ => Ok(()),
    }
}
