//! Which records the lake holds of a feed, by a look at the key columns of its parts: for a feed whose state
//! does not say it, because it was read in full before, or because its state was forgotten.

use super::Fates;
use super::latest::Fate;
use crate::lake::{KeyTable, Lake, LakeError, layout};
use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use futures::TryStreamExt;
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
    /// The records of a feed whose latest row is no tombstone. A row whose columns are not of a kind that a
    /// key has is left out.
    pub async fn held_records(
        &self,
        feed: &str,
        columns: &KeyColumns,
    ) -> Result<Vec<HeldRecord>, LakeError> {
        layout::check_feed(feed)?;
        let listing = self.listing(feed).await?;
        let fates = self.latest_of_key(feed, &listing, &columns.key).await?;
        let mut held = Vec::new();
        for (index, part) in listing.parts.iter().enumerate() {
            let opened = self.read_part(part).await?;
            let wanted = columns.key.iter().chain([&columns.host]).chain(&columns.label);
            let roots: Vec<_> =
                wanted.filter_map(|name| opened.schema().index_of(name).ok()).collect();
            let mask = ProjectionMask::roots(opened.parquet_schema(), roots);
            let failed = |error| self.unread(&part.path, error);
            let mut rows = opened.with_projection(mask).build().map_err(failed)?;
            let mut first = 0;
            while let Some(batch) = rows.try_next().await.map_err(failed)? {
                held.extend(records_of(&batch, columns, &fates, (index, first)));
                first += batch.num_rows();
            }
        }
        Ok(held)
    }
}

fn records_of(
    batch: &RecordBatch,
    columns: &KeyColumns,
    fates: &Fates,
    (part, first): (usize, usize),
) -> Vec<HeldRecord> {
    let text = |name: &String, row: usize| plain(batch.column_by_name(name)?, row);
    let is_kept = |row: &usize| fates.of_part(part).get(first + row) == Some(&Fate::Kept);
    let held = (0..batch.num_rows()).filter(is_kept).filter_map(|row| {
        let key = columns.key.iter().map(|name| text(name, row)).collect::<Option<_>>()?;
        let label = columns.label.as_ref().and_then(|name| text(name, row));
        Some(HeldRecord { host: text(&columns.host, row)?.parse().ok()?, key, label })
    });
    held.collect()
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
