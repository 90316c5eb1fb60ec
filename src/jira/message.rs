//! What an error body says, for people: Jira's envelope, a gateway's, HTML or plain text.

use super::scrub::Scrub;
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

const LONGEST: usize = 300;

/// The start of a page or a text says what it is.
const READ_OF_TEXT: usize = 64 * 1024;

/// The members that hold words for people, in the order in which they are told: `errorMessages` and
/// `errors` are Jira's, `message` the gateway's, `errorMessage` Jira Service Management's.
const MEMBERS: [&str; 4] = ["errorMessages", "message", "errorMessage", "errors"];

/// One line, at most 300 characters, without the login; empty when the body says nothing.
pub(super) fn message(body: &[u8], scrub: &Scrub) -> String {
    one_line(&scrub.clean(words_of(without_mark(body))))
}

fn words_of(body: &[u8]) -> String {
    let said = from_envelope(body);
    if !said.is_empty() {
        return said.join("; ");
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(READ_OF_TEXT)]);
    if looks_like_html(body) { html_title(&text) } else { text.into_owned() }
}

pub(crate) fn looks_like_html(body: &[u8]) -> bool {
    without_mark(body).trim_ascii_start().starts_with(b"<")
}

/// Some gateways begin with a byte order mark.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The words of an envelope; none if the body is no JSON object.
fn from_envelope(body: &[u8]) -> Vec<String> {
    if !body.trim_ascii_start().starts_with(b"{") {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(body);
    let mut found = Envelope::default();
    // What was found before the JSON breaks off is said all the same.
    let _ = serde_json::Deserializer::from_str(&text).deserialize_map(&mut found);
    let mut said = Vec::new();
    for member in found.0.into_iter().flatten() {
        match serde_json::from_str(member.get()) {
            Ok(value) => words(&value, "", &mut said),
            // Nested deeper than is read.
            Err(_) => said.push(member.get().to_owned()),
        }
    }
    said
}

/// The members of [`MEMBERS`], unread: what is wrong in one of them must not hide the others.
#[derive(Default)]
struct Envelope<'a>([Option<&'a RawValue>; MEMBERS.len()]);

impl<'de> Visitor<'de> for &mut Envelope<'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match MEMBERS.iter().position(|member| *member == key) {
                Some(index) => self.0[index] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// Every text and number inside, with the path of its keys.
fn words(value: &Value, path: &str, said: &mut Vec<String>) {
    let mut say = |text: &str| match path {
        _ if text.trim().is_empty() => {}
        "" => said.push(text.to_owned()),
        _ => said.push(format!("{path}: {text}")),
    };
    match value {
        Value::Null => {}
        Value::String(text) => say(text),
        Value::Bool(_) | Value::Number(_) => say(&value.to_string()),
        Value::Array(items) => items.iter().for_each(|item| words(item, path, said)),
        Value::Object(members) => {
            for (key, member) in members {
                let is_envelope = MEMBERS.contains(&key.as_str());
                match path {
                    _ if is_envelope => words(member, path, said),
                    "" => words(member, key, said),
                    _ => words(member, &format!("{path}.{key}"), said),
                }
            }
        }
    }
}

fn html_title(text: &str) -> String {
    // Bytes stay where they are, so that a place in the one is the same in the other.
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title").and_then(|tag| {
        let start = tag + lower[tag..].find('>')? + 1;
        let end = start + lower[start..].find("</title")?;
        Some(text[start..end].trim())
    });
    match title {
        Some(title) if !title.is_empty() => format!("HTML page “{title}”"),
        _ => "an HTML page".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    let words = text.split_whitespace().flat_map(|word| [" ", word]).skip(1);
    let mut printable = words.flat_map(str::chars).filter(|c| !c.is_control());
    let mut short: String = printable.by_ref().take(LONGEST).collect();
    if printable.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
