//! The credentials that are declared, the one that is chosen, and the reading of its secret.

use super::source::{Reading, SecretSource};
use super::{ApiToken, CredentialError, Environment, Route, SiteUrl};
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

/// All declared credentials and which of them was asked for.
#[derive(Debug, Clone, Default)]
pub struct CredentialChoice {
    /// Those that are declared, by name.
    pub entries: BTreeMap<String, CredentialEntry>,
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
    /// The chosen credential, or the only one.
    pub fn entry(&self) -> Result<&CredentialEntry, CredentialError> {
        let known = || self.entries.keys().cloned().collect::<Vec<_>>();
        match &self.chosen {
            Some(chosen) => {
                self.entries.get(&chosen.name).ok_or_else(|| CredentialError::Unknown {
                    place: chosen.place.clone(),
                    name: chosen.name.clone(),
                    known: known(),
                })
            }
            None if self.entries.len() > 1 => Err(CredentialError::Several { known: known() }),
            None => self.entries.values().next().ok_or(CredentialError::NoneConfigured),
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
        insta::assert_snapshot!(refusal(&[], None), @"No credential is configured. Add a [credentials.NAME] table with url, username and api_token to the config file; `jira-feeds config init` writes one to start from");
        insta::assert_snapshot!(refusal(&[], Some("acme")), @"Flag --credential: there is no credential `acme`. Add a table [credentials.NAME] with that name");
        insta::assert_snapshot!(refusal(&["acme", "beta"], None), @"Several credentials are configured (acme, beta) and none is chosen. Set `credential` to one of them");
        insta::assert_snapshot!(refusal(&["acme", "beta"], Some("acne")), @"Flag --credential: there is no credential `acne`. Choose one of: acme, beta");
        insta::assert_snapshot!(refusal(&["acme"], None), @"Key `credentials.acme.api_token` in jira-feeds.toml: environment variable JIRA_API_TOKEN is not set. Set it to the API token, or name another source");
    }
}
