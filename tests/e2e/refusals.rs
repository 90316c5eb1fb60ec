//! What is refused before the first request: each with the place and the remedy, and nothing else done.

use crate::support::{Ran, Scene};
use std::path::Path;

/// What a config has beside its mistake.
fn usual(scene: &Scene) -> String {
    format!(
        "[credentials.test]\nurl = \"{}\"\nusername = \"admin@sandbox.example\"\napi_token = {{ env = \"JIRA_API_TOKEN\" }}\n[destination]\nurl = \"{}\"\n",
        scene.url(),
        scene.lake_path().display()
    )
}

fn run_with(scene: &Scene, config: &Path, variables: &[(&str, Option<&str>)]) -> Ran {
    let mut command = scene.prepared(&["run", "--output", "json"]);
    command.arg("--config").arg(config);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    // The scene names its own config first; only one may be given.
    let arguments: Vec<_> = command.get_args().skip(2).map(ToOwned::to_owned).collect();
    let mut alone = std::process::Command::new(command.get_program());
    alone.args(arguments).current_dir(scene.folder());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => alone.env(name, value),
            None => alone.env_remove(name),
        };
    }
    Ran::wait_for(alone)
}

#[track_caller]
fn assert_refused(scene: &Scene, ran: Ran, words: &[&str]) {
    let ran = ran.exits_with(2);
    let error = ran.report()["error"].as_str().expect("an error").to_owned();
    for word in words {
        assert!(error.contains(word), "no {word:?} in {error:?}");
    }
    assert!(ran.stderr.contains(&error), "people are told too: {ran:#?}");
    assert_eq!(scene.control().requests().len(), 0, "nothing is asked of Jira");
    assert!(!scene.lake_path().exists(), "nothing is written");
}

/// A replacement in the usual config, and what the refusal must say beside the file's name.
const MISTAKES: &[(&str, &str, &[&str])] = &[
    ("", "fieds = [\"issues\"]\n", &["`fieds`", "did you mean `feeds`"]),
    ("", "feeds = [\"isues\"]\n", &["`feeds`", "`isues`", "did you mean `issues`"]),
    ("", "credential = \"tset\"\n", &["`credential`", "`tset`", "Choose one of: test"]),
    ("", "[limits]\nmax_in_flight = 0\n", &["`limits.max_in_flight`", "from 1 to"]),
    ("", "[limits]\nrequests_per_second = 0\n", &["`limits.requests_per_second`", "from 1 to"]),
    ("", "[limits]\nmax_attempts = 0\n", &["`limits.max_attempts`", "from 1 to"]),
    (
        "",
        "[limits]\nrequest_timeout = \"0s\"\n",
        &["`limits.request_timeout`", "Give a longer one"],
    ),
    ("", "[feed.issues]\njql = \"a = 1 ORDER BY b\"\n", &["`feed.issues.jql`", "Remove it"]),
    ("http://127.0.0.1", "https://me@127.0.0.1", &["`credentials.test.url`"]),
    ("http://127.0.0.1", "http://acme.atlassian.net", &["`credentials.test.url`", "https"]),
    ("\"\nusername", "/jira\"\nusername", &["`credentials.test.url`", "path"]),
    (
        "{ env = \"JIRA_API_TOKEN\" }",
        "{ file = \"no-such-file\" }",
        &["api_token", "Check the path"],
    ),
    ("username", "user", &["`credentials.test.user`", "did you mean `username`"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_the_config_are_refused_by_file_key_and_remedy() {
    let scene = Scene::with_issues(1).await;
    let path = scene.folder().join("mistaken.toml");
    for (old, new, words) in MISTAKES {
        let text = match *old {
            "" => format!("{new}{}", usual(&scene)),
            old => usual(&scene).replace(old, new),
        };
        std::fs::write(&path, text).expect("written");
        let words = [&["mistaken.toml"], *words].concat();
        assert_refused(&scene, run_with(&scene, &path, &[]), &words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_is_missing_or_empty_is_refused_by_its_name() {
    let scene = Scene::with_issues(1).await;
    let path = scene.folder().join("secret.toml");
    std::fs::write(&path, usual(&scene)).expect("written");
    for (value, words) in [
        (None, &["JIRA_API_TOKEN is not set", "Set it"]),
        (Some(""), &["JIRA_API_TOKEN is empty", "Put an API token there"]),
        (Some(" \n"), &["JIRA_API_TOKEN is empty", "Put an API token there"]),
    ] {
        let ran = run_with(&scene, &path, &[("JIRA_API_TOKEN", value)]);
        assert_refused(&scene, ran, &[&["secret.toml", "api_token"], &words[..]].concat());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_cannot_be_read_is_refused_by_its_name() {
    let scene = Scene::with_issues(1).await;
    for (name, content, words) in [
        ("binary.toml", Some(&b"feeds = \"\xff\""[..]), &["is not UTF-8", "Save it as UTF-8"]),
        ("empty.toml", Some(b" \n"), &["is empty", "config init"]),
        ("broken.toml", Some(b"a = \n"), &["line 1", "Correct the syntax"]),
        ("missing.toml", None, &["does not exist", "config init"]),
    ] {
        let path = scene.folder().join(name);
        if let Some(content) = content {
            std::fs::write(&path, content).expect("written");
        }
        assert_refused(&scene, run_with(&scene, &path, &[]), &[&[name], &words[..]].concat());
    }
    let folder = scene.folder().join("folder.toml");
    std::fs::create_dir(&folder).expect("made");
    assert_refused(&scene, run_with(&scene, &folder, &[]), &["folder.toml", "is a folder"]);
    // Not even root may read its own memory from the beginning.
    let unreadable = scene.folder().join("memory.toml");
    std::os::unix::fs::symlink("/proc/self/mem", &unreadable).expect("linked");
    let ran = run_with(&scene, &unreadable, &[]);
    assert_refused(&scene, ran, &["memory.toml", "cannot be read", "Check the path"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn arguments_that_name_nothing_are_refused() {
    let scene = Scene::with_issues(1).await;
    for (arguments, word) in [
        (&["run", "isues"][..], "did you mean `issues`"),
        (&["run", "--credential", "tset"], "Choose one of: test"),
        (&["run", "--destination", "ftp://host/lake"], "is not a kind of destination"),
        (&["run", "--jql", "(a = 1"], "Close it"),
        (&["run", "--run-id", ""], "it is empty"),
        (&["check", "agil.*"], "did you mean `agile.*`"),
        (&["preview", "sprint"], "did you mean `sprints`"),
        (&["feeds", "show", "sprint"], "did you mean `sprints`"),
        (&["compact", "sprint"], "did you mean `sprints`"),
        (&["view", "sprint"], "did you mean `sprints`"),
        (&["view", "sprints", "--source", "jira"], "this dialect reads the files themselves"),
    ] {
        let arguments = [arguments, &["--output", "json"]].concat();
        assert_refused(&scene, scene.command(&arguments).await, &[word]);
    }
}
