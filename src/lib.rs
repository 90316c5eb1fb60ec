//! Extracts Jira Cloud into Parquet.
