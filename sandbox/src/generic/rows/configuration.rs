//! What the site as a whole is set to.

use serde_json::{Value, json};

use crate::accounts::Right;
use crate::generic::{Denial, Endpoint, Kind, Parent, Scene, Style, admin, get};
use crate::options::Switch;
use crate::site::words;

pub(super) const ROWS: &[Endpoint] = &[
    admin("/rest/api/3/configuration/timetracking", Style::One, |s| vec![provider(s, 0)])
        .off(Switch::TimeTrackingOff, 404),
    admin("/rest/api/3/configuration/timetracking/list", Style::Array, |s| {
        (0..2).map(|n| provider(s, n)).collect()
    }),
    admin("/rest/api/3/configuration/timetracking/options", Style::One, |_| {
        vec![json!({"defaultUnit": "minute", "timeFormat": "pretty",
            "workingDaysPerWeek": 5.0, "workingHoursPerDay": 7.5})]
    }),
    get("/rest/api/3/application-properties", Style::Array, application_properties)
        .needs(Right::Administer, Denial::Unauthorised),
    admin("/rest/api/3/application-properties/advanced-settings", Style::Array, |s| {
        let mut properties = application_properties(s);
        properties.truncate(9);
        properties
    }),
    admin("/rest/api/3/applicationrole", Style::Array, application_roles),
    admin("/rest/api/3/announcementBanner", Style::One, |s| {
        vec![s.record(
            "AnnouncementBannerConfiguration",
            1_u32,
            json!({"hashId": "9HN2FJK9DM8BHRWERVW3RRTGDJ4G4D5C",
                "message": "<b>Upgrade</b> at 20:00 & later"}),
        )]
    }),
    get("/rest/api/3/instance/license", Style::Named("applications"), |_| {
        vec![
            json!({"id": "jira-software", "plan": "PAID"}),
            json!({"id": "jira-servicedesk", "plan": "FREE"}),
        ]
    }),
    admin("/rest/api/3/license/approximateLicenseCount", Style::One, |s| {
        vec![json!({"key": "licenses.total", "value": s.view.people_count().to_string()})]
    }),
    admin(
        "/rest/api/3/license/approximateLicenseCount/product/{applicationKey}",
        Style::One,
        |s| vec![license_of(s)],
    )
    .of(&[Parent::Path(Kind::Product)])
    .missing(400),
    // As `configuration` has it; the limit is beyond 32 bits.
    get("/rest/api/3/attachment/meta", Style::One, |_| {
        vec![json!({"enabled": true, "uploadLimit": 2_147_483_648_u64})]
    })
    .open(),
    get("/rest/api/3/data-policy", Style::One, |_| vec![json!({"anyContentBlocked": true})]),
    get("/rest/api/3/data-policy/project", Style::Named("projectDataPolicies"), |s| {
        let projects = s.projects_named(0).into_iter();
        projects
            .map(|project| {
                json!({"id": project.id,
                "dataPolicy": {"anyContentBlocked": project.id.is_multiple_of(5)}})
            })
            .collect()
    })
    .of(&[Parent::Any("ids", Kind::Project)]),
    get("/rest/api/3/classification-levels", Style::Named("classifications"), |s| {
        (1..=4).map(|n| classification(s, n)).collect()
    }),
    admin("/rest/api/3/events", Style::Array, |_| {
        EVENTS.iter().zip(1_u32..).map(|(name, id)| json!({"id": id, "name": name})).collect()
    }),
    admin("/rest/api/3/settings/columns", Style::Array, |_| columns(11)),
    admin("/rest/api/3/issue/limit/report", Style::One, |s| {
        let of = |n: usize| {
            s.view
                .site
                .heads
                .iter()
                .filter(|head| !head.gone)
                .nth(n)
                .map_or(0, |head| head.id)
                .to_string()
        };
        vec![json!({"issuesApproachingLimit": {"comment": {of(0): 4990, of(1): 4800},
                "worklog": {of(2): 9900}},
            "issuesBreachingLimit": {"attachment": {of(3): 2005}},
            "limits": {"attachment": 2000, "comment": 5000, "issuelinks": 2000,
            "remoteIssueLinks": 2000, "worklog": 10000}})]
    }),
    get("/rest/api/3/jql/autocompletedata", Style::Named("visibleFieldNames"), clauses)
        .open()
        .beside(|s, page| {
            page["visibleFunctionNames"] = ["currentLogin()", "issueHistory()", "membersOf(\"\")"]
                .iter()
                .map(|name| {
                    json!({"value": name, "displayName": name, "isList": "true",
                    "types": ["com.atlassian.jira.issue.Issue"]})
                })
                .collect();
            page["jqlReservedWords"] = json!(["empty", "and", "or", "in", "distinct"]);
            // A viewer without fields still gets the words.
            let _ = s;
        }),
];

/// Keys of the products a licence can be for.
pub(crate) const PRODUCTS: [&str; 4] =
    ["jira-core", "jira-product-discovery", "jira-software", "jira-servicedesk"];

/// As many accounts as the product's role counts; a product without a role has none.
fn license_of(s: &Scene<'_>) -> Value {
    let product = s.parent(0);
    let role = application_roles(s).into_iter().find(|role| role["key"] == product);
    let count = role.and_then(|role| role["userCount"].as_u64()).unwrap_or(0);
    json!({"key": format!("license.{product}.approximateUserCount"), "value": count.to_string()})
}

fn provider(s: &Scene<'_>, n: u32) -> Value {
    let given = match n {
        0 => {
            json!({"key": "JIRA", "name": "JIRA provided time tracking",
                "url": super::super::shapes::ABSENT})
        }
        _ => json!({"key": "is.sandbox.timesheets__settings", "name": "Timesheets 시간"}),
    };
    s.record("TimeTrackingProvider", n, given)
}

fn application_properties(s: &Scene<'_>) -> Vec<Value> {
    const KEYS: &[(&str, &str, &str)] = &[
        ("jira.clone.prefix", "string", "CLONE -"),
        ("jira.date.picker.java.format", "string", "d/MMM/yy"),
        ("jira.lf.date.time", "string", "h:mm a"),
        ("jira.issue.actions.order", "string", "asc"),
        ("jira.title", "string", "Sandbox 모래 상자"),
        ("jira.home", "string", "/var/jira"),
        ("jira.option.voting", "boolean", "true"),
        ("jira.maximum.authentication.attempts.allowed", "uint", "3"),
        ("jira.search.views.default.max", "uint", "1000"),
        ("jira.table.cols.subtasks", "string", ""),
        ("jira.comment.collapsing.minimum.hidden", "int", "4"),
    ];
    let many = KEYS.iter().zip(0_u32..);
    many.map(|(&(key, kind, value), n)| {
        s.record(
            "ApplicationProperty",
            n,
            json!({"id": key, "key": key, "name": key, "type": kind, "value": value}),
        )
    })
    .collect()
}

fn application_roles(s: &Scene<'_>) -> Vec<Value> {
    let roles = [
        ("jira-software", "Jira Software", 0),
        ("jira-servicedesk", "Jira Service Management", 1),
        ("jira-product-discovery", "Jira Product Discovery", 3),
    ];
    roles
        .into_iter()
        .zip(0_u32..)
        .map(|((key, name, group), n)| {
            let group = s.view.group(group);
            let names = json!([group["name"]]);
            s.record(
                "ApplicationRole",
                n,
                json!({"key": key, "name": name, "groups": names,
                "groupDetails": [group],
                "defaultGroups": names, "defaultGroupsDetails": [group],
                "hasUnlimitedSeats": n == 2,
                "numberOfSeats": if n == 2 { -1 } else { 500 },
                "remainingSeats": if n == 2 { -1 } else { 240 },
                "userCount": 260, "userCountDescription": "users", "defined": true,
                "platform": false}),
            )
        })
        .collect()
}

/// A level of classification, by its rank.
pub(super) fn classification(s: &Scene<'_>, n: u32) -> Value {
    let names = ["Public", "Internal", "Confidential", "Restricted"];
    let id = s.dice(1, u64::from(n)).uuid();
    s.record(
        "DataClassificationTagBean",
        n,
        json!({"id": format!("ari:cloud:platform::classification-tag/{id}"),
        "name": names[n as usize - 1], "rank": n,
        "status": if n == 4 { "draft" } else { "published" }}),
    )
}

const EVENTS: &[&str] = &[
    "Issue Created",
    "Issue Updated",
    "Issue Assigned",
    "Issue Resolved",
    "Issue Closed",
    "Issue Commented",
    "Issue Comment Edited",
    "Issue Reopened",
    "Issue Deleted",
    "Issue Moved",
    "Work Logged On Issue",
    "Generic Event",
    "Eigenes Ereignis",
];

/// The first columns of issue tables.
pub(super) fn columns(count: usize) -> Vec<Value> {
    const COLUMNS: &[(&str, &str)] = &[
        ("Issue Type", "issuetype"),
        ("Key", "issuekey"),
        ("Summary", "summary"),
        ("Assignee", "assignee"),
        ("Reporter", "reporter"),
        ("Priority", "priority"),
        ("Status", "status"),
        ("Resolution", "resolution"),
        ("Created", "created"),
        ("Updated", "updated"),
        ("Due date", "duedate"),
    ];
    COLUMNS
        .iter()
        .take(count)
        .map(|(label, value)| json!({"label": label, "value": value}))
        .collect()
}

/// The fields a query may name.
fn clauses(s: &Scene<'_>) -> Vec<Value> {
    s.view
        .fields()
        .into_iter()
        .map(|field| {
            let mut entry = json!({"value": field["name"], "displayName": field["name"],
                "orderable": field["orderable"].to_string(), "searchable": "true", "auto": "true",
                "operators": ["=", "!=", "in", "not in", "is", "is not"],
                "types": [words::word(&mut s.dice(2, 1))]});
            if field["custom"] == true {
                entry["cfid"] = field["clauseNames"][0].clone();
            }
            entry
        })
        .collect()
}
