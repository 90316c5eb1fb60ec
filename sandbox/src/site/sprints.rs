//! Sprints: when they run, on which board, and which of them an issue has been in.

use serde_json::{Value, json};

use super::clock::{self, DAY, END, Millis};
use super::heads::Head;
use super::projects::Project;
use super::random::{Dice, Subject};
use super::{BASE, View};

/// Where a sprint is in its life; in the order boards list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SprintState {
    Closed,
    Active,
    Future,
}

/// A sprint of the site.
#[derive(Clone, Debug)]
pub(crate) struct Sprint {
    pub(crate) id: u32,
    pub(crate) board: u32,
    pub(crate) state: SprintState,
    pub(crate) project: &'static str,
    number: u32,
    start: Millis,
}

/// Project, board, first id and number of sprints.
const SERIES: &[(&str, u32, u32, u32)] =
    &[("CORE", 1, 1, 64), ("WEB", 4, 101, 12), ("SEC", 7, 201, 5)];

impl SprintState {
    /// The word Jira uses.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Active => "active",
            Self::Future => "future",
        }
    }
}

/// Draws the sprints: the last three of each series have not started, the one before is running.
pub(super) fn all() -> Vec<Sprint> {
    SERIES.iter().flat_map(series).collect()
}

fn series(
    &(project, board, first, count): &(&'static str, u32, u32, u32),
) -> impl Iterator<Item = Sprint> {
    (0..count).map(move |n| Sprint {
        id: first + n,
        board,
        state: match count - n {
            0..=3 => SprintState::Future,
            4 => SprintState::Active,
            _ => SprintState::Closed,
        },
        project,
        number: n + 1,
        start: END - DAY * 14 * i64::from(count - 3 - n.min(count - 3)) + DAY * 2,
    })
}

impl Sprint {
    fn name(&self) -> String {
        format!("{} Sprint {}", self.project, self.number)
    }

    /// Dates and goal, which sprints have only once they were planned.
    fn add_dates(&self, value: &mut Value) {
        if self.state != SprintState::Future {
            value["startDate"] = json!(clock::zulu(self.start));
            value["endDate"] = json!(clock::zulu(self.start + 14 * DAY));
        }
        if self.state == SprintState::Closed {
            value["completeDate"] = json!(clock::zulu(self.start + 14 * DAY + 3_600_000));
        }
    }

    /// A sprint as the agile paths give it.
    pub(crate) fn json(&self) -> Value {
        let mut value = json!({"id": self.id, "self": format!("{BASE}/rest/agile/1.0/sprint/{}", self.id),
            "state": self.state.word(), "name": self.name(), "originBoardId": self.board,
            "createdDate": clock::zulu(self.start - 3 * DAY)});
        self.add_dates(&mut value);
        if !self.id.is_multiple_of(3) {
            value["goal"] = json!(if self.id % 3 == 1 { "Ship it 🚢" } else { "" });
        }
        value
    }

    /// A sprint as the sprint field of an issue holds it.
    fn in_field(&self) -> Value {
        let mut value = json!({"id": self.id, "name": self.name(), "state": self.state.word(),
            "boardId": self.board, "goal": if self.id % 3 == 1 { "Ship it 🚢" } else { "" }});
        self.add_dates(&mut value);
        value
    }
}

impl View<'_> {
    /// The sprints an issue has been in, closed ones first; several when work was carried over.
    pub(crate) fn sprints_of(&self, head: &Head, project: &Project) -> Vec<&Sprint> {
        let series: Vec<&Sprint> =
            self.site.sprints.iter().filter(|sprint| sprint.project == project.key).collect();
        let mut dice = Dice::of(self.site.options.seed, Subject::Custom, u64::from(head.id));
        if series.is_empty() || !dice.chance(700) {
            return Vec::new();
        }
        let first = dice.index(series.len());
        let count = if dice.chance(200) { 3 } else { 1 };
        series.into_iter().skip(first).take(count).collect()
    }

    /// The value of the sprint field.
    pub(crate) fn sprint_field(&self, head: &Head, project: &Project) -> Value {
        let sprints = self.sprints_of(head, project);
        if sprints.is_empty() {
            return Value::Null;
        }
        sprints.into_iter().map(Sprint::in_field).collect()
    }

    /// What the software paths add to an issue: `sprint`, `closedSprints`, `flagged`, `epic`.
    pub(crate) fn add_agile_fields(&self, head: &Head, fields: &mut Value) {
        let project = self.site.project_of(head);
        let (closed, open): (Vec<&Sprint>, Vec<&Sprint>) = self
            .sprints_of(head, project)
            .into_iter()
            .partition(|sprint| sprint.state == SprintState::Closed);
        fields["flagged"] = json!(head.id.is_multiple_of(50));
        fields["sprint"] = open.first().map_or(Value::Null, |sprint| sprint.json());
        if !closed.is_empty() {
            fields["closedSprints"] = closed.into_iter().map(Sprint::json).collect();
        }
        fields["epic"] = head
            .parent
            .and_then(|n| self.epic(&self.site.heads[n as usize]))
            .unwrap_or(Value::Null);
    }
}
