//! The current view of a feed: what the config and the catalogue say about it, as SQL.
//!
//! Must not touch the site, and changes nothing in the lake. That is looked at only by a dialect which has to
//! name all columns; the text is right whether or not there is a lake yet.

use super::partitions::known_partitioning;
use super::schema::{ColumnChoice, evolved_on_site, schema_on_site};
use super::{RunError, destination, written_schema};
use crate::catalog::{CatalogError, Feed};
use crate::config::{Mode, Settings};
use crate::lake::FeedState;
use crate::view::{Current, Dialect, View};
use std::path::PathBuf;

/// What a user may choose about a view.
#[derive(Debug, Clone, Default)]
pub struct ViewChoice {
    /// How the feed's parts came about, where the config does not say it.
    pub mode: Option<Mode>,
    /// The view's own name.
    pub name: Option<String>,
    /// The schema of the table that is read.
    pub source: Option<String>,
}

/// The current view of `feed` in the lake that the settings name, for a dialect.
///
/// # Errors
/// [`RunError::Catalog`] if the latest rows are wanted and no column tells one record from another.
pub async fn current_view(
    settings: &Settings,
    feed: &Feed,
    dialect: Dialect,
    choice: ViewChoice,
) -> Result<View, RunError> {
    let options = settings.options(&feed.name);
    let schema = schema_on_site(&settings.catalog, feed, &[], ColumnChoice::of(&options));
    let partitioning = known_partitioning(settings, feed, schema.arrow())?;
    let current = match choice.mode.unwrap_or(options.mode) {
        Mode::Full if !partitioning.by_date => Current::All,
        Mode::Full => Current::LatestDate,
        Mode::Incremental => Current::LatestOfKey(key_columns(settings, feed)?),
    };
    let state = if current.names_columns(dialect) { state(settings, feed).await } else { None };
    Ok(View {
        feed: feed.name.clone(),
        name: choice.name,
        lake: full_path(&settings.destination.url),
        source: choice.source,
        columns: columns(settings, feed, state.as_ref()),
        partitions: state.and_then(|state| state.folders).unwrap_or_else(|| partitioning.columns()),
        current,
    })
}

/// The feed's state in the lake, if there is one that can be read.
async fn state(settings: &Settings, feed: &Feed) -> Option<FeedState> {
    let read = async {
        match destination::look(&settings.destination).await? {
            Some(lake) => Ok::<_, RunError>(lake.state(&feed.name).await?),
            None => Ok(None),
        }
    };
    let unread = |error: RunError| {
        tracing::warn!(feed = %feed.name, %error, "the columns that the feed has in the lake cannot be told; those of the catalogue are named");
    };
    read.await.map_err(unread).ok().flatten()
}

/// The names of all columns: those that the lake has, retired ones and those of the site's fields too, and those
/// that come with the next run.
fn columns(settings: &Settings, feed: &Feed, state: Option<&FeedState>) -> Vec<String> {
    let choice = ColumnChoice::of(&settings.options(&feed.name));
    let before = state.and_then(|state| written_schema::read(feed, &state.columns));
    let (schema, _) = evolved_on_site(&settings.catalog, feed, &[], choice, before.as_deref());
    schema.arrow().fields().iter().map(|field| field.name().clone()).collect()
}

/// The names of the columns that tell one record of `feed` from another.
///
/// # Errors
/// [`RunError::Catalog`] if there are none.
pub(crate) fn key_columns(settings: &Settings, feed: &Feed) -> Result<Vec<String>, RunError> {
    let options = settings.options(&feed.name);
    let schema = schema_on_site(&settings.catalog, feed, &[], ColumnChoice::of(&options));
    let column = |key: &String| schema.column_of(key).map(str::to_owned);
    let columns: Option<Vec<_>> = feed.key.iter().map(column).collect();
    columns.filter(|columns| !columns.is_empty()).ok_or_else(|| {
        let reason = "its columns do not tell one record from another, so there is no latest row of each. Declare `columns` with the key among them, or use the mode \"full\"";
        CatalogError::invalid(&feed.name, "key", reason).into()
    })
}

/// The destination as a reader in another folder finds it.
fn full_path(url: &str) -> String {
    let folder = match url.split_once("://") {
        None => PathBuf::from(url),
        Some((scheme, _)) if scheme.eq_ignore_ascii_case("file") => {
            let parsed = url::Url::parse(url).ok().and_then(|parsed| parsed.to_file_path().ok());
            parsed.unwrap_or_else(|| PathBuf::from(url))
        }
        Some(_) => return url.trim_end_matches('/').to_owned(),
    };
    // Where the working folder is unknown, the path as it was written still says something.
    let full = std::path::absolute(&folder).unwrap_or(folder);
    let components: PathBuf = full.components().collect();
    components.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_named_in_full_and_a_store_as_it_is() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(full_path("./lake/"), here.join("lake").to_str().unwrap());
        assert_eq!(full_path("file:///data/a%20lake"), "/data/a lake");
        assert_eq!(full_path("s3://bucket/lake/"), "s3://bucket/lake");
    }
}
