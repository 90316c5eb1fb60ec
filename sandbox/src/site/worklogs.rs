//! Worklogs, the feed of their changes and the ones that were deleted.

use serde_json::{Value, json};

use super::adf;
use super::changes::Note;
use super::clock::{self, DAY, Millis};
use super::heads::Head;
use super::random::{Dice, Subject};
use super::{BASE, View, words};
use crate::accounts::Right;
use crate::options::SiteOptions;

/// A worklog in the site-wide feed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WorklogEntry {
    pub(crate) updated: Millis,
    pub(crate) id: u32,
}

struct Worklog {
    id: u32,
    created: Millis,
    updated: Millis,
    restricted: bool,
    /// How often it was edited since it was drawn or added.
    edits: u32,
    dice: Dice,
}

fn draw(seed: u64, head: &Head, id: u32) -> Worklog {
    let mut dice = Dice::of(seed, Subject::Worklog, u64::from(id));
    let added = head.added_at(Note::Worklog, id);
    let (from, until) = added.map_or((head.created, head.drawn.until), |at| (at, at));
    let created = dice.between(from, until);
    let drawn = if dice.chance(200) { dice.between(created, until) } else { created };
    let edit = head.edit_of(Note::Worklog, id);
    let (updated, edits) = edit.map_or((drawn, 0), |edit| (edit.at, edit.times));
    Worklog { id, created, updated, restricted: dice.chance(40), edits, dice }
}

/// All worklogs of the site, by their last change.
pub(super) fn feed(options: &SiteOptions, heads: &[Head]) -> Vec<WorklogEntry> {
    let mut entries = Vec::new();
    for head in heads {
        for id in head.note_ids(Note::Worklog) {
            let worklog = draw(options.seed, head, id);
            entries.push(WorklogEntry { updated: worklog.updated, id: worklog.id });
        }
    }
    entries.sort_by_key(|entry| (entry.updated, entry.id));
    entries
}

fn change(at: Millis, id: u32) -> Value {
    json!({"worklogId": id, "updatedTime": at, "properties": []})
}

impl View<'_> {
    /// The first `most` changes since an instant. Ids are listed whoever may read the worklogs.
    pub(crate) fn worklog_changes(&self, since: Millis, most: usize) -> Vec<Value> {
        let feed = &self.site.worklog_feed;
        let first = feed.partition_point(|entry| entry.updated < since);
        let entries = feed[first..].iter().take(most);
        entries.map(|entry| change(entry.updated, entry.id)).collect()
    }

    /// The first `most` deletions since an instant.
    pub(crate) fn worklog_deletions(&self, since: Millis, most: usize) -> Vec<Value> {
        let count = (self.site.options.issues / 50).max(5);
        let step = (clock::END - clock::START - 2 * DAY) / i64::from(count);
        let drawn = (0..count).map(|n| (clock::START + DAY + step * i64::from(n), 500 + n * 3));
        let later = &self.site.ledger.deleted_worklogs;
        let later = later.iter().map(|entry| (entry.updated, entry.id));
        let mut all: Vec<(Millis, u32)> =
            drawn.chain(later).filter(|&(at, _)| at >= since).collect();
        all.sort_unstable();
        all.into_iter().take(most).map(|(at, id)| change(at, id)).collect()
    }

    /// The worklogs of an issue the viewer may read.
    pub(crate) fn worklogs(&self, head: &Head) -> Vec<Value> {
        head.note_ids(Note::Worklog).filter_map(|id| self.worklog(head, id)).collect()
    }

    /// What an issue carries of its worklogs: the first `cap`, with the true total.
    pub(crate) fn embedded_worklogs(&self, head: &Head, cap: usize) -> Value {
        let mut worklogs = self.worklogs(head);
        let total = worklogs.len();
        worklogs.truncate(cap);
        json!({"startAt": 0, "maxResults": cap, "total": total, "worklogs": worklogs})
    }

    /// A worklog by its id, if the viewer may read it.
    pub(crate) fn worklog_with_id(&self, id: u32) -> Option<Value> {
        let heads = &self.site.heads;
        let after = heads.partition_point(|head| head.first_worklog <= id);
        // Issues without worklogs share their first id with the next issue.
        let drawn = heads[..after].iter().rev().find(|head| head.worklogs > 0);
        let mine = |head: &&Head| head.has_note(Note::Worklog, id);
        let added = || heads.iter().filter(|head| head.changes.is_some()).find(mine);
        let head = drawn.filter(mine).or_else(added)?;
        if self.sees(head) { self.worklog(head, id) } else { None }
    }

    fn worklog(&self, head: &Head, id: u32) -> Option<Value> {
        let Worklog { id, created, updated, restricted, edits, mut dice } =
            draw(self.site.options.seed, head, id);
        if restricted && !self.viewer.may(Right::RestrictedNotes) {
            return None;
        }
        let zone = &self.viewer.zone;
        let author = dice.index(self.site.people.len());
        if edits > 0 {
            let revised = u64::from(id) | u64::from(edits) << 32;
            dice = Dice::of(self.site.options.seed, Subject::Worklog, revised);
        }
        let minutes = 5 + dice.below(500);
        let mut value = json!({
            "self": format!("{BASE}/rest/api/3/issue/{}/worklog/{id}", head.id), "id": id.to_string(),
            "issueId": head.id.to_string(), "author": self.user(author), "updateAuthor": self.user(author),
            "created": clock::platform(created, zone), "updated": clock::platform(updated, zone),
            "started": clock::platform(created - dice.between(0, 5 * DAY), zone),
            "timeSpent": spoken(minutes), "timeSpentSeconds": minutes * 60,
        });
        if dice.chance(400) {
            value["comment"] = adf::line(&words::sentence(&mut dice));
        }
        if restricted {
            value["visibility"] =
                json!({"type": "role", "value": "Administrators", "identifier": "Administrators"});
        }
        Some(value)
    }
}

/// Jira's short form of a duration: `1d 2h 30m` with days of eight hours.
pub(super) fn spoken(minutes: u32) -> String {
    let parts = [(minutes / 480, 'd'), (minutes % 480 / 60, 'h'), (minutes % 60, 'm')];
    let words: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
    if words.is_empty() { "0m".to_owned() } else { words.join(" ") }
}
