//! Jira's styles of pages: what is asked for, how it is lowered, and what the page says of itself.
//!
//! Knows nothing of what the records are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::answer::{Refusal, said};
use crate::call::Call;

/// Default and largest size of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) default: usize,
    pub(crate) ceiling: usize,
}

/// A stretch of a list, after the server has lowered what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: usize,
    pub(crate) count: usize,
}

impl Window {
    /// Reads a start and a count from two parameters.
    pub(crate) fn of(call: &Call<'_>, start: &str, count: &str, size: Size) -> Self {
        let at = |name: &str| call.query.number(name).map(|n| usize::try_from(n).unwrap_or(0));
        Self {
            start: at(start).unwrap_or(0),
            count: at(count).unwrap_or(size.default).clamp(1, size.ceiling.max(1)),
        }
    }

    /// Reads `startAt` and `maxResults`.
    pub(crate) fn usual(call: &Call<'_>, size: Size) -> Self {
        Self::of(call, "startAt", "maxResults", size)
    }

    /// The stretch of a list.
    pub(crate) fn cut<T>(self, records: Vec<T>) -> Vec<T> {
        records.into_iter().skip(self.start).take(self.count).collect()
    }

    fn end(self) -> usize {
        self.start.saturating_add(self.count)
    }
}

/// The usual size of a page bean.
pub(crate) fn bean_size(call: &Call<'_>, default: usize) -> Size {
    let ceiling = call.site.options.ceilings.page_beans;
    Size { default: default.min(ceiling), ceiling }
}

/// A page bean of the platform: offset, total, `isLast`, and links.
pub(crate) fn bean(call: &Call<'_>, records: Vec<Value>, size: Size) -> Value {
    bean_in(call, records, Window::usual(call, size))
}

/// A page bean of a stretch already known.
pub(crate) fn bean_in(call: &Call<'_>, records: Vec<Value>, window: Window) -> Value {
    let (total, end) = (records.len(), window.end());
    let link = |start: usize| {
        format!("{}{}?startAt={start}&maxResults={}", call.origin, call.path, window.count)
    };
    let mut page = json!({"self": link(window.start), "startAt": window.start, "maxResults": window.count,
        "total": total, "isLast": end >= total, "values": window.cut(records)});
    if end < total {
        page["nextPage"] = json!(link(end));
    }
    page
}

/// A page bean of the agile paths, which has no links.
pub(crate) fn agile_bean(call: &Call<'_>, records: Vec<Value>, size: Size) -> Value {
    let window = Window::usual(call, size);
    let total = records.len();
    json!({"startAt": window.start, "maxResults": window.count, "total": total,
        "isLast": window.end() >= total, "values": window.cut(records)})
}

/// A page that only tells the total.
pub(crate) fn total_only(name: &str, window: Window, total: usize, records: Vec<Value>) -> Value {
    let mut page = json!({"startAt": window.start, "maxResults": window.count, "total": total});
    page[name] = Value::Array(records);
    page
}

/// A page of the service desk.
pub(crate) fn desk(call: &Call<'_>, records: Vec<Value>) -> Value {
    let size = bean_size(call, 50);
    let window = Window::of(call, "start", "limit", size);
    let last = window.end() >= records.len();
    let values = window.cut(records);
    let here = format!("{}{}", call.origin, call.path);
    let mut links = json!({"self": here, "base": call.origin, "context": ""});
    if !last {
        links["next"] = json!(format!("{here}?start={}&limit={}", window.end(), window.count));
    }
    json!({"size": values.len(), "start": window.start, "limit": window.count, "isLastPage": last,
        "_links": links, "values": values})
}

/// A token that only continues the listing it came from.
pub(crate) fn token(listing: &str, next: usize) -> String {
    let seal = seal(listing, next as u64);
    URL_SAFE_NO_PAD.encode(format!("{next:x}.{seal:016x}"))
}

/// A token that continues the listing as it was in a state of the site.
pub(crate) fn token_in(listing: &str, edition: u32, next: usize) -> String {
    token(listing, (edition as usize) << 32 | next)
}

/// The state of the site and the place where a token of [`token_in`] continues.
pub(crate) fn place(listing: &str, token: &str) -> Result<(u32, usize), Refusal> {
    let mark = offset(listing, Some(token))?;
    Ok((u32::try_from(mark >> 32).unwrap_or(0), mark & 0xFFFF_FFFF))
}

/// Where a token continues; none means the beginning.
pub(crate) fn offset(listing: &str, token: Option<&str>) -> Result<usize, Refusal> {
    let Some(token) = token else { return Ok(0) };
    decode(listing, token).ok_or_else(|| {
        Refusal::bad(said(
            "The provided next page token is invalid. Start again without a token.",
            "제공된 다음 페이지 토큰이 잘못되었습니다.",
        ))
    })
}

fn decode(listing: &str, token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (next, sealed) = text.split_once('.')?;
    let next = usize::from_str_radix(next, 16).ok()?;
    let sealed = u64::from_str_radix(sealed, 16).ok()?;
    (sealed == seal(listing, next as u64)).then_some(next)
}

/// A number only the same listing and position give (FNV-1a).
fn seal(listing: &str, next: u64) -> u64 {
    let bytes = listing.bytes().chain(next.to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::{offset, token};

    #[test]
    fn a_token_continues_only_its_own_listing() {
        let issued = token("project = CORE|summary", 100);
        assert_eq!(offset("project = CORE|summary", Some(&issued)).ok(), Some(100));
        assert!(offset("project = WEB|summary", Some(&issued)).is_err());
        assert!(offset("project = CORE|summary", Some("null")).is_err());
        assert_eq!(offset("anything", None).ok(), Some(0));
    }
}
