//! Collects the records of each kind from the model.

use serde_json::{Value, json};

use super::{Record, Resource};
use crate::accounts::Right;
use crate::options::Switch;
use crate::site;
use crate::site::heads::Head;
use crate::site::issues::Embed;
use crate::site::projects::Stage;
use crate::site::selection::Selection;
use crate::site::versions::shows_children;
use crate::site::{Board, Sprint, Sprints, View};

/// Every record of a kind a viewer may read.
pub(super) fn all(view: View<'_>, resource: Resource) -> Vec<Record> {
    issue_records(view, resource)
        .or_else(|| project_records(view, resource))
        .or_else(|| board_records(view, resource))
        .or_else(|| sprint_records(view, resource))
        .or_else(|| member_records(view, resource))
        .unwrap_or_else(|| alone(lists(view, resource)))
}

fn alone(values: Vec<Value>) -> Vec<Record> {
    values.into_iter().map(|value| Record { parent: None, value }).collect()
}

fn under(parent: &impl ToString, values: Vec<Value>) -> Vec<Record> {
    let parent = parent.to_string();
    values.into_iter().map(|value| Record { parent: Some(parent.clone()), value }).collect()
}

fn issue_records(view: View<'_>, resource: Resource) -> Option<Vec<Record>> {
    let everything = Selection::parse(
        &["*all".to_owned(), "-comment".to_owned(), "-worklog".to_owned()],
        "*all",
    );
    let embed = Embed { comments: 0, worklogs: 0 };
    let records = view.found().flat_map(|head| match resource {
        Resource::Issues => alone(vec![view.issue(head, &everything, embed)]),
        Resource::Comments => under(&head.id, view.comments(head)),
        Resource::Worklogs => under(&head.id, view.worklogs(head)),
        Resource::Changelogs => under(&head.id, view.histories(head)),
        Resource::Attachments => under(&head.id, view.attachments(head)),
        Resource::IssueLinks => under(&head.id, view.issue_links(head)),
        Resource::Subtasks => under(&head.id, view.subtasks(head)),
        _ => Vec::new(),
    });
    let mine = matches!(
        resource,
        Resource::Issues
            | Resource::Comments
            | Resource::Worklogs
            | Resource::Changelogs
            | Resource::Attachments
            | Resource::IssueLinks
            | Resource::Subtasks
    );
    mine.then(|| records.collect())
}

fn project_records(view: View<'_>, resource: Resource) -> Option<Vec<Record>> {
    const PARTS: &[&str] =
        &["description", "lead", "issueTypes", "url", "projectKeys", "permissions", "insight"];
    let listed = |stages: &[Stage]| {
        let projects = view.projects_in(stages).into_iter();
        alone(projects.map(|project| view.project(project, PARTS)).collect())
    };
    let open =
        || view.live_projects().into_iter().filter(|project| shows_children(project, view.viewer));
    Some(match resource {
        Resource::Projects => listed(&[Stage::Live, Stage::Archived, Stage::Trashed]),
        Resource::LiveProjects => listed(&[Stage::Live]),
        Resource::Versions => {
            let all =
                |project| view.versions_with(project, &["issuesstatus", "driver", "approvers"]);
            open().flat_map(|project| under(&project.id, all(project))).collect()
        }
        Resource::Components => {
            open().flat_map(|project| under(&project.id, view.components(project))).collect()
        }
        _ => return None,
    })
}

fn boards(view: View<'_>) -> Vec<&Board> {
    if view.viewer.may(Right::Software) { view.open_boards() } else { Vec::new() }
}

fn ids(heads: Vec<&Head>) -> Vec<Value> {
    let id = |head: &Head| json!({"id": head.id.to_string()});
    heads.into_iter().map(id).collect()
}

fn board_records(view: View<'_>, resource: Resource) -> Option<Vec<Record>> {
    let list = |board: &Board| -> Option<Vec<Value>> {
        Some(match resource {
            Resource::BoardConfigurations => vec![view.board_configuration(board)],
            Resource::BoardProjects => view.board_projects(board),
            Resource::BoardVersions => view.board_versions(board),
            Resource::BoardEpics => view.board_epics(board),
            Resource::BoardIssues => ids(view.board_issues(board)),
            Resource::BacklogIssues => ids(view.backlog(board)),
            _ => return None,
        })
    };
    let boards = boards(view);
    match resource {
        Resource::Boards if boards.is_empty() => Some(Vec::new()),
        Resource::Boards => Some(alone(view.boards(true))),
        Resource::BoardConfigurations
        | Resource::BoardProjects
        | Resource::BoardVersions
        | Resource::BoardEpics
        | Resource::BoardIssues
        | Resource::BacklogIssues => {
            let each = |board: &Board| under(&board.id, list(board).unwrap_or_default());
            Some(boards.into_iter().flat_map(each).collect())
        }
        _ => None,
    }
}

fn sprint_records(view: View<'_>, resource: Resource) -> Option<Vec<Record>> {
    let listed = boards(view).into_iter().filter(|board| board.sprints == Sprints::Listed);
    let mut sprints: Vec<&Sprint> = listed.flat_map(|board| view.sprints_on(board)).collect();
    sprints.sort_by_key(|sprint| sprint.id);
    sprints.dedup_by_key(|sprint| sprint.id);
    let issues = |sprint: &Sprint| under(&sprint.id, ids(view.sprint_issues(sprint)));
    match resource {
        Resource::Sprints => Some(alone(sprints.into_iter().map(Sprint::json).collect())),
        Resource::SprintIssues => Some(sprints.into_iter().flat_map(issues).collect()),
        _ => None,
    }
}

/// Children of things that are no issue, project or board.
fn member_records(view: View<'_>, resource: Resource) -> Option<Vec<Record>> {
    let (parents, key) = match resource {
        Resource::GroupMembers if view.viewer.may(Right::BrowseUsers) => (view.groups(), "groupId"),
        Resource::Queues if desks_open(view) => (view.service_desks(), "id"),
        Resource::GroupMembers | Resource::Queues => return Some(Vec::new()),
        _ => return None,
    };
    let children = |id: &str| match resource {
        Resource::Queues => view.queues(id),
        _ => view.group_members(id, true),
    };
    let ids = parents.iter().filter_map(|parent| parent[key].as_str());
    Some(ids.flat_map(|id| under(&id, children(id).unwrap_or_default())).collect())
}

fn desks_open(view: View<'_>) -> bool {
    view.viewer.may(Right::Agent) && !view.site.options.has(Switch::ServiceManagementOff)
}

/// Whether the viewer may read a site-wide list.
fn readable(view: View<'_>, resource: Resource) -> bool {
    let options = &view.site.options;
    match resource {
        Resource::Fields
        | Resource::IssueTypes
        | Resource::Labels
        | Resource::Filters
        | Resource::Dashboards => true,
        Resource::LinkTypes => !options.has(Switch::LinkingOff),
        Resource::Users | Resource::Groups => view.viewer.may(Right::BrowseUsers),
        Resource::Plans => view.viewer.may(Right::Administer) && !options.has(Switch::PremiumOff),
        Resource::StatusDetails
        | Resource::Roles
        | Resource::Workflows
        | Resource::Screens
        | Resource::AuditRecords => view.viewer.may(Right::Administer),
        Resource::ServiceDesks | Resource::Organizations => desks_open(view),
        _ => view.viewer.logged_in(),
    }
}

fn lists(view: View<'_>, resource: Resource) -> Vec<Value> {
    const FILTER_PARTS: &[&str] = &[
        "description",
        "owner",
        "jql",
        "viewUrl",
        "searchUrl",
        "favourite",
        "favouritedCount",
        "sharePermissions",
        "editPermissions",
        "isWritable",
        "subscriptions",
    ];
    if !readable(view, resource) {
        return Vec::new();
    }
    match resource {
        Resource::DeletedWorklogs => view.worklog_deletions(0, usize::MAX),
        Resource::UpdatedWorklogs => view.worklog_changes(0, usize::MAX),
        Resource::ProjectCategories => site::projects::project_categories(),
        Resource::Fields => view.fields(),
        Resource::FieldDetails => view.field_details(),
        Resource::IssueTypes => view.issue_types(),
        Resource::Statuses => view.statuses(),
        Resource::StatusDetails => view.status_details(),
        Resource::StatusCategories => site::catalogue::status_categories(),
        Resource::Priorities => site::lookups::priorities(),
        Resource::PrioritySchemes => site::schemes::priority_schemes(),
        Resource::Resolutions => site::lookups::resolutions(),
        Resource::LinkTypes => site::lookups::link_types(),
        Resource::Labels => site::lookups::labels(),
        Resource::Users => view.users(),
        Resource::Groups => view.groups(),
        Resource::Filters => view.filters(FILTER_PARTS),
        Resource::Dashboards => view.dashboards(),
        Resource::Roles => view.roles(),
        Resource::Workflows => view.workflows(&["values.transitions"]),
        Resource::Screens => view.screens(),
        Resource::PermissionSchemes => view.permission_schemes(&["permissions"]),
        Resource::AuditRecords => view.audit_records(None, None),
        Resource::Plans => view.plans(),
        Resource::ServiceDesks => view.service_desks(),
        Resource::Organizations => site::desk::organizations(),
        _ => Vec::new(),
    }
}
