//! `jira-feeds credential test NAME`

use super::{Cli, Failure, Printer, login, settings};
use crate::credential::Chosen;

pub(super) async fn test(cli: &Cli, name: &str, printer: Printer) -> Result<u8, Failure> {
    let settings = settings(cli, printer)?;
    let mut choice = settings.credential.clone();
    choice.chosen = Some(Chosen { name: name.to_owned(), place: "Argument NAME".to_owned() });
    let reading = choice.clone();
    let reading = tokio::task::spawn_blocking(move || reading.resolve()).await;
    let credential = reading.map_err(|error| Failure::unexpected("read the token", &error))??;
    printer.notes(&credential.notes);
    let works = login::try_it(&credential, &settings, printer, "Nothing is changed").await?;
    if works.route.scoped != credential.route.scoped {
        return Err(wrong_way(name, works.route.scoped));
    }
    // That a test has passed is true also where it cannot be noted down.
    if let Err(error) = choice.mark_tested() {
        printer.note(&error.to_string());
    }
    let text = format!(
        "The login of `{name}` works: {} knows {} as {}",
        credential.site, credential.username, works.account.display_name
    );
    let value = serde_json::json!({
        "name": name, "url": credential.site.to_string(), "username": credential.username,
        "account": works.account.display_name, "account_id": works.account.id,
        "scoped": works.route.scoped, "notes": credential.notes, "exit_code": 0,
    });
    printer.result(|| text, &value);
    Ok(0)
}

/// The token is good, and every run would be refused all the same.
fn wrong_way(name: &str, scoped: bool) -> Failure {
    let (which, key) = if scoped {
        ("has scopes and works through Atlassian's gateway only", "true")
    } else {
        ("has no scopes and works on the site's own host only", "false")
    };
    let message = format!(
        "The token of `{name}` {which}. Set `scoped = {key}` where the config declares it, or save the token anew with `jira-feeds credential rotate {name}`"
    );
    Failure::new(message, 3)
}
