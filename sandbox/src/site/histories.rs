//! The changelog of an issue.

use serde_json::{Value, json};

use super::catalogue::Status;
use super::changes::Change;
use super::clock::{self, Millis};
use super::heads::Head;
use super::random::{Dice, Subject};
use super::{View, words};

/// How `created` is written: the bulk path gives a number, every other path a date text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    Text,
    Number,
}

/// When the `n`th history of an issue happened; the last one is what last updated it.
pub(crate) fn instant(head: &Head, n: u32) -> Millis {
    if let Some(change) = head.change(n) {
        return change.at;
    }
    head.created
        + (head.drawn.until - head.created) * i64::from(n + 1) / i64::from(head.histories.max(1))
}

impl View<'_> {
    /// All histories of an issue, oldest first.
    pub(crate) fn histories(&self, head: &Head) -> Vec<Value> {
        (0..head.history_count()).map(|n| self.history(head, n, Stamp::Text)).collect()
    }

    /// What an issue carries of its changelog: the newest `cap`, newest first.
    pub(crate) fn embedded_changelog(&self, head: &Head, cap: usize) -> Value {
        let newest: Vec<Value> = (0..head.history_count())
            .rev()
            .take(cap)
            .map(|n| self.history(head, n, Stamp::Text))
            .collect();
        json!({"startAt": 0, "maxResults": newest.len(), "total": head.history_count(), "histories": newest})
    }

    /// One history.
    pub(crate) fn history(&self, head: &Head, n: u32, stamp: Stamp) -> Value {
        if let Some(change) = head.change(n) {
            return self.changed(change, stamp);
        }
        let id = head.first_history + n;
        let mut dice = Dice::of(self.site.options.seed, Subject::History, u64::from(id));
        let at = instant(head, n);
        let created = self.stamped(at, stamp);
        let author = dice.index(self.site.people.len());
        let items: Vec<Value> =
            (0..=dice.below(3) / 2).map(|_| self.item(head, &mut dice)).collect();
        let mut value = json!({"id": id.to_string(), "created": created, "items": items});
        // A few changes were made by something that no longer exists.
        if !dice.chance(10) {
            value["author"] = self.user(author);
        }
        value
    }

    /// A history that was not drawn.
    fn changed(&self, change: &Change, stamp: Stamp) -> Value {
        json!({"id": change.id.to_string(), "created": self.stamped(change.at, stamp),
            "items": change.items, "author": self.user(change.author)})
    }

    fn stamped(&self, at: Millis, stamp: Stamp) -> Value {
        match stamp {
            Stamp::Text => json!(clock::platform(at, &self.viewer.zone)),
            Stamp::Number => json!(at),
        }
    }

    fn item(&self, head: &Head, dice: &mut Dice) -> Value {
        match dice.below(9) {
            0 => {
                let (from, to) = (words::summary(dice), words::summary(dice));
                item("summary", Some("summary"), text(from), text(to))
            }
            1 => {
                let to = words::long_text(dice, 300);
                item("description", Some("description"), NOTHING, text(to))
            }
            2 => self.assignment(dice),
            3 => sprint(dice),
            4 => item("labels", Some("labels"), text(""), text("api perf")),
            5 => self.linking(dice),
            6 => item("resolution", Some("resolution"), NOTHING, named("10000", "Done")),
            _ => self.transition(head, dice),
        }
    }

    fn transition(&self, head: &Head, dice: &mut Dice) -> Value {
        let project = self.site.drawn_project_of(head);
        let statuses = project.statuses();
        let (from, to) = (*dice.pick(statuses), *dice.pick(statuses));
        let end = |of: Status| named(project.status_id(of).to_string(), of.name);
        item("status", Some("status"), end(from), end(to))
    }

    /// Changes of links do not name a field id.
    fn linking(&self, dice: &mut Dice) -> Value {
        let other = &self.site.heads[dice.index(self.site.ledger.drawn)];
        let key = format!("{}-{}", self.site.drawn_project_of(other).key, other.drawn.number);
        let to = named(key.as_str(), format!("This issue blocks {key}"));
        item("Link", None, NOTHING, to)
    }

    fn assignment(&self, dice: &mut Dice) -> Value {
        let mut end = || {
            let person = &self.site.people[dice.index(self.site.people.len())];
            (person.account_id.clone(), person.name.clone())
        };
        let (from, to) = (end(), end());
        let ends = (named(&from.0, from.1), named(&to.0, to.1));
        let mut value = item("assignee", Some("assignee"), ends.0, ends.1);
        value["tmpFromAccountId"] = json!(from.0);
        value["tmpToAccountId"] = json!(to.0);
        value
    }
}

fn sprint(dice: &mut Dice) -> Value {
    let n = 1 + dice.below(60);
    let to = named(n.to_string(), format!("CORE Sprint {n}"));
    let mut value = item("Sprint", Some("customfield_10020"), named("", ""), to);
    value["fieldtype"] = json!("custom");
    value
}

/// Value and text of one side of a change.
pub(super) type End = (Option<String>, Option<String>);

pub(super) const NOTHING: End = (None, None);

/// A side without a value of its own.
pub(super) fn text(text: impl Into<String>) -> End {
    (None, Some(text.into()))
}

pub(super) fn named(value: impl Into<String>, text: impl Into<String>) -> End {
    (Some(value.into()), Some(text.into()))
}

pub(super) fn item(
    field: &str,
    id: Option<&str>,
    (from, from_text): End,
    (to, to_text): End,
) -> Value {
    let mut value = json!({"field": field, "fieldtype": "jira",
        "from": from, "fromString": from_text, "to": to, "toString": to_text});
    if let Some(id) = id {
        value["fieldId"] = json!(id);
    }
    value
}
