//! The catalogue against what Jira says of itself: Atlassian's `OpenAPI` documents, and records of a real site.
//!
//! Neither belongs to the project, so both are read from folders that the environment names:
//! `JIRA_OPENAPI_DIR` (`*.json`, the platform's and the software document) and `JIRA_REALDATA_DIR` (`<stream>.jsonl`).
//! Without the variable a test says that it did not run, or fails with `JIRA_FEEDS_REQUIRE_REAL_INPUT=1`.
//! Where catalogue and
//! source may differ stands in `excuses.rs`, with reasons.
#![allow(clippy::expect_used, clippy::panic, reason = "a test ends where its premise fails")]

mod coverage;
mod documents;
mod excuses;
mod findings;
mod operations;
mod records;
mod walk;
