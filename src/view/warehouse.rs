//! Trino, `BigQuery` and Snowflake: a view over a table that somebody has made over the feed's folder.
//!
//! Must not know how the table was made; docs/current-view.md says what it must be like.

use super::quote::Quote;
use super::{Current, Dialect, View, row_number};

pub(super) fn view(view: &View, dialect: Dialect) -> String {
    let quote = Quote(dialect);
    let query = match (&view.current, dialect) {
        (Current::LatestDate, Dialect::Trino) => {
            // The metastore knows partitions, also those whose parts have no rows.
            let partitions = table(view, quote, "$partitions");
            latest_date(view, quote, &partitions, "A date whose parts have no rows counts too.")
        }
        (Current::LatestDate, _) => {
            let warning = "Rows alone tell the dates here: if the latest date has none, that of the date before are shown.";
            latest_date(view, quote, &table(view, quote, ""), warning)
        }
        (Current::All, _) => all(view, quote),
        (Current::LatestOfKey(key), Dialect::Trino) => numbered(view, quote, key),
        (Current::LatestOfKey(key), _) => qualified(view, quote, key),
    };
    let name = quote.path(&view.name(dialect));
    format!("create or replace view {name} as\n{query};\n")
}

fn table(view: &View, quote: Quote, suffix: &str) -> String {
    let table = format!("{}{suffix}", view.feed);
    let table = view.source.iter().chain([&table]).cloned().collect::<Vec<_>>().join(".");
    quote.path(&table)
}

fn latest_date(view: &View, quote: Quote, dates: &str, comment: &str) -> String {
    let date = quote.identifier("extract_date");
    format!(
        "select *
from {}
where {date} = (
    -- {comment}
    select max({date}) from {dates}
)
and not {}",
        table(view, quote, ""),
        quote.identifier("_deleted"),
    )
}

fn all(view: &View, quote: Quote) -> String {
    let table = table(view, quote, "");
    format!("select *\nfrom {table}\nwhere not {}", quote.identifier("_deleted"))
}

fn qualified(view: &View, quote: Quote, key: &[String]) -> String {
    format!(
        "select *
from (
    select *
    from {}
    where true
    qualify {} = 1
)
where not {}",
        table(view, quote, ""),
        row_number(key, quote),
        quote.identifier("_deleted"),
    )
}

/// Without `qualify`, the number of a row is a column, and leaving it out means naming all others.
fn numbered(view: &View, quote: Quote, key: &[String]) -> String {
    let columns: Vec<_> = view
        .columns
        .iter()
        .chain(&view.partitions)
        .map(|name| format!("    {}", quote.identifier(name)))
        .collect();
    let number = quote.identifier("_latest");
    format!(
        "-- Each column of the table is named; leave out those that your table lacks.
select
{}
from (
    select *, {} as {number}
    from {}
)
where {number} = 1 and not {}",
        columns.join(",\n"),
        row_number(key, quote),
        table(view, quote, ""),
        quote.identifier("_deleted"),
    )
}
