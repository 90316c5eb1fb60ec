//! Values that are stricter than serde's own, since the `config` crate turns `true` into 1 and 2.7
//! into 3; and that read from the environment too, where everything is text.

use crate::credential::SecretSource;
use serde::Serialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;
use std::num::NonZeroU32;

/// A whole number from 1 up.
#[derive(Debug, Clone, Copy, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub(crate) struct WholeNumber(NonZeroU32);

impl WholeNumber {
    /// For defaults; 0 is taken as 1.
    pub(crate) fn of(number: u32) -> Self {
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    pub(crate) fn get(self) -> NonZeroU32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for WholeNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FromOneUp;
        impl Visitor<'_> for FromOneUp {
            type Value = WholeNumber;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "a whole number from 1 to {}", u32::MAX)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<WholeNumber, E> {
                let small = u32::try_from(number).ok().and_then(NonZeroU32::new);
                small
                    .map(WholeNumber)
                    .ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<WholeNumber, E> {
                let small = u32::try_from(number).ok().and_then(NonZeroU32::new);
                small
                    .map(WholeNumber)
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<WholeNumber, E> {
                match text.parse::<i64>() {
                    Ok(number) => self.visit_i64(number),
                    Err(_) => Err(E::invalid_type(Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(FromOneUp)
    }
}

/// `true` or `false`.
#[derive(Debug, Clone, Copy, Default, Serialize, schemars::JsonSchema)]
#[serde(transparent)]
pub(crate) struct Switch(pub(crate) bool);

impl<'de> Deserialize<'de> for Switch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TrueOrFalse;
        impl Visitor<'_> for TrueOrFalse {
            type Value = Switch;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("true or false")
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<Switch, E> {
                Ok(Switch(on))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Switch, E> {
                match text {
                    "true" => Ok(Switch(true)),
                    "false" => Ok(Switch(false)),
                    _ => Err(E::invalid_type(Unexpected::Str(text), &self)),
                }
            }
        }
        deserializer.deserialize_any(TrueOrFalse)
    }
}

/// Names: a list, or one text with commas in between, as a variable has it.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct NameList(pub(crate) Vec<String>);

impl NameList {
    pub(crate) fn of(names: &[&str]) -> Self {
        Self(names.iter().map(ToString::to_string).collect())
    }
}

impl<'de> Deserialize<'de> for NameList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = NameList;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of names")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<NameList, E> {
                let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
                Ok(NameList(names.map(str::to_owned).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<NameList, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = list.next_element()? {
                    names.push(name);
                }
                Ok(NameList(names))
            }
        }
        deserializer.deserialize_any(Names)
    }
}

impl schemars::JsonSchema for NameList {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NameList".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [{ "type": "array", "items": { "type": "string" } }, { "type": "string" }],
        })
    }
}

/// The value of an option that somebody else reads: a text, a number, `true` or `false`, or the source
/// of a text. Kept like a secret, since it may be one.
#[derive(Debug)]
pub(crate) struct OptionValue(pub(crate) SecretSource);

impl<'de> Deserialize<'de> for OptionValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrSource;
        impl<'de> Visitor<'de> for TextOrSource {
            type Value = OptionValue;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(
                    "a text, a number, true or false, or a source as in { env = \"NAME\" }",
                )
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OptionValue, E> {
                Ok(OptionValue(SecretSource::inline(text)))
            }

            fn visit_bool<E: Error>(self, on: bool) -> Result<OptionValue, E> {
                self.visit_str(&on.to_string())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<OptionValue, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<OptionValue, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OptionValue, A::Error> {
                SecretSource::deserialize(MapAccessDeserializer::new(map)).map(OptionValue)
            }
        }
        deserializer.deserialize_any(TextOrSource)
    }
}

/// Only an empty table of them is ever written, as the default of its key.
impl Serialize for OptionValue {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl schemars::JsonSchema for OptionValue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "OptionValue".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let source = generator.subschema_for::<SecretSource>();
        schemars::json_schema!({
            "anyOf": [{ "type": "string" }, { "type": "number" }, { "type": "boolean" }, source],
        })
    }
}
