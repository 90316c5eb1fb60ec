//! A feed that is asked for once for each record of another: sprints of boards, versions of projects.

use super::list::{end, pages};
use super::parents::{ParentList, ParentRecord};
use super::{Context, Denial, ExtractError, Target};
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
    let endpoint = target.endpoint()?;
    let parents = parents.complete().await?;
    let at_once = if context.sample.is_some() { 1 } else { context.client.max_in_flight() };
    let mut answers = stream::iter(parents)
        .map(|parent| async move {
            let result = pages(context, target, endpoint, &parent.bindings).await;
            (parent, result)
        })
        .buffer_unordered(at_once);
    let mut answered = 0;
    while let Some((parent, result)) = answers.next().await {
        note(target, &parent, result)?;
        answered += 1;
        if context.sample.is_some_and(|sample| answered >= sample.parents) {
            break;
        }
    }
    drop(answers);
    none_but_denied(target)
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
