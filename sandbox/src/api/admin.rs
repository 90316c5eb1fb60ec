//! What administrators configure: roles, workflows, screens, schemes, the audit log and plans.

use serde_json::{Value, json};

use super::{Route, get, parts};
use crate::accounts::Right;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::options::Switch;
use crate::paging::{self, Size, Window, bean_size};

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/role", roles),
    get("/rest/api/3/workflows/search", workflows),
    get("/rest/api/3/screens", screens),
    get("/rest/api/3/permissionscheme", permission_schemes),
    get("/rest/api/3/auditing/record", audit),
    get("/rest/api/3/plans/plan", plans),
];

fn roles(call: &Call<'_>) -> Answer {
    call.require(Right::Administer)?;
    Ok(Value::Array(call.view().roles()))
}

/// Answers 401 to callers who are known but not permitted.
fn workflows(call: &Call<'_>) -> Answer {
    if !call.viewer.may(Right::Administer) {
        return Err(Refusal::unauthorised());
    }
    let expand = call.expand();
    let view = call.view();
    let mut page = paging::bean(call, view.workflows(&parts(&expand)), bean_size(call, 50));
    page["statuses"] = Value::Array(view.workflow_statuses());
    Ok(page)
}

fn screens(call: &Call<'_>) -> Answer {
    call.require(Right::Administer)?;
    let ceiling = call.site.options.ceilings.wide_beans;
    Ok(paging::bean(call, call.view().screens(), Size { default: ceiling, ceiling }))
}

/// Readable by anybody logged in.
fn permission_schemes(call: &Call<'_>) -> Answer {
    call.require_login()?;
    let expand = call.expand();
    Ok(json!({"permissionSchemes": call.view().permission_schemes(&parts(&expand))}))
}

fn audit(call: &Call<'_>) -> Answer {
    call.require(Right::Administer)?;
    let instant = |name: &str| {
        let text = call.query.get(name)?;
        let zoned = text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
        zoned.or_else(|| {
            let day: jiff::civil::Date = text.parse().ok()?;
            Some(
                day.at(0, 0, 0, 0)
                    .to_zoned_datetime((*call.viewer.zone).clone())
                    .ok()?
                    .timestamp()
                    .as_millisecond(),
            )
        })
    };
    let records = call.view().audit_records(instant("from"), instant("to"));
    let ceiling = call.site.options.ceilings.audit_records;
    let window = Window::of(call, "offset", "limit", Size { default: ceiling, ceiling });
    let total = records.len();
    Ok(
        json!({"offset": window.start, "limit": window.count, "total": total, "records": window.cut(records)}),
    )
}

/// Pages by a cursor, which here is the position of the next plan.
fn plans(call: &Call<'_>) -> Answer {
    call.require(Right::Administer)?;
    if call.site.options.has(Switch::PremiumOff) {
        return Err(Refusal::forbidden());
    }
    let plans = call.view().plans();
    let listing = "plans";
    let cursor = call.query.get("cursor").filter(|cursor| !cursor.is_empty());
    let start = paging::offset(listing, cursor)?;
    let size = bean_size(call, 50);
    let asked = call.query.number("maxResults").and_then(|n| usize::try_from(n).ok());
    let count = asked.unwrap_or(size.default).clamp(1, size.ceiling);
    let (total, end) = (plans.len(), start + count);
    let window = Window { start, count };
    let mut page = json!({"cursor": cursor.unwrap_or_default(), "maxResults": count, "total": total,
        "values": window.cut(plans)});
    let flag = if call.site.options.has(Switch::PlansSayIsLast) { "isLast" } else { "last" };
    page[flag] = json!(end >= total);
    if end < total {
        page["nextPageCursor"] = json!(paging::token(listing, end));
    }
    Ok(page)
}
