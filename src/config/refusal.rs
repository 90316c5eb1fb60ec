//! Reads the merged layers as a [`RawConfig`], and says in our words why they are not one.
//!
//! The `config` crate gives errors as texts that may quote values. What is taken out of such a text
//! is only what is known to be harmless: names of keys and of variants, numbers, kinds of values.

use super::error::KnownKeys;
use super::layers::Merged;
use super::{ConfigError, RawConfig, schema};
use config::ConfigError as Cause;

/// Reads what was written.
pub(super) fn read(merged: &Merged) -> Result<RawConfig, ConfigError> {
    let config = merged.config.clone();
    config.try_deserialize().map_err(|cause| refuse(merged, "", &cause))
}

fn refuse(merged: &Merged, key: &str, cause: &Cause) -> ConfigError {
    match cause {
        Cause::At { error, key: inner, .. } => {
            refuse(merged, inner.as_deref().unwrap_or(key), error)
        }
        Cause::NotFound(path) => {
            let remedy = remedy_for_missing(path);
            ConfigError::Missing { place: merged.origins.place(path), remedy }
        }
        Cause::Type { key: inner, unexpected, expected, .. } => {
            // The whole text would go on with key and origin, which are said already.
            let said = format!("invalid type: {unexpected}, expected {expected}");
            explain(merged, inner.as_deref().unwrap_or(key), &said)
        }
        other => explain(merged, key, &other.to_string()),
    }
}

fn explain(merged: &Merged, key: &str, said: &str) -> ConfigError {
    if let Some(tail) = said.strip_prefix("unknown field ") {
        return unknown_key(merged, key, tail);
    }
    let place = merged.origins.place(key);
    if let Some((kind, expected)) = found_and_expected(said) {
        return ConfigError::invalid(place, format!("this is {kind}. Give {expected}"));
    }
    if let Some((name, variant)) = unknown_variant(said) {
        let values = schema::values_of(name).join(", ");
        return ConfigError::invalid(
            place,
            format!("{}. Choose one of: {values}", no_such_variant(variant)),
        );
    }
    // Only texts of our own come through here: those of `Error::custom` in this crate.
    ConfigError::invalid(place, sentence(said))
}

/// "`nam`, expected `name`" or "`nam`, expected one of `name`, `age`".
fn unknown_key(merged: &Merged, table: &str, tail: &str) -> ConfigError {
    let mut names = tail.split('`').skip(1).step_by(2).map(str::to_owned);
    let unknown = names.next().unwrap_or_default();
    let key = if table.is_empty() { unknown.clone() } else { format!("{table}.{unknown}") };
    ConfigError::UnknownKey {
        place: merged.origins.place(&key),
        known: KnownKeys::new(&unknown, names.collect()),
    }
}

/// "invalid type: string "x", expected a list": the kind without the value, unless that is a number.
fn found_and_expected(said: &str) -> Option<(String, String)> {
    let tail =
        said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "))?;
    let (found, expected) = tail.rsplit_once(", expected ")?;
    let number = || found.split('`').nth(1).unwrap_or_default().to_owned();
    let kind = match found.split([' ', '`']).next().unwrap_or_default() {
        "string" => "a text".to_owned(),
        "integer" | "64-bit" | "128-bit" | "floating" => format!("the number {}", number()),
        "boolean" => number(),
        "sequence" => "a list".to_owned(),
        "map" => "a table".to_owned(),
        "unit" | "null" | "Option" => "empty".to_owned(),
        _ => "of another kind".to_owned(),
    };
    Some((kind, plain(expected)))
}

/// The names of our types say nothing to a user.
fn plain(expected: &str) -> String {
    match expected {
        "a string" => "a text in quotes".to_owned(),
        "a map" => "a table of keys".to_owned(),
        text if text.starts_with("struct ") => "a table of keys".to_owned(),
        text => text.to_owned(),
    }
}

/// "enum Mode does not have variant constructor fast".
fn unknown_variant(said: &str) -> Option<(&str, &str)> {
    said.strip_prefix("enum ")?.split_once(" does not have variant constructor ")
}

/// What is no name may be anything, a secret too: a list is read as a table without its keys, and so a
/// text can come here from where nobody expects a name.
fn no_such_variant(variant: &str) -> String {
    let is_name =
        variant.len() <= 24 && variant.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    if is_name { format!("there is no `{variant}`") } else { "this is no name".to_owned() }
}

fn sentence(said: &str) -> String {
    // A variant of a wrong kind: "value of enum Mode should be represented by either string or …".
    match said.strip_prefix("value of enum ").and_then(|tail| tail.split(' ').next()) {
        Some(name) => {
            format!("this is no name. Choose one of: {}", schema::values_of(name).join(", "))
        }
        None => said.to_owned(),
    }
}

fn remedy_for_missing(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or(path) {
        "url" => "Give the site's base URL, as in url = \"https://acme.atlassian.net\"",
        "username" => "Give the account's e-mail address, as in username = \"analytics@acme.com\"",
        "api_token" => {
            "Say where the token comes from, as in api_token = { env = \"JIRA_API_TOKEN\" }"
        }
        _ => "Add it",
    }
}
