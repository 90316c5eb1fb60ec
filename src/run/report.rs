//! What a run says of itself: one outcome a feed, one for all, and the exit code that follows.

use super::outcome::Ending;
use crate::catalog::Feed;
use crate::jira::TrafficCounts;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How a feed, or the run, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All that the account sees was read and committed.
    Complete,
    /// The site does not have this.
    Skipped,
    /// Committed, but some parents were denied.
    Partial,
    /// The account may not read it; nothing was committed.
    Denied,
    /// Stopped by a signal; nothing was committed.
    Interrupted,
    /// An error ended it; nothing was committed.
    Failed,
}

impl Outcome {
    /// The exit code of a command that ends so.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Complete | Self::Skipped => 0,
            Self::Partial | Self::Denied => 4,
            Self::Failed => 5,
            Self::Interrupted => 130,
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Complete => "complete",
            Self::Skipped => "skipped",
            Self::Partial => "partial",
            Self::Denied => "denied",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        })
    }
}

/// The report of a run, as it is printed with `--output json` and kept at the destination.
#[derive(Debug, Clone, Serialize)]
pub struct RunReport {
    /// The run's id.
    pub run_id: String,
    /// Whether it went on where it had been interrupted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resumed: bool,
    /// The site's base URL.
    pub site: String,
    /// The worst outcome of a feed.
    pub outcome: Outcome,
    /// What the process exits with.
    pub exit_code: u8,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    pub finished_at: String,
    /// The destination's URL or folder.
    pub destination: String,
    /// All requests, login probes included.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Answers with status 429.
    pub throttled: u64,
    /// Why the whole run ended early, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was added to the feed `_permissions`; none if the run was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<PermissionsReport>,
    /// One entry for each feed that was chosen, by name.
    pub feeds: Vec<FeedReport>,
}

/// The rows that say what a run could and could not read.
#[derive(Debug, Clone, Serialize)]
pub struct PermissionsReport {
    /// The feed's name.
    pub feed: &'static str,
    /// Rows committed.
    pub records: u64,
    /// Files committed, relative to the destination.
    pub parts: Vec<String>,
}

/// The least that a run exits with 4 for; each includes those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailOn {
    /// Neither of the following.
    Nothing,
    /// A feed that is denied.
    Denied,
    /// A feed of which some parents are denied.
    #[default]
    Partial,
    /// A feed that is complete and has no records.
    Empty,
}

impl FailOn {
    /// Whether a feed's end is enough.
    fn is_met_by(self, feed: &FeedReport) -> bool {
        let least = match feed.outcome {
            Outcome::Denied => Self::Denied,
            Outcome::Partial => Self::Partial,
            Outcome::Complete if feed.records == 0 => Self::Empty,
            _ => return false,
        };
        least <= self
    }
}

/// What became of one feed.
#[derive(Debug, Clone, Serialize)]
pub struct FeedReport {
    /// Its name.
    pub feed: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Where its records came from, as `GET /rest/...`; null for a feed without requests of its own.
    pub endpoint: Option<String>,
    /// `full`, `incremental` or `backfill`
    pub mode: &'static str,
    /// Rows committed.
    pub records: u64,
    /// Tombstones among them.
    pub deleted: u64,
    /// Values that did not fit their column and are kept in `_rescued`.
    pub rescued: u64,
    /// What it cost.
    #[serde(flatten)]
    pub traffic: TrafficCounts,
    /// From its first request to its commit.
    pub seconds: f64,
    /// Why it is not complete, or why it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Parents that were asked, for a feed that has parents.
    pub parents: u64,
    /// Parents that have no such records (boards without sprints).
    pub parents_without: u64,
    /// How many issues were found by search and gone when they were fetched.
    pub vanished_total: u64,
    /// The ids of the first 20 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vanished: Vec<String>,
    /// Files committed, relative to the destination.
    pub parts: Vec<String>,
    /// What is new about its columns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The evidence for what could not be read.
    pub denials: Vec<DenialReport>,
}

impl FeedReport {
    /// The report of a feed of which nothing is known but its ending.
    pub(crate) fn ended(feed: &Feed, ending: Ending) -> Self {
        Self {
            feed: feed.name.clone(),
            endpoint: None,
            outcome: ending.outcome,
            mode: "full",
            records: 0,
            deleted: 0,
            rescued: 0,
            traffic: TrafficCounts::default(),
            seconds: 0.0,
            reason: ending.reason,
            parents: 0,
            parents_without: 0,
            vanished_total: 0,
            vanished: Vec::new(),
            parts: Vec::new(),
            notes: Vec::new(),
            denials: ending.denials,
        }
    }
}

/// One refusal, and what to do about it.
#[derive(Debug, Clone, Serialize)]
pub struct DenialReport {
    /// `board 84`; null for a feed that is asked for as a whole.
    pub parent: Option<String>,
    /// The method.
    pub method: String,
    /// The path with its placeholders.
    pub path: String,
    /// The answer's status.
    pub status: Option<u16>,
    /// What Jira said.
    pub message: String,
    /// The permission that is missing, by its key.
    pub needs: &'static str,
    /// The permission's name, as Jira's administration shows it.
    pub permission: &'static str,
    /// The group of permissions that it belongs to, by its name.
    pub group: &'static str,
    /// The scopes of which the token lacks one, if it was refused for them and not for a permission.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What to ask of whom, as one sentence without a full stop.
    pub remedy: Cow<'static, str>,
}

impl RunReport {
    /// Notes what went wrong beside the feeds; the first error counts.
    pub(crate) fn note_error(&mut self, error: String) {
        self.error.get_or_insert(error);
        self.exit_code = if self.exit_code == 0 { 1 } else { self.exit_code };
    }

    /// The worst of the feeds' outcomes; a run of nothing but skipped feeds is complete.
    #[must_use]
    pub fn worst(feeds: &[FeedReport]) -> Outcome {
        let worst = feeds.iter().map(|feed| feed.outcome).max().unwrap_or(Outcome::Complete);
        match worst {
            Outcome::Skipped => Outcome::Complete,
            Outcome::Denied if feeds.iter().any(|feed| feed.outcome < Outcome::Denied) => {
                Outcome::Partial
            }
            other => other,
        }
    }

    /// The exit code that the feeds' outcomes come to, but for login and signals.
    #[must_use]
    pub fn exit_code_of(feeds: &[FeedReport], fail_on: FailOn) -> u8 {
        match Self::worst(feeds) {
            bad @ (Outcome::Failed | Outcome::Interrupted) => bad.exit_code(),
            _ if feeds.iter().any(|feed| fail_on.is_met_by(feed)) => 4,
            _ => 0,
        }
    }
}
