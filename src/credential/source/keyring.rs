//! A secret in the operating system's keyring, where this build can reach one.

use super::{ReadSecret, Reading};
use crate::credential::{Environment, SecretError, keyring};

/// The entry that belongs to the credential of that name.
#[derive(Debug, Clone)]
pub struct Keyring {
    pub(super) account: String,
}

impl Keyring {
    #[expect(clippy::unused_self, reason = "every source is asked in the same way")]
    pub(super) fn check(&self) -> Result<(), SecretError> {
        keyring::check()
    }
}

impl ReadSecret for Keyring {
    fn read(&self, _: &Environment) -> Result<Reading, SecretError> {
        keyring::read(&self.account).map(Reading::plain)
    }
}

#[cfg(all(test, feature = "keyring"))]
mod tests {
    use super::*;
    use crate::credential::ApiToken;

    #[test]
    fn a_token_is_read_from_the_entry_of_its_credential_and_no_other() {
        keyring_core::set_default_store(keyring_core::mock::Store::new().expect("a mock"));
        let token = ApiToken::from_text("s3cret".into(), "the test").expect("a token");
        keyring::write("acme", &token).expect("written");
        let read =
            |account: &str| Keyring { account: account.into() }.read(&Environment::default());
        assert_eq!(
            read("acme").map(|reading| reading.token.expose().to_owned()).ok().as_deref(),
            Some("s3cret")
        );
        insta::assert_snapshot!(read("beta").err().expect("refused"), @"the keyring has no entry of the service `jira-feeds` for the account `beta`. Save the token there, as `jira-feeds credential add beta` does");
        keyring::remove("acme").expect("removed");
        keyring::remove("acme").expect("gone already");
        assert!(read("acme").is_err());
    }
}
