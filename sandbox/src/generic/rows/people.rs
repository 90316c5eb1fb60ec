//! Single users and their groups.

use serde_json::json;

use crate::accounts::Right;
use crate::generic::{Denial, Endpoint, Kind, Parent, Scene, Style, get};

const OF_USER: &[Parent] = &[Parent::Query("accountId", Kind::User)];

pub(super) const ROWS: &[Endpoint] = &[
    get("/rest/api/3/user", Style::One, |s| {
        let mut user = person(s).map(|n| s.view.user(n)).unwrap_or_default();
        let groups = person(s).map(|n| s.view.groups_of(n)).unwrap_or_default();
        user["groups"] = json!({"size": groups.len(), "items": groups});
        user["applicationRoles"] = json!({"size": 1, "items": []});
        user["expand"] = json!("groups,applicationRoles");
        vec![user]
    })
    .needs(Right::BrowseUsers, Denial::Forbidden)
    .of(OF_USER),
    get("/rest/api/3/user/groups", Style::Array, |s| {
        person(s).map(|n| s.view.groups_of(n)).unwrap_or_default()
    })
    .needs(Right::BrowseUsers, Denial::Forbidden)
    .of(OF_USER),
    // Resolves ids for anybody with access to Jira.
    get("/rest/api/3/user/bulk", Style::Bean(10), |s| {
        let known = s.named(0).into_iter().filter_map(|id| s.view.person_with_id(id));
        known.map(|n| s.view.user(n)).collect()
    })
    .of(&[Parent::Many("accountId", Kind::User)])
    .missing(400),
    get("/rest/api/3/user/assignable/search", Style::Parts, |s| {
        let all = s.view.people_of_kind("atlassian").into_iter();
        let some = all.filter(|n| !(n + s.number(0) as usize).is_multiple_of(3)).take(1000);
        some.map(|n| s.view.user(n)).filter(|user| user["active"] == true).collect()
    })
    .needs(Right::BrowseUsers, Denial::Empty)
    .of(&[Parent::Query("project", Kind::Project)]),
    get("/rest/api/3/user/search", Style::Parts, |s| s.view.users())
        .needs(Right::BrowseUsers, Denial::Empty),
    get("/rest/api/3/groups/picker", Style::Named("groups"), |s| {
        let found = s.view.groups().into_iter();
        found
            .map(|group| {
                json!({"groupId": group["groupId"], "name": group["name"], "html": group["name"],
                    "labels": []})
            })
            .collect()
    })
    .needs(Right::BrowseUsers, Denial::Empty)
    .beside(|_, page| {
        let count = page["groups"].as_array().map_or(0, Vec::len);
        page["total"] = json!(count);
        page["header"] = json!(format!("Showing {count} of {count} matching groups"));
    }),
    get("/rest/api/3/group", Style::One, |s| {
        let members = s.view.group_members(s.parent(0), true).unwrap_or_default();
        let groups = s.view.groups();
        let group =
            groups.into_iter().find(|group| group["groupId"] == s.parent(0)).unwrap_or_default();
        vec![s.record(
            "Group",
            1_u32,
            json!({"groupId": group["groupId"], "name": group["name"],
            "users": {"size": members.len(), "max-results": 50, "start-index": 0, "end-index": 0,
            "items": []}}),
        )]
    })
    .needs(Right::BrowseUsers, Denial::Forbidden)
    .of(&[Parent::Query("groupId", Kind::Group)]),
];

fn person(s: &Scene<'_>) -> Option<usize> {
    s.view.person_with_id(s.parent(0))
}
