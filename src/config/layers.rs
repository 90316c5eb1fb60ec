//! The layers, put on top of each other by the `config` crate: file, environment, flags.
//! The defaults are those of the keys themselves ([`super::RawConfig`]), so that the JSON Schema shows them.

use super::error::KnownKeys;
use super::place::{Origins, keep_the_latest_source};
use super::schema::top_level_keys;
use super::{ConfigError, Place, file};
use crate::credential::Environment;
use config::{Config, Value, ValueKind};
use std::path::{Path, PathBuf};

/// What every variable that sets a key begins with.
pub(super) const VARIABLES: &str = "JIRA_FEEDS__";

/// Where a configuration is read from.
#[derive(Debug, Clone, Default)]
pub struct ConfigSource {
    /// The file; without one `jira-feeds.toml` in the working directory, if it is there.
    pub path: Option<PathBuf>,
    /// What flags give.
    pub overrides: Overrides,
}

/// What the flags of a command give; each goes before all other layers.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--credential NAME`
    pub credential: Option<String>,
    /// `FEED …`
    pub feeds: Option<Vec<String>>,
    /// `--destination URL`
    pub destination: Option<String>,
    /// `--no-raw` is `Some(false)`; counts for every feed.
    pub raw: Option<bool>,
    /// `--jql TEXT`, for the feed `issues`
    pub jql: Option<String>,
}

/// All layers in one.
pub(super) struct Merged {
    pub(super) config: Config,
    pub(super) origins: Origins,
}

/// Reads the layers and puts them on top of each other.
pub(super) fn merge(
    source: &ConfigSource,
    environment: &Environment,
    default_path: &Path,
) -> Result<Merged, ConfigError> {
    let parsed = match &source.path {
        Some(path) => Some(file::read(path)?),
        None => file::read_if_present(default_path)?,
    };
    check_top_level(parsed.as_ref())?;
    let read_file = parsed.as_ref().map(|parsed| parsed.file.clone());
    let mut builder = Config::builder();
    if let Some(parsed) = parsed {
        builder = builder.add_source(parsed);
    }
    builder = builder.add_source(variables(environment)?);
    for (key, flag, value) in source.overrides.values() {
        let value = Value::new(Some(&flag.to_owned()), value);
        builder = builder.set_override(key, value).map_err(|error| unexpected(&error))?;
    }
    let mut config = builder.build().map_err(|error| unexpected(&error))?;
    keep_the_latest_source(&mut config.cache);
    let origins = Origins { root: config.cache.clone(), file: read_file };
    Ok(Merged { config, origins })
}

impl Overrides {
    /// Key, flag and value of each that is given.
    fn values(&self) -> Vec<(&'static str, &'static str, ValueKind)> {
        let given: [(_, _, Option<ValueKind>); 5] = [
            ("credential", "--credential", self.credential.clone().map(Into::into)),
            ("feeds", "FEED", self.feeds.clone().map(Into::into)),
            ("destination.url", "--destination", self.destination.clone().map(Into::into)),
            ("raw", "--no-raw", self.raw.map(Into::into)),
            ("feed.issues.jql", "--jql", self.jql.clone().map(Into::into)),
        ];
        given.into_iter().filter_map(|(key, flag, value)| Some((key, flag, value?))).collect()
    }
}

/// The `config` crate reads a top-level key as a path: `"feeds[9999999999]"` would make it build a
/// list of that length. None of our keys needs more than letters, digits, - and _.
fn check_top_level(parsed: Option<&file::ParsedFile>) -> Result<(), ConfigError> {
    let Some(parsed) = parsed else { return Ok(()) };
    // Names on the command line would hide it.
    if parsed.values.get("feeds").is_some_and(|value| matches!(value.kind, ValueKind::Table(_))) {
        let place = Place::File { file: parsed.file.path.clone(), key: "feeds".to_owned() };
        let reason = "this is a table. Give a list of names; what is set for one feed stands in `[feed.NAME]`";
        return Err(ConfigError::invalid(place, reason));
    }
    match parsed.values.keys().find(|key| !is_plain(key)) {
        None => Ok(()),
        Some(key) => {
            let place = Place::File { file: parsed.file.path.clone(), key: key.clone() };
            Err(ConfigError::UnknownKey { place, known: KnownKeys::new(key, top_level_keys()) })
        }
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// The environment as a layer. Nothing is guessed from the look of a value (`try_parsing` is off):
/// a token of digits stays a text, and each key knows what it takes.
fn variables(environment: &Environment) -> Result<config::Environment, ConfigError> {
    let ours = environment.iter().filter(|(name, _)| name.starts_with(VARIABLES));
    let given = ours
        .map(|(name, value)| match value.to_str() {
            _ if !is_plain(name) => Err(ConfigError::UnknownKey {
                place: Place::Variable(name.to_owned()),
                known: KnownKeys::new("", Vec::new()),
            }),
            Some(text) => Ok((name.to_owned(), text.to_owned())),
            None => Err(ConfigError::VariableNotUtf8 { name: name.to_owned() }),
        })
        .collect::<Result<_, _>>()?;
    Ok(config::Environment::with_prefix("JIRA_FEEDS")
        .prefix_separator("__")
        .separator("__")
        .source(Some(given)))
}

/// What cannot go wrong any more once file and environment have been read; its text is not shown,
/// since nothing says that it quotes no value.
fn unexpected(_: &config::ConfigError) -> ConfigError {
    let place = Place::Nowhere(String::new());
    ConfigError::invalid(place, "the layers cannot be put together. Check the names of the keys")
}
