//! What can be wrong with the saved credentials. No message holds a token or a part of one.

use super::super::SecretError;
use std::path::PathBuf;

/// Saved credentials that cannot be read or written. Each text goes on after "Saved credentials:".
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no home to keep them in.
    #[error(
        "this account has no home folder to keep them in. Set JIRA_FEEDS_CONFIG_DIR to a folder of its own"
    )]
    NoFolder,
    /// The system refused.
    #[error(
        "cannot {action} {}: {error}. Check that this account may do so and that the disk is not full; JIRA_FEEDS_CONFIG_DIR names another folder", .path.display()
    )]
    Io {
        /// What was being done, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// Another process is writing.
    #[error(
        "another process has been writing them for {seconds} s ({} is locked). Wait for it or end it, then try again", .path.display()
    )]
    Busy {
        /// The lock's file.
        path: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// Others have rights that they must not have.
    #[error(
        "others on this machine can {right} {}. `chmod {mode} {}` closes it; if they may have used it, revoke the token and make a new one", .path.display(), .path.display()
    )]
    OpenToOthers {
        /// The file or folder.
        path: PathBuf,
        /// What they can do with it.
        right: &'static str,
        /// The mode that is right.
        mode: &'static str,
    },
    /// The file is one of ours and cannot be understood.
    #[error(
        "{} cannot be read: {reason}. Restore it from a backup, or remove the credential and add it again", .path.display()
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong, without any value of the file.
        reason: String,
    },
    /// The file was made by something else.
    #[error("{} is not a saved credential. Move it elsewhere", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file was made by a later version.
    #[error(
        "{} has the form {version} of a later version of this program; this one knows form {known}. Use that version", .path.display(), known = super::record::VERSION
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version that it says.
        version: u64,
    },
    /// The name cannot be used.
    #[error("`{name}`: {reason}")]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The name is taken.
    #[error(
        "there is a credential `{name}` already. Give it a new token with `jira-feeds credential rotate {name}`, or remove it first with `jira-feeds credential remove {name}`"
    )]
    AlreadySaved {
        /// The name, as it is saved.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no credential `{name}`. {}", saved(.known))]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The token's file has gone.
    #[error(
        "the token of `{name}` has gone: {} is not there. Give it a new one with `jira-feeds credential rotate {name}`", .path.display()
    )]
    TokenGone {
        /// The credential.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// The token cannot be taken out of its place, or put there.
    #[error("the token of `{name}`: {reason}")]
    Token {
        /// The credential.
        name: String,
        /// What is wrong.
        #[source]
        reason: Box<SecretError>,
    },
}

fn saved(known: &[String]) -> String {
    if known.is_empty() {
        return "None is saved yet; `jira-feeds credential add NAME` saves one".to_owned();
    }
    format!("Saved are: {}", known.join(", "))
}
