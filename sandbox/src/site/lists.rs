//! The lists of issues that the agile and software paths give.

use super::heads::Head;
use super::{Sprints, View};
use crate::generic::Kind;

/// A list of issues, by what it is a list of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssueList {
    Board,
    Backlog,
    Sprint,
    SprintOfBoard,
    Epic,
    EpicOfBoard,
    WithoutEpic,
    WithoutEpicOfBoard,
}

/// The name of a placeholder, and the kind of what stands in it.
pub(crate) type Place = (&'static str, Kind);

const BOARD: Place = ("boardId", Kind::Board);

impl IssueList {
    /// The list behind the tail of a template, and its placeholders.
    pub(crate) fn of(tail: &str) -> Option<(Self, &'static [Place])> {
        Some(match tail {
            "board/{boardId}/issue" => (Self::Board, &[BOARD]),
            "board/{boardId}/backlog" => (Self::Backlog, &[BOARD]),
            "sprint/{sprintId}/issue" => (Self::Sprint, &[("sprintId", Kind::Sprint)]),
            "board/{boardId}/sprint/{sprintId}/issue" => {
                (Self::SprintOfBoard, &[BOARD, ("sprintId", Kind::Sprint)])
            }
            "epic/{epicIdOrKey}/issue" => (Self::Epic, &[("epicIdOrKey", Kind::Epic)]),
            "board/{boardId}/epic/{epicId}/issue" => {
                (Self::EpicOfBoard, &[BOARD, ("epicId", Kind::Epic)])
            }
            "epic/none/issue" => (Self::WithoutEpic, &[]),
            "board/{boardId}/epic/none/issue" => (Self::WithoutEpicOfBoard, &[BOARD]),
            _ => return None,
        })
    }

    /// The issues of the list, or `None` where one of its parents is not there.
    pub(crate) fn heads<'a>(self, view: View<'a>, parents: &[String]) -> Option<Vec<&'a Head>> {
        let first = parents.first().map_or("", String::as_str);
        let second = parents.get(1).map_or("", String::as_str);
        let on_board = |heads: Vec<&'a Head>| {
            let board: Vec<u32> =
                view.board_issues(view.board_with_id(first)?).iter().map(|head| head.id).collect();
            Some(heads.into_iter().filter(|head| board.contains(&head.id)).collect())
        };
        match self {
            Self::Board => Some(view.board_issues(view.board_with_id(first)?)),
            Self::Backlog => Some(view.backlog(view.board_with_id(first)?)),
            Self::Sprint => Some(view.sprint_issues(view.sprint_with_id(first)?)),
            Self::SprintOfBoard => {
                let board = view.board_with_id(first)?;
                let shown =
                    view.sprints_on(board).into_iter().filter(|_| board.sprints == Sprints::Listed);
                let sprint = shown.into_iter().find(|sprint| sprint.id.to_string() == second)?;
                on_board(view.sprint_issues(sprint))
            }
            Self::Epic => view.epic_issues(first),
            Self::EpicOfBoard => on_board(view.epic_issues(second)?),
            Self::WithoutEpic => Some(view.issues_without_epic()),
            Self::WithoutEpicOfBoard => on_board(view.issues_without_epic()),
        }
    }
}

impl<'a> View<'a> {
    /// The issues of an epic, or `None` where there is no such epic.
    fn epic_issues(&self, id_or_key: &str) -> Option<Vec<&'a Head>> {
        let epic = self.issue_named(id_or_key)?;
        self.epic(epic)?;
        let position = self.site.locate(id_or_key)?;
        let inside = |head: &&Head| head.parent.is_some_and(|parent| parent as usize == position);
        Some(self.found().filter(inside).collect())
    }

    /// The issues of company-managed projects that could be in an epic and are in none.
    fn issues_without_epic(&self) -> Vec<&'a Head> {
        let site = self.site;
        let alone = |head: &&Head| {
            let project = site.project_of(head);
            let level = project.types()[usize::from(head.kind)].level;
            level == 0 && head.parent.is_none() && !project.simplified()
        };
        self.found().filter(alone).collect()
    }
}
