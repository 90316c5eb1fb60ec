//! How reading a feed can end early.

use crate::jira::{CallError, LoginLost, Refusal};

/// Why a feed, or one parent of it, could not be read to its end.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExtractError {
    /// The credential is dead: the whole run ends.
    #[error(transparent)]
    LoginLost(#[from] LoginLost),
    /// The account lacks a right.
    #[error("Not permitted: {0}")]
    Denied(Box<Refusal>),
    /// The site, board or project does not have this.
    #[error("Not available: {0}")]
    NotAvailable(Box<Refusal>),
    /// Anything else; the text says what was asked and what came back.
    #[error("{0}")]
    Failed(String),
    /// The parents that the feed is asked for could not be read.
    #[error("Its parent feed could not be read: {0}")]
    ParentsMissing(Box<ExtractError>),
    /// Nobody takes the records any more: the run was interrupted, or writing failed and says why itself.
    #[error("Reading was stopped")]
    Stopped,
}

impl From<CallError> for ExtractError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::LoginLost(lost) => Self::LoginLost(lost),
            CallError::Denied(refusal) => Self::Denied(refusal),
            CallError::NotAvailable(refusal) => Self::NotAvailable(refusal),
            CallError::Failed(refusal) => Self::Failed(refusal.to_string()),
        }
    }
}
