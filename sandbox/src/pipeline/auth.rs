//! Turns an `Authorization` header into a viewer, as leniently as Jira does.
//!
//! A bad credential is not refused: the request is answered for an anonymous caller, and only a
//! response header may tell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Inbound;
use crate::accounts::{self, Login, Viewer};
use crate::answer::Reply;
use crate::control::Control;
use crate::options::{SiteOptions, Switch};

/// Whom a request is answered for.
pub(super) struct Identity {
    pub(super) viewer: Viewer,
    /// What `X-Seraph-LoginReason` says, if anything.
    pub(super) login_reason: Option<&'static str>,
    /// An answer given whatever was asked.
    pub(super) refusal: Option<Reply>,
}

impl Identity {
    fn anonymous(login_reason: Option<&'static str>) -> Self {
        Self { viewer: Viewer::anonymous(), login_reason, refusal: None }
    }
}

const FAILED: &str = "AUTHENTICATED_FAILED";
const DENIED: &str = "AUTHENTICATION_DENIED";

/// The e-mail address and the token of a Basic header. One without a colon or without a user
/// counts as no credential at all.
fn credential(inbound: &Inbound) -> Option<(String, String)> {
    let value = inbound.header("authorization")?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (email, token) = text.split_once(':')?;
    (!email.is_empty()).then(|| (email.to_owned(), token.to_owned()))
}

/// The known account a request names, whether or not the token is good.
pub(super) fn named_account(inbound: &Inbound) -> Option<&'static str> {
    let (email, _) = credential(inbound)?;
    accounts::find(&email).map(|(_, account)| account.email)
}

/// Finds out whom a request is answered for.
pub(super) fn identify(control: &Control, options: &SiteOptions, inbound: &Inbound) -> Identity {
    let bearer = inbound
        .header("authorization")
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("bearer "));
    if bearer {
        let refusal =
            Reply::text("text/plain;charset=UTF-8", "Failed to parse Connect Session Auth Token")
                .with_status(403);
        return Identity { refusal: Some(refusal), ..Identity::anonymous(None) };
    }
    let Some((email, token)) = credential(inbound) else {
        return Identity::anonymous(None);
    };
    let Some((position, account)) = accounts::find(&email) else {
        return Identity::anonymous(Some(FAILED));
    };
    if account.login == Login::Locked {
        return Identity::anonymous(Some(DENIED));
    }
    if account.token != token {
        return Identity::anonymous(Some(FAILED));
    }
    if control.is_revoked(account.email) {
        let silent = options.has(Switch::SilentRevocation);
        return Identity::anonymous((!silent).then_some(FAILED));
    }
    Identity { viewer: Viewer::of(position), login_reason: None, refusal: None }
}
