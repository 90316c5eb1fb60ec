//! The lock as it is written, and what others read from it.

use super::{LockOwner, LockTerms};
use crate::lake::conditional::Version;
use crate::lake::store::Store;
use crate::lake::{LakeError, layout};
use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// No document makes anybody wait longer than this for a sign of life.
const LONGEST_LEASE: Duration = Duration::from_hours(1);

/// Who holds the lock, and until when at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LockDocument {
    #[serde(flatten)]
    pub(super) owner: LockOwner,
    pub(super) acquired_at: Timestamp,
    pub(super) renewed_at: Timestamp,
    /// Makes every state of the document another one.
    pub(super) renewals: u64,
    lease_seconds: u64,
    /// Another one each time that a lock is taken.
    pub(super) token: String,
}

impl LockDocument {
    pub(super) fn new(owner: &LockOwner, terms: LockTerms) -> Self {
        let now = Timestamp::now();
        Self {
            owner: owner.clone(),
            acquired_at: now,
            renewed_at: now,
            renewals: 0,
            lease_seconds: terms.lease.as_secs(),
            token: random_token(),
        }
    }

    pub(super) fn renewed(&self) -> Self {
        Self { renewed_at: Timestamp::now(), renewals: self.renewals + 1, ..self.clone() }
    }

    /// Reads the lock and the state that it is in; `None` if nobody has it.
    pub(super) async fn read(store: &Store) -> Result<Option<(Self, Version)>, LakeError> {
        let Some((bytes, version)) = store.get_with_version(layout::LOCK).await? else {
            return Ok(None);
        };
        let document =
            serde_json::from_slice(&bytes).map_err(|source| unreadable(store, source))?;
        Ok(Some((document, version)))
    }

    pub(super) fn bytes(&self, store: &Store) -> Result<Bytes, LakeError> {
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|source| unreadable(store, source))?;
        bytes.push(b'\n');
        Ok(bytes.into())
    }

    pub(super) fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds).clamp(Duration::from_secs(1), LONGEST_LEASE)
    }

    /// Whether the last sign of life is a lease ago, or yet to come, by this machine's clock. A hint
    /// only: the owner's clock may be another.
    pub(super) fn seems_stale(&self) -> bool {
        let age = Timestamp::now().duration_since(self.renewed_at);
        Duration::try_from(age).map_or(true, |age| age > self.lease())
    }

    /// The owner, as people can find it.
    pub(super) fn holder(&self) -> String {
        let LockOwner { process, run_id, command } = &self.owner;
        let (pid, host) = (process.pid, &process.host);
        format!("`{command}` {run_id}, process {pid} on {host}, since {}", self.acquired_at)
    }
}

fn unreadable(store: &Store, source: serde_json::Error) -> LakeError {
    LakeError::Document { path: store.show(layout::LOCK), source }
}

/// The standard library's hash keys are random in each instance.
fn random_token() -> String {
    let half = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", half(), half())
}
