//! Requests of service desks, and what belongs to them.

use serde_json::{Value, json};

use super::desks::{API, agents, date, of_platform, user};
use crate::accounts::Right;
use crate::answer::Refusal;
use crate::generic::{Denial, Endpoint, Kind, Parent, Scene, Style, get};
use crate::site::changes::Note;
use crate::site::heads::Head;
use crate::site::issues::Embed;
use crate::site::projects::Template;
use crate::site::selection::Selection;
use crate::site::{BASE, View, clock, custom, desk, words};

/// A row for whoever sees the request.
const fn of_request(template: &'static str, records: fn(&Scene<'_>) -> Vec<Value>) -> Endpoint {
    agents(template, records).of(OF_REQUEST)
}

pub(super) const ROWS: &[Endpoint] = &[
    agents("/rest/servicedeskapi/request", |s| {
        requests(s.view).into_iter().map(|head| request(s, head)).collect()
    }),
    get("/rest/servicedeskapi/request/{issueIdOrKey}", Style::One, |s| {
        s.issue(0).map(|head| request(s, head)).into_iter().collect()
    })
    .needs(Right::Agent, Denial::Forbidden)
    .of(OF_REQUEST),
    of_request("/rest/servicedeskapi/request/{issueIdOrKey}/comment", comments),
    of_request("/rest/servicedeskapi/request/{issueIdOrKey}/participant", |s| {
        let people = s.issue(0).map(|head| desk::participants(&s.view, head));
        people.into_iter().flatten().map(|person| user(s, person)).collect()
    }),
    of_request("/rest/servicedeskapi/request/{issueIdOrKey}/sla", |s| {
        field(s, 10_030).into_iter().collect()
    }),
    of_request("/rest/servicedeskapi/request/{issueIdOrKey}/status", |s| {
        s.issue(0).map(|head| statuses(s, head)).unwrap_or_default()
    }),
    of_request("/rest/servicedeskapi/request/{issueIdOrKey}/approval", |s| {
        field(s, 10_031).and_then(|approvals| approvals.as_array().cloned()).unwrap_or_default()
    }),
    of_request("/rest/servicedeskapi/request/{issueIdOrKey}/attachment", attachments),
    of_request("/rest/servicedeskapi/request/{issueIdOrKey}/transition", |s| {
        let all = s.issue(0).map(|head| s.view.transitions(head)).unwrap_or_default();
        let moves = all.as_array().into_iter().flatten();
        moves.map(|one| json!({"id": one["id"], "name": one["name"]})).collect()
    }),
    get("/rest/servicedeskapi/request/{requestIdOrKey}/feedback", Style::One, |s| {
        feedback(s).into_iter().collect()
    })
    .needs(Right::Agent, Denial::Forbidden)
    .of(OF_REQUEST)
    .experimental()
    .refusing(|s| feedback(s).is_none().then(|| Refusal::missing("Feedback"))),
];

const OF_REQUEST: &[Parent] = &[Parent::Path(Kind::Request)];
/// Whether an issue is a request of a desk the viewer sees.
pub(crate) fn is_request(view: View<'_>, head: &Head) -> bool {
    view.finds(head) && view.site.project_of(head).template == Template::ServiceDesk
}

/// The requests the viewer sees.
pub(crate) fn requests(view: View<'_>) -> Vec<&Head> {
    view.found().filter(|head| is_request(view, head)).collect()
}

/// The value of a custom field of the request, unless it is empty.
fn field(s: &Scene<'_>, number: u32) -> Option<Value> {
    let head = s.issue(0)?;
    let field = custom::FIELDS.iter().find(|field| field.number == number)?;
    let selection = Selection::parse(&[field.id()], "*all");
    let issue = s.view.issue(head, &selection, Embed { comments: 0, worklogs: 0 });
    Some(issue["fields"][field.id()].clone()).filter(|value| !value.is_null())
}

fn category(head: &Head, s: &Scene<'_>) -> (&'static str, &'static str) {
    let status = s.view.site.project_of(head).statuses()[usize::from(head.status)];
    let word = match status.category.row().1 {
        "new" => "NEW",
        "done" => "DONE",
        _ => "INDETERMINATE",
    };
    (status.name, word)
}

/// The current status, and before it the one a request begins with.
fn statuses(s: &Scene<'_>, head: &Head) -> Vec<Value> {
    let (name, word) = category(head, s);
    let mut all = vec![
        json!({"status": name, "statusCategory": word, "statusDate": date(s, head.status_since)}),
    ];
    if head.status != 0 {
        all.push(
            json!({"status": "Open", "statusCategory": "NEW", "statusDate": date(s, head.created)}),
        );
    }
    all
}

fn request(s: &Scene<'_>, head: &Head) -> Value {
    let key = s.view.site.key_of(head);
    let id = head.id;
    json!({"issueId": id.to_string(), "issueKey": key, "summary": s.view.summary(head),
        "requestTypeId": "10", "serviceDeskId": "1",
        "createdDate": date(s, head.created),
        "reporter": of_platform(&s.view.user(usize::from(head.reporter))),
        "requestFieldValues": [{"fieldId": "summary", "label": "What do you need?",
        "value": s.view.summary(head)}],
        "currentStatus": statuses(s, head)[0],
        "_expands": ["participant", "status", "sla", "requestType", "serviceDesk"],
        "_links": {"self": format!("{API}/request/{id}"),
        "jiraRest": format!("{BASE}/rest/api/2/issue/{id}"),
            "web": format!("{BASE}/servicedesk/customer/portal/1/{key}"),
            "agent": format!("{BASE}/browse/{key}")}})
}

fn comments(s: &Scene<'_>) -> Vec<Value> {
    let Some(head) = s.issue(0) else { return Vec::new() };
    let comments = s.view.comments(head).into_iter();
    comments
        .map(|comment| {
            let id = comment["id"].as_str().unwrap_or_default();
            let number = id.parse().unwrap_or(0);
            let mut dice = s.dice(16, u64::from(number));
            let drawn: clock::Millis = head.created
                + i64::from(dice.below(1000)) * (head.drawn.until - head.created) / 1000;
            let at = head.added_at(Note::Comment, number).unwrap_or(drawn);
            json!({"id": id, "body": words::sentence(&mut dice), "public": comment["jsdPublic"],
                "author": of_platform(&comment["author"]), "created": date(s, at),
                "_expands": ["attachment", "renderedBody"],
                "_links": {"self": format!("{API}/request/{}/comment/{id}", head.id)}})
        })
        .collect()
}

fn attachments(s: &Scene<'_>) -> Vec<Value> {
    let Some(head) = s.issue(0) else { return Vec::new() };
    let all = s.view.attachments(head).into_iter();
    all.map(|file| {
        json!({"filename": file["filename"], "author": of_platform(&file["author"]),
            "created": date(s, head.created),
            "size": file["size"], "mimeType": file["mimeType"],
            "_links": {"self": format!("{API}/request/{}/attachment/{}", head.id, file["id"].as_str().unwrap_or_default()),
                "jiraRest": file["self"], "content": file["content"]}})
    })
    .collect()
}

fn feedback(s: &Scene<'_>) -> Option<Value> {
    let rating = field(s, 10_032)?["rating"].clone();
    let mut value = json!({"type": "csat", "rating": rating});
    if s.number(0).is_multiple_of(2) {
        value["comment"] = json!({"body": "Danke 👍"});
    }
    Some(value)
}
