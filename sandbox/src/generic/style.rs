//! The page styles of rows.

use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::call::Call;
use crate::options::Switch;
use crate::paging::{self, Size, Window, bean_size};

/// How records become an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// The one record is the answer.
    One,
    /// A bare array.
    Array,
    /// An object with a list of this name.
    Named(&'static str),
    /// A page bean of this default size.
    Bean(usize),
    /// A page bean that always holds everything.
    WholeBean,
    /// A page bean with the wider ceiling of screens.
    WideBean(&'static str),
    /// A page bean of the agile paths.
    AgileBean,
    /// An offset with a total; list of this name, default and largest size.
    Total(&'static str, usize, usize),
    /// Parts of a bare array, until an empty one.
    Parts,
    /// A cursor.
    Cursor,
    /// A token inside an object of this name; its pages hold at most this many.
    Nested(&'static str),
    /// A page of the service desk.
    Desk,
}

impl Style {
    /// A pointer to the records in an answer; `None` where the answer is the record.
    pub(crate) fn records(self) -> Option<String> {
        match self {
            Self::One => None,
            Self::Array | Self::Parts => Some(String::new()),
            Self::Named(name) | Self::Total(name, ..) => Some(format!("/{name}")),
            Self::Nested(name) => Some(format!("/{name}/values")),
            _ => Some("/values".to_owned()),
        }
    }

    /// The page a call asks for.
    pub(super) fn page(self, call: &Call<'_>, records: Vec<Value>) -> Result<Value, Refusal> {
        Ok(match self {
            Self::One => records.into_iter().next().unwrap_or(Value::Null),
            Self::Array => Value::Array(records),
            Self::Named(name) => json!({name: records}),
            Self::Bean(default) => paging::bean(call, records, bean_size(call, default)),
            Self::WholeBean => {
                json!({"startAt": 0, "maxResults": 1_048_576, "total": records.len(), "isLast": true,
                    "values": records})
            }
            Self::WideBean(count) => wide(call, count, records),
            Self::AgileBean => paging::agile_bean(call, records, bean_size(call, 50)),
            Self::Total(name, default, most) => {
                let ceiling = most.min(call.site.options.ceilings.page_beans.max(50) * 4);
                let ceiling = lowered(call, ceiling);
                let window = Window::usual(call, Size { default: default.min(ceiling), ceiling });
                let total = records.len();
                paging::total_only(name, window, total, window.cut(records))
            }
            Self::Parts => {
                let ceiling = call.site.options.ceilings.users;
                Value::Array(
                    Window::usual(call, Size { default: ceiling.min(50), ceiling }).cut(records),
                )
            }
            Self::Cursor => by_cursor(call, records)?,
            Self::Nested(name) => nested(call, name, records)?,
            Self::Desk => paging::desk(call, records),
        })
    }
}

/// A ceiling, lowered where the site's page beans are small.
fn lowered(call: &Call<'_>, ceiling: usize) -> usize {
    let beans = call.site.options.ceilings.page_beans;
    if beans < 50 { beans } else { ceiling }
}

fn wide(call: &Call<'_>, count: &str, records: Vec<Value>) -> Value {
    let ceiling = call.site.options.ceilings.wide_beans;
    let window = Window::of(call, "startAt", count, Size { default: ceiling, ceiling });
    paging::bean_in(call, records, window)
}

/// The part of a list that a token names, and the token of the next one.
fn by_token(
    call: &Call<'_>,
    token: Option<&str>,
    records: Vec<Value>,
) -> Result<(Vec<Value>, Option<String>, usize), Refusal> {
    let listing = format!("{}|{:?}", call.path, call.viewer.person);
    let start = paging::offset(&listing, token.filter(|token| !token.is_empty()))?;
    let size = bean_size(call, 50);
    let asked = call.query.number("maxResults").and_then(|n| usize::try_from(n).ok());
    let count = asked.unwrap_or(size.default).clamp(1, size.ceiling.max(1));
    let end = start + count;
    let next = (end < records.len()).then(|| paging::token(&listing, end));
    Ok((Window { start, count }.cut(records), next, count))
}

fn by_cursor(call: &Call<'_>, records: Vec<Value>) -> Result<Value, Refusal> {
    let cursor = call.query.get("cursor");
    let total = records.len();
    let (values, next, _) = by_token(call, cursor, records)?;
    let flag = if call.site.options.has(Switch::PlansSayIsLast) { "isLast" } else { "last" };
    let mut page = json!({"cursor": cursor.unwrap_or_default(), "size": values.len(), "total": total,
        flag: next.is_none(), "values": values});
    if let Some(next) = next {
        page["nextPageCursor"] = json!(next);
    }
    Ok(page)
}

fn nested(call: &Call<'_>, name: &str, records: Vec<Value>) -> Result<Value, Refusal> {
    let (values, next, _) = by_token(call, call.query.get("nextPageToken"), records)?;
    let mut page = json!({name: {"values": values}});
    if let Some(next) = next {
        page[name]["nextPageToken"] = json!(next);
    }
    Ok(page)
}
