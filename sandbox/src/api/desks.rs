//! Service desks; agents only.

use super::{Route, get};
use crate::accounts::Right;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::paging;
use crate::site;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/servicedeskapi/info", |_| Ok(site::desk::desk_info())),
    get("/rest/servicedeskapi/servicedesk", desks),
    get("/rest/servicedeskapi/servicedesk/{serviceDeskId}/queue", queues),
    get("/rest/servicedeskapi/organization", organizations),
];

fn desks(call: &Call<'_>) -> Answer {
    call.require(Right::Agent)?;
    Ok(paging::desk(call, call.view().service_desks()))
}

fn queues(call: &Call<'_>) -> Answer {
    call.require(Right::Agent)?;
    let queues =
        call.view().queues(call.parameter(0)).ok_or_else(|| Refusal::missing("Service Desk"))?;
    Ok(paging::desk(call, queues))
}

fn organizations(call: &Call<'_>) -> Answer {
    call.require(Right::Agent)?;
    Ok(paging::desk(call, site::desk::organizations()))
}
