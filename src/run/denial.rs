//! From a refusal to its report: which permission is missing and what to ask of whom.

use super::report::DenialReport;
use crate::catalog::{Feed, Method, Strategy};
use crate::extract::{Denial, SEARCH_PATH};
use crate::jira::Refusal;

/// A refused parent of `feed`, or the feed as a whole.
pub(crate) fn denial_report(feed: &Feed, denial: &Denial) -> DenialReport {
    let Refusal { method, template, status, message, .. } = &denial.refusal;
    DenialReport {
        parent: denial.parent.clone(),
        method: method.to_string(),
        path: template.clone(),
        status: *status,
        message: message.clone(),
        needs: feed.needs.key(),
        remedy: feed.needs.remedy(),
    }
}

/// A feed that Jira left empty because the account lacks the right, by `/mypermissions`; `asked` is
/// the feed whose list was empty: it, or that of its parents.
pub(crate) fn left_empty(feed: &Feed, asked: &Feed) -> DenialReport {
    let (method, path) = answered_empty(asked);
    DenialReport {
        parent: None,
        method: method.to_string(),
        path: path.to_owned(),
        status: Some(200),
        message: format!(
            "Jira answered without records, and GET /rest/api/3/mypermissions says that the account lacks {}",
            feed.needs.title()
        ),
        needs: feed.needs.key(),
        remedy: feed.needs.remedy(),
    }
}

/// The request that found nothing: what lives in issues is not asked for where the search finds none.
fn answered_empty(feed: &Feed) -> (Method, &str) {
    match (&feed.endpoint, feed.strategy) {
        (_, Strategy::Issues | Strategy::Changelogs | Strategy::Embedded) | (None, _) => {
            (Method::Post, SEARCH_PATH)
        }
        (Some(endpoint), _) => (endpoint.method, &endpoint.path),
    }
}
