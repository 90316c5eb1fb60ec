//! The configuration: layered by the `config` crate, refused before the first request where it is wrong.
//!
//! Low and high: [`RawConfig`] mirrors what is written, [`Settings`] is what it means. Knows files,
//! variables and flags. Must not know HTTP, the destination's inside or how anything is run.
//!
//! Layers, each over the one before: defaults, file, `JIRA_FEEDS__…` environment, flags.
//! Messages never quote a value that could be a secret: texts are not shown, source lines neither.

mod check;
mod custom;
mod error;
mod feed_options;
mod file;
mod http;
mod jql;
mod layers;
mod partition;
mod place;
mod raw;
mod redaction;
mod refusal;
mod schema;
mod settings;
mod shown;
mod store_options;
mod value;

pub use error::ConfigError;
pub use http::{CaFile, HttpSettings, ProxyUrl};
pub use layers::{ConfigSource, Overrides};
pub use partition::{DateUnit, PartitionBy, PartitionColumn};
pub use place::Place;
pub use raw::{FieldNames, Mode, RawConfig};
pub use schema::{json_schema, starter};
pub use settings::{DestinationSettings, FeedOptions, Limits, Settings};
pub use shown::{Origin, Shown, ShownValue};
pub use store_options::known_options;

use crate::credential::{Environment, Store};
use check::check_private;
use std::path::Path;

/// Settings, and what the user should hear about them.
#[derive(Debug)]
pub struct Loaded {
    /// What the configuration means.
    pub settings: Settings,
    /// Things that were accepted but are better written otherwise; whole sentences.
    pub notes: Vec<String>,
}

/// Reads and checks the configuration. No secret is read: that is
/// [`crate::credential::CredentialChoice::resolve`].
///
/// # Errors
/// The first thing that is wrong, by place and remedy.
pub fn load(source: &ConfigSource) -> Result<Loaded, ConfigError> {
    load_in(source, &Environment::of_process())
}

/// The same, with the environment given.
///
/// # Errors
/// The first thing that is wrong, by place and remedy.
pub fn load_in(source: &ConfigSource, environment: &Environment) -> Result<Loaded, ConfigError> {
    let merged = layers::merge(source, environment, Path::new(file::DEFAULT_PATH))?;
    let raw = refusal::read(&merged)?;
    // Without a home there are no saved credentials, which only matters to those who want one.
    let store = Store::of_user(environment).ok();
    check::settings(raw, &merged.origins, &source.overrides, store)
}

/// Every key that has a value, with the place that it comes from, of a configuration that
/// [`load`] accepts. Secrets by their source only; none is read.
///
/// # Errors
/// Those of [`load`].
pub fn show(source: &ConfigSource) -> Result<Shown, ConfigError> {
    show_in(source, &Environment::of_process())
}

/// The same, with the environment given.
///
/// # Errors
/// Those of [`load`].
pub fn show_in(source: &ConfigSource, environment: &Environment) -> Result<Shown, ConfigError> {
    let merged = layers::merge(source, environment, Path::new(file::DEFAULT_PATH))?;
    let raw = refusal::read(&merged)?;
    check::settings(raw, &merged.origins, &source.overrides, None)?;
    Ok(shown::shown(&merged))
}

#[cfg(test)]
mod tests;
