//! `jira-feeds compact`

use super::arguments::{Cli, CompactArguments, Selection};
use super::failure::Failure;
use super::printer::Printer;
use super::table::{grouped, table};
use crate::config;
use crate::run::{self, CompactRequest, CompactionReport, FeedCompaction, Stop};
use std::fmt::Write as _;

pub(crate) async fn compact(
    cli: &Cli,
    arguments: &CompactArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let mut source = cli.source(&Selection::default());
    source.overrides.destination.clone_from(&arguments.destination);
    let settings = config::load(&source)?.settings;
    let feeds = if arguments.feeds.is_empty() {
        None
    } else {
        let chosen = settings.catalog.select(&arguments.feeds)?;
        Some(chosen.iter().map(|feed| feed.name.clone()).collect())
    };
    let request = CompactRequest { feeds, dry_run: arguments.dry_run, wait: arguments.wait };
    let stop = Stop::default();
    super::signals::listen(&stop);
    let report = run::compact(&settings, &request, &stop).await?;
    for feed in report.feeds.iter().filter(|feed| !feed.unlisted.is_empty()) {
        printer.note(&format!(
            "{}: left alone, since no manifest lists them: {}",
            feed.feed,
            feed.unlisted.join(", ")
        ));
    }
    printer.result(|| text(&report), &report);
    Ok(report.exit_code)
}

fn text(report: &CompactionReport) -> String {
    let headings = ["feed", "mode", "parts", "rows", "bytes", "why"];
    let mut rows = table(&headings, &[2, 3, 4]);
    let is_told = |feed: &&FeedCompaction| feed.before != feed.after || feed.error.is_some();
    for feed in report.feeds.iter().filter(is_told) {
        let change = |of: fn(&FeedCompaction) -> (u64, u64)| {
            let (before, after) = of(feed);
            format!("{} → {}", grouped(before), grouped(after))
        };
        rows.add_row([
            feed.feed.clone(),
            feed.mode.to_owned(),
            change(|feed| (feed.before.parts, feed.after.parts)),
            change(|feed| (feed.before.rows, feed.after.rows)),
            change(|feed| (feed.before.bytes, feed.after.bytes)),
            feed.error.clone().unwrap_or_default(),
        ]);
    }
    let told = report.feeds.iter().filter(is_told).count();
    let changed = report.feeds.iter().filter(|feed| feed.before != feed.after).count();
    let mut text = if told > 0 { format!("{rows}\n\n") } else { String::new() };
    let (changed, all) = (grouped(changed as u64), grouped(report.feeds.len() as u64));
    let what =
        if report.dry_run { "would change; parts and bytes are estimates" } else { "have changed" };
    let _ = write!(text, "{changed} of {all} feeds in {} {what}", report.destination);
    text
}
