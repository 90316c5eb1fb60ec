//! A secret in the operating system's keyring: part of the language, not of this build.

use super::{ReadSecret, Reading};
use crate::credential::{Environment, SecretError};

/// The entry that belongs to the credential.
#[derive(Debug, Clone)]
pub struct Keyring;

impl Keyring {
    #[expect(clippy::unused_self, reason = "every source is asked in the same way")]
    pub(super) fn check(&self) -> Result<(), SecretError> {
        Err(SecretError::KeyringUnsupported)
    }
}

impl ReadSecret for Keyring {
    fn read(&self, _: &Environment) -> Result<Reading, SecretError> {
        Err(SecretError::KeyringUnsupported)
    }
}
