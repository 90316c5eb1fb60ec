//! Who the caller is, what they may do, and what the site is.

use serde_json::{Map, Value, json};

use super::{Route, get, post};
use crate::answer::{Answer, Refusal, said};
use crate::call::{Call, invalid_payload, texts};
use crate::pipeline::CLOUD_ID;
use crate::site;
use crate::site::permissions::{Key, find};

/// The most projects, and the most issues, of one entry of a check.
const MOST_CHECKED: usize = 1000;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/myself", myself),
    get("/rest/api/3/mypermissions", my_permissions),
    get("/rest/api/3/permissions", |_| Ok(site::permissions::permission_catalogue())),
    post("/rest/api/3/permissions/project", permitted_projects),
    post("/rest/api/3/permissions/check", checked_permissions),
    get("/rest/api/3/serverInfo", |call| Ok(call.view().server_info())),
    get("/_edge/tenant_info", |_| Ok(json!({"cloudId": CLOUD_ID}))),
    get("/rest/api/3/configuration", configuration),
];

fn myself(call: &Call<'_>) -> Answer {
    let expand = call.expand();
    call.view().myself(&super::parts(&expand)).ok_or_else(Refusal::anonymous)
}

fn keys(names: &[String]) -> Result<Vec<&'static Key>, Refusal> {
    names
        .iter()
        .map(|name| {
            find(name).ok_or_else(|| {
                Refusal::bad(said(
                    format!("Unrecognized permission: {name}"),
                    format!("인식할 수 없는 권한: {name}"),
                ))
            })
        })
        .collect()
}

fn my_permissions(call: &Call<'_>) -> Answer {
    let names = call.query.list("permissions");
    if names.is_empty() {
        return Err(Refusal::bad(said(
            "The 'permissions' query parameter is required.",
            "'permissions' 쿼리 매개변수가 필요합니다.",
        )));
    }
    Ok(call.view().my_permissions(&keys(&names)?))
}

fn permitted_projects(call: &Call<'_>) -> Answer {
    let bean = call.bean(&["permissions"])?;
    let keys = keys(&texts(&bean, "permissions")?)?;
    Ok(json!({"projects": call.view().permitted_projects(&keys)}))
}

/// Ids of projects and issues the caller does not see are left out, as are permissions not held.
fn checked_permissions(call: &Call<'_>) -> Answer {
    let bean = call.bean(&["accountId", "globalPermissions", "projectPermissions"])?;
    let own = call.viewer.person.map(|n| call.view().user(n)["accountId"].clone());
    if bean.get("accountId").is_some_and(|asked| Some(asked) != own.as_ref()) {
        return Err(Refusal::new(
            403,
            said(
                "Only Jira administrators can perform this operation.",
                "Jira 관리자만 이 작업을 수행할 수 있습니다.",
            ),
        ));
    }
    let global = keys(&texts(&bean, "globalPermissions")?)?;
    if global.iter().any(|key| key.project) {
        return Err(invalid_payload());
    }
    let held = global.into_iter().filter(|key| call.view().holds(key)).map(|key| key.text);
    let global: Vec<&str> = held.collect();
    let mut grants = Vec::new();
    for asked in list(&bean, "projectPermissions")? {
        grants.extend(grants_of(call, asked.as_object().ok_or_else(invalid_payload)?)?);
    }
    Ok(json!({"globalPermissions": global, "projectPermissions": grants}))
}

fn list<'b>(bean: &'b Map<String, Value>, key: &str) -> Result<&'b [Value], Refusal> {
    match bean.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(values)) => Ok(values),
        Some(_) => Err(invalid_payload()),
    }
}

/// The grants of one entry: for each permission, where it is held.
fn grants_of(call: &Call<'_>, asked: &Map<String, Value>) -> Result<Vec<Value>, Refusal> {
    let keys = keys(&texts(asked, "permissions")?)?;
    if keys.is_empty() || keys.iter().any(|key| !key.project) {
        return Err(invalid_payload());
    }
    let (projects, issues) = (texts(asked, "projects")?, texts(asked, "issues")?);
    if projects.len() > MOST_CHECKED || issues.len() > MOST_CHECKED {
        return Err(invalid_payload());
    }
    let view = call.view();
    let grant = |key: &&Key| {
        let mut grant = view.permission_grant(key, &projects, &issues);
        grant["permission"] = json!(key.text);
        grant
    };
    Ok(keys.iter().map(grant).collect())
}

fn configuration(call: &Call<'_>) -> Answer {
    call.require_login()?;
    Ok(call.view().configuration())
}
