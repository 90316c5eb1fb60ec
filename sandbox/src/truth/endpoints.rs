//! The records of an endpoint, named by method and template.

use super::{Described, Placed, Record, Resource, records};
use crate::accounts::Right;
use crate::generic::{self, Endpoint, Kind, Style};
use crate::site::heads::Head;
use crate::site::lists::IssueList;
use crate::site::{self, Sprint, Sprints, View};
use serde_json::{Value, json};

/// Endpoints that are written out, and the resource each lists.
///
/// The place is that of the parent, where there is one.
const WRITTEN: &[(&str, &str, Resource)] = &[
    ("/rest/api/3/issue/{issueIdOrKey}/comment", "issueIdOrKey", Resource::Comments),
    ("/rest/api/3/issue/{issueIdOrKey}/worklog", "issueIdOrKey", Resource::Worklogs),
    ("/rest/api/3/issue/{issueIdOrKey}/changelog", "issueIdOrKey", Resource::Changelogs),
    ("/rest/api/3/worklog/deleted", "", Resource::DeletedWorklogs),
    ("/rest/api/3/worklog/updated", "", Resource::UpdatedWorklogs),
    ("/rest/api/3/project/search", "", Resource::Projects),
    ("/rest/api/3/project/{projectIdOrKey}/version", "projectIdOrKey", Resource::Versions),
    ("/rest/api/3/project/{projectIdOrKey}/component", "projectIdOrKey", Resource::Components),
    ("/rest/api/3/projectCategory", "", Resource::ProjectCategories),
    ("/rest/api/3/field", "", Resource::Fields),
    ("/rest/api/3/field/search", "", Resource::FieldDetails),
    ("/rest/api/3/issuetype", "", Resource::IssueTypes),
    ("/rest/api/3/status", "", Resource::Statuses),
    ("/rest/api/3/statuses/search", "", Resource::StatusDetails),
    ("/rest/api/3/statuscategory", "", Resource::StatusCategories),
    ("/rest/api/3/priority/search", "", Resource::Priorities),
    ("/rest/api/3/priorityscheme", "", Resource::PrioritySchemes),
    ("/rest/api/3/resolution/search", "", Resource::Resolutions),
    ("/rest/api/3/issueLinkType", "", Resource::LinkTypes),
    ("/rest/api/3/label", "", Resource::Labels),
    ("/rest/api/3/users", "", Resource::Users),
    ("/rest/api/3/users/search", "", Resource::Users),
    ("/rest/api/3/group/bulk", "", Resource::Groups),
    ("/rest/api/3/group/member", "groupId", Resource::GroupMembers),
    ("/rest/agile/1.0/board", "", Resource::Boards),
    ("/rest/agile/1.0/board/{boardId}/configuration", "boardId", Resource::BoardConfigurations),
    ("/rest/agile/1.0/board/{boardId}/project", "boardId", Resource::BoardProjects),
    ("/rest/agile/1.0/board/{boardId}/version", "boardId", Resource::BoardVersions),
    ("/rest/agile/1.0/board/{boardId}/epic", "boardId", Resource::BoardEpics),
    ("/rest/api/3/filter/search", "", Resource::Filters),
    ("/rest/api/3/dashboard", "", Resource::Dashboards),
    ("/rest/api/3/role", "", Resource::Roles),
    ("/rest/api/3/workflows/search", "", Resource::Workflows),
    ("/rest/api/3/screens", "", Resource::Screens),
    ("/rest/api/3/permissionscheme", "", Resource::PermissionSchemes),
    ("/rest/api/3/auditing/record", "", Resource::AuditRecords),
    ("/rest/api/3/plans/plan", "", Resource::Plans),
    ("/rest/servicedeskapi/servicedesk", "", Resource::ServiceDesks),
    ("/rest/servicedeskapi/servicedesk/{serviceDeskId}/queue", "serviceDeskId", Resource::Queues),
    ("/rest/servicedeskapi/organization", "", Resource::Organizations),
    ("/rest/api/3/search/jql", "", Resource::Issues),
    ("/rest/api/3/issue/bulkfetch", "", Resource::Issues),
    ("/rest/api/3/changelog/bulkfetch", "issueIdsOrKeys", Resource::Changelogs),
    ("/rest/api/3/worklog/list", "", Resource::Worklogs),
];

fn row(method: &str, template: &str) -> Option<&'static Endpoint> {
    generic::endpoints().find(|row| row.method == method && row.template == template)
}

/// Every record of an endpoint with its places.
pub(super) fn placed(view: View<'_>, method: &str, template: &str) -> Vec<Placed> {
    if let Some(row) = row(method, template) {
        return of_row(view, row);
    }
    if let Some(all) = issue_list(view, template).or_else(|| written_out(view, template)) {
        return all;
    }
    let written = WRITTEN.iter().find(|(known, ..)| *known == template);
    let Some((_, place, resource)) = written else { return Vec::new() };
    let all = records::all(view, *resource).into_iter();
    all.map(|Record { parent, value }| {
        let places = parent.map(|id| ((*place).to_owned(), id)).into_iter().collect();
        Placed { places, value }
    })
    .collect()
}

fn of_row(view: View<'_>, row: &Endpoint) -> Vec<Placed> {
    if !row.admit(view).unwrap_or(false) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for family in row.families(view) {
        let places = named(row, &family);
        let records = row.records_of(view, &family).into_iter();
        all.extend(records.map(|value| Placed { places: places.clone(), value }));
    }
    all
}

fn named(row: &Endpoint, family: &[String]) -> Vec<(String, String)> {
    row.places().into_iter().map(str::to_owned).zip(family.iter().cloned()).collect()
}

/// What the endpoints answer that give one record, and the sprints of boards.
fn written_out(view: View<'_>, template: &str) -> Option<Vec<Placed>> {
    let under = |name: &str, ids: Vec<String>, records: &dyn Fn(&str) -> Vec<Value>| {
        let place =
            |id: &String, value| Placed { places: vec![(name.to_owned(), id.clone())], value };
        let each = ids.iter().flat_map(|id| {
            records(id).into_iter().map(|value| place(id, value)).collect::<Vec<Placed>>()
        });
        each.collect()
    };
    let one = |value: Option<Value>| {
        value.into_iter().map(|value| Placed { places: Vec::new(), value }).collect()
    };
    let boards = || Kind::Board.ids(view, &[]);
    let board = |id: &str| view.board_with_id(id);
    let count = |heads: Vec<&Head>| json!({"count": heads.len()});
    Some(match template {
        "/rest/api/3/project/{projectIdOrKey}" => {
            let visible = view.site.projects.iter().filter(|project| view.viewer.browses(project));
            let ids = visible.map(|project| project.id.to_string()).collect();
            under("projectIdOrKey", ids, &|id| {
                view.project_named(id)
                    .map(|project| view.project_detail(project))
                    .into_iter()
                    .collect()
            })
        }
        "/rest/agile/1.0/board/{boardId}" => under("boardId", boards(), &|id| {
            board(id).map(|board| view.board(board)).into_iter().collect()
        }),
        "/rest/agile/1.0/board/{boardId}/sprint" => under("boardId", boards(), &|id| {
            let listed = board(id).filter(|board| board.sprints == Sprints::Listed);
            let sprints =
                listed.map(|board| view.sprints_on(board)).unwrap_or_default().into_iter();
            sprints.map(Sprint::json).collect()
        }),
        "/rest/agile/1.0/sprint/{sprintId}" => {
            under("sprintId", Kind::Sprint.ids(view, &[]), &|id| {
                view.sprint_with_id(id).map(Sprint::json).into_iter().collect()
            })
        }
        "/rest/software/1.0/board/{boardId}/issue/approximate-count" => {
            under("boardId", boards(), &|id| {
                board(id).map(|board| count(view.board_issues(board))).into_iter().collect()
            })
        }
        "/rest/software/1.0/board/{boardId}/backlog/approximate-count" => {
            under("boardId", boards(), &|id| {
                board(id).map(|board| count(view.backlog(board))).into_iter().collect()
            })
        }
        "/rest/api/3/dashboard/search" => {
            let all = view.dashboards_found(&["description", "owner", "isWritable"]).into_iter();
            all.map(|value| Placed { places: Vec::new(), value }).collect()
        }
        "/rest/api/3/myself" => one(view.myself(&["groups"])),
        "/rest/api/3/serverInfo" => one(Some(view.server_info())),
        "/rest/api/3/configuration" => one(view.viewer.logged_in().then(|| view.configuration())),
        "/rest/api/3/permissions" => one(Some(site::permissions::permission_catalogue())),
        "/rest/servicedeskapi/info" => one(Some(site::desk::desk_info())),
        _ => return None,
    })
}

/// The issues of an agile or software list, by id alone.
fn issue_list(view: View<'_>, template: &str) -> Option<Vec<Placed>> {
    let tail = ["/rest/agile/1.0/", "/rest/software/1.0/"]
        .iter()
        .find_map(|at| template.strip_prefix(at))?;
    let (list, parents) = IssueList::of(tail)?;
    let mut families = vec![Vec::new()];
    for (_, kind) in parents {
        let longer = |family: Vec<String>| {
            let ids = kind.ids(view, &family).into_iter();
            ids.map(|id| family.iter().cloned().chain([id]).collect()).collect::<Vec<Vec<String>>>()
        };
        families = families.into_iter().flat_map(longer).collect();
    }
    let mut all = Vec::new();
    for family in families.iter().filter(|_| view.viewer.may(Right::Software)) {
        let names = parents.iter().map(|(name, _)| (*name).to_owned());
        let places: Vec<(String, String)> = names.zip(family.iter().cloned()).collect();
        let heads = list.heads(view, family).unwrap_or_default().into_iter();
        all.extend(heads.map(|head| {
            let value = json!({"id": head.id.to_string()});
            Placed { places: places.clone(), value }
        }));
    }
    Some(all)
}

/// The combinations of parents at a row.
pub(super) fn parents(view: View<'_>, method: &str, template: &str) -> Vec<Vec<(String, String)>> {
    let Some(row) = row(method, template) else { return Vec::new() };
    row.families(view).iter().map(|family| named(row, family)).collect()
}

/// The status a row refuses a viewer with.
pub(super) fn refusal(view: View<'_>, method: &str, template: &str) -> Option<u16> {
    row(method, template)?.admit(view).err().map(|refusal| refusal.status())
}

/// All rows.
pub(super) fn described() -> Vec<Described> {
    let rows = generic::endpoints();
    rows.map(|row| Described {
        method: row.method,
        template: row.template,
        records: row.style().records(),
        in_parts: row.style() == Style::Parts,
        experimental: row.is_experimental(),
    })
    .collect()
}
