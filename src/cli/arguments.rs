//! What can be typed.

use super::credential::CredentialCommand;
use crate::config::{self, ConfigSource, Overrides};
use crate::run;
use crate::telemetry::{self, Verbosity};
use crate::view;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

/// Extracts Jira Cloud into Parquet: every feed the account may read, and an account of those it may not.
///
/// Exit codes: 0 every feed complete; 1 unexpected failure; 2 bad usage or config; 3 not authenticated;
/// 4 some feeds denied or partial; 5 some feeds failed; 130 or 143 interrupted.
#[derive(Debug, Parser)]
#[command(name = "jira-feeds", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    /// The config file; without it ./jira-feeds.toml, if there is one
    #[arg(short, long, global = true, value_name = "FILE", env = "JIRA_FEEDS_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// How results are printed; with json the last line of stdout is one object
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Output,
    /// More of what is going on, on stderr; twice for requests, three times for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Errors only, and no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// The form of log lines on stderr
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Extract the chosen feeds into the destination
    Run(RunArguments),
    /// Show what a run would read, and estimate its requests and time; nothing is written
    Plan(PlanArguments),
    /// Say what the credential may read, feed by feed; nothing is written
    Check(CheckArguments),
    /// List the feeds, or show one
    Feeds(FeedsArguments),
    /// Print the first records of a feed as they would be written
    Preview(PreviewArguments),
    /// Print the SQL of a view that shows a feed as it is now
    View(ViewArguments),
    /// Rewrite the lake to the rows that count, in few files
    Compact(CompactArguments),
    /// Show or forget what runs have left for the next ones
    State {
        #[command(subcommand)]
        command: StateCommand,
    },
    /// Save logins, so that configs and flags can name them
    Credential {
        #[command(subcommand)]
        command: CredentialCommand,
    },
    /// Write, check or describe the config file
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Extract a made-up Jira site that this program serves itself
    #[cfg(feature = "demo")]
    Demo(DemoArguments),
    /// Serve the made-up Jira site of the demo, for trying things out
    #[cfg(feature = "demo")]
    Sandbox(SandboxArguments),
}

/// What any command may choose instead of the config file.
#[derive(Debug, Args, Default)]
pub(crate) struct Selection {
    /// Feeds, groups (agile.*) or "*", instead of those of the config
    #[arg(value_name = "FEED")]
    pub(crate) feeds: Vec<String>,
    /// Which of the configured or saved credentials to use
    #[arg(long, value_name = "NAME")]
    pub(crate) credential: Option<String>,
    /// Which issues, in JQL without ORDER BY
    #[arg(long, value_name = "JQL")]
    pub(crate) jql: Option<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// The folder or store to write to, instead of that of the config
    #[arg(short, long, value_name = "URL")]
    pub(crate) destination: Option<String>,
    /// The run's id; the same id again replaces what that run has written
    #[arg(long, value_name = "ID")]
    pub(crate) run_id: Option<String>,
    /// The date of the partitions, instead of today's in UTC
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<jiff::civil::Date>,
    /// The least to exit with 4 for: a denied feed, a partial one, or one that is complete and empty;
    /// each includes those before it
    #[arg(long, value_enum, default_value_t, value_name = "OUTCOME")]
    pub(crate) fail_on: FailOn,
    /// Exit with 0 although some feeds are denied or partial
    #[arg(long, conflicts_with = "fail_on")]
    pub(crate) allow_denied: bool,
    /// Wait for another run on the destination, as long as it takes or no longer than this (10m);
    /// without it such a run is refused
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "forever", value_parser = patience)]
    pub(crate) wait: Option<Duration>,
    /// Leave out the `_raw` column
    #[arg(long)]
    pub(crate) no_raw: bool,
    /// Read incremental feeds from the beginning, as if nothing were known of them
    #[arg(long, conflicts_with = "since")]
    pub(crate) full_refresh: bool,
    /// Show what would be read, as `plan` does, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) range: RangeArguments,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// The folder or store that the run would write to, instead of that of the config
    #[arg(short, long, value_name = "URL")]
    pub(crate) destination: Option<String>,
    #[command(flatten)]
    pub(crate) range: RangeArguments,
}

/// A part of the past.
#[derive(Debug, Args)]
pub(crate) struct RangeArguments {
    /// Read a part of the past from here on, beside what incremental runs go on from: a date, an
    /// instant, or how long ago (90d); UTC
    #[arg(long, value_name = "WHEN")]
    since: Option<run::Moment>,
    /// Where that part ends, which is not in it; without it the present
    #[arg(long, value_name = "WHEN", requires = "since")]
    until: Option<run::Moment>,
    /// Which date of an issue must lie in it; without it when it was created
    #[arg(long, value_enum, value_name = "DATE", requires = "since")]
    by: Option<IssueDate>,
    /// Read it in windows of the calendar, each committed by itself
    #[arg(long, value_enum, value_name = "WINDOW", requires = "since")]
    window: Option<WindowSize>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// Ask feeds that have parents (sprints of boards) for every parent, instead of the first 50
    #[arg(long)]
    pub(crate) every_parent: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FeedsArguments {
    #[command(subcommand)]
    pub(crate) command: Option<FeedsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FeedsCommand {
    /// Show one feed: endpoint, key, permission, columns
    Show {
        /// Its name
        #[arg(value_name = "FEED")]
        feed: String,
    },
    /// Read a sample of a custom feed and print its entry with columns
    Infer(PreviewArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PreviewArguments {
    /// The feed
    #[arg(value_name = "FEED")]
    pub(crate) feed: String,
    /// How many records
    #[arg(short = 'n', long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) limit: u32,
    /// Which of the configured or saved credentials to use
    #[arg(long, value_name = "NAME")]
    pub(crate) credential: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ViewArguments {
    /// The feed
    #[arg(value_name = "FEED")]
    pub(crate) feed: String,
    /// Whose SQL
    #[arg(long, value_enum, default_value_t, value_name = "DIALECT")]
    dialect: Dialect,
    /// How the feed was read, instead of what the config says
    #[arg(long, value_enum, value_name = "MODE")]
    mode: Option<Mode>,
    /// The view's name, instead of one made of the feed's
    #[arg(long, value_name = "VIEW")]
    pub(crate) name: Option<String>,
    /// The schema that holds a table of the feed's name: trino, bigquery and snowflake read that
    #[arg(long, value_name = "SCHEMA")]
    pub(crate) source: Option<String>,
    /// The folder or store that holds the feed, instead of that of the config
    #[arg(short, long, value_name = "URL")]
    pub(crate) destination: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompactArguments {
    /// Feeds, groups (agile.*) or "*", instead of all that the lake has
    #[arg(value_name = "FEED")]
    pub(crate) feeds: Vec<String>,
    /// The folder or store, instead of that of the config
    #[arg(short, long, value_name = "URL")]
    pub(crate) destination: Option<String>,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Wait for another run on the destination, as `run --wait` does
    #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "forever", value_parser = patience)]
    pub(crate) wait: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// Say how far the lake has got with each feed
    Show(StateArguments),
    /// Forget it: the next incremental run reads the feeds from the beginning. Their rows stay
    Reset {
        #[command(flatten)]
        arguments: StateArguments,
        /// Wait for another run on the destination, as `run --wait` does
        #[arg(long, value_name = "DURATION", num_args = 0..=1, default_missing_value = "forever", value_parser = patience)]
        wait: Option<Duration>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct StateArguments {
    /// Feeds, groups (agile.*) or "*", instead of all that have a state
    #[arg(value_name = "FEED")]
    pub(crate) feeds: Vec<String>,
    /// The folder or store, instead of that of the config
    #[arg(short, long, value_name = "URL")]
    pub(crate) destination: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Write a config file to start from
    Init {
        /// Where
        #[arg(default_value = "jira-feeds.toml", value_name = "FILE")]
        path: PathBuf,
    },
    /// Print every key with its value and where that comes from; no secret is read or shown
    Show(Selection),
    /// Check the config and that its secret can be read; nothing is asked of Jira
    Validate,
    /// Print the JSON Schema of the config file
    Schema,
}

#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// How many issues the made-up site has
    #[arg(long, default_value_t = 2000, value_name = "N")]
    pub(crate) issues: u32,
    /// Another seed makes another site
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// Where to write
    #[arg(short, long, default_value = "./lake", value_name = "FOLDER")]
    pub(crate) destination: String,
}

#[cfg(feature = "demo")]
#[derive(Debug, Args)]
pub(crate) struct SandboxArguments {
    /// How many issues the made-up site has
    #[arg(long, default_value_t = 5000, value_name = "N")]
    pub(crate) issues: u32,
    /// Another seed makes another site
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8099, value_name = "PORT")]
    pub(crate) port: u16,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Tables, for people
    #[default]
    Text,
    /// JSON, for programs
    Json,
}

/// What a run exits with 4 for.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum FailOn {
    /// A denied feed
    Denied,
    /// A denied or partial feed
    #[default]
    Partial,
    /// A denied or partial feed, or one without records
    Empty,
}

/// The dates of an issue that a window can be about.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum IssueDate {
    /// When it came to be
    Created,
    /// When it changed last
    Updated,
}

/// Windows of the calendar, in UTC.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum WindowSize {
    /// From midnight to midnight
    Day,
    /// From Monday to Monday
    Week,
    /// From the first to the first
    Month,
    /// From January to January
    Year,
}

/// Whose SQL is printed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Dialect {
    /// Reads the files of the lake
    #[default]
    #[value(name = "duckdb")]
    DuckDb,
    /// Reads the files of the lake, as temporary views
    Spark,
    /// Reads a table over the feed's folder
    Trino,
    /// Reads a table over the feed's folder
    #[value(name = "bigquery")]
    BigQuery,
    /// Reads a table over the feed's folder
    Snowflake,
}

/// How a feed was read.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mode {
    /// Everything, every time: the latest date is current
    Full,
    /// What has changed, each time: the latest row of each key is current
    Incremental,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One object a line
    Json,
}

/// `forever`, or a length of time such as `10m`.
fn patience(text: &str) -> Result<Duration, String> {
    match text {
        "forever" => Ok(Duration::MAX),
        _ => humantime::parse_duration(text)
            .map_err(|_| "give a length of time, as in 10m, or put the feeds first".to_owned()),
    }
}

impl RunArguments {
    /// What the run exits with 4 for.
    pub(crate) fn fail_on(&self) -> run::FailOn {
        match self.fail_on {
            _ if self.allow_denied => run::FailOn::Nothing,
            FailOn::Denied => run::FailOn::Denied,
            FailOn::Partial => run::FailOn::Partial,
            FailOn::Empty => run::FailOn::Empty,
        }
    }
}

impl RangeArguments {
    /// The part of the past that was typed, if one was.
    pub(crate) fn range(&self) -> Option<run::BackfillRange> {
        Some(run::BackfillRange {
            since: self.since?,
            until: self.until,
            by: match self.by {
                Some(IssueDate::Updated) => run::IssueDate::Updated,
                Some(IssueDate::Created) | None => run::IssueDate::Created,
            },
            size: self.window.map(|window| match window {
                WindowSize::Day => run::WindowSize::Day,
                WindowSize::Week => run::WindowSize::Week,
                WindowSize::Month => run::WindowSize::Month,
                WindowSize::Year => run::WindowSize::Year,
            }),
        })
    }
}

impl ViewArguments {
    pub(crate) fn dialect(&self) -> view::Dialect {
        match self.dialect {
            Dialect::DuckDb => view::Dialect::DuckDb,
            Dialect::Spark => view::Dialect::Spark,
            Dialect::Trino => view::Dialect::Trino,
            Dialect::BigQuery => view::Dialect::BigQuery,
            Dialect::Snowflake => view::Dialect::Snowflake,
        }
    }

    /// The dialect as it was typed.
    pub(crate) fn dialect_name(&self) -> String {
        let value = self.dialect.to_possible_value();
        value.map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// The mode that was typed.
    pub(crate) fn mode(&self) -> Option<config::Mode> {
        self.mode.map(|mode| match mode {
            Mode::Full => config::Mode::Full,
            Mode::Incremental => config::Mode::Incremental,
        })
    }
}

impl Cli {
    pub(crate) fn log_format(&self) -> telemetry::LogFormat {
        match self.log_format {
            LogFormat::Text => telemetry::LogFormat::Text,
            LogFormat::Json => telemetry::LogFormat::Json,
        }
    }

    pub(crate) fn verbosity(&self) -> Verbosity {
        match self.verbose {
            _ if self.quiet => Verbosity::Quiet,
            0 => Verbosity::Default,
            more => Verbosity::Verbose(more),
        }
    }

    /// Remarks are neither results nor errors.
    pub(crate) fn shows_notes(&self) -> bool {
        !self.quiet
    }

    /// Bars would mix with log lines, and nobody watches a pipe.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && self.verbose == 0 && std::io::stderr().is_terminal()
    }

    /// Where the config comes from, with what the flags say.
    pub(crate) fn source(&self, selection: &Selection) -> ConfigSource {
        let feeds = (!selection.feeds.is_empty()).then(|| selection.feeds.clone());
        let overrides = Overrides {
            credential: selection.credential.clone(),
            feeds,
            jql: selection.jql.clone(),
            ..Overrides::default()
        };
        ConfigSource { path: self.config.clone(), overrides }
    }
}
