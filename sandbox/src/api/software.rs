//! The newer issue lists of boards, backlogs and sprints, paged by token.

use serde_json::{Value, json};

use super::boards::{board, sprint};
use super::search;
use super::{Route, get};
use crate::answer::Answer;
use crate::call::Call;
use crate::paging;
use crate::site::heads::Head;
use crate::site::issues::Embed;
use crate::site::selection::Selection;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/software/1.0/board/{boardId}/issue", |call| {
        list(call, call.view().board_issues(board(call)?))
    }),
    get("/rest/software/1.0/board/{boardId}/backlog", |call| {
        list(call, call.view().backlog(board(call)?))
    }),
    get("/rest/software/1.0/sprint/{sprintId}/issue", |call| {
        list(call, call.view().sprint_issues(sprint(call)?))
    }),
    get("/rest/software/1.0/board/{boardId}/issue/approximate-count", |call| {
        Ok(count(&call.view().board_issues(board(call)?)))
    }),
    get("/rest/software/1.0/board/{boardId}/backlog/approximate-count", |call| {
        Ok(count(&call.view().backlog(board(call)?)))
    }),
];

/// Those of some issues a further query finds.
fn restricted<'a>(
    call: &Call<'a>,
    heads: Vec<&'a Head>,
) -> Result<Vec<&'a Head>, crate::answer::Refusal> {
    let Some(jql) = call.query.get("jql").filter(|jql| !jql.trim().is_empty()) else {
        return Ok(heads);
    };
    let found = search::run(call, jql)?;
    let ids: std::collections::HashSet<u32> =
        found.iter().map(|&n| call.site.heads[n].id).collect();
    Ok(heads.into_iter().filter(|head| ids.contains(&head.id)).collect())
}

fn list(call: &Call<'_>, heads: Vec<&Head>) -> Answer {
    let heads = restricted(call, heads)?;
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
