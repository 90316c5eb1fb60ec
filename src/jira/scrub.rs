//! Takes the login out of what a server said: a proxy or gateway may send a request's headers back in
//! its error, and errors are shown.

use super::login::encoded;
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;

/// The forms in which the login could come back.
pub(super) struct Scrub(Vec<SecretString>);

impl Scrub {
    /// Of a login.
    pub(super) fn of(username: &str, token: &SecretString) -> Self {
        let plain = [encoded(username, token), token.clone()];
        let in_a_url = plain.each_ref().map(|secret| {
            let bytes = secret.expose_secret().as_bytes();
            SecretString::from(byte_serialize(bytes).collect::<String>())
        });
        Self(plain.into_iter().chain(in_a_url).collect())
    }

    /// Of nobody.
    pub(super) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// The words without the login. To be used on words as they are shown, but before they are cut: in
    /// the JSON that they came in, they may be written otherwise.
    pub(super) fn clean(&self, words: String) -> String {
        let secrets = self.0.iter().map(ExposeSecret::expose_secret);
        secrets.fold(words, |words, secret| words.replace(secret, "[redacted]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_is_sent_back_is_taken_out_in_all_its_forms() {
        let scrub = Scrub::of("me@acme.example", &SecretString::from("s3cret/token="));
        let header = encoded("me@acme.example", &SecretString::from("s3cret/token="));
        let words = format!(
            "Authorization: Basic {}; token s3cret/token=; s3cret%2Ftoken%3D",
            header.expose_secret()
        );
        assert_eq!(
            scrub.clean(words),
            "Authorization: Basic [redacted]; token [redacted]; [redacted]"
        );
    }

    #[test]
    fn all_else_stays_as_it_came() {
        let scrub = Scrub::of("me@acme.example", &SecretString::from("s3cret-token"));
        assert_eq!(scrub.clean("no login here".to_owned()), "no login here");
        assert_eq!(Scrub::nothing().clean("s3cret-token".to_owned()), "s3cret-token");
    }
}
