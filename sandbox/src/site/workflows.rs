//! Workflows, and the statuses their answer carries beside them.

use serde_json::{Value, json};

use super::View;
use super::projects::{Project, Stage};
use super::random::{Dice, Subject};

impl View<'_> {
    /// One workflow for each live project; transitions only when asked for.
    pub(crate) fn workflows(&self, expand: &[&str]) -> Vec<Value> {
        let live = self.site.projects.iter().filter(|project| project.stage == Stage::Live);
        live.map(|project| self.workflow(project, expand)).collect()
    }

    fn workflow(&self, project: &Project, expand: &[&str]) -> Value {
        let mut dice =
            Dice::of(self.site.options.seed, Subject::Admin, 6 << 32 | u64::from(project.id));
        let references = project.statuses().iter().map(|&of| {
            json!({"statusReference": project.status_id(of).to_string(), "deprecated": false,
                "layout": {"x": f64::from(dice.below(800)) + 0.25, "y": -16.0}, "properties": {}})
        });
        let statuses: Vec<Value> = references.collect();
        let scope = if project.simplified() {
            super::catalogue::scope_of(project)
        } else {
            json!({"type": "GLOBAL"})
        };
        let mut value = json!({"id": dice.uuid(), "name": format!("{} workflow", project.name), "description": "",
            "scope": scope, "isEditable": true, "statuses": statuses,
            "version": {"id": dice.uuid(), "versionNumber": 1 + dice.below(9)},
            "startPointLayout": {"x": -100.5, "y": -153.0}});
        if expand.iter().any(|part| *part == "values.transitions" || *part == "transitions") {
            value["transitions"] = transitions(project);
        }
        value
    }

    /// The statuses some workflows use, in the form that answer gives them.
    pub(crate) fn workflow_statuses(&self) -> Vec<Value> {
        let mut statuses = self.status_details();
        for status in &mut statuses {
            status["statusReference"] = status["id"].clone();
        }
        statuses
    }
}

fn transitions(project: &Project) -> Value {
    let moves = project.statuses().iter().zip(1..).map(|(&of, n)| {
        json!({"id": format!("{n}1"), "name": of.name, "type": if n == 1 { "INITIAL" } else { "GLOBAL" },
            "toStatusReference": project.status_id(of).to_string(), "links": [], "actions": [],
            "validators": [], "triggers": [], "properties": {}, "description": ""})
    });
    moves.collect()
}
