//! Options for the client of an object store: their names, and which of them hold secrets.
//!
//! The names are those that the clients themselves know; a test of `run` holds the list against
//! them. Must not know what the options do.

use super::error::KnownKeys;
use super::place::Origins;
use super::value::OptionValue;
use super::{ConfigError, check_private};
use crate::credential::SecretSource;
use std::collections::BTreeMap;

/// The names of one service's options.
struct Service {
    /// The schemes of its URLs.
    schemes: &'static [&'static str],
    /// What its names may begin with, as they do in the environment.
    prefixes: &'static [&'static str],
    secret: &'static [&'static str],
    plain: &'static [&'static str],
}

const SERVICES: [Service; 3] = [
    Service {
        schemes: &["s3", "s3a"],
        prefixes: &["aws_"],
        secret: &["secret_access_key", "session_token", "token", "sse_customer_key_base64"],
        plain: &[
            "access_key_id",
            "region",
            "default_region",
            "endpoint",
            "endpoint_url",
            "virtual_hosted_style_request",
            "s3_express",
            "imdsv1_fallback",
            "metadata_endpoint",
            "unsigned_payload",
            "checksum_algorithm",
            "container_credentials_relative_uri",
            "container_credentials_full_uri",
            "container_authorization_token_file",
            "web_identity_token_file",
            "role_arn",
            "role_session_name",
            "endpoint_url_sts",
            "skip_signature",
            "conditional_put",
            "disable_tagging",
            "disable_bulk_delete",
            "request_payer",
            "server_side_encryption",
            "sse_kms_key_id",
            "sse_bucket_key_enabled",
        ],
    },
    Service {
        schemes: &["gs"],
        prefixes: &["google_"],
        secret: &["service_account_key", "bearer_token"],
        plain: &[
            "service_account",
            "service_account_path",
            "application_credentials",
            "base_url",
            "skip_signature",
        ],
    },
    Service {
        schemes: &["az", "azure", "adl", "abfs", "abfss"],
        prefixes: &["azure_storage_", "azure_"],
        secret: &[
            "account_key",
            "access_key",
            "master_key",
            "sas_key",
            "sas_token",
            "client_secret",
            "bearer_token",
            "token",
            "encryption_key",
            "fabric_session_token",
        ],
        plain: &[
            "account_name",
            "client_id",
            "tenant_id",
            "authority_id",
            "authority_host",
            "endpoint",
            "use_emulator",
            "identity_endpoint",
            "msi_endpoint",
            "object_id",
            "msi_resource_id",
            "federated_token_file",
            "use_azure_cli",
            "use_fabric_endpoint",
            "fabric_token_service_url",
            "fabric_workload_host",
            "fabric_cluster_identifier",
            "skip_signature",
            "disable_tagging",
            "credential_type",
        ],
    },
];

/// Options of the HTTP client, which all of them have.
const HTTP: [&str; 12] = [
    "allow_http",
    "allow_invalid_certificates",
    "connect_timeout",
    "http1_only",
    "http2_only",
    "pool_idle_timeout",
    "pool_max_idle_per_host",
    "proxy_ca_certificate",
    "proxy_excludes",
    "proxy_url",
    "timeout",
    "user_agent",
];

impl Service {
    fn of_url(url: &str) -> Option<&'static Self> {
        let (scheme, _) = url.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        SERVICES.iter().find(|service| service.schemes.contains(&scheme.as_str()))
    }

    /// A name without what it begins with in the environment.
    fn short<'a>(&self, name: &'a str) -> &'a str {
        self.prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.secret.iter().chain(self.plain).chain(&HTTP).copied()
    }
}

/// The names of the options for the client of a URL's object store; none for a folder.
pub fn known_options(url: &str) -> impl Iterator<Item = &'static str> {
    Service::of_url(url).into_iter().flat_map(Service::names)
}

/// Checks the options for the store of that URL: their names, and that secrets are kept as secrets.
pub(super) fn check(
    written: BTreeMap<String, OptionValue>,
    url: &str,
    origins: &Origins,
) -> Result<BTreeMap<String, SecretSource>, ConfigError> {
    const TABLE: &str = "destination.options";
    let Some(service) = Service::of_url(url) else {
        if written.is_empty() {
            return Ok(BTreeMap::new());
        }
        let reason = "only object stores have options, and the destination is none. Remove the table, or name an object store as in \"s3://bucket/lake\"";
        return Err(ConfigError::invalid(origins.place(TABLE), reason));
    };
    let checked = written.into_iter().map(|(name, OptionValue(source))| {
        let key = format!("{TABLE}.{name}");
        let place = || origins.place(&key);
        let short = service.short(&name);
        if !service.names().any(|known| known == short) {
            let all = service.names().map(str::to_owned).collect();
            return Err(ConfigError::UnknownKey { place: place(), known: KnownKeys::new(short, all) });
        }
        if source.kind() == "keyring" {
            let reason = "the keyring holds logins of Jira only. Name another source, as in { env = \"NAME\" }";
            return Err(ConfigError::invalid(place(), reason));
        }
        let is_secret = service.secret.contains(&short);
        if is_secret && source.is_inline() && origins.is_in_file(&key) {
            check_private(origins, "the secret", "NAME")
                .map_err(|reason| ConfigError::invalid(place(), reason))?;
        }
        Ok((short.to_owned(), source))
    });
    checked.collect()
}
