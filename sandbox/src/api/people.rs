//! Users, groups and members.

use serde_json::Value;

use super::{Route, get};
use crate::accounts::Right;
use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::paging::{self, Size, Window, bean_size};

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/users", users),
    get("/rest/api/3/users/search", users),
    get("/rest/api/3/group/bulk", groups),
    get("/rest/api/3/group/member", members),
];

/// The page is cut from the whole directory; hidden entries are dropped from it afterwards.
fn users(call: &Call<'_>) -> Answer {
    call.require(Right::BrowseUsers)?;
    let ceiling = call.site.options.ceilings.users;
    let window = Window::usual(call, Size { default: ceiling.min(50), ceiling });
    Ok(Value::Array(call.view().users_in(window.start..window.start.saturating_add(window.count))))
}

fn groups(call: &Call<'_>) -> Answer {
    call.require(Right::BrowseUsers)?;
    Ok(paging::bean(call, call.view().groups(), bean_size(call, 50)))
}

fn members(call: &Call<'_>) -> Answer {
    call.require(Right::BrowseUsers)?;
    let id = call.query.get("groupId").unwrap_or_default();
    let inactive_too = call.query.is_true("includeInactiveUsers");
    let members =
        call.view().group_members(id, inactive_too).ok_or_else(|| Refusal::missing("Group"))?;
    Ok(paging::bean(call, members, bean_size(call, 50)))
}
