//! Worklogs, the feed of their changes and the ones that were deleted.

use serde_json::{Value, json};

use super::adf;
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
    dice: Dice,
}

fn draw(seed: u64, head: &Head, n: u32) -> Worklog {
    let id = head.first_worklog + n;
    let mut dice = Dice::of(seed, Subject::Worklog, u64::from(id));
    let created = dice.between(head.created, head.updated);
    let updated = if dice.chance(200) { dice.between(created, head.updated) } else { created };
    Worklog { id, created, updated, restricted: dice.chance(40), dice }
}

/// All worklogs of the site, by their last change.
pub(super) fn feed(options: &SiteOptions, heads: &[Head]) -> Vec<WorklogEntry> {
    let mut entries = Vec::new();
    for head in heads {
        for n in 0..u32::from(head.worklogs) {
            let worklog = draw(options.seed, head, n);
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
        (0..count)
            .map(|n| (clock::START + DAY + step * i64::from(n), 500 + n * 3))
            .filter(|&(at, _)| at >= since)
            .take(most)
            .map(|(at, id)| change(at, id))
            .collect()
    }

    /// The worklogs of an issue the viewer may read.
    pub(crate) fn worklogs(&self, head: &Head) -> Vec<Value> {
        (0..u32::from(head.worklogs)).filter_map(|n| self.worklog(head, n)).collect()
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
        let head = heads[..after].iter().rev().find(|head| head.worklogs > 0)?;
        let n = id.checked_sub(head.first_worklog)?;
        (n < u32::from(head.worklogs) && self.sees(head)).then(|| self.worklog(head, n))?
    }

    fn worklog(&self, head: &Head, n: u32) -> Option<Value> {
        let Worklog { id, created, updated, restricted, mut dice } =
            draw(self.site.options.seed, head, n);
        if restricted && !self.viewer.may(Right::RestrictedNotes) {
            return None;
        }
        let zone = &self.viewer.zone;
        let author = dice.index(self.site.people.len());
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
