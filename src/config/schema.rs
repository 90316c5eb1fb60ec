//! The JSON Schema of a configuration, and the file that `config init` writes.

use super::RawConfig;
use serde_json::Value;

/// The JSON Schema of a config file, for editors and for `jira-feeds config schema`.
#[must_use]
pub fn json_schema() -> Value {
    schemars::schema_for!(RawConfig).to_value()
}

/// The text of a first config file.
#[must_use]
pub fn starter() -> &'static str {
    include_str!("../../config/minimal.toml")
}

/// The values of one of the schema's enums: for a message about a value that is none of them.
pub(super) fn values_of(name: &str) -> Vec<String> {
    let schema = json_schema();
    let Some(definition) = schema.pointer(&format!("/$defs/{name}")) else { return Vec::new() };
    let list = |key: &str| definition.get(key).and_then(Value::as_array).into_iter().flatten();
    let described = list("oneOf").filter_map(|one| one.get("const"));
    list("enum").chain(described).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The keys of the outermost table.
pub(super) fn top_level_keys() -> Vec<String> {
    let schema = json_schema();
    let keys = schema.pointer("/properties").and_then(Value::as_object);
    keys.into_iter().flat_map(|keys| keys.keys().cloned()).collect()
}
