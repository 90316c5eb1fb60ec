//! Spark: temporary views over the parts, and over their paths where the rows do not tell.
//!
//! Must not know other dialects.

use super::quote::Quote;
use super::{Current, Dialect, View};

const QUOTE: Quote = Quote(Dialect::Spark);

pub(super) fn view(view: &View) -> String {
    let name = view.name(Dialect::Spark);
    let named = |suffix: &str| QUOTE.identifier(&format!("{name}{suffix}"));
    let folder = QUOTE.text(&QUOTE.literally(&format!("{}/{}", place(&view.lake), view.feed)));
    let parts = format!(
        "create or replace temporary view {} using parquet options (\n    path {folder},\n    mergeSchema 'true'\n);\n",
        named("_parts"),
    );
    let query = match &view.current {
        Current::LatestDate => latest_date(&named("_parts"), &named("_paths")),
        Current::All => format!("select *\nfrom {}\nwhere not _deleted", named("_parts")),
        Current::LatestOfKey(key) => latest_of_key(&named("_parts"), key),
    };
    let paths = match &view.current {
        Current::LatestDate => paths(&named("_paths"), &folder),
        Current::All | Current::LatestOfKey(_) => String::new(),
    };
    format!("{parts}{paths}create or replace temporary view {} as\n{query};\n", named(""))
}

/// Where Spark finds the lake: a bare path is one of its default file system, which need not be the
/// local one, and `s3` is known to Hadoop as `s3a`.
fn place(lake: &str) -> String {
    match lake.split_once("://") {
        None if lake.starts_with('/') => format!("file://{lake}"),
        Some(("s3", rest)) => format!("s3a://{rest}"),
        _ => lake.to_owned(),
    }
}

/// The parts without their content, which is read only by who asks for the column `content`.
fn paths(name: &str, folder: &str) -> String {
    format!(
        "create or replace temporary view {name} using binaryFile options (\n    path {folder},\n    pathGlobFilter '*.parquet'\n);\n"
    )
}

fn latest_date(parts: &str, paths: &str) -> String {
    format!(
        "select *
from {parts}
where extract_date = (
    -- A date whose parts have no rows counts too.
    select max(extract_date) from {paths}
)
and not _deleted"
    )
}

/// Spark had no `qualify` and no `select * except` for long; an aggregate needs neither.
fn latest_of_key(parts: &str, key: &[String]) -> String {
    let key: Vec<_> = std::iter::once("_site")
        .chain(key.iter().map(String::as_str))
        .map(|name| QUOTE.identifier(name))
        .collect();
    format!(
        "select latest.*
from (
    select max_by(struct(*), struct(_extracted_at, _run_id, not _deleted)) as latest
    from {parts}
    group by {}
)
where not latest._deleted",
        key.join(", "),
    )
}
