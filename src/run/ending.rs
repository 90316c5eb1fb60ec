//! What a feed's end was: really empty or left empty, denied or asked with a dead login, read or stopped.

use super::denial::left_empty;
use super::outcome::Ending;
use super::report::Outcome;
use super::schedule::Shared;
use super::stop::Cause;
use crate::catalog::{Catalog, Feed};
use crate::extract::{ExtractError, Tally};
use crate::jira::CallError;
use tokio::time::Instant;

/// What came of reading a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Yield {
    /// Records.
    Records,
    /// None.
    Nothing,
    /// None, where only those were wanted that had changed: that does not make the feed empty.
    NoNews,
}

impl Yield {
    pub(crate) fn of(records: u64) -> Self {
        if records == 0 { Self::Nothing } else { Self::Records }
    }

    /// The same, where only news was wanted if `is_news_only`.
    pub(crate) fn or_news(self, is_news_only: bool) -> Self {
        if is_news_only && self == Self::Nothing { Self::NoNews } else { self }
    }
}

/// The ending of a feed whose reading is over. Jira answers a dead login as if it were anonymous,
/// with fewer records, none, or a 404 that looks like a missing right: so the login is asked first.
pub(crate) async fn ending_of(
    shared: &Shared,
    catalog: &Catalog,
    feed: &Feed,
    (tally, failed): &(Tally, Option<ExtractError>),
    came: Yield,
) -> Ending {
    let asked = async {
        match failed {
            Some(ExtractError::Failed(_) | ExtractError::Stopped) => {}
            Some(ExtractError::LoginLost(lost)) => shared.stop.by_lost_login(lost.clone()),
            _ => confirm_login(shared).await?,
        }
        match failed {
            Some(error) => {
                let ending = ended_early(shared, feed, tally, error);
                or_without_feature(shared, feed, ending).await
            }
            None => read_to_its_end(shared, catalog, feed, tally, came).await,
        }
    };
    tokio::select! {
        biased;
        ending = asked => ending.unwrap_or_else(|error: CallError| {
            if let CallError::LoginLost(lost) = &error {
                shared.stop.by_lost_login(lost.clone());
            }
            Ending::failed(error)
        }),
        () = shared.stop.requested() => stopped(shared),
    }
}

/// The ending of a feed that was overtaken by the end of everything.
pub(crate) fn stopped(shared: &Shared) -> Ending {
    match shared.stop.cause() {
        Some(Cause::LoginLost(lost)) => Ending::failed(lost),
        Some(Cause::LockLost(lost)) => Ending::failed(lost),
        _ => Ending {
            outcome: Outcome::Interrupted,
            reason: Some("Stopped before it was committed".to_owned()),
            denials: Vec::new(),
        },
    }
}

async fn confirm_login(shared: &Shared) -> Result<(), CallError> {
    shared.session.client.confirm_login(Instant::now()).await.map(drop)
}

/// What stopped a feed may have been the stop of everything, whose cause says more; without one it
/// was a writer that had failed.
fn ended_early(shared: &Shared, feed: &Feed, tally: &Tally, error: &ExtractError) -> Ending {
    let ending = Ending::of_error(feed, tally, error);
    match (ending.outcome, shared.stop.cause()) {
        (Outcome::Interrupted, Some(Cause::LoginLost(lost))) => Ending::failed(lost),
        (Outcome::Interrupted, Some(Cause::LockLost(lost))) => Ending::failed(lost),
        (Outcome::Interrupted, None) => Ending::failed(error),
        _ => ending,
    }
}

/// A refusal to an account that holds the permission is none: the site lacks what the feed is about.
async fn or_without_feature(
    shared: &Shared,
    feed: &Feed,
    ending: Ending,
) -> Result<Ending, CallError> {
    let Some(feature) = &feed.feature else { return Ok(ending) };
    let is_of_rights = matches!(ending.outcome, Outcome::Denied | Outcome::Partial)
        && ending.denials.iter().any(|denial| denial.needs == feed.needs.key());
    if !is_of_rights || !shared.rights().await?.hold(feed.needs) {
        return Ok(ending);
    }
    let (holds, said) = (feed.needs.title(), ending.reason.unwrap_or_default());
    Ok(match ending.outcome {
        Outcome::Denied => Ending {
            outcome: Outcome::Skipped,
            reason: Some(format!(
                "Not available: the account holds {holds}, so the site lacks {feature}. {said}"
            )),
            denials: Vec::new(),
        },
        _ => Ending {
            reason: Some(format!("{said}. The account holds {holds}: the site may lack {feature}")),
            ..ending
        },
    })
}

/// Without records a feed may be empty, or left empty by Jira because the account lacks the right. The
/// same goes for news: an account that has lost the right since the last run finds none.
async fn read_to_its_end(
    shared: &Shared,
    catalog: &Catalog,
    feed: &Feed,
    tally: &Tally,
    came: Yield,
) -> Result<Ending, CallError> {
    let ending = Ending::of_tally(feed, tally);
    if ending.outcome == Outcome::Partial {
        return or_without_feature(shared, feed, ending).await;
    }
    // Without a single parent the list of parents may be what was filtered.
    let parent = feed.parent.as_ref().filter(|_| tally.parents == 0);
    let may_be_filtered = feed.filtered || parent.is_some();
    if came == Yield::Records || !may_be_filtered || ending.outcome != Outcome::Complete {
        return Ok(ending);
    }
    let can_be_asked_for = !feed.needs.granted_by().is_empty();
    if can_be_asked_for && shared.rights().await?.lack(feed.needs) {
        return Ok(Ending::denied(left_empty(feed, asked_for(catalog, feed, tally))));
    }
    Ok(match (came, can_be_asked_for) {
        (Yield::NoNews, _) => ending,
        (_, true) => ending.because(format!("Empty: the account holds {}", feed.needs.title())),
        (_, false) => ending.because(HIDDEN_OR_EMPTY.to_owned()),
    })
}

/// The feed whose request found nothing: that of the parents where there were none, and for a feed
/// that is cut out of another's records, that other.
fn asked_for<'a>(catalog: &'a Catalog, feed: &'a Feed, tally: &Tally) -> &'a Feed {
    let host = feed.embedded.as_ref().filter(|embedded| embedded.host != "issues");
    let parent = feed.parent.as_ref().filter(|_| tally.parents == 0);
    let above = host.map(|embedded| &embedded.host).or(parent.map(|parent| &parent.feed));
    match above.and_then(|above| catalog.get(above)) {
        Some(above) => asked_for(catalog, above, tally),
        None => feed,
    }
}

/// For what Jira filters by more than a permission that it can be asked for.
const HIDDEN_OR_EMPTY: &str =
    "Empty, or all of it is hidden from the account: Jira does not tell which";
