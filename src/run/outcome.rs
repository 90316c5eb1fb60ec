//! How a feed ended: from what its extractor says to outcome, reason and evidence. Pure.

use super::denial::denial_report;
use super::report::{DenialReport, Outcome};
use crate::catalog::Feed;
use crate::extract::{Denial, ExtractError, Tally};

/// An outcome with its reason and evidence.
#[derive(Debug, Clone)]
pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    pub(crate) reason: Option<String>,
    pub(crate) denials: Vec<DenialReport>,
}

impl Ending {
    /// The ending of a feed that was read to its end.
    pub(crate) fn of_tally(feed: &Feed, tally: &Tally) -> Self {
        let denials = reports(feed, &tally.denials);
        if denials.is_empty() {
            return Self { outcome: Outcome::Complete, reason: None, denials };
        }
        let reason = partly_denied(feed, tally);
        Self { outcome: Outcome::Partial, reason: Some(reason), denials }
    }

    /// The ending of a feed that was not.
    pub(crate) fn of_error(feed: &Feed, tally: &Tally, error: &ExtractError) -> Self {
        let mut denials = reports(feed, &tally.denials);
        let outcome = match error {
            ExtractError::Denied(refusal) => {
                if denials.is_empty() {
                    let whole = Denial { parent: None, refusal: (**refusal).clone() };
                    denials.push(denial_report(feed, &whole));
                }
                Outcome::Denied
            }
            ExtractError::NotAvailable(_) => Outcome::Skipped,
            ExtractError::ParentsMissing(cause) => {
                let of_parents = Self::of_error(feed, tally, cause);
                denials = of_parents.denials;
                of_parents.outcome
            }
            ExtractError::LoginLost(_) | ExtractError::Failed(_) => Outcome::Failed,
            ExtractError::Stopped => Outcome::Interrupted,
        };
        Self { outcome, reason: Some(error.to_string()), denials }
    }

    /// The same with a reason, unless it has one.
    pub(crate) fn because(mut self, reason: String) -> Self {
        self.reason.get_or_insert(reason);
        self
    }

    pub(crate) fn failed(reason: impl std::fmt::Display) -> Self {
        Self { outcome: Outcome::Failed, reason: Some(reason.to_string()), denials: Vec::new() }
    }

    pub(crate) fn denied(denial: DenialReport) -> Self {
        let reason = Some(denial.message.clone());
        Self { outcome: Outcome::Denied, reason, denials: vec![denial] }
    }
}

/// How many parents are named in a reason; the report has the evidence for each.
const PARENTS_NAMED: usize = 20;

fn partly_denied(feed: &Feed, tally: &Tally) -> String {
    let names = tally.denials.iter().filter_map(|denial| denial.parent.as_deref());
    let names = first_of(names, PARENTS_NAMED);
    let denied = tally.denials.len();
    match &feed.parent {
        Some(parent) => {
            let called = plural(&parent.called);
            format!("{denied} of {} {called} denied: {names}", tally.parents)
        }
        None => format!("{denied} issues denied: {names}"),
    }
}

/// The first `most` names, and how many more there are.
pub(crate) fn first_of<'a>(names: impl Iterator<Item = &'a str>, most: usize) -> String {
    let mut names: Vec<_> = names.collect();
    let more = names.len().saturating_sub(most);
    names.truncate(most);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

/// `boards` of `board`; good enough for the words that feeds call their parents by.
#[must_use]
pub fn plural(called: &str) -> String {
    match called {
        word if word.ends_with('s') => format!("{word}es"),
        word if word.ends_with('y') => format!("{}ies", word.trim_end_matches('y')),
        word => format!("{word}s"),
    }
}

fn reports(feed: &Feed, denials: &[Denial]) -> Vec<DenialReport> {
    denials.iter().map(|denial| denial_report(feed, denial)).collect()
}
