//! From what was written to what it means: every rule that no single key shows.

use super::custom::CustomFeeds;
use super::feed_options::{FeedDefaults, feed_options};
use super::layers::Overrides;
use super::place::Origins;
use super::raw::{RawConfig, RawCredential, RawDestination, RawHttp, RawLimits};
use super::value::WholeNumber;
use super::{
    CaFile, ConfigError, DestinationSettings, HttpSettings, Limits, Loaded, PartitionBy, ProxyUrl,
    Settings, store_options,
};
use crate::catalog::{Catalog, CatalogError, FeedEntry};
use crate::credential::{
    Chosen, CredentialChoice, CredentialEntry, CredentialError, Route, SiteUrl, Store, check_name,
    check_username,
};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

/// The longest time that makes sense, far below where clocks overflow.
const LONGEST: Duration = Duration::from_hours(24);

/// Shorter ones would end between two renewals on a slow store; longer ones are of no use.
const LEASES: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_hours(1);

/// Checks everything but the secret.
pub(super) fn settings(
    raw: RawConfig,
    origins: &Origins,
    overrides: &Overrides,
    store: Option<Store>,
) -> Result<Loaded, ConfigError> {
    let mut notes = Vec::new();
    let catalog = catalog(raw.custom, raw.custom_dir.as_deref(), origins)?;
    let defaults = FeedDefaults {
        raw: raw.raw.0,
        mode: raw.mode,
        lookback: duration("lookback", &raw.lookback, origins)?,
    };
    let feed_options = feed_options(&catalog, &raw.feed, &defaults, overrides, origins)?;
    if raw.feeds.0.is_empty() {
        let reason = "no feed is named. Name feeds, groups such as \"agile.*\", or \"*\" for all";
        return Err(ConfigError::invalid(origins.place("feeds"), reason));
    }
    let feeds =
        catalog.select(&raw.feeds.0).map_err(|error| of_catalog(error, "feeds", origins))?;
    for (alias, name) in raw.feeds.0.iter().filter_map(|name| Some((name, catalog.name_for(name)?)))
    {
        notes.push(format!(
            "the feed `{alias}` is called `{name}` here; it is read under that name"
        ));
    }
    let entries = raw.credentials.into_iter().map(|(name, raw)| {
        let entry = credential(&name, raw, origins, &mut notes)?;
        Ok((name, entry))
    });
    let entries = entries.collect::<Result<_, ConfigError>>()?;
    let chosen =
        raw.credential.map(|name| Chosen { name, place: origins.place("credential").to_string() });
    let settings = Settings {
        credential: CredentialChoice { entries, store, chosen },
        catalog,
        feeds,
        destination: destination(raw.destination, overrides, origins, &mut notes)?,
        limits: limits(&raw.limits, origins)?,
        http: http(&raw.http, origins)?,
        feed_options,
    };
    Ok(Loaded { settings, notes })
}

fn catalog(
    custom: BTreeMap<String, FeedEntry>,
    folder: Option<&Path>,
    origins: &Origins,
) -> Result<Catalog, ConfigError> {
    let custom = CustomFeeds::read(custom, folder, origins)?;
    Catalog::with_custom(custom.entries.clone())
        .map_err(|error| custom.of_catalog(error, None, origins))
}

/// The catalogue knows names; the user looks for a place in the file.
pub(super) fn of_catalog(error: CatalogError, key: &str, origins: &Origins) -> ConfigError {
    let reason = match error {
        CatalogError::UnknownFeed { name, nearest } => {
            let nearest = nearest.map(|near| format!("; did you mean `{near}`?"));
            let nearest = nearest.as_deref().unwrap_or(".");
            format!("there is no feed `{name}`{nearest} `jira-feeds feeds` lists them")
        }
        other => other.to_string(),
    };
    ConfigError::invalid(origins.place(key), reason)
}

fn credential(
    name: &str,
    raw: RawCredential,
    origins: &Origins,
    notes: &mut Vec<String>,
) -> Result<CredentialEntry, ConfigError> {
    let place = |key: &str| origins.place(&format!("credentials.{name}{key}"));
    check_name(name).map_err(|reason| ConfigError::invalid(place(""), reason))?;
    let site = SiteUrl::parse(&raw.url)
        .map_err(|error| ConfigError::invalid(place(".url"), error.to_string()))?;
    if raw.url.ends_with('/') {
        notes
            .push(format!("{}: the slash at the end is not needed; {site} is used", place(".url")));
    }
    check_username(&raw.username)
        .map_err(|reason| ConfigError::invalid(place(".username"), reason))?;
    let route = Route::of_keys(raw.scoped.0, raw.cloud_id.as_deref(), raw.gateway.as_deref())
        .map_err(|(key, reason)| {
            ConfigError::invalid(place(&format!(".{key}")), reason.to_string())
        })?;
    let token_place = place(".api_token");
    raw.api_token
        .check()
        .map_err(|reason| CredentialError::Secret { place: token_place.to_string(), reason })?;
    let token_key = format!("credentials.{name}.api_token");
    if raw.api_token.is_inline() && origins.is_in_file(&token_key) {
        check_private(origins, "the token", "JIRA_API_TOKEN")
            .map_err(|reason| ConfigError::invalid(token_place.clone(), reason))?;
    }
    Ok(CredentialEntry {
        name: name.to_owned(),
        description: raw.description,
        site,
        route,
        username: raw.username,
        api_token: raw.api_token.of_credential(name),
        place: token_place.to_string(),
    })
}

/// Whether a secret may stand in the file that was read.
pub(super) fn check_private(origins: &Origins, what: &str, variable: &str) -> Result<(), String> {
    match &origins.file {
        Some(file) if !file.is_private => Err(format!(
            "{what} stands in a file that others can read. `chmod 600 {}`, or name a source, as in {{ env = \"{variable}\" }}",
            file.path.display()
        )),
        _ => Ok(()),
    }
}

fn destination(
    raw: RawDestination,
    overrides: &Overrides,
    origins: &Origins,
    notes: &mut Vec<String>,
) -> Result<DestinationSettings, ConfigError> {
    let invalid = |key, reason| Err(ConfigError::invalid(origins.place(key), reason));
    let url = raw.url;
    if url.trim().is_empty() {
        return invalid(
            "destination.url",
            "the destination is empty. Name a folder, as in \"./lake\"",
        );
    }
    let authority = url.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    if authority.is_some_and(|authority| authority.contains('@')) && !names_a_container(&url) {
        let reason = "the URL holds a user name or password. Remove everything up to the @";
        return invalid("destination.url", reason);
    }
    let partition_by = PartitionBy::read("destination.partition_by", &raw.partition_by, origins)?;
    let lock_lease = duration("destination.lock_lease", &raw.lock_lease, origins)?;
    if !LEASES.contains(&lock_lease) || lock_lease.subsec_nanos() > 0 {
        let reason = "this is no lease that can be kept. Give whole seconds, from \"2s\" to \"1h\"";
        return invalid("destination.lock_lease", reason);
    }
    let mut options = raw.options;
    if overrides.destination.is_some() && !url.contains("://") && !options.is_empty() {
        notes.push("the options of [destination.options] are for an object store; the folder of --destination has none".to_owned());
        options.clear();
    }
    let options = store_options::check(options, &url, origins)?;
    let savepoint_every = most_of(raw.savepoint_every);
    Ok(DestinationSettings { url, partition_by, lock_lease, savepoint_every, options })
}

/// Whether what stands before the @ is a container, as in `abfss://lake@acme.dfs.core.windows.net`.
pub(super) fn names_a_container(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or(rest);
    let is_name =
        |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '$');
    let container = authority.split_once('@').map(|(container, _)| container);
    ["az", "abfs", "abfss"].contains(&scheme) && container.is_some_and(is_name)
}

/// 32 bits fit into every machine that this is built for; where they did not, the most would do.
fn most_of(number: WholeNumber) -> NonZeroUsize {
    NonZeroUsize::try_from(number.get()).unwrap_or(NonZeroUsize::MAX)
}

fn limits(raw: &RawLimits, origins: &Origins) -> Result<Limits, ConfigError> {
    let duration = |key: &str, text: &str| duration(&format!("limits.{key}"), text, origins);
    Ok(Limits {
        requests_per_second: raw.requests_per_second.get(),
        max_in_flight: most_of(raw.max_in_flight),
        max_attempts: raw.max_attempts.get(),
        request_timeout: duration("request_timeout", &raw.request_timeout)?,
        retry_for: duration("retry_for", &raw.retry_for)?,
        first_retry_delay: duration("first_retry_delay", &raw.first_retry_delay)?,
    })
}

fn http(raw: &RawHttp, origins: &Origins) -> Result<HttpSettings, ConfigError> {
    let ca_file = raw.ca_file.as_deref().map(CaFile::read).transpose();
    let proxy = raw.proxy.as_deref().map(ProxyUrl::parse).transpose();
    Ok(HttpSettings {
        ca_file: ca_file
            .map_err(|reason| ConfigError::invalid(origins.place("http.ca_file"), reason))?,
        connect_timeout: duration("http.connect_timeout", &raw.connect_timeout, origins)?,
        proxy: proxy.map_err(|reason| ConfigError::invalid(origins.place("http.proxy"), reason))?,
    })
}

pub(super) fn duration(key: &str, text: &str, origins: &Origins) -> Result<Duration, ConfigError> {
    length(text).map_err(|reason| ConfigError::invalid(origins.place(key), reason))
}

fn length(text: &str) -> Result<Duration, &'static str> {
    match humantime::parse_duration(text) {
        Err(_) => Err(
            "this is not a length of time. Give a number with its unit, as in \"30s\" or \"15m\"",
        ),
        Ok(duration) if duration.is_zero() => Err(
            "a time of 0 lets nothing happen. Give a longer one, as in \"30s\"; max_attempts = 1 turns retries off",
        ),
        Ok(duration) if duration > LONGEST => {
            Err("this is longer than a day. Give at most \"24h\"")
        }
        Ok(duration) => Ok(duration),
    }
}
