//! Reading feeds: one file a strategy. Each takes targets and sends records into their outlets.
//!
//! Knows the catalogue and the client. Must not know Parquet, the lake, or what a run reports.

mod changelogs;
mod embedded;
mod error;
mod fan_out;
mod issues;
mod list;
mod outlet;
mod parents;
mod record;
mod sweep;
mod target;
mod worklogs;

pub use embedded::EmbeddedTarget;
pub use error::ExtractError;
pub use fan_out::fan_out;
pub use issues::{IssuesJob, issues};
pub use list::list;
pub use outlet::{Outlet, RecordPage};
pub use parents::{ParentList, ParentTap};
pub use record::Record;
pub(crate) use sweep::SEARCH_PATH;
pub use target::{Denial, Tally, Target};
pub use worklogs::worklogs;

use crate::jira::Client;

/// What every extractor works with.
#[derive(Clone)]
pub struct Context {
    /// The site.
    pub client: Client,
    /// Set when a look is enough: `check` and `preview` do not read to the end.
    pub sample: Option<Sample>,
}

/// How much to read when a look is enough.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Records to ask for.
    pub records: u32,
    /// Parents to ask with an answer.
    pub parents: usize,
}

impl Context {
    /// The page size to ask for, where `full` is that of a whole extraction.
    fn page_size(&self, full: u32) -> u32 {
        self.sample.map_or(full, |sample| full.min(sample.records.max(1)))
    }
}
