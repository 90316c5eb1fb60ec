//! Which way a credential's requests go: to the site itself, or through Atlassian's gateway.
//!
//! Tokens without scopes are taken by the site's own host; tokens with scopes, which are the only ones
//! that a service account can make, are taken by the gateway, under the site's cloud id
//! (<https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/>).
//! Knows no HTTP: asking for the cloud id is left to the client.

use super::{SiteUrl, SiteUrlError};
use std::fmt;

/// Atlassian's gateway.
const ATLASSIAN: &str = "https://api.atlassian.com";

/// The way to a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Route {
    /// Whether the token has scopes, and so goes through the gateway.
    pub scoped: bool,
    /// The gateway; none is Atlassian's.
    pub gateway: Option<SiteUrl>,
    /// The site's cloud id; without it the site is asked.
    pub cloud_id: Option<CloudId>,
}

/// The id under which the gateway knows a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudId(String);

/// Why keys give no way to a site. Each text goes on after the key that it is about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// `cloud_id` is none.
    #[error(
        "this is no cloud id. It has letters, digits and - only; https://<site>/_edge/tenant_info shows it"
    )]
    CloudId,
    /// `gateway` is no base URL.
    #[error("{0}")]
    Gateway(#[from] SiteUrlError),
}

impl Route {
    /// The way that the keys `scoped`, `cloud_id` and `gateway` describe; an error names its key.
    pub fn of_keys(
        scoped: bool,
        cloud_id: Option<&str>,
        gateway: Option<&str>,
    ) -> Result<Self, (&'static str, RouteError)> {
        Ok(Self {
            scoped,
            gateway: gateway
                .map(SiteUrl::parse)
                .transpose()
                .map_err(|error| ("gateway", error.into()))?,
            cloud_id: cloud_id
                .map(CloudId::parse)
                .transpose()
                .map_err(|error| ("cloud_id", error))?,
        })
    }

    /// The gateway that takes tokens with scopes for `site`. None for a site of which nothing says
    /// that Atlassian runs it: its token is nobody else's business.
    #[must_use]
    pub fn gateway_of(&self, site: &SiteUrl) -> Option<SiteUrl> {
        let is_atlassians = site.host().ends_with(".atlassian.net");
        let own = || SiteUrl::parse(ATLASSIAN).ok().filter(|_| is_atlassians || self.scoped);
        self.gateway.clone().or_else(own)
    }

    /// The other way to `site`, where there is one.
    #[must_use]
    pub fn other(&self, site: &SiteUrl) -> Option<Self> {
        self.gateway_of(site)?;
        Some(Self { scoped: !self.scoped, ..self.clone() })
    }
}

impl CloudId {
    /// Reads a cloud id. It becomes a part of a path, so only plain characters are taken.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if text.is_empty() || text.len() > 64 || !text.chars().all(is_plain) {
            return Err(RouteError::CloudId);
        }
        Ok(Self(text.to_owned()))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CloudId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(url: &str) -> SiteUrl {
        SiteUrl::parse(url).expect("a site")
    }

    #[test]
    fn only_plain_cloud_ids_are_taken() {
        assert!(CloudId::parse("8f9e2a1b-0000-4000-a000-0000005a4db0").is_ok());
        for text in ["", "../x", "a/b", "a?b", "ä", " a", &"a".repeat(65)] {
            assert_eq!(CloudId::parse(text), Err(RouteError::CloudId), "{text}");
        }
    }

    #[test]
    fn a_wrong_key_is_named() {
        let keys =
            |cloud_id, gateway| Route::of_keys(true, cloud_id, gateway).map_err(|(key, _)| key);
        assert!(keys(None, None).is_ok());
        assert_eq!(keys(Some("a/b"), None), Err("cloud_id"));
        assert_eq!(keys(None, Some("http://api.atlassian.com")), Err("gateway"));
    }

    #[test]
    fn a_token_goes_to_atlassians_gateway_only_for_a_site_of_atlassian() {
        let gateway = |route: &Route, url| route.gateway_of(&site(url)).map(|url| url.to_string());
        let plain = Route::default();
        assert_eq!(gateway(&plain, "https://acme.atlassian.net").as_deref(), Some(ATLASSIAN));
        for foreign in ["https://jira.acme.example", "http://127.0.0.1:8099"] {
            assert_eq!(gateway(&plain, foreign), None, "{foreign}");
            assert_eq!(plain.other(&site(foreign)), None, "{foreign}");
        }
        let scoped = Route { scoped: true, ..Route::default() };
        assert_eq!(gateway(&scoped, "https://jira.acme.example").as_deref(), Some(ATLASSIAN));
        let own = Route { gateway: Some(site("http://127.0.0.1:1")), ..Route::default() };
        let expected = Some("http://127.0.0.1:1");
        assert_eq!(gateway(&own, "https://acme.atlassian.net").as_deref(), expected);
    }

    #[test]
    fn the_other_way_keeps_what_is_known_of_the_gateway() {
        let route = Route::of_keys(false, Some("a-1"), None).expect("a route");
        let other = route.other(&site("https://acme.atlassian.net")).expect("a way");
        assert_eq!((other.scoped, other.cloud_id), (true, route.cloud_id));
    }
}
