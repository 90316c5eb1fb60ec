//! Values against the schemas of Atlassian's `OpenAPI` documents.

use serde_json::Value;

/// Where documents and real answers are known to differ: schema, member, and why.
const KNOWN: &[(&str, &str, &str)] = &[
    ("FieldConfigurationDetails", "id", "in the example, not in the schema"),
    ("FieldConfigurationDetails", "isDefault", "in the example, not in the schema"),
    (
        "DashboardGadgetPosition",
        "*",
        "the schema has sentences for names; the example has row and column",
    ),
    ("ProjectDetails", "projectTypeKey", "product discovery is newer than the schema"),
    ("Project", "projectTypeKey", "product discovery is newer than the schema"),
    ("IssueTypeDetails", "untranslatedName", "in the examples, not in the schema"),
    ("IssueTypeIssueCreateMetadata", "untranslatedName", "in the examples, not in the schema"),
    ("Scope", "type", "the schema lacks GLOBAL"),
];

/// What of a value does not fit a schema.
pub(crate) fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check { document, faults: Vec::new() };
    check.value(schema, value, "$", "");
    check.faults
}

struct Check<'d> {
    document: &'d Value,
    faults: Vec<String>,
}

impl<'d> Check<'d> {
    fn fault(&mut self, at: &str, what: &str) {
        self.faults.push(format!("{at}: {what}"));
    }

    fn value(&mut self, schema: &'d Value, value: &Value, at: &str, owner: &str) {
        if let Some(name) = super::documents::referred(schema) {
            let referred = &self.document["components"]["schemas"][name];
            return self.value(referred, value, at, name);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.value(part, value, at, owner);
        }
        for choice in ["oneOf", "anyOf"] {
            if let Some(parts) = schema[choice].as_array() {
                let fits = |part: &&Value| faults(self.document, part, value).is_empty();
                if !parts.iter().any(|part| fits(&part)) {
                    self.fault(at, "fits none of the alternatives");
                }
                return;
            }
        }
        if value.is_null() {
            if schema["nullable"] != true && schema["type"].is_string() {
                self.fault(at, "is null");
            }
            return;
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema, value, at, owner),
            Some("array") => match value.as_array() {
                Some(items) => {
                    for (n, item) in items.iter().enumerate() {
                        self.value(&schema["items"], item, &format!("{at}[{n}]"), owner);
                    }
                }
                None => self.fault(at, "is no list"),
            },
            Some("string") => self.text(schema, value, at),
            Some("integer") if !value.is_i64() && !value.is_u64() => {
                self.fault(at, "is no integer");
            }
            Some("integer") if schema["format"] == "int32" && !is_32_bits(value) => {
                self.fault(at, "does not fit 32 bits");
            }
            Some("number") if !value.is_number() => self.fault(at, "is no number"),
            Some("boolean") if !value.is_boolean() => self.fault(at, "is no boolean"),
            _ => {}
        }
    }

    fn text(&mut self, schema: &Value, value: &Value, at: &str) {
        let Some(text) = value.as_str() else { return self.fault(at, "is no text") };
        let words = schema["enum"].as_array();
        if words.is_some_and(|words| !words.iter().any(|word| word == text)) {
            self.fault(at, &format!("{text:?} is not one of its words"));
        }
        let looks = match schema["format"].as_str() {
            Some("date-time") => text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T'),
            Some("uuid") => text.len() == 36,
            _ => true,
        };
        if !looks {
            self.fault(at, &format!("{text:?} is not of its format"));
        }
    }

    fn object(&mut self, schema: &'d Value, value: &Value, at: &str, owner: &str) {
        let known = |name: &str| {
            KNOWN.iter().any(|(of, member, _)| *of == owner && (*member == name || *member == "*"))
        };
        let Some(fields) = value.as_object() else { return self.fault(at, "is no object") };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) && !known(name) {
                self.fault(at, &format!("lacks {name}"));
            }
        }
        let members = schema["properties"].as_object();
        for (name, field) in fields.iter().filter(|(name, _)| !known(name)) {
            let inside = format!("{at}.{name}");
            match (members.and_then(|members| members.get(name)), &schema["additionalProperties"]) {
                (Some(member), _) => self.value(member, field, &inside, owner),
                (None, more) if more.is_object() => self.value(more, field, &inside, owner),
                (None, Value::Bool(true)) => {}
                (None, _) if members.is_none() => {}
                (None, _) => self.fault(&inside, &format!("is no member of {owner}")),
            }
        }
    }
}

fn is_32_bits(value: &Value) -> bool {
    value.as_i64().is_some_and(|n| i32::try_from(n).is_ok())
}

#[test]
fn what_does_not_fit_is_found() {
    let document = serde_json::json!({"components": {"schemas": {"A": {"type": "object",
        "required": ["id"], "properties": {"id": {"type": "integer", "format": "int32"},
            "kind": {"type": "string", "enum": ["x"]}}}}}});
    let schema = serde_json::json!({"$ref": "#/components/schemas/A"});
    let check = |value| faults(&document, &schema, &value);
    assert!(check(serde_json::json!({"id": 1, "kind": "x"})).is_empty());
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({"id": "1"}),
        serde_json::json!({"id": 1, "kind": "y"}),
        serde_json::json!({"id": 1, "other": 1}),
        serde_json::json!({"id": 5_000_000_000_i64}),
        serde_json::json!({"id": null}),
    ] {
        assert_eq!(check(wrong.clone()).len(), 1, "{wrong}");
    }
}
