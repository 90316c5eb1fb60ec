//! A run: plan, extract, decode, write, commit, report; reads top to bottom like the road of the data.
//!
//! Knows everything below it. Must not know the command line, or how anything is printed.

mod backfill;
mod backfill_range;
mod backfill_report;
mod check;
mod compact;
mod denial;
mod destination;
mod ending;
mod error;
mod extraction;
mod hold;
mod increments;
mod keeping;
mod login;
mod outcome;
mod partitions;
mod permissions;
mod plan;
mod preview;
mod progress;
mod pump;
mod report;
mod resume;
mod rights;
mod schedule;
mod schema;
mod session;
mod settle;
mod state;
mod stop;
mod ticket;
mod view;
mod windows;
mod written_schema;

pub use crate::extract::IssueDate;
pub use backfill::{BackfillRequest, backfill};
pub use backfill_range::{BackfillRange, has_window, with_windows};
pub use backfill_report::{BackfillReport, WindowReport};
pub use check::{Access, AccessReport, FeedAccess, check};
pub use compact::{CompactRequest, CompactionReport, FeedCompaction, compact};
pub use error::RunError;
pub use extraction::{RunRequest, run};
pub use login::{LoginTest, test_login};
pub use outcome::plural;
pub use plan::{Plan, PlanError};
pub use preview::{Preview, preview};
pub use progress::{FeedState, Progress, WindowProgress};
pub use report::{DenialReport, FailOn, FeedReport, Outcome, PermissionsReport, RunReport};
pub use schema::columns_without_site;
pub use state::{FeedStateReport, ResetReport, StateReport, reset_state, show_state};
pub use stop::{Signal, Stop};
pub use view::{ViewChoice, current_view};
pub use windows::{Moment, WindowSize};
