//! How records stand at their place: as elements of an array, members of an object, inside elements, or plain.

use super::Pointer;
use super::entry::{FeedEntry, UnnestEntry};
use super::pointer::parse_all;
use std::collections::BTreeMap;

/// What makes records of what stands at the place of a feed's records. Without any of it, the
/// elements of an array are the records, and an object is one record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    /// The key that a plain value is put under, to become a record; with `member`, any value.
    pub wrap: Option<String>,
    /// The members of an object are the records; this column takes their keys.
    pub member: Option<String>,
    /// This column takes a record's place in its array, from 0.
    pub position: Option<String>,
    /// An array inside each element, with what its records take from the element.
    pub unnest: Option<(Pointer, BTreeMap<String, Pointer>)>,
}

impl Shape {
    pub(super) fn check(entry: &FeedEntry) -> Result<Self, (&'static str, String)> {
        let unnest = entry.unnest.as_ref().map(check_unnest).transpose();
        Ok(Self {
            wrap: entry.wrap.clone(),
            member: entry.member.clone(),
            position: entry.position.clone(),
            unnest: unnest.map_err(|reason| ("unnest", reason))?,
        })
    }

    /// The columns that are filled from around a record: key, place and the element around it.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let around = self.unnest.iter().flat_map(|(_, bind)| bind.keys());
        self.member.iter().chain(&self.position).chain(around).map(String::as_str)
    }
}

fn check_unnest(entry: &UnnestEntry) -> Result<(Pointer, BTreeMap<String, Pointer>), String> {
    Ok((Pointer::parse(&entry.at)?, parse_all(&entry.bind)?))
}
