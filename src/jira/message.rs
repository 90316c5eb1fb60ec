//! What an error body says, for people: Jira's envelope, a gateway's, HTML or plain text.

use serde::Deserialize;
use std::collections::BTreeMap;

const LONGEST: usize = 300;

/// The four shapes of error body seen from Jira and the gateways before it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope {
    #[serde(rename = "errorMessages")]
    error_messages: Vec<String>,
    errors: BTreeMap<String, serde_json::Value>,
    message: Option<String>,
    #[serde(rename = "errorMessage")]
    error_message: Option<String>,
}

/// One line, at most 300 characters; empty when the body says nothing.
pub(crate) fn message(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(64 * 1024)]);
    let said = serde_json::from_slice::<Envelope>(body)
        .ok()
        .map(|envelope| from_envelope(&envelope))
        .filter(|said| !said.is_empty())
        .unwrap_or_else(
            || if looks_like_html(body) { html_title(&text) } else { text.into_owned() },
        );
    one_line(&said)
}

pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

fn from_envelope(envelope: &Envelope) -> String {
    let fields = envelope.errors.iter().map(|(field, said)| match said.as_str() {
        Some(said) => format!("{field}: {said}"),
        None => format!("{field}: {said}"),
    });
    let single = envelope.message.iter().chain(&envelope.error_message).cloned();
    let all: Vec<_> = envelope.error_messages.iter().cloned().chain(single).chain(fields).collect();
    all.join("; ")
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

    proptest::proptest! {
        #[test]
        fn any_body_gives_one_short_line(body: Vec<u8>) {
            let said = message(&body);
            proptest::prop_assert!(said.chars().count() <= LONGEST + 1 && !said.contains('\n'));
        }
    }
}
