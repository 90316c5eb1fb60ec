//! The one place that writes to stdout and stderr: results here, everything else there.

use super::arguments::Output;
use super::failure::Failure;
use serde::Serialize;
use std::io::Write;

/// Where results go, and in which form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    output: Output,
    shows_notes: bool,
    pub(crate) shows_progress: bool,
}

impl Printer {
    pub(crate) fn new(output: Output, shows_notes: bool, shows_progress: bool) -> Self {
        Self { output, shows_notes, shows_progress }
    }

    /// A result: `text` for people, or `value` as one line of JSON. A reader that has gone away
    /// (`| head`) is no error.
    pub(crate) fn result(self, text: impl FnOnce() -> String, value: &impl Serialize) {
        let line = match self.output {
            Output::Text => text(),
            Output::Json => serde_json::to_string(value).unwrap_or_else(|error| {
                serde_json::json!({ "error": error.to_string(), "exit_code": 1 }).to_string()
            }),
        };
        let _ = writeln!(std::io::stdout(), "{}", line.trim_end());
    }

    /// A remark for people, unless they have asked for quiet.
    pub(crate) fn note(self, text: &str) {
        if self.shows_notes {
            let _ = writeln!(std::io::stderr(), "note: {text}");
        }
    }

    /// Remarks for people.
    pub(crate) fn notes(self, texts: &[String]) {
        for text in texts {
            self.note(text);
        }
    }

    /// A question, or what belongs to one; shown however quiet the rest is.
    pub(crate) fn ask(text: &str) {
        let mut stderr = std::io::stderr();
        let _ = write!(stderr, "{text}");
        let _ = stderr.flush();
    }

    /// Why a run ended early, for people who do not see its report: as text that says it itself.
    pub(crate) fn ended_early(self, error: Option<&str>) {
        if let (Output::Json, Some(error)) = (self.output, error) {
            let _ = writeln!(std::io::stderr(), "error: {error}");
        }
    }

    /// Says why the command failed; programs get it as their one object too.
    pub(crate) fn failure(self, failure: &Failure) -> u8 {
        if !failure.is_told {
            let _ = writeln!(std::io::stderr(), "error: {}", failure.message);
        }
        if self.output == Output::Json {
            Self::failure_value(failure);
        }
        failure.exit_code
    }

    /// The failure as programs get it.
    pub(crate) fn failure_value(failure: &Failure) {
        let value = serde_json::json!({ "error": failure.message, "exit_code": failure.exit_code });
        let _ = writeln!(std::io::stdout(), "{value}");
    }
}
