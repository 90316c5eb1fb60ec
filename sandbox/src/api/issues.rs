//! One issue and its children.

use serde_json::Value;

use super::search::{add_field_maps, expand_issue};
use super::{Route, get};
use crate::answer::{Answer, Refusal, said};
use crate::call::Call;
use crate::options::Switch;
use crate::paging::{self, Size, Window};
use crate::site::CommentSort;
use crate::site::heads::Head;
use crate::site::issues::Embed;
use crate::site::selection::Selection;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/issue/{issueIdOrKey}", issue),
    get("/rest/api/3/issue/{issueIdOrKey}/comment", comments),
    get("/rest/api/3/issue/{issueIdOrKey}/worklog", worklogs),
    get("/rest/api/3/issue/{issueIdOrKey}/changelog", changelog),
];

fn head<'a>(call: &Call<'a>) -> Result<&'a Head, Refusal> {
    call.view().issue_named(call.parameter(0)).ok_or_else(|| Refusal::missing("Issue"))
}

fn issue(call: &Call<'_>) -> Answer {
    let head = head(call)?;
    let caps = &call.site.options.caps;
    let selection = Selection::parse(&call.query.list("fields"), "*all");
    let embed = Embed { comments: caps.comments_of_one, worklogs: caps.worklogs };
    let mut value = call.view().issue(head, &selection, embed);
    let expand = call.expand();
    expand_issue(call.view(), head, &expand, &mut value);
    add_field_maps(call, &mut value, &selection, &expand);
    Ok(value)
}

fn comments(call: &Call<'_>) -> Answer {
    let head = head(call)?;
    let ceiling = call.site.options.ceilings.issue_comments;
    let window = Window::usual(call, Size { default: ceiling, ceiling });
    let sort = match call.query.get("orderBy") {
        Some("-created") => CommentSort::NewestFirst,
        _ => CommentSort::OldestFirst,
    };
    let (total, comments) = call.view().comments_in(head, sort, window.start, window.count);
    Ok(paging::total_only("comments", window, total, comments))
}

fn worklogs(call: &Call<'_>) -> Answer {
    if call.site.options.has(Switch::TimeTrackingOff) {
        return Err(Refusal::new(
            404,
            said("Time tracking is disabled.", "시간 추적이 비활성화되어 있습니다."),
        ));
    }
    let head = head(call)?;
    let ceiling = call.site.options.ceilings.issue_worklogs;
    let window = Window::usual(call, Size { default: ceiling, ceiling });
    let worklogs: Vec<Value> = call.view().worklogs(head);
    Ok(paging::total_only("worklogs", window, worklogs.len(), window.cut(worklogs)))
}

fn changelog(call: &Call<'_>) -> Answer {
    let head = head(call)?;
    let ceiling = call.site.options.ceilings.issue_histories;
    Ok(paging::bean(call, call.view().histories(head), Size { default: ceiling, ceiling }))
}
