//! The promises, kept on an object store: one in memory, or the one that `JIRA_FEEDS_TEST_STORE` names.

#![allow(clippy::duplicate_mod, reason = "the same promises in another place")]
use crate::lake::testing::Place;

const PLACE: Place = Place::Objects;

#[path = "commits.rs"]
mod commits;
#[path = "crashes.rs"]
mod crashes;
#[path = "partitions.rs"]
mod partitions;
#[path = "parts.rs"]
mod parts;
#[path = "savepoints.rs"]
mod savepoints;
