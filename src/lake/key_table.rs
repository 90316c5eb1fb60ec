//! The keys of the records that the lake holds of a feed, each under the record that it hangs on.
//!
//! Whoever reads a record's children again compares with it to learn which of them have gone. Kept as
//! Parquet beside the state. Must not know what keys mean; a key is a text.

use super::LakeError;
use arrow::array::{Array, AsArray, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use arrow::error::ArrowError;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many keys are encoded at once.
const BATCH_ROWS: usize = 65_536;

/// Keys by the number of the record that they hang on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyTable {
    keys: BTreeMap<u64, Vec<Box<str>>>,
}

impl KeyTable {
    /// A key of several columns as one text: their plain values as a JSON array.
    #[must_use]
    pub fn key_of(values: &[String]) -> String {
        serde_json::Value::from(values).to_string()
    }

    /// The values that a key was made of.
    #[must_use]
    pub fn values_of(key: &str) -> Vec<String> {
        serde_json::from_str(key).unwrap_or_default()
    }

    /// Adds a key below a record.
    pub fn insert(&mut self, host: u64, key: &str) {
        self.keys.entry(host).or_default().push(key.into());
    }

    /// Adds the keys of another table.
    pub fn extend(&mut self, other: &Self) {
        for (host, key) in other.iter() {
            self.insert(host, key);
        }
    }

    /// The keys below a record.
    #[must_use]
    pub fn below(&self, host: u64) -> &[Box<str>] {
        self.keys.get(&host).map_or(&[], Vec::as_slice)
    }

    /// Takes a record's keys out.
    pub fn remove(&mut self, host: u64) -> Vec<Box<str>> {
        self.keys.remove(&host).unwrap_or_default()
    }

    /// Puts `keys` in the place of those below a record; without any, the record has none.
    pub fn replace(&mut self, host: u64, keys: Vec<Box<str>>) {
        if keys.is_empty() {
            self.keys.remove(&host);
        } else {
            self.keys.insert(host, keys);
        }
    }

    /// The records that have keys.
    pub fn hosts(&self) -> impl Iterator<Item = u64> {
        self.keys.keys().copied()
    }

    /// All keys, with the record that each hangs on.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &str)> {
        self.keys.iter().flat_map(|(host, keys)| keys.iter().map(|key| (*host, &**key)))
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn encode(&self) -> Result<Bytes, ParquetError> {
        let schema = schema();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .build();
        let mut writer = ArrowWriter::try_new(Vec::new(), Arc::clone(&schema), Some(properties))?;
        let mut rows = self.iter().peekable();
        while rows.peek().is_some() {
            let (hosts, keys): (Vec<_>, Vec<_>) = rows.by_ref().take(BATCH_ROWS).unzip();
            let columns = (Arc::new(UInt64Array::from(hosts)), Arc::new(StringArray::from(keys)));
            let batch = RecordBatch::try_new(Arc::clone(&schema), vec![columns.0, columns.1])?;
            writer.write(&batch)?;
        }
        writer.into_inner().map(Bytes::from)
    }

    pub(super) fn decode(bytes: Bytes) -> Result<Self, ParquetError> {
        let mut table = Self::default();
        for batch in ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()? {
            table.add(&batch?)?;
        }
        Ok(table)
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        let odd = || ParquetError::from(ArrowError::SchemaError("not a table of keys".to_owned()));
        let column = |name| batch.column_by_name(name).ok_or_else(odd);
        let hosts = column("host")?.as_primitive_opt::<UInt64Type>().ok_or_else(odd)?;
        let keys = column("key")?.as_string_opt::<i32>().ok_or_else(odd)?;
        if hosts.null_count() + keys.null_count() > 0 {
            return Err(odd());
        }
        for (host, key) in hosts.values().iter().zip(keys.iter().flatten()) {
            self.insert(*host, key);
        }
        Ok(())
    }
}

fn schema() -> Arc<Schema> {
    Arc::new(Schema::new(vec![
        Field::new("host", DataType::UInt64, false),
        Field::new("key", DataType::Utf8, false),
    ]))
}

impl super::Lake {
    /// Reads the keys that a state refers to.
    pub async fn read_keys(&self, path: &str) -> Result<KeyTable, LakeError> {
        let damaged = |source| LakeError::Keys { path: self.store.show(path), source };
        let bytes = self.store.get(path).await?;
        let bytes = bytes.ok_or_else(|| LakeError::Lost { path: self.store.show(path) })?;
        KeyTable::decode(bytes).map_err(damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(rows in prop::collection::vec((any::<u64>(), ".{0,12}"), 0..200)) {
            let mut table = KeyTable::default();
            for (host, key) in &rows {
                table.insert(*host, key);
            }
            let read = KeyTable::decode(table.encode().unwrap()).unwrap();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = KeyTable::decode(Bytes::from(bytes));
        }
    }

    #[test]
    fn a_million_keys_take_a_few_megabytes() {
        let mut table = KeyTable::default();
        for n in 0..1_000_000_u64 {
            table.insert(10_000 + n / 4, &format!("[\"{}\"]", 20_000 + n));
        }
        let bytes = table.encode().unwrap().len();
        assert!(bytes < 8 << 20, "{bytes}");
    }
}
