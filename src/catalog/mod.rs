//! The catalogue: every feed as plain data, built in or written by the user, read by the same code.
//!
//! Knows Jira's endpoints, columns and permissions. Must not know HTTP, Arrow, files or the clock.

mod builtin;
mod column;
mod endpoint;
mod entry;
mod error;
mod feed;
mod permission;
mod pointer;

pub use builtin::{BUILT_IN_GROUPS, NAMED_TYPES};
pub use column::{Column, ColumnType, NamedTypes};
pub use endpoint::{Body, Endpoint, Method, PageStyle, QueryParameter};
pub use entry::FeedEntry;
pub use error::CatalogError;
pub use feed::{Embedded, EmbeddedAt, Feed, PERMISSIONS, Parent, Strategy};
pub use permission::{Permission, PermissionGroup};
pub use pointer::Pointer;

use std::collections::BTreeMap;
use std::sync::Arc;

/// All feeds that a run may choose from, by name.
#[derive(Debug, Clone)]
pub struct Catalog {
    feeds: BTreeMap<String, Arc<Feed>>,
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
        let types = NamedTypes::parse(NAMED_TYPES)?;
        let mut feeds = BTreeMap::new();
        for (group, text) in BUILT_IN_GROUPS {
            for (name, entry) in entry::parse_group(group, text)? {
                add(&mut feeds, Feed::check(&name, group, entry, &types)?)?;
            }
        }
        for (name, entry) in custom {
            add(&mut feeds, Feed::check(&name, "custom", entry, &types)?)?;
        }
        let catalog = Self { feeds, types };
        catalog.check_references()?;
        Ok(catalog)
    }

    /// The types that feeds use by name.
    #[must_use]
    pub fn types(&self) -> &NamedTypes {
        &self.types
    }

    /// The feed of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Arc<Feed>> {
        self.feeds.get(name)
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
            let mut matched = self.feeds().filter(|feed| feed.is_selected_by(pattern)).peekable();
            if matched.peek().is_none() {
                return Err(self.unknown(pattern));
            }
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
            if let Some(parent) = feed.parent.as_ref().and_then(|parent| self.get(&parent.feed))
                && matches!(
                    parent.strategy,
                    Strategy::Issues | Strategy::Changelogs | Strategy::Embedded
                )
            {
                let reason = format!(
                    "a feed cannot be asked for each record of `{}` in this version",
                    parent.name
                );
                return Err(CatalogError::invalid(&feed.name, "parent", reason));
            }
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

fn add(feeds: &mut BTreeMap<String, Arc<Feed>>, feed: Feed) -> Result<(), CatalogError> {
    match feeds.insert(feed.name.clone(), Arc::new(feed)) {
        None => Ok(()),
        Some(first) => Err(CatalogError::invalid(
            &first.name,
            "name",
            format!("group `{}` has a feed of this name already", first.group),
        )),
    }
}

#[cfg(test)]
mod tests;
