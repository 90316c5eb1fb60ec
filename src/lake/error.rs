//! What can go wrong with a lake: what was being done, to what, why, and what to do next.
//!
//! Must not know feeds or records. The faults that a user can repair (disk full, read-only, no
//! permission) are told apart by [`StorageFault`].

use super::fault::{StorageFault, chain, explain, without_body};
use parquet::errors::ParquetError;
use std::error::Error;
use std::time::Duration;

/// Any cause, boxed.
pub(super) type Cause = Box<dyn Error + Send + Sync + 'static>;

/// Why a lake could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The destination cannot be used as it is named.
    #[error("destination {url:?} cannot be used: {reason}; {remedy}")]
    Destination {
        /// The destination as the user wrote it.
        url: String,
        /// What is wrong with it.
        reason: String,
        /// What to do about it.
        remedy: String,
        /// What the store said, if it was asked.
        #[source]
        source: Option<Cause>,
    },
    /// The store refused or failed an operation.
    #[error("could not {action} {path}: {}; {}", explain(*fault, source.as_ref()), fault.remedy())]
    Storage {
        /// What was being done.
        action: &'static str,
        /// To what: the path as a user can find it.
        path: String,
        /// What kind of failure it is.
        fault: StorageFault,
        /// What the store said.
        source: Cause,
    },
    /// Rows could not be written as Parquet; this is a fault of the program, not of the store.
    #[error("could not encode rows of feed {feed:?} as Parquet; this is a bug, please report it")]
    Encoding {
        /// The feed whose rows they are.
        feed: String,
        /// What the encoder said.
        source: ParquetError,
    },
    /// A batch does not have the columns that the writer was opened with.
    #[error(
        "a batch for feed {feed:?} does not fit its schema: {difference}; this is a bug, please report it"
    )]
    Schema {
        /// The feed whose rows they are.
        feed: String,
        /// The first column that differs.
        difference: String,
    },
    /// A feed that cannot be partitioned as it was asked.
    #[error(
        "feed {feed:?} cannot be partitioned by `{key}`: {reason}. Name another in `feed.{feed}.partition_by`"
    )]
    Partition {
        /// The feed.
        feed: String,
        /// The key, as it was written.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A document of the lake's own housekeeping does not read as one.
    #[error(
        "{path} does not read as this program writes it; move the file away and run again, or use the version that wrote it"
    )]
    Document {
        /// Where the document is.
        path: String,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The keys of a feed's records do not read as this program writes them.
    #[error(
        "{path} does not read as this program writes it; `jira-feeds state reset FEED` makes the next run read the feed from the beginning"
    )]
    Keys {
        /// Where they are.
        path: String,
        /// What the reader said.
        source: ParquetError,
    },
    /// A part that does not read as Parquet.
    #[error(
        "{path} does not read as the Parquet that this program writes; read the feed again for that date, or move the file and its manifest away"
    )]
    Part {
        /// Where the part is.
        path: String,
        /// What the decoder said.
        source: ParquetError,
    },
    /// Rows that cannot be told apart by their key.
    #[error(
        "the latest rows of feed {feed:?} cannot be told: column {column:?} of {path} {reason}; the feed was left as it is"
    )]
    Unlike {
        /// The feed whose rows they are.
        feed: String,
        /// The part that differs.
        path: String,
        /// The column that is needed.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A feed name or a run id that cannot be part of a path.
    #[error("{what} {name:?} cannot be used: {reason}")]
    Name {
        /// What was being named.
        what: &'static str,
        /// The name as it was given.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// The writer had failed before; nothing that it wrote may be committed.
    #[error(
        "the parts of feed {feed:?} were given up after an earlier error, and cannot be committed"
    )]
    Abandoned {
        /// The feed whose parts they were.
        feed: String,
    },
    /// Another owner has the lock of the destination.
    #[error(
        "destination {destination} is in use{}: it is held by {holder}, whose last sign of life was at {renewed_at}. Wait for it with `--wait`, or run again later; if that process is gone, its lock ends {} after the last sign of life",
        after(*waited),
        humantime::format_duration(*lease)
    )]
    Locked {
        /// The destination as the user wrote it.
        destination: String,
        /// Who holds it, and since when.
        holder: String,
        /// When the lock was renewed, by the owner's clock.
        renewed_at: String,
        /// How long the lock outlives a renewal.
        lease: Duration,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The lock of the destination is another's by now.
    #[error(
        "the lock of {destination} was lost: {why}. Nothing was committed after that; run again when the destination is free"
    )]
    LockLost {
        /// The destination as the user wrote it.
        destination: String,
        /// What became of it.
        why: String,
    },
    /// A part that was staged is in neither place where a commit could have left it.
    #[error(
        "part {path} was staged and has gone; somebody else works on this destination: run again when it is alone"
    )]
    Lost {
        /// Where the part should be.
        path: String,
    },
}

impl LakeError {
    /// An operation of the store that failed, sorted by what its causes say.
    pub(super) fn storage(
        action: &'static str,
        path: impl Into<String>,
        source: impl Into<Cause>,
    ) -> Self {
        let source = source.into();
        Self::Storage {
            action,
            path: path.into(),
            fault: StorageFault::find(source.as_ref()),
            source: without_body(source),
        }
    }

    /// An error of the Parquet reader, which passes on the store's errors among its own.
    pub(super) fn reading(path: impl Into<String>, source: ParquetError) -> Self {
        if is_of_the_store(&source) {
            return Self::storage("read", path, source);
        }
        Self::Part { path: path.into(), source }
    }

    /// An error of the Parquet writer, which passes on the store's errors among its own.
    pub(super) fn writing(feed: &str, path: impl Into<String>, source: ParquetError) -> Self {
        if is_of_the_store(&source) {
            return Self::storage("write", path, source);
        }
        Self::Encoding { feed: feed.to_owned(), source }
    }

    /// What kind of failure of the store this is, if it is one.
    #[must_use]
    pub fn fault(&self) -> Option<StorageFault> {
        match self {
            Self::Storage { fault, .. } => Some(*fault),
            Self::Destination { source: Some(source), .. } => {
                Some(StorageFault::find(source.as_ref()))
            }
            _ => None,
        }
    }
}

/// Waits of less than a second are not worth a word.
fn after(waited: Duration) -> String {
    match waited.as_secs() {
        0 => String::new(),
        seconds => {
            let waited = humantime::format_duration(Duration::from_secs(seconds));
            format!(", also after {waited} of waiting")
        }
    }
}

fn is_of_the_store(error: &ParquetError) -> bool {
    chain(error).any(|cause| {
        cause.is::<object_store::Error>() || cause.is::<std::io::Error>() || cause.is::<LakeError>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, ErrorKind};

    fn nested(kind: ErrorKind) -> ParquetError {
        let store =
            object_store::Error::Generic { store: "test", source: io::Error::from(kind).into() };
        ParquetError::External(Box::new(ParquetError::External(Box::new(store))))
    }

    #[test]
    fn the_fault_is_found_however_deep_the_operating_system_error_lies() {
        for (kind, fault) in [
            (ErrorKind::StorageFull, StorageFault::DiskFull),
            (ErrorKind::QuotaExceeded, StorageFault::DiskFull),
            (ErrorKind::ReadOnlyFilesystem, StorageFault::ReadOnly),
            (ErrorKind::PermissionDenied, StorageFault::PermissionDenied),
            (ErrorKind::NotADirectory, StorageFault::NotAFolder),
            (ErrorKind::TimedOut, StorageFault::Other),
        ] {
            let error = LakeError::writing("issues", "lake/issues", nested(kind));
            assert_eq!(error.fault(), Some(fault), "{error}");
            assert!(error.source().is_some());
        }
    }

    #[test]
    fn the_message_says_what_was_done_to_what_and_what_to_do_next() {
        let error =
            LakeError::writing("issues", "lake/issues/a.parquet", nested(ErrorKind::StorageFull));
        assert_eq!(
            error.to_string(),
            "could not write lake/issues/a.parquet: the disk is full; free some space there, or choose another destination, and run again"
        );
        let error = LakeError::storage("read", "lake/x", io::Error::other("the cable is cut"));
        assert!(error.to_string().contains("the cable is cut"), "{error}");
    }

    #[test]
    fn an_error_of_the_encoder_is_not_blamed_on_the_store() {
        let error = LakeError::writing("issues", "x", ParquetError::General("no".to_owned()));
        assert!(matches!(error, LakeError::Encoding { .. }));
        assert_eq!(error.fault(), None);
    }
}
