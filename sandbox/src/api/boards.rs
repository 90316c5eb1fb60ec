//! The agile paths: boards, their children and sprints.

use serde_json::Value;

use super::{Route, get};
use crate::answer::{Answer, Refusal, said};
use crate::call::Call;
use crate::paging::{agile_bean, bean_size};
use crate::site::{Board, Sprint, Sprints};

pub(super) const ROUTES: &[Route] = &[
    get("/rest/agile/1.0/board", |call| Ok(boards(call))),
    get("/rest/agile/1.0/board/{boardId}", |call| Ok(call.view().board(board(call)?))),
    get("/rest/agile/1.0/board/{boardId}/configuration", |call| {
        Ok(call.view().board_configuration(board(call)?))
    }),
    get("/rest/agile/1.0/board/{boardId}/sprint", sprints),
    get("/rest/agile/1.0/board/{boardId}/project", |call| {
        Ok(bean(call, call.view().board_projects(board(call)?)))
    }),
    get("/rest/agile/1.0/board/{boardId}/epic", |call| {
        Ok(bean(call, call.view().board_epics(board(call)?)))
    }),
    get("/rest/agile/1.0/board/{boardId}/version", |call| {
        Ok(bean(call, call.view().board_versions(board(call)?)))
    }),
    get("/rest/agile/1.0/sprint/{sprintId}", |call| Ok(sprint(call)?.json())),
];

fn bean(call: &Call<'_>, records: Vec<Value>) -> Value {
    agile_bean(call, records, bean_size(call, 50))
}

/// The board a path names.
pub(super) fn board<'a>(call: &Call<'a>) -> Result<&'a Board, Refusal> {
    call.view().board_with_id(call.parameter(0)).ok_or_else(no_such_board)
}

/// 404, for boards that are not there and for hidden ones.
pub(super) fn no_such_board() -> Refusal {
    Refusal::new(
        404,
        said(
            "Requested board cannot be viewed because it either does not exist or you do not have permission to view it.",
            "요청한 보드가 없거나 볼 수 있는 권한이 없습니다.",
        ),
    )
}

/// The sprint a path names.
fn sprint<'a>(call: &Call<'a>) -> Result<&'a Sprint, Refusal> {
    call.view().sprint_with_id(call.parameter(0)).ok_or_else(|| Refusal::missing("Sprint"))
}

fn boards(call: &Call<'_>) -> Value {
    let private_too = call.query.is_true("includePrivate");
    bean(call, call.view().boards(private_too))
}

/// The list says whether it is the last page, but for team-managed boards not how many there are.
fn sprints(call: &Call<'_>) -> Answer {
    let board = board(call)?;
    match board.sprints {
        Sprints::Unsupported => {
            return Err(Refusal::bad(said(
                "The board does not support sprints",
                "이 보드는 스프린트를 지원하지 않습니다",
            )));
        }
        Sprints::Unmapped => {
            return Err(Refusal::new(
                422,
                said(
                    "The board's columns do not map any status.",
                    "보드의 열에 매핑된 상태가 없습니다.",
                ),
            ));
        }
        Sprints::Listed => {}
    }
    let states = call.query.list("state");
    let chosen = call.view().sprints_on(board).into_iter();
    let chosen = chosen.filter(|sprint| {
        states.is_empty() || states.iter().any(|state| state == sprint.state.word())
    });
    let mut page = agile_bean(call, chosen.map(Sprint::json).collect(), bean_size(call, 50));
    if let (true, Some(fields)) = (board.kind == "simple", page.as_object_mut()) {
        fields.remove("total");
    }
    Ok(page)
}
