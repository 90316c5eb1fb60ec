//! What keeps a run from beginning, or ends it as a whole.

use super::PlanError;
use crate::catalog::CatalogError;
use crate::credential::CredentialError;
use crate::jira::{CallError, ClientError, LoginLost};
use crate::lake::LakeError;

/// A run without a report. What befalls single feeds is in the report instead.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The credential could not be read from where the config says it is.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Jira does not take the credential for a user's.
    #[error(transparent)]
    LoginLost(#[from] LoginLost),
    /// The feeds cannot be read in this combination.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A feed definition or a name is wrong.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The destination cannot be written.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The site did not answer the first request.
    #[error("The site cannot be asked. {0}. Check the credential's url, the network and the proxy")]
    Unreachable(String),
    /// What answered has no `/myself`: another address than that of a Jira site.
    #[error(
        "There is no Jira site. {refusal}. {}",
        if *.at_gateway {
            "The gateway knows no site by this cloud id; leave `cloud_id` out and the site is asked for it"
        } else {
            "Check the credential's url, as in https://acme.atlassian.net"
        }
    )]
    NoSuchSite {
        /// Whether Atlassian's gateway was asked, and not the site itself.
        at_gateway: bool,
        /// What was asked and answered.
        refusal: String,
    },
    /// Two sites in one feed's folder would replace each other.
    #[error(
        "The destination holds feed `{feed}` of {held}, and the credential is for {site}. Choose another destination, or forget what it holds with `jira-feeds state reset {feed}`"
    )]
    OtherSite {
        /// The first feed of which that is so.
        feed: String,
        /// The site whose records the lake has.
        held: String,
        /// The site that was to be read.
        site: String,
    },
    /// The folders that are asked for and those that are there do not go together.
    #[error(
        "The destination holds feed `{feed}` in folders by {before}, and `partition_by` asks for {now}: {why}"
    )]
    Folders {
        /// The first feed of which that is so.
        feed: String,
        /// What its folders are named by.
        before: String,
        /// What they were to be named by.
        now: String,
        /// What would come of it, and what to do.
        why: &'static str,
    },
    /// The feed has no dates that Jira could be asked for.
    #[error(
        "Feed `{feed}` cannot be read for a part of the past: Jira cannot be asked for its records by date. Leave it out, or read it with a run without --since. These feeds can be read so: {able}"
    )]
    NoWindow {
        /// The feed.
        feed: String,
        /// The names of those that can.
        able: String,
    },
    /// Nothing lies between the bounds.
    #[error(
        "The range from {since} to {until} is empty. Give --since an earlier moment than --until, or than the present where there is no --until"
    )]
    EmptyRange {
        /// The first bound.
        since: String,
        /// The second bound.
        until: String,
    },
    /// The destination became another's before anything was read.
    #[error("{0}")]
    LockLost(String),
    /// A signal came before anything was read.
    #[error("Interrupted before anything was read")]
    Interrupted(super::Signal),
    /// A defect of this program.
    #[error(
        "A part of the program failed unexpectedly: {0}. Please report this with the log (-vv)"
    )]
    Defect(String),
}

impl From<CallError> for RunError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::LoginLost(lost) => Self::LoginLost(lost),
            other => Self::Unreachable(other.to_string()),
        }
    }
}

impl RunError {
    /// What the process exits with.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            // Nothing is wrong with what was asked; another time it is done.
            Self::Lake(LakeError::Locked { .. }) => 1,
            // Only the config can have named what is no authority.
            Self::Client(ClientError::Authorities(_))
            | Self::Credential(_)
            | Self::Plan(_)
            | Self::Catalog(_)
            | Self::OtherSite { .. }
            | Self::Folders { .. }
            | Self::NoWindow { .. }
            | Self::EmptyRange { .. }
            | Self::Lake(_) => 2,
            Self::LoginLost(_) => 3,
            Self::LockLost(_)
            | Self::Client(_)
            | Self::Unreachable(_)
            | Self::NoSuchSite { .. }
            | Self::Defect(_) => 1,
            Self::Interrupted(signal) => signal.exit_code(),
        }
    }
}
