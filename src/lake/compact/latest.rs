//! Which row of each key is the latest, by a look at the columns that say it.
//!
//! Holds one entry for each key, and a byte for each row. Latest is the greatest `_extracted_at`, then the
//! greatest `_run_id`; of two rows that one run has seen at one moment, the record prevails over the
//! tombstone. Must not read other columns, and must not know what becomes of the rows.

use super::listing::Listing;
use crate::lake::manifest::Part;
use crate::lake::{Lake, LakeError};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use arrow::row::{RowConverter, SortField};
use futures::TryStreamExt;
use parquet::arrow::ProjectionMask;
use std::collections::HashMap;

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays.
    Kept,
    /// A tombstone that stays as long as the older rows of its key do.
    Tombstone,
    /// It goes: a later row of its key stays, or there was nothing to delete.
    Gone,
}

/// What becomes of each row of each part.
#[derive(Debug)]
pub(super) struct Fates(Vec<Vec<Fate>>);

impl Fates {
    pub(super) fn all_kept(parts: &[Part]) -> Self {
        Self(parts.iter().map(|part| vec![Fate::Kept; rows_of(part)]).collect())
    }

    /// The rows of one part.
    pub(super) fn of_part(&self, part: usize) -> &[Fate] {
        self.0.get(part).map_or(&[], Vec::as_slice)
    }

    /// How many rows of a part have this fate.
    pub(super) fn count(&self, part: usize, fate: Fate) -> u64 {
        self.of_part(part).iter().filter(|other| **other == fate).count() as u64
    }
}

fn rows_of(part: &Part) -> usize {
    usize::try_from(part.rows).unwrap_or(usize::MAX)
}

/// The latest row of one key so far.
#[derive(Debug, Clone, Copy)]
struct Latest {
    extracted_at: i64,
    run: usize,
    is_deleted: bool,
    /// Whether any row of the key is a record, and no tombstone.
    has_record: bool,
    part: usize,
    row: usize,
}

/// The latest rows of all keys so far.
#[derive(Default)]
struct LatestRows {
    keys: HashMap<Box<[u8]>, Latest>,
    sites: Names,
    runs: Names,
    /// Made for the types of the first part's key; all others must have the same.
    converter: Option<(Vec<DataType>, RowConverter)>,
}

/// Texts that occur often, as numbers.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, usize>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), self.names.len() - 1);
        self.names.len() - 1
    }
}

impl Lake {
    pub(super) async fn latest_of_key(
        &self,
        feed: &str,
        listing: &Listing,
        key: &[String],
    ) -> Result<Fates, LakeError> {
        let mut latest = LatestRows::default();
        for (index, part) in listing.parts.iter().enumerate() {
            let unlike = |column: String, reason: String| LakeError::Unlike {
                feed: feed.to_owned(),
                path: self.store.show(&part.path),
                column,
                reason,
            };
            let opened = self.read_part(part).await?;
            let columns = key.iter().map(String::as_str).chain(SYSTEM);
            let roots = columns
                .map(|name| opened.schema().index_of(name).map_err(|_| name))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|name| unlike(name.to_owned(), "is not there".to_owned()))?;
            let mask = ProjectionMask::roots(opened.parquet_schema(), roots);
            let failed = |error| self.unread(&part.path, error);
            let mut rows = opened.with_projection(mask).build().map_err(failed)?;
            let mut first = 0;
            while let Some(batch) = rows.try_next().await.map_err(failed)? {
                latest.take_in(&batch, key, index, first).map_err(|(c, r)| unlike(c, r))?;
                first += batch.num_rows();
            }
        }
        // What stands in parts that are not read may be what a tombstone deletes.
        Ok(latest.fates(&listing.parts, !listing.unlisted.is_empty()))
    }
}

/// The columns that every row has and that are needed here.
const SYSTEM: [&str; 4] = ["_site", "_run_id", "_extracted_at", "_deleted"];

/// A column and what is wrong with it.
type Unlike = (String, String);

impl LatestRows {
    fn take_in(
        &mut self,
        batch: &RecordBatch,
        key: &[String],
        part: usize,
        first: usize,
    ) -> Result<(), Unlike> {
        let zone = Some("UTC".into());
        let times =
            column(batch, "_extracted_at", &DataType::Timestamp(TimeUnit::Microsecond, zone))?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let deleted = column(batch, "_deleted", &DataType::Boolean)?.as_boolean();
        let sites = column(batch, "_site", &DataType::Utf8)?.as_string::<i32>();
        let runs = column(batch, "_run_id", &DataType::Utf8)?.as_string::<i32>();
        let columns: Vec<ArrayRef> =
            key.iter().filter_map(|name| batch.column_by_name(name).cloned()).collect();
        let keys = self.converter(key, &columns)?.convert_columns(&columns);
        let keys = keys.map_err(|error| (key.join(", "), error.to_string()))?;
        for row in 0..batch.num_rows() {
            let mut bytes = self.sites.number(sites.value(row)).to_le_bytes().to_vec();
            bytes.extend_from_slice(keys.row(row).as_ref());
            let is_deleted = deleted.value(row);
            let found = Latest {
                extracted_at: times.value(row),
                run: self.runs.number(runs.value(row)),
                is_deleted,
                has_record: !is_deleted,
                part,
                row: first + row,
            };
            self.offer(bytes.into_boxed_slice(), found);
        }
        Ok(())
    }

    fn offer(&mut self, key: Box<[u8]>, row: Latest) {
        let runs = &self.runs.names;
        let order = |row: &Latest| (row.extracted_at, runs.get(row.run), !row.is_deleted);
        self.keys
            .entry(key)
            .and_modify(|latest| {
                let has_record = latest.has_record || row.has_record;
                if order(&row) > order(latest) {
                    *latest = row;
                }
                latest.has_record = has_record;
            })
            .or_insert(row);
    }

    fn converter(
        &mut self,
        key: &[String],
        columns: &[ArrayRef],
    ) -> Result<&mut RowConverter, Unlike> {
        let kinds: Vec<_> = columns.iter().map(|column| column.data_type().clone()).collect();
        let (known, converter) = if let Some(made) = self.converter.take() {
            made
        } else {
            let fields = kinds.iter().cloned().map(SortField::new).collect();
            let converter = RowConverter::new(fields);
            (kinds.clone(), converter.map_err(|error| (key.join(", "), error.to_string()))?)
        };
        let differing = known.iter().zip(&kinds).zip(key).find(|((known, kind), _)| known != kind);
        if let Some(((known, kind), name)) = differing {
            return Err((name.clone(), format!("is {kind} here and {known} in parts before")));
        }
        Ok(&mut self.converter.insert((known, converter)).1)
    }

    fn fates(self, parts: &[Part], tombstones_stay: bool) -> Fates {
        let mut fates: Vec<_> = parts.iter().map(|part| vec![Fate::Gone; rows_of(part)]).collect();
        for latest in self.keys.into_values() {
            let fate = match latest {
                Latest { is_deleted: false, .. } => Fate::Kept,
                _ if tombstones_stay => Fate::Kept,
                Latest { has_record: true, .. } => Fate::Tombstone,
                Latest { has_record: false, .. } => Fate::Gone,
            };
            if let Some(row) = fates.get_mut(latest.part).and_then(|rows| rows.get_mut(latest.row))
            {
                *row = fate;
            }
        }
        Fates(fates)
    }
}

fn column<'a>(
    batch: &'a RecordBatch,
    name: &str,
    kind: &DataType,
) -> Result<&'a dyn Array, Unlike> {
    match batch.column_by_name(name) {
        Some(column) if column.data_type() == kind => Ok(column),
        Some(column) => {
            Err((name.to_owned(), format!("is {} and should be {kind}", column.data_type())))
        }
        None => Err((name.to_owned(), "is not there".to_owned())),
    }
}
