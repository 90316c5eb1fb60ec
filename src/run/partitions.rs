//! How each feed is partitioned: by what its own options say, or else by as much of the general rule as it can.

use super::schema::{ColumnChoice, schema_on_site};
use super::session::Session;
use crate::catalog::{Feed, PERMISSIONS};
use crate::config::{DateUnit, PartitionBy, PartitionColumn, Settings};
use crate::lake::{LakeError, PartitionKey, PartitionUnit, Partitioning};
use arrow::datatypes::Schema;
use std::sync::Arc;

/// The partitioning of a feed that has these columns.
pub(crate) fn partitioning(
    settings: &Settings,
    feed: &Feed,
    schema: &Schema,
) -> Result<Partitioning, LakeError> {
    let is_general = settings.options(&feed.name).partition_by.is_none();
    resolve(settings, feed, schema, is_general)
}

/// As much of it as can be told without the site's own fields.
pub(crate) fn known_partitioning(
    settings: &Settings,
    feed: &Feed,
    schema: &Schema,
) -> Result<Partitioning, LakeError> {
    resolve(settings, feed, schema, true)
}

fn resolve(
    settings: &Settings,
    feed: &Feed,
    schema: &Schema,
    lenient: bool,
) -> Result<Partitioning, LakeError> {
    let own = settings.options(&feed.name).partition_by;
    let PartitionBy { extract_date, columns } =
        own.unwrap_or_else(|| settings.destination.partition_by.clone());
    let keys: Vec<_> = columns.into_iter().map(key).collect();
    Partitioning::resolve(&feed.name, schema, extract_date, &keys, lenient)
}

/// Refuses, before anything is read, what a chosen feed cannot be partitioned by.
pub(crate) fn check_partitions(settings: &Settings, session: &Session) -> Result<(), LakeError> {
    let chosen = settings.feeds.iter().chain(settings.catalog.get(PERMISSIONS));
    // A feed whose columns cannot be told fails by itself.
    let known = chosen.filter(|feed| session.fields.is_ok() || !feed.needs_site_fields());
    let mut unused = settings.destination.partition_by.columns.clone();
    for feed in known {
        let choice = ColumnChoice::of(&settings.options(&feed.name));
        let schema = schema_on_site(&settings.catalog, feed, session.known_fields(), choice);
        let schema = Arc::clone(schema.arrow());
        partitioning(settings, feed, &schema)?;
        unused.retain(|column| {
            let key = [key(column.clone())];
            Partitioning::resolve(&feed.name, &schema, true, &key, false).is_err()
        });
    }
    for column in unused.into_iter().map(key) {
        tracing::warn!(
            "no chosen feed can be partitioned by `{column}` of destination.partition_by"
        );
    }
    Ok(())
}

fn key(PartitionColumn { column, unit }: PartitionColumn) -> PartitionKey {
    let unit = unit.map(|unit| match unit {
        DateUnit::Year => PartitionUnit::Year,
        DateUnit::Month => PartitionUnit::Month,
        DateUnit::Day => PartitionUnit::Day,
    });
    PartitionKey { column, unit }
}
