//! The burst limit: a token bucket for each method and path template, shared by all accounts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use jiff::{Timestamp, ToSpan as _};

use crate::answer::{Language, Refusal, Reply, said};
use crate::options::Limits;

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// All buckets of the site.
#[derive(Debug)]
pub(super) struct Limiter {
    size: u32,
    refill_per_second: f64,
    buckets: Mutex<HashMap<(String, String), Bucket>>,
}

/// What a bucket said to a request.
#[derive(Debug)]
pub(super) struct Grant {
    limit: u32,
    /// Whole tokens left; `None` when the request is refused.
    left: Option<f64>,
    /// Seconds until there is a token again.
    wait: f64,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            size: limits.bucket,
            refill_per_second: limits.refill_per_second,
            buckets: Mutex::default(),
        }
    }

    /// Takes a token from a bucket.
    pub(super) fn take(&self, method: &str, template: &str) -> Grant {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let full = f64::from(self.size);
        let bucket = buckets
            .entry((method.to_owned(), template.to_owned()))
            .or_insert(Bucket { tokens: full, filled: now });
        let refilled = bucket.tokens
            + now.duration_since(bucket.filled).as_secs_f64() * self.refill_per_second;
        bucket.tokens = refilled.min(full);
        bucket.filled = now;
        let left = (bucket.tokens >= 1.0).then(|| {
            bucket.tokens -= 1.0;
            bucket.tokens.floor()
        });
        let wait = (1.0 - bucket.tokens).max(0.0) / self.refill_per_second.max(f64::MIN_POSITIVE);
        Grant { limit: self.size, left, wait }
    }
}

impl Grant {
    pub(super) fn refused(&self) -> bool {
        self.left.is_none()
    }

    /// Adds the headers of a good answer.
    pub(super) fn describe(&self, reply: &mut Reply) {
        reply.headers.push(("X-RateLimit-Limit".to_owned(), self.limit.to_string()));
        reply
            .headers
            .push(("X-RateLimit-Remaining".to_owned(), format!("{:.0}", self.left.unwrap_or(0.0))));
    }
}

/// The next full minute, written without seconds.
pub(super) fn reset_time(now: i64) -> String {
    let at = Timestamp::from_millisecond(now).and_then(|now| now.checked_add(1.minute()));
    let at = at.unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

/// 429 for an empty bucket.
pub(super) fn refusal(grant: &Grant, language: Language, now: i64) -> Reply {
    let message = said(
        "Rate limit exceeded. Please slow down and try again.",
        "요청 속도 제한을 초과했습니다. 잠시 후 다시 시도하세요.",
    );
    let mut reply = Refusal::new(429, message)
        .reply(language)
        .with_header("Retry-After", format!("{:.0}", grant.wait.ceil().clamp(1.0, 3600.0)))
        .with_header("X-RateLimit-Reset", reset_time(now))
        .with_header("RateLimit-Reason", "jira-burst-based");
    grant.describe(&mut reply);
    reply
}
