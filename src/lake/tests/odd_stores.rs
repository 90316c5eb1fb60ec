//! An object store that says yes to a copy and makes it later, as Azure may, and that counts the uploads which are
//! given up: those of S3 cost money until they are.

use crate::lake::store::Store;
use crate::lake::testing::{rows, run, schema};
use crate::lake::{Lake, WriteOptions};
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const LATE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Default)]
struct OddStore {
    objects: Arc<InMemory>,
    given_up: Arc<AtomicUsize>,
}

impl fmt::Display for OddStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("odd")
    }
}

#[derive(Debug)]
struct CountedUpload(Box<dyn MultipartUpload>, Arc<AtomicUsize>);

#[async_trait]
impl MultipartUpload for CountedUpload {
    fn put_part(&mut self, piece: PutPayload) -> UploadPart {
        self.0.put_part(piece)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.0.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.abort().await
    }
}

#[async_trait]
impl ObjectStore for OddStore {
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.put(to, PutPayload::new()).await?;
        let (objects, from, to) = (Arc::clone(&self.objects), from.clone(), to.clone());
        tokio::spawn(async move {
            tokio::time::sleep(LATE).await;
            objects.copy_opts(&from, &to, options).await
        });
        Ok(())
    }

    async fn put_opts(&self, at: &Path, bytes: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.objects.put_opts(at, bytes, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let upload = self.objects.put_multipart_opts(at, how).await?;
        Ok(Box::new(CountedUpload(upload, Arc::clone(&self.given_up))))
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        self.objects.get_opts(at, how).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.objects.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_copied_late_is_not_deleted_before() {
    let store = Store::remote(Arc::new(OddStore::default()), "memory");
    store.put("staged", Bytes::from_static(b"rows")).await.unwrap();
    assert!(store.rename("staged", "final").await.unwrap());
    assert_eq!(store.get("final").await.unwrap().unwrap(), "rows");
    assert_eq!(store.get("staged").await.unwrap(), None);
}

#[tokio::test]
async fn an_upload_that_is_not_finished_is_given_up() {
    let store = OddStore::default();
    let lake = Lake { store: Store::remote(Arc::new(store.clone()), "memory") };
    let options = WriteOptions { row_group_rows: 500, ..WriteOptions::default() };
    let mut writer = lake.part_writer("issues", schema(), &run("r"), &options).unwrap();
    // Some pieces are on their way.
    writer.write(&rows(0..20_000)).await.unwrap();
    writer.abort().await;
    assert_eq!(store.given_up.load(Ordering::Relaxed), 1);
    assert_eq!(lake.store.list("").await.unwrap(), [""; 0]);
}
