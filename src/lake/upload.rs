//! One part on its way into the store: pieces of even size, bounded memory, never half visible.
//!
//! Must not know Parquet beyond the trait that its writer asks for. `object_store`'s own buffered
//! writer is not used: giving it up after a failure panics.

use super::LakeError;
use super::store::Store;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::{MultipartUpload, PutPayload};
use parquet::arrow::async_writer::AsyncFileWriter;
use parquet::errors::{ParquetError, Result as ParquetResult};

/// An object that is being written; it appears when it is complete.
pub(super) struct Upload {
    store: Store,
    path: String,
    /// Started with the first full piece, so that a small part is one plain request.
    multipart: Option<Box<dyn MultipartUpload>>,
    pending: Vec<Bytes>,
    pending_bytes: usize,
}

impl Upload {
    pub(super) fn new(store: Store, path: String) -> Self {
        Self { store, path, multipart: None, pending: Vec::new(), pending_bytes: 0 }
    }

    async fn add(&mut self, mut bytes: Bytes) -> Result<(), LakeError> {
        let piece = self.store.piece_bytes();
        while self.pending_bytes + bytes.len() >= piece {
            self.push(bytes.split_to(piece - self.pending_bytes));
            self.send().await?;
        }
        if !bytes.is_empty() {
            self.push(bytes);
        }
        Ok(())
    }

    fn push(&mut self, bytes: Bytes) {
        self.pending_bytes += bytes.len();
        self.pending.push(bytes);
    }

    fn take_pending(&mut self) -> PutPayload {
        self.pending_bytes = 0;
        std::mem::take(&mut self.pending).into_iter().collect()
    }

    async fn send(&mut self) -> Result<(), LakeError> {
        let payload = self.take_pending();
        let multipart = match self.multipart.take() {
            Some(started) => started,
            None => self.store.upload(&self.path).await?,
        };
        // Back in place before the first failure, so that abort finds it.
        let piece = self.multipart.insert(multipart).put_part(payload);
        piece.await.map_err(|source| self.failed(source))
    }

    async fn finish(&mut self) -> Result<(), LakeError> {
        if self.multipart.is_none() {
            let payload = self.take_pending();
            return self.store.put(&self.path, payload).await;
        }
        if self.pending_bytes > 0 {
            self.send().await?;
        }
        if let Some(multipart) = &mut self.multipart {
            self.store.change("write", &self.path).await?;
            let completed = self.store.while_held(multipart.complete()).await?;
            completed.map_err(|source| self.failed(source))?;
            self.multipart = None;
        }
        Ok(())
    }

    /// Gives the part up. Best effort: that the store refuses is not worth a second error.
    pub(super) async fn abort(mut self) {
        if let Some(mut multipart) = self.multipart.take()
            && let Err(error) = multipart.abort().await
        {
            tracing::debug!(path = self.path, %error, "an unfinished part could not be taken back");
        }
    }

    fn failed(&self, source: object_store::Error) -> LakeError {
        LakeError::storage("write", self.store.show(&self.path), source)
    }
}

/// The Parquet writer wants its own error type; the store's error travels inside.
fn external(error: LakeError) -> ParquetError {
    ParquetError::External(Box::new(error))
}

impl AsyncFileWriter for Upload {
    fn write(&mut self, bytes: Bytes) -> BoxFuture<'_, ParquetResult<()>> {
        async move { self.add(bytes).await.map_err(external) }.boxed()
    }

    fn complete(&mut self) -> BoxFuture<'_, ParquetResult<()>> {
        async move { self.finish().await.map_err(external) }.boxed()
    }
}
