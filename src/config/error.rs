//! What can be wrong with a configuration. Each text names the place and the remedy, and no value
//! that could be a secret.

use super::Place;
use crate::credential::CredentialError;
use std::path::PathBuf;

/// A configuration that is refused, before the first request.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The named file does not exist.
    #[error(
        "Config file {} does not exist. Check the path, or write a first one with `jira-feeds config init`", .path.display()
    )]
    NoSuchFile {
        /// The file.
        path: PathBuf,
    },
    /// The account may not read the file.
    #[error(
        "Config file {} may not be read by this account. Check its owner and mode", .path.display()
    )]
    NotPermitted {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read for another reason.
    #[error("Config file {} cannot be read: {error}. Check the path", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The path leads to a folder.
    #[error("Config file {} is a folder. Name the file in it", .path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
    },
    /// The extension says no format that is known.
    #[error(
        "Config file {} has none of the extensions .toml, .yaml, .yml and .json. Name it after the format that it is in", .path.display()
    )]
    Extension {
        /// The file.
        path: PathBuf,
    },
    /// The file holds nothing.
    #[error(
        "Config file {} is empty. `jira-feeds config init` writes one to start from", .path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file is larger than any configuration.
    #[error("Config file {} is larger than {limit} bytes. Check the path", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How much is read at most.
        limit: u64,
    },
    /// The file is not UTF-8.
    #[error("Config file {} is not UTF-8 text (line {line}). Save it as UTF-8", .path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line with a byte that is not.
        line: usize,
    },
    /// The file is not in the format that its extension says.
    #[error("Config file {}{}: {reason}. Correct the syntax there", .path.display(), .position.map(|(line, column)| format!(", line {line}, column {column}")).unwrap_or_default())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line and column, from 1.
        position: Option<(usize, usize)>,
        /// What is wrong.
        reason: String,
    },
    /// A variable's value is not Unicode.
    #[error("Environment variable {name} is not UTF-8 text. Set it anew, or unset it")]
    VariableNotUtf8 {
        /// The variable.
        name: String,
    },
    /// A key that the configuration does not have.
    #[error("{place}: there is no such key{}", .known.remedy())]
    UnknownKey {
        /// The key.
        place: Place,
        /// What there is instead.
        known: KnownKeys,
    },
    /// A key that must be there.
    #[error("{place}: the key is missing. {remedy}")]
    Missing {
        /// The key.
        place: Place,
        /// What to write.
        remedy: &'static str,
    },
    /// A value that is not possible.
    #[error("{place}: {reason}")]
    Invalid {
        /// The key.
        place: Place,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// No usable credential.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

impl ConfigError {
    pub(super) fn invalid(place: Place, reason: impl Into<String>) -> Self {
        Self::Invalid { place, reason: reason.into() }
    }
}

/// The keys that stand where an unknown one was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKeys {
    /// The most similar one, if one is similar.
    pub nearest: Option<String>,
    /// All of them.
    pub all: Vec<String>,
}

impl KnownKeys {
    pub(super) fn new(unknown: &str, all: Vec<String>) -> Self {
        let nearest = all
            .iter()
            .map(|known| (similarity(unknown, known), known))
            .filter(|(similarity, _)| *similarity > 0.65)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known.clone());
        Self { nearest, all }
    }

    fn remedy(&self) -> String {
        match (&self.nearest, self.all.is_empty()) {
            (Some(nearest), _) => format!("; did you mean `{nearest}`?"),
            (None, false) => format!(". The keys there are {}", self.all.join(", ")),
            (None, true) => ". Remove it".to_owned(),
        }
    }
}

/// From 0 to 1. Two measures, since one is blind to swapped letters in short names (`evn`) and the
/// other to endings.
fn similarity(unknown: &str, known: &str) -> f64 {
    let unknown = unknown.to_ascii_lowercase();
    let edits = strsim::normalized_damerau_levenshtein(&unknown, known);
    let letters = strsim::jaro_winkler(&unknown, known);
    edits.max(if letters > 0.75 { letters } else { 0.0 })
}
