//! Reading feeds: one file a strategy. Each takes targets and sends records into their outlets.
//!
//! Knows the catalogue and the client. Must not know Parquet, the lake, or what a run reports.

mod absent;
mod answered;
mod changelogs;
mod changes;
mod embedded;
mod error;
mod fan_out;
mod held;
mod increment;
mod issue_ids;
mod issues;
mod list;
mod outlet;
mod parents;
mod record;
mod rounds;
mod sweep;
mod target;
mod worklogs;

pub use answered::Answered;
pub(crate) use changes::PROJECT_PATH;
pub use embedded::EmbeddedTarget;
pub use error::ExtractError;
pub use fan_out::fan_out;
pub use held::{Held, Millis};
pub use increment::{Increment, Lookback, Noted};
pub use issue_ids::IssueIds;
pub use issues::{IssuesJob, issues};
pub use list::list;
pub use outlet::{Outlet, RecordPage};
pub(crate) use parents::ISSUES;
pub use parents::{ParentList, ParentTap};
pub use record::{Record, issue_of, key_values};
pub use rounds::Savepoints;
pub(crate) use sweep::SEARCH_PATH;
pub use sweep::{Bound, IssueDate};
pub use target::{Denial, ReadSoFar, Tally, Target};
pub use worklogs::{Listed, worklogs};

use crate::jira::{Client, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What every extractor works with.
#[derive(Clone)]
pub struct Context {
    /// The site.
    pub client: Client,
    /// Set when a look is enough: `check` and `preview` do not read to the end.
    pub sample: Option<Sample>,
}

/// How much to read when a look is enough.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Records to ask for.
    pub records: u32,
    /// Parents to ask at most.
    pub parents: usize,
    /// How many of them to ask at once.
    pub at_once: usize,
    /// Whether all pages of a list of parents are read, and not only the first.
    pub every_parent: bool,
    /// Parents that need not be asked, by the name of the feed that is asked for them.
    pub withheld: Arc<BTreeMap<String, Withheld>>,
}

/// What Jira has said beforehand of the parents of a feed.
#[derive(Debug, Clone)]
pub struct Withheld {
    /// The ids of the parents that may be asked; any other is refused.
    pub permitted: BTreeSet<String>,
    /// The refusal.
    pub refusal: Refusal,
}

impl Context {
    /// The page size to ask for, where `full` is that of a whole extraction.
    fn page_size(&self, full: u32) -> u32 {
        self.sample.as_ref().map_or(full, |sample| full.min(sample.records.max(1)))
    }
}
