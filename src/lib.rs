//! Extracts Jira Cloud into Parquet.
pub mod catalog;
