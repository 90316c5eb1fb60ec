//! What a run says of itself: one outcome a feed, one for all, and the exit code that follows.

use crate::jira::TrafficCounts;
use serde::Serialize;

/// How a feed, or the run, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
    /// One entry for each feed that was chosen, by name.
    pub feeds: Vec<FeedReport>,
}

/// What became of one feed.
#[derive(Debug, Clone, Serialize)]
pub struct FeedReport {
    /// Its name.
    pub feed: String,
    /// How it ended.
    pub outcome: Outcome,
    /// `full`
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
    /// Why it is not complete.
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
    /// The evidence for what could not be read.
    pub denials: Vec<DenialReport>,
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
    /// What to ask of whom.
    pub remedy: &'static str,
}

impl RunReport {
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

    /// The exit code that an outcome has, but for login and signals.
    #[must_use]
    pub fn exit_code_of(outcome: Outcome) -> u8 {
        match outcome {
            Outcome::Complete | Outcome::Skipped => 0,
            Outcome::Partial | Outcome::Denied => 4,
            Outcome::Failed => 5,
            Outcome::Interrupted => 130,
        }
    }
}
