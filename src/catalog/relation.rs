//! How a feed hangs on others and on endpoints: its parent, its host, its second endpoint.

use super::entry::{EmbeddedEntry, FallbackEntry, ParentEntry};
use super::pointer::parse_all;
use super::{CatalogError, Endpoint, Pointer, Shape};
use std::collections::BTreeMap;

/// A second endpoint for the same records.
#[derive(Debug, Clone)]
pub struct Fallback {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The statuses of the first endpoint that lead here.
    pub when: Vec<u16>,
}

/// The feed whose records another is asked for one by one, and what is taken from them.
#[derive(Debug, Clone)]
pub struct Parent {
    /// Name of the parent feed.
    pub feed: String,
    /// What people call one of its records: `board`.
    pub called: String,
    /// Placeholder or column = place in the parent's record.
    pub bind: BTreeMap<String, Pointer>,
    /// Parents that are known to have no such records.
    pub skip_when: Vec<(Pointer, serde_json::Value)>,
}

/// Where a feed's records stand in those of another.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// Name of the feed around it.
    pub host: String,
    /// The array or object, or how to find the fields that hold it.
    pub at: EmbeddedAt,
    /// What makes records of what is there.
    pub shape: Shape,
    /// The number of records that there are in truth.
    pub total: Option<Pointer>,
    /// Placeholder or column = place in the host's record.
    pub bind: BTreeMap<String, Pointer>,
}

/// The place of an embedded array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddedAt {
    /// The same in every record.
    Pointer(Pointer),
    /// Under `/fields`, in every field of the site that has one of these custom types.
    FieldType(Vec<String>),
}

impl Parent {
    pub(super) fn check(entry: ParentEntry) -> Result<Self, String> {
        let skip_when = entry.skip_when.into_iter();
        Ok(Self {
            feed: entry.feed,
            called: entry.called,
            bind: parse_all(&entry.bind)?,
            skip_when: skip_when
                .map(|(at, value)| Ok((Pointer::parse(&at)?, value)))
                .collect::<Result<_, String>>()?,
        })
    }
}

impl Fallback {
    pub(super) fn check(name: &str, entry: &FallbackEntry) -> Result<Self, CatalogError> {
        let endpoint = Endpoint::check(name, &entry.as_feed())?;
        let endpoint = endpoint
            .ok_or_else(|| CatalogError::invalid(name, "fallback", "it needs an endpoint"))?;
        Ok(Self { endpoint, when: entry.when.clone() })
    }
}

impl Embedded {
    pub(super) fn check(entry: EmbeddedEntry, shape: Shape) -> Result<Self, String> {
        let at = match (entry.at, entry.field_type) {
            (Some(at), None) => EmbeddedAt::Pointer(Pointer::parse(&at)?),
            (None, Some(types)) => EmbeddedAt::FieldType(types.into_vec()),
            _ => return Err("give either `at` or `field_type`".into()),
        };
        let total = entry.total.as_deref().map(Pointer::parse).transpose()?;
        Ok(Self { host: entry.host, at, shape, total, bind: parse_all(&entry.bind)? })
    }
}
