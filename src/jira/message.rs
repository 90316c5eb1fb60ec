//! What an error body says, for people: Jira's envelope, a gateway's, HTML or plain text.

use serde_json::Value;

const LONGEST: usize = 300;

/// One line, at most 300 characters; empty when the body says nothing.
pub(crate) fn message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]);
    let said = serde_json::from_slice::<Value>(body)
        .ok()
        .map(|envelope| from_envelope(&envelope))
        .filter(|said| !said.trim().is_empty())
        .unwrap_or_else(
            || if looks_like_html(body) { html_title(&text) } else { text.into_owned() },
        );
    one_line(&said)
}

pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

/// The four shapes seen from Jira and the gateways before it. Each member is read for itself: one of
/// an unexpected type must not hide what the others say.
fn from_envelope(envelope: &Value) -> String {
    let mut said = Vec::new();
    for key in ["errorMessages", "message", "errorMessage"] {
        match &envelope[key] {
            Value::Array(several) => said.extend(several.iter().map(plain)),
            one => said.push(plain(one)),
        }
    }
    match &envelope["errors"] {
        Value::Object(fields) => {
            said.extend(fields.iter().map(|(field, said)| format!("{field}: {}", plain(said))));
        }
        Value::Array(several) => said.extend(several.iter().map(plain)),
        one => said.push(plain(one)),
    }
    said.retain(|said| !said.trim().is_empty());
    said.join("; ")
}

/// A text as it is, nothing for null, an object's own words, any other value as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(members) => match members.get("message") {
            Some(Value::String(text)) => text.clone(),
            _ => value.to_string(),
        },
        other => other.to_string(),
    }
}

fn html_title(text: &str) -> String {
    let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
    title.map_or_else(
        || "an HTML page".to_owned(),
        |(title, _)| format!("HTML page “{}”", title.trim()),
    )
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printable = line.chars().filter(|c| !c.is_control());
    let mut short: String = printable.clone().take(LONGEST).collect();
    if printable.count() > LONGEST {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shape_of_error_body_is_read() {
        let cases: [(&[u8], &str); 6] = [
            (br#"{"errorMessages":["No board"],"errors":{"id":"bad"}}"#, "No board; id: bad"),
            (
                br#"{"code":401,"message":"Unauthorized; scope does not match"}"#,
                "Unauthorized; scope does not match",
            ),
            (br#"{"errorMessage":"gone"}"#, "gone"),
            (b"<html><title>Dead link</title>", "HTML page \u{201c}Dead link\u{201d}"),
            (b"plain\ntext", "plain text"),
            (b"", ""),
        ];
        for (body, expected) in cases {
            assert_eq!(message(body), expected);
        }
    }

    #[test]
    fn long_deep_and_broken_bodies_give_one_short_line() {
        let deep = "[".repeat(100_000);
        let long = format!(r#"{{"errorMessages":["No board"],"rest":"{}"}}"#, "x".repeat(10 << 20));
        let broken = [b"\xff\xfe {\"errorMessages\":[".as_slice(), &[0xff; 4096]].concat();
        assert_eq!(message(long.as_bytes()), "No board");
        for body in [deep.into_bytes(), broken, vec![b'<'; 10 << 20]] {
            let said = message(&body);
            assert!(said.chars().count() <= LONGEST + 1 && !said.contains('\n'), "{said}");
        }
    }

    fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,8}", inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest::proptest! {
        #[test]
        fn a_member_of_the_wrong_type_hides_no_other(wrong in any_json(), at in 0..4_usize) {
            let mut members = serde_json::json!({
                "errorMessages": ["first words"], "message": "second words",
                "errorMessage": "third words", "errors": { "id": "fourth words" },
            });
            let keys = ["errorMessages", "message", "errorMessage", "errors"];
            let words = ["first words", "second words", "third words", "fourth words"];
            // Short, or its own length would push the others out of the line.
            proptest::prop_assume!(wrong.to_string().len() < 150);
            members[keys[at]] = wrong;
            let said = message(members.to_string().as_bytes());
            for (index, word) in words.iter().enumerate().filter(|(index, _)| *index != at) {
                proptest::prop_assert!(said.contains(word), "{index}: {said}");
            }
        }

        #[test]
        fn jiras_words_are_found_whatever_else_the_envelope_holds(other in any_json(), word in "[a-z]{1,40}") {
            let body = serde_json::json!({ "errorMessages": [word], "somethingNew": other });
            proptest::prop_assert_eq!(message(body.to_string().as_bytes()), word);
        }

        #[test]
        fn any_json_gives_one_short_line(body in any_json()) {
            let said = message(body.to_string().as_bytes());
            proptest::prop_assert!(said.chars().count() <= LONGEST + 1 && !said.contains('\n'));
        }

        #[test]
        fn any_body_gives_one_short_line(body: Vec<u8>) {
            let said = message(&body);
            proptest::prop_assert!(said.chars().count() <= LONGEST + 1 && !said.contains('\n'));
        }
    }
}
