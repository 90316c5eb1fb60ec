//! Issues that are edited, created and deleted.

use serde_json::Value;

use crate::options::Switch;
use crate::site::catalogue::Category;
use crate::site::clock::Millis;
use crate::site::heads::{self, Drawn, Head, Position, small};
use crate::site::histories::{End, NOTHING, item, named, text};
use crate::site::lookups::{PRIORITIES, RESOLUTIONS};
use crate::site::projects::{Project, Stage, Template};
use crate::site::random::{Dice, Subject};
use crate::site::{Site, subtasks};

impl Site {
    /// Gives an issue another summary, status and priority, and a history that says so. `false`:
    /// there is no such issue, or its project is archived.
    pub fn edit_issue(&mut self, issue: u64, at: i64) -> bool {
        let Some(n) = self.open(issue) else { return false };
        let before = self.heads[n].clone();
        let project = self.project_of(&before);
        let statuses = project.statuses();
        let mut dice = self.draws(n, 0, before.edits() + 1);
        let status = another(&mut dice, before.status, statuses.len());
        let done = statuses[usize::from(status)].category == Category::Done;
        let after = Head {
            status,
            priority: another(&mut dice, before.priority, PRIORITIES.len()),
            resolution: done.then(|| small(dice.index(RESOLUTIONS.len()))),
            status_since: at,
            ..before.clone()
        };
        self.heads[n] = after;
        self.changes_of(n).edits += 1;
        let items = self.differences(&before, &self.heads[n]);
        self.note_change(n, at, items);
        true
    }

    fn differences(&self, before: &Head, after: &Head) -> Vec<Value> {
        let project = self.project_of(after);
        let status = |head: &Head| {
            let of = project.statuses()[usize::from(head.status)];
            named(project.status_id(of).to_string(), of.name)
        };
        let priority = |head: &Head| {
            named((head.priority + 1).to_string(), PRIORITIES[usize::from(head.priority)].0)
        };
        let summary = |head: &Head| text(self.summary_of(head));
        let mut items = vec![
            item("summary", Some("summary"), summary(before), summary(after)),
            item("status", Some("status"), status(before), status(after)),
            item("priority", Some("priority"), priority(before), priority(after)),
        ];
        if before.resolution != after.resolution {
            let (from, to) = (resolution(before), resolution(after));
            items.push(item("resolution", Some("resolution"), from, to));
        }
        items
    }

    /// Creates an issue in a live project, by key; its id, which is above all others.
    pub fn create_issue(&mut self, project: &str, at: i64) -> Option<u64> {
        let project = self.live_project(project)?;
        let n = self.heads.len();
        let mut dice = Dice::of(self.options.seed, Subject::Change, n as u64);
        let id = self.heads.last().map_or(10_000, |head| head.id + 1);
        let created = self.new_head(id, project, at, &mut dice);
        self.heads.push(created);
        Some(u64::from(id))
    }

    fn new_head(&self, id: u32, project: usize, at: Millis, dice: &mut Dice) -> Head {
        let of = &self.projects[project];
        let (number, place) = (self.next_number(project), u16::try_from(project).unwrap_or(0));
        let people = self.options.users.max(10);
        let somebody = |dice: &mut Dice| u16::try_from(dice.below(people)).unwrap_or(0);
        Head {
            id,
            project: place,
            number,
            kind: drawn_kind(of, dice),
            status: 0,
            priority: small(dice.index(PRIORITIES.len())),
            resolution: None,
            reporter: somebody(dice),
            assignee: dice.chance(750).then(|| somebody(dice)),
            labels: heads::labels(dice),
            secured: of.template == Template::Software && dice.chance(40),
            created: at,
            updated: at,
            parent: None,
            comments: 0,
            worklogs: 0,
            histories: 0,
            first_comment: self.ledger.next_comment,
            first_worklog: self.ledger.next_worklog,
            first_history: self.ledger.next_history,
            status_since: at,
            drawn: Drawn { project: place, number, until: at },
            changes: None,
            gone: false,
        }
    }

    /// Deletes an issue and its sub-tasks. `false`: there is no such issue, or its project is
    /// archived.
    ///
    /// Issues that were linked to it, or lay in it as in an epic, lose that. Whether Jira then
    /// moves their `updated` is unsure: here it does, unless [`Switch::QuietUnlinking`].
    pub fn delete_issue(&mut self, issue: u64, at: i64) -> bool {
        let Some(n) = self.open(issue) else { return false };
        let mut deleted = self.subtasks_of(n);
        deleted.push(n);
        for &n in &deleted {
            self.heads[n].gone = true;
            self.drop_worklogs_of(n, at);
        }
        for &n in &deleted {
            self.detach_children(n, at);
            for other in self.linked_to(n) {
                self.unlinked(other, at);
            }
        }
        self.subtasks = subtasks(&self.projects, &self.heads);
        true
    }

    /// The sub-tasks of an issue, by position.
    pub(super) fn subtasks_of(&self, n: Position) -> Vec<Position> {
        let me = u32::try_from(n).ok();
        let listed = me.and_then(|me| self.subtasks.get(&me)).into_iter().flatten();
        listed.map(|&child| child as usize).filter(|&child| !self.heads[child].gone).collect()
    }

    /// Takes the issues of an epic out of it.
    pub(super) fn detach_children(&mut self, n: Position, at: Millis) {
        let me = u32::try_from(n).ok();
        let inside = |head: &Head| !head.gone && head.parent == me;
        let inside: Vec<Position> =
            (0..self.heads.len()).filter(|&child| inside(&self.heads[child])).collect();
        for child in inside {
            self.heads[child].parent = None;
            self.unlinked(child, at);
        }
    }

    fn unlinked(&mut self, n: Position, at: Millis) {
        let head = &self.heads[n];
        let open = !head.gone && self.project_of(head).stage == Stage::Live;
        if open && !self.options.has(Switch::QuietUnlinking) {
            self.heads[n].updated = at;
        }
    }

    /// The position of a live project.
    pub(super) fn live_project(&self, key: &str) -> Option<usize> {
        self.projects.iter().position(|project| {
            project.stage == Stage::Live && project.key.eq_ignore_ascii_case(key)
        })
    }

    /// The number of the next issue in a project: no number is given twice.
    pub(super) fn next_number(&self, project: usize) -> u32 {
        let now = self.heads.iter().map(|head| (head.project, head.number));
        let used = now.chain(self.ledger.former_keys.keys().copied());
        let mine = used.filter(|(of, _)| usize::from(*of) == project);
        mine.map(|(_, number)| number).max().unwrap_or(0) + 1
    }
}

/// Another position than the one there is.
fn another(dice: &mut Dice, now: u8, count: usize) -> u8 {
    let step = 1 + dice.index(count.saturating_sub(1));
    small((usize::from(now) + step) % count.max(1))
}

fn resolution(head: &Head) -> End {
    let named = |n: u8| named((10_000 + u32::from(n)).to_string(), RESOLUTIONS[usize::from(n)]);
    head.resolution.map_or(NOTHING, named)
}

/// The position of a type that needs no parent.
fn drawn_kind(project: &Project, dice: &mut Dice) -> u8 {
    let alone: Vec<usize> =
        (0..project.types().len()).filter(|&n| project.types()[n].level >= 0).collect();
    small(alone.get(dice.index(alone.len())).copied().unwrap_or(0))
}
