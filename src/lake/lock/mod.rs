//! One writer at a time: the lock of a destination, with an owner and a lease.
//!
//! The lock is a document that names its owner, who renews it while it works. Whoever waits takes it
//! over when it has not changed for a whole lease by the waiter's own clock, so no two clocks need
//! agree; or at once, if the owner was a process of this machine that has ended. An owner that cannot
//! renew gives up before anybody may take over. Must not know what the owner does.

mod document;
mod guard;
mod process;
mod taking;
#[cfg(test)]
mod tests;

pub(super) use guard::Held;
pub use guard::LockGuard;

use super::{Lake, LakeError, RunId};
use process::Process;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Who holds a lock, or wants to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockOwner {
    #[serde(flatten)]
    process: Process,
    run_id: String,
    command: String,
}

impl LockOwner {
    /// This process, with the command that it carries out.
    #[must_use]
    pub fn this_process(run_id: &RunId, command: &str) -> Self {
        Self {
            process: Process::current(),
            run_id: run_id.to_string(),
            command: command.to_owned(),
        }
    }
}

/// How a lock is taken and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockTerms {
    /// How long to wait for another owner; `None` to be refused at once.
    pub wait: Option<Duration>,
    /// How long the lock outlives its owner's last sign of life; in whole seconds, at least one.
    pub lease: Duration,
}

impl Lake {
    /// Takes the lock of the destination as soon as nobody else has it; `stop` ends the wait.
    ///
    /// # Errors
    /// [`LakeError::Locked`] if another owner keeps it for longer than `terms` allow to wait.
    pub async fn lock(
        &self,
        owner: &LockOwner,
        terms: LockTerms,
        stop: &CancellationToken,
    ) -> Result<LockGuard, LakeError> {
        taking::take(&self.store, owner, terms, stop).await
    }

    /// The same destination, in which nothing is changed any more once the lock is lost.
    #[must_use]
    pub fn held_by(&self, lock: &LockGuard) -> Self {
        Self { store: self.store.held_by(lock.held()) }
    }
}
