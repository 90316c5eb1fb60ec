//! From a refusal to its report: which permission is missing and what to ask of whom. Pure.

use super::report::DenialReport;
use super::rights::PERMITTED_PROJECTS;
use crate::catalog::{Feed, Method, Permission, Strategy};
use crate::extract::{Denial, PROJECT_PATH, SEARCH_PATH};
use crate::jira::Refusal;
use std::borrow::Cow;

/// A refused parent of `feed`, or the feed as a whole.
pub(crate) fn denial_report(feed: &Feed, denial: &Denial) -> DenialReport {
    let Refusal { method, template, status, message, lacks_scope, .. } = &denial.refusal;
    let is_of_projects = [PERMITTED_PROJECTS, PROJECT_PATH].contains(&template.as_str());
    let is_inside = denial.parent.is_some() && !is_of_projects;
    let missing = match status {
        Some(TOO_MANY) => too_many(feed),
        _ => missing(feed, is_inside, *lacks_scope),
    };
    DenialReport {
        parent: denial.parent.clone(),
        method: method.to_string(),
        path: template.clone(),
        status: *status,
        message: message.clone(),
        scopes: if *lacks_scope { feed.scopes.clone() } else { Vec::new() },
        ..missing
    }
}

/// The status by which Jira refuses to list what exceeds one of its limits, to anybody (`OpenAPI`, `remotelink`).
const TOO_MANY: u16 = 413;

/// What no permission helps with.
fn too_many(feed: &Feed) -> DenialReport {
    let needs = Permission::Anonymous;
    let remedy =
        "Have some of them removed, until there are no more than Jira allows: no permission helps";
    DenialReport {
        needs: needs.key(),
        permission: needs.title(),
        remedy: remedy.into(),
        ..missing(feed, true, false)
    }
}

/// A feed that Jira left empty because the account lacks the right, by `/mypermissions`; `asked` is
/// the feed whose list was empty: it, or that of its parents.
pub(crate) fn left_empty(feed: &Feed, asked: &Feed) -> DenialReport {
    let (method, path) = answered_empty(asked);
    DenialReport {
        method: method.to_string(),
        path: path.to_owned(),
        status: Some(200),
        message: format!(
            "Jira answered without records, and GET /rest/api/3/mypermissions says that the account lacks {}",
            feed.needs.title()
        ),
        ..missing(feed, false, false)
    }
}

/// A feed that need not be asked for, since `/mypermissions` says that the account lacks what it, or
/// `lacking` above it, needs.
pub(crate) fn not_permitted(lacking: &Feed) -> DenialReport {
    DenialReport {
        method: Method::Get.to_string(),
        path: "/rest/api/3/mypermissions".to_owned(),
        status: Some(200),
        message: format!("Jira says that the account lacks {}", lacking.needs.title()),
        ..missing(lacking, false, false)
    }
}

/// What is missing and what to ask, without evidence; `is_inside` for a part of something that the
/// account sees.
fn missing(feed: &Feed, is_inside: bool, lacks_scope: bool) -> DenialReport {
    let needs = feed.needs;
    let (group, remedy) = match (lacks_scope, is_inside) {
        (true, _) => (needs.group(), scope_remedy(feed)),
        (false, true) => {
            let (group, remedy) = needs.missing_inside();
            (group, remedy.into())
        }
        (false, false) => (needs.group(), needs.remedy().into()),
    };
    DenialReport {
        parent: None,
        method: String::new(),
        path: String::new(),
        status: None,
        message: String::new(),
        needs: needs.key(),
        permission: needs.title(),
        group: group.title(),
        scopes: Vec::new(),
        remedy,
    }
}

fn scope_remedy(feed: &Feed) -> Cow<'static, str> {
    let scopes = feed.scopes.join(" and ");
    let text = format!(
        "Make a token that has the scopes {scopes} too, and save it with `jira-feeds credential rotate`"
    );
    text.into()
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
