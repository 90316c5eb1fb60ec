//! Building the HTTP client: TLS, HTTP/2, gzip, pool, time limits, and the headers of every request.

use super::Transport;
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap, HeaderName, HeaderValue};
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

/// How hard the client may press, and how long it tries.
#[derive(Debug, Clone, Copy)]
pub struct Pacing {
    /// Per method and path template.
    pub requests_per_second: NonZeroU32,
    /// Requests under way at once, of all feeds.
    pub max_in_flight: NonZeroUsize,
    /// How often one request is sent at most.
    pub max_attempts: NonZeroU32,
    /// For one attempt, from connecting to the last byte.
    pub request_timeout: Duration,
    /// From the first attempt of a request to the last.
    pub retry_for: Duration,
    /// Before the second attempt, where Jira does not say; doubled from then on, up to 30 s.
    pub first_retry_delay: Duration,
}

/// The HTTP client could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS or the trust store.
    #[error(
        "The HTTPS client cannot be built. Install the system's CA certificates (Debian: apt-get install ca-certificates) or set SSL_CERT_FILE"
    )]
    Build(#[source] reqwest::Error),
    /// The authorities that were given are none.
    #[error(
        "The certificates of http.ca_file cannot be used: {0}. Give one or more certificates of authorities in PEM form"
    )]
    Authorities(String),
    /// The username or token cannot stand in a header.
    #[error(
        "The credential cannot be sent: the username or the token holds a character that no HTTP header may hold"
    )]
    Header,
}

pub(crate) fn http_client(
    pacing: &Pacing,
    transport: &Transport,
) -> Result<reqwest::Client, ClientError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("jira-feeds/", env!("CARGO_PKG_VERSION")))
        .default_headers(default_headers())
        .timeout(pacing.request_timeout)
        .connect_timeout(pacing.request_timeout.min(transport.connect_timeout))
        .pool_max_idle_per_host(pacing.max_in_flight.get())
        .pool_idle_timeout(Duration::from_mins(1))
        .tcp_nodelay(true)
        // Jira's API does not redirect; a site that does has another URL, and the user should know it.
        // Nothing is sent there: the login would go with it.
        .redirect(reqwest::redirect::Policy::none());
    if let Some(pem) = &transport.authorities {
        builder = builder.tls_certs_merge(authorities(pem)?);
    }
    if let Some(url) = &transport.proxy {
        let proxy = reqwest::Proxy::all(url).map_err(ClientError::Build)?;
        builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_env()));
    }
    // Beside what was given nothing in it is ours to get wrong.
    builder.build().map_err(|error| match &transport.authorities {
        Some(_) => ClientError::Authorities(error.to_string()),
        None => ClientError::Build(error),
    })
}

fn authorities(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, ClientError> {
    let unusable = |error: reqwest::Error| ClientError::Authorities(error.to_string());
    match reqwest::Certificate::from_pem_bundle(pem).map_err(unusable)? {
        none if none.is_empty() => Err(ClientError::Authorities("there are none".to_owned())),
        certificates => Ok(certificates),
    }
}

/// Without the language headers, error texts come in the language of the token's owner.
fn default_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (ACCEPT_LANGUAGE, HeaderValue::from_static("en")),
        (HeaderName::from_static("x-force-accept-language"), HeaderValue::from_static("true")),
    ])
}
