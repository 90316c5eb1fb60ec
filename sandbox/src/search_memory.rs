//! Remembers the latest results of searches, so that the pages of one search do not each search
//! the whole index again, and show one result although the site changes meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use crate::site::heads::Position;

const MOST: usize = 24;

/// Whose search a result is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Position in the directory.
    pub(crate) person: Option<usize>,
    pub(crate) query: String,
    /// The state of the site at the first page.
    pub(crate) edition: u32,
}

/// Results of the latest searches.
#[derive(Debug, Default)]
pub(crate) struct SearchMemory(Mutex<Vec<(Asked, Arc<Vec<Position>>)>>);

impl SearchMemory {
    /// The result of a search that begins.
    pub(crate) fn begin<E>(
        &self,
        asked: Asked,
        search: impl FnOnce() -> Result<Vec<Position>, E>,
    ) -> Result<Arc<Vec<Position>>, E> {
        let found = Arc::new(search()?);
        let mut entries = self.lock();
        entries.retain(|(of, _)| *of != asked);
        if entries.len() >= MOST {
            entries.remove(0);
        }
        entries.push((asked, Arc::clone(&found)));
        Ok(found)
    }

    /// The result of a search that goes on, searched for only when it is not remembered.
    pub(crate) fn go_on<E>(
        &self,
        asked: Asked,
        search: impl FnOnce() -> Result<Vec<Position>, E>,
    ) -> Result<Arc<Vec<Position>>, E> {
        let known =
            self.lock().iter().find(|(of, _)| *of == asked).map(|(_, found)| Arc::clone(found));
        known.map_or_else(|| self.begin(asked, search), Ok)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(Asked, Arc<Vec<Position>>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
