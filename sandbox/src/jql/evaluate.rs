//! Runs a resolved query over the index of issues.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::site::View;
use crate::site::heads::{Head, Position};
use crate::site::lookups::{LABELS, PRIORITIES, RESOLUTIONS};

/// A restriction whose names mean something.
#[derive(Debug)]
pub(super) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Nothing,
    Projects(HashSet<u16>),
    Issues(HashSet<u32>),
    Numbers {
        project: u16,
        bound: Bound,
        number: u32,
    },
    /// With whether only minutes are compared.
    Time {
        which: Moment,
        bound: Bound,
        at: i64,
        minutes: bool,
    },
    Among(Attribute, Vec<String>),
    Empty(Attribute),
}

/// Which instant of an issue.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    Created,
    Updated,
}

/// On which side of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Less,
    AtMost,
    Greater,
    AtLeast,
    SameMinute,
}

/// A fact compared by id or name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Status,
    StatusCategory,
    IssueType,
    Priority,
    Resolution,
    Assignee,
    Reporter,
    Labels,
    Parent,
    Sprint,
}

/// What to sort by.
#[derive(Clone, Copy, Debug)]
pub(super) enum SortBy {
    Id,
    Number,
    Project,
    Created,
    Updated,
    Priority,
    Status,
    IssueType,
}

/// One part of an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Order {
    pub(super) key: SortBy,
    pub(super) descending: bool,
}

/// The positions a query finds; without an order, newest first as Jira does.
pub(super) fn run(view: View<'_>, tree: &Tree, order: &[Order]) -> Vec<Position> {
    let heads = &view.site.heads;
    let mut found: Vec<Position> = (0..heads.len())
        .filter(|&n| view.finds(&heads[n]) && holds(view, tree, &heads[n]))
        .collect();
    if order.is_empty() {
        found.reverse();
    } else {
        found.sort_by(|&a, &b| compare(view, order, &heads[a], &heads[b]));
    }
    found
}

fn compare(view: View<'_>, order: &[Order], a: &Head, b: &Head) -> Ordering {
    let by = |key: SortBy| match key {
        SortBy::Id => a.id.cmp(&b.id),
        SortBy::Number => {
            let name = |head: &Head| view.site.project_of(head).key.as_str();
            name(a).cmp(name(b)).then(a.number.cmp(&b.number))
        }
        SortBy::Project => a.project.cmp(&b.project),
        SortBy::Created => a.created.cmp(&b.created),
        SortBy::Updated => a.updated.cmp(&b.updated),
        SortBy::Priority => b.priority.cmp(&a.priority),
        SortBy::Status => a.status.cmp(&b.status),
        SortBy::IssueType => a.kind.cmp(&b.kind),
    };
    order
        .iter()
        .map(|part| if part.descending { by(part.key).reverse() } else { by(part.key) })
        .find(|ordering| ordering.is_ne())
        .unwrap_or_else(|| a.id.cmp(&b.id))
}

fn holds(view: View<'_>, tree: &Tree, head: &Head) -> bool {
    match tree {
        Tree::All(parts) => parts.iter().all(|part| holds(view, part, head)),
        Tree::Any(parts) => parts.iter().any(|part| holds(view, part, head)),
        Tree::Not(part) => !holds(view, part, head),
        Tree::Nothing => false,
        Tree::Projects(projects) => projects.contains(&head.project),
        Tree::Issues(ids) => ids.contains(&head.id),
        Tree::Numbers { project, bound, number } => {
            head.project == *project && within(*bound, i64::from(head.number), i64::from(*number))
        }
        Tree::Time { which, bound, at, minutes } => {
            let value = match which {
                Moment::Created => head.created,
                Moment::Updated => head.updated,
            };
            let cut = |at: i64| if *minutes { at - at.rem_euclid(60_000) } else { at };
            within(*bound, cut(value), cut(*at))
        }
        Tree::Among(attribute, wanted) => {
            values(view, *attribute, head).iter().any(|value| wanted.contains(value))
        }
        Tree::Empty(attribute) => values(view, *attribute, head).is_empty(),
    }
}

fn within(bound: Bound, value: i64, limit: i64) -> bool {
    match bound {
        Bound::Less => value < limit,
        Bound::AtMost => value <= limit,
        Bound::Greater => value > limit,
        Bound::AtLeast => value >= limit,
        Bound::SameMinute => value.div_euclid(60_000) == limit.div_euclid(60_000),
    }
}

/// The texts an attribute answers to, in lower case: ids and names.
fn values(view: View<'_>, attribute: Attribute, head: &Head) -> Vec<String> {
    let site = view.site;
    let project = site.project_of(head);
    let status = project.statuses()[usize::from(head.status)];
    let person = |n: u16| {
        let id = view.user(usize::from(n))["accountId"].clone();
        vec![id.as_str().unwrap_or_default().to_lowercase()]
    };
    match attribute {
        Attribute::Status => {
            vec![project.status_id(status).to_string(), status.name.to_lowercase()]
        }
        Attribute::StatusCategory => {
            let (id, key, _, name) = status.category.row();
            vec![id.to_string(), key.to_owned(), name.to_lowercase()]
        }
        Attribute::IssueType => {
            let of = project.types()[usize::from(head.kind)];
            vec![project.type_id(of).to_string(), of.name.to_lowercase()]
        }
        Attribute::Priority => {
            vec![
                (head.priority + 1).to_string(),
                PRIORITIES[usize::from(head.priority)].0.to_lowercase(),
            ]
        }
        Attribute::Resolution => head.resolution.map_or_else(Vec::new, |n| {
            vec![(10_000 + u32::from(n)).to_string(), RESOLUTIONS[usize::from(n)].to_lowercase()]
        }),
        Attribute::Assignee => head.assignee.map_or_else(Vec::new, person),
        Attribute::Reporter => person(head.reporter),
        Attribute::Labels => {
            let chosen = LABELS.iter().enumerate().filter(|(n, _)| head.labels & (1 << n) != 0);
            chosen.map(|(_, label)| label.to_lowercase()).collect()
        }
        Attribute::Parent => head.parent.map_or_else(Vec::new, |n| {
            let parent = &site.heads[n as usize];
            vec![parent.id.to_string(), site.key_of(parent).to_lowercase()]
        }),
        Attribute::Sprint => {
            view.sprints_of(head, project).iter().map(|sprint| sprint.id.to_string()).collect()
        }
    }
}
