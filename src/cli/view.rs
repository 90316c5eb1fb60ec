//! `jira-feeds view FEED`

use super::arguments::{Cli, Selection, ViewArguments};
use super::failure::Failure;
use super::printer::Printer;
use crate::config;
use crate::run::{ViewChoice, current_view};
use crate::view::Current;
use serde_json::json;

pub(crate) async fn view(
    cli: &Cli,
    arguments: &ViewArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let mut source = cli.source(&Selection::default());
    source.overrides.destination.clone_from(&arguments.destination);
    let settings = config::load(&source)?.settings;
    let feed = settings
        .catalog
        .get(&arguments.feed)
        .ok_or_else(|| settings.catalog.unknown(&arguments.feed))?;
    let dialect = arguments.dialect();
    if arguments.source.is_some() && !dialect.reads_a_table() {
        return Err(Failure::usage(
            "`--source` names the schema of a table, and this dialect reads the files themselves. Leave it out, or name the lake by `--destination`",
        ));
    }
    let choice = ViewChoice {
        mode: arguments.mode(),
        name: arguments.name.clone(),
        source: arguments.source.clone(),
    };
    let view = current_view(&settings, feed, dialect, choice).await?;
    let sql = view.sql(dialect);
    let mode = match view.current {
        Current::LatestDate | Current::All => "full",
        Current::LatestOfKey(_) => "incremental",
    };
    let value = json!({
        "feed": view.feed,
        "dialect": arguments.dialect_name(),
        "mode": mode,
        "name": view.name(dialect),
        "sql": sql,
    });
    printer.result(|| sql, &value);
    Ok(0)
}
