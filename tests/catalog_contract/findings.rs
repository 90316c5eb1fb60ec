//! What a test found, and which excuses it needed.

use crate::excuses::Excuse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What was found, and which excuses were needed.
pub(crate) struct Findings {
    excuses: BTreeMap<(String, String), bool>,
    found: BTreeSet<String>,
}

impl Findings {
    pub(crate) fn new(excuses: &[Excuse]) -> Self {
        let pair = |place: &str, name: &str| ((place.to_owned(), name.to_owned()), false);
        let excuses =
            excuses.iter().flat_map(|(place, names, _)| names.iter().map(|name| pair(place, name)));
        Self { excuses: excuses.collect(), found: BTreeSet::new() }
    }

    pub(crate) fn is_excused(&mut self, place: &str, name: &str) -> bool {
        let key = (place.to_owned(), name.to_owned());
        self.excuses.get_mut(&key).is_some_and(|needed| {
            *needed = true;
            true
        })
    }

    pub(crate) fn report(&mut self, place: &str, what: &str, fault: &str) {
        let what: String = what.chars().take(200).collect();
        self.found.insert(format!("{place}: {what} {fault}"));
    }

    pub(crate) fn assert_none(self) {
        let idle = self.excuses.into_iter().filter(|(_, needed)| !needed);
        let idle = idle
            .map(|((place, name), _)| format!("{place}: the excuse for `{name}` is not needed"));
        let all: Vec<_> = self.found.into_iter().chain(idle).collect();
        assert!(all.is_empty(), "{} findings:\n{}", all.len(), all.join("\n"));
    }
}

/// The folder that the environment names; without it, a word that the test did not run. Where it is
/// known to be at hand, `JIRA_FEEDS_REQUIRE_REAL_INPUT=1` makes its absence a failure.
#[allow(
    clippy::print_stderr,
    reason = "a test that did not run must not look like one that passed"
)]
pub(crate) fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var("JIRA_FEEDS_REQUIRE_REAL_INPUT").is_ok_and(|word| word == "1");
        assert!(!required, "{variable} is not set, and JIRA_FEEDS_REQUIRE_REAL_INPUT=1");
        eprintln!("not run: {variable} is not set");
    }
    folder
}
