//! `jira-feeds preview FEED`

use super::arguments::{Cli, PreviewArguments, Selection};
use super::failure::Failure;
use super::printer::Printer;
use super::values::{json_of, leaves};
use crate::config;
use crate::run::{self, Preview, Stop};
use arrow::record_batch::RecordBatch;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Longer values are cut off in text; JSON has them whole.
const WIDEST: usize = 120;

pub(crate) async fn preview(
    cli: &Cli,
    arguments: &PreviewArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let selection = Selection {
        feeds: vec![arguments.feed.clone()],
        credential: arguments.credential.clone(),
        ..Selection::default()
    };
    let loaded = config::load(&cli.source(&selection))?;
    let settings = loaded.settings;
    let feed = settings
        .catalog
        .get(&arguments.feed)
        .ok_or_else(|| settings.catalog.unknown(&arguments.feed))?;
    let stop = Stop::default();
    super::signals::listen(&stop);
    let shown = run::preview(&settings, feed, arguments.limit, &stop).await?;
    let rows = rows(&shown.rows)?;
    let value = json!({
        "feed": arguments.feed, "records": rows, "reason": shown.reason,
        "denials": shown.denials, "exit_code": shown.exit_code,
    });
    printer.result(|| text(&rows, &shown), &value);
    Ok(shown.exit_code)
}

/// One record below the other: there are more columns than a line is wide.
fn text(rows: &[Value], shown: &Preview) -> String {
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let _ = writeln!(text, "record {}", index + 1);
        for (column, value) in row.as_object().into_iter().flatten() {
            let mut found = Vec::new();
            leaves(column, value, &mut found);
            for (name, value) in found {
                let _ = writeln!(text, "  {name:<40} {}", on_one_line(&value));
            }
        }
    }
    match (&shown.reason, rows.is_empty()) {
        (Some(reason), _) => text + reason,
        (None, true) => text + "The feed has no records",
        (None, false) => text,
    }
}

fn on_one_line(value: &str) -> String {
    let line = value.replace(['\n', '\r'], " ");
    match line.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn rows(batch: &RecordBatch) -> Result<Vec<Value>, Failure> {
    let schema = batch.schema();
    let row = |index: usize| {
        let columns = schema.fields().iter().zip(batch.columns());
        let values =
            columns.map(|(field, array)| Ok((field.name().clone(), json_of(array, index)?)));
        values.collect::<Result<Map<_, _>, _>>().map(Value::Object)
    };
    let rows = (0..batch.num_rows()).map(row).collect::<Result<_, arrow::error::ArrowError>>();
    rows.map_err(|error| Failure::unexpected("show the records", &error))
}
