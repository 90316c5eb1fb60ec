//! Records of somebody else, served in one of Jira's styles of pages.

use serde_json::{Value, json};

use crate::control::Inquiry;

/// A style of pages, and how many records a page holds at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageStyle {
    /// `startAt`, `maxResults`, `total`, `isLast` and `values`.
    Bean(usize),
    /// `startAt`, `maxResults`, `total` and a list of this name.
    Total(usize, String),
    /// Parts of a bare array, until an empty one.
    Array(usize),
    /// `nextPageToken`, `isLast` and a list of this name.
    Token(usize, String),
    /// `cursor`, `nextPageCursor`, `last` and `values`.
    Cursor(usize),
    /// `start`, `limit`, `isLastPage` and `values`.
    Desk(usize),
    /// `offset`, `limit`, `total` and `records`.
    Records(usize),
    /// One answer: a bare array.
    Whole,
    /// One answer: an object with a list of this name.
    Named(String),
}

impl PageStyle {
    /// The page a request asks for.
    pub(crate) fn page(&self, inquiry: &Inquiry, records: &[Value]) -> Value {
        let slice = |size: usize| Slice::of(inquiry, records, size);
        match self {
            Self::Bean(size) => slice(*size).page(["startAt", "maxResults", "isLast"], "values"),
            Self::Desk(size) => slice(*size).page(["start", "limit", "isLastPage"], "values"),
            Self::Total(size, name) => {
                without_flag(slice(*size).page(["startAt", "maxResults", "isLast"], name))
            }
            Self::Records(size) => {
                without_flag(slice(*size).page(["offset", "limit", "isLast"], "records"))
            }
            Self::Array(size) => slice(*size).values,
            Self::Token(size, name) => slice(*size).marked("nextPageToken", "isLast", name),
            Self::Cursor(size) => slice(*size).marked("nextPageCursor", "last", "values"),
            Self::Whole => json!(records),
            Self::Named(name) => json!({name: records}),
        }
    }
}

/// The records of one page, and where it lies.
struct Slice {
    values: Value,
    start: usize,
    count: usize,
    total: usize,
}

impl Slice {
    fn of(inquiry: &Inquiry, records: &[Value], size: usize) -> Self {
        let start = first_number(inquiry, &["startAt", "start", "offset"])
            .or_else(|| {
                text(inquiry, "nextPageToken")
                    .or(text(inquiry, "cursor"))?
                    .strip_prefix("page-")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        let asked = first_number(inquiry, &["maxResults", "limit"]);
        let count = asked.unwrap_or(size).clamp(1, size.max(1));
        let values: Vec<&Value> = records.iter().skip(start).take(count).collect();
        Self { values: json!(values), start, count, total: records.len() }
    }

    fn end(&self) -> usize {
        (self.start + self.count).min(self.total)
    }

    /// A page by offset; `marks` name the start, the count and the flag of the last page.
    fn page(self, marks: [&str; 3], name: &str) -> Value {
        let [start, count, last] = marks;
        let is_last = self.end() >= self.total;
        json!({start: self.start, count: self.count, "total": self.total, last: is_last, name: self.values})
    }

    /// A page by token.
    fn marked(self, token: &str, last: &str, name: &str) -> Value {
        let end = self.end();
        let mut page = json!({last: end >= self.total, name: self.values});
        if end < self.total {
            page[token] = json!(format!("page-{end}"));
        }
        page
    }
}

fn without_flag(mut page: Value) -> Value {
    if let Some(fields) = page.as_object_mut() {
        fields.remove("isLast");
    }
    page
}

/// A parameter, or a text in the body.
fn text<'i>(inquiry: &'i Inquiry, name: &str) -> Option<&'i str> {
    inquiry.parameter(name).or_else(|| inquiry.body.get(name)?.as_str())
}

fn first_number(inquiry: &Inquiry, names: &[&str]) -> Option<usize> {
    let number = |name: &&str| {
        let asked = inquiry.parameter(name).and_then(|text| text.parse().ok());
        asked.or_else(|| usize::try_from(inquiry.body.get(*name)?.as_u64()?).ok())
    };
    names.iter().find_map(number)
}
