//! How long a soak is, and what it has counted: one line for each test, which `make soak` gathers into a table.

use std::fmt;

/// The seeds to try: the one that `JIRA_FEEDS_SEED` names, or as many as `JIRA_FEEDS_SOAK` says, or a few.
pub fn seeds(short: u64) -> std::ops::RangeInclusive<u64> {
    match (number("JIRA_FEEDS_SEED"), number("JIRA_FEEDS_SOAK")) {
        (Some(seed), _) => seed..=seed,
        (None, long) => 1..=long.unwrap_or(short),
    }
}

/// Whether the long versions were asked for.
pub fn is_soak() -> bool {
    number("JIRA_FEEDS_SOAK").is_some()
}

/// The number in an environment variable, if it is there.
pub fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What was done to a lake, and what became of it.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    /// Histories, each with a site and a lake of its own.
    pub histories: u64,
    /// Runs that were started.
    pub runs: u64,
    /// Runs that were killed, or told to stop, before they had ended.
    pub kills: u64,
    /// Changes of the site.
    pub changes: u64,
    /// Faults that the site was told to have.
    pub faults: u64,
    /// Rows of the current view that were held against the site.
    pub rows: u64,
    /// Differences between the current view and the site.
    pub losses: u64,
    /// Rows that stood in the lake twice.
    pub doubles: u64,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.runs += other.runs;
        self.kills += other.kills;
        self.changes += other.changes;
        self.faults += other.faults;
        self.rows += other.rows;
        self.losses += other.losses;
        self.doubles += other.doubles;
    }

    #[allow(clippy::print_stderr, reason = "figures are for who looks at the test")]
    pub fn tell(&self, test: &str) {
        eprintln!("FIGURES {test} {self}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, runs, kills, changes, faults, rows, losses, doubles } = self;
        write!(
            formatter,
            "histories={histories} runs={runs} kills={kills} changes={changes} faults={faults} rows={rows} losses={losses} doubles={doubles}"
        )
    }
}
