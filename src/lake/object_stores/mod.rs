//! Clients of object stores: one file a service, each a cargo feature of its own.
//!
//! A client takes its login and options from the environment, as everybody's tools do, and from the
//! config over it. Whether there is a login is found out first and within seconds: a client without
//! one goes on to ask the machine's metadata service, which on most machines does not exist.

#[cfg(feature = "azure")]
mod azure;
#[cfg(any(feature = "s3", feature = "gcs", feature = "azure"))]
mod client;
#[cfg(feature = "gcs")]
mod gcs;
#[cfg(feature = "s3")]
mod s3;

use super::LakeError;
use super::destination::Service;
use super::store::Store;
use super::store_options::StoreOptions;
use url::Url;

/// How long requests are sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// For some seconds: to find out whether the destination works at all.
    Short,
    /// For 3 minutes. A request is signed once for all its attempts, and signatures end soon after.
    Long,
}

/// Opens a place on an object store.
#[cfg_attr(
    not(any(feature = "s3", feature = "gcs", feature = "azure")),
    allow(unused_variables, clippy::unused_async, reason = "nothing is left to open")
)]
pub(super) async fn open(
    service: Service,
    url: &str,
    parsed: &Url,
    options: &StoreOptions,
    patience: Patience,
) -> Result<Store, LakeError> {
    match service {
        #[cfg(feature = "s3")]
        Service::S3 => client::open::<s3::S3>(url, parsed, options, patience).await,
        #[cfg(feature = "gcs")]
        Service::Gcs => client::open::<gcs::Gcs>(url, parsed, options, patience).await,
        #[cfg(feature = "azure")]
        Service::Azure => client::open::<azure::Azure>(url, parsed, options, patience).await,
        #[cfg(not(all(feature = "s3", feature = "gcs", feature = "azure")))]
        other => Err(super::destination::not_in_this_build(url, other)),
    }
}

/// Whether the client for a place has an option of that name.
#[cfg(all(test, feature = "s3", feature = "gcs", feature = "azure"))]
pub(super) fn has_option(service: Service, parsed: &Url, name: &str) -> bool {
    use client::Client;
    match service {
        Service::S3 => s3::S3::of_environment(parsed).set(name, "1").1,
        Service::Gcs => gcs::Gcs::of_environment(parsed).set(name, "1").1,
        Service::Azure => azure::Azure::of_environment(parsed).set(name, "1").1,
    }
}

#[cfg(all(test, feature = "s3", feature = "gcs", feature = "azure"))]
mod tests;
