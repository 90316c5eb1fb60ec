//! Instants of the site and how Jira writes them.
//!
//! Nothing the site contains depends on the day it runs: its last event lies before [`END`].

use jiff::{Timestamp, tz::TimeZone};

/// Epoch milliseconds, the unit in which the whole site keeps time.
pub(crate) type Millis = i64;

/// When the site was opened: 2023-01-02T00:00:00Z.
pub(crate) const START: Millis = 1_672_617_600_000;

/// When its last event has happened: 2026-10-01T00:00:00Z.
pub(crate) const END: Millis = 1_790_812_800_000;

/// One day.
pub(crate) const DAY: Millis = 86_400_000;

fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The platform's form, in the reader's zone and without a colon in the offset:
/// `2024-01-02T03:04:05.678-0800`.
pub(crate) fn platform(at: Millis, zone: &TimeZone) -> String {
    timestamp(at).to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
}

/// The agile form: `2024-01-02T11:04:05.678Z`.
pub(crate) fn zulu(at: Millis) -> String {
    timestamp(at).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A calendar day in UTC: `2024-01-02`.
pub(crate) fn day(at: Millis) -> String {
    timestamp(at).strftime("%Y-%m-%d").to_string()
}

/// A display date as English readers get it: `2/Jan/24`.
pub(crate) fn display_day(at: Millis) -> String {
    timestamp(at).strftime("%-d/%b/%y").to_string()
}

/// A display time as English readers get it: `02/Jan/24 3:04 AM`.
pub(crate) fn display(at: Millis, zone: &TimeZone) -> String {
    timestamp(at).to_zoned_datetime(zone.clone()).strftime("%d/%b/%y %-I:%M %p").to_string()
}

/// A zone by its name, or UTC.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::{START, day, display_day, platform, zone, zulu};

    #[test]
    fn dates_are_written_as_jira_does() {
        let at = START + 11_045_678;
        assert_eq!(platform(at, &zone("America/Los_Angeles")), "2023-01-01T19:04:05.678-0800");
        assert_eq!(zulu(at), "2023-01-02T03:04:05.678Z");
        assert_eq!(day(at), "2023-01-02");
        assert_eq!(display_day(at), "2/Jan/23");
    }
}
