//! `jira-feeds credential`: one file a command.

mod add;
mod arguments;
mod ask;
mod guidance;
mod list;
mod login;
mod remove;
mod rotate;
mod show;
mod test;
mod view;

pub(crate) use arguments::CredentialCommand;

use super::arguments::{Cli, Selection};
use super::failure::Failure;
use super::printer::Printer;
use crate::config::{self, Settings};
use crate::credential::{CredentialError, Store, StoreError};

pub(crate) async fn credential(
    cli: &Cli,
    command: &CredentialCommand,
    printer: Printer,
) -> Result<u8, Failure> {
    match command {
        CredentialCommand::Add(arguments) => add::add(cli, arguments, printer).await,
        CredentialCommand::List => list::list(cli, printer),
        CredentialCommand::Show { name } => show::show(cli, name, printer),
        CredentialCommand::Test { name } => test::test(cli, name, printer).await,
        CredentialCommand::Rotate(arguments) => rotate::rotate(cli, arguments, printer).await,
        CredentialCommand::Remove { name, yes } => remove::remove(cli, name, *yes, printer),
    }
}

/// The settings: their limits hold for tests too, and their credentials stand beside the saved ones.
fn settings(cli: &Cli, printer: Printer) -> Result<Settings, Failure> {
    let loaded = config::load(&cli.source(&Selection::default()))?;
    printer.notes(&loaded.notes);
    Ok(loaded.settings)
}

fn store(settings: &Settings) -> Result<&Store, Failure> {
    settings.credential.store.as_ref().ok_or_else(|| refused(StoreError::NoFolder))
}

fn refused(error: StoreError) -> Failure {
    CredentialError::from(error).into()
}

/// A saved credential is meant; one that only the config declares is not ours to change.
fn check_is_saved(settings: &Settings, store: &Store, name: &str) -> Result<(), Failure> {
    let is_saved = store.names().map_err(refused)?.iter().any(|saved| saved == name);
    if !is_saved && settings.credential.entries.contains_key(name) {
        return Err(Failure::usage(format!(
            "Credential `{name}` is declared in the config and not saved. Change it there"
        )));
    }
    Ok(())
}
