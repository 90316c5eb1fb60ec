//! What the headers of an answer say about login and limits. Pure: text in, facts out.

use reqwest::header::HeaderMap;
use std::time::Duration;

/// What a 429 or 503 asks to be slowed down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlowDown {
    /// Requests of this method and path template.
    Template,
    /// Everything this credential asks.
    Everything,
}

/// Why a login was refused, by `X-Seraph-LoginReason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginReason {
    /// `AUTHENTICATED_FAILED`: wrong, expired or blocked.
    Failed,
    /// `AUTHENTICATION_DENIED`: Jira wants a CAPTCHA solved in a browser.
    Captcha,
}

/// The facts that a verdict needs, read once from an answer's headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeaderFacts {
    pub(crate) login_reason: Option<LoginReason>,
    /// The account that Jira answered, `X-AACCOUNTID`.
    pub(crate) account: Option<String>,
    /// How long to wait: `Retry-After`, or else until `X-RateLimit-Reset`.
    pub(crate) wait: Option<Duration>,
    /// `RateLimit-Reason`
    pub(crate) limit_reason: Option<String>,
    pub(crate) is_html: bool,
    pub(crate) location: Option<String>,
    /// `atl-traceid` or `atl-request-id`: what Atlassian's support asks for.
    pub(crate) trace_id: Option<String>,
    /// `Date`: the site's time, to the second.
    pub(crate) date: Option<jiff::Timestamp>,
}

/// No wait is told to be longer: it is past every limit of ours, and no clock overflows by it.
const LONGEST_WAIT: Duration = Duration::from_hours(7 * 24);

impl HeaderFacts {
    pub(crate) fn read(headers: &HeaderMap, now: jiff::Timestamp) -> Self {
        let text = |name: &str| texts(headers, name).next();
        let longest = |name: &str, read: fn(&str, jiff::Timestamp) -> Option<Duration>| {
            texts(headers, name).filter_map(|value| read(value, now)).max()
        };
        let trace_id = text("atl-traceid").or_else(|| text("atl-request-id"));
        Self {
            login_reason: login_reason(texts(headers, "x-seraph-loginreason")),
            account: text("x-aaccountid").map(str::to_owned),
            wait: longest("retry-after", retry_after)
                .or_else(|| longest("x-ratelimit-reset", until)),
            limit_reason: text("ratelimit-reason").map(str::to_owned),
            is_html: text("content-type").is_some_and(is_html),
            location: text("location").map(str::to_owned),
            trace_id: trace_id.map(str::to_owned),
            date: text("date").and_then(http_date),
        }
    }

    /// Burst limits are counted by method and path template, quotas by tenant; an unknown reason
    /// is taken for a quota, which is the safe side.
    pub(crate) fn slow_down(&self) -> SlowDown {
        match self.limit_reason.as_deref() {
            Some("jira-burst-based") => SlowDown::Template,
            _ => SlowDown::Everything,
        }
    }
}

/// The values of a header that are text: one that is not hides none that is.
fn texts<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
}

/// Media types are the same in any case (RFC 9110, 8.3.1).
fn is_html(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("text/html")
}

/// The header can come several times, and hold several reasons each time, separated by commas.
fn login_reason<'a>(values: impl Iterator<Item = &'a str>) -> Option<LoginReason> {
    let reasons = values.flat_map(|value| value.split(',')).map(str::trim);
    let known = reasons.filter_map(|reason| match reason {
        _ if reason.eq_ignore_ascii_case("AUTHENTICATION_DENIED") => Some(LoginReason::Captcha),
        _ if reason.eq_ignore_ascii_case("AUTHENTICATED_FAILED") => Some(LoginReason::Failed),
        _ => None,
    });
    // A CAPTCHA is why a login fails, so it is what the user must hear of.
    known.max_by_key(|reason| *reason == LoginReason::Captcha)
}

/// Seconds, or a date as HTTP writes it (RFC 9110, 10.2.3).
fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    // `nan`, `inf` and `1e9` are numbers to Rust, and none to HTTP.
    if let Some(seconds) = value.parse::<f64>().ok().filter(|_| !has_letters(value)) {
        let wait = Duration::try_from_secs_f64(seconds.max(0.0));
        return Some(wait.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT));
    }
    Some(from_now_to(http_date(value)?, now))
}

fn http_date(value: &str) -> Option<jiff::Timestamp> {
    jiff::fmt::rfc2822::parse(value).ok().map(|date| date.timestamp())
}

fn has_letters(value: &str) -> bool {
    value.contains(|c: char| c.is_ascii_alphabetic())
}

/// ISO 8601; Jira has been seen to leave out the seconds (`2026-03-26T16:00Z`).
fn until(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    let with_seconds = value.strip_suffix('Z').map(|minutes| format!("{minutes}:00Z"));
    let reset = value
        .parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| with_seconds.and_then(|text| text.parse().ok()))?;
    Some(from_now_to(reset, now))
}

/// Nothing for what is past.
fn from_now_to(moment: jiff::Timestamp, now: jiff::Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default().min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests;
