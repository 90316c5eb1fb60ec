//! A feed that is asked for once for each record of another: sprints of boards, versions of projects.

use super::list::{end, pages_or_fallback};
use super::parents::{ParentList, ParentRecord};
use super::{Context, Denial, ExtractError, Sample, Target};
use futures::{StreamExt, stream};

/// Reads `target` for every parent in `parents`, many at once. A parent that is denied is noted
/// and costs the others nothing.
pub async fn fan_out(context: &Context, target: &Target, parents: &ParentList) {
    let result = read(context, target, parents).await;
    end(target, result);
}

async fn read(
    context: &Context,
    target: &Target,
    parents: &ParentList,
) -> Result<(), ExtractError> {
    let parents = parents.complete().await?;
    target.update(|tally| tally.parents_total = parents.total);
    let (parents, at_once) = match &context.sample {
        Some(sample) => (some_of(parents.found, sample, target)?, sample.at_once),
        None => (parents.found, context.client.max_in_flight()),
    };
    let mut answers = stream::iter(parents)
        .map(|parent| async move {
            let result = pages_or_fallback(context, target, &parent.bindings).await;
            (parent, result)
        })
        .buffer_unordered(at_once);
    while let Some((parent, result)) = answers.next().await {
        note(target, &parent, result)?;
    }
    drop(answers);
    none_but_denied(target)
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
        Ok(()) => {}
        Err(ExtractError::Denied(refusal)) => {
            target.update(|tally| tally.denials.push(denial(refusal)));
        }
        Err(ExtractError::NotAvailable(refusal)) => {
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
