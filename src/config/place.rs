//! Where a value was given, so that an error can name the place to change.

use config::{Value, ValueKind};
use std::fmt;
use std::path::PathBuf;

/// What the `config` crate marks values of the environment with.
const FROM_ENVIRONMENT: &str = "the environment";

/// The place of a key: a file, an environment variable or a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A key in a config file.
    File {
        /// The file.
        file: PathBuf,
        /// The path of the key, with dots.
        key: String,
    },
    /// An environment variable.
    Variable(String),
    /// A flag or an argument of the command line.
    Flag(String),
    /// A key that is given nowhere, where there is no file either.
    Nowhere(String),
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, key } if key.is_empty() => {
                write!(formatter, "Top level of {}", file.display())
            }
            Self::File { file, key } => write!(formatter, "Key `{key}` in {}", file.display()),
            Self::Variable(name) => write!(formatter, "Environment variable {name}"),
            Self::Flag(name) if name.starts_with("--") => write!(formatter, "Flag {name}"),
            Self::Flag(name) => write!(formatter, "Argument {name}"),
            Self::Nowhere(key) => write!(formatter, "Key `{key}`"),
        }
    }
}

/// Tells for each key which layer it came from. Has no `Debug`: its values may be secrets.
pub(super) struct Origins {
    pub(super) root: Value,
    pub(super) file: Option<SourceFile>,
}

/// The config file that was read.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    pub(super) path: PathBuf,
    /// Whether nobody but its owner can read it.
    pub(super) is_private: bool,
}

impl Origins {
    /// The place of a key that was given, or where it would be given.
    pub(super) fn place(&self, key: &str) -> Place {
        let origin = self.find(key).and_then(Value::origin);
        match (origin, &self.file) {
            (Some(FROM_ENVIRONMENT), _) => Place::Variable(variable(key)),
            (Some(flag), _) => Place::Flag(flag.to_owned()),
            (None, Some(file)) => Place::File { file: file.path.clone(), key: key.to_owned() },
            // Tables have no origin of their own; without a file only variables can have made them.
            (None, None) if self.find(key).is_some() => Place::Variable(variable(key)),
            (None, None) => Place::Nowhere(key.to_owned()),
        }
    }

    /// Whether a key was given in the file.
    pub(super) fn is_in_file(&self, key: &str) -> bool {
        matches!(self.place(key), Place::File { .. })
    }

    fn find(&self, key: &str) -> Option<&Value> {
        // `a.b[0].c`: an item of a list has the origin of the list.
        key.split('.').try_fold(&self.root, |value, step| {
            let step = step.split('[').next().unwrap_or(step);
            match &value.kind {
                ValueKind::Table(table) => table.get(step),
                _ => None,
            }
        })
    }
}

/// The variable that sets a key.
fn variable(key: &str) -> String {
    let name = key.split('[').next().unwrap_or(key);
    format!("{}{}", super::layers::VARIABLES, name.replace('.', "__").to_ascii_uppercase())
}

/// Drops the sources of a secret that a higher layer has replaced: `{ env = … }` in the file and
/// `…__API_TOKEN__FILE` in the environment name two sources, and the environment's counts.
pub(super) fn keep_the_latest_source(root: &mut Value) {
    let ValueKind::Table(root) = &mut root.kind else { return };
    for credential in tables_in(root, "credentials") {
        credential.get_mut("api_token").into_iter().for_each(keep_the_latest_of);
    }
    let destination = root.get_mut("destination").and_then(table_mut);
    if let Some(options) = destination.and_then(|keys| table_mut(keys.get_mut("options")?)) {
        options.values_mut().for_each(keep_the_latest_of);
    }
}

fn keep_the_latest_of(secret: &mut Value) {
    let ValueKind::Table(sources) = &mut secret.kind else { return };
    if sources.values().any(|value| value.origin() == Some(FROM_ENVIRONMENT)) {
        sources.retain(|_, value| value.origin() == Some(FROM_ENVIRONMENT));
    }
}

/// The tables in a table, by its name.
fn tables_in<'a>(
    root: &'a mut config::Map<String, Value>,
    name: &str,
) -> impl Iterator<Item = &'a mut config::Map<String, Value>> {
    let table = root.get_mut(name).and_then(table_mut);
    table.into_iter().flat_map(|table| table.values_mut().filter_map(table_mut))
}

fn table_mut(value: &mut Value) -> Option<&mut config::Map<String, Value>> {
    match &mut value.kind {
        ValueKind::Table(table) => Some(table),
        _ => None,
    }
}
