//! What partitions are named by, as it is written: `extract_date`, `fields.project.key`, `year(created)`. Pure.
//!
//! Whether a feed has such a column, only its schema on the site tells.

use super::ConfigError;
use super::place::Origins;
use super::value::NameList;

/// The partitions of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionBy {
    /// Whether they begin with the date of the run.
    pub extract_date: bool,
    /// What comes below it, outermost first.
    pub columns: Vec<PartitionColumn>,
}

/// A column that partitions are named by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionColumn {
    /// The column; those inside of others after a dot.
    pub column: String,
    /// The part of its date that counts, if only that does.
    pub unit: Option<DateUnit>,
}

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateUnit {
    /// `year(...)`
    Year,
    /// `month(...)`
    Month,
    /// `day(...)`
    Day,
}

const EXTRACT_DATE: &str = "extract_date";

impl Default for PartitionBy {
    fn default() -> Self {
        Self { extract_date: true, columns: Vec::new() }
    }
}

impl PartitionBy {
    /// Reads what stands at a key.
    pub(super) fn read(
        key: &str,
        written: &NameList,
        origins: &Origins,
    ) -> Result<Self, ConfigError> {
        Self::parse(&written.0).map_err(|reason| ConfigError::invalid(origins.place(key), reason))
    }

    /// Reads what was written; the date comes first wherever it stands.
    fn parse(written: &[String]) -> Result<Self, String> {
        let mut partitions = Self { extract_date: false, columns: Vec::new() };
        for (number, text) in (1..).zip(written.iter().map(|text| text.trim())) {
            if text == EXTRACT_DATE && !partitions.extract_date {
                partitions.extract_date = true;
                continue;
            }
            let column = PartitionColumn::parse(text)?;
            if text == EXTRACT_DATE || partitions.columns.contains(&column) {
                // By its number: a message quotes no value.
                return Err(format!("entry {number} repeats another. Remove it"));
            }
            partitions.columns.push(column);
        }
        Ok(partitions)
    }
}

impl PartitionColumn {
    fn parse(text: &str) -> Result<Self, String> {
        let plain = |column: &str, unit| Self { column: column.to_owned(), unit };
        let (column, unit) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some(("year", column)) => (column, Some(DateUnit::Year)),
            Some(("month", column)) => (column, Some(DateUnit::Month)),
            Some(("day", column)) => (column, Some(DateUnit::Day)),
            // The columns of the site's fields are called what their administrators like.
            _ => (text, None),
        };
        if column.trim().is_empty() {
            return Err("a column's name is empty. Name one, as in \"fields.project.key\" or \"year(fields.created)\"".to_owned());
        }
        Ok(plain(column.trim(), unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(written: &[&str]) -> Result<PartitionBy, String> {
        PartitionBy::parse(&written.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn column(column: &str, unit: Option<DateUnit>) -> PartitionColumn {
        PartitionColumn { column: column.to_owned(), unit }
    }

    #[test]
    fn columns_and_parts_of_dates_are_read_and_the_date_is_set_apart() {
        let read = parse(&["fields.project.key", "month(fields.created)", "extract_date"]).unwrap();
        assert!(read.extract_date);
        let month = column("fields.created", Some(DateUnit::Month));
        assert_eq!(read.columns, [column("fields.project.key", None), month]);
        assert!(!parse(&["year(created)"]).unwrap().extract_date);
        assert_eq!(parse(&["Size (kg)"]).unwrap().columns, [column("Size (kg)", None)]);
    }

    #[test]
    fn what_names_nothing_or_the_same_twice_is_refused() {
        for wrong in [&[""][..], &["year()"], &["a", "a"], &["extract_date", "extract_date"]] {
            parse(wrong).unwrap_err();
        }
    }
}
