//! Properties: small JSON values that apps keep on issues, projects, boards and other things.

use serde_json::{Value, json};

use crate::accounts::Right;
use crate::generic::{Denial, Endpoint, Kind, Parent, Scene, Style, get};
use crate::site::{BASE, View, words};

/// A row for the keys of what stands above.
const fn keys_of(template: &'static str, parents: &'static [Parent]) -> Endpoint {
    get(template, Style::Named("keys"), |s| {
        let link =
            |key: &String| format!("{BASE}/rest/api/3/properties/{}/{key}", s.parents.join("/"));
        let keys = keys(s.view, s.parents);
        keys.iter().map(|key| json!({"key": key, "self": link(key)})).collect()
    })
    .of(parents)
}

/// A row for the value of one key.
const fn value_of(template: &'static str, parents: &'static [Parent]) -> Endpoint {
    get(template, Style::One, |s| vec![property(s)]).of(parents)
}

const ISSUE: Parent = Parent::Path(Kind::Issue);
const PROPERTY: Parent = Parent::Path(Kind::Property);
const USER: Parent = Parent::Query("accountId", Kind::User);

pub(super) const ROWS: &[Endpoint] = &[
    keys_of("/rest/api/3/issue/{issueIdOrKey}/properties", &[ISSUE]).open(),
    value_of("/rest/api/3/issue/{issueIdOrKey}/properties/{propertyKey}", &[ISSUE, PROPERTY])
        .open(),
    keys_of("/rest/api/3/comment/{commentId}/properties", &[Parent::Path(Kind::Comment)]).open(),
    value_of(
        "/rest/api/3/comment/{commentId}/properties/{propertyKey}",
        &[Parent::Path(Kind::Comment), PROPERTY],
    )
    .open(),
    keys_of(
        "/rest/api/3/issue/{issueIdOrKey}/worklog/{worklogId}/properties",
        &[ISSUE, Parent::Path(Kind::Worklog)],
    )
    .open(),
    value_of(
        "/rest/api/3/issue/{issueIdOrKey}/worklog/{worklogId}/properties/{propertyKey}",
        &[ISSUE, Parent::Path(Kind::Worklog), PROPERTY],
    )
    .open(),
    keys_of("/rest/api/3/project/{projectIdOrKey}/properties", &[Parent::Path(Kind::Project)])
        .open(),
    value_of(
        "/rest/api/3/project/{projectIdOrKey}/properties/{propertyKey}",
        &[Parent::Path(Kind::Project), PROPERTY],
    )
    .open(),
    keys_of(
        "/rest/api/3/dashboard/{dashboardId}/items/{itemId}/properties",
        &[Parent::Path(Kind::Dashboard), Parent::Path(Kind::Gadget)],
    )
    .open(),
    value_of(
        "/rest/api/3/dashboard/{dashboardId}/items/{itemId}/properties/{propertyKey}",
        &[Parent::Path(Kind::Dashboard), Parent::Path(Kind::Gadget), PROPERTY],
    )
    .open(),
    keys_of("/rest/api/3/issuetype/{issueTypeId}/properties", &[Parent::Path(Kind::IssueType)]),
    value_of(
        "/rest/api/3/issuetype/{issueTypeId}/properties/{propertyKey}",
        &[Parent::Path(Kind::IssueType), PROPERTY],
    ),
    keys_of("/rest/api/3/user/properties", &[USER]).needs(Right::Administer, Denial::Forbidden),
    value_of("/rest/api/3/user/properties/{propertyKey}", &[USER, PROPERTY])
        .needs(Right::Administer, Denial::Forbidden),
    keys_of("/rest/agile/1.0/board/{boardId}/properties", &[Parent::Path(Kind::Board)]),
    value_of(
        "/rest/agile/1.0/board/{boardId}/properties/{propertyKey}",
        &[Parent::Path(Kind::Board), PROPERTY],
    ),
    keys_of("/rest/agile/1.0/sprint/{sprintId}/properties", &[Parent::Path(Kind::Sprint)]),
    value_of(
        "/rest/agile/1.0/sprint/{sprintId}/properties/{propertyKey}",
        &[Parent::Path(Kind::Sprint), PROPERTY],
    ),
];

const KEYS: &[&str] = &[
    "app.sandbox.state",
    "sd.initial.field.set",
    "request.channel.type",
    "sprint.설정",
    "example key/with slash",
];

fn hash(above: &[String]) -> u64 {
    let bytes = above.iter().flat_map(|part| part.bytes().chain([b'/']));
    bytes.fold(17, |sum, byte| (sum * 131 + u64::from(byte)) % 1_000_000_007)
}

/// The keys of the properties of a thing, named by the ids above; mostly none.
pub(crate) fn keys(view: View<'_>, above: &[String]) -> Vec<String> {
    let mut dice = Scene { view, parents: above }.dice(11, hash(above));
    let count = if dice.chance(500) { 0 } else { 1 + dice.index(3) };
    KEYS.iter().skip(dice.index(3)).take(count).map(|key| (*key).to_owned()).collect()
}

fn property(s: &Scene<'_>) -> Value {
    let key = s.parents.last().map_or("", String::as_str);
    let mut dice = s.dice(12, hash(s.parents));
    let value = match dice.below(5) {
        0 => json!(true),
        1 => json!(i64::MAX),
        2 => json!(words::sentence(&mut dice)),
        3 => json!([1, "zwei", null, {"drei": 3.5}]),
        _ => {
            json!({"state": words::word(&mut dice), "count": dice.below(99),
                "nested": {"empty": {}}})
        }
    };
    json!({"key": key, "value": value})
}
