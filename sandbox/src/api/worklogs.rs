//! The site-wide feeds of worklog changes, and worklogs by id.

use serde_json::{Value, json};

use super::{Route, get, post};
use crate::answer::{Answer, Refusal, said};
use crate::call::Call;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/worklog/updated", |call| {
        feed(call, call.view().worklog_changes(since(call), most(call) + 1))
    }),
    get("/rest/api/3/worklog/deleted", |call| {
        feed(call, call.view().worklog_deletions(since(call), most(call) + 1))
    }),
    post("/rest/api/3/worklog/list", list),
];

/// The latest minute is never listed.
const HELD_BACK: i64 = 60_000;

/// The most ids a request may name.
const MOST_IDS: usize = 1000;

fn since(call: &Call<'_>) -> i64 {
    call.query.number("since").unwrap_or(0)
}

/// How many entries a page holds.
fn most(call: &Call<'_>) -> usize {
    call.site.options.ceilings.worklog_ids.max(1)
}

/// A page by time, from one entry more than it holds. `until` is the last entry's own instant and `since` includes it, so the next
/// page starts with what this one ended with.
fn feed(call: &Call<'_>, mut changes: Vec<Value>) -> Answer {
    call.require_login()?;
    let at = |change: &Value| change["updatedTime"].as_i64().unwrap_or(0);
    changes.retain(|change| at(change) < call.now - HELD_BACK);
    let most = most(call);
    let last = changes.len() <= most;
    changes.truncate(most);
    let since = since(call);
    let until = changes.last().map_or(since, at);
    let link = |since: i64| format!("{}{}?since={since}", call.origin, call.path);
    let mut page = json!({"self": link(since), "since": since, "until": until, "lastPage": last, "values": changes});
    if !last {
        page["nextPage"] = json!(link(until));
    }
    Ok(page)
}

fn list(call: &Call<'_>) -> Answer {
    call.require_login()?;
    let bean = call.bean(&["ids"])?;
    let ids: Vec<u32> = bean
        .get("ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|id| u32::try_from(id.as_u64()?).ok())
        .collect();
    if ids.is_empty() || ids.len() > MOST_IDS {
        return Err(Refusal::bad(said(
            "The list of worklog IDs must hold between 1 and 1000 entries.",
            "워크로그 ID는 1개에서 1000개 사이여야 합니다.",
        )));
    }
    let view = call.view();
    Ok(ids.into_iter().filter_map(|id| view.worklog_with_id(id)).collect())
}
