//! The form of a saved credential's file: JSON, and never the token.

use super::{SavedCredential, StoreError, TokenPlace};
use crate::credential::{Route, SiteUrl, check_username};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The form that this version writes and reads.
pub(super) const VERSION: u64 = 1;

/// What tells our files from others, and one form from a later one.
#[derive(Deserialize)]
struct Mark {
    jira_feeds_credential: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    jira_feeds_credential: u64,
    description: String,
    url: String,
    username: String,
    scoped: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cloud_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gateway: Option<String>,
    token_place: TokenPlace,
    token_number: u64,
    expires: Option<Date>,
    created_at: Timestamp,
    token_saved_at: Timestamp,
    last_used_at: Option<Timestamp>,
    last_tested_at: Option<Timestamp>,
}

/// The bytes of a credential's file.
pub(super) fn write(credential: &SavedCredential) -> Vec<u8> {
    let route = &credential.route;
    let record = Record {
        jira_feeds_credential: VERSION,
        description: credential.description.clone(),
        url: credential.site.to_string(),
        username: credential.username.clone(),
        scoped: route.scoped,
        cloud_id: route.cloud_id.as_ref().map(ToString::to_string),
        gateway: route.gateway.as_ref().map(ToString::to_string),
        token_place: credential.token_place,
        token_number: credential.token_number,
        expires: credential.expires,
        created_at: credential.created_at,
        token_saved_at: credential.token_saved_at,
        last_used_at: credential.last_used_at,
        last_tested_at: credential.last_tested_at,
    };
    // Texts, numbers and dates always have a JSON form.
    let mut bytes = serde_json::to_vec_pretty(&record).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads the file of the credential `name`. Errors quote nothing of it: somebody may have pasted a
/// token into it.
pub(super) fn read(name: &str, path: &Path, bytes: &[u8]) -> Result<SavedCredential, StoreError> {
    let corrupt = |reason: String| StoreError::Corrupt { path: path.to_owned(), reason };
    let syntax = |error: &serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Eof => "it ends in the middle".to_owned(),
            serde_json::error::Category::Data => {
                format!(
                    "a key is missing, unknown or of a wrong kind (line {line}, column {column})"
                )
            }
            _ => format!("it is not JSON (line {line}, column {column})"),
        }
    };
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        return Err(corrupt(syntax(&error)));
    }
    let mark: Mark =
        serde_json::from_slice(bytes).map_err(|_| StoreError::Foreign { path: path.to_owned() })?;
    let version = mark.jira_feeds_credential;
    if version > VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), version });
    }
    let record: Record = serde_json::from_slice(bytes).map_err(|error| corrupt(syntax(&error)))?;
    record.credential(name).map_err(|(key, reason)| corrupt(format!("`{key}`: {reason}")))
}

impl Record {
    fn credential(self, name: &str) -> Result<SavedCredential, (&'static str, String)> {
        let site = SiteUrl::parse(&self.url).map_err(|error| ("url", error.to_string()))?;
        check_username(&self.username).map_err(|reason| ("username", reason.to_owned()))?;
        let route = Route::of_keys(self.scoped, self.cloud_id.as_deref(), self.gateway.as_deref())
            .map_err(|(key, error)| (key, error.to_string()))?;
        Ok(SavedCredential {
            name: name.to_owned(),
            description: self.description,
            site,
            route,
            username: self.username,
            token_place: self.token_place,
            token_number: self.token_number,
            expires: self.expires,
            created_at: self.created_at,
            token_saved_at: self.token_saved_at,
            last_used_at: self.last_used_at,
            last_tested_at: self.last_tested_at,
        })
    }
}
