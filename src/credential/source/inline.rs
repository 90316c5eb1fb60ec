//! A secret that was written down itself. Whether that place is private enough, its reader decides.

use super::{ReadSecret, Reading};
use crate::credential::{ApiToken, Environment, SecretError};
use secrecy::{ExposeSecret, SecretString};

/// The token as it was written.
#[derive(Debug, Clone)]
pub struct Inline(pub(super) SecretString);

impl Inline {
    pub(super) fn check(&self) -> Result<(), SecretError> {
        self.token().map(drop)
    }

    fn token(&self) -> Result<ApiToken, SecretError> {
        ApiToken::from_text(self.0.expose_secret().to_owned(), "the API token")
    }
}

impl ReadSecret for Inline {
    fn read(&self, _: &Environment) -> Result<Reading, SecretError> {
        self.token().map(Reading::plain)
    }
}
