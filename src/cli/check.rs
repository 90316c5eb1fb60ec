//! `jira-feeds check`

use super::arguments::{CheckArguments, Cli};
use super::failure::Failure;
use super::printer::Printer;
use super::table::{grouped, table};
use crate::config;
use crate::run::{self, Access, AccessReport, FeedAccess, Stop, plural};
use std::fmt::Write as _;

pub(crate) async fn check(
    cli: &Cli,
    arguments: &CheckArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let loaded = config::load(&cli.source(&arguments.selection))?;
    printer.notes(&loaded.notes);
    let stop = Stop::default();
    super::signals::listen(&stop);
    let report = run::check(&loaded.settings, arguments.every_parent, &stop).await?;
    printer.result(|| text(&report), &report);
    Ok(report.exit_code)
}

fn text(report: &AccessReport) -> String {
    let mut rows = table(&["feed", "access", "needs", "why"], &[]);
    for feed in &report.feeds {
        rows.add_row([feed.feed.clone(), access(feed), feed.needs.to_owned(), why(feed)]);
    }
    let mut text = format!("Logged in to {} as {}\n\n{rows}\n", report.site, report.account);
    if let Some(ticket) = &report.ticket {
        let _ = write!(text, "\nTo ask for what is missing:\n\n{ticket}");
    }
    text
}

fn access(feed: &FeedAccess) -> String {
    match feed.access {
        Access::Readable | Access::Partial => readable(feed),
        Access::Denied => format!("denied: needs {}", feed.needs),
        Access::NotAvailable => "not available on this site".to_owned(),
        Access::Failed => "could not be found out".to_owned(),
    }
}

/// `readable in 9 of 11 boards`, and how many were not asked.
fn readable(feed: &FeedAccess) -> String {
    let Some(called) = feed.parent_called.as_deref().filter(|_| feed.parents > 0) else {
        return "readable".to_owned();
    };
    let called = plural(called);
    let (readable, asked) = (grouped(feed.parents_readable), grouped(feed.parents));
    if feed.parents == feed.parents_total {
        return format!("readable in {readable} of {asked} {called}");
    }
    let total = grouped(feed.parents_total);
    format!("readable in {readable} of the {asked} {called} asked, of {total} in all")
}

fn why(feed: &FeedAccess) -> String {
    let Some(denial) = feed.denials.first() else {
        return feed.reason.clone().unwrap_or_default();
    };
    // A status below 400 is that of an answer about permissions, which the message quotes.
    let refused = denial.status.filter(|status| *status >= 400).map(|status| status.to_string());
    let parent = denial.parent.as_ref().map(|parent| format!("{parent}:"));
    let words = parent.into_iter().chain(refused).chain([denial.message.clone()]);
    words.collect::<Vec<_>>().join(" ")
}
