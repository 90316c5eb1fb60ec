//! The tokens of saved credentials: each in a file of its own, or in the system's keyring.

use super::folder::Locked;
use super::{NewToken, SavedCredential, Store, StoreError, TokenPlace};
use crate::credential::source::token_of;
use crate::credential::{ApiToken, SecretError, keyring};

impl Store {
    /// The credential and its token.
    pub(in crate::credential) fn read_token(
        &self,
        name: &str,
    ) -> Result<(SavedCredential, ApiToken), Box<StoreError>> {
        let mut saved = self.get(name)?;
        loop {
            match self.token_of(&saved) {
                Err(gone @ StoreError::TokenGone { .. }) => {
                    let now = self.get(name)?;
                    if now.token_number == saved.token_number {
                        return Err(gone.into());
                    }
                    // Between the two reads another process has replaced the token.
                    saved = now;
                }
                token => return Ok((saved, token?)),
            }
        }
    }

    fn token_of(&self, saved: &SavedCredential) -> Result<ApiToken, StoreError> {
        let name = &saved.name;
        if saved.token_place == TokenPlace::Keyring {
            return keyring::read(name).map_err(|reason| refused(name, reason));
        }
        let file = file_of(name, saved.token_number);
        let path = self.folder.file(&file);
        let Some(bytes) = self.folder.read(&file)? else {
            return Err(StoreError::TokenGone { name: name.clone(), path });
        };
        let origin = format!("file {}", path.display());
        token_of(bytes, &origin).map_err(|reason| refused(name, reason))
    }

    /// Removes every token of that name.
    pub(super) fn remove_token(&self, locked: &Locked<'_>, name: &str) -> Result<(), StoreError> {
        match self.get(name) {
            Ok(saved) if saved.token_place == TokenPlace::File => {}
            Ok(_) => keyring::remove(name).map_err(|reason| refused(name, reason))?,
            // Where the token was cannot be read; most likely it was in no keyring.
            Err(_) => drop(keyring::remove(name)),
        }
        let files = self.folder.names()?;
        let mut own = files.iter().filter(|file| parts_of(file).is_some_and(|(of, _)| of == name));
        own.try_for_each(|file| locked.remove(file))
    }

    /// Removes the token files that no description names: what a killed writer has left. Where the
    /// description cannot be read, its token stays.
    pub(super) fn sweep(&self, locked: &Locked<'_>) -> Result<(), StoreError> {
        for file in self.folder.names()? {
            let Some((name, number)) = parts_of(&file) else { continue };
            let is_named = match self.find(name) {
                Ok(None) => false,
                Ok(Some(saved)) => {
                    saved.token_place == TokenPlace::File && saved.token_number == number
                }
                Err(_) => true,
            };
            if !is_named {
                locked.remove(&file)?;
            }
        }
        Ok(())
    }
}

/// Puts a token where it belongs: where nobody has said, into a keyring that answers.
pub(super) fn put_token(
    locked: &Locked<'_>,
    name: &str,
    number: u64,
    token: &NewToken,
) -> Result<TokenPlace, StoreError> {
    if token.place != Some(TokenPlace::File) {
        match keyring::write(name, &token.token) {
            Ok(()) => return Ok(TokenPlace::Keyring),
            Err(reason) if token.place.is_some() => return Err(refused(name, reason)),
            Err(_) => {}
        }
    }
    locked.write(&file_of(name, number), token.token.expose().as_bytes())?;
    Ok(TokenPlace::File)
}

fn file_of(name: &str, number: u64) -> String {
    format!("{name}.{number}.token")
}

/// Name and number of a token's file. No name has a dot in it.
fn parts_of(file: &str) -> Option<(&str, u64)> {
    let (name, number) = file.strip_suffix(".token")?.split_once('.')?;
    Some((name, number.parse().ok()?))
}

fn refused(name: &str, reason: SecretError) -> StoreError {
    StoreError::Token { name: name.to_owned(), reason: Box::new(reason) }
}
