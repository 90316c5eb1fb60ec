//! Configurations as users write them. The environment is always given: no test sees the process's own.

mod examples;
mod layering;
mod refusals;
mod secrets;
mod showing;
mod store_options;

use super::*;
use std::path::PathBuf;

/// A folder with one config file that only its owner can read, and an environment.
struct Scene {
    folder: tempfile::TempDir,
    file: String,
    environment: Vec<(String, String)>,
    overrides: Overrides,
}

/// A credential and nothing else: what most scenes go on from.
const ACME: &str = r#"
[credentials.acme]
url = "https://acme.atlassian.net"
username = "analytics@acme.example"
api_token = { env = "JIRA_API_TOKEN" }
"#;

impl Scene {
    fn named(file: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(file), content).expect("written");
        set_mode(&folder.path().join(file), 0o600);
        let overrides = Overrides::default();
        Self { folder, file: file.to_owned(), environment: Vec::new(), overrides }
    }

    fn toml(content: &str) -> Self {
        Self::named("jira-feeds.toml", content)
    }

    /// `content` and then the usual credential.
    fn with_acme(content: &str) -> Self {
        Self::toml(&format!("{content}\n{ACME}"))
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn mode(self, mode: u32) -> Self {
        set_mode(&self.path(), mode);
        self
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(&self.file)
    }

    fn environment(&self) -> Environment {
        // A store of its own, and never the user's.
        let folder = self.folder.path().join("user").display().to_string();
        let own = ("JIRA_FEEDS_CONFIG_DIR".to_owned(), folder);
        std::iter::once(own).chain(self.environment.iter().cloned()).collect()
    }

    fn load(&self) -> Result<Loaded, ConfigError> {
        let source = ConfigSource { path: Some(self.path()), overrides: self.overrides.clone() };
        load_in(&source, &self.environment())
    }

    fn settings(&self) -> Settings {
        self.load().map_err(|error| error.to_string()).expect("loads").settings
    }

    /// The text of the refusal, with the folder's changing name taken out.
    fn refusal(&self) -> String {
        let text = self.load().expect_err("refused").to_string();
        self.without_folder(&text)
    }

    /// The same, for what only the reading of the secret shows.
    fn unresolved(&self) -> String {
        let credential = self.settings().credential;
        let error = credential.resolve_in(&self.environment()).expect_err("refused");
        self.without_folder(&error.to_string())
    }

    fn without_folder(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

fn set_mode(path: &std::path::Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("mode set");
    }
}
