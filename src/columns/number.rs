//! Reads numbers from their JSON text: exactly, or not at all.

use super::split::unquote;

/// A whole number of 64 bits: an integer, a float that is one (`3.0`, `1e2`), or a text of its digits.
pub(super) fn int(value: &str) -> Option<i64> {
    if value.starts_with('"') {
        return canonical_int(&unquote(value)?);
    }
    if !is_number(value) {
        return None;
    }
    value.parse().ok().or_else(|| integral(value))
}

/// A JSON number as a double: finite, not zero by underflow, and exact where it is written as an integer.
pub(super) fn float(value: &str) -> Option<f64> {
    if !is_number(value) {
        return None;
    }
    let number: f64 = value.parse().ok()?;
    let fits = if number == 0.0 {
        !mantissa(value).contains(|digit| matches!(digit, '1'..='9'))
    } else {
        number.is_finite() && (value.len() <= 15 || !is_integer(value) || is_exactly(value, number))
    };
    fits.then_some(number)
}

/// `true` or `false`.
pub(super) fn boolean(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Whether a JSON value is a number; its first character tells.
pub(super) fn is_number(value: &str) -> bool {
    value.starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

fn is_integer(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

fn mantissa(number: &str) -> &str {
    number.split(['e', 'E']).next().unwrap_or(number)
}

/// Whether a double is the integer that these digits write.
fn is_exactly(integer: &str, number: f64) -> bool {
    format!("{number:.0}") == integer
}

/// The number in the one way that a program writes it: no sign but minus, no leading zeros.
fn canonical_int(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = match digits.as_bytes() {
        [] => false,
        [b'0'] => digits.len() == text.len(),
        [first, ..] => *first != b'0',
    };
    if canonical && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

/// The whole number that a literal with a fraction or an exponent stands for, if it is one.
fn integral(literal: &str) -> Option<i64> {
    let (mantissa, exponent) = match literal.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (literal, None),
    };
    let negative = mantissa.starts_with('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let exponent: i64 = exponent.map_or(Some(0), |exponent| exponent.parse().ok())?;
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let zeros = exponent.checked_add(dropped)?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let significant = significant.trim_start_matches('0');
    let zeros = u32::try_from(zeros).ok().filter(|zeros| *zeros <= 18)?;
    let magnitude = significant.parse::<i128>().ok()?.checked_mul(10_i128.pow(zeros))?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_int_is_taken_in_each_form_that_is_exact() {
        for (text, number) in [
            ("0", 0),
            ("-0", 0),
            ("10001", 10001),
            ("-9223372036854775808", i64::MIN),
            ("9223372036854775807", i64::MAX),
            ("3.0", 3),
            ("-3.000", -3),
            ("1e2", 100),
            ("1.5E+1", 15),
            ("1500e-2", 15),
            ("0.0e99999999999999999999", 0),
            ("9223372036854775807.0", i64::MAX),
            ("-9.223372036854775808e18", i64::MIN),
            (r#""10001""#, 10001),
            (r#""-5""#, -5),
            (r#""0""#, 0),
        ] {
            assert_eq!(int(text), Some(number), "{text}");
        }
    }

    #[test]
    fn an_int_is_refused_where_it_would_lose_something() {
        for text in [
            "3.5",
            "1e-1",
            "1e19",
            "9223372036854775808",
            "1e999",
            "1e99999999999999999999",
            "9223372036854775807.5",
            r#""""#,
            r#""007""#,
            r#""-0""#,
            r#""+5""#,
            r#"" 5""#,
            r#""5.0""#,
            r#""9223372036854775808""#,
            r#""-""#,
            "true",
            "[1]",
            "{}",
        ] {
            assert_eq!(int(text), None, "{text}");
        }
    }

    #[test]
    fn a_float_is_any_finite_number() {
        for (text, number) in [
            ("3", 3.0),
            ("-3.25", -3.25),
            ("0.1", 0.1),
            ("1e308", 1e308),
            ("0e-999", 0.0),
            ("9007199254740992", 9_007_199_254_740_992.0),
            ("9007199254740994", 9_007_199_254_740_994.0),
            ("100000000000000000000", 1e20),
            ("1e23", 1e23),
        ] {
            assert_eq!(float(text).map(f64::to_bits), Some(f64::to_bits(number)), "{text}");
        }
    }

    #[test]
    fn a_float_is_refused_where_a_double_cannot_hold_it() {
        let beyond = "9".repeat(400);
        for text in
            ["1e999", "-1e999", "1e-999", "9007199254740993", &beyond, r#""3""#, "true", "{}"]
        {
            assert_eq!(float(text), None, "{text}");
        }
    }

    #[test]
    fn a_boolean_is_only_true_or_false() {
        assert_eq!(boolean("true"), Some(true));
        assert_eq!(boolean("false"), Some(false));
        assert_eq!(boolean("1"), None);
        assert_eq!(boolean(r#""true""#), None);
    }

    proptest! {
        #[test]
        fn every_64_bit_number_reads_back(number: i64) {
            prop_assert_eq!(int(&number.to_string()), Some(number));
            prop_assert_eq!(int(&format!("\"{number}\"")), Some(number));
            prop_assert_eq!(int(&format!("{number}.00")), Some(number));
            prop_assert_eq!(int(&format!("{number}000e-3")), Some(number));
        }

        #[test]
        fn a_float_written_as_an_integer_is_exact_or_refused(number: i128) {
            let text = number.to_string();
            if let Some(float) = float(&text) { prop_assert_eq!(format!("{float:.0}"), text) } else { prop_assert_ne!(format!("{:.0}", text.parse::<f64>().unwrap()), text) }
        }

        #[test]
        fn every_finite_double_reads_back(number in proptest::num::f64::NORMAL) {
            let text = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(float(&text), Some(number));
        }
    }
}
