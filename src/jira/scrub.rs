//! Takes the login out of what a server said: a proxy or gateway may send a request's headers back in
//! its error, and errors are shown.

use super::login::encoded;
use bytes::Bytes;
use secrecy::{ExposeSecret, SecretString};

/// The forms in which the login could come back.
pub(super) struct Scrub(Vec<SecretString>);

impl Scrub {
    /// Of a login.
    pub(super) fn of(username: &str, token: &SecretString) -> Self {
        Self(vec![encoded(username, token), token.clone()])
    }

    /// Of nobody.
    pub(super) fn nothing() -> Self {
        Self(Vec::new())
    }

    /// The body without the login.
    pub(super) fn clean(&self, body: Bytes) -> Bytes {
        let text = String::from_utf8_lossy(&body);
        let secrets = self.0.iter().map(ExposeSecret::expose_secret);
        let found: Vec<_> = secrets.filter(|secret| text.contains(*secret)).collect();
        if found.is_empty() {
            return body;
        }
        let clean = |text: String, secret: &&str| text.replace(*secret, "[redacted]");
        found.iter().fold(text.into_owned(), clean).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_is_sent_back_is_taken_out_in_both_forms() {
        let scrub = Scrub::of("me@acme.example", &SecretString::from("s3cret-token"));
        let header = encoded("me@acme.example", &SecretString::from("s3cret-token"));
        let body = format!("Authorization: Basic {}; token s3cret-token", header.expose_secret());
        assert_eq!(scrub.clean(body.into()), "Authorization: Basic [redacted]; token [redacted]");
    }

    #[test]
    fn all_else_stays_as_it_came() {
        let scrub = Scrub::of("me@acme.example", &SecretString::from("s3cret-token"));
        let body = Bytes::from_static(b"\xff no login here");
        assert_eq!(scrub.clean(body.clone()), body);
        assert_eq!(Scrub::nothing().clean(body.clone()), body);
    }
}
