//! Comments and worklogs that are added, edited and deleted.

use super::{Edit, Note};
use crate::options::Switch;
use crate::site::Site;
use crate::site::clock::Millis;
use crate::site::heads::Position;
use crate::site::worklogs::WorklogEntry;

impl Site {
    /// Adds a comment; its id, unless the issue cannot be changed.
    pub fn add_comment(&mut self, issue: u64, at: i64) -> Option<u64> {
        self.add(Note::Comment, issue, at)
    }

    /// Writes a comment anew. `false`: there is no such comment.
    pub fn edit_comment(&mut self, issue: u64, comment: u64, at: i64) -> bool {
        self.edit(Note::Comment, issue, comment, at).is_some()
    }

    /// Deletes a comment. `false`: there is no such comment.
    ///
    /// Whether Jira then moves the issue's `updated` is unsure: here it does, unless
    /// [`Switch::QuietDeletions`].
    pub fn delete_comment(&mut self, issue: u64, comment: u64, at: i64) -> bool {
        self.delete(Note::Comment, issue, comment, at).is_some()
    }

    /// Logs work; the worklog's id, unless the issue cannot be changed.
    pub fn add_worklog(&mut self, issue: u64, at: i64) -> Option<u64> {
        let id = self.add(Note::Worklog, issue, at)?;
        self.list_worklog(u32::try_from(id).ok()?, at);
        Some(id)
    }

    /// Changes a worklog. `false`: there is no such worklog.
    pub fn edit_worklog(&mut self, issue: u64, worklog: u64, at: i64) -> bool {
        let edited = self.edit(Note::Worklog, issue, worklog, at);
        if let Some(id) = edited {
            self.unlist_worklog(id);
            self.list_worklog(id, at);
        }
        edited.is_some()
    }

    /// Deletes a worklog. `false`: there is no such worklog. [`Site::delete_comment`] tells what
    /// becomes of `updated`.
    pub fn delete_worklog(&mut self, issue: u64, worklog: u64, at: i64) -> bool {
        let deleted = self.delete(Note::Worklog, issue, worklog, at);
        if let Some(id) = deleted {
            self.unlist_worklog(id);
            insert(&mut self.ledger.deleted_worklogs, WorklogEntry { updated: at, id });
        }
        deleted.is_some()
    }

    /// The ids of an issue's comments, oldest first, whoever may read them.
    #[must_use]
    pub fn comment_ids(&self, issue: u64) -> Vec<u64> {
        self.note_ids(Note::Comment, issue)
    }

    /// The ids of an issue's worklogs, oldest first, whoever may read them.
    #[must_use]
    pub fn worklog_ids(&self, issue: u64) -> Vec<u64> {
        self.note_ids(Note::Worklog, issue)
    }

    fn note_ids(&self, note: Note, issue: u64) -> Vec<u64> {
        let head = self.position_of(issue).map(|n| &self.heads[n]);
        head.into_iter().flat_map(|head| head.note_ids(note)).map(u64::from).collect()
    }

    fn add(&mut self, note: Note, issue: u64, at: Millis) -> Option<u64> {
        let n = self.open(issue)?;
        let id = self.ledger.take(note);
        self.changes_of(n).notes_mut(note).added.insert(id, at);
        self.heads[n].updated = at;
        Some(u64::from(id))
    }

    fn edit(&mut self, note: Note, issue: u64, id: u64, at: Millis) -> Option<u32> {
        let (n, id) = self.note(note, issue, id)?;
        let edited = &mut self.changes_of(n).notes_mut(note).edited;
        let times = edited.get(&id).map_or(1, |edit| edit.times + 1);
        edited.insert(id, Edit { at, times });
        self.heads[n].updated = at;
        Some(id)
    }

    fn delete(&mut self, note: Note, issue: u64, id: u64, at: Millis) -> Option<u32> {
        let (n, id) = self.note(note, issue, id)?;
        let notes = self.changes_of(n).notes_mut(note);
        if notes.added.remove(&id).is_none() {
            notes.deleted.insert(id);
        }
        notes.edited.remove(&id);
        if !self.options.has(Switch::QuietDeletions) {
            self.heads[n].updated = at;
        }
        Some(id)
    }

    fn note(&self, note: Note, issue: u64, id: u64) -> Option<(Position, u32)> {
        let (n, id) = (self.open(issue)?, u32::try_from(id).ok()?);
        self.heads[n].has_note(note, id).then_some((n, id))
    }

    fn list_worklog(&mut self, id: u32, at: Millis) {
        insert(&mut self.worklog_feed, WorklogEntry { updated: at, id });
    }

    fn unlist_worklog(&mut self, id: u32) {
        self.worklog_feed.retain(|entry| entry.id != id);
    }

    /// What becomes of the worklogs of an issue that is deleted.
    pub(super) fn drop_worklogs_of(&mut self, n: Position, at: Millis) {
        let ids: Vec<u32> = self.heads[n].note_ids(Note::Worklog).collect();
        if ids.is_empty() {
            return;
        }
        self.worklog_feed.retain(|entry| !ids.contains(&entry.id));
        if !self.options.has(Switch::WorklogsOfDeletedIssuesUnlisted) {
            for id in ids {
                insert(&mut self.ledger.deleted_worklogs, WorklogEntry { updated: at, id });
            }
        }
    }
}

/// Keeps a list in the order of time, and of ids within an instant.
fn insert(entries: &mut Vec<WorklogEntry>, new: WorklogEntry) {
    let place = entries.partition_point(|entry| (entry.updated, entry.id) <= (new.updated, new.id));
    entries.insert(place, new);
}
