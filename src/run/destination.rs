//! The destination of the config, opened: here the values of its options are read.

use super::RunError;
use crate::config::DestinationSettings;
use crate::credential::{Environment, SecretError};
use crate::lake::{Lake, LakeError, StoreOptions};

/// Reads the options and opens the destination.
pub(super) async fn open(destination: &DestinationSettings) -> Result<Lake, RunError> {
    let options = options(destination).await?;
    Ok(Lake::open_with(&destination.url, &options).await?)
}

/// Reads the options and opens the destination to look at it; none if there is no such folder.
pub(super) async fn look(destination: &DestinationSettings) -> Result<Option<Lake>, RunError> {
    let options = options(destination).await?;
    Ok(Lake::look_with(&destination.url, &options).await?)
}

/// The same for a command that has nothing to do without one.
pub(super) async fn look_at(destination: &DestinationSettings) -> Result<Lake, RunError> {
    let missing = || LakeError::Destination {
        url: destination.url.clone(),
        reason: "there is no such folder".to_owned(),
        remedy: "name the one that runs have written to, with --destination or in the config"
            .to_owned(),
        source: None,
    };
    Ok(look(destination).await?.ok_or_else(missing)?)
}

async fn options(destination: &DestinationSettings) -> Result<StoreOptions, RunError> {
    let settings = destination.clone();
    // A command may be run for a value, and waited for.
    let read = tokio::task::spawn_blocking(move || read_options(&settings)).await;
    Ok(read.map_err(|error| RunError::Defect(error.to_string()))??)
}

fn read_options(destination: &DestinationSettings) -> Result<StoreOptions, LakeError> {
    let environment = Environment::of_process();
    let mut options = StoreOptions::default();
    for (name, source) in &destination.options {
        match source.token(&environment) {
            Ok(value) => options.set(name, value.secret().clone()),
            Err(error) => {
                return Err(LakeError::Destination {
                    url: destination.url.clone(),
                    reason: format!("its option `{name}` cannot be read: {}", told(&error)),
                    remedy: "correct it in [destination.options], or name another source"
                        .to_owned(),
                    source: None,
                });
            }
        }
    }
    Ok(options)
}

/// The texts that speak of Jira's tokens, for values that are none.
fn told(error: &SecretError) -> String {
    match error {
        SecretError::NotSet { variable } => format!("environment variable {variable} is not set"),
        SecretError::Empty { origin } => format!("{origin} is empty"),
        SecretError::NotAVariable => "`env` does not hold the name of a variable".to_owned(),
        SecretError::TooLong { origin, limit } => format!("{origin} is longer than {limit} bytes"),
        SecretError::ControlCharacter { origin } => {
            format!("{origin} holds a line break or another control character")
        }
        SecretError::NotText { origin } => format!("{origin} is not UTF-8 text"),
        SecretError::Directory { path } => format!("{} is a folder", path.display()),
        other => other.to_string(),
    }
}

#[cfg(all(test, feature = "s3", feature = "gcs", feature = "azure"))]
mod tests {
    use crate::config::known_options;
    use crate::lake::has_option;

    #[test]
    fn every_option_that_the_config_has_is_one_of_the_client() {
        for url in ["s3://bucket", "gs://bucket", "az://container"] {
            assert!(known_options(url).count() > 10, "{url}");
            for name in known_options(url) {
                assert!(has_option(url, name), "{url}: {name}");
            }
            assert!(!has_option(url, "no_such_option"), "{url}");
        }
    }
}
