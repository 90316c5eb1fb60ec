//! What opening is like for every service: set the options, find the login, build the client.

use super::super::LakeError;
use super::super::destination::unusable;
use super::super::fault::{StorageFault, explain};
use super::super::store::Store;
use super::super::store_options::StoreOptions;
use super::Patience;
use futures::future::BoxFuture;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ObjectStore, ObjectStoreScheme, RetryConfig};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How long a login may take to be found; a metadata service that exists answers at once.
const LOGIN_PATIENCE: Duration = Duration::from_secs(10);

fn retries(patience: Patience) -> RetryConfig {
    let (max_retries, retry_timeout) = match patience {
        Patience::Short => (3, Duration::from_secs(10)),
        Patience::Long => (10, Duration::from_mins(3)),
    };
    RetryConfig { backoff: BackoffConfig::default(), max_retries, retry_timeout }
}

/// How one service's client is built.
pub(super) trait Client: Sized {
    type Objects: ObjectStore;

    /// What to do where no login is found.
    const LOGIN_REMEDY: &'static str;

    /// Login and options of the environment, for the place that the URL names.
    fn of_environment(url: &Url) -> Self;
    /// Sets an option over what the environment says. False if there is none of that name.
    fn set(self, name: &str, value: &str) -> (Self, bool);
    /// Whether requests go without a login.
    fn is_anonymous(&self) -> bool;
    fn build(self, retry: RetryConfig) -> object_store::Result<Self::Objects>;
    /// Gets the login.
    fn login(objects: &Self::Objects) -> BoxFuture<'_, object_store::Result<()>>;
}

pub(super) async fn open<C: Client>(
    url: &str,
    parsed: &Url,
    options: &StoreOptions,
    patience: Patience,
) -> Result<Store, LakeError> {
    let mut client = C::of_environment(parsed);
    for (name, value) in options.iter() {
        let known;
        (client, known) = client.set(name, value);
        if !known {
            let reason = format!("its client has no option `{name}`");
            return Err(unusable(url, &reason, "remove it from [destination.options]", None));
        }
    }
    let is_anonymous = client.is_anonymous();
    let built = client.build(retries(patience));
    let objects = built.map_err(|error| misconfigured::<C>(url, &error))?;
    if patience == Patience::Short && !is_anonymous {
        find_login::<C>(url, &objects).await?;
    }
    let shown = parsed.as_str();
    Ok(match folder(parsed) {
        Some(folder) => Store::remote(Arc::new(PrefixStore::new(objects, folder)), shown),
        None => Store::remote(Arc::new(objects), shown),
    })
}

/// The part of the URL behind bucket or container.
fn folder(url: &Url) -> Option<Path> {
    let (_, path) = ObjectStoreScheme::parse(url).ok()?;
    (!path.as_ref().is_empty()).then_some(path)
}

/// Refuses a destination for which there is no login, and does not wait long for one.
pub(super) async fn find_login<C: Client>(
    url: &str,
    objects: &C::Objects,
) -> Result<(), LakeError> {
    let reason = match tokio::time::timeout(LOGIN_PATIENCE, C::login(objects)).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => {
            let why = explain(StorageFault::Other, &error);
            format!("no login for it was found; the last source that was tried said: {why}")
        }
        Err(_) => format!(
            "no login for it was found; the last source that was tried did not answer within {} s",
            LOGIN_PATIENCE.as_secs()
        ),
    };
    Err(unusable(url, &reason, C::LOGIN_REMEDY, None))
}

/// The builder's own words, without what it quotes: that may be a part of a key. For the same reason
/// the error does not travel on as a cause.
fn misconfigured<C: Client>(url: &str, error: &object_store::Error) -> LakeError {
    let said = without_quotes(&explain(StorageFault::Other, error));
    let reason = format!("its client cannot be set up: {said}");
    unusable(url, &reason, C::LOGIN_REMEDY, None)
}

fn without_quotes(text: &str) -> String {
    let mut parts = text.split(['"', '`', '\'']);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.enumerate().fold(
        first,
        |shown, (at, part)| {
            if at % 2 == 0 { shown + "\"…\"" } else { shown + part }
        },
    )
}

/// Whether an option is on, in all the ways in which the clients take it.
pub(super) fn is_on(value: Option<String>) -> bool {
    let on = ["1", "true", "on", "yes", "y"];
    value.is_some_and(|value| on.contains(&value.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_builder_quotes_is_not_shown() {
        let said = without_quotes("invalid type: string \"s3cret\", expected struct `Key`");
        assert_eq!(said, "invalid type: string \"…\", expected struct \"…\"");
    }
}
