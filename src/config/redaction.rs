//! What of a configuration may be shown. Where in doubt it is not: a key that is named like a secret hides
//! all that is below it, but for where the secret is kept.

use super::check::names_a_container;
use serde_json::{Map, Value};

/// What stands where something is not shown.
pub(super) const REDACTED: &str = "[redacted]";

/// Parts of the names of keys that hold secrets.
const SECRET_NAMES: [&str; 16] = [
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "authorization",
    "api_key",
    "apikey",
    "private_key",
    "access_key",
    "account_key",
    "master_key",
    "sas_key",
    "customer_key",
    "encryption_key",
    "service_account_key",
];

/// What every API token of Atlassian's begins with: of people, of service accounts and of organisations.
const TOKEN_PREFIXES: [&str; 3] = ["ATATT", "ATSTT", "ATCTT"];

/// Whether a key is named like one that holds a secret.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase().replace('-', "_");
    SECRET_NAMES.iter().any(|name| key.contains(name))
}

/// A value that stands below a key that holds a secret: where it is kept, if it is written as that.
pub(super) fn source(value: &Value) -> Value {
    let Value::Object(keys) = value else { return REDACTED.into() };
    let shown = keys.iter().map(|(key, value)| {
        let value = match (key.as_str(), value) {
            ("env" | "file", Value::String(place)) => Value::String(text(place)),
            ("keyring", Value::Bool(_)) => value.clone(),
            ("command", line) => program(line).map_or(REDACTED.into(), Value::String),
            _ => REDACTED.into(),
        };
        (key.clone(), value)
    });
    Value::Object(shown.collect::<Map<_, _>>())
}

/// The program of a command; its arguments may hold a secret, and so may an assignment before it.
fn program(line: &Value) -> Option<String> {
    let (program, has_more) = match line {
        Value::String(text) => {
            let mut words = text.split_whitespace();
            (words.next()?, words.next().is_some())
        }
        Value::Array(words) => (words.first()?.as_str()?, words.len() > 1),
        _ => return None,
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+~".contains(c);
    let is_program = program.len() <= 200 && program.chars().all(is_plain);
    (is_program && !holds_token(program))
        .then(|| if has_more { format!("{program} …") } else { program.to_owned() })
}

/// Any other value, with what is known to be secret inside taken out.
pub(super) fn value(value: &Value) -> Value {
    match value {
        Value::String(plain) => text(plain).into(),
        Value::Array(items) => items.iter().map(self::value).collect(),
        Value::Object(members) => {
            let shown = members.iter().map(|(key, member)| {
                let shown = if is_secret(key) { source(member) } else { self::value(member) };
                (key.clone(), shown)
            });
            Value::Object(shown.collect())
        }
        other => other.clone(),
    }
}

/// A text without the login of a URL; nothing of one that holds an API token.
fn text(plain: &str) -> String {
    if holds_token(plain) {
        return REDACTED.to_owned();
    }
    if names_a_container(plain) {
        return plain.to_owned();
    }
    match login_in(plain) {
        Some((before, after)) => format!("{before}{REDACTED}{after}"),
        None => plain.to_owned(),
    }
}

fn holds_token(text: &str) -> bool {
    TOKEN_PREFIXES.iter().any(|prefix| text.contains(prefix))
}

/// What stands before and after `user:password` in `https://user:password@host` or
/// `user:password@host`; a password may hold any character, the last `@` ends it.
fn login_in(text: &str) -> Option<(&str, &str)> {
    let start = text.find("://").map(|at| at + "://".len());
    let end = text.rfind('@').filter(|at| *at >= start.unwrap_or_default())?;
    let before = &text[start.unwrap_or_default()..end];
    (start.is_some() || (before.contains(':') && !before.contains(char::is_whitespace)))
        .then(|| text.split_at(start.unwrap_or_default()).0)
        .map(|before| (before, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_shown_by_its_source_only() {
        for (written, shown) in [
            (json!("s3cret"), json!(REDACTED)),
            (json!({"env": "NAME"}), json!({"env": "NAME"})),
            (json!({"file": "/run/token"}), json!({"file": "/run/token"})),
            (json!({"keyring": true}), json!({"keyring": true})),
            (json!({"command": "pass show s3cret"}), json!({"command": "pass …"})),
            (json!({"command": ["/bin/echo", "s3cret"]}), json!({"command": "/bin/echo …"})),
            (json!({"command": "token.sh"}), json!({"command": "token.sh"})),
            (json!({"command": "KEY=s3cret vault"}), json!({"command": REDACTED})),
            (json!({"command": "ATATT3xs3cret"}), json!({"command": REDACTED})),
            (json!({"command": "'s3cret'"}), json!({"command": REDACTED})),
            (json!({"env": "ATATT3xs3cret"}), json!({"env": REDACTED})),
            (json!({"other": "s3cret"}), json!({"other": REDACTED})),
            (json!(["s3cret"]), json!(REDACTED)),
        ] {
            assert_eq!(source(&written), shown, "{written}");
        }
    }

    #[test]
    fn the_login_of_a_url_is_not_shown() {
        for (written, shown) in [
            ("http://me:s3cret@proxy:8080", "http://[redacted]@proxy:8080"),
            ("http://s3cret@proxy", "http://[redacted]@proxy"),
            ("http://me:s3/c@r?et#@proxy/x", "http://[redacted]@proxy/x"),
            ("me:s3cret@proxy:8080", "[redacted]@proxy:8080"),
            ("https://acme.atlassian.net", "https://acme.atlassian.net"),
            ("me@acme.example", "me@acme.example"),
            ("assignee = \"x: y@z\"", "assignee = \"x: y@z\""),
            ("see ATATT3xs3cret", "[redacted]"),
        ] {
            assert_eq!(text(written), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_below_a_secret_key_but_its_source_is_shown(
            before in "[a-z_-]{0,6}", name in prop::sample::select(&SECRET_NAMES[..]),
            after in "[A-Za-z_-]{0,6}", other in "[a-z]{1,8}",
        ) {
            prop_assume!(!["env", "file", "command"].contains(&other.as_str()));
            for below in [json!("s3cret"), json!(["s3cret"]), json!({&other: {"x": ["s3cret"]}})] {
                let shown = value(&json!({ format!("{before}{name}{after}"): below })).to_string();
                prop_assert!(!shown.contains("s3cret"), "{shown}");
            }
        }

        #[test]
        fn no_password_of_a_url_is_shown(user in "[a-z]{1,5}", password in "[!-~]{8}") {
            prop_assume!(!"http://[redacted]@proxy.example:8080".contains(&password));
            let shown = text(&format!("http://{user}:{password}@proxy.example:8080"));
            prop_assert!(!shown.contains(&password), "{shown}");
        }
    }
}
