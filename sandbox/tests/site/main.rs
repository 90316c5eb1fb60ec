//! The site over real HTTP, one file for each kind of behaviour.

#![allow(clippy::expect_used, reason = "a test ends where its premise fails")]

mod client;

mod agile;
mod bulk;
mod directory;
mod faults;
mod issues;
mod limits;
mod lists;
mod login;
mod search;
mod steadiness;
mod truth;
