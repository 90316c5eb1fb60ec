//! Issue security, notification and permission schemes, priority schemes and roles.

use serde_json::{Value, json};

use crate::generic::{Endpoint, Kind, Parent, Scene, Style, admin, get};
use crate::site::projects::Stage;
use crate::site::{BASE, lookups, projects};

/// The ids of the issue security schemes.
pub(crate) const SCHEMES: std::ops::Range<u32> = 10_001..10_053;
/// The ids of the notification schemes.
pub(crate) const NOTIFICATION_SCHEMES: std::ops::Range<u32> = 10_000..10_052;

pub(super) const ROWS: &[Endpoint] = &[
    admin("/rest/api/3/issuesecurityschemes", Style::Named("issueSecuritySchemes"), |s| {
        SCHEMES.map(|id| scheme(s, id)).collect()
    }),
    admin("/rest/api/3/issuesecurityschemes/{id}", Style::One, |s| {
        vec![full_scheme(s, s.number(0))]
    })
    .of(&[Parent::Path(Kind::SecurityScheme)]),
    admin("/rest/api/3/issuesecurityschemes/search", Style::Bean(50), |s| {
        SCHEMES
            .map(|id| {
                let given = json!({"id": id, "self": link(id), "projectIds": projects_of(s, id)});
                s.record("SecuritySchemeWithProjects", id, given)
            })
            .collect()
    }),
    admin("/rest/api/3/issuesecurityschemes/level", Style::Bean(50), |s| {
        SCHEMES.flat_map(|id| levels(s, id)).collect()
    }),
    admin("/rest/api/3/issuesecurityschemes/level/member", Style::Bean(50), |s| {
        let all = SCHEMES.flat_map(|scheme| {
            level_ids(scheme).flat_map(move |level| (0..2).map(move |n| (scheme, level, n)))
        });
        all.map(|(scheme, level, n)| {
            json!({"id": (level * 10 + n).to_string(),
            "issueSecurityLevelId": level.to_string(),
            "issueSecuritySchemeId": scheme.to_string(), "holder": holder(s, level + n),
            "managed": false})
        })
        .collect()
    }),
    admin(
        "/rest/api/3/issuesecurityschemes/{issueSecuritySchemeId}/members",
        Style::Bean(50),
        |s| {
            level_ids(s.number(0))
                .flat_map(|level| (0..2).map(move |n| (level, n)))
                .map(|(level, n)| {
                    json!({"id": level * 10 + n, "issueSecurityLevelId": level,
                "holder": holder(s, level + n)})
                })
                .collect()
        },
    )
    .of(&[Parent::Path(Kind::SecurityScheme)]),
    admin("/rest/api/3/issuesecurityschemes/project", Style::Bean(50), |s| {
        let all =
            SCHEMES.flat_map(|id| projects_of(s, id).into_iter().map(move |project| (id, project)));
        all.map(|(scheme, project)| {
            json!({"issueSecuritySchemeId": scheme.to_string(),
            "projectId": project.to_string()})
        })
        .collect()
    }),
    get("/rest/api/3/notificationscheme", Style::Bean(50), |s| {
        // Only the schemes of projects one administers.
        let seen =
            NOTIFICATION_SCHEMES.filter(|_| s.view.viewer.may(crate::accounts::Right::Administer));
        seen.map(|id| notification_scheme(s, id)).collect()
    }),
    get("/rest/api/3/notificationscheme/{id}", Style::One, |s| {
        vec![notification_scheme(s, s.number(0))]
    })
    .needs(crate::accounts::Right::Administer, crate::generic::Denial::Missing)
    .of(&[Parent::Path(Kind::NotificationScheme)]),
    get("/rest/api/3/notificationscheme/project", Style::Bean(50), |s| {
        let seen = s
            .view
            .live_projects()
            .into_iter()
            .filter(|_| s.view.viewer.may(crate::accounts::Right::Administer));
        seen.map(|project| {
            json!({"notificationSchemeId": notification_scheme_of(project.id).to_string(),
            "projectId": project.id.to_string()})
        })
        .collect()
    }),
    get("/rest/api/3/permissionscheme/{schemeId}", Style::One, permission_scheme)
        .of(&[Parent::Path(Kind::PermissionScheme)]),
    get("/rest/api/3/permissionscheme/{schemeId}/permission", Style::Named("permissions"), |s| {
        let scheme = permission_scheme(s).pop().unwrap_or_default();
        scheme["permissions"].as_array().cloned().unwrap_or_default()
    })
    .of(&[Parent::Path(Kind::PermissionScheme)])
    .beside(|_, page| page["expand"] = json!("user,group,projectRole,field,all")),
    get("/rest/api/3/priority", Style::Array, |_| lookups::priorities()),
    get("/rest/api/3/resolution", Style::Array, |_| {
        (0..lookups::RESOLUTIONS.len()).map(lookups::resolution).collect()
    }),
    get("/rest/api/3/priorityscheme/{schemeId}/priorities", Style::Bean(50), |s| {
        lookups::priorities()
            .into_iter()
            .zip(0..)
            .map(|(mut priority, n)| {
                priority["sequence"] = json!((n + s.number(0)).to_string());
                priority
            })
            .collect()
    })
    .of(&[Parent::Path(Kind::PriorityScheme)]),
    get("/rest/api/3/priorityscheme/{schemeId}/projects", Style::Bean(50), |s| {
        let mine = s
            .view
            .projects_in(&[Stage::Live])
            .into_iter()
            .filter(|project| 1 + project.id % 2 == s.number(0));
        mine.map(projects::project_ref).collect()
    })
    .of(&[Parent::Path(Kind::PriorityScheme)]),
    admin("/rest/api/3/role/{id}", Style::One, role).of(&[Parent::Path(Kind::Role)]),
    admin("/rest/api/3/role/{id}/actors", Style::Named("actors"), |s| {
        role(s).pop().and_then(|role| role["actors"].as_array().cloned()).unwrap_or_default()
    })
    .of(&[Parent::Path(Kind::Role)]),
];

fn link(id: u32) -> String {
    format!("{BASE}/rest/api/3/issuesecurityschemes/{id}")
}

fn level_ids(scheme: u32) -> std::ops::RangeInclusive<u32> {
    scheme * 10..=scheme * 10 + scheme % 3
}

fn levels(s: &Scene<'_>, scheme: u32) -> Vec<Value> {
    let level = |id: u32| {
        s.record(
            "SecurityLevel",
            id,
            json!({"id": id.to_string(),
            "isDefault": id.is_multiple_of(10),
            "issueSecuritySchemeId": scheme.to_string(),
            "self": format!("{BASE}/rest/api/3/issuesecurityschemes/level?id={id}")}),
        )
    };
    level_ids(scheme).map(level).collect()
}

fn scheme(s: &Scene<'_>, id: u32) -> Value {
    let given = json!({"id": id, "self": link(id), "defaultSecurityLevelId": id * 10,
        "levels": super::super::shapes::ABSENT});
    s.record("SecurityScheme", id, given)
}

/// A scheme with its levels.
pub(super) fn full_scheme(s: &Scene<'_>, id: u32) -> Value {
    let mut scheme = scheme(s, id);
    scheme["levels"] = Value::Array(levels(s, id));
    scheme
}

/// The scheme of a project, if it has one.
pub(super) fn scheme_of(project: u32) -> Option<u32> {
    (!project.is_multiple_of(3)).then_some(SCHEMES.start + project % 2)
}

fn projects_of(s: &Scene<'_>, scheme: u32) -> Vec<u32> {
    let live = s.view.live_projects().into_iter();
    live.map(|project| project.id).filter(|id| scheme_of(*id) == Some(scheme)).collect()
}

fn holder(s: &Scene<'_>, n: u32) -> Value {
    match n % 4 {
        0 => json!({"type": "reporter"}),
        1 => {
            let group = s.view.group(n as usize % 6);
            json!({"type": "group", "parameter": group["name"], "value": group["groupId"],
                "expand": "group"})
        }
        2 => {
            json!({"type": "projectRole", "parameter": "10002", "value": "10002",
                "expand": "projectRole"})
        }
        _ => {
            let user = s.view.user(n as usize % 40);
            json!({"type": "user", "parameter": user["accountId"], "value": user["accountId"],
                "expand": "user"})
        }
    }
}

/// The notification scheme of a project.
pub(super) fn notification_scheme_of(project: u32) -> u32 {
    NOTIFICATION_SCHEMES.start + project % 5
}

/// A notification scheme with its events.
pub(super) fn notification_scheme(s: &Scene<'_>, id: u32) -> Value {
    let group = s.view.group(id as usize % 6);
    let events: Vec<Value> = (1..=id % 3 + 1)
        .map(|event| json!({"event": {"id": event, "name": format!("Event {event}"),
            "description": ""},
            "notifications": [
                {"id": id * 100 + event * 10, "notificationType": "CurrentAssignee"},
                {"id": id * 100 + event * 10 + 1, "notificationType": "Group", "expand": "group", "group": group,
                    "parameter": group["name"], "recipient": group["groupId"]}]}))
        .collect();
    let mine = s.view.live_projects().into_iter().map(|project| project.id);
    let projects: Vec<u32> =
        mine.filter(|project| notification_scheme_of(*project) == id).collect();
    s.record(
        "NotificationScheme",
        id,
        json!({"id": id, "notificationSchemeEvents": events, "projects": projects,
        "self": format!("{BASE}/rest/api/3/notificationscheme/{id}"),
        "expand": "notificationSchemeEvents,user,group,projectRole,field,all"}),
    )
}

fn permission_scheme(s: &Scene<'_>) -> Vec<Value> {
    let schemes = s.view.permission_schemes(&["permissions"]);
    schemes.into_iter().filter(|scheme| scheme["id"] == s.number(0)).collect()
}

fn role(s: &Scene<'_>) -> Vec<Value> {
    s.view.roles().into_iter().filter(|role| role["id"] == s.number(0)).collect()
}
