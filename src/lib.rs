//! Extracts Jira Cloud into Parquet.
pub mod catalog;
pub mod cli;
pub mod columns;
pub mod config;
pub mod credential;
pub mod extract;
pub mod jira;
pub mod lake;
pub mod run;
pub mod telemetry;
pub mod view;
