//! When a request may be sent: a limit per method and path template, as Jira's own burst limit
//! counts, that slows down after a 429 and recovers; and a gate that holds everything back.

use super::headers::SlowDown;
use crate::catalog::Method;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The pace of all requests with one credential.
pub(crate) struct Pace {
    full: f64,
    templates: Mutex<HashMap<(Method, String), Template>>,
    closed_until: Mutex<Option<Instant>>,
}

impl Pace {
    pub(crate) fn new(requests_per_second: NonZeroU32) -> Self {
        Self {
            full: f64::from(requests_per_second.get()),
            templates: Mutex::default(),
            closed_until: Mutex::default(),
        }
    }

    /// After a 429: nothing more of what it speaks of for `wait`; a template also goes on at half its rate.
    pub(crate) fn slow_down(&self, what: SlowDown, method: Method, template: &str, wait: Duration) {
        let until = Instant::now() + wait;
        match what {
            SlowDown::Everything => {
                let mut closed = lock(&self.closed_until);
                *closed = Some(closed.map_or(until, |earlier| earlier.max(until)));
            }
            SlowDown::Template => self.with(method, template, |pace| pace.slow_down(until)),
        }
    }

    /// After a good answer: a slowed template gets a little faster again.
    pub(crate) fn recover(&self, method: Method, template: &str) {
        self.with(method, template, |pace| pace.recover(self.full));
    }

    /// How long until this template's turn; zero takes the turn.
    pub(crate) fn wait(&self, method: Method, template: &str) -> Duration {
        let gate =
            lock(&self.closed_until).map(|until| until.saturating_duration_since(Instant::now()));
        match gate {
            Some(wait) if !wait.is_zero() => wait,
            _ => self.with(method, template, |pace| pace.wait()),
        }
    }

    fn with<T>(&self, method: Method, template: &str, act: impl FnOnce(&mut Template) -> T) -> T {
        let mut templates = lock(&self.templates);
        let pace = templates
            .entry((method, template.to_owned()))
            .or_insert_with(|| Template::at(self.full));
        act(pace)
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>;

/// The pace of one method and path template. A live governor limiter cannot change its quota,
/// so a change of rate is a new limiter.
struct Template {
    rate: f64,
    /// The rate that good answers have earned since; it becomes the rate in steps.
    earned: f64,
    limiter: Limiter,
    not_before: Option<Instant>,
    slowed_at: Option<Instant>,
}

/// No template gets slower than this.
const SLOWEST: f64 = 0.5;

impl Template {
    fn at(rate: f64) -> Self {
        Self { rate, earned: rate, limiter: limiter(rate), not_before: None, slowed_at: None }
    }

    fn wait(&self) -> Duration {
        let now = Instant::now();
        let held = self.not_before.map(|until| until.saturating_duration_since(now));
        match held {
            Some(wait) if !wait.is_zero() => wait,
            _ => match self.limiter.check() {
                Ok(()) => Duration::ZERO,
                Err(not_until) => {
                    let wait = not_until.wait_time_from(TokioClock.now());
                    wait.max(Duration::from_millis(1))
                }
            },
        }
    }

    fn slow_down(&mut self, until: Instant) {
        self.not_before = Some(self.not_before.map_or(until, |earlier| earlier.max(until)));
        // Requests in flight are all refused together: that is one reason to slow down, not many.
        let now = Instant::now();
        let is_new =
            self.slowed_at.is_none_or(|at| now.duration_since(at) > Duration::from_secs(1));
        if is_new {
            self.slowed_at = Some(now);
            self.set((self.rate / 2.0).max(SLOWEST));
        }
    }

    fn recover(&mut self, full: f64) {
        if self.rate < full {
            self.earned = (self.earned * 1.02 + 0.02).min(full);
            // A new limiter begins with a wait, so there is one only where it makes a difference.
            if self.earned >= self.rate * 1.1 || self.earned >= full {
                self.set(self.earned);
            }
        }
    }

    fn set(&mut self, rate: f64) {
        self.rate = rate;
        self.earned = rate;
        self.limiter = limiter(rate);
        // A new limiter starts with its burst unspent; spend it, so that changing the rate is no gift.
        while self.limiter.check().is_ok() {}
    }
}

/// Evenly spaced, with a tenth of a second's worth at once.
fn limiter(rate: f64) -> Limiter {
    let period = Duration::from_secs_f64(1.0 / rate.max(SLOWEST));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small positive number"
    )]
    let burst = NonZeroU32::new((rate / 10.0) as u32).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(period)
        .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst);
    RateLimiter::direct_with_clock(quota, TokioClock)
}

/// Tokio's time, so that tests that pause it pause the limiter too.
#[derive(Clone, Default)]
struct TokioClock;

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed().into()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: &str = "/rest/api/3/field";

    fn pace(rate: u32) -> Pace {
        Pace::new(NonZeroU32::new(rate).unwrap())
    }

    impl Pace {
        async fn turn(&self, method: Method, template: &str) {
            loop {
                let wait = self.wait(method, template);
                if wait.is_zero() {
                    return;
                }
                tokio::time::sleep(wait).await;
            }
        }
    }

    async fn time_for(pace: &Pace, turns: u32) -> Duration {
        let start = Instant::now();
        for _ in 0..turns {
            pace.turn(Method::Get, FEED).await;
        }
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_spaced_by_the_rate() {
        let elapsed = time_for(&pace(50), 100).await.as_secs_f64();
        assert!((1.8..2.1).contains(&elapsed), "{elapsed}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_refusal_holds_its_template_back_and_no_other() {
        let pace = pace(50);
        pace.slow_down(SlowDown::Template, Method::Get, FEED, Duration::from_secs(5));
        let start = Instant::now();
        pace.turn(Method::Get, "/rest/api/3/label").await;
        pace.turn(Method::Post, FEED).await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        pace.turn(Method::Get, FEED).await;
        assert!(start.elapsed() >= Duration::from_secs(5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_quota_refusal_holds_everything_back() {
        let pace = pace(50);
        pace.slow_down(SlowDown::Everything, Method::Get, FEED, Duration::from_mins(1));
        let start = Instant::now();
        pace.turn(Method::Post, "/rest/api/3/search/jql").await;
        assert!(start.elapsed() >= Duration::from_mins(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slowed_template_recovers_by_good_answers() {
        let pace = pace(50);
        pace.slow_down(SlowDown::Template, Method::Get, FEED, Duration::ZERO);
        let slowed = time_for(&pace, 50).await;
        assert!(slowed > Duration::from_millis(1800), "{slowed:?}");
        for _ in 0..200 {
            pace.recover(Method::Get, FEED);
        }
        let recovered = time_for(&pace, 50).await;
        assert!(recovered < Duration::from_millis(1200), "{recovered:?}");
    }
}
