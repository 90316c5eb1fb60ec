use super::*;
use proptest::prelude::*;
use reqwest::header::{HeaderName, HeaderValue};

fn now() -> jiff::Timestamp {
    "2026-03-26T15:59:30Z".parse().unwrap()
}

/// The facts of an answer with one header, that many times.
fn facts(name: &'static str, values: &[impl AsRef<[u8]>]) -> HeaderFacts {
    let mut headers = HeaderMap::new();
    for value in values {
        let value = HeaderValue::from_bytes(value.as_ref()).expect("bytes that HTTP allows");
        headers.append(HeaderName::from_static(name), value);
    }
    HeaderFacts::read(&headers, now())
}

fn reason(values: &[impl AsRef<[u8]>]) -> Option<LoginReason> {
    facts("x-seraph-loginreason", values).login_reason
}

fn wait(values: &[impl AsRef<[u8]>]) -> Option<Duration> {
    facts("retry-after", values).wait
}

#[test]
fn retry_after_is_read_as_seconds_and_as_a_date() {
    assert_eq!(wait(&["7"]), Some(Duration::from_secs(7)));
    assert_eq!(wait(&["0.5"]), Some(Duration::from_millis(500)));
    assert_eq!(wait(&["-7"]), Some(Duration::ZERO));
    assert_eq!(wait(&["Thu, 26 Mar 2026 16:00:00 GMT"]), Some(Duration::from_secs(30)));
    assert_eq!(wait(&["Thu, 26 Mar 2026 15:00:00 GMT"]), Some(Duration::ZERO), "past");
}

#[test]
fn what_is_no_wait_is_none() {
    for garbage in ["soon", "", "NaN", "inf", "-inf", "infinity", "1e9", "0x10", "1 2", "7s"] {
        assert_eq!(wait(&[garbage]), None, "{garbage}");
        assert_eq!(facts("x-ratelimit-reset", &[garbage]).wait, None, "{garbage}");
    }
}

#[test]
fn a_huge_wait_stays_one_that_clocks_can_add() {
    let digits = "9".repeat(400);
    for huge in ["10000000000000000000", digits.as_str(), "Thu, 31 Dec 9998 00:00:00 GMT"] {
        assert_eq!(wait(&[huge]), Some(LONGEST_WAIT), "{huge}");
    }
    let reset = facts("x-ratelimit-reset", &["9998-12-31T00:00Z"]).wait;
    assert_eq!(reset, Some(LONGEST_WAIT));
}

#[test]
fn of_several_waits_the_longest_counts_and_garbage_hides_none() {
    let several: [&[u8]; 4] = [b"3", b"\xff\xfe", b"9", b"soon"];
    assert_eq!(wait(&several), Some(Duration::from_secs(9)));
    let mut headers = HeaderMap::new();
    headers.append("retry-after", HeaderValue::from_static("soon"));
    headers.append("x-ratelimit-reset", HeaderValue::from_static("2026-03-26T16:00Z"));
    assert_eq!(HeaderFacts::read(&headers, now()).wait, Some(Duration::from_secs(30)));
}

#[test]
fn a_reset_without_seconds_is_read() {
    for (text, seconds) in
        [("2026-03-26T16:00Z", 30), ("2026-03-26T16:00:10Z", 40), ("2026-03-26T15:00Z", 0)]
    {
        let found = facts("x-ratelimit-reset", &[text]).wait;
        assert_eq!(found, Some(Duration::from_secs(seconds)), "{text}");
    }
}

#[test]
fn a_login_reason_is_found_in_any_case_among_others_and_in_a_second_header() {
    assert_eq!(reason(&["AUTHENTICATED_FAILED"]), Some(LoginReason::Failed));
    assert_eq!(reason(&[" OUT , authenticated_failed "]), Some(LoginReason::Failed));
    assert_eq!(reason(&["OK", "Authenticated_Failed"]), Some(LoginReason::Failed));
    let unreadable_first: [&[u8]; 2] = [b"\xff\xfe", b"AUTHENTICATED_FAILED"];
    assert_eq!(reason(&unreadable_first), Some(LoginReason::Failed));
    assert_eq!(reason(&["OK", "", "AUTHENTICATED", "NOT_AUTHENTICATED_FAILED"]), None);
}

#[test]
fn a_captcha_counts_above_a_failed_login_wherever_it_stands() {
    for values in [
        &["AUTHENTICATION_DENIED, AUTHENTICATED_FAILED"][..],
        &["AUTHENTICATED_FAILED,authentication_denied"],
        &["AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED"],
        &["AUTHENTICATION_DENIED", "AUTHENTICATED_FAILED"],
    ] {
        assert_eq!(reason(values), Some(LoginReason::Captcha), "{values:?}");
    }
}

#[test]
fn html_is_html_in_any_case() {
    for kind in ["text/html", "Text/HTML; charset=utf-8", "text/html ;x"] {
        assert!(facts("content-type", &[kind]).is_html, "{kind}");
    }
    assert!(!facts("content-type", &["application/json"]).is_html);
}

/// Any bytes that a header value may hold.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(b'\t'), 0x20..0x7f_u8, 0x80..=0xff_u8], 0..40)
}

/// How a server may write a reason that we know: any case, spaces and commas around it.
fn written(known: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let cases = prop::collection::vec(any::<bool>(), known.len());
    (cases, "[ ,]{0,3}", "[ ,]{0,3}").prop_map(move |(cases, before, after)| {
        let letter = |(c, lower): (char, bool)| if lower { c.to_ascii_lowercase() } else { c };
        let reason: String = known.chars().zip(cases).map(letter).collect();
        format!("{before}{reason}{after}").into_bytes()
    })
}

proptest! {
    #[test]
    fn no_header_makes_the_reader_panic_or_wait_for_ever(
        values in prop::collection::vec(value(), 0..4),
        name in prop::sample::select(
            &["retry-after", "x-ratelimit-reset", "x-seraph-loginreason", "content-type"][..],
        ),
    ) {
        let facts = facts(name, &values);
        prop_assert!(facts.wait.is_none_or(|wait| wait <= LONGEST_WAIT));
    }

    #[test]
    fn no_number_of_seconds_is_an_endless_wait(seconds in any::<f64>()) {
        // As digits: `{}` writes no exponent.
        let found = wait(&[format!("{seconds}")]);
        prop_assert_eq!(found.is_some(), seconds.is_finite());
        prop_assert!(found.is_none_or(|wait| wait <= LONGEST_WAIT));
    }

    #[test]
    fn no_other_value_hides_a_failed_login(
        before in prop::collection::vec(value(), 0..3),
        reason in written("AUTHENTICATED_FAILED"),
        after in prop::collection::vec(value(), 0..3),
    ) {
        let values = [before, vec![reason], after].concat();
        prop_assert!(facts("x-seraph-loginreason", &values).login_reason.is_some());
    }
}
