//! `jira-feeds check`

use super::arguments::{Cli, Selection};
use super::failure::Failure;
use super::printer::Printer;
use super::table::table;
use crate::config;
use crate::run::{self, Access, AccessReport, FeedAccess, Stop};
use std::fmt::Write as _;

pub(crate) async fn check(
    cli: &Cli,
    selection: &Selection,
    printer: Printer,
) -> Result<u8, Failure> {
    let loaded = config::load(&cli.source(selection))?;
    printer.notes(&loaded.notes);
    let stop = Stop::default();
    super::signals::listen(&stop);
    let report = run::check(&loaded.settings, &stop).await?;
    printer.result(|| text(&report), &report);
    Ok(report.exit_code)
}

fn text(report: &AccessReport) -> String {
    let mut rows = table(&["feed", "access", "needs", "what Jira said"], &[]);
    for feed in &report.feeds {
        rows.add_row([feed.feed.clone(), access(feed), feed.needs.to_owned(), said(feed)]);
    }
    let mut text = format!("Logged in to {} as {}\n\n{rows}\n", report.site, report.account);
    let denials = report.feeds.iter().flat_map(|feed| &feed.denials);
    let mut told = Vec::new();
    for denial in denials.filter(|denial| denial.parent.is_none()) {
        if !told.contains(&denial.needs) {
            told.push(denial.needs);
            let _ = write!(text, "\n{}: {}.", denial.needs, denial.remedy);
        }
    }
    text
}

fn access(feed: &FeedAccess) -> String {
    match feed.access {
        Access::Readable => "readable".to_owned(),
        Access::Partial => {
            let denied = feed.denials.len() as u64;
            format!(
                "readable in {} of the {} asked",
                feed.parents.saturating_sub(denied),
                feed.parents
            )
        }
        Access::Denied => "denied".to_owned(),
        Access::NotAvailable => "not available on this site".to_owned(),
        Access::Failed => "could not be found out".to_owned(),
    }
}

fn said(feed: &FeedAccess) -> String {
    match feed.denials.first() {
        Some(denial) => {
            let status = denial.status.map(|status| status.to_string()).unwrap_or_default();
            format!("{status} {}", denial.message)
        }
        None => feed.reason.clone().unwrap_or_default(),
    }
}
