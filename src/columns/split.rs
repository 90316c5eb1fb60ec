//! Cuts one level of JSON into the exact texts of its keys and values. Knows nothing of columns.
//!
//! A value is skipped, not parsed: nesting of any depth, numbers of any size and lone surrogates pass.

use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Calls `each` with every key (as it is quoted in the text) and value of an object, in order.
pub(super) fn entries<'a>(
    object: &'a str,
    each: impl FnMut(&'a str, &'a str),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(Entries(each))?;
    deserializer.end()
}

/// Calls `each` with every item of an array, in order.
pub(super) fn items<'a>(
    array: &'a str,
    each: impl FnMut(&'a str),
) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(array);
    deserializer.deserialize_seq(Items(each))?;
    deserializer.end()
}

/// The content of a quoted JSON string; none if it is not one, or no Unicode text (a lone surrogate).
pub(super) fn unquote(quoted: &str) -> Option<Cow<'_, str>> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    if inner.as_bytes().contains(&b'\\') {
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

struct Entries<F>(F);

impl<'de, F: FnMut(&'de str, &'de str)> Visitor<'de> for Entries<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&RawValue>()? {
            (self.0)(key.get(), map.next_value::<&RawValue>()?.get());
        }
        Ok(())
    }
}

struct Items<F>(F);

impl<'de, F: FnMut(&'de str)> Visitor<'de> for Items<F> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<&RawValue>()? {
            (self.0)(item.get());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(object: &str) -> Result<Vec<(&str, &str)>, serde_json::Error> {
        let mut pairs = Vec::new();
        entries(object, |key, value| pairs.push((key, value)))?;
        Ok(pairs)
    }

    #[test]
    fn an_object_is_cut_into_the_exact_texts_of_its_keys_and_values() {
        assert_eq!(
            pairs(r#" { "a" : 1e999 , "\ud800":"\udfff","a":[ 1,2 ] } "#).unwrap(),
            [(r#""a""#, "1e999"), (r#""\ud800""#, r#""\udfff""#), (r#""a""#, "[ 1,2 ]")]
        );
    }

    #[test]
    fn nesting_deeper_than_the_parser_would_recurse_is_skipped_whole() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let object = format!(r#"{{"deep":{deep}}}"#);
        assert_eq!(pairs(&object).unwrap(), [(r#""deep""#, deep.as_str())]);
    }

    #[test]
    fn what_is_no_object_or_goes_on_after_it_is_refused() {
        for text in ["", "1", "[]", "{", r#"{"a":}"#, r#"{"a":1}x"#, "{1:2}", r#"{"a":01}"#] {
            assert!(pairs(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_string_is_unquoted_unless_it_is_no_unicode_text() {
        assert_eq!(unquote(r#""plain""#).as_deref(), Some("plain"));
        assert_eq!(unquote(r#""\ud83d\ude00\n""#).as_deref(), Some("😀\n"));
        assert_eq!(unquote(r#""\ud83d""#), None);
        assert_eq!(unquote("5"), None);
    }
}
