//! The options of single feeds: what was written for a feed, for those above it, and for all.

use super::check::{duration, of_catalog};
use super::layers::Overrides;
use super::place::Origins;
use super::raw::RawFeed;
use super::value::Switch;
use super::{ConfigError, FeedOptions, FieldNames, Mode, PartitionBy, jql};
use crate::catalog::{Catalog, Feed, Strategy};
use std::collections::BTreeMap;
use std::time::Duration;

/// What counts for a feed of which nothing was written.
pub(super) struct FeedDefaults {
    pub(super) raw: bool,
    pub(super) mode: Mode,
    pub(super) lookback: Duration,
}

type Written<'a> = BTreeMap<&'a str, &'a RawFeed>;

/// The options of every feed of the catalogue.
pub(super) fn feed_options(
    catalog: &Catalog,
    written: &BTreeMap<String, RawFeed>,
    defaults: &FeedDefaults,
    overrides: &Overrides,
    origins: &Origins,
) -> Result<BTreeMap<String, FeedOptions>, ConfigError> {
    let written = checked(catalog, written, origins)?;
    let nothing = RawFeed::default();
    let options = catalog.feeds().map(|feed| {
        let own = written.get(feed.name.as_str()).copied().unwrap_or(&nothing);
        let lookback = match &own.lookback {
            Some(text) => duration(&format!("feed.{}.lookback", feed.name), text, origins)?,
            None => defaults.lookback,
        };
        let partition_by = own.partition_by.as_ref().map(|written| {
            let key = format!("feed.{}.partition_by", feed.name);
            PartitionBy::read(&key, written, origins)
        });
        let mode = mode(catalog, feed, &written, defaults.mode);
        check_find_deleted(feed, own, mode).map_err(|reason| {
            let place = origins.place(&format!("feed.{}.find_deleted", feed.name));
            ConfigError::invalid(place, reason)
        })?;
        let finds = own.find_deleted.map(|find| find.0);
        let options = FeedOptions {
            mode,
            lookback,
            find_deleted: finds.unwrap_or(true),
            compares_snapshots: mode == Mode::Full && finds == Some(true),
            jql: own.jql.clone(),
            // A flag speaks of the whole run; in the file the narrower word counts.
            raw: overrides.raw.or(own.raw.map(|own| own.0)).unwrap_or(defaults.raw),
            field_names: own.field_names.unwrap_or_default(),
            partition_by: partition_by.transpose()?,
        };
        Ok((feed.name.clone(), options))
    });
    options.collect()
}

/// What was written, by the feeds' own names.
fn checked<'a>(
    catalog: &'a Catalog,
    written: &'a BTreeMap<String, RawFeed>,
    origins: &Origins,
) -> Result<Written<'a>, ConfigError> {
    let mut checked = BTreeMap::new();
    for (name, options) in written {
        let key = format!("feed.{name}");
        let feed =
            catalog.get(name).ok_or_else(|| of_catalog(catalog.unknown(name), &key, origins))?;
        check(catalog, feed, options).map_err(|(option, reason)| {
            ConfigError::invalid(origins.place(&format!("{key}.{option}")), reason)
        })?;
        if checked.insert(feed.name.as_str(), options).is_some() {
            let reason = format!("this is another name of `{}`. Write its options once", feed.name);
            return Err(ConfigError::invalid(origins.place(&key), reason));
        }
    }
    Ok(checked)
}

fn check(
    catalog: &Catalog,
    feed: &Feed,
    options: &RawFeed,
) -> Result<(), (&'static str, &'static str)> {
    if options.mode == Some(Mode::Incremental) && catalog.follows(feed).is_none() {
        let reason = "Jira cannot be asked for the changes of this feed, so it is read in full every time. Write \"full\", or leave the key out";
        return Err(("mode", reason));
    }
    if let Some(text) = &options.jql {
        if feed.name != "issues" {
            let reason = "only the feed `issues` takes JQL; feeds inside of issues follow it. Move it to [feed.issues]";
            return Err(("jql", reason));
        }
        jql::check(text).map_err(|reason| ("jql", reason))?;
    }
    if options.field_names == Some(FieldNames::Name) && feed.site_fields.is_none() {
        let reason = "this feed has no columns for the site's fields. Remove the key";
        return Err(("field_names", reason));
    }
    Ok(())
}

/// What has gone is told by its key, of a feed that is read in full; of one that is not, by the issues.
fn check_find_deleted(feed: &Feed, options: &RawFeed, mode: Mode) -> Result<(), &'static str> {
    let Some(Switch(finds)) = options.find_deleted else { return Ok(()) };
    let is_column = |key: &String| feed.columns.iter().any(|column| column.key == *key);
    match mode {
        Mode::Incremental if feed.strategy != Strategy::Issues => Err(
            "in the mode `incremental` only the feed `issues` looks for deleted issues; feeds inside of issues follow it. Move it to [feed.issues]",
        ),
        Mode::Full if feed.strategy == Strategy::Permissions => {
            Err("this feed is what runs have found out, and nothing of it goes. Remove the key")
        }
        Mode::Full if finds && feed.key.is_empty() => Err(
            "the feed has no key, so a record that has gone cannot be told from one that has changed. Declare `key`, or remove this one",
        ),
        Mode::Full if finds && !feed.key.iter().all(is_column) => Err(
            "no columns hold the feed's key, so there is no place for that of a record that has gone. Declare `columns` with the key among them, or remove this one",
        ),
        _ => Ok(()),
    }
}

/// The feed's own mode, or that of the feed that it follows.
fn mode(catalog: &Catalog, feed: &Feed, written: &Written<'_>, default: Mode) -> Mode {
    let Some(followed) = catalog.follows(feed) else { return Mode::Full };
    let own = |feed: &Feed| written.get(feed.name.as_str()).and_then(|options| options.mode);
    own(feed).or_else(|| own(followed)).unwrap_or(default)
}
