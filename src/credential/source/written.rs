//! How a source is written in a config: `{ env = "…" }` and its like, or the token itself.

use super::{CommandLine, SecretSource, inline, keyring};
use secrecy::SecretString;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// The keys, one for each source.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    env: Option<String>,
    file: Option<PathBuf>,
    command: Option<CommandLine>,
    keyring: Option<bool>,
}

impl Keys {
    fn source(self) -> Result<SecretSource, &'static str> {
        match self {
            Self { env: Some(variable), file: None, command: None, keyring: None } => {
                Ok(SecretSource::environment(variable))
            }
            Self { env: None, file: Some(path), command: None, keyring: None } => {
                Ok(SecretSource::file(path))
            }
            Self { env: None, file: None, command: Some(line), keyring: None } => {
                Ok(SecretSource::command(line))
            }
            Self { env: None, file: None, command: None, keyring: Some(true) } => {
                // Whose entry it is, the table around this one says.
                Ok(SecretSource::Keyring(keyring::Keyring { account: String::new() }))
            }
            _ => Err("give exactly one source: env, file, command or keyring = true"),
        }
    }
}

/// By hand and not by an untagged enum, which would lose the key in errors and buffer the secret.
impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = SecretSource;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a source of the token, as in { env = \"JIRA_API_TOKEN\" }")
            }

            fn visit_str<E: Error>(self, token: &str) -> Result<SecretSource, E> {
                Ok(SecretSource::Inline(inline::Inline(SecretString::from(token))))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SecretSource, A::Error> {
                let keys = Keys::deserialize(MapAccessDeserializer::new(map))?;
                keys.source().map_err(A::Error::custom)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl schemars::JsonSchema for SecretSource {
    fn schema_name() -> Cow<'static, str> {
        "SecretSource".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one = |key: &str, value: serde_json::Value, description: &str| {
            serde_json::json!({
                "type": "object", "properties": { key: value }, "required": [key],
                "additionalProperties": false, "description": description,
            })
        };
        let text = serde_json::json!({ "type": "string", "minLength": 1 });
        let words = serde_json::json!({ "type": "array", "items": text, "minItems": 1 });
        schemars::json_schema!({
            "description": "Where the API token comes from.",
            "anyOf": [
                one("env", text.clone(), "The environment variable that holds the token."),
                one("file", text.clone(), "The file that holds the token, and nothing else."),
                one(
                    "command",
                    serde_json::json!({ "anyOf": [text, words] }),
                    "The command that prints the token: a text for `sh -c`, or program and arguments.",
                ),
                one(
                    "keyring",
                    serde_json::json!({ "const": true }),
                    "The operating system's keyring; not in every build.",
                ),
                {
                    "type": "string",
                    "description": "The token itself; only in a file that nobody else can read.",
                },
            ],
        })
    }
}
