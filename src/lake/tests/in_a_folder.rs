//! The promises, kept in a folder.

use crate::lake::testing::Place;

const PLACE: Place = Place::Folder;

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
