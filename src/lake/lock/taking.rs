//! Getting the lock: at once, after a wait, or from an owner that is gone.

use super::document::LockDocument;
use super::guard::{Held, LockGuard};
use super::{LockOwner, LockTerms};
use crate::lake::conditional::Version;
use crate::lake::error::Cause;
use crate::lake::store::Store;
use crate::lake::{LakeError, layout};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// How long to wait between two looks at a lock that another owner has.
const LEAST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn take(
    store: &Store,
    owner: &LockOwner,
    terms: LockTerms,
    stop: &CancellationToken,
) -> Result<LockGuard, LakeError> {
    let began = Instant::now();
    let mut taking =
        Taking { store, owner, terms, stop, began, watched: None, told_of: String::new() };
    loop {
        let attempt = match LockDocument::read(store).await? {
            None => taking.attempt_in_time(None).await?,
            Some((other, version)) if taking.has_ended(&other, &version) => {
                tracing::warn!("taking {} over from {}, who is gone", store.name(), other.holder());
                taking.attempt_in_time(Some(version)).await?
            }
            Some((other, version)) => {
                taking.await_or_refuse(&other, version)?;
                None
            }
        };
        if let Some(held) = attempt {
            return Ok(LockGuard::keep(held));
        }
        taking.pause().await;
    }
}

struct Taking<'a> {
    store: &'a Store,
    owner: &'a LockOwner,
    terms: LockTerms,
    stop: &'a CancellationToken,
    began: Instant,
    watched: Option<Watched>,
    /// The token of the owner that was last spoken of.
    told_of: String,
}

/// A lock that has not changed since.
struct Watched {
    version: Version,
    since: Instant,
}

impl Taking<'_> {
    /// A store that does not answer keeps nobody here for longer than a lease, nor long after a signal.
    async fn attempt_in_time(&self, over: Option<Version>) -> Result<Option<Held>, LakeError> {
        let failed = |why| LakeError::storage("write", self.store.show(layout::LOCK), why);
        tokio::select! {
            attempt = timeout(self.terms.lease, self.attempt(over)) => {
                attempt.unwrap_or_else(|late| Err(failed(Cause::from(late))))
            }
            () = self.is_stopped_for(LONGEST_PAUSE) => Err(failed(Cause::from("stopped"))),
        }
    }

    async fn is_stopped_for(&self, pause: Duration) {
        self.stop.cancelled().await;
        tokio::time::sleep(pause).await;
    }

    /// Writes the lock where there is none, or over one whose owner is gone; none if another was quicker.
    async fn attempt(&self, over: Option<Version>) -> Result<Option<Held>, LakeError> {
        let document = LockDocument::new(self.owner, self.terms);
        let bytes = document.bytes(self.store)?;
        let began = Instant::now();
        // The answer is not asked: after a retry on the way, a store can refuse what it has taken.
        match over {
            None => self.store.put_if_absent(layout::LOCK, bytes).await?,
            Some(version) => self.store.put_if_unchanged(layout::LOCK, bytes, version).await?,
        };
        let now = LockDocument::read(self.store).await?;
        Ok(now
            .filter(|(now, _)| now.token == document.token)
            .map(|(now, version)| Held::new(self.store.clone(), now, version, began)))
    }

    /// Whether the owner has certainly ended, or given no sign of life for a whole lease.
    fn has_ended(&self, other: &LockDocument, version: &Version) -> bool {
        let silent = self.watched.as_ref().filter(|watched| watched.version == *version);
        silent.is_some_and(|watched| watched.since.elapsed() >= other.lease())
            || other.owner.process.is_gone()
    }

    fn await_or_refuse(&mut self, other: &LockDocument, version: Version) -> Result<(), LakeError> {
        if !self.may_wait(other) {
            return Err(self.refusal(other));
        }
        if self.told_of != other.token {
            tracing::warn!("waiting for {}: it is held by {}", self.store.name(), other.holder());
            self.told_of.clone_from(&other.token);
        }
        if self.watched.as_ref().is_none_or(|watched| watched.version != version) {
            self.watched = Some(Watched { version, since: Instant::now() });
        }
        Ok(())
    }

    /// Who does not want to wait is refused; but an owner that seems to be gone is watched for its lease,
    /// so that it cannot lock out those that never wait.
    fn may_wait(&self, other: &LockDocument) -> bool {
        let waited = self.began.elapsed();
        let patience = match self.terms.wait {
            Some(wait) => wait,
            None if other.seems_stale() => other.lease() + LONGEST_PAUSE,
            None => Duration::ZERO,
        };
        waited < patience && !self.stop.is_cancelled()
    }

    async fn pause(&self) {
        let pause = (self.terms.lease / 10).clamp(LEAST_PAUSE, LONGEST_PAUSE);
        let left = self.terms.wait.map(|wait| wait.saturating_sub(self.began.elapsed()));
        tokio::select! {
            () = tokio::time::sleep(left.map_or(pause, |left| left.min(pause))) => {}
            () = self.stop.cancelled() => {}
        }
    }

    fn refusal(&self, other: &LockDocument) -> LakeError {
        LakeError::Locked {
            destination: self.store.name().to_owned(),
            holder: other.holder(),
            renewed_at: other.renewed_at.to_string(),
            lease: other.lease(),
            waited: self.began.elapsed(),
        }
    }
}
