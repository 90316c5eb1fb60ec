//! Options for the client of an object store, by the names that the client has for them.
//!
//! Every value is kept like a secret, since some are one. Must not know what the options mean.

#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
use secrecy::ExposeSecret;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;

/// Options for the client of an object store. Its `Debug` shows their names only.
#[derive(Clone, Default)]
pub struct StoreOptions(BTreeMap<String, SecretString>);

impl StoreOptions {
    /// Sets an option.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<SecretString>) {
        self.0.insert(name.into(), value.into());
    }

    /// Names and values, in the order of the names.
    #[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.expose_secret()))
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}
