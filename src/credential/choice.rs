//! The credentials that there are, the one that is chosen, and the reading of its secret.

use super::source::{Reading, SecretSource};
use super::{
    ApiToken, CredentialError, Environment, KnownNames, Route, SiteUrl, Store, StoreError,
};
use std::collections::BTreeMap;

/// A login that is ready to use.
#[derive(Debug, Clone)]
pub struct Credential {
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
    /// The account's API token.
    pub api_token: ApiToken,
    /// What the user should hear about it, as that others can read the secret's file.
    pub notes: Vec<String>,
}

/// A login as it is declared: checked, but for its secret, which is not read yet.
#[derive(Debug, Clone)]
pub struct CredentialEntry {
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
    /// Where the API token comes from.
    pub api_token: SecretSource,
    /// Where the source of the token was written, to name it in errors.
    pub place: String,
}

/// All credentials that there are and which of them was asked for.
#[derive(Debug, Clone, Default)]
pub struct CredentialChoice {
    /// Those that the config declares, by name. They go before saved ones.
    pub entries: BTreeMap<String, CredentialEntry>,
    /// Where the user's saved ones are; read only when none of the config's is meant.
    pub store: Option<Store>,
    /// The name that was asked for, and where.
    pub chosen: Option<Chosen>,
}

/// A name that was asked for.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The credential's name.
    pub name: String,
    /// Where it was asked for, to name it in errors.
    pub place: String,
}

impl CredentialChoice {
    /// The chosen credential, or the only one: of the config, or else of the store.
    pub fn entry(&self) -> Result<CredentialEntry, CredentialError> {
        match &self.chosen {
            Some(chosen) => self.named(chosen),
            None => self.only(),
        }
    }

    fn named(&self, chosen: &Chosen) -> Result<CredentialEntry, CredentialError> {
        if let Some(entry) = self.entries.get(&chosen.name) {
            return Ok(entry.clone());
        }
        let saved = self.store.as_ref().map(|store| store.entry(&chosen.name)).transpose()?;
        if let Some(entry) = saved.flatten() {
            return Ok(entry);
        }
        let known = self.known()?;
        Err(CredentialError::Unknown {
            place: chosen.place.clone(),
            name: chosen.name.clone(),
            known,
        })
    }

    fn only(&self) -> Result<CredentialEntry, CredentialError> {
        let mut configured = self.entries.values();
        match (configured.next(), configured.next()) {
            (Some(entry), None) => return Ok(entry.clone()),
            (Some(_), Some(_)) => return Err(CredentialError::Several { known: self.known()? }),
            (None, _) => {}
        }
        let known = self.known()?;
        match (&self.store, known.saved.as_slice()) {
            (_, []) | (None, _) => Err(CredentialError::NoneConfigured),
            (Some(store), [name]) => {
                let entry = store.entry(name)?;
                // Removed since its name was read.
                entry.ok_or(CredentialError::NoneConfigured)
            }
            _ => Err(CredentialError::Several { known }),
        }
    }

    fn known(&self) -> Result<KnownNames, StoreError> {
        let saved = self.store.as_ref().map(Store::names).transpose()?;
        Ok(KnownNames {
            configured: self.entries.keys().cloned().collect(),
            saved: saved.unwrap_or_default(),
        })
    }

    /// Notes in the store that a run has logged in with the chosen credential; one of the config
    /// leaves no note. Waits for a lock: from async code call it through `spawn_blocking`.
    pub fn mark_used(&self) -> Result<(), CredentialError> {
        self.mark(Store::mark_used)
    }

    /// The same for a test.
    pub fn mark_tested(&self) -> Result<(), CredentialError> {
        self.mark(Store::mark_tested)
    }

    fn mark(
        &self,
        mark: impl FnOnce(&Store, &str) -> Result<(), StoreError>,
    ) -> Result<(), CredentialError> {
        let entry = self.entry()?;
        match &self.store {
            Some(store) if entry.api_token.is_saved() => Ok(mark(store, &entry.name)?),
            _ => Ok(()),
        }
    }

    /// Reads the secret of the chosen credential. May run a command and wait for it: from async code
    /// call it through `spawn_blocking`.
    pub fn resolve(&self) -> Result<Credential, CredentialError> {
        self.resolve_in(&Environment::of_process())
    }

    /// The same, with the environment given.
    pub fn resolve_in(&self, environment: &Environment) -> Result<Credential, CredentialError> {
        self.entry()?.resolve_in(environment)
    }
}

impl CredentialEntry {
    /// Reads the secret.
    pub fn resolve_in(&self, environment: &Environment) -> Result<Credential, CredentialError> {
        let Reading { token, note } = self
            .api_token
            .read(environment)
            .map_err(|reason| CredentialError::Secret { place: self.place.clone(), reason })?;
        Ok(Credential {
            name: self.name.clone(),
            description: self.description.clone(),
            site: self.site.clone(),
            route: self.route.clone(),
            username: self.username.clone(),
            api_token: token,
            notes: note.into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::{NewCredential, NewToken, TokenPlace};

    fn entry(name: &str) -> (String, CredentialEntry) {
        let entry = CredentialEntry {
            name: name.into(),
            description: String::new(),
            site: SiteUrl::parse("https://acme.atlassian.net").expect("a site"),
            route: Route::default(),
            username: "me@acme.example".into(),
            api_token: SecretSource::environment("JIRA_API_TOKEN"),
            place: format!("Key `credentials.{name}.api_token` in jira-feeds.toml"),
        };
        (name.into(), entry)
    }

    fn choice(names: &[&str], chosen: Option<&str>) -> CredentialChoice {
        CredentialChoice {
            entries: names.iter().map(|name| entry(name)).collect(),
            store: None,
            chosen: chosen
                .map(|name| Chosen { name: name.into(), place: "Flag --credential".into() }),
        }
    }

    fn token_environment() -> Environment {
        [("JIRA_API_TOKEN", "s3cret")].into_iter().collect()
    }

    #[test]
    fn a_single_credential_needs_no_choice() {
        let credential = choice(&["acme"], None).resolve_in(&token_environment());
        let credential = credential.expect("resolves");
        assert_eq!((credential.name.as_str(), credential.api_token.expose()), ("acme", "s3cret"));
        assert!(!format!("{credential:?}").contains("s3cret"));
    }

    #[test]
    fn a_missing_choice_and_a_missing_secret_are_refused() {
        let refusal = |names: &[&str], chosen| {
            choice(names, chosen)
                .resolve_in(&Environment::default())
                .expect_err("refused")
                .to_string()
        };
        insta::assert_snapshot!(refusal(&[], None), @"No credential is configured or saved. Save one with `jira-feeds credential add NAME`, or add a [credentials.NAME] table with url, username and api_token to the config file");
        insta::assert_snapshot!(refusal(&[], Some("acme")), @"Flag --credential: there is no credential `acme`. Save it with `jira-feeds credential add NAME`, or add a table [credentials.NAME] with that name");
        insta::assert_snapshot!(refusal(&["acme", "beta"], None), @"There are several credentials (acme, beta) and none is chosen. Set `credential` to one of them, or give --credential NAME");
        insta::assert_snapshot!(refusal(&["acme", "beta"], Some("acne")), @"Flag --credential: there is no credential `acne`. Choose one of: acme, beta");
        insta::assert_snapshot!(refusal(&["acme"], None), @"Key `credentials.acme.api_token` in jira-feeds.toml: environment variable JIRA_API_TOKEN is not set. Set it to the API token, or name another source");
    }

    #[test]
    fn saved_credentials_stand_behind_those_of_the_config() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("credentials"));
        let with = |names: &[&str], chosen| CredentialChoice {
            store: Some(store.clone()),
            ..choice(names, chosen)
        };
        let name = |names: &[&str], chosen| match with(names, chosen).entry() {
            Ok(entry) => format!("{} from {}", entry.name, entry.place),
            Err(error) => error.to_string(),
        };
        save(&store, "gamma");
        insta::assert_snapshot!(name(&[], None), @"gamma from Saved credential `gamma`");
        insta::assert_snapshot!(name(&["acme"], None), @"acme from Key `credentials.acme.api_token` in jira-feeds.toml");
        insta::assert_snapshot!(name(&["acme"], Some("gamma")), @"gamma from Saved credential `gamma`");
        insta::assert_snapshot!(name(&["gamma"], Some("gamma")), @"gamma from Key `credentials.gamma.api_token` in jira-feeds.toml");
        insta::assert_snapshot!(name(&["acme"], Some("gama")), @"Flag --credential: there is no credential `gama`. Choose one of: acme; saved: gamma");
        insta::assert_snapshot!(name(&[], Some("../gamma")), @"Flag --credential: there is no credential `../gamma`. Choose one of: saved: gamma");
        save(&store, "delta");
        insta::assert_snapshot!(name(&[], None), @"There are several credentials (saved: delta, gamma) and none is chosen. Set `credential` to one of them, or give --credential NAME");
        insta::assert_snapshot!(name(&["acme", "beta"], None), @"There are several credentials (acme, beta; saved: delta, gamma) and none is chosen. Set `credential` to one of them, or give --credential NAME");
    }

    #[test]
    fn a_saved_token_that_ends_soon_comes_with_a_note() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("credentials"));
        save(&store, "gamma");
        let choice = CredentialChoice { store: Some(store), ..CredentialChoice::default() };
        let credential = choice.resolve_in(&Environment::default()).expect("resolves");
        assert_eq!(credential.api_token.expose(), "s3cret");
        let [note] = credential.notes.as_slice() else { panic!("{:?}", credential.notes) };
        assert!(note.ends_with("`jira-feeds credential rotate gamma`"), "{note}");
        assert!(!format!("{choice:?}{credential:?}").contains("s3cret"));
    }

    /// Saves a credential whose token has ended.
    fn save(store: &Store, name: &str) {
        let token = NewToken {
            token: ApiToken::from_text("s3cret".into(), "the test").expect("a token"),
            route: Route::default(),
            expires: Some(jiff::civil::date(2020, 1, 1)),
            place: Some(TokenPlace::File),
            is_tested: false,
        };
        let new = NewCredential {
            name: name.into(),
            description: String::new(),
            site: SiteUrl::parse("https://acme.atlassian.net").expect("a site"),
            username: "me@acme.example".into(),
        };
        store.add(new, &token).expect("saved");
    }
}
