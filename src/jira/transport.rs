//! What the way to the site is: authorities, proxy, time to connect; and what went wrong on it, in words.

use rustls::CertificateError;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// How the site is reached.
#[derive(Clone)]
pub struct Transport {
    /// Certificates in PEM of authorities that are trusted beside those of the system.
    pub authorities: Option<Arc<[u8]>>,
    /// How long it may take to connect.
    pub connect_timeout: Duration,
    /// The proxy's URL, with its login; none leaves it to the environment.
    pub proxy: Option<String>,
}

/// A request that got no whole answer.
pub(super) struct Broken {
    /// What went wrong, and what to do about it where that is known.
    pub(super) message: String,
    /// Whether it makes no sense to ask again.
    pub(super) is_final: bool,
}

impl Broken {
    /// Says what `error` means. All but a certificate problem may pass.
    pub(super) fn by(error: &reqwest::Error) -> Self {
        match certificate_error(error) {
            Some(error) => Self { message: in_words(error), is_final: true },
            None => Self { message: chain(error), is_final: error.is_builder() },
        }
    }
}

/// The error and its causes; a URL in it has no login, and its query holds no secret.
fn chain(error: &reqwest::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    if error.is_timeout() {
        let what =
            if error.is_connect() { "http.connect_timeout" } else { "limits.request_timeout" };
        message = format!("{message} (see {what})");
    }
    message
}

/// What TLS said of the certificate.
fn certificate_error(error: &reqwest::Error) -> Option<&CertificateError> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(error)) = error.downcast_ref() {
            return Some(error);
        }
        cause = beneath(error);
    }
    None
}

/// What an error was made of. An I/O error leaves out the error that it wraps when asked for its source.
fn beneath<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn in_words(error: &CertificateError) -> String {
    match error {
        CertificateError::NotValidForNameContext { expected, presented } => format!(
            "the certificate is not for {}, but for {}. Check the host in the credential's url, and whether a proxy in between answers for it",
            expected.to_str(),
            presented.join(", ")
        ),
        CertificateError::UnknownIssuer => {
            "no authority that this machine trusts has issued the certificate. If a proxy of your company looks into connections, give its authority's certificate as http.ca_file".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("{error}. Check this machine's clock; else the site's or the proxy's certificate must be renewed")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("{error}. Check this machine's clock")
        }
        other => format!("{other}. Check the credential's url and the proxy"),
    }
}
