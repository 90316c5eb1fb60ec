//! Columns and their types as the catalogue writes them: `"text"`, `["user"]`, `{ id = "text" }`.

use super::CatalogError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One column: where its value stands in the record, and what the value is. Its form by `serde` is kept
/// in lakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The key in the JSON object that holds the value.
    pub key: String,
    /// The column's name; Jira's own key unless the user asked for names.
    pub name: String,
    /// What the value is.
    pub kind: ColumnType,
    /// Facts that travel with the column into the Parquet schema (a custom field's name and type).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// The column is there for the rows of before and takes no value: it is null, whatever its key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_retired: bool,
}

impl Column {
    /// A column that is named as its key is.
    #[must_use]
    pub fn new(key: impl Into<String>, kind: ColumnType) -> Self {
        let key = key.into();
        Self { name: key.clone(), key, kind, metadata: BTreeMap::new(), is_retired: false }
    }
}

/// What a value is, and so which Arrow type holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// A string; a number is taken by its digits (Jira gives some ids in both forms).
    Text,
    /// A whole number of at most 64 bits.
    Int,
    /// A JSON number as a double.
    Float,
    /// `true` or `false`.
    Bool,
    /// A calendar date, `2024-01-31`.
    Date,
    /// A point in time: Jira's date forms, or epoch milliseconds.
    Timestamp,
    /// Any JSON, kept as the text that came.
    Json,
    /// A string as it is, anything else as its JSON text (Jira's schema type `any`).
    Any,
    /// A document in the Atlassian Document Format: its JSON, and beside it `<name>_text` in Markdown.
    Adf,
    /// An array of one type.
    List(Box<ColumnType>),
    /// An object with known keys.
    Struct(Vec<Column>),
}

/// Types that the catalogue defines once and uses by name (`user`, `option`, `version`, ...).
#[derive(Debug, Clone, Default)]
pub struct NamedTypes(BTreeMap<String, ColumnType>);

impl NamedTypes {
    /// Reads the type definitions; each may use the ones above it.
    ///
    /// # Errors
    /// [`CatalogError`] naming the type that cannot be read.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let table: toml::Table = toml::from_str(text).map_err(|error| CatalogError::Syntax {
            file: "types".into(),
            reason: error.to_string(),
        })?;
        let mut types = Self::default();
        for (name, value) in table {
            let expression = TypeExpression::deserialize(value)
                .map_err(|error| CatalogError::invalid("types", &name, error.to_string()))?;
            let kind = types
                .resolve(&expression)
                .map_err(|reason| CatalogError::invalid("types", &name, reason))?;
            types.0.insert(name, kind);
        }
        Ok(types)
    }

    /// The type of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ColumnType> {
        self.0.get(name)
    }

    /// The columns of a table `key = type`.
    ///
    /// # Errors
    /// What is wrong with which key.
    pub(crate) fn columns(&self, table: &ColumnTable) -> Result<Vec<Column>, String> {
        table
            .0
            .iter()
            .map(|(key, expression)| {
                let kind =
                    self.resolve(expression).map_err(|reason| format!("`{key}`: {reason}"))?;
                Ok(Column::new(key, kind))
            })
            .collect()
    }

    fn resolve(&self, expression: &TypeExpression) -> Result<ColumnType, String> {
        match expression {
            TypeExpression::Name(name) => self.named(name),
            TypeExpression::List(items) => match items.as_slice() {
                [item] => Ok(ColumnType::List(Box::new(self.resolve(item)?))),
                _ => Err("a list type has exactly one item type, as in [\"text\"]".into()),
            },
            TypeExpression::Struct(table) => Ok(ColumnType::Struct(self.columns(table)?)),
        }
    }

    fn named(&self, name: &str) -> Result<ColumnType, String> {
        Ok(match name {
            "text" => ColumnType::Text,
            "int" => ColumnType::Int,
            "float" => ColumnType::Float,
            "bool" => ColumnType::Bool,
            "date" => ColumnType::Date,
            "timestamp" => ColumnType::Timestamp,
            "json" => ColumnType::Json,
            "any" => ColumnType::Any,
            "adf" => ColumnType::Adf,
            other => self.get(other).cloned().ok_or_else(|| {
                let known = "text, int, float, bool, date, timestamp, json, any, adf";
                format!("there is no type `{other}`; the types are {known} and those in types.toml")
            })?,
        })
    }
}

/// A type as it is written in TOML, before names are looked up.
#[derive(Debug, Clone, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "a type is a name, [item type] or { key = type, ... }")]
pub(crate) enum TypeExpression {
    Name(String),
    List(Vec<TypeExpression>),
    Struct(ColumnTable),
}

impl std::fmt::Display for TypeExpression {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(formatter, "\"{name}\""),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(formatter, "[{}]", items.join(", "))
            }
            Self::Struct(table) => {
                let pair = |(key, kind): &(String, Self)| format!("{} = {kind}", toml_key(key));
                let pairs: Vec<_> = table.0.iter().map(pair).collect();
                write!(formatter, "{{ {} }}", pairs.join(", "))
            }
        }
    }
}

/// A key as TOML writes it: bare where it can be.
pub(super) fn toml_key(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(is_bare) {
        key.to_owned()
    } else {
        serde_json::Value::from(key).to_string()
    }
}

impl From<&ColumnType> for TypeExpression {
    fn from(kind: &ColumnType) -> Self {
        let name = match kind {
            ColumnType::Text => "text",
            ColumnType::Int => "int",
            ColumnType::Float => "float",
            ColumnType::Bool => "bool",
            ColumnType::Date => "date",
            ColumnType::Timestamp => "timestamp",
            ColumnType::Json => "json",
            ColumnType::Any => "any",
            ColumnType::Adf => "adf",
            ColumnType::List(item) => return Self::List(vec![Self::from(&**item)]),
            ColumnType::Struct(columns) => {
                let pairs = columns.iter().map(|one| (one.key.clone(), Self::from(&one.kind)));
                return Self::Struct(ColumnTable(pairs.collect()));
            }
        };
        Self::Name(name.to_owned())
    }
}

/// `key = type` pairs in the order in which they were written.
#[derive(Debug, Clone, Default, schemars::JsonSchema)]
#[schemars(with = "BTreeMap<String, TypeExpression>")]
pub(crate) struct ColumnTable(pub(crate) Vec<(String, TypeExpression)>);

impl Serialize for ColumnTable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, kind)| (key, kind)))
    }
}

impl<'de> Deserialize<'de> for ColumnTable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = ColumnTable;
            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a table of columns, key = type")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<ColumnTable, A::Error> {
                let mut columns = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    columns.push(pair);
                }
                Ok(ColumnTable(columns))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
