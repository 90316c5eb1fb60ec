//! Logging in by a credential's route, and finding out why a login is refused.
//!
//! A token with scopes works behind Atlassian's gateway only, one without on the site's own host only,
//! and either is refused elsewhere as if it were wrong. So a refused login is tried once the other way,
//! to say which it is; a CAPTCHA is not, since each further failure prolongs it.

use super::session::{Network, or_interrupted};
use super::{RunError, Stop};
use crate::config::Settings;
use crate::credential::{CloudId, Credential, Route};
use crate::jira::{Account, CallError, Client, LoginLost, cloud_id, site_behind};
use url::Url;

/// A login that works.
#[derive(Debug, Clone)]
pub struct LoginTest {
    /// Whose it is.
    pub account: Account,
    /// The way that it works by, which need not be the credential's.
    pub route: Route,
}

/// Tries a login by the credential's route and, if it is refused there, by the other one.
///
/// # Errors
/// [`RunError::LoginLost`] if Jira takes it neither way, or another error if Jira cannot be asked.
pub async fn test_login(
    credential: &Credential,
    settings: &Settings,
    stop: &Stop,
) -> Result<LoginTest, RunError> {
    let network = &Network::of(&settings.limits, &settings.http);
    let trying = async {
        match by_route(credential, &credential.route, network).await {
            Ok((_, account)) => Ok(LoginTest { account, route: credential.route.clone() }),
            Err(refused) => the_other_way(credential, refused, network).await,
        }
    };
    or_interrupted(trying, stop).await
}

/// A client whose login has been seen to work.
///
/// # Errors
/// As [`test_login`]; a login that would work the other way is refused, with that remedy.
pub(super) async fn log_in(
    credential: &Credential,
    network: &Network,
) -> Result<(Client, Account), RunError> {
    let refused = match by_route(credential, &credential.route, network).await {
        Ok(logged_in) => return Ok(logged_in),
        Err(refused) => refused,
    };
    let evidence = evidence(&refused);
    Err(match the_other_way(credential, refused, network).await {
        Ok(LoginTest { route: Route { scoped: true, .. }, .. }) => {
            LoginLost::WantsGateway { evidence }.into()
        }
        Ok(_) => LoginLost::WantsSite { evidence }.into(),
        Err(why) => why,
    })
}

/// What a refused login comes to the other way; if that is no better, the first refusal.
async fn the_other_way(
    credential: &Credential,
    refused: RunError,
    network: &Network,
) -> Result<LoginTest, RunError> {
    let route = credential.route.other(&credential.site).filter(|_| may_be_misdirected(&refused));
    let Some(route) = route else { return Err(refused) };
    match by_route(credential, &route, network).await {
        Ok((_, account)) => Ok(LoginTest { account, route }),
        // Only the gateway tells a token that lacks a scope from a wrong one.
        Err(lacks @ RunError::LoginLost(LoginLost::LacksScope { .. })) => Err(lacks),
        Err(_) => Err(refused),
    }
}

fn evidence(refused: &RunError) -> String {
    match refused {
        RunError::LoginLost(LoginLost::NotAccepted { evidence }) => evidence.clone(),
        RunError::NoSuchSite { refusal, .. } => refusal.clone(),
        other => other.to_string(),
    }
}

async fn by_route(
    credential: &Credential,
    route: &Route,
    network: &Network,
) -> Result<(Client, Account), RunError> {
    let address = address(credential, route, network).await?;
    let token = credential.api_token.secret();
    let client =
        Client::new(address, &credential.username, token, network.pacing, &network.transport)?;
    match client.log_in().await {
        Ok(account) => Ok((client, account)),
        Err(CallError::Failed(refusal)) if refusal.status == Some(404) => {
            Err(RunError::NoSuchSite { at_gateway: route.scoped, refusal: refusal.to_string() })
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether a login may be good and only have gone the wrong way: the site's own host refuses a token
/// with scopes as a wrong one, or as if there were nothing at all.
fn may_be_misdirected(refused: &RunError) -> bool {
    matches!(
        refused,
        RunError::LoginLost(LoginLost::NotAccepted { .. })
            | RunError::NoSuchSite { at_gateway: false, .. }
    )
}

/// The base URL of a site by a route; for the gateway the site is asked for its cloud id.
async fn address(
    credential: &Credential,
    route: &Route,
    network: &Network,
) -> Result<Url, RunError> {
    let site = credential.site.join("/");
    let Some(gateway) = route.gateway_of(&credential.site).filter(|_| route.scoped) else {
        return Ok(site);
    };
    let cloud_id = match &route.cloud_id {
        Some(known) => known.clone(),
        None => ask_cloud_id(site, network).await?,
    };
    Ok(site_behind(&gateway.join("/"), cloud_id.as_str()))
}

async fn ask_cloud_id(site: Url, network: &Network) -> Result<CloudId, RunError> {
    let unknown = |why: String| {
        RunError::Unreachable(format!(
            "The site does not tell its cloud id, under which the gateway knows it ({why}). Set `cloud_id` in the credential"
        ))
    };
    let found = cloud_id(&Client::anonymous(site, network.pacing, &network.transport)?).await;
    let found = found.map_err(|error| unknown(error.to_string()))?;
    let found = found.ok_or_else(|| unknown("its answer has none".to_owned()))?;
    CloudId::parse(&found).map_err(|error| unknown(error.to_string()))
}
