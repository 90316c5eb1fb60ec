//! Scenes with saved credentials.

use super::{ADMIN, Ran, Scene};
use std::fs;
use std::path::PathBuf;

impl Scene {
    /// `jira-feeds credential add NAME` for an account of the sandbox, by flags alone.
    pub async fn add(&self, name: &str, more: &[&str], token: &str) -> Ran {
        let url = self.url();
        let add = ["credential", "add", name, "--url", &url, "--token-stdin", "--output", "json"];
        let username = ["--username", self.account().username];
        let named = if more.contains(&"--username") { &[][..] } else { &username };
        self.typed(&[&add, named, more].concat(), token).await
    }

    /// Adds credentials by processes of their own, all at the same time.
    pub async fn add_at_once(&self, names: &[String]) -> Vec<Ran> {
        let url = self.url();
        // Prepared before the first starts: that writes the config which all of them read.
        let commands: Vec<_> = names
            .iter()
            .map(|name| {
                let add = ["credential", "add", name, "--url", &url, "--username", ADMIN.username];
                self.prepared(&[&add[..], &["--token-stdin", "--no-test"]].concat())
            })
            .collect();
        let adding = commands.into_iter().map(|command| {
            tokio::task::spawn_blocking(move || Ran::with_input(command, ADMIN.token))
        });
        let adding: Vec<_> = adding.collect();
        let ran = futures::future::join_all(adding).await;
        ran.into_iter().map(|ran| ran.expect("the process runs")).collect()
    }

    pub async fn credential(&self, arguments: &[&str]) -> Ran {
        self.command(&[&["credential"], arguments, &["--output", "json"]].concat()).await
    }

    pub fn store_path(&self) -> PathBuf {
        self.user_path().join("credentials")
    }

    /// The files of the store but for the lock, sorted.
    pub fn stored(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.store_path()) else { return Vec::new() };
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names
            .map(|name| name.into_string().expect("text"))
            .filter(|name| name != ".lock")
            .collect();
        names.sort();
        names
    }
}

/// A site, and a user who has saved nothing.
pub async fn empty() -> Scene {
    Scene::with_issues(5).await.without_credential()
}

/// The same user, with the administrator's login saved as `acme`.
pub async fn with_acme() -> Scene {
    let scene = empty().await;
    scene.add("acme", &[], ADMIN.token).await.exits_with(0);
    scene
}

/// A refusal that holds each of `words`.
#[track_caller]
pub fn says(ran: &Ran, words: &[&str]) {
    let error = ran.report()["error"].as_str().expect("an error").to_owned();
    for word in words {
        assert!(error.contains(word), "no {word:?} in {error:?}");
    }
}
