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
            login_reason: login_reason(headers),
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

/// The header can come more than once, and hold several reasons separated by commas. What cannot be
/// read in it does not hide what can: an unseen refusal would become an empty table.
fn login_reason(headers: &HeaderMap) -> Option<LoginReason> {
    let values = headers.get_all("x-seraph-loginreason").iter();
    let reasons = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    let reasons: Vec<_> = reasons.map(<[u8]>::trim_ascii).collect();
    let has =
        |reason: &str| reasons.iter().any(|said| said.eq_ignore_ascii_case(reason.as_bytes()));
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
        // Rust reads "NaN" as a number, and the larger of that and 0 is 0.
        if seconds.is_nan() {
            return None;
        }
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
    use reqwest::header::HeaderValue;

    fn now() -> jiff::Timestamp {
        "2026-03-26T15:59:30Z".parse().unwrap()
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(retry_after("7", now()), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("-7", now()), Some(Duration::ZERO));
        let date = "Thu, 26 Mar 2026 16:00:00 GMT";
        assert_eq!(retry_after(date, now()), Some(Duration::from_secs(30)));
        for text in ["soon", "", "NaN", "inf", "1e300", "7, 8"] {
            assert_eq!(retry_after(text, now()), None, "{text}");
        }
    }

    #[test]
    fn a_reset_without_seconds_is_read() {
        assert_eq!(until("2026-03-26T16:00Z", now()), Some(Duration::from_secs(30)));
        assert_eq!(until("2026-03-26T16:00:10Z", now()), Some(Duration::from_secs(40)));
        assert_eq!(until("2026-03-26T15:00Z", now()), Some(Duration::ZERO));
    }

    proptest::proptest! {
        #[test]
        fn a_refusal_is_seen_among_any_other_values_of_the_header(
            before in proptest::collection::vec(proptest::collection::vec(0x21..=0xff_u8, 0..12), 0..4),
            after in "[ -~]{0,12}",
            upper: bool,
        ) {
            let reason = if upper { "AUTHENTICATED_FAILED" } else { "authenticated_failed" };
            let mut headers = HeaderMap::new();
            for value in before.iter().filter_map(|bytes| HeaderValue::from_bytes(bytes).ok()) {
                headers.append("x-seraph-loginreason", value);
            }
            let last = format!("OUT, {reason} ,{after}");
            headers.append("x-seraph-loginreason", HeaderValue::from_str(&last).unwrap());
            proptest::prop_assert!(login_reason(&headers).is_some());
        }

        #[test]
        fn retry_after_is_the_seconds_it_says_and_never_negative(seconds in -1e12..1e12_f64) {
            let wait = retry_after(&seconds.to_string(), now()).unwrap();
            proptest::prop_assert!((wait.as_secs_f64() - seconds.max(0.0)).abs() < 1e-3);
        }

        #[test]
        fn a_date_is_waited_for_and_a_past_one_not_at_all(seconds in -4_000_000_000..4_000_000_000_i64) {
            let date = now() + jiff::SignedDuration::from_secs(seconds);
            let written = jiff::fmt::rfc2822::DateTimePrinter::new()
                .timestamp_to_rfc9110_string(&date).unwrap();
            let expected = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            proptest::prop_assert_eq!(retry_after(&written, now()), Some(expected));
            proptest::prop_assert_eq!(until(&date.to_string(), now()), Some(expected));
        }

        #[test]
        fn no_header_bytes_make_the_facts_panic(
            name in proptest::sample::select(vec!["retry-after", "x-ratelimit-reset",
                "x-seraph-loginreason", "location", "content-type", "ratelimit-reason"]),
            values in proptest::collection::vec(proptest::collection::vec(0x20..=0xff_u8, 0..40), 1..4),
        ) {
            let mut headers = HeaderMap::new();
            for value in values.iter().filter_map(|bytes| HeaderValue::from_bytes(bytes).ok()) {
                headers.append(name, value);
            }
            let _ = HeaderFacts::read(&headers, now());
        }

        #[test]
        fn no_header_text_makes_the_readers_panic(value in ".{0,40}") {
            let _ = (retry_after(&value, now()), until(&value, now()));
        }
    }
}
