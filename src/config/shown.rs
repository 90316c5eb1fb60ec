//! The configuration as it counts, key by key, with the place of each value: for people who wonder
//! which of their layers won.
//!
//! Walks the JSON Schema and the merged layers side by side and knows no key by name, so that a new key
//! appears by itself. What may be shown, [`super::redaction`] decides.

use super::layers::Merged;
use super::{Place, json_schema, redaction};
use config::{Value as Given, ValueKind};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The keys that have a value, in the order of their names.
#[derive(Debug, serde::Serialize)]
pub struct Shown {
    /// The config file that was read.
    pub file: Option<std::path::PathBuf>,
    /// One for each key.
    pub values: Vec<ShownValue>,
}

/// A key that has a value.
#[derive(Debug, serde::Serialize)]
pub struct ShownValue {
    /// Its path, with dots.
    pub key: String,
    /// What it is; a secret by its source only.
    pub value: Value,
    /// Where it comes from.
    pub from: Origin,
}

/// The layer that a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "layer", content = "name")]
pub enum Origin {
    /// It is given nowhere.
    Default,
    /// The config file.
    File(std::path::PathBuf),
    /// A variable of the environment, by its name.
    Environment(String),
    /// A flag or an argument.
    Flag(String),
}

/// Everything that has a value.
pub(super) fn shown(merged: &Merged) -> Shown {
    let schema = json_schema();
    let mut walk = Walk { definitions: &schema["$defs"], merged, values: Vec::new() };
    walk.table("", &schema, Some(&merged.origins.root));
    let file = merged.origins.file.as_ref().map(|file| file.path.clone());
    Shown { file, values: walk.values }
}

struct Walk<'a> {
    definitions: &'a Value,
    merged: &'a Merged,
    values: Vec<ShownValue>,
}

impl Walk<'_> {
    /// The keys that a table may have, and those that it has.
    fn table(&mut self, path: &str, schema: &Value, given: Option<&Given>) {
        let known = schema["properties"].as_object();
        let given = given.and_then(table_of);
        let names: BTreeSet<&str> = known
            .into_iter()
            .flat_map(Map::keys)
            .chain(given.into_iter().flat_map(config::Map::keys))
            .map(String::as_str)
            .collect();
        for name in names {
            let key = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            let of_key = known.and_then(|known| known.get(name));
            let of_key = of_key.unwrap_or(&schema["additionalProperties"]);
            self.key(&key, name, of_key, given.and_then(|table| table.get(name)));
        }
    }

    fn key(&mut self, path: &str, name: &str, schema: &Value, given: Option<&Given>) {
        let referred = self.referred(schema);
        if redaction::is_secret(name) {
            let source = given.map(|given| redaction::source(&json_of(given)));
            self.show(path, source, schema);
        } else if is_table(&referred) || given.and_then(table_of).is_some_and(|it| !it.is_empty()) {
            self.table(path, &referred, given);
        } else {
            let value = given.map(|given| redaction::value(&typed(json_of(given), &referred)));
            self.show(path, value, schema);
        }
    }

    fn show(&mut self, path: &str, given: Option<Value>, schema: &Value) {
        let from = match given {
            Some(_) => self.origin(path),
            None => Origin::Default,
        };
        let value = given.unwrap_or_else(|| schema["default"].clone());
        // What has no default and is not given has no value.
        if !value.is_null() {
            self.values.push(ShownValue { key: path.to_owned(), value, from });
        }
    }

    fn origin(&self, path: &str) -> Origin {
        match self.merged.origins.place(path) {
            Place::File { file, .. } => Origin::File(file),
            Place::Variable(name) => Origin::Environment(name),
            Place::Flag(name) => Origin::Flag(name),
            Place::Nowhere(_) => Origin::Default,
        }
    }

    /// The definition that a schema refers to, or itself.
    fn referred(&self, schema: &Value) -> Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        name.map_or(schema, |name| &self.definitions[name]).clone()
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Environment(name) | Self::Flag(name) => formatter.write_str(name),
        }
    }
}

fn is_table(schema: &Value) -> bool {
    schema["properties"].is_object() || schema["additionalProperties"].is_object()
}

fn table_of(value: &Given) -> Option<&config::Map<String, Given>> {
    match &value.kind {
        ValueKind::Table(table) => Some(table),
        _ => None,
    }
}

fn json_of(value: &Given) -> Value {
    match &value.kind {
        ValueKind::Nil => Value::Null,
        ValueKind::Boolean(on) => (*on).into(),
        ValueKind::I64(number) => (*number).into(),
        ValueKind::U64(number) => (*number).into(),
        ValueKind::I128(number) => number.to_string().into(),
        ValueKind::U128(number) => number.to_string().into(),
        ValueKind::Float(number) => (*number).into(),
        ValueKind::String(text) => text.clone().into(),
        ValueKind::Array(items) => items.iter().map(json_of).collect(),
        ValueKind::Table(members) => {
            members.iter().map(|(key, member)| (key.clone(), json_of(member))).collect()
        }
    }
}

/// A text of the environment as what the key takes it for: a number, a switch or a list.
fn typed(value: Value, schema: &Value) -> Value {
    let Value::String(text) = &value else { return value };
    let takes = |kind: &str| {
        let kinds = [&schema["type"], &schema["anyOf"][0]["type"]];
        kinds.iter().any(|found| *found == kind)
    };
    if takes("array") {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        return names.collect();
    }
    let parsed = serde_json::from_str(text).ok();
    parsed.filter(|_| takes("integer") || takes("boolean")).unwrap_or(value)
}
