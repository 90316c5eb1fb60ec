//! Which way a credential's requests go: to the site itself, or through Atlassian's gateway.
//!
//! Tokens without scopes are taken by the site's own host; tokens with scopes, which are the only ones
//! that a service account can make, are taken by the gateway, under the site's cloud id
//! (<https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/>).

use super::{SiteUrl, SiteUrlError};
use std::fmt;

/// Atlassian's gateway for tokens with scopes.
pub const ATLASSIAN_GATEWAY: &str = "https://api.atlassian.com";

/// The way to a site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Route {
    /// The site's own host: for tokens without scopes.
    #[default]
    Site,
    /// The gateway: for tokens with scopes.
    Gateway {
        /// The gateway's base URL; none is Atlassian's.
        url: Option<SiteUrl>,
        /// The site's cloud id; without it the site is asked.
        cloud_id: Option<CloudId>,
    },
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
    /// A key that belongs to tokens with scopes only.
    #[error(
        "only a token with scopes goes through the gateway. Add `scoped = true`, or remove the key"
    )]
    NotScoped,
}

impl Route {
    /// The way that the keys `scoped`, `cloud_id` and `gateway` describe; an error names its key.
    pub fn of_keys(
        scoped: bool,
        cloud_id: Option<&str>,
        gateway: Option<&str>,
    ) -> Result<Self, (&'static str, RouteError)> {
        match (scoped, cloud_id, gateway) {
            (false, None, None) => Ok(Self::Site),
            (false, Some(_), _) => Err(("cloud_id", RouteError::NotScoped)),
            (false, None, Some(_)) => Err(("gateway", RouteError::NotScoped)),
            (true, cloud_id, gateway) => Ok(Self::Gateway {
                url: gateway
                    .map(SiteUrl::parse)
                    .transpose()
                    .map_err(|error| ("gateway", error.into()))?,
                cloud_id: cloud_id
                    .map(CloudId::parse)
                    .transpose()
                    .map_err(|error| ("cloud_id", error))?,
            }),
        }
    }

    /// Whether the token has scopes.
    #[must_use]
    pub fn is_scoped(&self) -> bool {
        matches!(self, Self::Gateway { .. })
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

    #[test]
    fn only_plain_cloud_ids_are_taken() {
        assert!(CloudId::parse("8f9e2a1b-0000-4000-a000-0000005a4db0").is_ok());
        for text in ["", "../x", "a/b", "a?b", "ä", " a", &"a".repeat(65)] {
            assert_eq!(CloudId::parse(text), Err(RouteError::CloudId), "{text}");
        }
    }

    #[test]
    fn keys_of_the_gateway_need_a_token_with_scopes() {
        let keys = |scoped, cloud_id, gateway| {
            Route::of_keys(scoped, cloud_id, gateway).map_err(|(key, _)| key)
        };
        assert_eq!(keys(false, None, None), Ok(Route::Site));
        assert_eq!(keys(true, None, None), Ok(Route::Gateway { url: None, cloud_id: None }));
        assert_eq!(keys(false, Some("a"), None), Err("cloud_id"));
        assert_eq!(keys(false, None, Some("https://api.atlassian.com")), Err("gateway"));
        assert_eq!(keys(true, Some("a/b"), None), Err("cloud_id"));
        assert_eq!(keys(true, None, Some("http://api.atlassian.com")), Err("gateway"));
    }
}
