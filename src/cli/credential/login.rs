//! The login that is tried before anything is saved.

use super::{Failure, Printer};
use crate::config::Settings;
use crate::credential::{Credential, Route};
use crate::run::{self, LoginTest, Stop};

/// Logs in; a failure says what has become of the token.
pub(super) async fn try_it(
    credential: &Credential,
    settings: &Settings,
    printer: Printer,
    otherwise: &str,
) -> Result<LoginTest, Failure> {
    let stop = Stop::default();
    crate::cli::signals::listen(&stop);
    printer.note(&format!("logging in to {} as {}", credential.site, credential.username));
    run::test_login(credential, settings, &stop).await.map_err(|error| {
        let failure = Failure::from(error);
        Failure { message: format!("{}. {otherwise}", failure.message), ..failure }
    })
}

/// What to say where a login works by another way than was given.
pub(super) fn by_another_way(given: &Route, works: &Route) -> Option<&'static str> {
    match (given.scoped, works.scoped) {
        (false, true) => Some(
            "the token has scopes: it works through Atlassian's gateway only, and is saved that way",
        ),
        (true, false) => Some(
            "the token has no scopes: it works on the site's own host only, and is saved that way",
        ),
        _ => None,
    }
}
