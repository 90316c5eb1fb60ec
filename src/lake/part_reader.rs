//! Reads parts back, piece by piece, from wherever the store has them.
//!
//! Must not know what the rows mean. `parquet`'s own reader of object stores is not used: it would go
//! past [`Store`], and its errors with it.

use super::manifest::Part;
use super::store::Store;
use super::{Lake, LakeError};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::{AsyncFileReader, ParquetRecordBatchStreamBuilder};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use std::ops::Range;
use std::sync::Arc;

/// The bytes of one part.
pub(super) struct PartBytes {
    store: Store,
    path: String,
    size: u64,
}

/// A part whose footer has been read.
pub(super) type OpenPart = ParquetRecordBatchStreamBuilder<PartBytes>;

impl Lake {
    /// Reads a part's footer; the rows come when its stream is asked for them.
    pub(super) async fn read_part(&self, part: &Part) -> Result<OpenPart, LakeError> {
        let bytes =
            PartBytes { store: self.store.clone(), path: part.path.clone(), size: part.bytes };
        let opened = ParquetRecordBatchStreamBuilder::new(bytes).await;
        opened.map_err(|error| self.unread(&part.path, error))
    }

    /// The error of a part that could not be read.
    pub(super) fn unread(&self, path: &str, source: ParquetError) -> LakeError {
        LakeError::reading(self.store.show(path), source)
    }
}

impl AsyncFileReader for PartBytes {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        async move {
            let pieces = self.get_byte_ranges(vec![range]).await?;
            pieces.into_iter().next().ok_or(ParquetError::NeedMoreData(1))
        }
        .boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move {
            let read = self.store.get_ranges(&self.path, &ranges).await;
            read.map_err(|error| ParquetError::External(Box::new(error)))
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        _: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let size = self.size;
            ParquetMetaDataReader::new().load_and_finish(&mut *self, size).await.map(Arc::new)
        }
        .boxed()
    }
}
