//! What a run of the binary left on its streams.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A finished process.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn wait_for(command: Command) -> Self {
        Self::with_input(command, "")
    }

    /// The process with a text on its standard input.
    pub fn with_input(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let mut stdin = child.stdin.take().expect("piped");
        // A process that reads no input has closed it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("the binary ends");
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
