//! What a run of the binary left on its streams.

use serde_json::Value;
use std::process::{Command, Stdio};

/// A finished process.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn wait_for(mut command: Command) -> Self {
        let output = command.stdin(Stdio::null()).output().expect("the binary starts");
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The last line of stdout, which is one JSON object.
    pub fn report(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }

    /// One feed's entry of the report.
    pub fn feed(&self, name: &str) -> Value {
        let report = self.report();
        let feeds = report["feeds"].as_array().cloned().unwrap_or_default();
        let found = feeds.into_iter().find(|feed| feed["feed"] == name);
        found.unwrap_or_else(|| panic!("no feed {name} in {report:#}"))
    }

    /// Feed = outcome, for all feeds.
    pub fn outcomes(&self) -> std::collections::BTreeMap<String, String> {
        let report = self.report();
        let feeds = report["feeds"].as_array().cloned().unwrap_or_default();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        feeds.iter().map(|feed| (word(&feed["feed"]), word(&feed["outcome"]))).collect()
    }

    #[track_caller]
    pub fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }
}
