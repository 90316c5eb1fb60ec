//! What a config file may hold, key by key: the source of the JSON Schema.

use super::value::{NameList, OptionValue, Switch, WholeNumber};
use crate::catalog::FeedEntry;
use crate::credential::SecretSource;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A configuration as it is written.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "jira-feeds configuration")]
pub struct RawConfig {
    /// The credential to use: one of `credentials`, or one saved by `jira-feeds credential add`. May be left
    /// out where there is only one.
    pub(crate) credential: Option<String>,
    /// The feeds to read: names, groups (`agile.*`) or `*` for all.
    pub(crate) feeds: NameList,
    /// Keep each record's JSON as it came, in the column `_raw`.
    pub(crate) raw: Switch,
    /// How feeds are kept up to date, those that can be read incrementally: `full` or `incremental`.
    pub(crate) mode: Mode,
    /// How much of what has been read an incremental run looks at again, as in `10m`: what Jira's search
    /// index learns later than that is missed until it changes again.
    pub(crate) lookback: String,
    /// Logins, by name.
    pub(crate) credentials: BTreeMap<String, RawCredential>,
    /// Where the data goes.
    pub(crate) destination: RawDestination,
    /// How hard the site may be asked.
    pub(crate) limits: RawLimits,
    /// How the site is reached.
    pub(crate) http: RawHttp,
    /// Options of single feeds, by the feed's name.
    pub(crate) feed: BTreeMap<String, RawFeed>,
    /// Feeds of one's own, by name.
    pub(crate) custom: BTreeMap<String, FeedEntry>,
    /// A folder with more of them: TOML files with `[NAME]` instead of `[custom.NAME]`.
    pub(crate) custom_dir: Option<PathBuf>,
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            credential: None,
            feeds: NameList::of(&["*"]),
            raw: Switch(true),
            mode: Mode::default(),
            lookback: "10m".to_owned(),
            credentials: BTreeMap::new(),
            destination: RawDestination::default(),
            limits: RawLimits::default(),
            http: RawHttp::default(),
            feed: BTreeMap::new(),
            custom: BTreeMap::new(),
            custom_dir: None,
        }
    }
}

/// A login for a site.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCredential {
    /// Whose it is and what for.
    #[serde(default)]
    pub(crate) description: String,
    /// The site's base URL, as in `https://acme.atlassian.net`; http on loopback only.
    pub(crate) url: String,
    /// The account's e-mail address.
    pub(crate) username: String,
    /// Where the account's API token comes from.
    pub(crate) api_token: SecretSource,
    /// Whether the token has scopes, as those of service accounts do: it then goes through Atlassian's gateway.
    #[serde(default)]
    pub(crate) scoped: Switch,
    /// The site's cloud id, for tokens with scopes; without it the site is asked.
    pub(crate) cloud_id: Option<String>,
    /// The base URL of the gateway for tokens with scopes, instead of `https://api.atlassian.com`.
    pub(crate) gateway: Option<String>,
}

/// Where the data goes.
#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawDestination {
    /// A folder; a relative one starts at the working directory.
    pub(crate) url: String,
    /// What partitions are named by: `extract_date`, a column such as `fields.project.key`, or `year`, `month` or
    /// `day` of a time, as in `year(fields.created)`. A feed without such a column does without it.
    pub(crate) partition_by: NameList,
    /// How long a run that has died without a word keeps others out, as in `60s`; whole seconds, from `2s` to `1h`.
    pub(crate) lock_lease: String,
    /// After how many issues a run keeps what it has read, so that an interrupted one goes on from there.
    pub(crate) savepoint_every: WholeNumber,
    /// Options for the client of an object store, by its own names for them (`endpoint`, `region`); a value
    /// can also be a source, as that of `api_token`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) options: BTreeMap<String, OptionValue>,
}

impl Default for RawDestination {
    fn default() -> Self {
        Self {
            url: "./lake".to_owned(),
            partition_by: NameList::of(&["extract_date"]),
            lock_lease: "60s".to_owned(),
            savepoint_every: WholeNumber::of(50_000),
            options: BTreeMap::new(),
        }
    }
}

/// How hard the site may be asked.
#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawLimits {
    /// Requests in a second for each method and path template; Jira counts in the same way.
    pub(crate) requests_per_second: WholeNumber,
    /// Requests that may be under way at the same time.
    pub(crate) max_in_flight: WholeNumber,
    /// How often one request is sent at most; 1 for no retries.
    pub(crate) max_attempts: WholeNumber,
    /// How long one request may take, as in `120s` or `2m`.
    pub(crate) request_timeout: String,
    /// How long one request may be retried, as in `15m`.
    pub(crate) retry_for: String,
    /// How long to wait before a request is sent again the first time, where Jira does not say; doubled
    /// from then on.
    pub(crate) first_retry_delay: String,
}

impl Default for RawLimits {
    fn default() -> Self {
        Self {
            requests_per_second: WholeNumber::of(50),
            max_in_flight: WholeNumber::of(16),
            max_attempts: WholeNumber::of(6),
            request_timeout: "120s".to_owned(),
            retry_for: "15m".to_owned(),
            first_retry_delay: "2s".to_owned(),
        }
    }
}

/// How the site is reached.
#[derive(Debug, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawHttp {
    /// A file of certificates (PEM) of authorities that are trusted beside those of the system.
    pub(crate) ca_file: Option<std::path::PathBuf>,
    /// How long it may take to connect, as in `20s`.
    pub(crate) connect_timeout: String,
    /// The proxy's URL; without it, what `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say.
    pub(crate) proxy: Option<String>,
}

impl Default for RawHttp {
    fn default() -> Self {
        Self { ca_file: None, connect_timeout: "20s".to_owned(), proxy: None }
    }
}

/// Options of one feed.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawFeed {
    /// How the feed is kept up to date; for the feeds inside issues, as for `issues` where they say nothing.
    pub(crate) mode: Option<Mode>,
    /// The feed's own `lookback`.
    pub(crate) lookback: Option<String>,
    /// Whether runs look for what has gone. In the mode `full`: whether each snapshot is compared with that of
    /// the last date before, off where nothing is said. In the mode `incremental`, for `issues` only: whether
    /// every run lists the ids of all issues, 5000 a request, on where nothing is said.
    pub(crate) find_deleted: Option<Switch>,
    /// Which issues to read; for the feed `issues` only, and without ORDER BY.
    pub(crate) jql: Option<String>,
    /// Keep each record's JSON as it came; overrides the `raw` of the whole configuration.
    pub(crate) raw: Option<Switch>,
    /// Name the columns of the site's fields by `id` (`customfield_10016`) or by `name`.
    pub(crate) field_names: Option<FieldNames>,
    /// What the feed's partitions are named by, instead of what the destination says.
    pub(crate) partition_by: Option<NameList>,
}

/// How a feed is kept up to date.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Everything, every time.
    #[default]
    Full,
    /// What has changed since the last run.
    Incremental,
}

/// What the columns of the site's fields are called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldNames {
    /// As Jira's key: `customfield_10016`.
    #[default]
    Id,
    /// As people see it: `Story Points`.
    Name,
}
