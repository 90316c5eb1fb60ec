//! `jira-feeds credential remove NAME`

use super::{Cli, Failure, Printer, ask, check_is_saved, refused, settings, store};
use crate::credential::{StoreError, TOKEN_PAGE};

pub(super) fn remove(
    cli: &Cli,
    name: &str,
    is_sure: bool,
    printer: Printer,
) -> Result<u8, Failure> {
    let settings = settings(cli, printer)?;
    let store = store(&settings)?;
    check_is_saved(&settings, store, name)?;
    let described = match store.get(name) {
        Ok(saved) => format!("{} as {}", saved.site, saved.username),
        Err(error @ StoreError::Unknown { .. }) => return Err(refused(error)),
        // What cannot be read may be removed all the more.
        Err(error) => error.to_string(),
    };
    if !is_sure && !ask::is_possible() {
        return Err(Failure::usage(
            "Nothing can be asked, since standard input is no terminal. Give --yes",
        ));
    }
    let question = format!("Remove `{name}` ({described}) and its token? [y/N] ");
    if !is_sure && !ask::yes(&question)? {
        return Err(Failure::usage(format!("`{name}` is kept")));
    }
    store.remove(name).map_err(refused)?;
    let text =
        format!("Removed `{name}`. Its token is still valid for Jira: revoke it at {TOKEN_PAGE}");
    printer.result(|| text, &serde_json::json!({ "name": name, "removed": true, "exit_code": 0 }));
    Ok(0)
}
