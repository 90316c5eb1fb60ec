//! A secret that `jira-feeds credential add` has saved.

use super::{ReadSecret, Reading};
use crate::credential::{Environment, SecretError, Store, expiry};

/// The token of a saved credential.
#[derive(Debug, Clone)]
pub struct Saved {
    pub(super) store: Store,
    pub(super) name: String,
}

impl ReadSecret for Saved {
    fn read(&self, _: &Environment) -> Result<Reading, SecretError> {
        let (credential, token) = self.store.read_token(&self.name)?;
        let note = credential
            .expires
            .and_then(|expires| expiry::note(&self.name, expires, expiry::today()));
        Ok(Reading { token, note })
    }
}
