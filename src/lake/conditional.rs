//! Changes that happen only if nobody else was quicker: what two processes agree by.
//!
//! Object stores compare and swap by themselves. A folder cannot, so there every conditional change
//! is made under an advisory lock (`flock`) of a file beside the object; the system releases it when
//! its holder dies. An empty object counts as none: object stores cannot delete conditionally, and
//! there a deletion leaves an empty object behind. Must not know what the objects mean.

use super::LakeError;
use super::store::Store;
use bytes::Bytes;
use object_store::{ObjectStoreExt, PutMode, PutOptions, UpdateVersion};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The state in which an object was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version(Seen);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    /// In a folder: what was in it. Times and sizes of files are too coarse to tell two states apart.
    Content(Bytes),
    /// In an object store: what that calls it.
    Object(UpdateVersion),
}

impl Store {
    /// Reads a whole object and the state that it is in; `None` if there is none.
    pub(super) async fn get_with_version(
        &self,
        path: &str,
    ) -> Result<Option<(Bytes, Version)>, LakeError> {
        Ok(self.get_even_if_empty(path).await?.filter(|(bytes, _)| !bytes.is_empty()))
    }

    /// Writes a whole object if there is none. False if there is one.
    pub(super) async fn put_if_absent(&self, path: &str, bytes: Bytes) -> Result<bool, LakeError> {
        if self.folder.is_some() {
            let _alone = self.alone_with(path).await?;
            if self.get_with_version(path).await?.is_some() {
                return Ok(false);
            }
            return self.put(path, bytes).await.map(|()| true);
        }
        if self.put_as(path, bytes.clone(), PutMode::Create).await? {
            return Ok(true);
        }
        match self.get_even_if_empty(path).await? {
            Some((left_behind, version)) if left_behind.is_empty() => {
                self.put_if_unchanged(path, bytes, version).await
            }
            _ => Ok(false),
        }
    }

    /// Writes a whole object over one that is still in the state in which it was seen. False if it is
    /// not, or has gone.
    pub(super) async fn put_if_unchanged(
        &self,
        path: &str,
        bytes: Bytes,
        version: Version,
    ) -> Result<bool, LakeError> {
        match version.0 {
            Seen::Object(seen) => self.put_as(path, bytes, PutMode::Update(seen)).await,
            Seen::Content(_) => {
                let _alone = self.alone_with(path).await?;
                if !self.is_still(path, &version).await? {
                    return Ok(false);
                }
                self.put(path, bytes).await.map(|()| true)
            }
        }
    }

    /// Deletes an object that is still in the state in which it was seen. False if it is not, or has
    /// gone.
    pub(super) async fn delete_if_unchanged(
        &self,
        path: &str,
        version: Version,
    ) -> Result<bool, LakeError> {
        match version.0 {
            Seen::Object(_) => self.put_if_unchanged(path, Bytes::new(), version).await,
            Seen::Content(_) => {
                let _alone = self.alone_with(path).await?;
                if !self.is_still(path, &version).await? {
                    return Ok(false);
                }
                self.delete(path).await.map(|()| true)
            }
        }
    }

    async fn is_still(&self, path: &str, version: &Version) -> Result<bool, LakeError> {
        Ok(self.get_even_if_empty(path).await?.is_some_and(|(_, current)| current == *version))
    }

    async fn get_even_if_empty(&self, path: &str) -> Result<Option<(Bytes, Version)>, LakeError> {
        const ACTION: &str = "read";
        if self.folder.is_some() {
            let found = self.get(path).await?;
            return Ok(found.map(|bytes| (bytes.clone(), Version(Seen::Content(bytes)))));
        }
        let object = self.object(ACTION, path)?;
        let read = async {
            let found = self.objects.get(&object).await?;
            let (e_tag, version) = (found.meta.e_tag.clone(), found.meta.version.clone());
            let seen = Version(Seen::Object(UpdateVersion { e_tag, version }));
            Ok((found.bytes().await?, seen))
        };
        match read.await {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(self.failed(ACTION, path, source)),
        }
    }

    /// False if the object store says that the condition does not hold.
    async fn put_as(&self, path: &str, bytes: Bytes, mode: PutMode) -> Result<bool, LakeError> {
        const ACTION: &str = "write";
        let object = self.change(ACTION, path).await?;
        let options = PutOptions { mode, ..PutOptions::default() };
        match self.objects.put_opts(&object, bytes.into(), options).await {
            Ok(_) => Ok(true),
            Err(
                object_store::Error::AlreadyExists { .. }
                | object_store::Error::Precondition { .. }
                | object_store::Error::NotFound { .. },
            ) => Ok(false),
            Err(source) => Err(self.failed(ACTION, path, source)),
        }
    }

    /// Waits until no other process is at a conditional change of the object.
    async fn alone_with(&self, path: &str) -> Result<Alone, LakeError> {
        const ACTION: &str = "lock";
        let folder = self.folder.as_deref().unwrap_or(Path::new(""));
        let guard = folder.join(format!("{path}.guard"));
        let taking = tokio::task::spawn_blocking(move || Alone::take(guard)).await;
        taking
            .map_err(|error| self.failed(ACTION, path, error))?
            .map_err(|error| self.failed(ACTION, path, error))
    }
}

/// While it lives, no other process has one for the same path.
struct Alone {
    path: PathBuf,
    file: File,
}

impl Alone {
    fn take(path: PathBuf) -> io::Result<Self> {
        loop {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let opened = File::options().create(true).truncate(false).write(true).open(&path);
            let file = match opened {
                Ok(file) => file,
                // An empty folder may be tidied away at any moment.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            file.lock()?;
            if is_at(&file, &path)? {
                return Ok(Self { path, file });
            }
        }
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if cfg!(unix) {
            // Before the lock goes: whoever waits for this file sees then that it is no longer at its path.
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = self.file.unlock();
    }
}

/// Whether the file is the one that the next process would open.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Elsewhere the file stays where it is.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "_jira_feeds/thing.json";

    /// A folder and an object store: the promises are the same.
    fn stores() -> (tempfile::TempDir, [Store; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let local = Store::local(folder.path().to_owned(), "lake").unwrap();
        (folder, [local, Store::in_memory()])
    }

    fn text(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    async fn seen(store: &Store) -> Option<Bytes> {
        store.get_with_version(PATH).await.unwrap().map(|(bytes, _)| bytes)
    }

    #[tokio::test]
    async fn an_object_is_created_once_and_again_after_it_was_deleted() {
        let (_folder, stores) = stores();
        for store in stores {
            for round in ["one", "two"] {
                assert!(store.put_if_absent(PATH, text(round)).await.unwrap());
                assert!(!store.put_if_absent(PATH, text("late")).await.unwrap());
                assert_eq!(seen(&store).await.unwrap(), round);
                let (_, version) = store.get_with_version(PATH).await.unwrap().unwrap();
                assert!(store.delete_if_unchanged(PATH, version).await.unwrap());
                assert_eq!(seen(&store).await, None);
            }
        }
    }

    #[tokio::test]
    async fn what_has_changed_meanwhile_is_neither_written_over_nor_deleted() {
        let (_folder, stores) = stores();
        for store in stores {
            store.put_if_absent(PATH, text("one")).await.unwrap();
            let (_, old) = store.get_with_version(PATH).await.unwrap().unwrap();
            assert!(store.put_if_unchanged(PATH, text("two"), old.clone()).await.unwrap());
            assert!(!store.put_if_unchanged(PATH, text("bad"), old.clone()).await.unwrap());
            assert!(!store.delete_if_unchanged(PATH, old.clone()).await.unwrap());
            assert_eq!(seen(&store).await.unwrap(), "two");
            let (_, new) = store.get_with_version(PATH).await.unwrap().unwrap();
            assert!(store.delete_if_unchanged(PATH, new.clone()).await.unwrap());
            for gone in [old, new] {
                assert!(!store.put_if_unchanged(PATH, text("bad"), gone.clone()).await.unwrap());
                assert!(!store.delete_if_unchanged(PATH, gone).await.unwrap());
            }
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_change_of_many_at_once_is_lost() {
        let (_folder, stores) = stores();
        for store in stores {
            store.put_if_absent(PATH, text("0")).await.unwrap();
            let adders = (0..8).map(|_| tokio::spawn(add(store.clone(), 20)));
            for adder in adders.collect::<Vec<_>>() {
                adder.await.unwrap();
            }
            assert_eq!(seen(&store).await.unwrap(), "160");
        }
    }

    async fn add(store: Store, times: usize) {
        for _ in 0..times {
            loop {
                let (bytes, version) = store.get_with_version(PATH).await.unwrap().unwrap();
                let number: usize = std::str::from_utf8(&bytes).unwrap().parse().unwrap();
                let next = Bytes::from((number + 1).to_string());
                if store.put_if_unchanged(PATH, next, version).await.unwrap() {
                    break;
                }
            }
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nothing_is_left_beside_the_object() {
        let (folder, [store, _]) = stores();
        store.put_if_absent(PATH, text("one")).await.unwrap();
        let names: Vec<_> = std::fs::read_dir(folder.path().join("_jira_feeds")).unwrap().collect();
        assert_eq!(names.len(), 1, "{names:?}");
    }
}
