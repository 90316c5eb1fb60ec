//! How JSON values become the bytes of an answer.

use serde_json::Value;

/// Stands in a value for an integer no JSON library type of ours can hold.
pub(crate) const BEYOND_64_BITS: &str = "@integer 123456789012345678901234567890";

const QUOTED: &str = "\"@integer 123456789012345678901234567890\"";
const WRITTEN: &str = "123456789012345678901234567890";

/// The text of a value.
pub(crate) fn text(value: &Value) -> String {
    let text = value.to_string();
    if text.contains(QUOTED) {
        return text.replace(QUOTED, WRITTEN);
    }
    text
}

/// The value a reader gets from the text of a value.
pub(crate) fn as_read(value: Value) -> Value {
    let text = value.to_string();
    if text.contains(QUOTED) {
        return serde_json::from_str(&text.replace(QUOTED, WRITTEN)).unwrap_or(value);
    }
    value
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn integers_beyond_64_bits_are_written_out() {
        let text = super::text(&json!({"a": super::BEYOND_64_BITS}));
        assert_eq!(text, r#"{"a":123456789012345678901234567890}"#);
    }
}
