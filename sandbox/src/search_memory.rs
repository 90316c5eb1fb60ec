//! Remembers the latest results of searches, so that the pages of one search do not each search
//! the whole index again.

use std::sync::{Arc, Mutex, PoisonError};

use crate::site::heads::Position;

const MOST: usize = 24;

/// Whom a result belongs to, and the query.
type Key = (Option<usize>, String);

/// Results of the latest searches; the site never changes, so they never go stale.
#[derive(Debug, Default)]
pub(crate) struct SearchMemory(Mutex<Vec<(Key, Arc<Vec<Position>>)>>);

impl SearchMemory {
    /// The result of a query, searched for only when it is not remembered.
    pub(crate) fn result<E>(
        &self,
        person: Option<usize>,
        query: &str,
        search: impl FnOnce() -> Result<Vec<Position>, E>,
    ) -> Result<Arc<Vec<Position>>, E> {
        let key = (person, query.to_owned());
        let known =
            self.lock().iter().find(|(of, _)| *of == key).map(|(_, found)| Arc::clone(found));
        if let Some(found) = known {
            return Ok(found);
        }
        let found = Arc::new(search()?);
        let mut entries = self.lock();
        if entries.len() >= MOST {
            entries.remove(0);
        }
        entries.push((key, Arc::clone(&found)));
        Ok(found)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Key, Arc<Vec<Position>>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
