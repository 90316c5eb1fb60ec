//! Who the caller is, what they may do, and what the site is.

use serde_json::{Value, json};

use super::{Route, get, post};
use crate::answer::{Answer, Refusal, said};
use crate::call::{Call, texts};
use crate::options::Switch;
use crate::site;
use crate::site::permissions::{Key, find};

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/myself", myself),
    get("/rest/api/3/mypermissions", my_permissions),
    get("/rest/api/3/permissions", |_| Ok(site::permissions::permission_catalogue())),
    post("/rest/api/3/permissions/project", permitted_projects),
    get("/rest/api/3/serverInfo", |call| Ok(call.view().server_info())),
    get("/_edge/tenant_info", |_| Ok(json!({"cloudId": "8f9e2a1b-0000-4000-a000-0000005a4db0"}))),
    get("/rest/api/3/configuration", configuration),
];

fn myself(call: &Call<'_>) -> Answer {
    call.view().myself().ok_or_else(Refusal::anonymous)
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

fn configuration(call: &Call<'_>) -> Answer {
    call.require_login()?;
    let linking = !call.site.options.has(Switch::LinkingOff);
    let time: Value = json!({"workingHoursPerDay": 8.0, "workingDaysPerWeek": 5.0, "timeFormat": "pretty", "defaultUnit": "minute"});
    Ok(json!({"votingEnabled": true, "watchingEnabled": true, "unassignedIssuesAllowed": true,
        "subTasksEnabled": true, "issueLinkingEnabled": linking, "timeTrackingEnabled": true,
        "attachmentsEnabled": true, "timeTrackingConfiguration": time}))
}
