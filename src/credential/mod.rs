//! Credentials: a named, described login for a site, and where its secret comes from.
//!
//! Knows URLs, secrets and the places that keep them. Must not know the config file's layout, HTTP
//! or feeds; must not log.
//!
//! A credential is *declared* first ([`CredentialEntry`]) and *resolved* when a command needs it
//! ([`CredentialChoice::resolve`]): listing feeds reads no secret.

mod choice;
mod environment;
mod error;
mod route;
mod site;
mod source;
mod token;

pub use choice::{Chosen, Credential, CredentialChoice, CredentialEntry};
pub use environment::Environment;
pub use error::{CredentialError, SecretError};
pub use route::{CloudId, Route, RouteError};
pub use site::{SiteUrl, SiteUrlError};
pub use source::{CommandLine, SecretSource, is_private};
pub use token::ApiToken;
