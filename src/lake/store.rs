//! The object store that holds the lake, with errors that say what was being done to which path.
//!
//! Everything that reads or changes the destination goes through here. Must not know what the paths
//! mean: `layout` makes them, `commit` says in which order they change.

use super::error::{Cause, LakeError, StorageFault};
use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A destination that has been opened.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub(super) objects: Arc<dyn ObjectStore>,
    /// The folder, where the store is one: for the few things that object stores have no word for.
    pub(super) folder: Option<Arc<Path>>,
    shown: Arc<str>,
    #[cfg(test)]
    pub(super) power: super::testing::Power,
}

impl Store {
    /// A local folder, whose writes are on the disk when they return.
    pub(super) fn local(folder: PathBuf, shown: &str) -> object_store::Result<Self> {
        let objects =
            object_store::local::LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Ok(Self {
            objects: Arc::new(objects),
            folder: Some(folder.into()),
            shown: shown.trim_end_matches('/').into(),
            #[cfg(test)]
            power: super::testing::Power::default(),
        })
    }

    /// An object store in memory.
    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        Self {
            objects: Arc::new(object_store::memory::InMemory::new()),
            folder: None,
            shown: "memory".into(),
            power: super::testing::Power::default(),
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
        let object = self.change(ACTION, path)?;
        let put = self.objects.put(&object, bytes.into()).await;
        put.map(|_| ()).map_err(|source| self.failed(ACTION, path, source))
    }

    /// Starts an object that comes in pieces and appears when it is complete.
    pub(super) async fn upload(&self, path: &str) -> Result<Box<dyn MultipartUpload>, LakeError> {
        const ACTION: &str = "write";
        let object = self.change(ACTION, path)?;
        self.objects
            .put_multipart(&object)
            .await
            .map_err(|source| self.failed(ACTION, path, source))
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
        const ACTION: &str = "list";
        let prefix = self.object(ACTION, folder)?;
        let found: Vec<ObjectMeta> = self
            .objects
            .list(Some(&prefix))
            .try_collect()
            .await
            .map_err(|source| self.failed(ACTION, folder, source))?;
        let mut paths: Vec<String> =
            found.into_iter().map(|meta| meta.location.to_string()).collect();
        paths.sort();
        Ok(paths)
    }

    /// Moves an object over whatever is there. False if there is nothing to move.
    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<bool, LakeError> {
        const ACTION: &str = "move a finished part to";
        let source_object = self.object(ACTION, from)?;
        let target = self.change(ACTION, to)?;
        match self.objects.rename(&source_object, &target).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(self.failed(ACTION, to, source)),
        }
    }

    /// Deletes an object; that there is none is fine.
    pub(super) async fn delete(&self, path: &str) -> Result<(), LakeError> {
        const ACTION: &str = "delete";
        let object = self.change(ACTION, path)?;
        match self.objects.delete(&object).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(source) => Err(self.failed(ACTION, path, source)),
        }
    }

    /// Makes deletions in a folder survive a power cut. Object stores do that by themselves.
    pub(super) async fn sync_folder(&self, path: &str) -> Result<(), LakeError> {
        const ACTION: &str = "sync";
        self.on_disk(ACTION, path, |folder| {
            if cfg!(unix) { std::fs::File::open(folder)?.sync_all() } else { Ok(()) }
        })
        .await
    }

    /// Deletes a folder with all that is in it, also what a killed process left half-written: the
    /// store neither lists nor deletes that.
    pub(super) async fn delete_folder(&self, path: &str) -> Result<(), LakeError> {
        const ACTION: &str = "delete";
        for object in self.list(path).await? {
            self.delete(&object).await?;
        }
        self.change(ACTION, path)?;
        self.on_disk(ACTION, path, |folder| std::fs::remove_dir_all(folder)).await
    }

    /// Deletes a folder if nothing is in it. Tidiness only: that it fails is no error.
    pub(super) async fn delete_if_empty(&self, path: &str) {
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

    /// The object that is to be changed.
    pub(super) fn change(&self, action: &'static str, path: &str) -> Result<ObjectPath, LakeError> {
        #[cfg(test)]
        self.power.draw().map_err(|source| self.failed(action, path, source))?;
        self.object(action, path)
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

/// Reads the fault of a failure that has no path in the store.
pub(super) fn fault_of(error: &(dyn std::error::Error + 'static)) -> StorageFault {
    StorageFault::find(error)
}
