//! Columns: JSON records in, Arrow record batches by a declared schema out.
//!
//! Pure and synchronous: bytes go in with [`RecordDecoder::push`], a batch comes out of
//! [`RecordDecoder::finish`]. Each value is cut out of its record as text and judged alone, so no value
//! can fail a row: one that does not fit its column is null there and stands, as it came, in `_rescued`.
//! Must not know HTTP, files, Parquet or the clock.

mod adf;
mod bindings;
mod cells;
mod decoder;
mod evolution;
mod keys;
mod list_cells;
mod names;
mod number;
mod object_cells;
mod rescue;
mod schema;
mod site_fields;
mod split;
mod text;
mod time;

pub use bindings::Bindings;
pub use decoder::{DecodedBatch, NotARecord, RecordDecoder, Stamp};
pub use evolution::{Evolution, evolve};
pub use schema::{FeedSchema, SchemaOptions};
pub use site_fields::{FieldNaming, SiteField, SiteFieldSchema, site_field_columns};
pub use time::instant_micros;

#[cfg(test)]
mod tests;
