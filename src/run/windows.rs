//! The range of a backfill, and the calendar windows that it is cut into. Pure; all of it is UTC.
//!
//! Must not know what is read for a window.

use crate::catalog::Window;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use std::str::FromStr;
use std::time::Duration;

/// A bound as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// A date or an instant, in milliseconds since 1970 UTC.
    At(i64),
    /// So long before the present.
    Ago(Duration),
}

impl Moment {
    /// In milliseconds since 1970 UTC, where `now` is the present.
    #[must_use]
    pub fn resolve(self, now: i64) -> i64 {
        match self {
            Self::At(millis) => millis,
            Self::Ago(ago) => {
                now.saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX))
            }
        }
    }

    /// As run ids have it: `2024-01-31`, `20240131T120000Z`, `90d`, `5400s`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::At(millis) => bound_name(millis),
            Self::Ago(ago) if ago.as_secs() % 86_400 == 0 => format!("{}d", ago.as_secs() / 86_400),
            Self::Ago(ago) => format!("{}s", ago.as_secs()),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A date and a time without a zone reads as a date too.
        let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
        let instant = day.map(|day| instant_of(day.into()));
        let instant =
            instant.or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond));
        match (instant, humantime::parse_duration(text)) {
            (Some(millis), _) if millis < 0 => {
                Err("this is before 1970, when Jira's time begins".to_owned())
            }
            (Some(millis), _) => Ok(Self::At(millis)),
            (None, Ok(ago)) => Ok(Self::Ago(ago)),
            (None, Err(_)) => Err(
                "give a date (2024-01-31), an instant (2024-01-31T12:00:00Z) or how long ago it is (90d)"
                    .to_owned(),
            ),
        }
    }
}

/// The kinds of windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowSize {
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first to the first.
    Month,
    /// From January to January.
    Year,
}

impl WindowSize {
    /// In a word.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The windows that tile `range`, oldest first; the first and the last are cut to it.
    #[must_use]
    pub fn windows(self, range: Window) -> Vec<Window> {
        let mut windows = Vec::new();
        let mut since = range.since;
        while since < range.until {
            let until = self.end_of(since).unwrap_or(range.until).min(range.until);
            windows.push(Window { since, until });
            since = until;
        }
        windows
    }

    /// The name of the calendar's window that `at` lies in: `2024`, `2024-01`, or the day that it begins with.
    #[must_use]
    pub fn name(self, at: i64) -> String {
        let Some(start) = date_of(at).map(|date| self.start_of(date)) else {
            return at.to_string();
        };
        match self {
            Self::Day | Self::Week => start.to_string(),
            Self::Month => start.strftime("%Y-%m").to_string(),
            Self::Year => start.strftime("%Y").to_string(),
        }
    }

    fn start_of(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Week => {
                date.saturating_sub(i64::from(date.weekday().to_monday_zero_offset()).days())
            }
            Self::Month => date.first_of_month(),
            Self::Year => date.first_of_year(),
        }
    }

    /// Where the window that `at` lies in ends; none at the end of time.
    fn end_of(self, at: i64) -> Option<i64> {
        let start = self.start_of(date_of(at)?);
        let next = match self {
            Self::Day => start.checked_add(1.day()),
            Self::Week => start.checked_add(1.week()),
            Self::Month => start.checked_add(1.month()),
            Self::Year => start.checked_add(1.year()),
        };
        next.ok().map(|date| instant_of(date.into())).filter(|end| *end > at)
    }
}

/// A bound as run ids have it: `2024-01-31`, or `20240131T120000Z` where it is no midnight.
#[must_use]
pub(super) fn bound_name(at: i64) -> String {
    let Ok(moment) = Timestamp::from_millisecond(at) else { return at.to_string() };
    let form = match at {
        _ if at.rem_euclid(86_400_000) == 0 => "%Y-%m-%d",
        _ if at.rem_euclid(1000) == 0 => "%Y%m%dT%H%M%SZ",
        _ => "%Y%m%dT%H%M%S%.3fZ",
    };
    moment.strftime(form).to_string()
}

fn date_of(at: i64) -> Option<Date> {
    let moment = Timestamp::from_millisecond(at).ok()?;
    Some(TimeZone::UTC.to_datetime(moment).date())
}

fn instant_of(at: DateTime) -> i64 {
    TimeZone::UTC.to_timestamp(at).map_or(i64::MAX, Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZES: [WindowSize; 4] =
        [WindowSize::Day, WindowSize::Week, WindowSize::Month, WindowSize::Year];

    fn at(text: &str) -> i64 {
        text.parse::<Moment>().unwrap().resolve(0)
    }

    fn names(size: WindowSize, since: &str, until: &str) -> Vec<String> {
        let windows = size.windows(Window { since: at(since), until: at(until) });
        windows.into_iter().map(|window| size.name(window.since)).collect()
    }

    proptest! {
        #[test]
        fn windows_tile_the_range_without_gap_or_overlap(
            since in 0_i64..2_000_000_000_000,
            length in 0_i64..40_000_000_000,
            size in 0_usize..4,
        ) {
            let (range, size) = (Window { since, until: since + length }, SIZES[size]);
            let windows = size.windows(range);
            prop_assert_eq!(windows.is_empty(), length == 0);
            let mut next = since;
            for window in &windows {
                prop_assert_eq!(window.since, next);
                prop_assert!(window.until > window.since);
                prop_assert_eq!(size.name(window.since), size.name(window.until - 1));
                next = window.until;
            }
            prop_assert!(windows.is_empty() || next == range.until);
            let mut names: Vec<_> = windows.iter().map(|window| size.name(window.since)).collect();
            names.dedup();
            prop_assert_eq!(names.len(), windows.len(), "no two have one name");
        }
    }

    #[test]
    fn windows_are_those_of_the_calendar() {
        assert_eq!(names(WindowSize::Year, "2023-12-31", "2025-01-01"), ["2023", "2024"]);
        assert_eq!(
            names(WindowSize::Month, "2024-01-15T12:00:00Z", "2024-03-01"),
            ["2024-01", "2024-02"]
        );
        assert_eq!(
            names(WindowSize::Week, "2024-01-07", "2024-01-09"),
            ["2024-01-01", "2024-01-08"]
        );
        assert_eq!(
            names(WindowSize::Day, "2024-02-28", "2024-03-01"),
            ["2024-02-28", "2024-02-29"]
        );
    }

    #[test]
    fn a_bound_is_a_date_an_instant_or_a_length_of_time() {
        assert_eq!("1970-01-02".parse(), Ok(Moment::At(86_400_000)));
        assert_eq!("1970-01-02T01:00:00.250+01:00".parse(), Ok(Moment::At(86_400_250)));
        let ago: Moment = "90d".parse().unwrap();
        assert_eq!(ago.resolve(at("2024-03-31")), at("2024-01-01"));
        for text in ["", "yesterday", "2024-13-01", "1969-12-31", "2024-01-01 10:00"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_bound_is_as_short_as_it_can_be() {
        assert_eq!(bound_name(at("2024-01-31")), "2024-01-31");
        assert_eq!(bound_name(at("2024-01-31T12:00:00Z")), "20240131T120000Z");
        assert_eq!(bound_name(at("2024-01-31T12:00:00.250Z")), "20240131T120000.250Z");
    }
}
