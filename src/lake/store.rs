//! The object store that holds the lake, with errors that say what was being done to which path.
//!
//! Everything that reads or changes the destination goes through here. Must not know what the paths
//! mean: `layout` makes them, `commit` says in which order they change.

use super::error::{Cause, LakeError};
use super::fault::StorageFault;
use super::lock::Held;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload};
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::RwLock;

/// How long a copy may take that an object store makes in its own time.
const COPY_PATIENCE: Duration = Duration::from_mins(3);

/// A destination that has been opened. Its `Debug` is its name: that of a client may show a login.
#[derive(Clone)]
pub(super) struct Store {
    pub(super) objects: Arc<dyn ObjectStore>,
    /// The folder, where the store is one: for the few things that object stores have no word for.
    pub(super) folder: Option<Arc<Path>>,
    /// Held together by those who make files, alone by who removes a folder that is empty: for a moment one is so that
    /// another is about to use.
    folders: Arc<RwLock<()>>,
    shown: Arc<str>,
    /// The lock under which changes are made; none where anybody may make them.
    owner: Option<Arc<Held>>,
    #[cfg(test)]
    pub(super) power: super::testing::Power,
}

impl Store {
    /// A local folder, whose changes are on the disk when they return.
    pub(super) fn local(folder: PathBuf, shown: &str) -> object_store::Result<Self> {
        let objects =
            object_store::local::LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Ok(Self {
            objects: Arc::new(objects),
            folder: Some(folder.into()),
            folders: Arc::default(),
            shown: shown.trim_end_matches('/').into(),
            owner: None,
            #[cfg(test)]
            power: super::testing::Power::default(),
        })
    }

    /// An object store, in the folder of it that the client is for.
    #[cfg(any(test, feature = "s3", feature = "gcs", feature = "azure"))]
    pub(super) fn remote(objects: Arc<dyn ObjectStore>, shown: &str) -> Self {
        Self {
            objects,
            folder: None,
            folders: Arc::default(),
            shown: shown.trim_end_matches('/').into(),
            owner: None,
            #[cfg(test)]
            power: super::testing::Power::default(),
        }
    }

    /// An object store in memory.
    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        Self::remote(Arc::new(object_store::memory::InMemory::new()), "memory")
    }

    /// The same, in which nothing is changed any more once the lock is lost.
    pub(super) fn held_by(&self, owner: Arc<Held>) -> Self {
        Self { owner: Some(owner), ..self.clone() }
    }

    /// Size of the pieces of an upload, which is what every part that is being written holds in
    /// memory. A folder takes any size. Object stores want all but the last alike, and S3 at least
    /// 5 MiB: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>. Small in tests, so
    /// that parts have several.
    pub(super) fn piece_bytes(&self) -> usize {
        const MIB: usize = 1024 * 1024;
        match self.folder {
            #[cfg(test)]
            _ if !super::testing::is_on_a_real_store() => 64 * 1024,
            Some(_) => MIB,
            None => 5 * MIB,
        }
    }

    /// A path as the user can find it.
    pub(super) fn show(&self, path: &str) -> String {
        format!("{}/{path}", self.shown)
    }

    /// The destination as the user wrote it.
    pub(super) fn name(&self) -> &str {
        &self.shown
    }

    /// Writes a whole object, or nothing.
    pub(super) async fn put(
        &self,
        path: &str,
        bytes: impl Into<PutPayload>,
    ) -> Result<(), LakeError> {
        const ACTION: &str = "write";
        let object = self.change(ACTION, path).await?;
        let _folder_stays = self.folders.read().await;
        let put = self.while_held(self.objects.put(&object, bytes.into())).await?;
        put.map(|_| ()).map_err(|source| self.failed(ACTION, path, source))
    }

    /// Starts an object that comes in pieces and appears when it is complete.
    pub(super) async fn upload(&self, path: &str) -> Result<Box<dyn MultipartUpload>, LakeError> {
        const ACTION: &str = "write";
        let object = self.change(ACTION, path).await?;
        let _folder_stays = self.folders.read().await;
        let started = self.objects.put_multipart(&object).await;
        started.map_err(|source| self.failed(ACTION, path, source))
    }

    /// Reads a whole object; `None` if there is none.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Bytes>, LakeError> {
        const ACTION: &str = "read";
        let object = self.object(ACTION, path)?;
        let read = async { self.objects.get(&object).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(self.failed(ACTION, path, source)),
        }
    }

    /// Reads pieces of an object, which must be there.
    pub(super) async fn get_ranges(
        &self,
        path: &str,
        ranges: &[Range<u64>],
    ) -> Result<Vec<Bytes>, LakeError> {
        const ACTION: &str = "read";
        let object = self.object(ACTION, path)?;
        let read = self.objects.get_ranges(&object, ranges).await;
        read.map_err(|source| self.failed(ACTION, path, source))
    }

    /// The size of an object; `None` if there is none.
    pub(super) async fn size(&self, path: &str) -> Result<Option<u64>, LakeError> {
        const ACTION: &str = "look up";
        let object = self.object(ACTION, path)?;
        match self.objects.head(&object).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(self.failed(ACTION, path, source)),
        }
    }

    /// The paths of all objects in a folder and below, in order; none if there is no such folder.
    pub(super) async fn list(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        let found = self.objects_in(folder).await?;
        let mut paths: Vec<String> =
            found.into_iter().map(|meta| meta.location.to_string()).collect();
        paths.sort();
        Ok(paths)
    }

    /// The same, the one that was written first at the beginning.
    pub(super) async fn list_by_age(&self, folder: &str) -> Result<Vec<String>, LakeError> {
        let mut found = self.objects_in(folder).await?;
        found.sort_by_key(|meta| meta.last_modified);
        Ok(found.into_iter().map(|meta| meta.location.to_string()).collect())
    }

    async fn objects_in(&self, folder: &str) -> Result<Vec<ObjectMeta>, LakeError> {
        const ACTION: &str = "list";
        let prefix = self.object(ACTION, folder)?;
        let found = self.objects.list(Some(&prefix)).try_collect().await;
        found.map_err(|source| self.failed(ACTION, folder, source))
    }

    /// Moves an object over whatever is there. False if there is nothing to move.
    ///
    /// In a folder it is there or here at any moment. An object store copies and deletes: after a
    /// crash it can be in both places, and moving it again does no more than the first time would have.
    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<bool, LakeError> {
        const ACTION: &str = "move a finished part to";
        let source_object = self.object(ACTION, from)?;
        let target = self.change(ACTION, to).await?;
        let folder_stays = self.folders.read().await;
        let moved = match self.folder {
            Some(_) => self.while_held(self.objects.rename(&source_object, &target)).await,
            None => self.while_held(self.objects.copy(&source_object, &target)).await,
        };
        drop(folder_stays);
        match moved? {
            Ok(()) => {}
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(source) => return Err(self.failed(ACTION, to, source)),
        }
        if self.folder.is_none() {
            self.await_copy(from, to).await?;
            self.delete(from).await?;
        }
        Ok(true)
    }

    /// Waits until a copy is whole. Azure may say yes to one and make it later, and has an object of no
    /// bytes in its place until then:
    /// <https://learn.microsoft.com/en-us/rest/api/storageservices/copy-blob#remarks>.
    async fn await_copy(&self, from: &str, to: &str) -> Result<(), LakeError> {
        let Some(wanted) = self.size(from).await? else { return Ok(()) };
        let whole = async {
            let mut pause = Duration::from_millis(50);
            while self.size(to).await? != Some(wanted) {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(5));
            }
            Ok(())
        };
        tokio::time::timeout(COPY_PATIENCE, whole).await.unwrap_or_else(|late| {
            Err(self.failed("finish the copy of a finished part to", to, late))
        })
    }

    /// Deletes an object; that there is none is fine.
    pub(super) async fn delete(&self, path: &str) -> Result<(), LakeError> {
        self.delete_all(path, vec![path.to_owned()]).await
    }

    /// Deletes objects, by as few requests as the store can do it with; that some are not there is fine. `shown` is
    /// what an error calls them.
    pub(super) async fn delete_all(
        &self,
        shown: &str,
        paths: Vec<String>,
    ) -> Result<(), LakeError> {
        const ACTION: &str = "delete";
        let mut changes = Vec::with_capacity(paths.len());
        for path in &paths {
            changes.push(self.change(ACTION, path).await);
        }
        let objects: Vec<_> = changes.iter().flatten().cloned().map(Ok).collect();
        #[cfg(test)]
        self.power.note_deletions(self.folder.as_deref(), &paths[..objects.len()]);
        let mut deleted = self.objects.delete_stream(stream::iter(objects).boxed());
        while let Some(result) = deleted.next().await {
            match result {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(source) => return Err(self.failed(ACTION, shown, source)),
            }
        }
        let folders: BTreeSet<_> = paths.iter().map(|path| folder_of(path)).collect();
        for folder in folders {
            self.sync_deletions(folder).await?;
        }
        changes.into_iter().try_for_each(|change| change.map(drop))
    }

    /// Makes deletions in a folder survive a power cut. Object stores do that by themselves.
    async fn sync_deletions(&self, folder: &str) -> Result<(), LakeError> {
        const ACTION: &str = "sync";
        self.on_disk(ACTION, folder, |folder| {
            if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
        })
        .await?;
        #[cfg(test)]
        self.power.forget_deletions(folder);
        Ok(())
    }

    /// Deletes a folder with all that is in it, also what a killed process left half-written: the
    /// store neither lists nor deletes that.
    pub(super) async fn delete_folder(&self, path: &str) -> Result<(), LakeError> {
        const ACTION: &str = "delete";
        self.delete_all(path, self.list(path).await?).await?;
        self.change(ACTION, path).await?;
        self.on_disk(ACTION, path, |folder| std::fs::remove_dir_all(folder)).await
    }

    /// Deletes a folder if nothing is in it. Tidiness only: that it fails is no error.
    pub(super) async fn delete_if_empty(&self, path: &str) {
        if self.folder.is_none() {
            return;
        }
        let _nobody_writes = self.folders.write().await;
        if let Err(error) = self.on_disk("delete", path, |folder| std::fs::remove_dir(folder)).await
        {
            tracing::trace!(path, %error, "folder left in place");
        }
    }

    /// Does something to a folder of a local destination; nothing elsewhere, or if it is not there.
    async fn on_disk<F>(&self, action: &'static str, path: &str, work: F) -> Result<(), LakeError>
    where
        F: FnOnce(&Path) -> std::io::Result<()> + Send + 'static,
    {
        let Some(folder) = &self.folder else { return Ok(()) };
        let full = folder.join(path);
        let done = tokio::task::spawn_blocking(move || work(&full)).await;
        let error: Cause = match done {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Ok(Err(error)) => error.into(),
            Err(error) => error.into(),
        };
        Err(self.failed(action, path, error))
    }

    /// The object that is to be changed, by who may do that.
    pub(super) async fn change(
        &self,
        action: &'static str,
        path: &str,
    ) -> Result<ObjectPath, LakeError> {
        if let Some(owner) = &self.owner {
            Box::pin(owner.confirm()).await?;
        }
        #[cfg(test)]
        self.power.draw().map_err(|source| self.failed(action, path, source))?;
        self.object(action, path)
    }

    /// Makes a change, and leaves it as soon as somebody else may work here.
    pub(super) async fn while_held<T>(
        &self,
        change: impl Future<Output = T>,
    ) -> Result<T, LakeError> {
        let Some(owner) = &self.owner else { return Ok(change.await) };
        tokio::select! {
            done = change => Ok(done),
            lost = owner.lost() => Err(lost),
        }
    }

    pub(super) fn object(&self, action: &'static str, path: &str) -> Result<ObjectPath, LakeError> {
        ObjectPath::parse(path).map_err(|source| self.failed(action, path, source))
    }

    pub(super) fn failed(
        &self,
        action: &'static str,
        path: &str,
        source: impl Into<Cause>,
    ) -> LakeError {
        LakeError::storage(action, self.show(path), source)
    }

    /// Proves that objects can be written and deleted here.
    pub(super) async fn probe(&self, path: &str) -> Result<(), LakeError> {
        self.put(path, Bytes::from_static(b"written to prove that it can be; safe to delete\n"))
            .await?;
        self.delete(path).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Store").field(&self.shown).finish()
    }
}

pub(super) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Reads the fault of a failure that has no path in the store.
pub(super) fn fault_of(error: &(dyn std::error::Error + 'static)) -> StorageFault {
    StorageFault::find(error)
}

#[cfg(test)]
mod tests {
    use super::super::{Lake, LakeError};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn those_who_write_at_the_same_time_leave_each_other_their_folders() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
        let feeds = (0..8).map(|feed| {
            let store = lake.store.clone();
            tokio::spawn(async move {
                for _ in 0..300 {
                    store.put(&format!("run/{feed}/0000.parquet"), "rows").await?;
                    store.delete_folder(&format!("run/{feed}")).await?;
                    store.delete_if_empty("run").await;
                }
                Ok::<_, LakeError>(())
            })
        });
        for feed in feeds.collect::<Vec<_>>() {
            feed.await.unwrap().unwrap();
        }
    }
}
