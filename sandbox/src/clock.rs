//! The clock of a served site.
//!
//! Every "now" of the answers is taken from it: relative dates in queries, the minute that feeds
//! of worklogs hold back, the lag of the index, the `Date` header. What the site contains does not
//! depend on it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// The clock of a site. It runs with the machine's until somebody sets it; from then on it stands.
#[derive(Debug, Default)]
pub struct Clock(Mutex<Hands>);

#[derive(Clone, Copy, Debug)]
enum Hands {
    /// As many milliseconds ahead of the machine's clock.
    Running(i64),
    /// Epoch milliseconds.
    Standing(i64),
}

impl Default for Hands {
    fn default() -> Self {
        Self::Running(0)
    }
}

impl Hands {
    fn read(self) -> i64 {
        match self {
            Self::Running(ahead) => Timestamp::now().as_millisecond().saturating_add(ahead),
            Self::Standing(at) => at,
        }
    }
}

impl Clock {
    /// Epoch milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.hands().read()
    }

    /// Stops the clock at an instant in epoch milliseconds, which may lie before what it showed.
    pub fn set(&self, ms: i64) {
        *self.hands() = Hands::Standing(ms);
    }

    /// Moves the clock ahead, whether it runs or stands.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        let mut hands = self.hands();
        *hands = match *hands {
            Hands::Running(ahead) => Hands::Running(ahead.saturating_add(by)),
            Hands::Standing(at) => Hands::Standing(at.saturating_add(by)),
        };
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instant as the `Date` header gives it: `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(at: i64) -> String {
    let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Clock, http_date};

    #[test]
    fn a_clock_that_was_set_moves_only_when_told() {
        let clock = Clock::default();
        clock.set(1_000);
        assert_eq!(clock.now(), 1_000);
        clock.advance(Duration::from_secs(2));
        assert_eq!(clock.now(), 3_000);
        clock.set(500);
        assert_eq!(clock.now(), 500);
    }

    #[test]
    fn a_clock_that_nobody_set_runs_and_can_be_moved_ahead() {
        let (clock, moved) = (Clock::default(), Clock::default());
        moved.advance(Duration::from_hours(1));
        let ahead = moved.now() - clock.now();
        assert!((3_599_000..=3_601_000).contains(&ahead), "{ahead} ms");
    }

    #[test]
    fn dates_are_written_as_http_wants_them() {
        assert_eq!(http_date(784_111_777_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
