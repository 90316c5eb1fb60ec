//! Keeping the lock: renewals, the proof that it is still held, and its end.

use super::document::LockDocument;
use crate::lake::conditional::Version;
use crate::lake::store::Store;
use crate::lake::{LakeError, layout};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// A lock that is held. Dropped without [`LockGuard::release`], it ends by its lease, or with the process.
#[derive(Debug)]
pub struct LockGuard {
    held: Arc<Held>,
    ending: CancellationToken,
    renewing: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl LockGuard {
    pub(super) fn keep(held: Held) -> Self {
        let held = Arc::new(held);
        let ending = CancellationToken::new();
        let task = tokio::spawn(keep_renewing(Arc::clone(&held), ending.clone()));
        Self { held, ending, renewing: Mutex::new(Some(AbortOnDropHandle::new(task))) }
    }

    /// Cancelled when the lock is lost: from then on another may work here.
    #[must_use]
    pub fn lost(&self) -> &CancellationToken {
        &self.held.lost
    }

    /// Proves that the lock is held, before something is done that only its owner may. Costs nothing
    /// unless a renewal is overdue, as it is after a machine has slept.
    ///
    /// # Errors
    /// [`LakeError::LockLost`]; or the store's, if a renewal was overdue and failed.
    pub async fn confirm(&self) -> Result<(), LakeError> {
        self.held.confirm().await
    }

    /// What the store asks before each change.
    pub(in crate::lake) fn held(&self) -> Arc<Held> {
        Arc::clone(&self.held)
    }

    /// Resolves when the lock is about to be released.
    pub async fn released(&self) {
        self.ending.cancelled().await;
    }

    /// Ends the lock, unless it is lost.
    ///
    /// # Errors
    /// The store's; then the lock ends by its lease.
    pub async fn release(&self) -> Result<(), LakeError> {
        self.ending.cancel();
        if let Some(task) = self.renewing.lock().await.take() {
            // Not cut off in the middle: its last write must not come after the deletion.
            let _ = task.await;
        }
        // A lease is enough for an answer, and ends the lock as well.
        timeout(self.held.lease, self.held.delete()).await.unwrap_or_else(|late| {
            Err(LakeError::storage("release", self.held.store.show(layout::LOCK), late))
        })
    }
}

/// The lock as its owner last saw it.
#[derive(Debug)]
pub(in crate::lake) struct Held {
    store: Store,
    lease: Duration,
    state: Mutex<State>,
    sign_of_life: watch::Sender<SignOfLife>,
    lost: CancellationToken,
    why: OnceLock<String>,
}

#[derive(Debug)]
struct State {
    document: LockDocument,
    version: Version,
}

/// The moment before the last renewal was sent. A machine's monotonic clock may stand still while it sleeps; the
/// other one may be set. Together they tell of a long silence.
#[derive(Debug, Clone, Copy)]
struct SignOfLife {
    at: Instant,
    by_wall_clock: SystemTime,
}

impl Held {
    pub(super) fn new(
        store: Store,
        document: LockDocument,
        version: Version,
        began: Instant,
    ) -> Self {
        let sign = SignOfLife { at: began, by_wall_clock: SystemTime::now() };
        Self {
            store,
            lease: document.lease(),
            state: Mutex::new(State { document, version }),
            sign_of_life: watch::Sender::new(sign),
            lost: CancellationToken::new(),
            why: OnceLock::new(),
        }
    }

    /// Proves that the lock is held; see [`LockGuard::confirm`].
    pub(in crate::lake) async fn confirm(&self) -> Result<(), LakeError> {
        self.or_lost()?;
        if self.is_overdue() {
            tokio::select! {
                renewed = self.renew() => renewed?,
                // A store that does not answer keeps nobody here for ever.
                () = self.lost.cancelled() => {}
            }
        }
        self.or_lost()
    }

    /// Resolves when the lock is lost.
    pub(in crate::lake) async fn lost(&self) -> LakeError {
        self.lost.cancelled().await;
        self.as_error()
    }

    /// Gives a sign of life. That the lock is another's by now is no error here: [`Held::or_lost`] tells.
    async fn renew(&self) -> Result<(), LakeError> {
        let mut state = self.state.lock().await;
        // Once more, if an earlier renewal arrived whose answer did not.
        for _ in 0..2 {
            let sign = SignOfLife { at: Instant::now(), by_wall_clock: SystemTime::now() };
            let bytes = state.document.renewed().bytes(&self.store)?;
            let seen = state.version.clone();
            let written = self.store.put_if_unchanged(layout::LOCK, bytes, seen).await?;
            let Some(now) = self.read_own(&state.document.token).await? else { return Ok(()) };
            *state = now;
            if written {
                self.sign_of_life.send_replace(sign);
                return Ok(());
            }
        }
        Ok(())
    }

    /// The lock as it is now; none if it is lost.
    async fn read_own(&self, token: &str) -> Result<Option<State>, LakeError> {
        match LockDocument::read(&self.store).await? {
            Some((document, version)) if document.token == token => {
                Ok(Some(State { document, version }))
            }
            Some((other, _)) => {
                self.lose(format!("it is held by {}", other.holder()));
                Ok(None)
            }
            None => {
                self.lose("somebody has removed it".to_owned());
                Ok(None)
            }
        }
    }

    async fn delete(&self) -> Result<(), LakeError> {
        let mut state = self.state.lock().await;
        while !self.lost.is_cancelled() {
            let seen = state.version.clone();
            if self.store.delete_if_unchanged(layout::LOCK, seen).await? {
                break;
            }
            let Some(now) = self.read_own(&state.document.token).await? else { break };
            *state = now;
        }
        Ok(())
    }

    fn is_overdue(&self) -> bool {
        let sign = *self.sign_of_life.borrow();
        let overdue = self.lease / 2;
        // A clock that was set back tells nothing.
        let by_wall_clock = sign.by_wall_clock.elapsed().unwrap_or(Duration::MAX);
        sign.at.elapsed() > overdue || by_wall_clock > overdue
    }

    /// Before a waiter may take over: it counts a whole lease from a later moment.
    fn gives_up_at(&self) -> Instant {
        self.sign_of_life.borrow().at + self.lease * 5 / 6
    }

    fn lose(&self, why: String) {
        // The first reason is the one to tell.
        let _ = self.why.set(why);
        self.lost.cancel();
    }

    fn or_lost(&self) -> Result<(), LakeError> {
        if self.lost.is_cancelled() { Err(self.as_error()) } else { Ok(()) }
    }

    fn as_error(&self) -> LakeError {
        LakeError::LockLost {
            destination: self.store.name().to_owned(),
            why: self.why.get().cloned().unwrap_or_default(),
        }
    }
}

/// Renews at each third of the lease, more often after a failure, until the lock ends or is lost.
async fn keep_renewing(held: Arc<Held>, ending: CancellationToken) {
    let mut pause = held.lease / 3;
    while !held.lost.is_cancelled() {
        tokio::select! {
            () = ending.cancelled() => return,
            () = sleep(pause) => {}
        }
        let error = match timeout_at(held.gives_up_at(), held.renew()).await {
            Ok(Ok(())) => {
                pause = held.lease / 3;
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the store did not answer".to_owned(),
        };
        tracing::debug!(error, "the lock could not be renewed");
        pause = held.lease / 12;
        if Instant::now() + pause >= held.gives_up_at() {
            held.lose(format!("it could not be renewed in time: {error}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::RunId;
    use crate::lake::lock::{LockOwner, LockTerms};

    async fn held() -> Held {
        let store = Store::in_memory();
        let owner = LockOwner::this_process(&RunId::parse("a").unwrap(), "run");
        let terms = LockTerms { wait: None, lease: Duration::from_mins(1) };
        let document = LockDocument::new(&owner, terms);
        let bytes = document.bytes(&store).unwrap();
        store.put_if_absent(layout::LOCK, bytes).await.unwrap();
        let (document, version) = LockDocument::read(&store).await.unwrap().unwrap();
        Held::new(store, document, version, Instant::now())
    }

    #[tokio::test]
    async fn a_renewal_whose_answer_was_lost_is_made_good_by_the_next() {
        let held = held().await;
        let state = held.state.lock().await;
        let bytes = state.document.renewed().bytes(&held.store).unwrap();
        let arrived = held.store.put_if_unchanged(layout::LOCK, bytes, state.version.clone()).await;
        assert!(arrived.unwrap());
        drop(state);
        held.renew().await.unwrap();
        held.or_lost().unwrap();
        assert_eq!(held.state.lock().await.document.renewals, 2);
        held.delete().await.unwrap();
        assert!(LockDocument::read(&held.store).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn before_a_change_a_lock_is_renewed_if_either_clock_tells_of_a_long_silence() {
        let held = held().await;
        assert!(!held.is_overdue());
        let fresh = *held.sign_of_life.borrow();
        let ago = Duration::from_secs(31);
        let silences = [
            SignOfLife { by_wall_clock: fresh.by_wall_clock - ago, ..fresh },
            SignOfLife { by_wall_clock: fresh.by_wall_clock + ago * 2, ..fresh },
            SignOfLife { at: fresh.at.checked_sub(ago).unwrap(), ..fresh },
        ];
        let guard = LockGuard::keep(held);
        // By who asks for it, and by the store.
        let store = guard.held.store.held_by(guard.held());
        for (silence, renewals) in silences.into_iter().zip(1..) {
            guard.held.sign_of_life.send_replace(silence);
            store.put("part", "rows").await.unwrap();
            assert_eq!(guard.held.state.lock().await.document.renewals, renewals);
            guard.confirm().await.unwrap();
            assert_eq!(guard.held.state.lock().await.document.renewals, renewals);
        }
    }
}
