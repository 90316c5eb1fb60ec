//! `jira-feeds credential show NAME`

use super::view::View;
use super::{Cli, Failure, Printer, refused, settings};
use crate::credential::Chosen;

pub(super) fn show(cli: &Cli, name: &str, printer: Printer) -> Result<u8, Failure> {
    let settings = settings(cli, printer)?;
    let mut choice = settings.credential;
    choice.chosen = Some(Chosen { name: name.to_owned(), place: "Argument NAME".to_owned() });
    let entry = choice.entry()?;
    let view = match &choice.store {
        Some(store) if entry.api_token.is_saved() => {
            View::of_saved(&store.get(name).map_err(refused)?, store)
        }
        _ => View::of_config(&entry),
    };
    let mut value = view.value();
    value["exit_code"] = 0.into();
    printer.result(|| view.text(), &value);
    Ok(0)
}
