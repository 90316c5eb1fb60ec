//! Atlassian's gateway, which takes tokens with scopes: a site's address there, and how to find it.
//!
//! The gateway serves the same paths as the site, below `/ex/jira/{cloudId}`
//! (<https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#ad-hoc-api-calls>).

use super::{Call, CallError, CallFor, Client, json};
use std::sync::Arc;
use url::Url;

/// Tells a site's cloud id to anyone.
const TENANT_INFO: &str = "/_edge/tenant_info";

/// The address of the site with this cloud id behind `gateway`.
#[must_use]
pub fn site_behind(gateway: &Url, cloud_id: &str) -> Url {
    let mut url = gateway.clone();
    url.set_path(&format!("/ex/jira/{cloud_id}"));
    url
}

/// Asks a site for its cloud id; none if it answers without one. `anonymous` is a client of the
/// site that carries no login.
///
/// # Errors
/// [`CallError`] if the site cannot be asked.
pub async fn cloud_id(anonymous: &Client) -> Result<Option<String>, CallError> {
    let asked = CallFor {
        feed: "login".into(),
        denied: Arc::new([]),
        not_available: Arc::new([]),
        traffic: Arc::default(),
    };
    let answer = anonymous.call(&Call::get(TENANT_INFO, &[]), &asked).await?;
    let body = std::str::from_utf8(&answer.body).unwrap_or_default();
    Ok(json::member(body, "cloudId").and_then(json::plain))
}
