//! What can be wrong with a feed definition or with the name of one.

/// A feed definition that breaks the catalogue's language, or a name that no feed has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// No feed and no group has this name.
    #[error("There is no feed `{name}`{}. `jira-feeds feeds` lists them all", .nearest.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    UnknownFeed {
        /// The name asked for.
        name: String,
        /// The most similar name that exists.
        nearest: Option<String>,
    },
    /// An entry that cannot be read as a feed.
    #[error("Feed `{feed}`, key `{key}`: {reason}")]
    Invalid {
        /// The entry's name.
        feed: String,
        /// The key at fault.
        key: String,
        /// What is wrong with it and what would be right.
        reason: String,
    },
    /// A file of the catalogue that is not TOML, or has a key that the language has not.
    #[error("Catalogue file `{file}`: {reason}")]
    Syntax {
        /// The group whose file it is.
        file: String,
        /// The parser's message.
        reason: String,
    },
}

impl CatalogError {
    pub(crate) fn invalid(feed: &str, key: &str, reason: impl Into<String>) -> Self {
        Self::Invalid { feed: feed.to_owned(), key: key.to_owned(), reason: reason.into() }
    }
}
