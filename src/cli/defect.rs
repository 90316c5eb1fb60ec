//! A command that panics ends like one that fails: with an exit code, and an object for programs.

use super::failure::Failure;
use crate::telemetry;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Carries out a command or a part of it; a panic becomes its failure.
pub(crate) fn contain<T>(command: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // Nothing that a panic may have left half-changed is looked at afterwards.
    catch_unwind(AssertUnwindSafe(command)).unwrap_or_else(|_| {
        let told = telemetry::take_defect();
        let message =
            told.unwrap_or_else(|| "A part of the program failed unexpectedly".to_owned());
        Err(Failure { message, exit_code: 1, is_told: true })
    })
}

/// Panics where a test asks for it, since no input is known that does; not in release builds.
pub(crate) fn force() {
    if cfg!(debug_assertions) {
        let asked = std::env::var_os("JIRA_FEEDS_FORCE_DEFECT");
        assert!(asked.is_none(), "forced by JIRA_FEEDS_FORCE_DEFECT");
    }
}
