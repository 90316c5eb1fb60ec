//! What a run could and could not read, as rows of the feed `_permissions`: for dashboards.

use super::record_keys::ReadingEnd;
use super::report::{FeedReport, Outcome, PermissionsReport};
use super::schedule::{Handler, Shared};
use super::settle::Writing;
use crate::catalog::{Feed, PERMISSIONS, Permission};
use crate::extract::{Record, RecordPage};
use crate::lake::CommitMode;
use serde_json::{Value, json};
use std::sync::Arc;

/// Adds the rows of this run; those that it has added before, under the same id, are replaced. None
/// if the run was stopped: what it has not read, it knows nothing of.
pub(crate) async fn write_permissions(
    shared: &Shared,
    writing: &Writing,
    feeds: &[FeedReport],
) -> Result<Option<PermissionsReport>, String> {
    let catalog = &writing.settings.catalog;
    let (None, Some(feed)) = (shared.stop.cause(), catalog.get(PERMISSIONS)) else {
        return Ok(None);
    };
    let rows = feeds.iter().flat_map(|report| rows(report, catalog.get(&report.feed)));
    let records = rows.map(|row| Record { json: row.to_string().into(), bindings: Arc::default() });
    let received_at = jiff::Timestamp::now().as_microsecond();
    let page = RecordPage { records: records.collect(), received_at };
    let (sender, open) = writing.open(shared, feed);
    if let Some(sender) = sender {
        // A writer that is gone says why when it is finished.
        let _ = sender.send(page).await;
    }
    let written =
        open.pump.finish(ReadingEnd::default()).await.map_err(|error| error.to_string())?;
    let committed = writing.lake.commit(written.staged, CommitMode::Append, None).await;
    let committed = committed.map_err(|error| error.to_string())?;
    Ok(Some(PermissionsReport {
        feed: PERMISSIONS,
        records: committed.rows,
        parts: committed.parts.into_iter().map(|part| part.path).collect(),
    }))
}

/// The row of a feed, and one for each parent that is denied.
fn rows(report: &FeedReport, feed: Option<&Arc<Feed>>) -> Vec<Value> {
    let needs = feed.map_or(Permission::Anonymous, |feed| feed.needs);
    let mut whole = json!({
        "feed": report.feed, "parent": null, "outcome": report.outcome, "records": report.records,
        "reason": report.reason, "needs": needs.key(), "permission": needs.title(),
        "permission_group": needs.group().title(), "method": null, "path": null, "status": null,
        "message": null, "scopes": [], "remedy": null,
    });
    let mut rows = Vec::new();
    for denial in &report.denials {
        let evidence = json!({
            "needs": denial.needs, "permission": denial.permission, "permission_group": denial.group,
            "method": denial.method, "path": denial.path, "status": denial.status,
            "message": denial.message, "scopes": denial.scopes, "remedy": denial.remedy,
        });
        let Some(parent) = &denial.parent else {
            add(&mut whole, evidence);
            continue;
        };
        let mut row = json!({
            "feed": report.feed, "parent": parent, "outcome": Outcome::Denied, "records": 0, "reason": null,
        });
        add(&mut row, evidence);
        rows.push(row);
    }
    rows.insert(0, whole);
    rows
}

fn add(row: &mut Value, more: Value) {
    if let (Value::Object(row), Value::Object(more)) = (row, more) {
        row.extend(more);
    }
}
