//! What is known of a saved credential, without its token.

use crate::credential::{ApiToken, Route, SiteUrl};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A saved login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedCredential {
    /// Its name.
    pub name: String,
    /// Whose it is and what for; may be empty.
    pub description: String,
    /// The site that it logs in to.
    pub site: SiteUrl,
    /// Which way its requests go.
    pub route: Route,
    /// The account's e-mail address.
    pub username: String,
    /// Where the token is.
    pub token_place: TokenPlace,
    /// Which of the tokens that it has had, from 1.
    pub token_number: u64,
    /// When the token ends, where the user knows it.
    pub expires: Option<Date>,
    /// When the credential was saved first.
    pub created_at: Timestamp,
    /// When the token was saved.
    pub token_saved_at: Timestamp,
    /// When a run logged in with it last.
    pub last_used_at: Option<Timestamp>,
    /// When a test logged in with it last.
    pub last_tested_at: Option<Timestamp>,
}

/// Where a saved token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenPlace {
    /// In a file that only its owner can read.
    File,
    /// In the operating system's keyring.
    Keyring,
}

/// A login that is to be saved, but for its token.
#[derive(Debug, Clone)]
pub struct NewCredential {
    /// Its name.
    pub name: String,
    /// Whose it is and what for; may be empty.
    pub description: String,
    /// The site that it logs in to.
    pub site: SiteUrl,
    /// The account's e-mail address.
    pub username: String,
}

/// A token that is to be saved, and what is known of it.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// The token.
    pub token: ApiToken,
    /// Which way its requests go: scopes belong to a token.
    pub route: Route,
    /// When it ends, where the user knows it.
    pub expires: Option<Date>,
    /// Where to put it; without a word into a keyring that answers, or else into a file.
    pub place: Option<TokenPlace>,
    /// Whether it has just been seen to work.
    pub is_tested: bool,
}

impl SavedCredential {
    pub(super) fn new(
        new: NewCredential,
        token: &NewToken,
        token_place: TokenPlace,
        now: Timestamp,
    ) -> Self {
        Self {
            name: new.name,
            description: new.description,
            site: new.site,
            route: token.route.clone(),
            username: new.username,
            token_place,
            token_number: 1,
            expires: token.expires,
            created_at: now,
            token_saved_at: now,
            last_used_at: None,
            last_tested_at: token.is_tested.then_some(now),
        }
    }

    pub(super) fn rotated(
        self,
        token: &NewToken,
        token_place: TokenPlace,
        token_number: u64,
        now: Timestamp,
    ) -> Self {
        Self {
            route: token.route.clone(),
            token_place,
            token_number,
            expires: token.expires,
            token_saved_at: now,
            last_tested_at: if token.is_tested { Some(now) } else { self.last_tested_at },
            ..self
        }
    }
}

impl TokenPlace {
    /// Its word in results.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Keyring => "keyring",
        }
    }
}
