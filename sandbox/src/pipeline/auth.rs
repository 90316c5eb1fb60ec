//! Turns an `Authorization` header into a viewer, as leniently as Jira does.
//!
//! A bad credential is not refused: the request is answered for an anonymous caller, and only a
//! response header may tell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Inbound;
use super::gateway::{self, Door};
use crate::accounts::{self, Login, Scopes, Viewer};
use crate::answer::Reply;
use crate::control::Control;
use crate::options::{SiteOptions, Switch};

/// Whom a request is answered for.
pub(super) struct Identity {
    pub(super) viewer: Viewer,
    pub(super) scopes: Scopes,
    /// What `X-Seraph-LoginReason` says, if anything.
    pub(super) login_reason: Option<&'static str>,
    /// An answer given whatever was asked.
    pub(super) refusal: Option<Reply>,
}

impl Identity {
    fn anonymous(login_reason: Option<&'static str>) -> Self {
        let viewer = Viewer::anonymous();
        Self { viewer, scopes: Scopes::Classic, login_reason, refusal: None }
    }

    fn refused(reply: Reply) -> Self {
        Self { refusal: Some(reply), ..Self::anonymous(None) }
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
    accounts::find(&email).map(|account| account.email)
}

/// Finds out whom a request is answered for.
pub(super) fn identify(control: &Control, options: &SiteOptions, inbound: &Inbound) -> Identity {
    let bearer = inbound
        .header("authorization")
        .is_some_and(|value| value.to_ascii_lowercase().starts_with("bearer "));
    match &inbound.door {
        Door::Gateway(cloud_id) if cloud_id != gateway::CLOUD_ID => {
            Identity::refused(gateway::unknown_cloud())
        }
        Door::Gateway(_) => at_the_gateway(control, options, inbound),
        Door::Site if bearer => {
            let text = "Failed to parse Connect Session Auth Token";
            Identity::refused(Reply::text("text/plain;charset=UTF-8", text).with_status(403))
        }
        Door::Site => at_the_site(control, options, inbound),
    }
}

fn at_the_site(control: &Control, options: &SiteOptions, inbound: &Inbound) -> Identity {
    let Some((email, token)) = credential(inbound) else {
        return Identity::anonymous(None);
    };
    let Some(account) = accounts::find(&email) else {
        return Identity::anonymous(Some(FAILED));
    };
    if account.login == Login::Locked {
        return Identity::anonymous(Some(DENIED));
    }
    let foreign = account.scopes != Scopes::Classic;
    if account.token != token || account.login == Login::Void || foreign {
        return Identity::anonymous(Some(FAILED));
    }
    if control.is_revoked(account.email) {
        let silent = options.has(Switch::SilentRevocation);
        return Identity::anonymous((!silent).then_some(FAILED));
    }
    let (viewer, scopes) = (Viewer::of(account), account.scopes);
    Identity { viewer, scopes, login_reason: None, refusal: None }
}

/// The gateway refuses a bad credential instead of forgetting it.
fn at_the_gateway(control: &Control, options: &SiteOptions, inbound: &Inbound) -> Identity {
    let account = credential(inbound)
        .and_then(|(email, token)| accounts::find(&email).filter(|account| account.token == token));
    let classic = options.has(Switch::GatewayTakesClassicTokens);
    let good = account.filter(|account| {
        account.login == Login::Open
            && (classic || account.scopes != Scopes::Classic)
            && !control.is_revoked(account.email)
    });
    let Some(account) = good else {
        return Identity::refused(gateway::unauthorised());
    };
    let (viewer, scopes) = (Viewer::of(account), account.scopes);
    Identity { viewer, scopes, login_reason: None, refusal: None }
}
