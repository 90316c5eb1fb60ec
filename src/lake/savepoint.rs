//! Savepoints: what a run that has not ended has staged, so that it can be gone on with from there.
//!
//! Must not know what has been read: to the lake that is a document.

use super::{KeyTable, Lake, LakeError, Part, RunId, layout};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Lake {
    /// Writes the savepoint of feeds that are read together, of which `feed` is the first: in the place of the
    /// one before, or not at all.
    pub async fn write_savepoint<T: Serialize>(
        &self,
        run: &RunId,
        feed: &str,
        savepoint: &T,
    ) -> Result<(), LakeError> {
        self.write_document(&layout::savepoint(run, feed), savepoint).await
    }

    /// The savepoint of feeds that are read together, if there is one.
    pub async fn savepoint<T: DeserializeOwned>(
        &self,
        run: &RunId,
        feed: &str,
    ) -> Result<Option<T>, LakeError> {
        self.read_document(&layout::savepoint(run, feed)).await
    }

    /// Stages keys of a feed's records; where they are. They go with the parts.
    pub async fn stage_keys(
        &self,
        run: &RunId,
        feed: &str,
        number: usize,
        keys: &KeyTable,
    ) -> Result<String, LakeError> {
        let path = layout::keys_up_to_savepoint(run, feed, number);
        let encoded = keys
            .encode()
            .map_err(|source| LakeError::Encoding { feed: feed.to_owned(), source })?;
        self.store.put(&path, encoded).await?;
        Ok(path)
    }

    /// Whether all these parts of a feed wait to be committed, whole.
    pub async fn are_staged(
        &self,
        run: &RunId,
        feed: &str,
        parts: &[Part],
    ) -> Result<bool, LakeError> {
        for (index, part) in parts.iter().enumerate() {
            let staged = layout::staged_part(run, feed, index);
            if self.store.size(&staged).await? != Some(part.bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
