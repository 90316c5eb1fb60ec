//! Credentials: a named, described login for a site, and where its secret comes from.
//!
//! Knows URLs, secrets and the places that keep them. Must not know the config file's layout, HTTP
//! or feeds; must not log.
//!
//! A credential is *declared* first ([`CredentialEntry`]), in a config or in the user's [`Store`], and
//! *resolved* when a command needs it ([`CredentialChoice::resolve`]): listing feeds reads no secret.

mod choice;
mod environment;
mod error;
mod expiry;
mod keyring;
mod name;
mod route;
mod site;
mod source;
mod store;
mod token;

pub use choice::{Chosen, Credential, CredentialChoice, CredentialEntry};
pub use environment::Environment;
pub use error::{CredentialError, KnownNames, SecretError, TOKEN_PAGE};
pub use expiry::days_between;
pub use name::{check_name, check_username};
pub use route::{CloudId, Route, RouteError};
pub use site::{SiteUrl, SiteUrlError};
pub use source::{CommandLine, SecretSource, is_private};
pub use store::{NewCredential, NewToken, SavedCredential, Store, StoreError, TokenPlace};
pub use token::ApiToken;
