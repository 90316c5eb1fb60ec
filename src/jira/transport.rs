//! How the site is reached: what is trusted, through which proxy, and how long connecting may take.

use std::sync::Arc;
use std::time::Duration;

/// The way to the site.
#[derive(Clone)]
pub struct Transport {
    /// Certificates in PEM of authorities that are trusted beside those of the system.
    pub authorities: Option<Arc<[u8]>>,
    /// How long it may take to connect.
    pub connect_timeout: Duration,
    /// The proxy's URL, with its login; none leaves it to the environment.
    pub proxy: Option<String>,
}
