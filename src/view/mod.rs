//! The current view of a feed as SQL: what is true now, out of all that its parts have recorded.
//!
//! Pure text. Knows the layout of a lake and the quoting of each dialect. Must not know the catalogue,
//! the config, or whether the lake exists.
//!
//! Of a feed whose runs append what has changed, the current rows are the latest of each key. Of one
//! that is read in full, they are those of the latest date, which may have none, or all of them where
//! each run takes the place of the whole feed. Tombstones are never among them.

mod duckdb;
mod quote;
mod spark;
mod warehouse;

use quote::Quote;

/// The SQL that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Reads the parts themselves.
    DuckDb,
    /// Reads the parts themselves.
    Spark,
    /// Reads a table over the parts.
    Trino,
    /// Reads a table over the parts.
    BigQuery,
    /// Reads a table over the parts.
    Snowflake,
}

/// Which of a feed's rows are current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Current {
    /// Those of the latest date that has parts.
    LatestDate,
    /// All: the parts are not apart by date, and each run replaces them.
    All,
    /// The latest row of each value of these columns, on each site.
    LatestOfKey(Vec<String>),
}

/// A view to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The feed, which names its folder or table.
    pub feed: String,
    /// Which of its rows are current.
    pub current: Current,
    /// The view's own name, with dots between its parts; without one it is called after the feed.
    pub name: Option<String>,
    /// The lake: a full path, or the URL of a store; for the dialects that read the parts themselves.
    pub lake: String,
    /// The schema of the table, with dots between its parts; for the dialects that read a table.
    pub source: Option<String>,
    /// All columns of the feed, for the dialect that has no way to leave one out.
    pub columns: Vec<String>,
    /// The columns that its folders are named by, for the same.
    pub partitions: Vec<String>,
}

impl Dialect {
    /// Whether it reads a table that somebody has made over the parts, and not the parts themselves.
    #[must_use]
    pub fn reads_a_table(self) -> bool {
        matches!(self, Self::Trino | Self::BigQuery | Self::Snowflake)
    }
}

impl Current {
    /// Whether the SQL for these rows has to name all columns of the feed.
    #[must_use]
    pub fn names_columns(&self, dialect: Dialect) -> bool {
        dialect == Dialect::Trino && matches!(self, Self::LatestOfKey(_))
    }
}

impl View {
    /// The view's own name.
    #[must_use]
    pub fn name(&self, dialect: Dialect) -> String {
        match (&self.name, &self.source) {
            (Some(name), _) => name.clone(),
            (None, Some(schema)) if dialect.reads_a_table() => {
                format!("{schema}.{}_current", self.feed)
            }
            (None, _) if dialect.reads_a_table() => format!("{}_current", self.feed),
            (None, _) => self.feed.clone(),
        }
    }

    /// The statements that make the view, or put it in the place of an older one.
    #[must_use]
    pub fn sql(&self, dialect: Dialect) -> String {
        let statements = match dialect {
            Dialect::DuckDb => duckdb::view(self),
            Dialect::Spark => spark::view(self),
            Dialect::Trino | Dialect::BigQuery | Dialect::Snowflake => {
                warehouse::view(self, dialect)
            }
        };
        format!("{}{statements}", self.heading())
    }

    /// What the rows are, as a comment.
    fn heading(&self) -> String {
        let which = match &self.current {
            Current::LatestDate => "those of its latest date".to_owned(),
            Current::All => "all, since each run replaces them".to_owned(),
            Current::LatestOfKey(key) => {
                format!("the latest of each {} on each site", shown(&key.join(", ")))
            }
        };
        format!("-- The current rows of {}: {which}, without deleted ones.\n", self.feed)
    }
}

/// A name that cannot end a comment.
fn shown(name: &str) -> String {
    name.replace(char::is_control, " ")
}

/// One row for each key: `row_number() over (...)`, 1 for the latest.
///
/// What one run has seen at one moment can still differ in being deleted; then the record stands.
fn row_number(key: &[String], quote: Quote) -> String {
    let column = |name: &str| quote.identifier(name);
    let partition: Vec<_> =
        std::iter::once("_site").chain(key.iter().map(String::as_str)).map(column).collect();
    format!(
        "row_number() over (\n        partition by {}\n        order by {} desc, {} desc, {}\n    )",
        partition.join(", "),
        column("_extracted_at"),
        column("_run_id"),
        column("_deleted"),
    )
}

#[cfg(test)]
mod tests;
