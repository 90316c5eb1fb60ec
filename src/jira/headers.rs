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
}

impl HeaderFacts {
    pub(crate) fn read(headers: &HeaderMap, now: jiff::Timestamp) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let wait = text("retry-after")
            .and_then(|value| retry_after(value, now))
            .or_else(|| text("x-ratelimit-reset").and_then(|value| until(value, now)));
        Self {
            login_reason: text("x-seraph-loginreason").and_then(login_reason),
            account: text("x-aaccountid").map(str::to_owned),
            wait,
            limit_reason: text("ratelimit-reason").map(str::to_owned),
            is_html: text("content-type").is_some_and(|kind| kind.starts_with("text/html")),
            location: text("location").map(str::to_owned),
            trace_id: text("atl-traceid").or_else(|| text("atl-request-id")).map(str::to_owned),
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

/// The header can hold several reasons, separated by commas.
fn login_reason(value: &str) -> Option<LoginReason> {
    let has = |reason: &str| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(reason));
    if has("AUTHENTICATION_DENIED") {
        Some(LoginReason::Captcha)
    } else if has("AUTHENTICATED_FAILED") {
        Some(LoginReason::Failed)
    } else {
        None
    }
}

/// Seconds, or a date as HTTP writes it (RFC 9110, 10.2.3).
fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    }
    let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?;
    Some(Duration::try_from(date.timestamp().duration_since(now)).unwrap_or_default())
}

/// ISO 8601; Jira has been seen to leave out the seconds (`2026-03-26T16:00Z`).
fn until(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    let with_seconds = value.strip_suffix('Z').map(|minutes| format!("{minutes}:00Z"));
    let reset = value
        .parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| with_seconds.and_then(|text| text.parse().ok()))?;
    Some(Duration::try_from(reset.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> jiff::Timestamp {
        "2026-03-26T15:59:30Z".parse().unwrap()
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(retry_after("7", now()), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("-7", now()), Some(Duration::ZERO));
        let date = "Thu, 26 Mar 2026 16:00:00 GMT";
        assert_eq!(retry_after(date, now()), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("soon", now()), None);
    }

    #[test]
    fn a_reset_without_seconds_is_read() {
        assert_eq!(until("2026-03-26T16:00Z", now()), Some(Duration::from_secs(30)));
        assert_eq!(until("2026-03-26T16:00:10Z", now()), Some(Duration::from_secs(40)));
        assert_eq!(until("2026-03-26T15:00Z", now()), Some(Duration::ZERO));
    }

    proptest::proptest! {
        #[test]
        fn no_header_text_makes_the_readers_panic(value in ".{0,40}") {
            let _ = (retry_after(&value, now()), until(&value, now()), login_reason(&value));
        }
    }
}
