//! `jira-feeds feeds infer FEED`

use super::arguments::{Cli, PreviewArguments, Selection};
use super::failure::Failure;
use super::printer::Printer;
use crate::config;
use crate::run::{self, Stop};
use arrow::array::AsArray;
use arrow::record_batch::RecordBatch;
use serde_json::Value;

/// Reads a sample of a custom feed and prints its entry with the columns that hold it.
pub(crate) async fn infer(
    cli: &Cli,
    arguments: &PreviewArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let selection = Selection {
        feeds: vec![arguments.feed.clone()],
        credential: arguments.credential.clone(),
        ..Selection::default()
    };
    let mut source = cli.source(&selection);
    // What is looked at are the records as they came.
    source.overrides.raw = Some(true);
    let settings = config::load(&source)?.settings;
    let feed = settings.catalog.get(&arguments.feed);
    let feed = feed.ok_or_else(|| settings.catalog.unknown(&arguments.feed))?;
    let stop = Stop::default();
    super::signals::listen(&stop);
    let shown = run::preview(&settings, feed, arguments.limit, &stop).await?;
    let records = records(&shown.rows);
    if records.is_empty() {
        let reason = shown.reason.unwrap_or_else(|| "The feed has no records".to_owned());
        let message = format!("Columns of `{}` cannot be inferred: {reason}", feed.name);
        return Err(Failure::new(message, shown.exit_code.max(1)));
    }
    let entry = settings.catalog.inferred(feed, &records)?;
    let value = serde_json::json!({
        "feed": feed.name, "records": records.len(), "entry": entry, "exit_code": 0,
    });
    printer.result(|| entry.trim_end().to_owned(), &value);
    Ok(0)
}

/// The records as they came, out of the column that keeps them.
fn records(rows: &RecordBatch) -> Vec<Value> {
    let raw = rows.column_by_name("_raw").and_then(|column| column.as_string_opt::<i32>());
    let texts = raw.into_iter().flatten().flatten();
    texts.filter_map(|text| serde_json::from_str(text).ok()).collect()
}
