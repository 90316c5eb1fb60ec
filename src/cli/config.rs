//! `jira-feeds config init`, `show`, `validate` and `schema`

use super::arguments::{Cli, Selection};
use super::failure::Failure;
use super::printer::Printer;
use super::table::table;
use crate::config;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

pub(crate) fn init(path: &Path, printer: Printer) -> Result<u8, Failure> {
    // `create_new`: a config that somebody wrote is never replaced.
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(config::starter().as_bytes()));
    let shown = path.display();
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{shown} exists already; give another path or remove it first"))
        }
        _ => Failure::usage(format!("Cannot write {shown}: {error}")),
    })?;
    let next = format!(
        "Wrote {shown}. Fill in the site and the e-mail, set JIRA_API_TOKEN, then run `jira-feeds check`"
    );
    printer.result(|| next.clone(), &serde_json::json!({ "path": path, "exit_code": 0 }));
    Ok(0)
}

pub(crate) fn show(cli: &Cli, selection: &Selection, printer: Printer) -> Result<u8, Failure> {
    let shown = config::show(&cli.source(selection))?;
    let text = || {
        let mut rows = table(&["key", "value", "from"], &[]);
        for value in &shown.values {
            rows.add_row([value.key.clone(), value.value.to_string(), value.from.to_string()]);
        }
        rows.to_string()
    };
    let value = serde_json::json!({ "file": shown.file, "values": shown.values, "exit_code": 0 });
    printer.result(text, &value);
    Ok(0)
}

pub(crate) fn validate(cli: &Cli, printer: Printer) -> Result<u8, Failure> {
    let loaded = config::load(&cli.source(&Selection::default()))?;
    let settings = loaded.settings;
    let credential = settings.credential.resolve()?;
    let mut notes = loaded.notes;
    notes.extend(credential.notes);
    printer.notes(&notes);
    let feeds: Vec<_> = settings.feeds.iter().map(|feed| feed.name.as_str()).collect();
    let summary = format!(
        "The config is valid: {} as {}, {} feeds into {}",
        credential.site,
        credential.username,
        feeds.len(),
        settings.destination.url
    );
    let value = serde_json::json!({
        "site": credential.site.to_string(), "username": credential.username, "feeds": feeds,
        "destination": settings.destination.url, "notes": notes, "exit_code": 0,
    });
    printer.result(|| summary, &value);
    Ok(0)
}

pub(crate) fn schema(printer: Printer) -> u8 {
    let schema = config::json_schema();
    printer.result(|| serde_json::to_string_pretty(&schema).unwrap_or_default(), &schema);
    0
}
