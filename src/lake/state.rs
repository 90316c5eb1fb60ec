//! The state of a feed: what a run leaves for the next one. It moves with the data, in one commit.
//!
//! Must not know what a cursor or a column means: to the lake they are JSON values.

use super::key_table::KeyTable;
use super::{Lake, LakeError, layout};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How far the lake has got with a feed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// What the extractor goes on from.
    pub cursor: Value,
    /// The path of the file that holds the keys of the feed's records, where they are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
}

/// What is kept of a feed between runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeedState {
    /// The feed.
    pub feed: String,
    /// The site that it is read from.
    pub site: String,
    /// The run that has moved it last.
    pub run_id: String,
    /// When that was, UTC.
    pub written_at: String,
    /// Whether the run has read all of the feed: no part was denied.
    #[serde(default)]
    pub is_whole: bool,
    /// What the rows depend on beside the site.
    pub options: Value,
    /// The columns that the feed has had so far; null in a state of before these were kept.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub columns: Value,
    /// How far the lake has got.
    pub current: Position,
    /// How far it had got before that run: where the same run starts if it comes again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Position>,
}

impl FeedState {
    /// Where a run starts.
    #[must_use]
    pub fn start_of(&self, run_id: &str) -> Option<&Position> {
        if self.run_id == run_id { self.previous.as_ref() } else { Some(&self.current) }
    }
}

/// A state about to be committed.
#[derive(Debug)]
pub struct NewState {
    /// The state; its `current.keys` is what it was before.
    pub state: FeedState,
    /// The keys that take the place of those, if they have changed.
    pub keys: Option<KeyTable>,
}

impl Lake {
    /// The state of a feed, if a run has left one.
    pub async fn state(&self, feed: &str) -> Result<Option<FeedState>, LakeError> {
        layout::check_feed(feed)?;
        self.read_document(&layout::state(feed)).await
    }

    /// Forgets how far the lake has got with a feed: the next run reads it from the beginning. True if
    /// there was something to forget.
    pub async fn forget_state(&self, feed: &str) -> Result<bool, LakeError> {
        let is_there = self.state(feed).await?.is_some();
        self.store.delete(&layout::state(feed)).await?;
        self.drop_keys(feed, &[]).await?;
        Ok(is_there)
    }

    /// The feeds that have a state.
    pub async fn feeds_with_state(&self) -> Result<Vec<String>, LakeError> {
        let paths = self.store.list(layout::STATES).await?;
        Ok(paths.iter().filter_map(|path| layout::feed_of_state(path)).map(str::to_owned).collect())
    }

    /// Deletes the key files of a feed but for those that `kept` refers to.
    pub(super) async fn drop_keys(&self, feed: &str, kept: &[&Position]) -> Result<(), LakeError> {
        let folder = layout::keys_of_feed(feed);
        for path in self.store.list(&folder).await? {
            if !kept.iter().any(|position| position.keys.as_ref() == Some(&path)) {
                self.store.delete(&path).await?;
            }
        }
        self.store.delete_if_empty(&folder).await;
        Ok(())
    }
}
