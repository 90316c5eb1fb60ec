//! Finding a value in JSON text without building a tree: the text around it is skipped, not parsed.

use crate::catalog::Pointer;
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The value at `pointer`; none if a step of it is absent or is not an object.
#[must_use]
pub fn at<'a>(json: &'a str, pointer: &Pointer) -> Option<&'a str> {
    let mut value = json.trim();
    for step in pointer.steps() {
        value = member(value, step)?;
    }
    Some(value)
}

/// The first member of that key in a JSON object.
#[must_use]
pub fn member<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    struct Member<'k>(&'k str);
    impl<'de> Visitor<'de> for Member<'_> {
        type Value = Option<&'de RawValue>;
        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = None;
            while let Some(is_key) = map.next_key_seed(KeyIs(self.0))? {
                if is_key && found.is_none() {
                    found = Some(map.next_value()?);
                } else {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            Ok(found)
        }
    }
    let object = object.trim_start();
    if !object.starts_with('{') {
        return None;
    }
    let mut deserializer = serde_json::Deserializer::from_str(object);
    deserializer.deserialize_map(Member(key)).ok()?.map(RawValue::get)
}

/// The members of a JSON object, in order, their values as they are written; none for anything else.
#[must_use]
pub fn members(object: &str) -> Vec<(String, &str)> {
    struct Members;
    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(String, &'de str)>;
        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            // A key that is no Unicode text stays as it is written; it must not hide the others.
            while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                let name = serde_json::from_str(key.get());
                members.push((name.unwrap_or_else(|_| key.get().to_owned()), value.get()));
            }
            Ok(members)
        }
    }
    let object = object.trim_start();
    if !object.starts_with('{') {
        return Vec::new();
    }
    serde_json::Deserializer::from_str(object).deserialize_map(Members).unwrap_or_default()
}

/// The items of a JSON array; none for anything else.
#[must_use]
pub fn items(array: &str) -> Option<Vec<&str>> {
    struct Items;
    impl<'de> Visitor<'de> for Items {
        type Value = Vec<&'de str>;
        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            formatter.write_str("an array")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = seq.next_element::<&RawValue>()? {
                items.push(item.get());
            }
            Ok(items)
        }
    }
    let array = array.trim_start();
    if !array.starts_with('[') {
        return None;
    }
    serde_json::Deserializer::from_str(array).deserialize_seq(Items).ok()
}

/// A string's content or a number's digits; none for anything else.
#[must_use]
pub fn plain(value: &str) -> Option<String> {
    match value.as_bytes().first()? {
        b'"' => serde_json::from_str(value).ok(),
        b'-' | b'0'..=b'9' => Some(value.to_owned()),
        _ => None,
    }
}

/// What kind of value a JSON text is, for people.
#[must_use]
pub fn kind(value: &str) -> &'static str {
    match value.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "true or false",
        Some(b'n') => "null",
        Some(_) => "a number",
        None => "nothing",
    }
}

struct KeyIs<'k>(&'k str);

impl<'de> DeserializeSeed<'de> for KeyIs<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        // As bytes: a lone surrogate in some key must not hide the others.
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for KeyIs<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<bool, E> {
        Ok(key == self.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).unwrap()
    }

    #[test]
    fn a_value_is_found_by_its_pointer_as_it_is_written() {
        let json = r#"{"a": 1, "b": {"c~/": [1, 2.50]}}"#;
        assert_eq!(at(json, &pointer("/b/c~0~1")), Some("[1, 2.50]"));
        assert_eq!(at(json, &pointer("")), Some(json));
        assert_eq!(at(json, &pointer("/a/b")), None);
    }

    #[test]
    fn a_thousand_nested_arrays_are_skipped_over() {
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        let json = format!(r#"{{"deep": {deep}, "id": 7}}"#);
        assert_eq!(member(&json, "id"), Some("7"));
        assert_eq!(member(&json, "deep"), Some(deep.as_str()));
    }

    #[test]
    fn a_lone_surrogate_beside_a_value_does_not_hide_it() {
        assert_eq!(member(r#"{"\ud800": "\ud800", "id": "1"}"#, "id"), Some("\"1\""));
    }
}
