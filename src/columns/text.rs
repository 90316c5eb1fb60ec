//! Reads texts: strings, and JSON that is kept as text.

use super::number::is_number;
use super::split::unquote;
use std::borrow::Cow;

/// A string's content, or a number's digits as they came.
pub(super) fn text(value: &str) -> Option<Cow<'_, str>> {
    if is_number(value) { Some(Cow::Borrowed(value)) } else { unquote(value) }
}

/// Any value, as it came.
#[expect(clippy::unnecessary_wraps, reason = "one of the readers, which all may refuse")]
pub(super) fn json(value: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(value))
}

/// A string's content, or any other value as it came.
pub(super) fn any(value: &str) -> Option<Cow<'_, str>> {
    if value.starts_with('"') { unquote(value) } else { Some(Cow::Borrowed(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_string_or_the_digits_of_a_number() {
        assert_eq!(text(r#""a\tb""#).as_deref(), Some("a\tb"));
        assert_eq!(text(r#""""#).as_deref(), Some(""));
        assert_eq!(text("1e999").as_deref(), Some("1e999"));
        assert_eq!(text("123456789012345678901234567890").as_deref().map(str::len), Some(30));
        for other in ["true", "{}", "[]", r#""\ud800""#] {
            assert_eq!(text(other), None, "{other}");
        }
    }

    #[test]
    fn any_is_a_string_s_content_or_json() {
        assert_eq!(any(r#""EPIC-1""#).as_deref(), Some("EPIC-1"));
        assert_eq!(any(r#"{"a": 1}"#).as_deref(), Some(r#"{"a": 1}"#));
        assert_eq!(any(r#""\udfff""#), None);
    }

    #[test]
    fn json_stays_as_it_came() {
        assert_eq!(json(r#""\ud800""#).as_deref(), Some(r#""\ud800""#));
    }
}
