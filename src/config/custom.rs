//! Feeds of one's own: those in the config, and those in the files of a folder beside it.

use super::place::Origins;
use super::{ConfigError, Place};
use crate::catalog::{CatalogError, FeedEntry, parse_entries};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All custom feeds, and for those that came from a folder the file that each stands in.
#[derive(Default)]
pub(super) struct CustomFeeds {
    pub(super) entries: BTreeMap<String, FeedEntry>,
    files: BTreeMap<String, PathBuf>,
}

impl CustomFeeds {
    /// Adds the feeds of every TOML file in `folder` to those of the config.
    pub(super) fn read(
        entries: BTreeMap<String, FeedEntry>,
        folder: Option<&Path>,
        origins: &Origins,
    ) -> Result<Self, ConfigError> {
        let mut feeds = Self { entries, files: BTreeMap::new() };
        let Some(folder) = folder else { return Ok(feeds) };
        let files = toml_files(folder).map_err(|error| {
            let shown = folder.display();
            let reason = format!("the folder {shown} cannot be read: {error}. Check the path");
            ConfigError::invalid(origins.place("custom_dir"), reason)
        })?;
        for file in files {
            feeds.add_file(&file, origins)?;
        }
        Ok(feeds)
    }

    fn add_file(&mut self, file: &Path, origins: &Origins) -> Result<(), ConfigError> {
        let text = super::file::read_text(file)?;
        let entries = parse_entries(&file.display().to_string(), &text)
            .map_err(|error| self.of_catalog(error, Some(file), origins))?;
        for (name, entry) in entries {
            if self.entries.contains_key(&name) {
                let other = self.files.get(&name);
                let other =
                    other.map_or_else(|| "the config".to_owned(), |at| at.display().to_string());
                let reason = format!("{other} has a feed of this name already. Rename one of them");
                return Err(ConfigError::invalid(place_in(file, &name), reason));
            }
            self.files.insert(name.clone(), file.to_owned());
            self.entries.insert(name, entry);
        }
        Ok(())
    }

    /// The catalogue names feeds and keys; the user looks for a place in a file.
    pub(super) fn of_catalog(
        &self,
        error: CatalogError,
        file: Option<&Path>,
        origins: &Origins,
    ) -> ConfigError {
        let (feed, key, reason) = match error {
            CatalogError::Invalid { feed, key, reason } => (feed, key, reason),
            CatalogError::Syntax { reason, .. } => {
                let place = file.map_or_else(|| origins.place("custom"), |file| place_in(file, ""));
                return ConfigError::invalid(place, reason);
            }
            unknown @ CatalogError::UnknownFeed { .. } => {
                return ConfigError::invalid(origins.place("custom"), unknown.to_string());
            }
        };
        // Neither is a key of its own.
        let is_whole = matches!(key.as_str(), "name" | "definition");
        let path = if is_whole { feed.clone() } else { format!("{feed}.{key}") };
        let place = match file.or(self.files.get(&feed).map(PathBuf::as_path)) {
            Some(file) => place_in(file, &path),
            None => origins.place(&format!("custom.{path}")),
        };
        ConfigError::invalid(place, reason)
    }
}

fn place_in(file: &Path, key: &str) -> Place {
    Place::File { file: file.to_owned(), key: key.to_owned() }
}

/// In the order of their names, so that what is refused first is the same every time.
fn toml_files(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
