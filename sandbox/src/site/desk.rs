//! Service desks, their queues and organisations, and the field values only they have.

use serde_json::{Value, json};

use super::clock;
use super::custom::Kind;
use super::heads::Head;
use super::projects::Template;
use super::random::Dice;
use super::{BASE, View, words};

const API: &str = "https://sandbox.example/rest/servicedeskapi";

pub(crate) fn date(view: &View<'_>, at: clock::Millis) -> Value {
    json!({"iso8601": clock::platform(at, &view.viewer.zone), "jira": clock::platform(at, &view.viewer.zone),
        "friendly": clock::display(at, &view.viewer.zone), "epochMillis": at})
}

/// The value of a field only service desks have.
pub(super) fn value(view: &View<'_>, head: &Head, kind: Kind, dice: &mut Dice) -> Value {
    match kind {
        Kind::Sla => sla(view, head, dice),
        Kind::RequestType => request_type(view, head),
        Kind::Organizations => json!([organization(1 + dice.below(3))]),
        Kind::Participants => {
            participants(view, head).into_iter().map(|person| view.user(person)).collect()
        }
        Kind::Approvals => json!([{"id": head.id.to_string(), "name": "Waiting for approval",
            "finalDecision": "approved", "canAnswerApproval": false, "approvers": [],
            "createdDate": date(view, head.created), "completedDate": date(view, head.status_since),
            "_links": {"self": format!("{API}/request/{}/approval/{}", head.id, head.id)}}]),
        Kind::Feedback => json!({"rating": 1 + dice.below(5)}),
        Kind::Assets => json!([{"workspaceId": "d1a0a1f4-0000-4000-a000-000000000001",
            "id": format!("d1a0a1f4-0000-4000-a000-000000000001:{}", head.id % 90), "objectId": (head.id % 90).to_string()}]),
        _ => json!(words::word(dice)),
    }
}

fn sla(view: &View<'_>, head: &Head, dice: &mut Dice) -> Value {
    let duration =
        |millis: i64| json!({"millis": millis, "friendly": format!("{}h", millis / 3_600_000)});
    let elapsed = i64::from(dice.below(90)) * 3_600_000;
    let mut value = json!({"id": "2", "name": "Time to resolution", "slaDisplayFormat": "NEW_SLA_FORMAT",
        "_links": {"self": format!("{API}/request/{}/sla/2", head.id)}, "completedCycles": []});
    if dice.chance(600) {
        value["completedCycles"] = json!([{"startTime": date(view, head.created),
            "stopTime": date(view, head.status_since), "breached": elapsed > 40 * 3_600_000,
            "goalDuration": duration(40 * 3_600_000), "elapsedTime": duration(elapsed),
            "remainingTime": duration(40 * 3_600_000 - elapsed)}]);
    } else {
        value["ongoingCycle"] = json!({"startTime": date(view, head.created), "paused": false,
            "breached": false, "withinCalendarHours": true, "goalDuration": duration(40 * 3_600_000),
            "elapsedTime": duration(elapsed), "remainingTime": duration(40 * 3_600_000 - elapsed)});
    }
    value
}

fn request_type(view: &View<'_>, head: &Head) -> Value {
    json!({"_links": {"jiraRest": format!("{BASE}/rest/api/2/issue/{}", head.id),
            "self": format!("{API}/request/{}", head.id), "web": format!("{BASE}/servicedesk/customer/portal/1/{}", head.id)},
        "requestType": {"id": "10", "_links": {"self": format!("{API}/servicedesk/1/requesttype/10")},
            "name": "Get IT help", "description": "Ask for help.", "helpText": "", "issueTypeId": "10010",
            "serviceDeskId": "1", "portalId": "1", "groupIds": ["12"], "icon": {"id": "10527", "_links": {}}},
        "currentStatus": {"status": "Waiting for support", "statusCategory": "INDETERMINATE",
            "statusDate": date(view, head.status_since)}})
}

/// The customers who follow a request beside its reporter: none to two.
pub(crate) fn participants(view: &View<'_>, head: &Head) -> Vec<usize> {
    let all = customers(view);
    let nth = |n: u32| all.get((head.id + n) as usize % all.len().max(1)).copied();
    (0..head.id % 3).filter_map(nth).collect()
}

/// Who may raise requests: the portal's own people, and some of the site's users.
pub(crate) fn customers(view: &View<'_>) -> Vec<usize> {
    let mut customers = view.people_of_kind("customer");
    customers.extend((0..view.people_count()).step_by(6));
    customers.sort_unstable();
    customers.dedup();
    customers
}

fn organization(n: u32) -> Value {
    json!({"id": n.to_string(), "uuid": format!("0a0a0a0a-0000-4000-a000-{n:012}"), "name": format!("Organisation {n}"),
        "_links": {"self": format!("{API}/organization/{n}")}})
}

impl View<'_> {
    /// The service desks whose projects the viewer may browse.
    pub(crate) fn service_desks(&self) -> Vec<Value> {
        self.live_projects()
            .into_iter()
            .filter(|project| project.template == Template::ServiceDesk)
            .zip(1..)
            .map(|(project, n)| {
                json!({"id": n.to_string(), "projectId": project.id.to_string(),
                "projectName": project.name, "projectKey": project.key,
                "_links": {"self": format!("{API}/servicedesk/{n}")}})
            })
            .collect()
    }

    /// The queues of a desk, or `None` when there is no such desk.
    pub(crate) fn queues(&self, desk: &str) -> Option<Vec<Value>> {
        self.service_desks().iter().find(|known| known["id"] == desk)?;
        let names = ["All open", "Waiting for me", "Urgent", "대기"];
        let queues = names.iter().zip(1..).map(|(name, n)| {
            json!({"id": n.to_string(), "name": name,
            "jql": format!("project = HELP AND status != Resolved ORDER BY created ASC, key {n}"),
            "fields": ["issuetype", "issuekey", "summary", "created"],
            "_links": {"self": format!("{API}/servicedesk/{desk}/queue/{n}")}})
        });
        Some(queues.collect())
    }
}

/// The customers' organisations.
pub(crate) fn organizations() -> Vec<Value> {
    (1..=3).map(organization).collect()
}

/// What is installed.
pub(crate) fn desk_info() -> Value {
    json!({"version": "1001.0.0", "platformVersion": "1001.0.0", "isLicensedForUse": true,
        "buildChangeSet": "0000000", "_links": {"self": format!("{API}/info")}})
}
