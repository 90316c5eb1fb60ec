//! What can be wrong with a credential. No message holds a secret or a part of one.

use super::StoreError;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Where people make an API token.
pub const TOKEN_PAGE: &str = "https://id.atlassian.com/manage-profile/security/api-tokens";

/// Why there is no usable credential.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// None is declared anywhere.
    #[error(
        "No credential is configured or saved. Save one with `jira-feeds credential add NAME`, or add a [credentials.NAME] table with url, username and api_token to the config file"
    )]
    NoneConfigured,
    /// Several are declared and none is chosen.
    #[error(
        "There are several credentials ({known}) and none is chosen. Set `credential` to one of them, or give --credential NAME"
    )]
    Several {
        /// The names of those that are declared.
        known: KnownNames,
    },
    /// The chosen name is none of those declared.
    #[error("{place}: there is no credential `{name}`. {}", one_of(.known))]
    Unknown {
        /// Where the name was given.
        place: String,
        /// The name.
        name: String,
        /// The names of those that are declared.
        known: KnownNames,
    },
    /// The saved credentials cannot be read or written.
    #[error("Saved credentials: {0}")]
    Store(#[from] StoreError),
    /// The token cannot be had.
    #[error("{place}: {reason}")]
    Secret {
        /// Where the source of the token was given.
        place: String,
        /// What is wrong with it.
        #[source]
        reason: SecretError,
    },
}

/// The names of the credentials that there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownNames {
    /// Those of the config.
    pub configured: Vec<String>,
    /// Those of the store.
    pub saved: Vec<String>,
}

impl fmt::Display for KnownNames {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.configured.join(", "), self.saved.join(", ")) {
            (configured, saved) if saved.is_empty() => formatter.write_str(&configured),
            (configured, saved) if configured.is_empty() => write!(formatter, "saved: {saved}"),
            (configured, saved) => write!(formatter, "{configured}; saved: {saved}"),
        }
    }
}

fn one_of(known: &KnownNames) -> String {
    if *known == KnownNames::default() {
        return "Save it with `jira-feeds credential add NAME`, or add a table [credentials.NAME] with that name".to_owned();
    }
    format!("Choose one of: {known}")
}

/// Why a source gave no token. Each text goes on after the place that names the source.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The variable does not exist.
    #[error(
        "environment variable {variable} is not set. Set it to the API token, or name another source"
    )]
    NotSet {
        /// Its name.
        variable: String,
    },
    /// What stands where a variable's name should is none; it may be the token, so it is not shown.
    #[error(
        "`env` does not hold the name of an environment variable. Name the variable that has the token, as in {{ env = \"JIRA_API_TOKEN\" }}"
    )]
    NotAVariable,
    /// There is nothing, or nothing but white space.
    #[error("{origin} is empty. Put an API token there; {TOKEN_PAGE} makes one")]
    Empty {
        /// What is empty.
        origin: String,
    },
    /// A control character, which could end the header that the token goes into.
    #[error(
        "{origin} holds a line break or another control character. Leave only the token in it, on one line"
    )]
    ControlCharacter {
        /// What holds it.
        origin: String,
    },
    /// Bytes that are not UTF-8.
    #[error("{origin} is not UTF-8 text. Leave only the token in it, as plain text")]
    NotText {
        /// What is not text.
        origin: String,
    },
    /// More than any token has.
    #[error(
        "{origin} is longer than {limit} bytes, which no API token is. Leave only the token in it"
    )]
    TooLong {
        /// What is too long.
        origin: String,
        /// How much is read at most.
        limit: u64,
    },
    /// The file cannot be read.
    #[error(
        "cannot read the file {}: {error}. Check the path and that this account may read it", .path.display()
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The path leads to a folder.
    #[error("{} is a folder. Name the file in it that holds the token", .path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// There is no command to run.
    #[error(
        "`command` is empty. Give a command that prints the token, as in {{ command = \"pass show jira\" }}"
    )]
    NoCommand,
    /// The program could not be started.
    #[error(
        "the command could not be started: {error}. Check that it is installed and on the PATH"
    )]
    CommandNotStarted {
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The command ended with a status that is not 0. Its output is not shown: it may hold the secret.
    #[error(
        "the command ended with {status}. Run it by hand as the same user to see why; what it prints is not shown here because it may hold the secret"
    )]
    CommandFailed {
        /// How it ended.
        status: ExitStatus,
    },
    /// The command did not end.
    #[error(
        "the command did not end within {seconds} s. See that it needs no input: it has no terminal here"
    )]
    CommandTimedOut {
        /// How long it was given.
        seconds: u64,
    },
    /// This build has no keyring.
    #[error(
        "this build cannot read the operating system's keyring. Use {{ env = \"…\" }}, {{ file = \"…\" }} or {{ command = \"…\" }}"
    )]
    KeyringUnsupported,
    /// The keyring does not answer.
    #[error(
        "the operating system's keyring cannot be reached: {reason}. Unlock it or log in to a desktop session; jobs without one need {{ env = \"…\" }}, {{ file = \"…\" }} or {{ command = \"…\" }}"
    )]
    KeyringUnreachable {
        /// What the system said.
        reason: String,
    },
    /// The keyring has nothing of that name.
    #[error(
        "the keyring has no entry of the service `jira-feeds` for the account `{account}`. Save the token there, as `jira-feeds credential add {account}` does"
    )]
    NoKeyringEntry {
        /// The credential's name.
        account: String,
    },
    /// The keyring's entry is no token.
    #[error(
        "the keyring's entry of the service `jira-feeds` for the account `{account}` cannot be used. Remove it, and save the token anew"
    )]
    KeyringEntry {
        /// The credential's name.
        account: String,
    },
    /// A saved token cannot be read.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
}
