//! Values that a record takes from the one above it.

use super::rescue::quoted;
use serde_json::value::RawValue;

/// Values for columns whose key a record lacks, as JSON text by column key.
#[derive(Debug, Clone, Default)]
pub struct Bindings(Vec<(String, String)>);

impl Bindings {
    /// Pairs of a column's key and JSON text; a text that is no JSON is taken for a string's content.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let as_json = |(key, text): (String, String)| {
            let is_json = serde_json::from_str::<&RawValue>(&text).is_ok();
            let json = if is_json { text.trim().to_owned() } else { quoted(&text) };
            (key, json)
        };
        Self(values.into_iter().map(as_json).collect())
    }

    /// The same with `values` (column's key and JSON text) before them: the first of a key counts.
    #[must_use]
    pub fn with(&self, values: impl IntoIterator<Item = (String, String)>) -> Self {
        let Self(mut all) = Self::new(values);
        all.extend(self.0.iter().cloned());
        Self(all)
    }

    /// The JSON text that is bound to a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, json)| json.as_str())
    }

    /// Whether nothing is bound.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All pairs of key and JSON text.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, json)| (key.as_str(), json.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binding_is_json_or_becomes_a_string() {
        let bindings = Bindings::new([
            ("id".to_owned(), " 5 ".to_owned()),
            ("key".to_owned(), r#""ENG""#.to_owned()),
            ("odd".to_owned(), r#"a"b"#.to_owned()),
        ]);
        assert_eq!(bindings.get("id"), Some("5"));
        assert_eq!(bindings.get("key"), Some(r#""ENG""#));
        assert_eq!(bindings.get("odd"), Some(r#""a\"b""#));
        assert_eq!(bindings.get("other"), None);
        assert!(Bindings::default().is_empty());
    }
}
