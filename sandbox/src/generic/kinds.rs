//! The kinds of things a request can name as parents, and which of them a viewer can name.

use serde_json::Value;

use super::rows::{
    configuration, desks, field_schemes, fields, issues, properties, requests, screens, security,
    sharing, workflows,
};
use crate::accounts::Right;
use crate::options::Switch;
use crate::site::projects::Stage;
use crate::site::versions::shows_children;
use crate::site::{Sprints, View};

/// A kind of parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Project,
    /// An issue type of the project above.
    TypeOfProject,
    /// An issue type of any visible project.
    IssueType,
    Issue,
    Comment,
    /// A worklog of the issue above.
    Worklog,
    Version,
    Component,
    Field,
    /// A custom field of the whole site; those of one project are not found.
    CustomField,
    /// A context of the field above.
    Context,
    Screen,
    /// A tab of the screen above.
    Tab,
    FieldConfiguration,
    FieldScheme,
    SecurityScheme,
    PermissionScheme,
    PriorityScheme,
    WorkflowScheme,
    NotificationScheme,
    Workflow,
    Status,
    Role,
    User,
    Group,
    Filter,
    Dashboard,
    /// A gadget of the dashboard above.
    Gadget,
    Plan,
    /// The key of a product of Jira's.
    Product,
    AvatarType,
    Board,
    Sprint,
    Epic,
    /// A quick filter of the board above.
    QuickFilter,
    /// The key of a property of what stands above.
    Property,
    Desk,
    /// A queue of the desk above.
    Queue,
    /// A request type of the desk above.
    RequestType,
    Organization,
    Request,
}

fn texts(records: &[Value], member: &str) -> Vec<String> {
    let text = |record: &Value| match &record[member] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    records.iter().filter_map(text).collect()
}

fn numbers(range: impl IntoIterator<Item = u32>) -> Vec<String> {
    range.into_iter().map(|n| n.to_string()).collect()
}

impl Kind {
    /// The ids a viewer can name, below those already named.
    pub(crate) fn ids(self, view: View<'_>, above: &[String]) -> Vec<String> {
        self.of_site(view)
            .or_else(|| self.of_projects(view, above))
            .or_else(|| self.of_agile(view, above))
            .unwrap_or_else(|| self.of_parents(view, above))
    }

    fn of_site(self, view: View<'_>) -> Option<Vec<String>> {
        let options = &view.site.options;
        Some(match self {
            Self::Field => texts(&view.fields(), "id"),
            Self::CustomField => {
                fields::site_wide().map(crate::site::custom::CustomField::id).collect()
            }
            Self::Screen => texts(&view.screens(), "id"),
            Self::FieldConfiguration => numbers(field_schemes::CONFIGURATIONS),
            Self::FieldScheme => numbers(field_schemes::SCHEMES),
            Self::SecurityScheme => numbers(security::SCHEMES),
            Self::NotificationScheme => numbers(security::NOTIFICATION_SCHEMES),
            Self::PermissionScheme => texts(&view.permission_schemes(&[]), "id"),
            Self::PriorityScheme => texts(&crate::site::schemes::priority_schemes(), "id"),
            Self::WorkflowScheme => numbers(workflows::scheme_ids(view)),
            Self::Workflow => texts(&view.workflows(&[]), "id"),
            Self::Status => texts(&view.status_details(), "id"),
            Self::Role => texts(&view.roles(), "id"),
            Self::User => texts(&view.users(), "accountId"),
            Self::Group => texts(&view.groups(), "groupId"),
            Self::Filter => texts(&view.filters(&[]), "id"),
            Self::Dashboard => texts(&view.dashboards(), "id"),
            Self::Plan if options.has(Switch::PremiumOff) => Vec::new(),
            Self::Plan => texts(&view.plans(), "id"),
            Self::Product => configuration::PRODUCTS.map(str::to_owned).to_vec(),
            Self::AvatarType => sharing::AVATAR_TYPES.map(str::to_owned).to_vec(),
            Self::Organization => texts(&crate::site::desk::organizations(), "id"),
            Self::Desk => texts(&view.service_desks(), "id"),
            Self::Request => {
                requests::requests(view).into_iter().map(|head| head.id.to_string()).collect()
            }
            _ => return None,
        })
    }

    fn of_projects(self, view: View<'_>, above: &[String]) -> Option<Vec<String>> {
        let live = view.projects_in(&[Stage::Live]);
        let open = || live.iter().filter(|project| shows_children(project, view.viewer));
        Some(match self {
            Self::Project => live.iter().map(|project| project.id.to_string()).collect(),
            Self::TypeOfProject => {
                let project = view.project_named(above.last()?)?;
                let types = project.types().iter();
                types.map(|of| project.type_id(*of).to_string()).collect()
            }
            Self::IssueType => texts(&view.issue_types(), "id"),
            Self::Issue => view.found().map(|head| head.id.to_string()).collect(),
            Self::Comment => {
                view.found().flat_map(|head| texts(&view.comments(head), "id")).collect()
            }
            Self::Worklog => texts(&view.worklogs(view.issue_named(above.last()?)?), "id"),
            Self::Version => {
                open().flat_map(|project| texts(&view.versions(project), "id")).collect()
            }
            Self::Component => {
                open().flat_map(|project| texts(&view.components(project), "id")).collect()
            }
            _ => return None,
        })
    }

    fn of_agile(self, view: View<'_>, above: &[String]) -> Option<Vec<String>> {
        let boards = if view.viewer.may(Right::Software) { view.open_boards() } else { Vec::new() };
        Some(match self {
            Self::Board => boards.iter().map(|board| board.id.to_string()).collect(),
            Self::Sprint => {
                let listed = boards.into_iter().filter(|board| board.sprints == Sprints::Listed);
                let mut ids: Vec<u32> = listed
                    .flat_map(|board| view.sprints_on(board))
                    .map(|sprint| sprint.id)
                    .collect();
                ids.sort_unstable();
                ids.dedup();
                numbers(ids)
            }
            Self::Epic => {
                let epics = view.found().filter(|head| {
                    !view.site.project_of(head).simplified() && view.epic(head).is_some()
                });
                epics.map(|head| head.id.to_string()).collect()
            }
            Self::QuickFilter => {
                let board = view.board_with_id(above.last()?)?;
                texts(&super::rows::agile::quick_filters(view, board), "id")
            }
            _ => return None,
        })
    }

    fn of_parents(self, view: View<'_>, above: &[String]) -> Vec<String> {
        let Some(parent) = above.last() else { return Vec::new() };
        match self {
            Self::Context => {
                fields::context_of(parent).into_iter().map(|id| id.to_string()).collect()
            }
            Self::Tab => numbers(screens::tab_ids(view, parent)),
            Self::Gadget => numbers(sharing::gadget_ids(view, parent)),
            Self::Property => properties::keys(view, above),
            Self::Queue => texts(&view.queues(parent).unwrap_or_default(), "id"),
            Self::RequestType => numbers(desks::request_type_ids(view, parent)),
            _ => Vec::new(),
        }
    }

    /// The id of what a request names, if it is there for the viewer.
    pub(crate) fn resolve(self, view: View<'_>, above: &[String], given: &str) -> Option<String> {
        match self {
            Self::Project => {
                let project = view.project_named(given)?;
                (project.stage == Stage::Live).then(|| project.id.to_string())
            }
            Self::Issue => view.issue_named(given).map(|head| head.id.to_string()),
            Self::Request => {
                let head = view.issue_named(given)?;
                requests::is_request(view, head).then(|| head.id.to_string())
            }
            Self::Epic => view.issue_named(given).map(|head| head.id.to_string()),
            Self::Board => view.board_with_id(given).map(|board| board.id.to_string()),
            Self::Sprint => view.sprint_with_id(given).map(|sprint| sprint.id.to_string()),
            Self::User => view.person_with_id(given).map(|_| given.to_owned()),
            Self::Comment => issues::comment(view, given).map(|_| given.to_owned()),
            _ => self.ids(view, above).into_iter().find(|id| id == given),
        }
    }
}
