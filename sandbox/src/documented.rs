//! What Atlassian's documents say of each endpoint, as facts.
//!
//! The table is drawn from the `OpenAPI` documents by `tests/site/documents.rs`. Service
//! Management is in neither; its scopes are those of the public reference.

use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("documented/endpoints.txt");

/// Sets of scopes, each of which is enough.
type ScopeSets = Vec<Vec<&'static str>>;

static ENDPOINTS: LazyLock<HashMap<(&str, &str), ScopeSets>> = LazyLock::new(|| {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(read).collect()
});

/// Reads `METHOD template classic granular`; `-` is unknown, and `*` stands for any token at all.
fn read(line: &'static str) -> Option<((&'static str, &'static str), ScopeSets)> {
    let mut words = line.split(' ');
    let key = (words.next()?, words.next()?);
    let sets: Vec<&str> = words.filter(|set| *set != "-").collect();
    if sets.contains(&"*") {
        return Some((key, Vec::new()));
    }
    Some((key, sets.into_iter().map(|set| set.split(',').collect()).collect()))
}

/// The sets of scopes an endpoint wants, each of which is enough; none where any token will do.
pub(crate) fn scopes(method: &str, template: &str) -> ScopeSets {
    if let Some(known) = ENDPOINTS.get(&(method, template)) {
        return known.clone();
    }
    let customers = ["/customer", "/organization"].iter().any(|part| template.contains(part));
    match template.strip_prefix("/rest/servicedeskapi/") {
        Some(_) if customers => vec![vec!["manage:servicedesk-customer"]],
        Some(_) => vec![vec!["read:servicedesk-request"]],
        // Newer than the documents.
        None if template == "/rest/api/3/field/{fieldId}/association/project" => {
            vec![vec!["read:jira-work"], vec!["read:field:jira", "read:field-configuration:jira"]]
        }
        None => Vec::new(),
    }
}
