//! Service desks: queues, request types, customers and organisations.

use serde_json::{Value, json};

use super::requests::requests;
use crate::accounts::Right;
use crate::generic::{Denial, Endpoint, Kind, Parent, Scene, Style, get};
use crate::site::issues::Embed;
use crate::site::selection::Selection;
use crate::site::{BASE, View, clock, desk};

const OF_DESK: &[Parent] = &[Parent::Path(Kind::Desk)];
const TYPE_OF_DESK: &[Parent] = &[Parent::Path(Kind::Desk), Parent::Path(Kind::RequestType)];
pub(super) const API: &str = "https://sandbox.example/rest/servicedeskapi";

/// A row for agents.
pub(super) const fn agents(
    template: &'static str,
    records: fn(&Scene<'_>) -> Vec<Value>,
) -> Endpoint {
    get(template, Style::Desk, records).needs(Right::Agent, Denial::Forbidden)
}

pub(super) const ROWS: &[Endpoint] = &[
    get("/rest/servicedeskapi/servicedesk/{serviceDeskId}", Style::One, |s| {
        s.view.service_desks().into_iter().filter(|desk| desk["id"] == s.parent(0)).collect()
    })
    .needs(Right::Agent, Denial::Forbidden)
    .of(OF_DESK),
    agents("/rest/servicedeskapi/servicedesk/{serviceDeskId}/queue/{queueId}/issue", queue_issues)
        .of(&[Parent::Path(Kind::Desk), Parent::Path(Kind::Queue)]),
    agents("/rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttype", |s| {
        request_type_ids(s.view, s.parent(0)).into_iter().map(|id| request_type(s, id)).collect()
    })
    .of(OF_DESK),
    agents("/rest/servicedeskapi/requesttype", |s| {
        let desks = s.view.service_desks();
        let ids = desks.iter().filter_map(|desk| desk["id"].as_str());
        ids.flat_map(|desk| request_type_ids(s.view, desk)).map(|id| request_type(s, id)).collect()
    })
    .experimental(),
    get(
        "/rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttype/{requestTypeId}/field",
        Style::Named("requestTypeFields"),
        type_fields,
    )
    .needs(Right::Agent, Denial::Forbidden)
    .of(TYPE_OF_DESK)
    .beside(|_, page| {
        page["canRaiseOnBehalfOf"] = json!(true);
        page["canAddRequestParticipants"] = json!(true);
    }),
    agents("/rest/servicedeskapi/servicedesk/{serviceDeskId}/requesttypegroup", |_| {
        GROUPS
            .iter()
            .zip(12_u32..)
            .map(|(name, id)| json!({"id": id.to_string(), "name": name}))
            .collect()
    })
    .of(OF_DESK),
    agents("/rest/servicedeskapi/servicedesk/{serviceDeskId}/organization", |_| {
        desk::organizations().into_iter().take(2).collect()
    })
    .of(OF_DESK),
    agents("/rest/servicedeskapi/servicedesk/{serviceDeskId}/customer", |s| {
        desk::customers(&s.view).into_iter().map(|n| user(s, n)).collect()
    })
    .of(OF_DESK)
    .experimental(),
    agents("/rest/servicedeskapi/organization/{organizationId}/user", |s| {
        let all = desk::customers(&s.view)
            .into_iter()
            .zip(1_u32..)
            .filter(|(_, n)| n % 3 + 1 == s.number(0));
        all.map(|(n, _)| user(s, n)).collect()
    })
    .of(&[Parent::Path(Kind::Organization)]),
    agents("/rest/servicedeskapi/knowledgebase/article", |s| {
        (0..60_u32)
            .map(|n| {
                s.record(
                    "ArticleDTO",
                    n,
                    json!({"source": {"type": "confluence"},
            "content": {"iframeSrc": format!("{BASE}/plugins/servlet/desk/article?id={n}")}}),
                )
            })
            .collect()
    }),
    agents("/rest/servicedeskapi/assets/workspace", |_| {
        vec![json!({"workspaceId": "d1a0a1f4-0000-4000-a000-000000000001"})]
    }),
];

/// Names of the groups of request types; the ids count from 12.
const GROUPS: &[&str] = &["General", "접근 권한", "Hardware"];

/// Name, issue type and groups of the request types; the ids count from 10.
const TYPES: &[(&str, &str, &[&str])] = &[
    ("Get IT help", "10010", &["12"]),
    ("Report an outage", "10011", &["12", "14"]),
    ("새 계정 요청", "10010", &["13"]),
    ("Old form", "10010", &[]),
];

/// The ids of a desk's request types.
pub(crate) fn request_type_ids(view: View<'_>, desk: &str) -> Vec<u32> {
    let known = view.service_desks().iter().any(|of| of["id"] == desk);
    (10_u32..).take(TYPES.len()).filter(|_| known).collect()
}

/// A person as the desk shows them.
pub(super) fn user(s: &Scene<'_>, n: usize) -> Value {
    of_platform(&s.view.user(n))
}

pub(super) fn of_platform(user: &Value) -> Value {
    let mut shown = json!({"accountId": user["accountId"], "displayName": user["displayName"],
        "active": user["active"],
        "timeZone": user["timeZone"], "_links": {"self": user["self"], "jiraRest": user["self"],
        "avatarUrls": user["avatarUrls"]}});
    if user["emailAddress"].is_string() {
        shown["emailAddress"] = user["emailAddress"].clone();
    }
    shown
}

pub(super) fn date(s: &Scene<'_>, at: clock::Millis) -> Value {
    desk::date(&s.view, at)
}

fn request_type(s: &Scene<'_>, id: u32) -> Value {
    let (name, issue_type, groups) = TYPES[(id as usize - 10) % TYPES.len()];
    s.record(
        "RequestTypeDTO",
        id,
        json!({"id": id.to_string(), "name": name,
        "issueTypeId": issue_type, "groupIds": groups,
        "serviceDeskId": "1", "portalId": "1", "fields": crate::generic::shapes::ABSENT,
        "icon": {"id": "10527",
        "_links": {"iconUrls": {"48x48": format!("{BASE}/icon/{id}?size=large")}}},
        "_links": {"self": format!("{API}/servicedesk/1/requesttype/{id}")}}),
    )
}

fn type_fields(s: &Scene<'_>) -> Vec<Value> {
    let field = |id: &str, name: &str, required: bool, kind: &str, values: Value| {
        json!({"fieldId": id, "name": name, "description": "", "required": required,
            "visible": true,
            "validValues": values, "defaultValues": [], "presetValues": [],
            "jiraSchema": {"type": kind, "system": id}})
    };
    let mut fields = vec![
        field("summary", "What do you need?", true, "string", json!([])),
        field(
            "priority",
            "Urgency",
            false,
            "priority",
            json!([{"value": "1", "label": "Highest", "children": []}, {"value": "3",
                "label": "Medium", "children": []}]),
        ),
    ];
    fields.truncate(1 + s.number(1) as usize % 2);
    fields
}

/// The issues of a queue, with the fields that the queue shows.
fn queue_issues(s: &Scene<'_>) -> Vec<Value> {
    let shown = ["issuetype", "summary", "created"].map(str::to_owned);
    let selection = Selection::parse(&shown, "*all");
    let n = s.number(1);
    let open = requests(s.view).into_iter().filter(|head| head.resolution.is_none());
    let mine = open.filter(|head| n == 1 || head.id % 3 == n % 3);
    mine.map(|head| s.view.issue(head, &selection, Embed { comments: 0, worklogs: 0 })).collect()
}
