//! The parts of a feed that are being written: one for each folder, as many as may be open at once.
//!
//! Must not know which row belongs to which folder, nor when parts become data.

use super::options::WriteOptions;
use super::upload::Upload;
use arrow::array::RecordBatch;
use parquet::arrow::AsyncArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use std::collections::BTreeMap;

/// The open parts, by their folder.
#[derive(Default)]
pub(super) struct OpenParts {
    parts: BTreeMap<String, OpenPart>,
    /// Grows with each write, to tell which part was written to least recently.
    writes: u64,
}

/// A part that takes rows.
struct OpenPart {
    /// Its number among all parts of the feed.
    index: usize,
    writer: AsyncArrowWriter<Upload>,
    written_at: u64,
}

impl OpenParts {
    pub(super) fn insert(&mut self, folder: &str, index: usize, writer: AsyncArrowWriter<Upload>) {
        let part = OpenPart { index, writer, written_at: self.writes };
        self.parts.insert(folder.to_owned(), part);
    }

    pub(super) fn index_of(&self, folder: &str) -> Option<usize> {
        self.parts.get(folder).map(|part| part.index)
    }

    /// Any open part: its folder and its number.
    pub(super) fn first(&self) -> Option<(String, usize)> {
        self.parts.first_key_value().map(|(folder, part)| (folder.clone(), part.index))
    }

    /// The part to close before another is opened: the one that was written to least recently.
    pub(super) fn to_be_closed(&self, most: usize) -> Option<(String, usize)> {
        if self.parts.len() < most.max(1) {
            return None;
        }
        let oldest = self.parts.iter().min_by_key(|(_, part)| part.written_at);
        oldest.map(|(folder, part)| (folder.clone(), part.index))
    }

    /// Adds rows to an open part; ends its row group when that is large enough. True if the part is
    /// large enough.
    pub(super) async fn write(
        &mut self,
        folder: &str,
        rows: &RecordBatch,
        options: &WriteOptions,
    ) -> Result<bool, ParquetError> {
        self.writes += 1;
        let Some(part) = self.parts.get_mut(folder) else { return Ok(false) };
        part.written_at = self.writes;
        let writer = &mut part.writer;
        writer.write(rows).await?;
        if writer.in_progress_size() >= options.row_group_bytes
            || writer.memory_size() >= options.memory_bytes
            || writer.in_progress_rows() >= options.row_group_rows
        {
            writer.flush().await?;
        }
        Ok(writer.bytes_written() + writer.in_progress_size() >= options.part_bytes)
    }

    /// Ends the largest row groups until all parts together hold no more than `most` bytes.
    pub(super) async fn shrink(&mut self, most: usize) -> Result<(), (usize, ParquetError)> {
        while self.memory_size() > most {
            let largest = self.parts.values_mut().max_by_key(|part| part.writer.memory_size());
            let Some(OpenPart { index, writer, .. }) = largest else { return Ok(()) };
            let before = writer.memory_size();
            writer.flush().await.map_err(|error| (*index, error))?;
            if writer.memory_size() >= before {
                // What is left is not rows.
                return Ok(());
            }
        }
        Ok(())
    }

    /// Ends a part. After an error it is still there, to be given up.
    pub(super) async fn close(
        &mut self,
        folder: &str,
    ) -> Result<Option<(ParquetMetaData, usize)>, ParquetError> {
        let Some(part) = self.parts.get_mut(folder) else { return Ok(None) };
        let metadata = part.writer.finish().await?;
        let bytes = part.writer.bytes_written();
        self.parts.remove(folder);
        Ok(Some((metadata, bytes)))
    }

    /// Gives all parts up.
    pub(super) async fn abort(&mut self) {
        for part in std::mem::take(&mut self.parts).into_values() {
            part.writer.into_inner().abort().await;
        }
    }

    /// Bytes of memory that the open parts hold.
    pub(super) fn memory_size(&self) -> usize {
        self.parts.values().map(|part| part.writer.memory_size()).sum()
    }
}
