//! A site that is served, a folder for the lake, and the binary run against them.

use super::{Lake, Ran};
use jira_sandbox::{Clock, Control, Sandbox, Site, SiteOptions, Switch};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// A login of the sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Account {
    pub username: &'static str,
    pub token: &'static str,
}

/// May read everything, but for private boards of other people where the site has any.
pub const ADMIN: Account = Account { username: "admin@sandbox.example", token: "admin-token" };
/// A user without administration.
pub const PLAIN: Account = Account { username: "plain@sandbox.example", token: "plain-token" };
/// A user who may browse no project.
pub const NOBROWSE: Account =
    Account { username: "nobrowse@sandbox.example", token: "nobrowse-token" };
/// A user without a Jira Software licence.
pub const NOSOFTWARE: Account =
    Account { username: "nosoftware@sandbox.example", token: "nosoftware-token" };

/// One test's world.
pub struct Scene {
    sandbox: Sandbox,
    folder: TempDir,
    account: Account,
    extra_config: String,
    has_credential: bool,
}

impl Scene {
    /// A site of `issues` issues and an administrator's credential.
    pub async fn with_issues(issues: u32) -> Self {
        Self::with_options(SiteOptions::new(issues, 1)).await
    }

    /// The same with two boards more, which nobody but their owners may open.
    pub async fn with_private_boards(issues: u32) -> Self {
        Self::with_options(SiteOptions::new(issues, 1).with(Switch::PrivateBoardsOfOthers)).await
    }

    pub async fn with_options(options: SiteOptions) -> Self {
        let sandbox = Sandbox::start(options).await.expect("the sandbox listens");
        let folder = tempfile::tempdir().expect("a folder");
        Self { sandbox, folder, account: ADMIN, extra_config: String::new(), has_credential: true }
    }

    /// The same site, seen by another account.
    pub fn seen_by(mut self, account: Account) -> Self {
        self.account = account;
        self
    }

    /// TOML that is added to the config.
    pub fn config(mut self, toml: &str) -> Self {
        self.extra_config.push_str(toml);
        self
    }

    /// The same with this TOML in place of what was added.
    pub fn with_config(self, toml: &str) -> Self {
        Self { extra_config: toml.to_owned(), ..self }
    }

    /// The config declares no credential: only saved ones are left.
    pub fn without_credential(mut self) -> Self {
        self.has_credential = false;
        self
    }

    pub fn control(&self) -> &Control {
        self.sandbox.control()
    }

    /// The site as it is now.
    pub fn site(&self) -> Arc<Site> {
        self.sandbox.site()
    }

    pub fn clock(&self) -> &Clock {
        self.sandbox.clock()
    }

    pub fn change(&self, change: impl FnOnce(&mut Site)) {
        self.sandbox.change(change);
    }

    pub fn url(&self) -> String {
        self.sandbox.url()
    }

    pub fn account(&self) -> Account {
        self.account
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn lake(&self) -> Lake {
        Lake::at(self.lake_path())
    }

    pub fn lake_path(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    /// The user's own folder, where saved credentials go.
    pub fn user_path(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// `jira-feeds run FEEDS --output json`
    pub async fn run(&self, feeds: &[&str]) -> Ran {
        let mut arguments = vec!["run", "--output", "json"];
        arguments.extend(feeds);
        self.command(&arguments).await
    }

    /// The binary with the scene's config and any arguments.
    pub async fn command(&self, arguments: &[&str]) -> Ran {
        let command = self.prepared(arguments);
        tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("the process runs")
    }

    /// The same with a text on standard input.
    pub async fn typed(&self, arguments: &[&str], input: &str) -> Ran {
        let (command, input) = (self.prepared(arguments), input.to_owned());
        let running = tokio::task::spawn_blocking(move || Ran::with_input(command, &input));
        running.await.expect("the process runs")
    }

    /// The same, not started yet: for tests that send signals or set variables.
    pub fn prepared(&self, arguments: &[&str]) -> Command {
        let path = self.folder.path().join("jira-feeds.toml");
        std::fs::write(&path, self.config_text()).expect("the config is written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_jira-feeds"));
        command
            .arg("--config")
            .arg(path)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("JIRA_API_TOKEN", self.account.token)
            // Never the user's own.
            .env("HOME", self.user_path())
            .env("JIRA_FEEDS_CONFIG_DIR", self.user_path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            // Tests wait for what they must see, not for politeness between retries.
            .env("JIRA_FEEDS__LIMITS__FIRST_RETRY_DELAY", "5ms")
            .env_remove("JIRA_FEEDS_CONFIG")
            .env_remove("JIRA_FEEDS_LOG");
        command
    }

    fn config_text(&self) -> String {
        let credential = format!(
            "[credentials.test]\nurl = \"{}\"\nusername = \"{}\"\napi_token = {{ env = \"JIRA_API_TOKEN\" }}\n",
            self.url(),
            self.account.username,
        );
        format!(
            "{}\n{}[destination]\nurl = \"{}\"\n",
            self.extra_config,
            if self.has_credential { credential.as_str() } else { "" },
            self.lake_path().display(),
        )
    }
}
