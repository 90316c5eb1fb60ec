//! `jira-feeds credential add NAME`

use super::arguments::{AddArguments, KeepIn};
use super::view::View;
use super::{Cli, Failure, Printer, ask, guidance, login, refused, settings, store};
use crate::config::Settings;
use crate::credential::{
    Credential, NewCredential, NewToken, Route, SavedCredential, SiteUrl, StoreError, TokenPlace,
    check_name, check_username,
};

/// What flags have given, read.
struct Given {
    site: Option<SiteUrl>,
    username: Option<String>,
    route: Route,
}

pub(super) async fn add(
    cli: &Cli,
    arguments: &AddArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let settings = settings(cli, printer)?;
    let store = store(&settings)?;
    let name = &arguments.name;
    check_name(name).map_err(|reason| refused(StoreError::Name { name: name.clone(), reason }))?;
    store.check_free(name).map_err(refused)?;
    let given = Given::read(arguments, printer)?;
    given.check_complete(arguments)?;
    let (new, token) = complete(arguments, given)?;
    let (token, account) = if arguments.no_test {
        (token, None)
    } else {
        tested(&new, token, &settings, printer).await?
    };
    let saved = store.add(new, &token).map_err(refused)?;
    if settings.credential.entries.contains_key(name) {
        printer.note(&format!(
            "the config declares a credential `{name}` too; it goes before the saved one"
        ));
    }
    let mut value = View::of_saved(&saved, store).value();
    value["account"] = account.clone().into();
    value["exit_code"] = 0.into();
    printer.result(|| text(&saved, account.as_deref(), store.folder()), &value);
    Ok(0)
}

impl Given {
    fn read(arguments: &AddArguments, printer: Printer) -> Result<Self, Failure> {
        let wrong = |flag: &str, reason: String| Failure::usage(format!("Flag --{flag}: {reason}"));
        let site = arguments.url.as_deref().map(SiteUrl::parse).transpose();
        let site = site.map_err(|error| wrong("url", error.to_string()))?;
        if let (Some(site), Some(text)) = (&site, &arguments.url)
            && text.ends_with('/')
        {
            printer.note(&format!("the slash at the end of the URL is not needed; {site} is used"));
        }
        let username = arguments.username.as_deref().map(|text| text.trim().to_owned());
        if let Some(username) = &username {
            check_username(username).map_err(|reason| wrong("username", reason.to_owned()))?;
        }
        let (cloud_id, gateway) = (arguments.cloud_id.as_deref(), arguments.gateway.as_deref());
        let route = Route::of_keys(arguments.scoped, cloud_id, gateway)
            .map_err(|(key, error)| wrong(&key.replace('_', "-"), error.to_string()))?;
        Ok(Self { site, username, route })
    }

    /// Where nobody can be asked, all that is missing is said at once.
    fn check_complete(&self, arguments: &AddArguments) -> Result<(), Failure> {
        if ask::is_possible() {
            return Ok(());
        }
        let has_token = arguments.token.token_stdin || arguments.token.from_env.is_some();
        let missing = [
            (self.site.is_none(), "--url URL"),
            (self.username.is_none(), "--username EMAIL"),
            (!has_token, "--token-stdin (or --from-env VARIABLE)"),
        ];
        let missing: Vec<_> =
            missing.iter().filter_map(|(is_missing, flag)| is_missing.then_some(*flag)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(format!(
            "Nothing can be asked, since standard input is no terminal. Give {}",
            missing.join(", ")
        )))
    }
}

/// Asks for what is missing. Once somebody is asked at all, the optional things are asked for too.
fn complete(arguments: &AddArguments, given: Given) -> Result<(NewCredential, NewToken), Failure> {
    let has_token = arguments.token.token_stdin || arguments.token.from_env.is_some();
    let asks =
        ask::is_possible() && (given.site.is_none() || given.username.is_none() || !has_token);
    let site = match given.site {
        Some(site) => site,
        None => ask::until_valid("Site (https://<company>.atlassian.net): ", |text| {
            SiteUrl::parse(text).map_err(|error| error.to_string())
        })?,
    };
    let username = match given.username {
        Some(username) => username,
        None => ask::until_valid("E-mail of the token's owner: ", |text| {
            check_username(text).map(|()| text.to_owned()).map_err(str::to_owned)
        })?,
    };
    let description = match &arguments.description {
        None if asks => ask::line("Whose it is and what for (Enter for nothing): ")?,
        given => given.clone().unwrap_or_default(),
    };
    if !has_token {
        Printer::ask(&guidance::text());
    }
    let expires = match arguments.token.expires {
        None if asks => super::rotate::ask_expiry()?,
        given => given,
    };
    let token = ask::token(&arguments.token)?;
    let new = NewCredential { name: arguments.name.clone(), description, site, username };
    let place = arguments.keep_in.map(|place| match place {
        KeepIn::File => TokenPlace::File,
        KeepIn::Keyring => TokenPlace::Keyring,
    });
    let token = NewToken { token, route: given.route, expires, place, is_tested: false };
    Ok((new, token))
}

/// The token as it works, and the name of its account.
async fn tested(
    new: &NewCredential,
    token: NewToken,
    settings: &Settings,
    printer: Printer,
) -> Result<(NewToken, Option<String>), Failure> {
    let credential = Credential {
        name: new.name.clone(),
        description: new.description.clone(),
        site: new.site.clone(),
        route: token.route.clone(),
        username: new.username.clone(),
        api_token: token.token.clone(),
        notes: Vec::new(),
    };
    let works = login::try_it(&credential, settings, printer, "Nothing is saved").await?;
    if let Some(note) = login::by_another_way(&token.route, &works.route) {
        printer.note(note);
    }
    let token = NewToken { route: works.route, is_tested: true, ..token };
    Ok((token, Some(works.account.display_name)))
}

fn text(saved: &SavedCredential, account: Option<&str>, folder: &std::path::Path) -> String {
    let name = &saved.name;
    let account = account.map_or_else(
        || "The login was not tested".to_owned(),
        |account| format!("The login works; Jira knows it as {account}"),
    );
    let place = match saved.token_place {
        TokenPlace::File => format!("a file below {} that only you can read", folder.display()),
        TokenPlace::Keyring => "the operating system's keyring".to_owned(),
    };
    format!(
        "Saved `{name}`: {} as {}\n{account}. The token is in {place}.\n\n\
         Use it with `credential = \"{name}\"` in a config, or --credential {name}. Next:\n  \
         jira-feeds check --credential {name}",
        saved.site, saved.username
    )
}
