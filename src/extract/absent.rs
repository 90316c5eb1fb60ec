//! Which issues the account cannot read at this moment, by Jira's database and not by its search.

use super::{Context, ExtractError, IssuesJob};
use crate::jira::{Answer, Call, CallFor, json};
use roaring::RoaringTreemap;
use serde_json::json;

/// Issues in one request.
const ISSUES_LOOKED_UP: usize = 100;

/// Those of the ids that do not come when they are asked for by `asked`, or of which `is_there` says so. Search is
/// not to be trusted with that: its index is late, and issues have been seen to be missing from it for a moment.
pub(super) async fn absent(
    context: &Context,
    job: &IssuesJob,
    asked: &CallFor,
    (ids, is_there): (&RoaringTreemap, &(dyn Fn(&str) -> bool + Sync)),
) -> Result<RoaringTreemap, ExtractError> {
    let mut absent = ids.clone();
    let all: Vec<_> = ids.iter().collect();
    for some in all.chunks(ISSUES_LOOKED_UP) {
        let names: Vec<_> = some.iter().map(u64::to_string).collect();
        let path = &job.issues.endpoint()?.path;
        let call = Call::post(path, json!({ "issueIdsOrKeys": names, "fields": ["updated"] }));
        let Answer { body, .. } = context.client.call(&call, asked).await?;
        let text = std::str::from_utf8(&body).unwrap_or_default();
        let issues = json::member(text, "issues").and_then(json::items).ok_or_else(|| {
            job.issues.unusable(&call, &"the answer has no list of issues at `/issues`")
        })?;
        let errors = json::member(text, "issueErrors").and_then(json::items).unwrap_or_default();
        let present = issues.into_iter().filter(|issue| is_there(issue));
        for issue in present.chain(errors) {
            let id = json::member(issue, "id").and_then(json::plain);
            absent.remove(id.and_then(|id| id.parse().ok()).unwrap_or_default());
        }
    }
    Ok(absent)
}
