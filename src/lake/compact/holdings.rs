//! Which records the lake holds of a feed, by a look at the key columns of its parts: for a feed whose state
//! does not say it, because it was read in full before, or because its state was forgotten.

use super::latest::Fate;
use super::listing::Listing;
use crate::lake::manifest::Part;
use crate::lake::{KeyTable, Lake, LakeError, RunId, layout};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Int64Type};
use futures::TryStreamExt;
use jiff::civil::Date;
use parquet::arrow::ProjectionMask;

/// Which columns tell a record, and what it hangs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumns {
    /// The number of the record that it hangs on, as text.
    pub host: String,
    /// The columns of its key.
    pub key: Vec<String>,
    /// A column that says more of the host: the key of an issue.
    pub label: Option<String>,
}

/// A record that the lake holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRecord {
    /// The number of the record that it hangs on.
    pub host: u64,
    /// The values of its key's columns, as text.
    pub key: Vec<String>,
    /// What more is known of the host.
    pub label: Option<String>,
}

impl Lake {
    /// The records of a feed whose latest row is no tombstone, by all parts but those of the run `without`. A row whose
    /// columns are not of a kind that a key has is left out.
    pub async fn held_records(
        &self,
        feed: &str,
        columns: &KeyColumns,
        without: Option<&RunId>,
    ) -> Result<Vec<HeldRecord>, LakeError> {
        layout::check_feed(feed)?;
        let mut listing = self.listing(feed).await?;
        let without = without.map(RunId::file_form);
        listing
            .parts
            .retain(|part| without.is_none() || layout::run_of_part(&part.path) != without);
        let wanted: Vec<_> =
            columns.key.iter().chain([&columns.host]).chain(&columns.label).collect();
        let mut held = Vec::new();
        self.each_held(feed, &listing, (&columns.key, &wanted), |text| {
            let key = columns.key.iter().map(text).collect::<Option<_>>();
            let host = text(&columns.host).and_then(|host| host.parse().ok());
            let label = columns.label.as_ref().and_then(text);
            held.extend(key.zip(host).map(|(key, host)| HeldRecord { host, key, label }));
        })
        .await?;
        Ok(held)
    }

    /// The keys of a site's records that stand in the parts of the latest date before `date`, and are no
    /// tombstones there. Empty if there is no such date, or the parts are not apart by date. A column that a record lacks
    /// is an empty text.
    pub async fn keys_before(
        &self,
        feed: &str,
        key: &[String],
        (site, date): (&str, Date),
    ) -> Result<Vec<Vec<String>>, LakeError> {
        layout::check_feed(feed)?;
        let mut listing = self.listing(feed).await?;
        let date_of = |part: &Part| layout::date_of_part(feed, &part.path);
        let latest = listing.parts.iter().filter_map(date_of).filter(|of| *of < date).max();
        listing.parts.retain(|part| latest.is_some() && date_of(part) == latest);
        // What nobody has committed says nothing of what a date holds.
        listing.unlisted.clear();
        let of_site = "_site".to_owned();
        let wanted: Vec<_> = key.iter().chain([&of_site]).collect();
        let mut held = Vec::new();
        self.each_held(feed, &listing, (key, &wanted), |text| {
            if text(&of_site).as_deref() == Some(site) {
                held.push(key.iter().map(|name| text(name).unwrap_or_default()).collect());
            }
        })
        .await?;
        Ok(held)
    }

    /// Hands over each record whose latest row is no tombstone, as a look-up of the plain values of `wanted`.
    async fn each_held(
        &self,
        feed: &str,
        listing: &Listing,
        (key, wanted): (&[String], &[&String]),
        mut found: impl FnMut(&dyn Fn(&String) -> Option<String>),
    ) -> Result<(), LakeError> {
        let fates = self.latest_of_key(feed, listing, key).await?;
        for (index, part) in listing.parts.iter().enumerate() {
            let opened = self.read_part(part).await?;
            let roots: Vec<_> =
                wanted.iter().filter_map(|name| opened.schema().index_of(name).ok()).collect();
            let mask = ProjectionMask::roots(opened.parquet_schema(), roots);
            let failed = |error| self.unread(&part.path, error);
            let mut rows = opened.with_projection(mask).build().map_err(failed)?;
            let mut first = 0;
            while let Some(batch) = rows.try_next().await.map_err(failed)? {
                let fate = |row: usize| fates.of_part(index).get(first + row);
                for row in (0..batch.num_rows()).filter(|row| fate(*row) == Some(&Fate::Kept)) {
                    found(&|name| plain(batch.column_by_name(name)?, row));
                }
                first += batch.num_rows();
            }
        }
        Ok(())
    }
}

fn plain(column: &dyn Array, row: usize) -> Option<String> {
    if column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Utf8 => Some(column.as_string::<i32>().value(row).to_owned()),
        DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Boolean => Some(column.as_boolean().value(row).to_string()),
        _ => None,
    }
}

impl FromIterator<HeldRecord> for KeyTable {
    fn from_iter<I: IntoIterator<Item = HeldRecord>>(records: I) -> Self {
        let mut table = Self::default();
        for HeldRecord { host, key, .. } in records {
            table.insert(host, &Self::key_of(&key));
        }
        table
    }
}
