//! `jira-feeds credential rotate NAME`

use super::arguments::RotateArguments;
use super::view::View;
use super::{
    Cli, Failure, Printer, ask, check_is_saved, guidance, login, refused, settings, store,
};
use crate::credential::{Credential, NewToken, SavedCredential};
use jiff::civil::Date;

pub(super) async fn rotate(
    cli: &Cli,
    arguments: &RotateArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let settings = settings(cli, printer)?;
    let store = store(&settings)?;
    let name = &arguments.name;
    check_is_saved(&settings, store, name)?;
    let old = store.get(name).map_err(refused)?;
    let token = new_token(arguments, &old)?;
    let credential = Credential {
        name: old.name.clone(),
        description: old.description.clone(),
        site: old.site.clone(),
        route: token.route.clone(),
        username: old.username.clone(),
        api_token: token.token.clone(),
        notes: Vec::new(),
    };
    let kept = "The old token is kept";
    let works = login::try_it(&credential, &settings, printer, kept).await?;
    if let Some(note) = login::by_another_way(&token.route, &works.route) {
        printer.note(note);
    }
    let token = NewToken { route: works.route, is_tested: true, ..token };
    let saved = store.rotate(name, &token).map_err(refused)?;
    if let (Some(old), None) = (old.expires, saved.expires) {
        printer.note(&format!(
            "{old} was the old token's end; give --expires YYYY-MM-DD to be reminded of the new one's"
        ));
    }
    let account = works.account.display_name;
    let mut value = View::of_saved(&saved, store).value();
    value["account"] = account.clone().into();
    value["exit_code"] = 0.into();
    let text = format!(
        "`{name}` has its new token; Jira knows it as {account}. Revoke the old one at {}",
        crate::credential::TOKEN_PAGE
    );
    printer.result(|| text, &value);
    Ok(0)
}

fn new_token(arguments: &RotateArguments, old: &SavedCredential) -> Result<NewToken, Failure> {
    let given = &arguments.token;
    let has_token = given.token_stdin || given.from_env.is_some();
    if !has_token && !ask::is_possible() {
        return Err(Failure::usage(
            "Nothing can be asked, since standard input is no terminal. Give --token-stdin (or --from-env VARIABLE)",
        ));
    }
    if !has_token {
        Printer::ask(&guidance::text());
    }
    let expires = match given.expires {
        None if !has_token => ask_expiry()?,
        given => given,
    };
    let token = ask::token(given)?;
    Ok(NewToken { token, route: old.route.clone(), expires, place: None, is_tested: false })
}

/// When the token ends, if it is known.
pub(super) fn ask_expiry() -> Result<Option<Date>, Failure> {
    let question = "Last day of the token (YYYY-MM-DD, Enter if you do not know): ";
    ask::until_valid(question, |text| match text {
        "" => Ok(None),
        text => text
            .parse()
            .map(Some)
            .map_err(|_| "this is not a date. Write it as in 2027-11-25".to_owned()),
    })
}
