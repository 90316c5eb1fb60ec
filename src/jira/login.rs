//! The login: the header that carries it, and the account that answers to it.

use super::headers::{HeaderFacts, LoginReason};
use super::{ClientError, LoginLost, json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// The probe: on Jira Cloud the only route that refuses a bad credential instead of answering for nobody.
pub(crate) const MYSELF: &str = "/rest/api/3/myself";

/// The user that Jira takes the caller for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Atlassian's id of the account.
    pub id: String,
    /// The name that Jira shows.
    pub display_name: String,
    /// The profile's time zone, by its IANA name, where Jira gives it.
    pub time_zone: Option<String>,
}

impl Account {
    /// Reads an answer of `/myself`; none if it is not that of a user.
    pub(crate) fn read(body: &str) -> Option<Self> {
        let text = |key| json::member(body, key).and_then(json::plain);
        Some(Self {
            id: text("accountId").filter(|id| !id.is_empty())?,
            display_name: text("displayName").unwrap_or_default(),
            time_zone: text("timeZone"),
        })
    }
}

/// `Basic base64(username:token)`, marked so that no HTTP log prints it.
pub(crate) fn authorization(
    username: &str,
    token: &SecretString,
) -> Result<HeaderValue, ClientError> {
    let encoded = encoded(username, token);
    let header = Zeroizing::new(format!("Basic {}", encoded.expose_secret()));
    let mut value = HeaderValue::from_str(&header).map_err(|_| ClientError::Header)?;
    value.set_sensitive(true);
    Ok(value)
}

/// `base64(username:token)`
pub(super) fn encoded(username: &str, token: &SecretString) -> SecretString {
    let pair = Zeroizing::new(format!("{username}:{}", token.expose_secret()));
    STANDARD.encode(pair.as_bytes()).into()
}

/// The loss that a header of an answer shows.
pub(crate) fn lost_by(reason: LoginReason, path: &str, status: u16) -> LoginLost {
    let answered = format!("{path} answered {status} with X-Seraph-LoginReason");
    match reason {
        LoginReason::Captcha => {
            LoginLost::Captcha { evidence: format!("{answered}: AUTHENTICATION_DENIED") }
        }
        LoginReason::Failed => {
            LoginLost::NotAccepted { evidence: format!("{answered}: AUTHENTICATED_FAILED") }
        }
    }
}

/// Whether an answer names another account than the one that logged in. Most answers name it
/// (`X-AACCOUNTID`), none must.
pub(crate) fn is_of_another(facts: &HeaderFacts, account: &Account) -> bool {
    facts.account.as_ref().is_some_and(|id| *id != account.id)
}
