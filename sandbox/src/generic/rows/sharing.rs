//! Filters, dashboards with their gadgets, avatars and plans.

use serde_json::{Value, json};

use super::configuration::columns;
use super::projects::avatar;
use crate::answer::Refusal;
use crate::generic::shapes::ABSENT;
use crate::generic::{Endpoint, Kind, Parent, Scene, Style, admin, get};
use crate::options::Switch;
use crate::site::{View, clock, words};

/// What has avatars.
pub(crate) const AVATAR_TYPES: [&str; 4] = ["issuetype", "project", "user", "priority"];

const OF_FILTER: &[Parent] = &[Parent::Path(Kind::Filter)];
const OF_PLAN: &[Parent] = &[Parent::Path(Kind::Plan)];
const FILTER_PARTS: &[&str] = &[
    "description",
    "owner",
    "jql",
    "viewUrl",
    "searchUrl",
    "favourite",
    "favouritedCount",
    "sharePermissions",
    "editPermissions",
];

pub(super) const ROWS: &[Endpoint] = &[
    get("/rest/api/3/filter/{id}", Style::One, |s| vec![filter(s)])
        .open()
        .of(OF_FILTER)
        .missing(400),
    get("/rest/api/3/filter/{id}/permission", Style::Array, |s| {
        filter(s)["sharePermissions"].as_array().cloned().unwrap_or_default()
    })
    .open()
    .of(OF_FILTER),
    get("/rest/api/3/filter/{id}/columns", Style::Array, |s| columns(3 + s.number(0) as usize % 9))
        .open()
        .of(OF_FILTER)
        .missing(400)
        .refusing(|s| match s.number(0) % 4 {
            // Such a filter has no columns of its own.
            0 => Some(Refusal::missing("Column configuration")),
            1 if s.view.site.options.has(Switch::FiltersUnshared) => {
                Some(Refusal::missing("Filter").with_status(400))
            }
            _ => None,
        }),
    get("/rest/api/3/filter/defaultShareScope", Style::One, |s| {
        // One's own setting. `GLOBAL` is told as `AUTHENTICATED`.
        let shares = s.view.viewer.person.is_some_and(|person| person % 2 == 0);
        vec![json!({"scope": if shares { "AUTHENTICATED" } else { "PRIVATE" }})]
    }),
    get("/rest/api/3/dashboard/gadgets", Style::Named("gadgets"), |s| {
        (0..37)
            .map(|n| {
                let given = if n % 2 == 0 {
                    json!({"moduleKey": module(n), "uri": ABSENT})
                } else {
                    json!({"uri": format!("rest/gadgets/1.0/g/gadget-{n}.xml"),
                    "moduleKey": ABSENT})
                };
                s.record("AvailableDashboardGadget", n, given)
            })
            .collect()
    }),
    get("/rest/api/3/dashboard/{dashboardId}/gadget", Style::Named("gadgets"), |s| {
        gadget_ids(s.view, s.parent(0))
            .into_iter()
            .zip(0_u32..)
            .map(|(id, n)| {
                s.record(
                    "DashboardGadget",
                    id,
                    json!({"id": id, "moduleKey": module(n), "uri": ABSENT,
                "position": {"row": n / 2, "column": n % 2}}),
                )
            })
            .collect()
    })
    .open()
    .of(&[Parent::Path(Kind::Dashboard)]),
    get("/rest/api/3/avatar/{type}/system", Style::Named("system"), |s| {
        let kind = s.parent(0);
        (0..15).map(|n| avatar(s, kind, n)).collect()
    })
    .of(&[Parent::Path(Kind::AvatarType)]),
    admin("/rest/api/3/plans/plan/{planId}", Style::One, |s| vec![plan(s)])
        .of(OF_PLAN)
        .off(Switch::PremiumOff, 403),
    admin("/rest/api/3/plans/plan/{planId}/team", Style::Cursor, |s| {
        let count = if s.number(0).is_multiple_of(10) { 55 } else { s.number(0) % 6 };
        (0..count)
            .map(|n| {
                let own = n % 3 == 0;
                let id = if own { n.to_string() } else { s.dice(13, u64::from(n)).uuid() };
                s.record(
                    "GetTeamResponseForPage",
                    s.number(0) * 100 + n,
                    json!({"id": id, "type": if own { "PlanOnly" } else { "Atlassian" }}),
                )
            })
            .collect()
    })
    .of(OF_PLAN)
    .off(Switch::PremiumOff, 403),
];

fn filter(s: &Scene<'_>) -> Value {
    let filters = s.view.filters(FILTER_PARTS);
    let mut filter =
        filters.into_iter().find(|filter| filter["id"] == s.parent(0)).unwrap_or_default();
    filter.as_object_mut().map(|fields| fields.remove("expand"));
    for share in filter["sharePermissions"].as_array_mut().into_iter().flatten() {
        if let Some(user) = share.get_mut("user") {
            shorten(user);
        }
    }
    filter
}

/// Cuts a person to what shares tell of them.
fn shorten(user: &mut Value) {
    if let Some(fields) = user.as_object_mut() {
        fields.retain(|name, _| {
            !["accountType", "emailAddress", "timeZone"].contains(&name.as_str())
        });
    }
}

fn module(n: u32) -> String {
    format!("com.atlassian.jira.gadgets:gadget-{n}")
}

/// The ids of a dashboard's gadgets.
pub(crate) fn gadget_ids(view: View<'_>, dashboard: &str) -> Vec<u32> {
    let id: u32 = dashboard.parse().unwrap_or(0);
    let known = view.dashboards().iter().any(|known| known["id"] == dashboard);
    (0..id % 5).filter(|_| known).map(|n| id * 10 + n).collect()
}

fn plan(s: &Scene<'_>) -> Value {
    let listed =
        s.view.plans().into_iter().find(|plan| plan["id"] == s.parent(0)).unwrap_or_default();
    let lead = s.view.user(s.number(0) as usize % 30);
    let saved = clock::zulu(clock::END - i64::from(s.number(0)) * clock::DAY);
    s.record(
        "GetPlanResponse",
        s.number(0),
        json!({"id": s.number(0), "name": listed["name"],
        "status": listed["status"],
        "issueSources": listed["issueSources"], "leadAccountId": lead["accountId"],
        "lastSaved": saved,
        "permissions": [{"type": "Edit", "holder": {"type": "AccountId",
        "value": lead["accountId"]}}],
        "crossProjectReleases": [{"name": words::title(&mut s.dice(14, u64::from(s.number(0)))),
        "releaseIds": [1_000_000]}],
        "scheduling": {"dependencies": "Sequential", "estimation": "Days",
        "inferredDates": "ReleaseDates",
            "startDate": {"type": "TargetStartDate"}, "endDate": {"type": "DateCustomField",
            "dateCustomFieldId": 10_015}}}),
    )
}
