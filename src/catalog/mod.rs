//! The catalogue: every feed as plain data, built in or written by the user, read by the same code.
//!
//! Knows Jira's endpoints, columns and permissions. Must not know HTTP, Arrow, files or the clock.

mod builtin;
mod column;
mod cost;
mod endpoint;
mod entry;
mod error;
mod feed;
mod infer;
mod permission;
mod pointer;
mod relation;
mod shape;
mod window;

pub use builtin::{BUILT_IN_GROUPS, NAMED_TYPES};
use column::TypeExpression;
pub use column::{Column, ColumnType, NamedTypes};
pub use endpoint::{Body, Endpoint, Method, PageStyle, QueryParameter, READING_POSTS, nameless};
pub use entry::{FeedEntry, parse_group as parse_entries};
pub use error::CatalogError;
pub use feed::{Feed, PERMISSIONS, Strategy};
pub use permission::{Permission, PermissionGroup};
pub use pointer::Pointer;
pub use relation::{Embedded, EmbeddedAt, Fallback, Parent};
pub use shape::Shape;
pub use window::Window;

use std::collections::BTreeMap;
use std::sync::Arc;

/// All feeds that a run may choose from, by name.
#[derive(Debug, Clone)]
pub struct Catalog {
    feeds: BTreeMap<String, Arc<Feed>>,
    /// What the user's own feeds were read from.
    custom: BTreeMap<String, FeedEntry>,
    /// Other connectors' names, and ours for the same.
    aliases: BTreeMap<String, String>,
    types: NamedTypes,
}

impl Catalog {
    /// The feeds compiled into the binary, and the user's own (`[custom.NAME]`) beside them.
    ///
    /// # Errors
    /// The first entry that breaks the catalogue's language, by feed and key.
    pub fn with_custom(
        custom: impl IntoIterator<Item = (String, FeedEntry)>,
    ) -> Result<Self, CatalogError> {
        let mut entries = Entries::default();
        for (group, text) in BUILT_IN_GROUPS {
            for (name, entry) in entry::parse_group(group, text)? {
                entries.add(&name, group, entry)?;
            }
        }
        let mut written = BTreeMap::new();
        for (name, entry) in custom {
            written.insert(name.clone(), entry.clone());
            entries.add(&name, "custom", entry)?;
        }
        let types = NamedTypes::parse(NAMED_TYPES)?;
        let feeds = entries.into_feeds(&types)?;
        let aliases = aliases(&feeds)?;
        let catalog = Self { feeds, custom: written, aliases, types };
        catalog.check_references()?;
        Ok(catalog)
    }

    /// The types that feeds use by name.
    #[must_use]
    pub fn types(&self) -> &NamedTypes {
        &self.types
    }

    /// The feed of that name, or the one that other connectors call so.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Feed>> {
        self.feeds.get(name).or_else(|| self.feeds.get(self.name_for(name)?))
    }

    /// The entry of a custom feed in TOML, with the columns that hold all of `records`.
    ///
    /// # Errors
    /// Not a custom feed, or an entry that TOML cannot hold.
    pub fn inferred(
        &self,
        feed: &Feed,
        records: &[serde_json::Value],
    ) -> Result<String, CatalogError> {
        let invalid = |reason: String| CatalogError::invalid(&feed.name, "columns", reason);
        let entry = self.custom.get(&feed.name);
        let entry =
            entry.ok_or_else(|| invalid("only those of a custom feed can be inferred".into()))?;
        let above = feed.above().and_then(|above| self.get(above));
        let bound = feed.bindings();
        let around = feed.columns_from_around().map(|name| {
            let kind = bound.get(&name).and_then(|at| above?.column_at(at));
            let is_position = feed.shapes().any(|shape| shape.position.as_ref() == Some(&name));
            let own = if is_position { ColumnType::Int } else { ColumnType::Text };
            let kind = TypeExpression::from(kind.unwrap_or(&own));
            (name, kind)
        });
        entry
            .with_inferred(&feed.name, &around.collect::<Vec<_>>(), records)
            .map_err(|error| invalid(error.to_string()))
    }

    /// The feed whose news are all that a feed needs in order to stay up to date, which is itself where
    /// Jira can be asked for its changes. None if it can only be read as a whole.
    #[must_use]
    pub fn follows<'a>(&'a self, feed: &'a Feed) -> Option<&'a Feed> {
        match feed.strategy {
            Strategy::Issues => Some(feed),
            Strategy::Changelogs | Strategy::Worklogs => self.get("issues").map(|issues| &**issues),
            Strategy::List => feed.is_windowed().then_some(feed),
            // Children of issues only: others can change while their parent does not.
            Strategy::FanOut | Strategy::Embedded => {
                let above = self.follows(self.get(feed.above()?)?)?;
                (feed.strategy == Strategy::Embedded || above.strategy == Strategy::Issues)
                    .then_some(above)
            }
            Strategy::Permissions => None,
        }
    }

    /// Our name for a feed that other connectors call `alias`.
    #[must_use]
    pub fn name_for(&self, alias: &str) -> Option<&str> {
        self.aliases.get(alias).filter(|_| !self.feeds.contains_key(alias)).map(String::as_str)
    }

    /// All feeds in the order of their names.
    pub fn feeds(&self) -> impl Iterator<Item = &Arc<Feed>> {
        self.feeds.values()
    }

    /// The feeds whose records arrive inside records of `host`.
    pub fn embedded_in<'a>(&'a self, host: &'a str) -> impl Iterator<Item = &'a Arc<Feed>> {
        self.feeds().filter(move |feed| feed.embedded.as_ref().is_some_and(|at| at.host == host))
    }

    /// The feeds that a selection names: a feed, a group (`agile.*`) or `*`.
    ///
    /// # Errors
    /// [`CatalogError::UnknownFeed`] with the nearest name.
    pub fn select(&self, patterns: &[String]) -> Result<Vec<Arc<Feed>>, CatalogError> {
        let mut chosen = BTreeMap::new();
        for pattern in patterns {
            let pattern = self.name_for(pattern).unwrap_or(pattern);
            let mut matched: Vec<_> =
                self.feeds().filter(|feed| feed.is_selected_by(pattern)).collect();
            if matched.is_empty() {
                // A group of nothing but feeds on request is meant as a whole by whoever names it.
                matched.extend(self.feeds().filter(|feed| feed.is_of_group(pattern)));
            }
            if matched.is_empty() {
                return Err(self.unknown(pattern));
            }
            let matched = matched.into_iter();
            chosen.extend(matched.map(|feed| (feed.name.clone(), Arc::clone(feed))));
        }
        Ok(chosen.into_values().collect())
    }

    /// The error for a name that no feed has, with the nearest name that one has.
    #[must_use]
    pub fn unknown(&self, name: &str) -> CatalogError {
        let groups = self.feeds().map(|feed| format!("{}.*", feed.group));
        let nearest = self
            .feeds
            .keys()
            .cloned()
            .chain(groups)
            .map(|known| (strsim::jaro_winkler(name, &known), known))
            .filter(|(similarity, _)| *similarity > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known);
        CatalogError::UnknownFeed { name: name.to_owned(), nearest }
    }

    fn check_references(&self) -> Result<(), CatalogError> {
        for feed in self.feeds() {
            let mut seen = vec![feed.name.as_str()];
            let mut current = feed;
            while let Some(above) = current.above() {
                let invalid = |reason: String| CatalogError::invalid(&feed.name, "parent", reason);
                if seen.contains(&above) {
                    return Err(invalid(format!("`{above}` leads back to this feed")));
                }
                seen.push(above);
                current = self
                    .get(above)
                    .ok_or_else(|| invalid(format!("there is no feed `{above}`")))?;
            }
        }
        Ok(())
    }
}

/// Entries on their way to being feeds.
#[derive(Default)]
struct Entries {
    /// Group and entry by name.
    waiting: BTreeMap<String, (String, FeedEntry)>,
}

impl Entries {
    fn add(&mut self, name: &str, group: &str, entry: FeedEntry) -> Result<(), CatalogError> {
        match self.waiting.insert(name.to_owned(), (group.to_owned(), entry)) {
            None => Ok(()),
            Some((first, _)) => {
                let reason = format!("group `{first}` has a feed of this name already");
                Err(CatalogError::invalid(name, "name", reason))
            }
        }
    }

    fn into_feeds(
        mut self,
        types: &NamedTypes,
    ) -> Result<BTreeMap<String, Arc<Feed>>, CatalogError> {
        let mut feeds = BTreeMap::new();
        while let Some(name) = self.waiting.keys().next().cloned() {
            self.check(&name, types, &mut feeds)?;
        }
        Ok(feeds)
    }

    /// Checks the entry of that name, the feed around it first. One that waits no more has been
    /// checked, or leads back to itself, which the check of references says.
    fn check(
        &mut self,
        name: &str,
        types: &NamedTypes,
        feeds: &mut BTreeMap<String, Arc<Feed>>,
    ) -> Result<(), CatalogError> {
        let Some((group, entry)) = self.waiting.remove(name) else { return Ok(()) };
        let host = entry.embedded.as_ref().map(|embedded| embedded.host.clone());
        if let Some(host) = &host {
            self.check(host, types, feeds)?;
        }
        let columns = types
            .columns(&entry.columns)
            .map_err(|reason| CatalogError::invalid(name, "columns", reason))?;
        let host = host.and_then(|host| feeds.get(&host)).map(Arc::as_ref);
        let feed = Feed::check(name, &group, entry, columns, host)?;
        feeds.insert(name.to_owned(), Arc::new(feed));
        Ok(())
    }
}

fn aliases(feeds: &BTreeMap<String, Arc<Feed>>) -> Result<BTreeMap<String, String>, CatalogError> {
    let mut names = BTreeMap::new();
    for feed in feeds.values() {
        for alias in &feed.aliases {
            if let Some(other) = names.insert(alias.clone(), feed.name.clone()) {
                let reason = format!("`{alias}` is a name of `{other}` already");
                return Err(CatalogError::invalid(&feed.name, "aliases", reason));
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
