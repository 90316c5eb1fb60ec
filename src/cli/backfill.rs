//! `jira-feeds run --since`

use super::failure::Failure;
use super::printer::Printer;
use super::progress::Bars;
use super::run::text as text_of_run;
use super::table::{grouped, table};
use crate::config::{Mode, Settings};
use crate::run::{self, BackfillReport, BackfillRequest, Progress, Stop};
use std::sync::Arc;

/// Feeds without windows that are named.
const NAMED: usize = 10;

/// The settings with those of the chosen feeds that can be read for a part of the past.
pub(crate) fn with_windows(
    mut settings: Settings,
    typed: &[String],
    printer: Printer,
) -> Result<Settings, Failure> {
    let (able, others) = run::with_windows(&settings.catalog, &settings.feeds, typed)?;
    if !others.is_empty() {
        let names = others.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match others.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        printer.note(&format!("left out, since they cannot be read by date: {names}{more}"));
    }
    settings.feeds = able;
    Ok(settings)
}

/// Carries out a backfill and prints its report.
pub(crate) async fn backfill(
    settings: &Settings,
    request: &BackfillRequest,
    printer: Printer,
) -> Result<u8, Failure> {
    let is_full = settings.feeds.iter().any(|feed| settings.options(&feed.name).mode == Mode::Full);
    if is_full {
        printer.note(
            "feeds in mode \"full\" are seen at their latest date, which is this backfill's now: write it to a destination of its own, or set mode = \"incremental\"",
        );
    }
    let stop = Stop::default();
    super::signals::listen(&stop);
    let progress = Arc::new(Progress::default());
    let bars = Bars::follow(&progress, printer.shows_progress);
    let report = run::backfill(settings, request, &progress, &stop).await;
    drop(bars);
    let report = report?;
    printer.ended_early(report.run.error.as_deref());
    printer.result(|| text(&report), &report);
    Ok(report.run.exit_code)
}

fn text(report: &BackfillReport) -> String {
    let mut rows = table(&["window", "to", "outcome", "records", "run"], &[3]);
    for window in &report.windows {
        let outcome = window.outcome.map_or_else(|| "not begun".to_owned(), |end| end.to_string());
        let before = if window.was_done { " before" } else { "" };
        rows.add_row([
            window.since.clone(),
            window.until.clone(),
            format!("{outcome}{before}"),
            grouped(window.records),
            window.run_id.clone(),
        ]);
    }
    format!("{}\n{rows}", text_of_run(&report.run))
}
