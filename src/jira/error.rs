//! How a request can end without an answer, for code that decides and for people who read.

use crate::catalog::Method;

/// A request that gave no answer to go on with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// The credential is no longer, or never was, that of a user: everything stops.
    #[error(transparent)]
    LoginLost(#[from] LoginLost),
    /// The account lacks a right.
    #[error("Not permitted: {0}")]
    Denied(Box<Refusal>),
    /// The site, board or project does not have this.
    #[error("Not available: {0}")]
    NotAvailable(Box<Refusal>),
    /// Anything else, after the retries that made sense.
    #[error("{0}")]
    Failed(Box<Refusal>),
}

/// What was asked and what came back: the evidence of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The feed it was asked for.
    pub feed: String,
    /// The method.
    pub method: Method,
    /// The path with its `{placeholders}`.
    pub template: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The status of the last answer; none if no whole answer came.
    pub status: Option<u16>,
    /// What Jira said, or what went wrong on the way.
    pub message: String,
    /// How often it was asked.
    pub attempts: u32,
    /// Atlassian's trace id of the last answer.
    pub trace_id: Option<String>,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Feed `{}`: {} {}", self.feed, self.method, self.path)?;
        if let Some(status) = self.status {
            write!(formatter, " answered {status}")?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        if self.attempts > 1 {
            write!(formatter, " (asked {} times)", self.attempts)?;
        }
        match &self.trace_id {
            Some(trace) => write!(formatter, " [trace {trace}]"),
            None => Ok(()),
        }
    }
}

/// Why Jira does not take the caller for a user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginLost {
    /// Wrong e-mail for the token, expired or revoked token, or tokens blocked by the organisation.
    #[error(
        "Jira does not accept the credential ({evidence}). Check that the username is the e-mail of the token's owner, and that the token has not expired or been revoked; tokens are made at https://id.atlassian.com/manage-profile/security/api-tokens"
    )]
    NotAccepted {
        /// What showed it: an endpoint with its status, or a header.
        evidence: String,
    },
    /// Too many failed logins; only a person with a browser can go on.
    #[error(
        "Jira wants a CAPTCHA solved before it takes this login again ({evidence}). Log in once by browser as the credential's user, then run again"
    )]
    Captcha {
        /// What showed it.
        evidence: String,
    },
    /// Answers began to come for another account, or for nobody.
    #[error(
        "Jira answered as another account than at the start ({evidence}). The token may have been revoked while the run went on; run again with a valid one"
    )]
    OtherAccount {
        /// What showed it.
        evidence: String,
    },
}
