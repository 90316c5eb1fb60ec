//! `DuckDB`: reads the parts by a glob, and their names where the rows do not tell.
//!
//! Must not know other dialects.

use super::quote::Quote;
use super::{Current, Dialect, View, row_number};

const QUOTE: Quote = Quote(Dialect::DuckDb);

pub(super) fn view(view: &View) -> String {
    let name = QUOTE.path(&view.name(Dialect::DuckDb));
    let parts = format!("{}/{}/**/*.parquet", QUOTE.literally(&view.lake), view.feed);
    let parts = QUOTE.text(&parts);
    let query = match &view.current {
        Current::LatestDate => latest_date(&parts),
        Current::All => all(&parts),
        Current::LatestOfKey(key) => latest_of_key(&parts, key),
    };
    format!("create or replace view {name} as\n{query};\n")
}

/// The date comes out of the paths: a part without rows tells its date in no other way.
fn latest_date(parts: &str) -> String {
    format!(
        r"select *
from read_parquet(
    {parts},
    union_by_name = true, hive_partitioning = true, hive_types = {{'extract_date': date}}
)
where extract_date = (
    -- A date whose parts have no rows counts too.
    select max(regexp_extract(file, '.*[/\\]extract_date=([^/\\]+)[/\\]', 1))::date
    from glob({parts})
)
and not _deleted"
    )
}

fn all(parts: &str) -> String {
    format!(
        "select *
from read_parquet(
    {parts},
    union_by_name = true, hive_partitioning = true
)
where not _deleted"
    )
}

fn latest_of_key(parts: &str, key: &[String]) -> String {
    let row_number = row_number(key, QUOTE);
    format!(
        r"select *
from (
    select *
    from read_parquet(
        {parts},
        union_by_name = true, hive_partitioning = true
    )
    qualify {row_number} = 1
)
where not _deleted"
    )
}
