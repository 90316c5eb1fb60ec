//! Cutting an answer into its records and the marks that say whether there is more. Pure.

use super::json;
use crate::catalog::{Endpoint, PageStyle, Pointer};
use bytes::Bytes;

/// One answer, cut.
#[derive(Debug, Clone)]
pub struct Page {
    /// The records' JSON texts; slices of the answer, not copies.
    pub records: Vec<Bytes>,
    /// The keys under which they stood, where they are the members of an object.
    pub names: Vec<String>,
    /// Whether they came as a list; otherwise the answer is one record.
    pub is_list: bool,
    /// What the answer says about pages.
    pub marks: PageMarks,
}

/// The paging members of an answer, of whichever style; all optional, as Jira leaves them out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageMarks {
    /// How many records the page has.
    pub received: usize,
    /// `isLast`, `last`, `lastPage` or `isLastPage`
    pub is_last: Option<bool>,
    /// `total`
    pub total: Option<u64>,
    /// `maxResults`: the page size used, which may be lower than the one asked for
    pub page_size: Option<u64>,
    /// `nextPageToken`, or for cursor pages `nextPageCursor`
    pub token: Option<String>,
    /// `until`, epoch milliseconds
    pub until: Option<i64>,
    /// Tells a page from the one before.
    pub fingerprint: u64,
}

/// An answer that is JSON, but not of the shape that the endpoint has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// Nothing at the records' place.
    #[error("the answer has no records at `{pointer}`; {found}")]
    NoRecords {
        /// Where they should be.
        pointer: String,
        /// What there is.
        found: String,
    },
    /// Something else than a list of records.
    #[error("the answer has {found} at `{pointer}` where a list of records belongs")]
    NotAList {
        /// Where they should be.
        pointer: String,
        /// What kind of value is there.
        found: &'static str,
    },
}

/// Cuts `body`, which is whole JSON.
///
/// # Errors
/// [`ShapeError`] if there is no list of records (or, for single answers, no record) at the
/// endpoint's pointer: an answer of the wrong shape is never taken for an empty one.
pub fn cut(body: &Bytes, endpoint: &Endpoint) -> Result<Page, ShapeError> {
    let text = std::str::from_utf8(body).unwrap_or_default().trim();
    let pointer = &endpoint.records;
    let value = json::at(text, pointer).ok_or_else(|| ShapeError::NoRecords {
        pointer: pointer.to_string(),
        found: found(text),
    })?;
    let members = endpoint.shape.member.as_ref().map(|_| json::members(value));
    let (names, members): (Vec<_>, Vec<_>) = members.unwrap_or_default().into_iter().unzip();
    let is_map = endpoint.shape.member.is_some() && value.starts_with('{');
    let listed = if is_map { Some(members) } else { json::items(value) };
    let is_list = listed.is_some();
    let items = match listed {
        Some(items) => items,
        None if endpoint.page == PageStyle::Single && value.starts_with('{') => vec![value],
        None => {
            return Err(ShapeError::NotAList {
                pointer: pointer.to_string(),
                found: json::kind(value),
            });
        }
    };
    let marks = marks(text, pointer, &items);
    let records = items.into_iter().map(|item| body.slice_ref(item.as_bytes())).collect();
    Ok(Page { records, names, is_list, marks })
}

/// The paging members stand beside the records, or at the top.
fn marks(text: &str, records: &Pointer, items: &[&str]) -> PageMarks {
    let around = records.split_last().map(|(around, _)| around).unwrap_or_default();
    let mut members = json::at(text, &around).map(json::members).unwrap_or_default();
    if !around.steps().is_empty() {
        members.extend(json::members(text));
    }
    let value = |key: &str| members.iter().find(|(name, _)| name == key).map(|(_, value)| *value);
    let flag = ["isLast", "lastPage", "isLastPage", "last"]
        .into_iter()
        .find_map(|key| value(key).and_then(|value| value.parse().ok()));
    let word = |key| value(key).and_then(json::plain).filter(|word| !word.is_empty());
    let number = |key| word(key).and_then(|digits| digits.parse().ok());
    PageMarks {
        received: items.len(),
        is_last: flag,
        total: number("total"),
        page_size: number("maxResults"),
        token: word("nextPageToken").or_else(|| word("nextPageCursor")),
        until: word("until").and_then(|digits| digits.parse().ok()),
        fingerprint: fingerprint(items),
    }
}

fn fingerprint(items: &[&str]) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    items.hash(&mut hasher);
    hasher.finish()
}

fn found(text: &str) -> String {
    let members = json::members(text);
    if members.is_empty() {
        return format!("it is {}", json::kind(text));
    }
    let shown: Vec<_> = members.iter().take(8).map(|(key, _)| key.as_str()).collect();
    format!("it holds {}", shown.join(", "))
}
