//! When a token ends, and what to say about it. Atlassian lets an API token live for a year at most
//! (<https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/>).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// From how many days before the end on it is spoken of.
const NOTICE: i64 = 14;

/// Today, where this machine is.
pub(super) fn today() -> Date {
    TimeZone::system().to_datetime(Timestamp::now()).date()
}

/// The days from `today` to `date`; less than none when it has passed.
#[must_use]
pub fn days_between(today: Date, date: Date) -> i64 {
    // From one date to another jiff counts in days unless it is asked for more.
    today.until(date).map(|span| i64::from(span.get_days())).unwrap_or_default()
}

/// What the user should hear about a token that ends soon or has ended.
pub(super) fn note(name: &str, expires: Date, today: Date) -> Option<String> {
    let when = match days_between(today, expires) {
        ..0 => format!("ended on {expires}"),
        0 => format!("ends today ({expires})"),
        1 => format!("ends tomorrow ({expires})"),
        days @ 2..=NOTICE => format!("ends in {days} days ({expires})"),
        _ => return None,
    };
    Some(format!(
        "The token of credential `{name}` {when}. Make a new one, then run `jira-feeds credential rotate {name}`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_end_is_spoken_of_from_two_weeks_before_it_on() {
        let today = date(2026, 12, 20);
        let said = |expires| note("acme", expires, today).unwrap_or_default();
        insta::assert_snapshot!(said(date(2026, 12, 1)), @"The token of credential `acme` ended on 2026-12-01. Make a new one, then run `jira-feeds credential rotate acme`");
        insta::assert_snapshot!(said(date(2026, 12, 20)), @"The token of credential `acme` ends today (2026-12-20). Make a new one, then run `jira-feeds credential rotate acme`");
        insta::assert_snapshot!(said(date(2026, 12, 21)), @"The token of credential `acme` ends tomorrow (2026-12-21). Make a new one, then run `jira-feeds credential rotate acme`");
        insta::assert_snapshot!(said(date(2027, 1, 3)), @"The token of credential `acme` ends in 14 days (2027-01-03). Make a new one, then run `jira-feeds credential rotate acme`");
        assert_eq!(note("acme", date(2027, 1, 4), today), None);
    }

    #[test]
    fn days_are_counted_over_years_and_backwards() {
        assert_eq!(days_between(date(2026, 11, 25), date(2027, 11, 25)), 365);
        assert_eq!(days_between(date(2026, 3, 2), date(2026, 2, 27)), -3);
    }
}
