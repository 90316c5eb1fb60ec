//! How a request can end without an answer, for code that decides and for people who read.

use crate::catalog::Method;
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Whether the token was refused for its scopes, and not the account for its rights.
    pub lacks_scope: bool,
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
    /// Wrong e-mail for the token, expired or revoked token, or tokens blocked by the organisation:
    /// Jira gives the same answer to all of them.
    #[error(
        "Jira does not accept the credential ({evidence}). Jira does not say why; check that the username is the e-mail of the token's owner, that the token has not expired or been revoked (https://id.atlassian.com/manage-profile/security/api-tokens), and that the organisation allows API tokens (its administrators can block them)"
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
    /// A token with scopes was sent to the site's own host, which does not take it.
    #[error(
        "The token has scopes: Atlassian's gateway accepts it, the site's own host does not ({evidence}). Set `scoped = true` in the credential, or save it again with `jira-feeds credential add`, which finds this out by itself"
    )]
    WantsGateway {
        /// What the site answered.
        evidence: String,
    },
    /// A token without scopes was sent through the gateway, which does not take it.
    #[error(
        "The token has no scopes: the site's own host accepts it, Atlassian's gateway does not ({evidence}). Remove `scoped = true` from the credential, or save it again with `jira-feeds credential add`, which finds this out by itself"
    )]
    WantsSite {
        /// What the gateway answered.
        evidence: String,
    },
    /// The token is good, but its scopes do not let it read whose it is.
    #[error(
        "The token's scopes do not let it read its own account ({evidence}), and without that no answer can be trusted. Make a token that has the scope read:jira-user too; docs/credentials.md lists the scopes"
    )]
    LacksScope {
        /// What the gateway answered.
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
