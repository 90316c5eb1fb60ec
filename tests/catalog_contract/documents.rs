//! Atlassian's `OpenAPI` documents.

use crate::findings::folder;
use jira_feeds::catalog::{Method, nameless};
use serde_json::Value;
use std::collections::BTreeSet;

/// The `OpenAPI` documents of a folder.
pub(crate) struct Documents(Vec<Value>);

/// One operation, its path as the document writes it, and the document.
pub(crate) struct Operation<'a> {
    pub(crate) document: &'a Value,
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    pub(crate) value: &'a Value,
}

impl Documents {
    pub(crate) fn read(variable: &str) -> Option<Self> {
        let files = std::fs::read_dir(folder(variable)?).ok()?.filter_map(Result::ok);
        let json = files.filter(|file| file.path().extension().is_some_and(|end| end == "json"));
        let read = json.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        let documents: Vec<_> = read.filter_map(|text| serde_json::from_str(&text).ok()).collect();
        assert!(documents.len() >= 2, "{variable} names a folder without the two documents");
        Some(Self(documents))
    }

    /// Every operation that a document has: its method in capitals, its path, and itself.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (String, &str, &Value)> {
        let paths = self.0.iter().filter_map(|document| document["paths"].as_object()).flatten();
        paths.flat_map(|(path, verbs)| {
            let verbs = verbs.as_object().into_iter().flatten();
            verbs.map(|(verb, operation)| (verb.to_uppercase(), path.as_str(), operation))
        })
    }

    pub(crate) fn operation(&self, method: Method, path: &str) -> Option<Operation<'_>> {
        let wanted = nameless(path);
        let verb = method.to_string().to_lowercase();
        self.0.iter().find_map(|document| {
            let mut paths = document["paths"].as_object()?.iter();
            let (path, verbs) = paths.find(|(path, _)| nameless(path) == wanted)?;
            Some(Operation { document, method, path, value: verbs.get(&verb)? })
        })
    }

    /// A reference to the schema of that name, and the document that has it.
    pub(crate) fn schema(&self, name: &str) -> Option<(&Value, Value)> {
        let reference = format!("#/components/schemas/{name}");
        let mut having =
            self.0.iter().filter(|document| document.pointer(&reference[1..]).is_some());
        Some((having.next()?, serde_json::json!({ "$ref": reference })))
    }
}

impl Operation<'_> {
    /// The names of its query parameters and of the keys of its body.
    pub(crate) fn parameters(&self) -> BTreeSet<&str> {
        let listed = self.value["parameters"].as_array().into_iter().flatten();
        let query =
            listed.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
        let schema = &self.value["requestBody"]["content"]["application/json"]["schema"];
        let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        let schema = reference.and_then(|at| self.document.pointer(at)).unwrap_or(schema);
        let body = schema["properties"].as_object().into_iter().flatten();
        query.chain(body.map(|(key, _)| key.as_str())).collect()
    }

    /// The scopes that a token with scopes needs.
    pub(crate) fn scopes(&self) -> Vec<&str> {
        let ways = self.value["security"].as_array().into_iter().flatten();
        let scopes = ways.filter_map(|way| way["OAuth2"].as_array()).flatten();
        scopes.filter_map(Value::as_str).collect()
    }

    /// The names of the query parameters without which it refuses.
    pub(crate) fn required(&self) -> impl Iterator<Item = &str> {
        let listed = self.value["parameters"].as_array().into_iter().flatten();
        let required = listed.filter(|one| one["in"] == "query" && one["required"] == true);
        required.filter_map(|one| one["name"].as_str())
    }

    /// The page of Atlassian's documentation that is made from it.
    pub(crate) fn docs(&self) -> String {
        let group = self.value["tags"][0].as_str().unwrap_or_default().to_lowercase();
        let product = if self.path.starts_with("/rest/api/3/") {
            "platform/rest/v3"
        } else {
            "software/rest"
        };
        let anchor = self.path.to_lowercase().replace(['/', '.'], "-").replace(['{', '}'], "");
        let verb = self.method.to_string().to_lowercase();
        format!(
            "https://developer.atlassian.com/cloud/jira/{product}/api-group-{}/#api{anchor}-{verb}",
            group.replace(' ', "-")
        )
    }
}
