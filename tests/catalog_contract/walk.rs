//! Columns of a feed and what is known of its records, side by side.

use crate::findings::Findings;
use jira_feeds::catalog::{Column, ColumnType, Feed, Pointer};
use serde_json::Value;
use std::collections::BTreeSet;

/// What is known of a place in the JSON: its schema and the values of examples, or either.
pub(crate) struct Seen<'a> {
    pub(crate) schema: Option<&'a Value>,
    pub(crate) examples: Vec<&'a Value>,
}

impl Seen<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.schema.is_none() && self.examples.is_empty()
    }
}

/// Goes through the columns of a feed and what is known of its records, side by side.
pub(crate) struct Walk<'a, 'f> {
    pub(crate) document: &'a Value,
    pub(crate) feed: &'f Feed,
    pub(crate) findings: &'f mut Findings,
}

impl<'a> Walk<'a, '_> {
    /// A schema with its references followed, and the name of the last one.
    pub(crate) fn resolve(
        &self,
        schema: Option<&'a Value>,
    ) -> (Option<&'a Value>, Option<&'a str>) {
        let mut current = schema;
        let mut name = None;
        while let Some(schema) = current {
            let reference = schema["$ref"].as_str();
            if let Some(at) = reference.and_then(|reference| reference.strip_prefix('#')) {
                name = at.rsplit('/').next();
                current = self.document.pointer(at);
            } else if let [only] = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice) {
                current = Some(only);
            } else {
                break;
            }
        }
        (current, name)
    }

    pub(crate) fn property(&self, seen: &Seen<'a>, key: &str) -> Seen<'a> {
        let (schema, _) = self.resolve(seen.schema);
        Seen {
            schema: schema.and_then(|schema| schema["properties"].get(key)),
            examples: seen.examples.iter().filter_map(|value| value.get(key)).collect(),
        }
    }

    pub(crate) fn inside(&self, seen: &Seen<'a>, at: &Pointer) -> Seen<'a> {
        let start = Seen { schema: seen.schema, examples: seen.examples.clone() };
        at.steps().iter().fold(start, |seen, step| self.property(&seen, step))
    }

    pub(crate) fn items(&self, seen: &Seen<'a>) -> Seen<'a> {
        let (schema, _) = self.resolve(seen.schema);
        let lists = seen.examples.iter().filter_map(|value| value.as_array());
        Seen {
            schema: schema.and_then(|schema| schema.get("items")),
            examples: lists.flatten().collect(),
        }
    }

    /// The values of an object that is a map, or of one whose members are the records.
    pub(crate) fn members(&self, seen: &Seen<'a>) -> Seen<'a> {
        let (schema, _) = self.resolve(seen.schema);
        let objects = seen.examples.iter().filter_map(|value| value.as_object());
        Seen {
            schema: schema.and_then(|schema| schema.get("additionalProperties")),
            examples: objects.flat_map(|object| object.values()).collect(),
        }
    }

    pub(crate) fn is_list(&self, seen: &Seen<'a>) -> bool {
        let (schema, _) = self.resolve(seen.schema);
        schema.is_some_and(|schema| schema["type"] == "array")
            || seen.examples.iter().any(|value| value.is_array())
    }

    /// Every column is known, and every known key is a column.
    pub(crate) fn columns(&mut self, place: &str, columns: &[Column], seen: &Seen<'a>) {
        let (schema, name) = self.resolve(seen.schema);
        let properties = schema.and_then(|schema| schema["properties"].as_object());
        let examples = seen.examples.iter().filter_map(|value| value.as_object());
        let keys: BTreeSet<&str> =
            properties.into_iter().chain(examples).flatten().map(|(key, _)| key.as_str()).collect();
        if keys.is_empty() {
            return; // a free map, or nothing but empty examples
        }
        let places = [place, name.unwrap_or(place), shape(place, columns)];
        for key in &keys {
            let excused = places.iter().any(|place| self.findings.is_excused(place, key));
            if !has(columns, key) && !excused {
                let known = name.unwrap_or("no schema");
                self.findings.report(place, key, &format!("is not declared ({known})"));
            }
        }
        for column in columns {
            let inner = self.property(seen, &column.key);
            let place = format!("{place}.{}", column.key);
            if !inner.is_empty() {
                self.value(&place, &column.kind, &inner);
            } else if properties.is_some() && !self.is_known_elsewhere(&places, &column.key) {
                self.findings.report(&place, "", "is in no document");
            }
        }
    }

    /// Whether a column without a counterpart is filled from around the record, or is excused.
    pub(crate) fn is_known_elsewhere(&mut self, places: &[&str], key: &str) -> bool {
        let from_around = self.feed.columns_from_around().any(|column| column == key);
        let outside = places.contains(&self.feed.name.as_str()) && from_around;
        outside || places.iter().any(|place| self.findings.is_excused(place, key))
    }

    pub(crate) fn value(&mut self, place: &str, kind: &ColumnType, seen: &Seen<'a>) {
        match kind {
            ColumnType::List(item) => {
                self.fits(place, kind, seen);
                self.value(place, item, &self.items(seen));
            }
            ColumnType::Struct(columns) => {
                self.fits(place, kind, seen);
                self.columns(place, columns, seen);
            }
            _ => self.fits(place, kind, seen),
        }
    }

    pub(crate) fn fits(&mut self, place: &str, kind: &ColumnType, seen: &Seen<'a>) {
        let (schema, _) = self.resolve(seen.schema);
        if let Some(schema) = schema.filter(|schema| !takes_schema(kind, schema)) {
            self.findings.report(place, &schema.to_string(), "is not of the column's type");
        }
        for example in seen.examples.iter().filter(|example| !takes_value(kind, example)) {
            self.findings.report(place, &example.to_string(), "is not of the column's type");
        }
    }
}

pub(crate) fn has(columns: &[Column], key: &str) -> bool {
    columns.iter().any(|column| column.key == key)
}

/// Names for shapes that stand in several places and have no schema of their own name.
pub(crate) fn shape<'p>(place: &'p str, columns: &[Column]) -> &'p str {
    let ends = |tail| place.ends_with(tail);
    if ends("Permissions.project") {
        "share.project"
    } else if ends(".holder") {
        "permission_holder"
    } else if has(columns, "tmpFromAccountId") {
        "change_item"
    } else if has(columns, "accountId") && has(columns, "avatarUrls") {
        "User"
    } else {
        place
    }
}

/// Whether a column of this type holds what the schema describes.
pub(crate) fn takes_schema(kind: &ColumnType, schema: &Value) -> bool {
    let format = schema["format"].as_str().unwrap_or_default();
    let Some(described) = schema["type"].as_str() else { return true };
    match kind {
        ColumnType::Json | ColumnType::Any | ColumnType::Adf => true,
        // Ids that Jira gives in both forms.
        ColumnType::Text => {
            described == "integer" || (described == "string" && !format.starts_with("date"))
        }
        ColumnType::Int => described == "integer",
        ColumnType::Float => described == "number" || described == "integer",
        ColumnType::Bool => described == "boolean",
        ColumnType::Date => described == "string" && format == "date",
        ColumnType::Timestamp => (described == "string" && format != "date") || format == "int64",
        ColumnType::List(_) => described == "array",
        ColumnType::Struct(_) => described == "object",
    }
}

/// Whether a column of this type holds the value.
pub(crate) fn takes_value(kind: &ColumnType, value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    let starts_as_date = |text: &str| {
        let start = text.as_bytes().get(..10).unwrap_or_default();
        start.len() == 10
            && start.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    match kind {
        ColumnType::Json | ColumnType::Any => true,
        ColumnType::Adf => value["type"] == "doc",
        ColumnType::Text => value.is_string() || value.is_i64(),
        ColumnType::Int => value.is_i64(),
        ColumnType::Float => value.is_number(),
        ColumnType::Bool => value.is_boolean(),
        ColumnType::Date => {
            value.as_str().is_some_and(|text| text.len() == 10 && starts_as_date(text))
        }
        ColumnType::Timestamp => value.is_i64() || value.as_str().is_some_and(starts_as_date),
        ColumnType::List(_) => value.is_array(),
        ColumnType::Struct(_) => value.is_object(),
    }
}
