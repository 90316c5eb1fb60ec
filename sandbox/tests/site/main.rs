//! The site over real HTTP, one file for each kind of behaviour.

#![allow(clippy::expect_used, reason = "a test ends where its premise fails")]
#![allow(clippy::print_stderr, reason = "a test that does not run says so")]

mod client;

mod agile;
mod bulk;
mod changes;
mod clock;
mod coherence;
mod directory;
mod documents;
mod expansions;
mod faults;
mod gateway;
mod history;
mod issue_lists;
mod issues;
mod limits;
mod lists;
mod login;
mod schema;
mod search;
mod steadiness;
mod table;
mod truth;
