//! `jira-feeds plan`, and `run --dry-run`

use super::arguments::{Cli, PlanArguments, RangeArguments, Selection};
use super::backfill;
use super::failure::Failure;
use super::printer::Printer;
use super::table::{grouped, table};
use crate::config::{self, ConfigSource};
use crate::lake::RunId;
use crate::run::{self, BackfillRequest, FailOn, Forecast, Stop};
use std::fmt::Write as _;

pub(crate) async fn plan(
    cli: &Cli,
    arguments: &PlanArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let mut source = cli.source(&arguments.selection);
    source.overrides.destination.clone_from(&arguments.destination);
    let asked = Asked { range: &arguments.range, run_id: None, afresh: false };
    print(&source, &arguments.selection, asked, printer).await
}

/// Of which run the plan is.
pub(crate) struct Asked<'a> {
    pub(crate) range: &'a RangeArguments,
    pub(crate) run_id: Option<RunId>,
    pub(crate) afresh: bool,
}

/// Finds out what would be asked for, and prints it.
pub(crate) async fn print(
    source: &ConfigSource,
    selection: &Selection,
    asked: Asked<'_>,
    printer: Printer,
) -> Result<u8, Failure> {
    let loaded = config::load(source)?;
    printer.notes(&loaded.notes);
    let stop = Stop::default();
    super::signals::listen(&stop);
    let forecast = match asked.range.range() {
        None => run::forecast(&loaded.settings, asked.afresh, &stop).await?,
        Some(range) => {
            let settings = backfill::with_windows(loaded.settings, &selection.feeds, printer)?;
            let (run_id, fail_on) = (asked.run_id, FailOn::default());
            let request = BackfillRequest { run_id, date: None, fail_on, wait: None, range };
            run::forecast_backfill(&settings, &request, &stop).await?
        }
    };
    printer.result(|| text(&forecast), &forecast);
    Ok(0)
}

fn text(forecast: &Forecast) -> String {
    let mut rows = table(&["feed", "mode", "goes on from", "requests", "cost"], &[3]);
    for feed in &forecast.feeds {
        rows.add_row([
            feed.feed.clone(),
            feed.mode.to_owned(),
            feed.goes_on_from.clone().unwrap_or_default(),
            feed.requests.map_or_else(|| "?".to_owned(), grouped),
            feed.cost.clone(),
        ]);
    }
    let mut text = format!("{rows}\n\n");
    if !forecast.windows.is_empty() {
        let mut rows = table(&["window", "to", "issues", "requests", "seconds", "run"], &[2, 3, 4]);
        for window in &forecast.windows {
            rows.add_row([
                window.since.clone(),
                window.until.clone(),
                window.issues.map(grouped).unwrap_or_default(),
                grouped(window.requests),
                format!("{:.1}", window.seconds),
                window.run_id.clone(),
            ]);
        }
        let _ = write!(text, "{rows}\n\n");
    }
    let issues = forecast.issues.map(|issues| format!("about {} issues, ", grouped(issues)));
    let _ = write!(
        text,
        "An estimate: {}{} requests and more where it says ?, {:.1} seconds or longer at the rate of [limits]. Nothing was written to {}",
        issues.unwrap_or_default(),
        grouped(forecast.requests),
        forecast.seconds,
        forecast.destination,
    );
    text
}
