//! Fields and the small lists issues refer to.

use serde_json::{Value, json};

use super::{Route, get};
use crate::accounts::Right;
use crate::answer::{Answer, Refusal, said};
use crate::call::Call;
use crate::options::Switch;
use crate::paging::{self, Size, bean_size};
use crate::site;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/field", |call| Ok(Value::Array(call.view().fields()))),
    get("/rest/api/3/field/search", |call| bean(call, call.view().field_details())),
    get("/rest/api/3/issuetype", |call| Ok(Value::Array(call.view().issue_types()))),
    get("/rest/api/3/status", |call| list(call, call.view().statuses())),
    get("/rest/api/3/statuses/search", statuses),
    get("/rest/api/3/statuscategory", |call| list(call, site::catalogue::status_categories())),
    get("/rest/api/3/priority/search", |call| bean(call, site::lookups::priorities())),
    get("/rest/api/3/priorityscheme", |call| bean(call, site::schemes::priority_schemes())),
    get("/rest/api/3/resolution/search", |call| bean(call, site::lookups::resolutions())),
    get("/rest/api/3/issueLinkType", link_types),
    get("/rest/api/3/label", |call| Ok(labels(call))),
];

/// A bare array for anybody logged in.
fn list(call: &Call<'_>, records: Vec<Value>) -> Answer {
    call.require_login()?;
    Ok(Value::Array(records))
}

/// A page bean for anybody logged in.
fn bean(call: &Call<'_>, records: Vec<Value>) -> Answer {
    call.require_login()?;
    Ok(paging::bean(call, records, bean_size(call, 50)))
}

/// Answers 401 to callers who are known but not permitted.
fn statuses(call: &Call<'_>) -> Answer {
    if !call.viewer.may(Right::Administer) {
        return Err(Refusal::unauthorised());
    }
    let size = Size { default: 200, ceiling: call.site.options.ceilings.wide_beans.max(200) };
    Ok(paging::bean(call, call.view().status_details(), size))
}

fn link_types(call: &Call<'_>) -> Answer {
    if call.site.options.has(Switch::LinkingOff) {
        return Err(Refusal::new(
            404,
            said("Issue linking is currently disabled.", "현재 이슈 연결이 비활성화되어 있습니다."),
        ));
    }
    Ok(json!({"issueLinkTypes": site::lookups::link_types()}))
}

fn labels(call: &Call<'_>) -> Value {
    let ceiling = call.site.options.ceilings.labels;
    paging::bean(call, site::lookups::labels(), Size { default: ceiling, ceiling })
}
