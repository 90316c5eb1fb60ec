//! The moments at which rows are said to have been read. What is read later counts more, so no row may seem older than
//! those that the lake has, whatever the clocks of the machines say that have read them. Pure.

/// Microseconds since 1970, UTC.
pub(crate) type Micros = i64;

/// The moments of a feed's rows.
#[derive(Debug)]
pub(crate) struct Stamps {
    /// The first moment after the rows that there are.
    first: Micros,
    /// How far this machine's clock is behind that.
    behind: Micros,
    latest: Micros,
}

impl Stamps {
    /// Moments after `latest`, which the lake has, by a clock that says `now`.
    pub(crate) fn after(latest: Micros, now: Micros) -> Self {
        let first = latest.saturating_add(1);
        Self { first, behind: first.saturating_sub(now).max(0), latest }
    }

    /// The moment of what was received at `at` by this machine's clock.
    pub(crate) fn stamp(&mut self, at: Micros) -> Micros {
        let stamp = at.saturating_add(self.behind).max(self.first);
        self.latest = self.latest.max(stamp);
        stamp
    }

    /// The latest of all.
    pub(crate) fn latest(&self) -> Micros {
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_that_is_right_is_taken_at_its_word() {
        let mut stamps = Stamps::after(1_000, 5_000);
        assert_eq!(
            (stamps.stamp(5_001), stamps.stamp(5_003), stamps.stamp(5_002)),
            (5_001, 5_003, 5_002)
        );
        assert_eq!(stamps.latest(), 5_003);
    }

    #[test]
    fn a_clock_that_is_behind_is_moved_as_a_whole() {
        let mut stamps = Stamps::after(9_000, 5_000);
        assert_eq!((stamps.stamp(5_000), stamps.stamp(5_010)), (9_001, 9_011));
        assert_eq!(Stamps::after(9_000, 5_000).latest(), 9_000, "nothing was read");
    }

    proptest! {
        #[test]
        fn no_row_is_older_than_those_of_the_run_before(
            clocks in proptest::collection::vec((any::<i64>(), proptest::collection::vec(any::<i64>(), 0..5)), 0..5),
        ) {
            let mut latest = 0;
            for (now, received) in clocks {
                let mut stamps = Stamps::after(latest, now);
                for at in received {
                    let stamp = stamps.stamp(at);
                    prop_assert!(stamp > latest || latest == i64::MAX);
                }
                latest = stamps.latest();
            }
        }
    }
}
