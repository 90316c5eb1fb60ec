//! The API token as a type that cannot be printed.

use super::SecretError;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// An API token. `Debug` shows nothing of it, there is no `Display` and no `Serialize`, and its
/// memory is wiped when it goes.
#[derive(Clone)]
pub struct ApiToken(SecretString);

impl ApiToken {
    /// Takes the token out of a text that came from `origin`, as that is to be named in an error.
    ///
    /// A trailing newline belongs to the file or the command, not to the token. A control character
    /// is refused because the token goes into an HTTP header.
    pub(crate) fn from_text(mut text: String, origin: &str) -> Result<Self, SecretError> {
        // Windows editors put a byte order mark first; as part of a token it is invisible and wrong.
        let token = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
        let checked = if token.trim().is_empty() {
            Err(SecretError::Empty { origin: origin.to_owned() })
        } else if token.chars().any(char::is_control) {
            Err(SecretError::ControlCharacter { origin: origin.to_owned() })
        } else {
            Ok(Self(SecretString::from(token)))
        };
        text.zeroize();
        checked
    }

    /// The token as the secret that it is.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The token in the clear, for the one place that builds the login header.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiToken([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        ApiToken::from_text(text.to_owned(), "the file").expect_err("refused").to_string()
    }

    #[test]
    fn a_trailing_newline_is_not_part_of_the_token() {
        for text in ["s3cret", "s3cret\n", "s3cret\r\n", "\u{feff}s3cret\n\n"] {
            let token = ApiToken::from_text(text.to_owned(), "the file").expect("a token");
            assert_eq!(token.expose(), "s3cret");
        }
    }

    #[test]
    fn nothing_prints_it() {
        let token = ApiToken::from_text("s3cret".into(), "the file").expect("a token");
        assert_eq!(format!("{token:?} {token:#?}"), "ApiToken([redacted]) ApiToken([redacted])");
    }

    #[test]
    fn empty_and_unprintable_tokens_are_refused_without_showing_them() {
        for text in ["", "\n", "  \t\n"] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(refusal(text), @"the file is empty. Put an API token there; https://id.atlassian.com/manage-profile/security/api-tokens makes one");
            }
        }
        insta::assert_snapshot!(refusal("s3cret\nX-Evil: 1\n"), @"the file holds a line break or another control character. Leave only the token in it, on one line");
    }
}
