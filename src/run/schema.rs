//! The columns of a feed on this site: those that the catalogue declares, and one for each field of the site.

use crate::catalog::{Catalog, Column, ColumnType, EmbeddedAt, Feed, Pointer};
use crate::columns::{
    Evolution, FeedSchema, FieldNaming, SchemaOptions, SiteField, evolve, site_field_columns,
};
use crate::config::{FeedOptions, FieldNames};
use std::sync::Arc;

/// What a user can choose about a feed's columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnChoice {
    pub(crate) raw: bool,
    pub(crate) naming: FieldNaming,
}

impl ColumnChoice {
    pub(crate) fn of(options: &FeedOptions) -> Self {
        let naming = match options.field_names {
            FieldNames::Id => FieldNaming::Id,
            FieldNames::Name => FieldNaming::Name,
        };
        Self { raw: options.raw, naming }
    }
}

/// The schema of `feed` on a site with these fields.
pub(crate) fn schema_on_site(
    catalog: &Catalog,
    feed: &Feed,
    fields: &[SiteField],
    choice: ColumnChoice,
) -> Arc<FeedSchema> {
    let (schema, _) = evolved_on_site(catalog, feed, fields, choice, None);
    schema
}

/// The same laid into the columns of `before`, and how it differs from them.
pub(crate) fn evolved_on_site(
    catalog: &Catalog,
    feed: &Feed,
    fields: &[SiteField],
    choice: ColumnChoice,
    before: Option<&[Column]>,
) -> (Arc<FeedSchema>, Vec<String>) {
    let elsewhere = embedded_places(catalog, feed);
    let columns = match &feed.site_fields {
        Some(at) => extended(catalog, feed, at, fields, &elsewhere, choice.naming),
        None => feed.columns.clone(),
    };
    let options = SchemaOptions { raw: choice.raw, absent_at: feed.site_fields.clone(), elsewhere };
    let Evolution { columns, notes } = evolve(columns, before);
    (Arc::new(FeedSchema::new(columns, options)), notes)
}

/// The schema of `feed` as far as it is known without asking a site.
#[must_use]
pub fn columns_without_site(catalog: &Catalog, feed: &Feed) -> Arc<FeedSchema> {
    schema_on_site(catalog, feed, &[], ColumnChoice { raw: true, naming: FieldNaming::Id })
}

/// Places in a record that other feeds hold.
fn embedded_places(catalog: &Catalog, feed: &Feed) -> Vec<Pointer> {
    let inside = catalog.embedded_in(&feed.name).filter_map(|inner| inner.embedded.as_ref());
    inside
        .filter_map(|embedded| match &embedded.at {
            EmbeddedAt::Pointer(at) => Some(at.clone()),
            EmbeddedAt::FieldType(_) => None,
        })
        .collect()
}

fn extended(
    catalog: &Catalog,
    feed: &Feed,
    at: &Pointer,
    fields: &[SiteField],
    elsewhere: &[Pointer],
    naming: FieldNaming,
) -> Vec<Column> {
    let mut columns = feed.columns.clone();
    let place = columns.iter_mut().find(|column| Some(&column.key) == at.steps().last());
    if let Some(Column { kind: ColumnType::Struct(declared), .. }) = place {
        let depth = at.steps().len();
        let elsewhere: Vec<_> =
            elsewhere.iter().filter_map(|place| place.steps().get(depth).cloned()).collect();
        let more = site_field_columns(fields, declared, &elsewhere, catalog.types(), naming);
        declared.extend(more);
    }
    columns
}
