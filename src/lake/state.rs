//! The state of a feed: what a run leaves for the next one. It moves with the data, in one commit.
//!
//! Must not know what a cursor or a column means: to the lake they are JSON values.

use super::key_table::KeyTable;
use super::{Lake, LakeError, RunIdentity, layout};
use jiff::civil::Date;
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
    /// Of which snapshot they are the keys, where a feed that is read in full is compared with the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<SnapshotMark>,
}

/// What tells one snapshot of a feed from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotMark {
    /// The date of its partition.
    pub extract_date: Date,
    /// Which records it is of, where not all were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
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
    /// The latest moment at which a row of the feed was read, in microseconds since 1970; 0 in a state of before this
    /// was kept.
    #[serde(default)]
    pub extracted_until: i64,
    /// Whether the run has read all of the feed: no part was denied.
    #[serde(default)]
    pub is_whole: bool,
    /// What the rows depend on beside the site.
    pub options: Value,
    /// The columns that the feed has had so far; null in a state of before these were kept.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub columns: Value,
    /// What the folders of its parts are named by, outermost first; none in a state of before this was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folders: Option<Vec<String>>,
    /// How far the lake has got.
    pub current: Position,
    /// How far it had got before that run: where the same run starts if it comes again. Of a feed that is
    /// compared with its last snapshot, that of the last date before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Position>,
}

impl FeedState {
    /// Where a run starts: one that `begins_again` is the last one, once more. A snapshot is no place to go on from.
    #[must_use]
    pub fn start_of(&self, begins_again: bool) -> Option<&Position> {
        let start = if begins_again { self.previous.as_ref() } else { Some(&self.current) };
        start.filter(|position| position.snapshot.is_none())
    }

    /// The last snapshot of a date before that of a run, with its mark. One that the run itself has written, under
    /// another date, is about to be replaced.
    #[must_use]
    pub fn snapshot_before(&self, run: &RunIdentity) -> Option<(&Position, &SnapshotMark)> {
        let own = layout::keys(&self.feed, &run.run_id);
        let known = [Some(&self.current), self.previous.as_ref()].into_iter().flatten();
        let mut marked = known.filter_map(|position| Some((position, position.snapshot.as_ref()?)));
        marked.find(|(position, mark)| {
            mark.extract_date < run.date && position.keys.as_ref() != Some(&own)
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::RunId;

    fn run(id: &str, date: &str) -> RunIdentity {
        RunIdentity { run_id: RunId::parse(id).unwrap(), date: date.parse().unwrap() }
    }

    fn snapshot(by: &RunIdentity) -> Position {
        let mark = SnapshotMark { extract_date: by.date, filter: None };
        let keys = Some(layout::keys("sprints", &by.run_id));
        Position { keys, snapshot: Some(mark), ..Position::default() }
    }

    fn state(current: &RunIdentity, previous: &RunIdentity) -> FeedState {
        FeedState {
            feed: "sprints".to_owned(),
            site: String::new(),
            run_id: current.run_id.to_string(),
            written_at: String::new(),
            extracted_until: 0,
            is_whole: true,
            options: Value::Null,
            columns: Value::Null,
            folders: None,
            current: snapshot(current),
            previous: Some(snapshot(previous)),
        }
    }

    #[test]
    fn a_snapshot_is_compared_with_the_last_one_of_an_earlier_date() {
        let (first, second) = (run("a", "2026-11-01"), run("b", "2026-11-02"));
        let state = state(&second, &first);
        for (by, expected) in [
            (run("c", "2026-11-03"), Some(&second)),
            (run("c", "2026-11-02"), Some(&first)),
            (run("b", "2026-11-02"), Some(&first)),
            (run("c", "2026-11-01"), None),
            // What the run itself has written under another date, goes with its commit.
            (run("b", "2026-11-03"), Some(&first)),
            (run("a", "2026-11-02"), None),
        ] {
            let found = state.snapshot_before(&by).map(|(_, mark)| mark.extract_date);
            assert_eq!(found, expected.map(|run| run.date), "{by:?}");
        }
        assert_eq!(state.start_of(false), None, "none is a place to go on from");
    }
}
