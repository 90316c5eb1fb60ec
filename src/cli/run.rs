//! `jira-feeds run`

use super::arguments::{Cli, RunArguments};
use super::backfill;
use super::failure::Failure;
use super::plan::Asked;
use super::printer::Printer;
use super::progress::Bars;
use super::table::{grouped, table};
use crate::config::{self, Settings};
use crate::lake::RunId;
use crate::run::{
    self, BackfillRequest, DenialReport, FeedReport, Progress, RunReport, RunRequest, Stop,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

pub(crate) async fn run(
    cli: &Cli,
    arguments: &RunArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let mut source = cli.source(&arguments.selection);
    source.overrides.destination.clone_from(&arguments.destination);
    source.overrides.raw = arguments.no_raw.then_some(false);
    if arguments.dry_run {
        let run_id = arguments.run_id.as_deref().map(RunId::parse).transpose()?;
        let asked = Asked { range: &arguments.range, run_id, afresh: arguments.full_refresh };
        return super::plan::print(&source, &arguments.selection, asked, printer).await;
    }
    let loaded = config::load(&source)?;
    printer.notes(&loaded.notes);
    let run_id = arguments.run_id.as_deref().map(RunId::parse).transpose()?;
    if let Some(range) = arguments.range.range() {
        let typed = &arguments.selection.feeds;
        let settings = backfill::with_windows(loaded.settings, typed, printer)?;
        let request = BackfillRequest {
            run_id,
            date: arguments.date,
            fail_on: arguments.fail_on(),
            wait: arguments.wait,
            range,
        };
        return backfill::backfill(&settings, &request, printer).await;
    }
    let mut request =
        RunRequest::new(run_id, arguments.date, arguments.fail_on()).waiting(arguments.wait);
    request.full_refresh = arguments.full_refresh;
    extract(&loaded.settings, &request, printer).await
}

/// Carries out a run and prints its report.
pub(crate) async fn extract(
    settings: &Settings,
    request: &RunRequest,
    printer: Printer,
) -> Result<u8, Failure> {
    let stop = Stop::default();
    super::signals::listen(&stop);
    let progress = Arc::new(Progress::default());
    let bars = Bars::follow(&progress, printer.shows_progress);
    let report = run::run(settings, request, &progress, &stop).await;
    drop(bars);
    let report = report?;
    printer.ended_early(report.error.as_deref());
    printer.result(|| text(&report), &report);
    Ok(report.exit_code)
}

pub(super) fn text(report: &RunReport) -> String {
    let headings = ["feed", "outcome", "records", "requests", "rescued", "seconds", "why"];
    let mut rows = table(&headings, &[2, 3, 4, 5]);
    for feed in &report.feeds {
        rows.add_row([
            feed.feed.clone(),
            feed.outcome.to_string(),
            grouped(feed.records),
            grouped(feed.traffic.requests),
            grouped(feed.rescued),
            format!("{:.1}", feed.seconds),
            why(feed),
        ]);
    }
    let records = report.feeds.iter().map(|feed| feed.records).sum();
    let mut text = rows.to_string();
    let _ = write!(
        text,
        "\n\nRun {} of {}: {}, {} records in {} feeds by {} requests, in {}\n",
        report.run_id,
        report.site,
        report.outcome,
        grouped(records),
        report.feeds.len(),
        grouped(report.requests),
        report.destination,
    );
    if let Some(error) = &report.error {
        let _ = writeln!(text, "\n{error}");
    }
    text + &remedies(&report.feeds)
}

fn why(feed: &FeedReport) -> String {
    let missing = |denial: &DenialReport| format!("needs {}", denial.needs);
    match (&feed.reason, feed.denials.first()) {
        (Some(reason), Some(denial)) if feed.parents > 0 => {
            format!("{reason}; {}", missing(denial))
        }
        (_, Some(denial)) => missing(denial),
        (Some(reason), None) => reason.clone(),
        (None, None) if feed.vanished_total > 0 => {
            format!("{} issues vanished while reading", feed.vanished_total)
        }
        (None, None) => String::new(),
    }
}

/// What to ask for, once for each thing that is missing, below the names of the groups of permissions.
fn remedies(feeds: &[FeedReport]) -> String {
    let denials = feeds.iter().flat_map(|feed| &feed.denials);
    let mut groups: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
    for denial in denials {
        groups.entry(denial.group).or_default().insert((denial.needs, &denial.remedy));
    }
    let mut text = String::new();
    for (group, missing) in groups {
        let _ = write!(text, "\n{group}\n");
        for (needs, remedy) in missing {
            let _ = writeln!(text, "  {needs}: {remedy}.");
        }
    }
    text
}
