//! The command line: one file a command. Prints what the floors below found out; decides nothing.

mod arguments;
mod backfill;
mod check;
mod compact;
mod config;
mod core_dumps;
mod credential;
mod defect;
#[cfg(feature = "demo")]
mod demo;
mod failure;
mod feeds;
mod infer;
mod plan;
mod preview;
mod printer;
mod progress;
mod run;
#[cfg(feature = "demo")]
mod sandbox;
mod signals;
mod state;
mod table;
mod values;
mod view;

use crate::telemetry;
use arguments::{Cli, Command, ConfigCommand, FeedsCommand};
use clap::Parser;
use failure::Failure;
use printer::Printer;
use std::process::ExitCode;

/// Reads the arguments, carries out the command and says what to exit with.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(misused(&error)),
    };
    let printer = Printer::new(cli.output, cli.shows_notes(), cli.shows_progress());
    telemetry::tell_defects(cli.log_format());
    let logs = telemetry::init(cli.verbosity(), cli.log_format());
    core_dumps::forbid();
    let result = logs.map_err(|error| Failure::usage(error.to_string()));
    let code = match result.and_then(|()| defect::contain(|| carry_out(&cli, printer))) {
        Ok(code) => code,
        Err(failure) => printer.failure(&failure),
    };
    ExitCode::from(code)
}

/// Prints help, or what is wrong with the arguments; programs get the error as their one object too.
fn misused(error: &clap::Error) -> u8 {
    let _ = error.print();
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    if error.use_stderr() && asks_for_json(std::env::args()) {
        let message = error.to_string().trim().to_owned();
        Printer::failure_value(&Failure { message, exit_code: code, is_told: true });
    }
    code
}

/// Whether `--output json` is among arguments that cannot be read as a whole.
fn asks_for_json(arguments: impl Iterator<Item = String>) -> bool {
    let arguments: Vec<_> = arguments.collect();
    let is_flag = |text: &str| text == "--output" || text == "-o";
    arguments.iter().any(|text| text == "--output=json" || text == "-ojson")
        || arguments.windows(2).any(|pair| is_flag(&pair[0]) && pair[1] == "json")
}

fn carry_out(cli: &Cli, printer: Printer) -> Result<u8, Failure> {
    match &cli.command {
        Command::Run(arguments) => on_runtime(run::run(cli, arguments, printer)),
        Command::Plan(arguments) => on_runtime(plan::plan(cli, arguments, printer)),
        Command::Check(arguments) => on_runtime(check::check(cli, arguments, printer)),
        Command::Preview(arguments) => on_runtime(preview::preview(cli, arguments, printer)),
        Command::Credential { command } => {
            on_runtime(credential::credential(cli, command, printer))
        }
        Command::Feeds(arguments) => match &arguments.command {
            Some(FeedsCommand::Infer(sample)) => on_runtime(infer::infer(cli, sample, printer)),
            Some(FeedsCommand::Show { feed }) => feeds::show_one(cli, feed, printer),
            None => feeds::list_all(cli, printer),
        },
        Command::Compact(arguments) => on_runtime(compact::compact(cli, arguments, printer)),
        Command::State { command } => on_runtime(state::state(cli, command, printer)),
        Command::View(arguments) => on_runtime(view::view(cli, arguments, printer)),
        Command::Config { command } => match command {
            ConfigCommand::Init { path } => config::init(path, printer),
            ConfigCommand::Show(selection) => config::show(cli, selection, printer),
            ConfigCommand::Validate => config::validate(cli, printer),
            ConfigCommand::Schema => Ok(config::schema(printer)),
        },
        #[cfg(feature = "demo")]
        Command::Demo(arguments) => on_runtime(demo::demo(arguments, printer)),
        #[cfg(feature = "demo")]
        Command::Sandbox(arguments) => on_runtime(sandbox::sandbox(arguments, printer)),
    }
}

fn on_runtime(command: impl Future<Output = Result<u8, Failure>>) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::unexpected("start the runtime", &error))?;
    let result = defect::contain(|| {
        runtime.block_on(async {
            let result = command.await;
            defect::force();
            result
        })
    });
    // A thread that hangs in a system call must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    result
}
