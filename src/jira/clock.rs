//! The site's time, as the `Date` of its answers tells it. What changed before a moment is asked of the
//! site, so the moment must be by the site's clock: this machine's may be wrong, and may jump.

use std::sync::atomic::{AtomicI64, Ordering};

/// How far the site's clock is ahead of this machine's.
#[derive(Debug, Default)]
pub(super) struct SiteClock {
    ahead_by: AtomicI64,
}

impl SiteClock {
    /// Takes note of the `Date` of an answer that has just come.
    pub(super) fn observe(&self, date: Option<jiff::Timestamp>, now: jiff::Timestamp) {
        if let Some(date) = date {
            let ahead_by = date.as_millisecond() - now.as_millisecond();
            self.ahead_by.store(ahead_by, Ordering::Relaxed);
        }
    }

    /// Milliseconds since 1970 UTC; by this machine's clock as long as no answer has told better.
    pub(super) fn now(&self, now: jiff::Timestamp) -> i64 {
        now.as_millisecond() + self.ahead_by.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_here_is_put_right_by_the_site() {
        let clock = SiteClock::default();
        let here: jiff::Timestamp = "2031-01-01T00:00:00Z".parse().unwrap();
        let there: jiff::Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        assert_eq!(clock.now(here), here.as_millisecond());
        clock.observe(Some(there), here);
        assert_eq!(clock.now(here), there.as_millisecond());
        clock.observe(None, there);
        assert_eq!(clock.now(here), there.as_millisecond());
    }
}
