//! Why a request got no answer, for people: what was tried, what failed, what to do next.
//!
//! Reads errors of reqwest, rustls and the system. Shows the host, and never a URL: a proxy's may
//! hold a password.

use rustls::CertificateError;
use std::error::Error;
use std::io::ErrorKind;

/// What stopped a request on its way.
pub(super) struct Trouble {
    /// One sentence or two.
    pub(super) message: String,
    /// Whether asking again is of no use.
    pub(super) is_final: bool,
}

/// What a failed request says about the way to the site.
pub(super) fn trouble(error: &reqwest::Error) -> Trouble {
    let host = host(error);
    if let Some(rustls::Error::InvalidCertificate(why)) = find::<rustls::Error>(error) {
        return Trouble { message: certificate(&host, why), is_final: true };
    }
    Trouble { message: on_the_way(&host, error), is_final: error.is_builder() }
}

fn certificate(host: &str, why: &CertificateError) -> String {
    match why {
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names = if presented.is_empty() { "no name".into() } else { presented.join(", ") };
            format!(
                "the certificate of {host} should name `{}` and names {names}. Check the credential's url, and whether a proxy answers in the site's place",
                expected.to_str()
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
            "the certificate of {host} has expired. Check this machine's clock; if it is right, whoever runs {host} or the proxy before it must renew the certificate"
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {host} is not valid yet. Check this machine's clock")
        }
        CertificateError::UnknownIssuer => unknown_issuer(host),
        // How webpki says that a certificate which may sign others was itself shown: self-signed.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => unknown_issuer(host),
        other => format!("the certificate of {host} is not accepted: {other}"),
    }
}

fn unknown_issuer(host: &str) -> String {
    format!(
        "the certificate of {host} is self-signed or from an authority that this machine does not know. If it is your company's proxy, give its authority's certificate as http.ca_file; else check the credential's url"
    )
}

fn on_the_way(host: &str, error: &reqwest::Error) -> String {
    let said = causes(error);
    let kind = find::<std::io::Error>(error).map(std::io::Error::kind);
    if error.is_timeout() && error.is_connect() {
        return format!(
            "no connection to {host} within http.connect_timeout. Check the credential's url, the network and the proxy"
        );
    }
    if error.is_timeout() {
        return format!(
            "no whole answer from {host} within limits.request_timeout. Allow more time, or lower limits.max_in_flight"
        );
    }
    if said.contains("dns error") {
        return format!(
            "the name of {host} cannot be resolved ({said}). Check the credential's url, the network and the proxy"
        );
    }
    if kind == Some(ErrorKind::ConnectionRefused) {
        return format!(
            "{host}, or the proxy before it, refuses connections ({said}). Check the credential's url, and HTTPS_PROXY"
        );
    }
    format!("the request to {host} failed: {said}")
}

fn host(error: &reqwest::Error) -> String {
    let shown = error.url().and_then(|url| {
        let host = url.host_str()?;
        Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    });
    shown.unwrap_or_else(|| "the site".to_owned())
}

/// What the causes say; the error itself would show the URL.
fn causes(error: &reqwest::Error) -> String {
    let mut said = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push(error.to_string());
        cause = error.source();
    }
    said.dedup();
    if said.is_empty() { "no cause is given".to_owned() } else { said.join(": ") }
}

/// The first error of a kind among the causes. An `io::Error` does not count what it wraps as its
/// source, so that is looked into too.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::ServerName;

    #[test]
    fn each_certificate_problem_has_its_own_words() {
        let expected = ServerName::try_from("acme.atlassian.net").unwrap();
        let presented = vec!["DnsName(\"proxy.corp\")".to_owned()];
        let wrong_name = CertificateError::NotValidForNameContext { expected, presented };
        for (why, words) in [
            (wrong_name, ["should name `acme.atlassian.net`", "proxy.corp"]),
            (CertificateError::Expired, ["has expired", "clock"]),
            (CertificateError::NotValidYet, ["not valid yet", "clock"]),
            (CertificateError::UnknownIssuer, ["self-signed", "http.ca_file"]),
        ] {
            let said = certificate("acme.atlassian.net", &why);
            assert!(words.iter().all(|word| said.contains(word)), "{said}");
        }
    }

    #[test]
    fn a_certificate_error_is_found_inside_an_io_error() {
        let why = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let wrapped = std::io::Error::other(std::io::Error::other(why));
        assert!(find::<rustls::Error>(&wrapped).is_some());
    }

    #[tokio::test]
    async fn a_refused_connection_says_what_was_tried_and_shows_no_query() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        drop(listener);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let error = client.get(format!("http://{at}/?jql=hidden")).send().await.unwrap_err();
        let Trouble { message, is_final } = trouble(&error);
        assert!(message.starts_with(&format!("{at}, or the proxy")), "{message}");
        assert!(!message.contains("hidden") && !is_final, "{message}");
    }
}
