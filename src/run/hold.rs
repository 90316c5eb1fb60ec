//! A run's hold on its destination: nobody else writes there meanwhile, and a hold that is lost ends the run.

use super::session::interrupted;
use super::{RunError, Stop};
use crate::lake::{Lake, LakeError, LockGuard, LockOwner, LockTerms, RunId};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Empty until the destination is taken.
#[derive(Debug, Default)]
pub(crate) struct Hold(OnceCell<Arc<LockGuard>>);

impl Hold {
    /// Takes the destination's lock for a command, waiting as long as the terms allow.
    pub(crate) async fn take(
        &self,
        lake: &Lake,
        (run_id, command): (&RunId, &str),
        terms: LockTerms,
        stop: &Stop,
    ) -> Result<Arc<LockGuard>, RunError> {
        let owner = LockOwner::this_process(run_id, command);
        let taking = self.0.get_or_try_init(|| async {
            let lock = Arc::new(lake.lock(&owner, terms, stop.token()).await?);
            tokio::spawn(stop_when_lost(Arc::clone(&lock), stop.clone()));
            Ok::<_, LakeError>(lock)
        });
        match taking.await {
            Ok(lock) => Ok(Arc::clone(lock)),
            Err(_) if stop.cause().is_some() => Err(interrupted(stop)),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets others work at the destination. That it fails is no failure of the run: the lock has a lease.
    pub(crate) async fn let_go(&self) {
        let Some(lock) = self.0.get() else { return };
        if let Err(error) = lock.release().await {
            tracing::warn!(%error, "the lock of the destination stays until its lease ends");
        }
    }
}

async fn stop_when_lost(lock: Arc<LockGuard>, stop: Stop) {
    tokio::select! {
        () = lock.lost().cancelled() => confirm(&lock, &stop).await,
        () = lock.released() => {}
    }
}

/// Stops the run unless the destination is still its own.
pub(crate) async fn confirm(lock: &LockGuard, stop: &Stop) {
    if let Err(error) = lock.confirm().await {
        stop.by_lost_lock(&error);
    }
}
