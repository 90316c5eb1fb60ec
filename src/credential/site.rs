//! The base URL of a Jira site: checked, and in one form only.

use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

/// A site's base URL: scheme, host and maybe a port. `https`, or `http` on loopback only, so that no
/// token travels in the clear.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SiteUrl(Url);

/// Why a text is no site URL. The text itself is never shown: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SiteUrlError {
    /// Nothing that a URL can be read from.
    #[error("this is not a URL. Give the site's base URL, as in https://acme.atlassian.net")]
    NotAUrl,
    /// No `https://` or `http://` in front.
    #[error("the URL does not begin with https://. Write it as in https://acme.atlassian.net")]
    Scheme,
    /// A user name or password in front of the host.
    #[error(
        "the URL holds a user name or password. Remove everything up to the @; the login belongs into `username` and `api_token`"
    )]
    UserInfo,
    /// Something behind the host.
    #[error("the URL goes on after the host with a {part}. Give only {base}")]
    Beyond {
        /// What stands there.
        part: &'static str,
        /// What is right.
        base: String,
    },
    /// `http` to another machine.
    #[error(
        "plain http would send the token in the clear. Use https://; http is for loopback only (127.0.0.1, localhost, [::1])"
    )]
    PlainHttp,
}

impl SiteUrl {
    /// Reads and normalises a base URL; one trailing slash is accepted and dropped.
    pub fn parse(text: &str) -> Result<Self, SiteUrlError> {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(SiteUrlError::NotAUrl);
        }
        // Looked at as text, since the URL parser repairs much: it drops `/./`, takes `\` for `/`
        // and `https:host` for `https://host`.
        let (scheme, rest) = text.split_once("://").ok_or(SiteUrlError::Scheme)?;
        if !["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(SiteUrlError::Scheme);
        }
        let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
        let (authority, beyond) = rest.split_at(end);
        if authority.contains('@') {
            return Err(SiteUrlError::UserInfo);
        }
        let base = Url::parse(&format!("{scheme}://{authority}"))
            .ok()
            .filter(Url::has_host)
            .map(Self)
            .ok_or(SiteUrlError::NotAUrl)?;
        match beyond {
            "" | "/" => base.check_transport(),
            _ => Err(base.beyond(beyond)),
        }
    }

    /// The URL of a path on this site. Whatever the path holds, the host stays: `?` and `#` in it
    /// become part of the path, so that a query is added to the result and not to the path.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// Whether the site is on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// The host's name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    fn check_transport(self) -> Result<Self, SiteUrlError> {
        if self.0.scheme() == "https" || self.is_loopback() {
            Ok(self)
        } else {
            Err(SiteUrlError::PlainHttp)
        }
    }

    fn beyond(&self, beyond: &str) -> SiteUrlError {
        let part = match beyond.trim_start_matches(['/', '\\']).chars().next() {
            Some('?') => "query",
            Some('#') => "fragment",
            _ => "path",
        };
        SiteUrlError::Beyond { part, base: self.to_string() }
    }
}

impl fmt::Display for SiteUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for SiteUrl {
    type Err = SiteUrlError;

    fn from_str(text: &str) -> Result<Self, SiteUrlError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refusal(text: &str) -> String {
        SiteUrl::parse(text).expect_err("refused").to_string()
    }

    #[test]
    fn a_site_is_https_or_loopback_and_has_one_form() {
        for (text, form) in [
            ("https://acme.atlassian.net", "https://acme.atlassian.net"),
            ("https://acme.atlassian.net/", "https://acme.atlassian.net"),
            ("HTTPS://Acme.Atlassian.NET:443", "https://acme.atlassian.net"),
            ("http://127.0.0.1:8099", "http://127.0.0.1:8099"),
            ("http://localhost:8099/", "http://localhost:8099"),
            ("http://[::1]:8099", "http://[::1]:8099"),
        ] {
            assert_eq!(SiteUrl::parse(text).expect(text).to_string(), form);
        }
    }

    #[test]
    fn join_never_leaves_the_host() {
        let site = SiteUrl::parse("https://acme.atlassian.net").expect("a site");
        assert_eq!(
            site.join("/rest/api/3/field").as_str(),
            "https://acme.atlassian.net/rest/api/3/field"
        );
        for path in ["//evil.example/x", "https://evil.example/", "\\\\evil.example", "?q", "#f"] {
            assert_eq!(site.join(path).host_str(), Some("acme.atlassian.net"), "{path}");
        }
    }

    #[test]
    fn refusals_say_what_is_right() {
        insta::assert_snapshot!(refusal("acme.atlassian.net"), @"the URL does not begin with https://. Write it as in https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("ftp://acme.atlassian.net"), @"the URL does not begin with https://. Write it as in https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("https://"), @"this is not a URL. Give the site's base URL, as in https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("https://ac me.atlassian.net"), @"this is not a URL. Give the site's base URL, as in https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("https://me:s3cret@acme.atlassian.net"), @"the URL holds a user name or password. Remove everything up to the @; the login belongs into `username` and `api_token`");
        insta::assert_snapshot!(refusal("https://acme.atlassian.net/jira"), @"the URL goes on after the host with a path. Give only https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("https://acme.atlassian.net/."), @"the URL goes on after the host with a path. Give only https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("https://acme.atlassian.net//"), @"the URL goes on after the host with a path. Give only https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("https://acme.atlassian.net?a=1"), @"the URL goes on after the host with a query. Give only https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("https://acme.atlassian.net/#top"), @"the URL goes on after the host with a fragment. Give only https://acme.atlassian.net");
        insta::assert_snapshot!(refusal("http://acme.atlassian.net"), @"plain http would send the token in the clear. Use https://; http is for loopback only (127.0.0.1, localhost, [::1])");
    }

    #[test]
    fn http_off_loopback_is_refused_however_it_is_dressed() {
        for text in [
            "http://127.0.0.1.nip.io",
            "http://localhost.evil.example",
            "http://128.0.0.1",
            "http://[::ffff:127.0.0.1]",
            "http://0.0.0.0",
            "HTTP://acme.atlassian.net",
        ] {
            assert_eq!(SiteUrl::parse(text), Err(SiteUrlError::PlainHttp), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            check_promise(&text)?;
        }

        #[test]
        fn near_urls_are_read_or_refused(
            text in "(https?|HTTP|ftp)?:?[/\\\\]{0,3}([a-z]{0,4}(:[a-z]{0,3})?@)?(localhost|127\\.0\\.0\\.1|\\[::1\\]|0x7f\\.1|[a-z\\.]{1,9})(:[0-9]{0,6})?[/\\\\?#.@a-z]{0,5}"
        ) {
            check_promise(&text)?;
        }
    }

    fn check_promise(text: &str) -> Result<(), TestCaseError> {
        let Ok(site) = SiteUrl::parse(text) else { return Ok(()) };
        prop_assert_eq!(site.0.username(), "");
        prop_assert_eq!(site.0.password(), None);
        prop_assert_eq!((site.0.path(), site.0.query(), site.0.fragment()), ("/", None, None));
        prop_assert!(site.0.scheme() == "https" || site.is_loopback());
        prop_assert!(!text.contains('@') && !text.contains('?') && !text.contains('#'));
        prop_assert_eq!(SiteUrl::parse(&site.to_string()), Ok(site));
        Ok(())
    }
}
