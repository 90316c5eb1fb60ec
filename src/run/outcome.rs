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
        let reason = partly_denied(feed, tally, &denials);
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

fn partly_denied(feed: &Feed, tally: &Tally, denials: &[DenialReport]) -> String {
    let names = denials.iter().filter_map(|denial| denial.parent.as_deref());
    let names = first_of(names, PARENTS_NAMED);
    let denied = tally.denials.len();
    let is_in_issues = feed.embedded.as_ref().is_some_and(|embedded| embedded.host == "issues");
    // What is cut out of another feed was denied with that one's parents, of which only the names are known.
    let label = tally.denials.iter().find_map(|denial| denial.parent.as_deref());
    let called = feed.parent.as_ref().map(|parent| parent.called.as_str());
    let of_label = label.and_then(|label| label.rsplit_once(' ')).map(|(called, _)| called);
    let of_all =
        |called| format!("{denied} of {} {} denied: {names}", tally.parents, plural(called));
    match (called, of_label) {
        (Some(called), _) => of_all(called),
        (None, Some(called)) if !is_in_issues && called != "project" => of_all(called),
        (None, called) => format!("{denied} {} denied: {names}", plural(called.unwrap_or("issue"))),
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

/// In the order of their parents, whichever was answered first; `board 9` before `board 10`.
fn reports(feed: &Feed, denials: &[Denial]) -> Vec<DenialReport> {
    let mut reports: Vec<_> = denials.iter().map(|denial| denial_report(feed, denial)).collect();
    reports.sort_by_cached_key(|report| {
        let parent = report.parent.clone().unwrap_or_default();
        (parent.len(), parent)
    });
    reports
}
