//! The schema that each feed of a run is written in: its columns on this site today, laid into those that
//! it has had in the lake; and the folders that its parts go to.

use super::folders::changed;
use super::increments::Increments;
use super::partitions::partitioning;
use super::schema::{ColumnChoice, evolved_on_site};
use crate::catalog::{Column, EmbeddedAt, Feed};
use crate::columns::{FeedSchema, SiteField};
use crate::config::Settings;
use crate::lake::{fingerprint, text_fingerprint};
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// The schema of one feed.
pub(crate) struct WrittenSchema {
    pub(crate) schema: Arc<FeedSchema>,
    /// What the folders of its parts are named by; none if they cannot be told.
    pub(crate) folders: Option<Vec<String>>,
    /// How it differs from that of before.
    pub(crate) notes: Vec<String>,
    /// The ids of the site's fields in which its records are found, for a feed that is found so.
    places: Vec<String>,
    /// What the user has to see to.
    warning: Option<String>,
}

impl WrittenSchema {
    pub(crate) fn of(
        settings: &Settings,
        feed: &Feed,
        fields: &[SiteField],
        increments: &Increments,
    ) -> Self {
        let choice = ColumnChoice::of(&settings.options(&feed.name));
        let before = increments.columns_before(&feed.name).and_then(|json| read(feed, json));
        let (schema, mut notes) =
            evolved_on_site(&settings.catalog, feed, fields, choice, before.as_deref());
        if increments.is_incremental(&feed.name) {
            notes.extend(changed_key(feed, schema.columns()));
        }
        let folders = partitioning(settings, feed, schema.arrow()).ok();
        let folders = folders.map(|partitioning| partitioning.columns());
        let before = increments.folders_before(&feed.name);
        let warning = before.zip(folders.as_deref()).and_then(|(before, now)| changed(before, now));
        Self { schema, folders, notes, places: places(feed, fields), warning }
    }

    /// Alike for all rows that can stand together: their columns are the same, found at the same places, and
    /// so are the folders that they go to.
    pub(crate) fn fingerprint(&self) -> String {
        let columns = fingerprint(self.schema.arrow());
        text_fingerprint(&serde_json::json!([columns, self.places, self.folders]).to_string())
    }

    /// The columns as the next run finds them.
    pub(crate) fn as_json(&self) -> Value {
        serde_json::to_value(self.schema.columns()).unwrap_or_default()
    }

    /// The notes of a feed that is committed.
    pub(crate) fn tell(self, feed: &Feed) -> Vec<String> {
        for note in &self.notes {
            tracing::info!(feed = %feed.name, "{note}");
        }
        if let Some(warning) = &self.warning {
            tracing::warn!(feed = %feed.name, "{warning}");
        }
        self.notes.into_iter().chain(self.warning).collect()
    }
}

fn places(feed: &Feed, fields: &[SiteField]) -> Vec<String> {
    match feed.embedded.as_ref().map(|embedded| &embedded.at) {
        Some(EmbeddedAt::FieldType(types)) => {
            let is_place = |field: &&SiteField| types.iter().any(|custom| field.is_of_type(custom));
            fields.iter().filter(is_place).map(|field| field.id.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// None for a state without columns, and for one of another version.
pub(crate) fn read(feed: &Feed, columns: &Value) -> Option<Vec<Column>> {
    if columns.is_null() {
        return None;
    }
    let read = Vec::<Column>::deserialize(columns);
    let unread = |error| {
        tracing::warn!(feed = %feed.name, %error, "the columns that the feed has had cannot be read; those of now are taken as they are");
    };
    read.map_err(unread).ok()
}

/// What is wrong with a feed whose records are told apart by a column that has another type now.
pub(crate) fn changed_key(feed: &Feed, columns: &[Column]) -> Option<String> {
    let is_doubled = |key: &&String| columns.iter().filter(|one| one.key == **key).count() > 1;
    feed.key.iter().find(is_doubled).map(|key| {
        format!("its records are told apart by `{key}`, whose type has changed: the latest row of a record from before cannot be told. Write the feed to a new destination")
    })
}
