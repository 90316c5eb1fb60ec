//! Questions at a terminal. Each is asked on stderr, so that stdout stays for results.

use super::Failure;
use super::Printer;
use super::arguments::TokenArguments;
use crate::cli::signals;
use crate::credential::{ApiToken, CredentialError, Environment, SecretError, SecretSource};
use crate::run::Signal;
use std::io::{BufRead, ErrorKind, IsTerminal, Read};

/// No token is nearly as long.
const LIMIT: u64 = 64 * 1024;

const ENDED: &str = "The input ended before everything was asked. Nothing is saved";

/// Whether there is somebody to ask.
pub(super) fn is_possible() -> bool {
    std::io::stdin().is_terminal()
}

/// One line, without the white space around it.
pub(super) fn line(question: &str) -> Result<String, Failure> {
    Printer::ask(question);
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(0) => Err(Failure::usage(ENDED)),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(Failure::unexpected("read the answer", &error)),
    }
}

/// Asks until the answer can be read.
pub(super) fn until_valid<T>(
    question: &str,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    loop {
        match read(&line(question)?) {
            Ok(value) => return Ok(value),
            Err(reason) => Printer::ask(&format!("  {reason}\n")),
        }
    }
}

/// A yes, where anything else is a no.
pub(super) fn yes(question: &str) -> Result<bool, Failure> {
    let answer = line(question)?.to_ascii_lowercase();
    Ok(answer == "y" || answer == "yes")
}

/// The token from where the flags say; typed unseen where they say nothing.
pub(super) fn token(given: &TokenArguments) -> Result<ApiToken, Failure> {
    match &given.from_env {
        Some(variable) => {
            let source = SecretSource::environment(variable);
            let token = source.token(&Environment::of_process());
            token.map_err(|reason| refused("Flag --from-env", reason))
        }
        None if is_possible() => typed(),
        None => piped(),
    }
}

/// The last question of all: from here on an interruption is for the login to notice.
fn typed() -> Result<ApiToken, Failure> {
    signals::hold_interrupts();
    loop {
        Printer::ask("API token (typed unseen): ");
        let text = rpassword::read_password().map_err(|error| match error.kind() {
            ErrorKind::Interrupted => {
                let exit_code = Signal::Interrupt.exit_code();
                Failure::new("Interrupted. Nothing is saved", exit_code)
            }
            ErrorKind::UnexpectedEof => Failure::usage(ENDED),
            _ => Failure::unexpected("read the token from the terminal", &error),
        })?;
        match ApiToken::from_text(text, "what you typed") {
            Ok(token) => return Ok(token),
            Err(reason) => Printer::ask(&format!("  {reason}\n")),
        }
    }
}

fn piped() -> Result<ApiToken, Failure> {
    let mut text = String::new();
    let origin = "standard input";
    let read = std::io::stdin().lock().take(LIMIT + 1).read_to_string(&mut text);
    let token = match read {
        Ok(length) if length as u64 > LIMIT => {
            Err(SecretError::TooLong { origin: origin.to_owned(), limit: LIMIT })
        }
        Ok(_) => ApiToken::from_text(text, origin),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(SecretError::NotText { origin: origin.to_owned() })
        }
        Err(error) => return Err(Failure::unexpected("read standard input", &error)),
    };
    token.map_err(|reason| refused("Flag --token-stdin", reason))
}

fn refused(place: &str, reason: SecretError) -> Failure {
    CredentialError::Secret { place: place.to_owned(), reason }.into()
}
