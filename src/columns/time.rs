//! Reads dates and points in time in Jira's forms, from year 1 to 9999: what the lake's readers bear.

use super::number::{int, is_number};
use super::split::unquote;

const SECONDS_PER_DAY: i64 = 86_400;
const MICROS_PER_SECOND: i64 = 1_000_000;
/// 0001-01-01T00:00:00Z
const FIRST_MICRO: i64 = -62_135_596_800 * MICROS_PER_SECOND;
/// 9999-12-31T23:59:59.999999Z
const LAST_MICRO: i64 = 253_402_300_800 * MICROS_PER_SECOND - 1;

/// Days since 1970-01-01 of `"2024-01-31"`.
pub(super) fn date(value: &str) -> Option<i32> {
    let text = unquote(value)?;
    let (days, rest) = calendar_day(text.as_bytes())?;
    let is_whole = rest.is_empty() && !text.starts_with("0000");
    if is_whole { i32::try_from(days).ok() } else { None }
}

/// Microseconds since 1970-01-01T00:00Z of a JSON value that is a point in time in one of Jira's forms.
#[must_use]
pub fn instant_micros(json: &str) -> Option<i64> {
    timestamp(json)
}

/// Microseconds since 1970-01-01T00:00Z of a date-time with an offset, or of epoch milliseconds.
pub(super) fn timestamp(value: &str) -> Option<i64> {
    let micros = if is_number(value) {
        int(value)?.checked_mul(1000)?
    } else {
        instant(unquote(value)?.as_bytes())?
    };
    (FIRST_MICRO..=LAST_MICRO).contains(&micros).then_some(micros)
}

fn instant(text: &[u8]) -> Option<i64> {
    let (days, rest) = calendar_day(text)?;
    let (hours, rest) = two_digits(rest.strip_prefix(b"T")?, 23)?;
    let (minutes, rest) = two_digits(rest.strip_prefix(b":")?, 59)?;
    let (seconds, rest) = match rest.strip_prefix(b":") {
        Some(rest) => two_digits(rest, 59)?,
        None => (0, rest),
    };
    let (micros, rest) = match rest.strip_prefix(b".") {
        Some(rest) => fraction(rest)?,
        None => (0, rest),
    };
    let time = hours * 3600 + minutes * 60 + seconds - offset_seconds(rest)?;
    Some((days * SECONDS_PER_DAY + time) * MICROS_PER_SECOND + micros)
}

/// The digits after the point as microseconds; finer ones only if they are zeros.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(length);
    let finer = digits.get(6..).unwrap_or_default();
    if digits.is_empty() || finer.iter().any(|digit| *digit != b'0') {
        return None;
    }
    let micros = (0..6).fold(0, |micros, place| {
        micros * 10 + digits.get(place).map_or(0, |digit| i64::from(digit - b'0'))
    });
    Some((micros, rest))
}

/// `Z`, `+0000` or `+00:00`.
fn offset_seconds(text: &[u8]) -> Option<i64> {
    let (sign, text) = match text {
        b"Z" => return Some(0),
        [b'+', text @ ..] => (1, text),
        [b'-', text @ ..] => (-1, text),
        _ => return None,
    };
    let (hours, rest) = two_digits(text, 23)?;
    let (minutes, rest) = two_digits(rest.strip_prefix(b":").unwrap_or(rest), 59)?;
    rest.is_empty().then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 of the `2024-01-31` that the text begins with.
fn calendar_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let (century, rest) = two_digits(text, 99)?;
    let (years, rest) = two_digits(rest, 99)?;
    let (month, rest) = two_digits(rest.strip_prefix(b"-")?, 12)?;
    let (day, rest) = two_digits(rest.strip_prefix(b"-")?, 31)?;
    let year = century * 100 + years;
    let exists = month >= 1 && day >= 1 && day <= days_in_month(year, month);
    exists.then(|| (days_from_epoch(year, month, day), rest))
}

fn two_digits(text: &[u8], most: i64) -> Option<(i64, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
            let number = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
            (number <= most).then_some((number, rest))
        }
        _ => None,
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Proleptic Gregorian, with years that begin in March so that the leap day comes last.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;
    use jiff::tz::Offset;
    use proptest::prelude::*;

    fn micros(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
    }

    #[test]
    fn a_date_is_days_since_1970() {
        assert_eq!(date(r#""1970-01-01""#), Some(0));
        assert_eq!(date(r#""2024-02-29""#), Some(19_782));
        assert_eq!(date(r#""0001-01-01""#), Some(-719_162));
        assert_eq!(date(r#""9999-12-31""#), Some(2_932_896));
    }

    #[test]
    fn a_date_that_is_none_is_refused() {
        for text in [
            r#""""#,
            r#""2023-02-29""#,
            r#""2024-13-01""#,
            r#""2024-00-01""#,
            r#""2024-01-00""#,
            r#""0000-01-01""#,
            r#""51502-01-01""#,
            r#""2024-1-1""#,
            r#""2024-01-31T00:00:00Z""#,
            r#""12/Apr/22""#,
            "20240131",
            "{}",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn each_of_jira_s_forms_is_the_same_instant() {
        let expected = Some(micros("2024-01-02T03:04:05.678Z"));
        for text in [
            r#""2024-01-02T03:04:05.678+0000""#,
            r#""2024-01-02T03:04:05.678-0000""#,
            r#""2024-01-02T03:04:05.678Z""#,
            r#""2024-01-02T03:04:05.678000+00:00""#,
            r#""2024-01-01T19:04:05.678-0800""#,
            r#""2024-01-02T08:49:05.678+05:45""#,
            r#""2024-01-02T03:04:05.678000000Z""#,
            r#""2024-01-02T03\u003a04:05.678Z""#,
            "1704164645678",
        ] {
            assert_eq!(timestamp(text), expected, "{text}");
        }
        assert_eq!(timestamp(r#""2024-01-31T10:00Z""#), Some(micros("2024-01-31T10:00:00Z")));
        assert_eq!(
            timestamp(r#""2024-01-31T10:00:01.000001Z""#),
            Some(micros("2024-01-31T10:00:01.000001Z"))
        );
    }

    #[test]
    fn a_time_that_is_no_instant_or_beyond_the_years_is_refused() {
        for text in [
            r#""""#,
            r#""2024-01-02""#,
            r#""2024-01-02T03:04:05""#,
            r#""2024-01-02T03:04:05.678""#,
            r#""2024-01-02T03:04:05.Z""#,
            r#""2024-01-02T03:04:60Z""#,
            r#""2024-01-02T24:00:00Z""#,
            r#""2024-01-02T03:04:05+00""#,
            r#""2024-01-02T03:04:05+0000x""#,
            r#""2024-01-02T03:04:05.0000001Z""#,
            r#""2024-01-02 03:04:05Z""#,
            r#""51502-01-02T03:04:05.000+0000""#,
            r#""0000-06-01T00:00:00Z""#,
            r#""0001-01-01T00:00:00+0100""#,
            r#""9999-12-31T23:59:59-0100""#,
            r#""1704164645678""#,
            "253402300800000",
            "-62135596800001",
            "9223372036854775807",
            "1.5",
            "true",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_and_the_last_instant_fit() {
        assert_eq!(timestamp(r#""0001-01-01T00:00:00Z""#), Some(FIRST_MICRO));
        assert_eq!(timestamp(r#""0000-12-31T23:00:00-0100""#), Some(FIRST_MICRO));
        assert_eq!(timestamp(r#""9999-12-31T23:59:59.999999Z""#), Some(LAST_MICRO));
        assert_eq!(timestamp("-62135596800000"), Some(FIRST_MICRO));
    }

    proptest! {
        #[test]
        fn every_date_reads_back(days in -719_162..=2_932_896_i32) {
            let day = Date::new(1970, 1, 1).unwrap()
                + jiff::Span::new().days(days);
            prop_assert_eq!(date(&format!("\"{day}\"")), Some(days));
        }

        #[test]
        fn every_instant_in_jira_s_forms_reads_back(
            millis in -62_135_500_000_000..=253_402_200_000_000_i64,
            offset_minutes in -14 * 60..=14 * 60_i32,
            colon: bool,
        ) {
            let instant = jiff::Timestamp::from_millisecond(millis).unwrap();
            let offset = Offset::from_seconds(offset_minutes * 60).unwrap();
            let local = offset.to_datetime(instant);
            let sign = if offset_minutes < 0 { '-' } else { '+' };
            let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
            let separator = if colon { ":" } else { "" };
            let text = format!("\"{local:.3}{sign}{hours:02}{separator}{minutes:02}\"");
            prop_assert_eq!(timestamp(&text), Some(millis * 1000), "{}", text);
            prop_assert_eq!(timestamp(&millis.to_string()), Some(millis * 1000));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let quoted = serde_json::to_string(&text).unwrap();
            let _ = (date(&quoted), timestamp(&quoted));
        }
    }
}
