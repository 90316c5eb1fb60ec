//! The user's saved credentials: a file with the description of each, and its token apart from it.
//!
//! Knows files, the keyring and locks. Must not know configs, HTTP or how anything is printed.
//!
//! The file `<name>.json` says where the token is and is always written last: what it does not name is
//! not saved. A token file is `<name>.<number>.token`; a new token gets a new number, so that the old
//! one stays whole until the description names the new one.

mod error;
mod folder;
mod place;
mod record;
mod saved;
mod tokens;

pub use error::StoreError;
pub use saved::{NewCredential, NewToken, SavedCredential, TokenPlace};

use super::{CredentialEntry, Environment, SecretSource, check_name};
use folder::{Folder, Locked};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same where the write is no more than a note in passing.
const LITTLE_PATIENCE: Duration = Duration::from_secs(1);

/// The saved credentials of one user. Two processes may use it at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: Folder,
}

impl Store {
    /// The store of the user whose environment this is.
    ///
    /// # Errors
    /// [`StoreError::NoFolder`] where there is no home.
    pub fn of_user(environment: &Environment) -> Result<Self, StoreError> {
        place::folder(environment).map(Self::at)
    }

    /// The store in that folder, which need not exist yet.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Folder::at(folder.into()) }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The names of all saved credentials, in their order.
    pub fn names(&self) -> Result<Vec<String>, StoreError> {
        let mut names = self.folder.names()?;
        names.retain_mut(|file| match file.strip_suffix(".json") {
            Some(name) if check_name(name).is_ok() => {
                *file = name.to_owned();
                true
            }
            _ => false,
        });
        Ok(names)
    }

    /// All saved credentials by name; one that cannot be read spoils no other.
    #[expect(clippy::type_complexity, reason = "a name and what is known of it")]
    pub fn all(&self) -> Result<Vec<(String, Result<SavedCredential, StoreError>)>, StoreError> {
        let names = self.names()?.into_iter();
        Ok(names.map(|name| (name.clone(), self.get(&name))).collect())
    }

    /// The saved credential of that name.
    pub fn get(&self, name: &str) -> Result<SavedCredential, StoreError> {
        match self.find(name)? {
            Some(credential) => Ok(credential),
            None => Err(StoreError::Unknown { name: name.to_owned(), known: self.names()? }),
        }
    }

    /// The same, if there is one.
    pub fn find(&self, name: &str) -> Result<Option<SavedCredential>, StoreError> {
        if check_name(name).is_err() {
            return Ok(None);
        }
        let file = description_of(name);
        let Some(bytes) = self.folder.read(&file)? else { return Ok(None) };
        record::read(name, &self.folder.file(&file), &bytes).map(Some)
    }

    /// The same as a login that is ready to be resolved.
    pub fn entry(&self, name: &str) -> Result<Option<CredentialEntry>, StoreError> {
        Ok(self.find(name)?.map(|saved| CredentialEntry {
            place: format!("Saved credential `{name}`"),
            name: saved.name,
            description: saved.description,
            site: saved.site,
            route: saved.route,
            username: saved.username,
            api_token: SecretSource::saved(self.clone(), name),
        }))
    }

    /// Saves a credential that is not there yet.
    pub fn add(&self, new: NewCredential, token: &NewToken) -> Result<SavedCredential, StoreError> {
        check_name(&new.name)
            .map_err(|reason| StoreError::Name { name: new.name.clone(), reason })?;
        let locked = self.lock(PATIENCE)?;
        self.check_free(&new.name)?;
        let place = tokens::put_token(&locked, &new.name, 1, token)?;
        let saved = SavedCredential::new(new, token, place, Timestamp::now());
        describe(&locked, &saved)?;
        Ok(saved)
    }

    /// Whether a credential could be saved under that name; file systems may not tell `Acme` from
    /// `acme`.
    pub fn check_free(&self, name: &str) -> Result<(), StoreError> {
        let taken = self.names()?.into_iter().find(|saved| saved.eq_ignore_ascii_case(name));
        taken.map_or(Ok(()), |name| Err(StoreError::AlreadySaved { name }))
    }

    /// Replaces the token of a saved credential; until that is done, the old one is there.
    pub fn rotate(&self, name: &str, token: &NewToken) -> Result<SavedCredential, StoreError> {
        let locked = self.lock(PATIENCE)?;
        let old = self.get(name)?;
        // A token stays in the kind of place that it is in, unless another is asked for.
        let token =
            NewToken { place: Some(token.place.unwrap_or(old.token_place)), ..token.clone() };
        let number = old.token_number + 1;
        let place = tokens::put_token(&locked, name, number, &token)?;
        let new = old.rotated(&token, place, number, Timestamp::now());
        describe(&locked, &new)?;
        self.sweep(&locked)?;
        Ok(new)
    }

    /// Removes a credential and its token, also one whose description cannot be read.
    pub fn remove(&self, name: &str) -> Result<(), StoreError> {
        let locked = self.lock(PATIENCE)?;
        if !self.names()?.iter().any(|saved| saved == name) {
            return Err(StoreError::Unknown { name: name.to_owned(), known: self.names()? });
        }
        // The token first: a removal that breaks off must not leave it behind unseen.
        self.remove_token(&locked, name)?;
        locked.remove(&description_of(name))
    }

    /// Notes that a run has logged in.
    pub fn mark_used(&self, name: &str) -> Result<(), StoreError> {
        self.mark(name, |saved, now| saved.last_used_at = Some(now))
    }

    /// Notes that a test has logged in.
    pub fn mark_tested(&self, name: &str) -> Result<(), StoreError> {
        self.mark(name, |saved, now| saved.last_tested_at = Some(now))
    }

    fn mark(
        &self,
        name: &str,
        change: impl FnOnce(&mut SavedCredential, Timestamp),
    ) -> Result<(), StoreError> {
        let locked = self.lock(LITTLE_PATIENCE)?;
        let mut saved = self.get(name)?;
        change(&mut saved, Timestamp::now());
        describe(&locked, &saved)
    }

    /// Keeps other writers out, and removes what a killed one has left.
    fn lock(&self, patience: Duration) -> Result<Locked<'_>, StoreError> {
        let locked = self.folder.lock(patience)?;
        self.sweep(&locked)?;
        Ok(locked)
    }
}

fn describe(locked: &Locked<'_>, saved: &SavedCredential) -> Result<(), StoreError> {
    locked.write(&description_of(&saved.name), &record::write(saved))
}

fn description_of(name: &str) -> String {
    format!("{name}.json")
}

#[cfg(test)]
mod tests;
