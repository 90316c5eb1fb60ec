//! What belongs to a project, a version or a component.

use serde_json::{Value, json};

use super::security;
use crate::accounts::Right;
use crate::answer::Refusal;
use crate::generic::shapes::ABSENT;
use crate::generic::{Denial, Endpoint, Kind, Parent, Scene, Style, admin, get};
use crate::site::{BASE, catalogue, custom, fields};

const OF_PROJECT: &[Parent] = &[Parent::Path(Kind::Project)];
pub(super) const ROWS: &[Endpoint] = &[
    get("/rest/api/3/project/type", Style::Array, types).open(),
    get("/rest/api/3/project/{projectIdOrKey}/statuses", Style::Array, statuses)
        .open()
        .of(OF_PROJECT),
    get("/rest/api/3/issuetype/project", Style::Array, |s| {
        s.project(0).map(catalogue::issue_types_of).unwrap_or_default()
    })
    .open()
    .of(&[Parent::Query("projectId", Kind::Project)]),
    get("/rest/api/3/project/{projectId}/hierarchy", Style::Named("hierarchy"), hierarchy)
        .open()
        .of(OF_PROJECT)
        .beside(|s, page| page["projectId"] = json!(s.number(0))),
    get("/rest/api/3/project/{projectIdOrKey}/features", Style::Named("features"), |s| {
        FEATURES
            .iter()
            .zip(0_u32..)
            .map(|(feature, n)| {
                s.record(
                    "ProjectFeature",
                    s.number(0) * 10 + n,
                    json!({"feature": feature,
                "projectId": s.number(0),
                "prerequisites": if n == 2 { vec![FEATURES[0]] } else { Vec::new() }}),
                )
            })
            .collect()
    })
    .of(OF_PROJECT),
    admin("/rest/api/3/project/{projectId}/email", Style::One, |s| {
        let key = s.project(0).map(|project| project.key.to_lowercase()).unwrap_or_default();
        vec![json!({"emailAddress": format!("jira+{key}@sandbox.example"),
            "emailAddressStatus": []})]
    })
    .of(OF_PROJECT),
    get("/rest/api/3/project/{projectIdOrKey}/avatars", Style::Named("system"), |s| {
        (0..12).map(|n| avatar(s, "project", n)).collect()
    })
    .of(OF_PROJECT)
    .beside(|s, page| {
        page["custom"] = (0..s.number(0) % 3).map(|n| own_avatar(s, n)).collect();
    }),
    get("/rest/api/3/project/{projectIdOrKey}/role", Style::One, |s| {
        let mut map = json!({});
        for role in s.view.roles() {
            let name = role["name"].as_str().unwrap_or_default();
            map[name] = json!(role_link(s, &role));
        }
        vec![map]
    })
    .needs(Right::Administer, Denial::Unauthorised)
    .of(OF_PROJECT),
    get("/rest/api/3/project/{projectIdOrKey}/role/{id}", Style::One, |s| vec![role(s)])
        .needs(Right::Administer, Denial::Missing)
        .of(&[Parent::Path(Kind::Project), Parent::Path(Kind::Role)]),
    get("/rest/api/3/project/{projectIdOrKey}/roledetails", Style::Array, |s| {
        s.view
            .roles()
            .into_iter()
            .zip(0_u32..)
            .map(|(role, n)| {
                s.record(
                    "ProjectRoleDetails",
                    s.number(0) * 10 + n,
                    json!({"id": role["id"],
                "name": role["name"],
                "self": role_link(s, &role), "translatedName": role["name"]}),
                )
            })
            .collect()
    })
    .needs(Right::Administer, Denial::Missing)
    .of(OF_PROJECT),
    admin("/rest/api/3/project/{projectKeyOrId}/permissionscheme", Style::One, |s| {
        let schemes = s.view.permission_schemes(&[]);
        let n = s.number(0) as usize % schemes.len().max(1);
        schemes.into_iter().skip(n).take(1).collect()
    })
    .of(OF_PROJECT),
    get("/rest/api/3/project/{projectKeyOrId}/notificationscheme", Style::One, |s| {
        vec![security::notification_scheme(s, security::notification_scheme_of(s.number(0)))]
    })
    .needs(Right::Administer, Denial::Missing)
    .of(OF_PROJECT),
    admin("/rest/api/3/project/{projectKeyOrId}/issuesecuritylevelscheme", Style::One, |s| {
        security::scheme_of(s.number(0))
            .map(|id| security::full_scheme(s, id))
            .into_iter()
            .collect()
    })
    .of(OF_PROJECT)
    .refusing(|s| {
        security::scheme_of(s.number(0)).is_none().then(|| Refusal::missing("Security scheme"))
    }),
    get("/rest/api/3/project/{projectIdOrKey}/classification-level/default", Style::One, |s| {
        let classification = super::configuration::classification(s, 1 + s.number(0) % 3);
        vec![json!({"classification": classification})]
    })
    .needs(Right::Administer, Denial::Unauthorised)
    .of(OF_PROJECT),
    get("/rest/api/3/project/{projectKeyOrId}/securitylevel", Style::Named("levels"), |s| {
        let held = s.view.viewer.may(Right::SecurityLevel);
        let scheme = security::scheme_of(s.number(0)).filter(|_| held);
        let levels = scheme.map(|id| security::full_scheme(s, id)["levels"].clone());
        levels.and_then(|levels| levels.as_array().cloned()).unwrap_or_default()
    })
    .open()
    .of(OF_PROJECT),
    get(
        "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes",
        Style::Total("issueTypes", 50, 200),
        |s| {
            let types = s.project(0).map(catalogue::issue_types_of).unwrap_or_default();
            types
                .into_iter()
                .map(|mut of| {
                    of.as_object_mut().map(|fields| fields.remove("entityId"));
                    of
                })
                .collect()
        },
    )
    .of(OF_PROJECT)
    .missing(400),
    get(
        "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}",
        Style::Total("fields", 50, 200),
        create_fields,
    )
    .of(&[Parent::Path(Kind::Project), Parent::Path(Kind::TypeOfProject)])
    .missing(400),
];

const FEATURES: &[&str] = &[
    "jsw.classic.roadmap",
    "jsw.classic.backlog",
    "jsw.agility.sprints",
    "jsw.agility.reports",
    "jsw.classic.deployments",
];

fn types(s: &Scene<'_>) -> Vec<Value> {
    let keys = ["software", "service_desk", "business", "product_discovery", "customer_service"];
    keys.into_iter()
        .zip(0_u32..)
        .map(|(key, n)| {
            s.record(
                "ProjectType",
                n,
                json!({"key": key, "formattedKey": key, "icon": "PHN2Zy8+", "color": "#357DE8",
            "descriptionI18nKey": format!("jira.project.type.{key}.description")}),
            )
        })
        .collect()
}

fn statuses(s: &Scene<'_>) -> Vec<Value> {
    let Some(project) = s.project(0) else { return Vec::new() };
    let statuses: Vec<Value> =
        project.statuses().iter().map(|of| catalogue::status(project, *of)).collect();
    let types = catalogue::issue_types_of(project).into_iter();
    types
        .map(|of| {
            json!({"id": of["id"], "name": of["name"], "self": of["self"],
        "subtask": of["subtask"], "statuses": statuses})
        })
        .collect()
}

fn hierarchy(s: &Scene<'_>) -> Vec<Value> {
    let Some(project) = s.project(0) else { return Vec::new() };
    let level = |level: i8, name: &str| {
        let types = project.types().iter().filter(|of| of.level == level);
        let types: Vec<Value> = types
            .map(|of| {
                let id = project.type_id(*of);
                json!({"id": id, "name": of.name, "avatarId": 10_300 + id % 20})
            })
            .collect();
        let key = u64::from(project.id) * 10 + u64::from(level.unsigned_abs());
        json!({"level": level, "name": name, "entityId": s.dice(6, key).uuid(),
            "issueTypes": types})
    };
    vec![level(1, "Epic"), level(0, "Base"), level(-1, "Sub-task")]
}

/// An avatar Jira comes with.
pub(super) fn avatar(s: &Scene<'_>, kind: &str, n: u32) -> Value {
    let id = 10_400 + n;
    let url = |size: &str| {
        format!("{BASE}/rest/api/3/universal_avatar/view/type/{kind}/avatar/{id}?size={size}")
    };
    s.record(
        "Avatar",
        id,
        json!({"id": id.to_string(), "isSystemAvatar": true,
        "isDeletable": false, "owner": ABSENT,
        "urls": {"16x16": url("xsmall"), "24x24": url("small"), "32x32": url("medium"),
        "48x48": url("large")}}),
    )
}

fn own_avatar(s: &Scene<'_>, n: u32) -> Value {
    let mut avatar = avatar(s, "project", s.number(0) % 1000 * 10 + n);
    avatar["isSystemAvatar"] = json!(false);
    avatar["isDeletable"] = json!(true);
    avatar["owner"] = json!(s.parent(0));
    avatar
}

fn role_link(s: &Scene<'_>, role: &Value) -> String {
    format!("{BASE}/rest/api/3/project/{}/role/{}", s.parent(0), role["id"])
}

/// A role with those who have it in the project.
fn role(s: &Scene<'_>) -> Value {
    let roles = s.view.roles();
    let Some(role) = roles.into_iter().find(|role| role["id"] == s.number(1)) else {
        return Value::Null;
    };
    let mut dice = s.dice(7, u64::from(s.number(0)) * 100 + u64::from(s.number(1) % 100));
    let mut actors = Vec::new();
    for n in 0..dice.below(4) {
        let user = s.view.user(dice.index(s.view.people_count()));
        actors.push(json!({"id": s.number(0) * 100 + n, "displayName": user["displayName"],
            "type": "atlassian-user-role-actor",
            "actorUser": {"accountId": user["accountId"]}}));
    }
    if dice.chance(600) {
        let group = s.view.group(dice.index(6));
        actors.push(json!({"id": s.number(0) * 100 + 50, "displayName": group["name"],
            "name": group["name"],
            "type": "atlassian-group-role-actor",
            "actorGroup": {"name": group["name"], "displayName": group["name"],
            "groupId": group["groupId"]}}));
    }
    json!({"self": role_link(s, &role), "id": role["id"], "name": role["name"],
        "description": role["description"], "actors": actors})
}

fn create_fields(s: &Scene<'_>) -> Vec<Value> {
    let Some(project) = s.project(0) else { return Vec::new() };
    let all = s.view.fields();
    let on = |field: &&Value| {
        let id = field["id"].as_str().unwrap_or_default();
        let custom = custom::FIELDS.iter().find(|known| known.id() == id);
        custom.map_or(fields::is_navigable(id), |field| field.is_on(project))
    };
    let key = s.number(1) * 100;
    all.iter()
        .filter(on)
        .zip(0_u32..)
        .map(|(field, n)| {
            let given = json!({"fieldId": field["id"], "key": field["id"], "name": field["name"],
            "allowedValues": ABSENT,
            "defaultValue": ABSENT, "configuration": ABSENT, "autoCompleteUrl": ABSENT,
            "operations": ["set"],
            "required": field["id"] == "summary",
            "schema": if field["schema"].is_null() { json!({"type": "issuelink",
                "system": "parent"}) } else { field["schema"].clone() }});
            s.record("FieldCreateMetadata", key + n, given)
        })
        .collect()
}
