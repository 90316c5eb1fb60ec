//! Logs and panics: what goes to stderr, how much of it, and in which form.
//!
//! Knows `tracing` only. Must not know what is logged; that no secret is logged is the promise of
//! those who hold one. Dependencies are kept below trace level whatever is asked for, since that is
//! where HTTP libraries show what goes over the wire.

mod defect;

pub use defect::{take_defect, tell_defects};

use std::io::IsTerminal;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, FilterFn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt};

/// The environment variable that says it all in one, in the language of `tracing`'s filters:
/// `JIRA_FEEDS_LOG=jira_feeds::jira=trace`. It goes before `-v` and `-q`.
pub const VARIABLE: &str = "JIRA_FEEDS_LOG";

/// The target that our own events begin with.
const OURS: &str = "jira_feeds";

/// How much is logged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// `-q`: errors.
    Quiet,
    /// Warnings of ours, errors of dependencies.
    #[default]
    Default,
    /// `-v` information, `-vv` debugging, `-vvv` everything and debugging of dependencies.
    Verbose(u8),
}

impl Verbosity {
    /// The verifier of certificates repeats as an error of its own what our error says.
    fn directives(self) -> &'static str {
        match self {
            Self::Quiet => "error,rustls_platform_verifier=off",
            Self::Default | Self::Verbose(0) => {
                "error,rustls_platform_verifier=off,jira_feeds=warn"
            }
            Self::Verbose(1) => "error,rustls_platform_verifier=off,jira_feeds=info",
            Self::Verbose(2) => "error,rustls_platform_verifier=off,jira_feeds=debug",
            Self::Verbose(_) => "debug,jira_feeds=trace",
        }
    }
}

/// The form of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Logs that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The variable holds no filter.
    #[error(
        "Environment variable {VARIABLE}: this is not a log filter. Give levels as in `debug` or `jira_feeds=trace,hyper=info`, or unset it"
    )]
    Filter(#[source] tracing_subscriber::filter::ParseError),
    /// Logs are set up already.
    #[error("Logs are set up twice in one process. Call `telemetry::init` once, first of all")]
    Twice(#[source] tracing_subscriber::util::TryInitError),
}

/// Sends logs to stderr from now on, in colour where that is a terminal.
pub fn init(verbosity: Verbosity, format: LogFormat) -> Result<(), TelemetryError> {
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    init_to(std::io::stderr, verbosity, format, colours)
}

/// The same to another writer: one that takes turns with progress bars.
pub fn init_to<W>(
    writer: W,
    verbosity: Verbosity,
    format: LogFormat,
    colours: bool,
) -> Result<(), TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let asked = std::env::var(VARIABLE).ok();
    let filter = filter(asked.as_deref(), verbosity)?;
    subscriber(writer, filter, format, colours).try_init().map_err(TelemetryError::Twice)
}

fn filter(asked: Option<&str>, verbosity: Verbosity) -> Result<EnvFilter, TelemetryError> {
    let asked = asked.filter(|text| !text.trim().is_empty());
    EnvFilter::try_new(asked.unwrap_or(verbosity.directives())).map_err(TelemetryError::Filter)
}

fn subscriber<W>(
    writer: W,
    filter: EnvFilter,
    format: LogFormat,
    colours: bool,
) -> impl Subscriber + Send + Sync + 'static
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = filter.and(FilterFn::new(is_safe));
    let lines = fmt::layer().with_writer(writer).with_ansi(colours);
    let lines = match format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_filter(filter).boxed(),
    };
    Registry::default().with(lines)
}

/// Whether an event cannot show what goes over the wire.
fn is_safe(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::DEBUG
        || metadata.target() == OURS
        || metadata.target().starts_with("jira_feeds::")
}

#[cfg(test)]
mod tests;
