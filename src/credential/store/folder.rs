//! A folder of files that only their owner can read, written so that each is there whole or not at all.
//!
//! Knows files and locks. Must not know what is in them.

use super::StoreError;
use crate::credential::is_private;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a file is called until it is whole. A kill leaves such a file behind; the next writer
/// removes it.
const UNFINISHED: &str = ".unfinished-";

/// The file that writers lock; it stays, since removing it would make two of it.
const LOCK: &str = ".lock";

/// None of our files is longer; what is longer is another file.
const LIMIT: u64 = 64 * 1024;

/// The folder, which need not exist before the first write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder(PathBuf);

/// The folder while nobody else writes to it.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    folder: &'a Folder,
    _lock: File,
}

impl Folder {
    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of its files in their order; none where there is no folder yet.
    pub(super) fn names(&self) -> Result<Vec<String>, StoreError> {
        let failed = |error| self.failed("list", &self.0, error);
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
        let names = names.collect::<Result<Vec<_>, std::io::Error>>().map_err(failed)?;
        let mut names: Vec<_> = names.into_iter().flatten().collect();
        names.sort();
        Ok(names)
    }

    /// The bytes of a file, if it is there; refused where others have any right to it.
    pub(super) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.file(name);
        let failed = |error| self.failed("read", &path, error);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(StoreError::Foreign { path });
        }
        if is_private(&metadata) == Some(false) {
            return Err(StoreError::OpenToOthers { path, right: "read", mode: "600" });
        }
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > LIMIT {
            return Err(StoreError::Foreign { path });
        }
        Ok(Some(bytes))
    }

    /// Makes the folder if need be, and keeps every other writer out until the result is dropped.
    pub(super) fn lock(&self, patience: Duration) -> Result<Locked<'_>, StoreError> {
        self.prepare()?;
        let path = self.file(LOCK);
        let failed = |error| self.failed("lock", &path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true);
        private(&mut options);
        let lock = options.open(&path).map_err(failed)?;
        let deadline = Instant::now() + patience;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(StoreError::Busy { path, seconds: patience.as_secs() });
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::park_timeout(Duration::from_millis(5));
                }
            }
        }
        let locked = Locked { folder: self, _lock: lock };
        locked.sweep()?;
        Ok(locked)
    }

    fn prepare(&self) -> Result<(), StoreError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|error| self.failed("make the folder", &self.0, error))?;
        if others_can_write(&self.0) {
            let path = self.0.clone();
            return Err(StoreError::OpenToOthers { path, right: "write to", mode: "700" });
        }
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "reads as what it is about")]
    fn failed(&self, action: &'static str, path: &Path, error: std::io::Error) -> StoreError {
        StoreError::Io { action, path: path.to_owned(), error }
    }
}

impl Locked<'_> {
    /// Puts a file there at once and whole, in place of one that has the name.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.folder.file(name);
        let failed = |error| self.folder.failed("write", &path, error);
        let whole = self.unfinished(bytes).map_err(failed)?;
        whole.persist(&path).map_err(|error| failed(error.error))?;
        self.flush_names().map_err(failed)
    }

    /// A file with these bytes that has no name of its own yet; `tempfile` makes it with mode 0600.
    fn unfinished(&self, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        let mut file = builder.prefix(UNFINISHED).tempfile_in(self.folder.path())?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// Removes a file; one that is not there is as good.
    pub(super) fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.folder.file(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(self.folder.failed("remove", &path, error))
            }
            _ => self.flush_names().map_err(|error| self.folder.failed("remove", &path, error)),
        }
    }

    /// Removes what a killed writer has left: it may hold a token.
    fn sweep(&self) -> Result<(), StoreError> {
        let names = self.folder.names()?;
        let mut left = names.iter().filter(|name| name.starts_with(UNFINISHED));
        left.try_for_each(|name| self.remove(name))
    }

    /// A rename or a removal outlives a power cut once the folder itself is flushed.
    #[cfg(unix)]
    fn flush_names(&self) -> std::io::Result<()> {
        File::open(self.folder.path())?.sync_all()
    }

    #[cfg(not(unix))]
    #[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "as on Unix")]
    fn flush_names(&self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(not(unix))]
fn private(_: &mut OpenOptions) {}

#[cfg(unix)]
fn others_can_write(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn others_can_write(_: &Path) -> bool {
    false
}
