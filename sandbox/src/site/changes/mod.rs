//! What has happened to a site since it was drawn.
//!
//! An issue keeps what it was drawn with; its changes lie over it. So a site without changes is
//! the one its options give, and the same changes always lead to the same site. Knows nothing of
//! who asks: what an account sees of a change is decided where it sees the rest.

mod access;
mod issues;
mod moves;
mod notes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::Site;
use super::clock::Millis;
use super::heads::{Head, Position};
use super::projects::Stage;
use super::random::{Dice, Subject};
use super::worklogs::WorklogEntry;

/// What has happened to an issue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// How often its fields were edited.
    edits: u32,
    /// The histories after those it was drawn with, oldest first.
    histories: Vec<Change>,
    comments: Notes,
    worklogs: Notes,
}

/// A history that was not drawn.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) id: u32,
    pub(crate) at: Millis,
    /// Position in the directory.
    pub(crate) author: usize,
    pub(crate) items: Vec<Value>,
}

/// What has happened to the comments or the worklogs of an issue.
#[derive(Clone, Debug, Default)]
struct Notes {
    added: BTreeMap<u32, Millis>,
    edited: BTreeMap<u32, Edit>,
    /// Those of the drawn ones that are no more.
    deleted: BTreeSet<u32>,
}

/// The latest edit of a comment or a worklog.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit {
    pub(crate) at: Millis,
    /// How many edits there were.
    pub(crate) times: u32,
}

/// Which children of an issue are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    Comment,
    Worklog,
}

/// What a site keeps of its changes beyond what its issues do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    next_comment: u32,
    next_worklog: u32,
    next_history: u32,
    /// How many issues were drawn; those after them were created.
    pub(super) drawn: usize,
    /// Where the keys lead that moved issues had: position of the project, and number.
    pub(super) former_keys: HashMap<(u16, u32), Position>,
    /// By their time.
    pub(super) deleted_worklogs: Vec<WorklogEntry>,
}

impl Ledger {
    /// The ledger of a site that has just been drawn.
    pub(super) fn of(heads: &[Head]) -> Self {
        let after = |first: u32, count: u16| first + u32::from(count);
        let last = heads.last();
        Self {
            next_comment: last.map_or(0, |head| after(head.first_comment, head.comments)),
            next_worklog: last.map_or(0, |head| after(head.first_worklog, head.worklogs)),
            next_history: last.map_or(0, |head| after(head.first_history, head.histories)),
            drawn: heads.len(),
            ..Self::default()
        }
    }

    /// An id that no comment or no worklog has had.
    fn take(&mut self, note: Note) -> u32 {
        let next = match note {
            Note::Comment => &mut self.next_comment,
            Note::Worklog => &mut self.next_worklog,
        };
        *next += 1;
        *next - 1
    }
}

impl Changes {
    fn notes(&self, note: Note) -> &Notes {
        match note {
            Note::Comment => &self.comments,
            Note::Worklog => &self.worklogs,
        }
    }

    fn notes_mut(&mut self, note: Note) -> &mut Notes {
        match note {
            Note::Comment => &mut self.comments,
            Note::Worklog => &mut self.worklogs,
        }
    }
}

impl Head {
    fn notes(&self, note: Note) -> Option<&Notes> {
        self.changes.as_deref().map(|changes| changes.notes(note))
    }

    /// The ids of its comments or worklogs, oldest first, whoever may read them.
    pub(crate) fn note_ids(&self, note: Note) -> impl Iterator<Item = u32> {
        let (first, count) = match note {
            Note::Comment => (self.first_comment, self.comments),
            Note::Worklog => (self.first_worklog, self.worklogs),
        };
        let notes = self.notes(note);
        let there = move |id: &u32| notes.is_none_or(|notes| !notes.deleted.contains(id));
        let added = notes.into_iter().flat_map(|notes| notes.added.keys().copied());
        (first..first + u32::from(count)).filter(there).chain(added)
    }

    /// Whether a comment or a worklog is one of its own.
    pub(crate) fn has_note(&self, note: Note, id: u32) -> bool {
        let (first, count) = match note {
            Note::Comment => (self.first_comment, self.comments),
            Note::Worklog => (self.first_worklog, self.worklogs),
        };
        let drawn = (first..first + u32::from(count)).contains(&id);
        let notes = self.notes(note);
        notes.map_or(drawn, |notes| {
            drawn && !notes.deleted.contains(&id) || notes.added.contains_key(&id)
        })
    }

    /// When a comment or a worklog was added, if it was not drawn.
    pub(crate) fn added_at(&self, note: Note, id: u32) -> Option<Millis> {
        self.notes(note)?.added.get(&id).copied()
    }

    /// The latest edit of a comment or a worklog since it was drawn or added.
    pub(crate) fn edit_of(&self, note: Note, id: u32) -> Option<Edit> {
        self.notes(note)?.edited.get(&id).copied()
    }

    /// How many comments or worklogs it has.
    pub(crate) fn note_count(&self, note: Note) -> u32 {
        let drawn = match note {
            Note::Comment => self.comments,
            Note::Worklog => self.worklogs,
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(0);
        self.notes(note).map_or(u32::from(drawn), |notes| {
            u32::from(drawn) + count(notes.added.len()) - count(notes.deleted.len())
        })
    }

    /// How often its fields were edited.
    pub(crate) fn edits(&self) -> u32 {
        self.changes.as_ref().map_or(0, |changes| changes.edits)
    }

    /// How many histories it has.
    pub(crate) fn history_count(&self) -> u32 {
        let later = self.changes.as_ref().map_or(0, |changes| changes.histories.len());
        u32::from(self.histories) + u32::try_from(later).unwrap_or(0)
    }

    /// The `n`th history, if it was not drawn.
    pub(crate) fn change(&self, n: u32) -> Option<&Change> {
        let later = n.checked_sub(u32::from(self.histories))?;
        self.changes.as_ref()?.histories.get(later as usize)
    }
}

impl Site {
    /// The position of an issue that can be changed: it is there, and its project is not archived.
    fn open(&self, issue: u64) -> Option<Position> {
        let n = self.position_of(issue)?;
        (self.project_of(&self.heads[n]).stage == Stage::Live).then_some(n)
    }

    /// The position of an issue that was not deleted.
    fn position_of(&self, issue: u64) -> Option<Position> {
        let id = u32::try_from(issue).ok()?;
        let n = self.heads.binary_search_by_key(&id, |head| head.id).ok()?;
        (!self.heads[n].gone).then_some(n)
    }

    fn changes_of(&mut self, n: Position) -> &mut Changes {
        Arc::make_mut(self.heads[n].changes.get_or_insert_default())
    }

    /// The draws of an issue's `times`th change of a kind.
    fn draws(&self, n: Position, kind: u64, times: u32) -> Dice {
        let id = u64::from(self.heads[n].id);
        Dice::of(self.options.seed, Subject::Change, id | u64::from(times) << 32 | kind << 60)
    }

    /// Adds a history and moves `updated`.
    fn note_change(&mut self, n: Position, at: Millis, items: Vec<Value>) {
        let id = self.ledger.next_history;
        self.ledger.next_history += 1;
        let author = self.draws(n, 1, id).index(self.people.len());
        self.changes_of(n).histories.push(Change { id, at, author, items });
        self.heads[n].updated = at;
    }
}
