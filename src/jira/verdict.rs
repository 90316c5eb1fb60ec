//! One decision for each answer. Pure: status, headers and the feed's own statuses in, verdict out.

use super::call::CallFor;
use super::headers::{HeaderFacts, LoginReason, SlowDown};
use std::time::Duration;

/// What an answer means for the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The body is the answer.
    Good,
    /// Ask again, not before `wait`; for a 429 also slow others down.
    Retry { wait: Option<Duration>, slow_down: Option<SlowDown> },
    /// The caller is not taken for a user: wrong, expired or revoked credential.
    LoginRefused(LoginReason),
    /// Status 401 without further evidence: dead login or missing right. Only `/myself` can tell.
    DeniedOrLoginLost,
    /// The account lacks a right.
    Denied,
    /// The site, board or project does not have this.
    NotAvailable,
    /// Jira will not answer this request, however often it is asked.
    Refused,
}

/// Judges an answer by its status and headers (`jira` answers a bad credential with 200 on most
/// routes, so the login header comes before the status).
pub(crate) fn verdict(status: u16, headers: &HeaderFacts, asked: &CallFor) -> Verdict {
    if let Some(reason) = headers.login_reason {
        return Verdict::LoginRefused(reason);
    }
    match status {
        200..=299 => Verdict::Good,
        429 => Verdict::Retry { wait: headers.wait, slow_down: Some(headers.slow_down()) },
        // 409: the user lists took more than 10 s or were interrupted (OpenAPI, `users/search`).
        503 if headers.wait.is_some() => {
            Verdict::Retry { wait: headers.wait, slow_down: Some(SlowDown::Template) }
        }
        408 | 409 | 425 | 500 | 502 | 503 | 504 => {
            Verdict::Retry { wait: headers.wait, slow_down: None }
        }
        _ if asked.not_available.contains(&status) => Verdict::NotAvailable,
        401 => Verdict::DeniedOrLoginLost,
        403 => Verdict::Denied,
        _ if asked.denied.contains(&status) => Verdict::Denied,
        _ => Verdict::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jira::Traffic;
    use std::sync::Arc;

    fn asked() -> CallFor {
        CallFor {
            feed: "sprints".into(),
            denied: Arc::new([404]),
            not_available: Arc::new([400, 422]),
            traffic: Arc::new(Traffic::default()),
        }
    }

    #[test]
    fn a_refused_login_outweighs_a_good_status() {
        let headers = HeaderFacts { login_reason: Some(LoginReason::Failed), ..Default::default() };
        assert_eq!(verdict(200, &headers, &asked()), Verdict::LoginRefused(LoginReason::Failed));
    }

    #[test]
    fn statuses_mean_what_the_feed_says_they_mean() {
        let plain = HeaderFacts::default();
        let cases = [
            (200, Verdict::Good),
            (302, Verdict::Refused),
            (400, Verdict::NotAvailable),
            (401, Verdict::DeniedOrLoginLost),
            (403, Verdict::Denied),
            (404, Verdict::Denied),
            (410, Verdict::Refused),
            (422, Verdict::NotAvailable),
            (503, Verdict::Retry { wait: None, slow_down: None }),
        ];
        for (status, expected) in cases {
            assert_eq!(verdict(status, &plain, &asked()), expected, "status {status}");
        }
    }

    #[test]
    fn a_429_slows_its_template_for_a_burst_and_everything_for_a_quota_or_an_unknown_reason() {
        for (reason, expected) in [
            (Some("jira-burst-based"), SlowDown::Template),
            (Some("jira-quota-global-based"), SlowDown::Everything),
            (Some("jira-cost-based"), SlowDown::Everything),
            (None, SlowDown::Everything),
        ] {
            let headers =
                HeaderFacts { limit_reason: reason.map(str::to_owned), ..Default::default() };
            let retry = Verdict::Retry { wait: None, slow_down: Some(expected) };
            assert_eq!(verdict(429, &headers, &asked()), retry, "{reason:?}");
        }
    }
}
