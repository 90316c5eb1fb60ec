//! The one way a run is stopped: by a signal, by a login that has died, or by a destination that is another's.

use crate::jira::LoginLost;
use crate::lake::LakeError;
use std::sync::{Arc, OnceLock};
use tokio_util::sync::CancellationToken;

/// Shared by all who work on a run.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    cause: Arc<OnceLock<Cause>>,
}

/// Why everything ends.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// Somebody asked for it.
    Signal(Signal),
    /// The credential is dead.
    LoginLost(LoginLost),
    /// Another may write to the destination by now; what became of the lock.
    LockLost(String),
}

/// The signals that end a run cleanly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C
    Interrupt,
    /// What schedulers send
    Terminate,
}

impl Stop {
    /// Ends the run because of a signal.
    pub fn by_signal(&self, signal: Signal) {
        self.stop(Cause::Signal(signal));
    }

    pub(crate) fn by_lost_login(&self, lost: LoginLost) {
        self.stop(Cause::LoginLost(lost));
    }

    pub(crate) fn by_lost_lock(&self, lost: &LakeError) {
        self.stop(Cause::LockLost(lost.to_string()));
    }

    /// Cancelled when the run is to end.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Resolves when the run is to end.
    pub(crate) async fn requested(&self) {
        self.token.cancelled().await;
    }

    /// Why the run is to end, if it is.
    pub(crate) fn cause(&self) -> Option<&Cause> {
        self.cause.get()
    }

    fn stop(&self, cause: Cause) {
        // The first cause is the one to report.
        let _ = self.cause.set(cause);
        self.token.cancel();
    }
}

impl Signal {
    /// 128 plus the signal's number, as shells count.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}
