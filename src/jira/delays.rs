//! How long to wait before asking again when Jira does not say: the only place that knows `backoff`.
//!
//! The crate gives the delays and nothing else. Its own retry loop has no bound on attempts and
//! lets `Retry-After` override its deadline, so the loop, its bounds and the clock are ours.

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;
use std::time::Duration;

/// Doubling delays of at most 30 s, each spread by 30 % so that workers do not return together.
pub(crate) struct Delays(ExponentialBackoff);

impl Delays {
    pub(crate) fn starting_at(first: Duration) -> Self {
        Self(ExponentialBackoff {
            current_interval: first,
            initial_interval: first,
            randomization_factor: 0.3,
            multiplier: 2.0,
            max_interval: Duration::from_secs(30),
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        })
    }

    pub(crate) fn next(&mut self) -> Duration {
        self.0.next_backoff().unwrap_or(self.0.max_interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_stay_within_their_spread_of_the_cap() {
        let mut delays = Delays::starting_at(Duration::from_secs(2));
        let first = delays.next();
        assert!((1.4..=2.6).contains(&first.as_secs_f64()), "{first:?}");
        let late = (0..20).map(|_| delays.next()).last().unwrap();
        assert!((21.0..=39.0).contains(&late.as_secs_f64()), "{late:?}");
    }
}
