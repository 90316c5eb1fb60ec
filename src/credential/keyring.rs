//! The operating system's keyring: Secret Service, Keychain or Credential Manager, whichever it has.
//!
//! Only builds with the feature `keyring` can reach it; in others every call says so.

use super::{ApiToken, SecretError};

/// What all entries of this program are filed under; the account is the credential's name.
#[cfg(feature = "keyring")]
const SERVICE: &str = "jira-feeds";

#[cfg(feature = "keyring")]
mod reached {
    use super::{ApiToken, SERVICE, SecretError};
    use keyring_core::{Entry, Error};

    #[expect(clippy::unnecessary_wraps, reason = "as where there is no keyring")]
    pub(in crate::credential) fn check() -> Result<(), SecretError> {
        Ok(())
    }

    pub(in crate::credential) fn read(account: &str) -> Result<ApiToken, SecretError> {
        let token = entry(account)?.get_password().map_err(|error| refusal(account, &error))?;
        ApiToken::from_text(token, "the keyring's entry")
    }

    pub(in crate::credential) fn write(account: &str, token: &ApiToken) -> Result<(), SecretError> {
        entry(account)?.set_password(token.expose()).map_err(|error| refusal(account, &error))
    }

    /// Removes an entry; one that is not there is as good.
    pub(in crate::credential) fn remove(account: &str) -> Result<(), SecretError> {
        match entry(account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(refusal(account, &error)),
        }
    }

    fn entry(account: &str) -> Result<Entry, SecretError> {
        if keyring_core::get_default_store().is_none()
            && let Err(error) = keyring::Entry::store_status()
        {
            return Err(refusal(account, error));
        }
        Entry::new(SERVICE, account).map_err(|error| refusal(account, &error))
    }

    /// Errors about the content carry it, so only those about the keyring itself are quoted.
    fn refusal(account: &str, error: &Error) -> SecretError {
        let account = account.to_owned();
        match error {
            Error::NoEntry => SecretError::NoKeyringEntry { account },
            Error::PlatformFailure(reason) | Error::NoStorageAccess(reason) => {
                SecretError::KeyringUnreachable { reason: reason.to_string() }
            }
            Error::NoDefaultStore => {
                SecretError::KeyringUnreachable { reason: "the system has none".to_owned() }
            }
            _ => SecretError::KeyringEntry { account },
        }
    }
}

#[cfg(not(feature = "keyring"))]
mod reached {
    use super::{ApiToken, SecretError};

    pub(in crate::credential) fn check() -> Result<(), SecretError> {
        Err(SecretError::KeyringUnsupported)
    }

    pub(in crate::credential) fn read(_: &str) -> Result<ApiToken, SecretError> {
        Err(SecretError::KeyringUnsupported)
    }

    pub(in crate::credential) fn write(_: &str, _: &ApiToken) -> Result<(), SecretError> {
        Err(SecretError::KeyringUnsupported)
    }

    pub(in crate::credential) fn remove(_: &str) -> Result<(), SecretError> {
        Err(SecretError::KeyringUnsupported)
    }
}

pub(super) use reached::{check, read, remove, write};
