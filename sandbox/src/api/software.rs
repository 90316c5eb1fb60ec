//! The issue lists of boards, backlogs, sprints and epics: the newer ones by token, the old ones
//! by offset.

use serde_json::{Value, json};

use super::boards::{board, no_such_board};
use super::search;
use super::{Route, get};
use crate::answer::{Answer, Refusal, said};
use crate::call::Call;
use crate::paging::{self, Size, Window};
use crate::site::heads::Head;
use crate::site::issues::Embed;
use crate::site::lists::IssueList;
use crate::site::selection::Selection;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/software/1.0/board/{boardId}/issue", |call| list(call, IssueList::Board)),
    get("/rest/software/1.0/board/{boardId}/backlog", |call| list(call, IssueList::Backlog)),
    get("/rest/software/1.0/board/{boardId}/sprint/{sprintId}/issue", |call| {
        list(call, IssueList::SprintOfBoard)
    }),
    get("/rest/software/1.0/board/{boardId}/epic/{epicId}/issue", |call| {
        list(call, IssueList::EpicOfBoard)
    }),
    get("/rest/software/1.0/board/{boardId}/epic/none/issue", |call| {
        list(call, IssueList::WithoutEpicOfBoard)
    }),
    get("/rest/software/1.0/sprint/{sprintId}/issue", |call| list(call, IssueList::Sprint)),
    get("/rest/software/1.0/epic/{epicIdOrKey}/issue", |call| list(call, IssueList::Epic)),
    get("/rest/software/1.0/epic/none/issue", |call| list(call, IssueList::WithoutEpic)),
    get("/rest/software/1.0/board/{boardId}/issue/approximate-count", |call| {
        Ok(count(&call.view().board_issues(board(call)?)))
    }),
    get("/rest/software/1.0/board/{boardId}/backlog/approximate-count", |call| {
        Ok(count(&call.view().backlog(board(call)?)))
    }),
    get("/rest/agile/1.0/board/{boardId}/issue", |call| by_offset(call, IssueList::Board)),
    get("/rest/agile/1.0/board/{boardId}/backlog", |call| by_offset(call, IssueList::Backlog)),
    get("/rest/agile/1.0/board/{boardId}/sprint/{sprintId}/issue", |call| {
        by_offset(call, IssueList::SprintOfBoard)
    }),
    get("/rest/agile/1.0/board/{boardId}/epic/{epicId}/issue", |call| {
        by_offset(call, IssueList::EpicOfBoard)
    }),
    get("/rest/agile/1.0/board/{boardId}/epic/none/issue", |call| {
        by_offset(call, IssueList::WithoutEpicOfBoard)
    }),
    get("/rest/agile/1.0/sprint/{sprintId}/issue", |call| by_offset(call, IssueList::Sprint)),
    get("/rest/agile/1.0/epic/{epicIdOrKey}/issue", |call| by_offset(call, IssueList::Epic)),
    get("/rest/agile/1.0/epic/none/issue", |call| by_offset(call, IssueList::WithoutEpic)),
];

/// The issues of a list, unless a parent is not there or is an epic of a team-managed project.
fn heads<'a>(call: &Call<'a>, list: IssueList) -> Result<Vec<&'a Head>, Refusal> {
    let view = call.view();
    if matches!(list, IssueList::Epic | IssueList::EpicOfBoard) {
        let named = call.parameters.last().and_then(|epic| view.issue_named(epic));
        if named.is_some_and(|head| call.site.project_of(head).simplified()) {
            return Err(Refusal::bad(said(
                "The request contains a next-gen issue.",
                "요청에 차세대 이슈가 있습니다.",
            )));
        }
    }
    let found = list.heads(view, &call.parameters);
    match (found, list) {
        (Some(heads), _) => Ok(heads),
        (None, IssueList::Board | IssueList::Backlog) => Err(no_such_board()),
        (None, _) => Err(Refusal::missing("It")),
    }
}

/// The old lists, by offset.
fn by_offset(call: &Call<'_>, list: IssueList) -> Answer {
    let heads = restricted(call, heads(call, list)?)?;
    let ceiling = call.site.options.ceilings.board_issues;
    let window = Window::usual(call, Size { default: ceiling.min(50), ceiling });
    let selection = Selection::parse(&call.query.list("fields"), "*navigable");
    let total = heads.len();
    let issues = window.cut(heads).into_iter().map(|head| issue(call, head, &selection));
    let mut page = paging::total_only("issues", window, total, issues.collect());
    page["expand"] = json!("schema,names");
    Ok(page)
}

/// Those of some issues a further query finds.
fn restricted<'a>(call: &Call<'a>, heads: Vec<&'a Head>) -> Result<Vec<&'a Head>, Refusal> {
    let Some(jql) = call.query.get("jql").filter(|jql| !jql.trim().is_empty()) else {
        return Ok(heads);
    };
    let found = search::run(call, jql)?;
    let ids: std::collections::HashSet<u32> =
        found.iter().map(|&n| call.site.heads[n].id).collect();
    Ok(heads.into_iter().filter(|head| ids.contains(&head.id)).collect())
}

fn list(call: &Call<'_>, list: IssueList) -> Answer {
    let heads = restricted(call, heads(call, list)?)?;
    let fields = call.query.list("fields");
    let selection = Selection::parse(&fields, "*navigable");
    let listing =
        format!("{:?}|{}|{fields:?}|{:?}", call.viewer.person, call.path, call.query.get("jql"));
    let start = paging::offset(&listing, call.query.get("nextPageToken"))?;
    let asked = call.query.number("maxResults").and_then(|n| usize::try_from(n).ok());
    let count = asked.unwrap_or(50).clamp(1, call.site.options.ceilings.board_issues);
    let total = heads.len();
    let issues: Vec<Value> = heads
        .into_iter()
        .skip(start)
        .take(count)
        .map(|head| issue(call, head, &selection))
        .collect();
    let end = start + issues.len();
    let mut page = json!({"expand": "names,schema", "issues": issues, "isLast": end >= total});
    if end < total {
        page["nextPageToken"] = json!(paging::token(&listing, end));
    }
    Ok(page)
}

fn issue(call: &Call<'_>, head: &Head, selection: &Selection) -> Value {
    let caps = &call.site.options.caps;
    let view = call.view();
    let mut issue =
        view.issue(head, selection, Embed { comments: caps.comments, worklogs: caps.worklogs });
    if issue.get("fields").is_some() {
        view.add_agile_fields(head, &mut issue["fields"]);
    }
    issue
}

fn count(heads: &[&Head]) -> Value {
    json!({"count": heads.len()})
}
