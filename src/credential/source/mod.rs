//! The places that a secret can come from: one file each, and one line each below.

mod command;
mod environment;
mod file;
mod inline;
mod keyring;
mod saved;
mod written;

pub use command::CommandLine;
pub use file::is_private;
pub(super) use file::token_of;

use super::{ApiToken, Environment, SecretError, Store};
use std::path::PathBuf;

/// Where an API token comes from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// `{ env = "VARIABLE" }`
    Environment(environment::Variable),
    /// `{ file = "path" }`
    File(file::SecretFile),
    /// `{ command = "…" }` or `{ command = ["program", "argument"] }`
    Command(command::Command),
    /// `{ keyring = true }`
    Keyring(keyring::Keyring),
    /// The token itself.
    Inline(inline::Inline),
    /// A saved credential's.
    Saved(saved::Saved),
}

/// What every source can do.
trait ReadSecret {
    /// Reads the secret now.
    fn read(&self, environment: &Environment) -> Result<Reading, SecretError>;
}

/// What came out of a source.
pub(super) struct Reading {
    pub(super) token: ApiToken,
    /// Something that the user should hear.
    pub(super) note: Option<String>,
}

impl SecretSource {
    /// The token in that variable.
    #[must_use]
    pub fn environment(variable: impl Into<String>) -> Self {
        Self::Environment(environment::Variable(variable.into()))
    }

    /// The token in that file; a relative path starts at the working directory.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::File(file::SecretFile(path.into()))
    }

    /// The token that this command prints.
    #[must_use]
    pub fn command(line: CommandLine) -> Self {
        Self::Command(command::Command::new(line))
    }

    /// The token itself.
    #[must_use]
    pub fn inline(token: impl Into<String>) -> Self {
        Self::Inline(inline::Inline(token.into().into()))
    }

    /// The token of a saved credential.
    #[must_use]
    pub fn saved(store: Store, name: impl Into<String>) -> Self {
        Self::Saved(saved::Saved { store, name: name.into() })
    }

    /// The same source for the credential of that name: the keyring's entry is named like it.
    #[must_use]
    pub fn of_credential(self, name: &str) -> Self {
        match self {
            Self::Keyring(_) => Self::Keyring(keyring::Keyring { account: name.to_owned() }),
            other => other,
        }
    }

    /// Whether it is a saved credential's.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        matches!(self, Self::Saved(_))
    }

    /// What kind of place it is, in one word.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Environment(_) => "env",
            Self::File(_) => "file",
            Self::Command(_) => "command",
            Self::Keyring(_) => "keyring",
            Self::Inline(_) => "inline",
            Self::Saved(_) => "saved",
        }
    }

    /// Whether the secret itself was written down, and not a place that keeps it.
    #[must_use]
    pub fn is_inline(&self) -> bool {
        matches!(self, Self::Inline(_))
    }

    /// What can be seen to be wrong without reading anything.
    pub fn check(&self) -> Result<(), SecretError> {
        match self {
            Self::Environment(variable) => variable.check(),
            Self::Command(command) => command.check(),
            Self::Inline(inline) => inline.check(),
            Self::Keyring(keyring) => keyring.check(),
            Self::File(_) | Self::Saved(_) => Ok(()),
        }
    }

    /// The token that is there now. May run a command and wait for it.
    pub fn token(&self, environment: &Environment) -> Result<ApiToken, SecretError> {
        Ok(self.read(environment)?.token)
    }

    pub(super) fn read(&self, environment: &Environment) -> Result<Reading, SecretError> {
        self.reader().read(environment)
    }

    fn reader(&self) -> &dyn ReadSecret {
        match self {
            Self::Environment(variable) => variable,
            Self::File(file) => file,
            Self::Command(command) => command,
            Self::Keyring(keyring) => keyring,
            Self::Inline(inline) => inline,
            Self::Saved(saved) => saved,
        }
    }
}

impl Reading {
    fn plain(token: ApiToken) -> Self {
        Self { token, note: None }
    }
}
