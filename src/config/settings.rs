//! What a configuration means: checked, with every reference resolved but for the secret.

use super::raw::{FieldNames, Mode};
use super::{HttpSettings, PartitionBy};
use crate::catalog::{Catalog, Feed};
use crate::credential::{CredentialChoice, SecretSource};
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The declared credentials and the chosen one; its secret is not read yet.
    pub credential: CredentialChoice,
    /// The built-in feeds and the user's own.
    pub catalog: Catalog,
    /// The feeds that are selected, by name.
    pub feeds: Vec<Arc<Feed>>,
    /// Where the data goes.
    pub destination: DestinationSettings,
    /// How hard the site may be asked.
    pub limits: Limits,
    /// How the site is reached.
    pub http: HttpSettings,
    /// The options of every feed of the catalogue.
    pub feed_options: BTreeMap<String, FeedOptions>,
}

impl Settings {
    /// The options of a feed; the defaults for a name that no feed has.
    #[must_use]
    pub fn options(&self, feed: &str) -> FeedOptions {
        self.feed_options.get(feed).cloned().unwrap_or_default()
    }
}

/// Where the data goes.
#[derive(Debug, Clone)]
pub struct DestinationSettings {
    /// A folder, or the URL of a store.
    pub url: String,
    /// What partitions are named by, for feeds that do not say so themselves.
    pub partition_by: PartitionBy,
    /// How long the lock of the destination outlives its owner's last sign of life.
    pub lock_lease: Duration,
    /// After how many issues a run keeps what it has staged, to be gone on with from there.
    pub savepoint_every: NonZeroUsize,
    /// Options for the client of an object store; their values are not read yet.
    pub options: BTreeMap<String, SecretSource>,
}

/// How hard the site may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests in a second for each method and path template.
    pub requests_per_second: NonZeroU32,
    /// Requests that may be under way at the same time.
    pub max_in_flight: NonZeroUsize,
    /// How often one request is sent at most.
    pub max_attempts: NonZeroU32,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long one request may be retried.
    pub retry_for: Duration,
    /// How long to wait before the second attempt, where Jira does not say.
    pub first_retry_delay: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: NonZeroU32::MIN.saturating_add(49),
            max_in_flight: NonZeroUsize::MIN.saturating_add(15),
            max_attempts: NonZeroU32::MIN.saturating_add(5),
            request_timeout: Duration::from_mins(2),
            retry_for: Duration::from_mins(15),
            first_retry_delay: Duration::from_secs(2),
        }
    }
}

/// Options of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedOptions {
    /// How it is kept up to date.
    pub mode: Mode,
    /// How much of what the lake has an incremental run looks at again.
    pub lookback: Duration,
    /// Whether an incremental run looks for issues that have been deleted.
    pub find_deleted: bool,
    /// Whether a run that reads the feed in full looks for what the last snapshot has more.
    pub compares_snapshots: bool,
    /// Which issues to read.
    pub jql: Option<String>,
    /// Whether each record's JSON is kept as it came.
    pub raw: bool,
    /// What the columns of the site's fields are called.
    pub field_names: FieldNames,
    /// What its partitions are named by, if not by what the destination says.
    pub partition_by: Option<PartitionBy>,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            lookback: Duration::from_mins(10),
            find_deleted: true,
            compares_snapshots: false,
            jql: None,
            raw: true,
            field_names: FieldNames::default(),
            partition_by: None,
        }
    }
}
