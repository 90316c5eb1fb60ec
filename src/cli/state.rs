//! `jira-feeds state`

use super::arguments::{Cli, Selection, StateArguments, StateCommand};
use super::failure::Failure;
use super::printer::Printer;
use super::table::{grouped, table};
use crate::config::{self, Settings};
use crate::run::{self, ResetReport, StateReport, Stop};

pub(crate) async fn state(
    cli: &Cli,
    command: &StateCommand,
    printer: Printer,
) -> Result<u8, Failure> {
    match command {
        StateCommand::Show(arguments) => {
            let (settings, feeds) = chosen(cli, arguments)?;
            let report = run::show_state(&settings, feeds.as_deref()).await?;
            printer.result(|| shown(&report), &report);
        }
        StateCommand::Reset { arguments, wait } => {
            let (settings, feeds) = chosen(cli, arguments)?;
            let stop = Stop::default();
            super::signals::listen(&stop);
            let report = run::reset_state(&settings, feeds.as_deref(), *wait, &stop).await?;
            printer.result(|| forgotten(&report), &report);
        }
    }
    Ok(0)
}

fn chosen(
    cli: &Cli,
    arguments: &StateArguments,
) -> Result<(Settings, Option<Vec<String>>), Failure> {
    let mut source = cli.source(&Selection::default());
    source.overrides.destination.clone_from(&arguments.destination);
    let settings = config::load(&source)?.settings;
    if arguments.feeds.is_empty() {
        return Ok((settings, None));
    }
    let chosen = settings.catalog.select(&arguments.feeds)?;
    let feeds = chosen.iter().map(|feed| feed.name.clone()).collect();
    Ok((settings, Some(feeds)))
}

fn shown(report: &StateReport) -> String {
    if report.feeds.is_empty() {
        return format!("No feed has a state in {}", report.destination);
    }
    let headings = ["feed", "mode", "watermark", "issues", "out of sight", "last run"];
    let mut rows = table(&headings, &[3, 4]);
    for feed in &report.feeds {
        rows.add_row([
            feed.feed.clone(),
            feed.mode.to_owned(),
            feed.watermark.clone().unwrap_or_default(),
            grouped(feed.issues),
            grouped(feed.out_of_sight),
            feed.run_id.clone(),
        ]);
    }
    rows.to_string()
}

fn forgotten(report: &ResetReport) -> String {
    match report.reset.as_slice() {
        [] => format!("No feed had a state in {}", report.destination),
        feeds => format!(
            "Forgotten, so that the next run reads them from the beginning: {}. Their rows stay as they are",
            feeds.join(", ")
        ),
    }
}
