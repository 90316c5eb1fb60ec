//! An object store that says yes to a copy and makes it later, as Azure may.

use crate::lake::store::Store;
use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

const LATE: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
struct LateCopies(Arc<InMemory>);

impl fmt::Display for LateCopies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("copies that come late")
    }
}

#[async_trait]
impl ObjectStore for LateCopies {
    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.put(to, PutPayload::new()).await?;
        let (objects, from, to) = (Arc::clone(&self.0), from.clone(), to.clone());
        tokio::spawn(async move {
            tokio::time::sleep(LATE).await;
            objects.copy_opts(&from, &to, options).await
        });
        Ok(())
    }

    async fn put_opts(&self, at: &Path, bytes: PutPayload, how: PutOptions) -> Result<PutResult> {
        self.0.put_opts(at, bytes, how).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        how: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(at, how).await
    }

    async fn get_opts(&self, at: &Path, how: GetOptions) -> Result<GetResult> {
        self.0.get_opts(at, how).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_copied_late_is_not_deleted_before() {
    let store = Store::remote(Arc::new(LateCopies::default()), "memory");
    store.put("staged", Bytes::from_static(b"rows")).await.unwrap();
    assert!(store.rename("staged", "final").await.unwrap());
    assert_eq!(store.get("final").await.unwrap().unwrap(), "rows");
    assert_eq!(store.get("staged").await.unwrap(), None);
}
