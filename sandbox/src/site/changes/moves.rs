//! Issues that move from one project to another.

use serde_json::Value;

use crate::site::clock::Millis;
use crate::site::heads::{Position, small};
use crate::site::histories::{item, named, text};
use crate::site::projects::{Project, Template};
use crate::site::{Site, subtasks};

impl Site {
    /// Moves an issue and its sub-tasks to another live project, by key. They keep their ids and
    /// get new keys; the old ones still lead to them. `false`: there is no such issue or project,
    /// it is there already, or it is a sub-task, which moves with its parent only.
    pub fn move_issue(&mut self, issue: u64, project: &str, at: i64) -> bool {
        let (Some(n), Some(target)) = (self.open(issue), self.live_project(project)) else {
            return false;
        };
        let head = &self.heads[n];
        if usize::from(head.project) == target || self.level_of(n) < 0 {
            return false;
        }
        let children = self.subtasks_of(n);
        let was_epic = self.level_of(n) > 0;
        let apart = self.project_of(head).simplified() || self.projects[target].simplified();
        self.heads[n].parent = None;
        self.relocate(n, target, at);
        for child in children {
            self.relocate(child, target, at);
            if self.level_of(child) >= 0 {
                self.heads[child].parent = None;
            }
        }
        // Only epics that administrators manage hold issues of other projects.
        if was_epic && (apart || self.level_of(n) <= 0) {
            self.detach_children(n, at);
        }
        self.subtasks = subtasks(&self.projects, &self.heads);
        true
    }

    fn level_of(&self, n: Position) -> i8 {
        let head = &self.heads[n];
        self.project_of(head).types()[usize::from(head.kind)].level
    }

    fn relocate(&mut self, n: Position, target: usize, at: Millis) {
        let before = self.heads[n].clone();
        let (from, to) = (self.project_of(&before), &self.projects[target]);
        let (kind, status) =
            (same_kind(from, to, before.kind), same_status(from, to, before.status));
        let secured = before.secured && to.template == Template::Software;
        let mut items = vec![item("project", Some("project"), end(from), end(to))];
        let old_key = self.key_of(&before);
        let number = self.next_number(target);
        let head = &mut self.heads[n];
        head.project = u16::try_from(target).unwrap_or(0);
        (head.number, head.kind, head.status, head.secured) = (number, kind, status, secured);
        self.ledger.former_keys.insert((before.project, before.number), n);
        let key = self.key_of(&self.heads[n]);
        items.push(item("Key", None, text(old_key), text(key)));
        items.extend(self.new_status(n, &before));
        self.note_change(n, at, items);
    }

    /// The item about a status that another project calls by another id.
    fn new_status(&self, n: Position, before: &crate::site::heads::Head) -> Option<Value> {
        let status = |head: &crate::site::heads::Head| {
            let project = self.project_of(head);
            let of = project.statuses()[usize::from(head.status)];
            named(project.status_id(of).to_string(), of.name)
        };
        let (from, to) = (status(before), status(&self.heads[n]));
        (from != to).then(|| item("status", Some("status"), from, to))
    }
}

fn end(project: &Project) -> (Option<String>, Option<String>) {
    named(project.id.to_string(), project.name.as_str())
}

/// The type of another project that comes closest: by name, by level, or what needs no parent.
fn same_kind(from: &Project, to: &Project, kind: u8) -> u8 {
    let of = from.types()[usize::from(kind)];
    let types = to.types();
    let named = types.iter().position(|other| other.level == of.level && other.name == of.name);
    let level = |level: i8| types.iter().position(|other| other.level == level);
    small(named.or_else(|| level(of.level)).or_else(|| level(0)).unwrap_or(0))
}

/// The status of another project that comes closest: by name or by category.
fn same_status(from: &Project, to: &Project, status: u8) -> u8 {
    let of = from.statuses()[usize::from(status)];
    let statuses = to.statuses();
    let named = statuses.iter().position(|other| other.name == of.name);
    let alike = || statuses.iter().position(|other| other.category == of.category);
    small(named.or_else(alike).unwrap_or(0))
}
