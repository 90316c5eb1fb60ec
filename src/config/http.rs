//! How the site is reached: the authorities that are trusted, the proxy, the time to connect.
//!
//! Reads the file of authorities, so that what is wrong with it is known before the first request.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// More than the largest list of authorities that is in use.
const LARGEST_CA_FILE: u64 = 16 * 1024 * 1024;
/// What a certificate in PEM begins with.
const PEM: &str = "-----BEGIN CERTIFICATE-----";

/// How the site is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpSettings {
    /// Authorities that are trusted beside those of the system.
    pub ca_file: Option<CaFile>,
    /// How long it may take to connect.
    pub connect_timeout: Duration,
    /// The proxy; without one, what `HTTPS_PROXY` and its like say.
    pub proxy: Option<ProxyUrl>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { ca_file: None, connect_timeout: Duration::from_secs(20), proxy: None }
    }
}

/// Certificates of authorities, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct CaFile {
    /// Where they were read.
    pub path: PathBuf,
    /// The file's content; it holds at least one certificate.
    pub pem: Arc<[u8]>,
}

/// The URL of a proxy. Its login, if it has one, is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

impl CaFile {
    /// Reads a file of certificates; the error goes on after the key.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let failed = |error: std::io::Error| {
            format!(
                "cannot read {shown}: {error}. Check the path and that this account may read it"
            )
        };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() || metadata.len() > LARGEST_CA_FILE {
            return Err(format!("{shown} is no file of certificates. Name a file in PEM form"));
        }
        let pem = std::fs::read(path).map_err(failed)?;
        if !String::from_utf8_lossy(&pem).contains(PEM) {
            return Err(format!(
                "{shown} holds no certificate. Give it in PEM form, which begins with {PEM}"
            ));
        }
        Ok(Self { path: path.to_owned(), pem: pem.into() })
    }
}

impl ProxyUrl {
    /// Reads a proxy's URL; the error goes on after the key and does not quote it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).ok().filter(Url::has_host);
        match url {
            Some(url) if matches!(url.scheme(), "http" | "https") => Ok(Self(url)),
            _ => {
                Err("this is not the URL of a proxy. Write it as in http://proxy.acme.example:3128")
            }
        }
    }

    /// The URL, its login included.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for CaFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CaFile").field(&self.path).finish()
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("ProxyUrl").field(&self.0.host_str()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(path: &Path) -> String {
        let folder = path.parent().expect("a folder").display().to_string();
        CaFile::read(path).expect_err("refused").replace(&folder, "DIR")
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("written");
            path
        };
        insta::assert_snapshot!(refusal(&folder.path().join("none")), @"cannot read DIR/none: No such file or directory (os error 2). Check the path and that this account may read it");
        insta::assert_snapshot!(refusal(&write("empty", b"")), @"DIR/empty holds no certificate. Give it in PEM form, which begins with -----BEGIN CERTIFICATE-----");
        insta::assert_snapshot!(refusal(&write("der", b"\x30\x82\xff")), @"DIR/der holds no certificate. Give it in PEM form, which begins with -----BEGIN CERTIFICATE-----");
        std::fs::create_dir(folder.path().join("folder")).expect("made");
        insta::assert_snapshot!(refusal(&folder.path().join("folder")), @"DIR/folder is no file of certificates. Name a file in PEM form");
    }

    #[test]
    fn a_proxy_s_login_is_never_shown() {
        let proxy = ProxyUrl::parse("http://me:s3cret@proxy.acme.example:3128").expect("a proxy");
        assert_eq!(format!("{proxy:?}"), "ProxyUrl(Some(\"proxy.acme.example\"))");
        for text in ["", "proxy.acme.example", "socks5://s3cret", "http://", "s3cret"] {
            assert!(!ProxyUrl::parse(text).expect_err(text).contains("s3cret"));
        }
    }
}
