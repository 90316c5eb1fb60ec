//! What each command prints, for people and for programs.

use crate::support::{ADMIN, Account, NOBROWSE, PLAIN, Ran, Scene};
use serde_json::Value;
use std::process::{Command, Stdio};

const BINARY: &str = env!("CARGO_BIN_EXE_jira-feeds");

/// The binary in an empty folder, without a config.
fn bare(folder: &std::path::Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder).env("HOME", folder);
    command.env("JIRA_FEEDS_CONFIG_DIR", folder.join("user"));
    for variable in ["JIRA_FEEDS_CONFIG", "JIRA_FEEDS_LOG", "JIRA_API_TOKEN", "COLUMNS"] {
        command.env_remove(variable);
    }
    Ran::wait_for(command)
}

fn empty_folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[track_caller]
fn assert_has(value: &Value, contract: &[&str]) {
    for key in contract {
        assert!(keys(value).contains(key), "no {key} in {value:#}");
    }
}

/// How many feeds `"*"` chooses.
fn everything() -> usize {
    let catalog = jira_feeds::catalog::Catalog::with_custom([]).expect("the catalogue reads");
    catalog.select(&["*".to_owned()]).expect("a choice").len()
}

const FEED_KEYS: &[&str] =
    &["feed", "group", "title", "endpoint", "key", "parent", "needs", "modes", "columns"];

#[test]
fn feeds_lists_every_feed_without_a_config() {
    let folder = empty_folder();
    let json = bare(folder.path(), &["feeds", "--output", "json"]).exits_with(0).report();
    let text = bare(folder.path(), &["feeds"]).exits_with(0).stdout;
    let feeds = json.as_array().expect("a list");
    assert!(feeds.len() >= 165, "{}", feeds.len());
    for feed in feeds {
        assert_has(feed, FEED_KEYS);
        assert!(text.contains(feed["feed"].as_str().expect("a name")), "{feed}");
        assert!(feed["columns"].as_array().is_some_and(|columns| !columns.is_empty()), "{feed}");
    }
}

#[test]
fn feeds_show_tells_endpoint_key_right_and_columns() {
    let folder = empty_folder();
    let text = bare(folder.path(), &["feeds", "show", "sprints"]).exits_with(0).stdout;
    for word in ["GET /rest/agile/1.0/board/{boardId}/sprint", "JIRA_SOFTWARE", "boards", "endDate"]
    {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    let json = bare(folder.path(), &["feeds", "show", "sprints", "-o", "json"]).exits_with(0);
    assert_has(&json.report(), FEED_KEYS);
    assert_eq!(json.report()["parent"], "boards");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_token_is_3_for_every_command_that_logs_in() {
    let scene = Scene::with_issues(1).await.seen_by(Account { token: "wrong-token", ..ADMIN });
    for arguments in [&["check"][..], &["run"], &["preview", "fields"]] {
        let ran = scene.command(arguments).await.exits_with(3);
        assert!(ran.stdout.is_empty() && ran.stderr.contains("error: "), "{ran:#?}");
        let json = scene.command(&[arguments, &["--output", "json"]].concat()).await.exits_with(3);
        assert_eq!(json.report()["exit_code"], 3);
        assert!(!json.stderr.contains("wrong-token") && !json.stdout.contains("wrong-token"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_shows_the_first_records_for_a_few_requests() {
    let scene = Scene::with_issues(2000).await;
    for (feed, most) in [
        ("issues", 6),
        ("issue_comments", 6),
        ("issue_changelogs", 6),
        ("issue_worklogs", 6),
        ("screens", 4),
        ("labels", 4),
        ("sprints", 8),
        ("project_versions", 8),
        ("group_members", 8),
    ] {
        scene.control().clear_log();
        let preview = ["preview", feed, "-n", "3", "--output", "json"];
        let report = scene.command(&preview).await.exits_with(0).report();
        assert_eq!(report["records"].as_array().map(Vec::len), Some(3), "{feed}: {report}");
        assert!(report["records"][0]["_raw"].is_string(), "{feed}");
        let asked = scene.control().requests().len();
        assert!(asked <= most, "{feed}: {asked} requests");
    }
    let text = scene.command(&["preview", "labels", "-n", "2"]).await.exits_with(0).stdout;
    assert!(text.contains("record 1") && text.contains("record 2"), "{text}");
    assert!(!text.contains("record 3"), "{text}");
    assert!(!scene.lake_path().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_of_a_denied_feed_says_why() {
    let scene = Scene::with_issues(1).await.seen_by(PLAIN);
    let ran = scene.command(&["preview", "screens", "--output", "json"]).await.exits_with(4);
    assert_eq!(ran.report()["denials"][0]["needs"], "ADMINISTER");
    let scene = scene.seen_by(NOBROWSE);
    let ran = scene.command(&["preview", "issues", "--output", "json"]).await.exits_with(4);
    assert_eq!(ran.report()["denials"][0]["needs"], "BROWSE_PROJECTS");
}

#[test]
fn config_init_writes_a_config_that_is_valid_and_never_replaces_one() {
    let folder = empty_folder();
    let ran = bare(folder.path(), &["config", "init", "--output", "json"]).exits_with(0);
    assert_eq!(ran.report()["path"], "jira-feeds.toml");
    let path = folder.path().join("jira-feeds.toml");
    let written = std::fs::read_to_string(&path).expect("written");
    let again = bare(folder.path(), &["config", "init", "--output", "json"]).exits_with(2);
    assert!(again.report()["error"].as_str().expect("text").contains("exists already"));
    assert_eq!(std::fs::read_to_string(&path).expect("still there"), written);

    bare(folder.path(), &["config", "validate"]).exits_with(2);
    let mut validate = Command::new(BINARY);
    validate.args(["config", "validate", "--output", "json"]).current_dir(folder.path());
    validate.env("JIRA_API_TOKEN", "filled-in").env_remove("JIRA_FEEDS_CONFIG");
    let report = Ran::wait_for(validate).exits_with(0).report();
    assert_eq!(report["feeds"].as_array().map(Vec::len), Some(everything()));
    assert_eq!(report["site"], "https://acme.atlassian.net");
}

#[test]
fn config_schema_is_a_json_schema() {
    let folder = empty_folder();
    for output in ["text", "json"] {
        let ran = bare(folder.path(), &["config", "schema", "--output", output]).exits_with(0);
        let schema: Value = serde_json::from_str(&ran.stdout).expect("the whole output is JSON");
        assert!(schema["$schema"].as_str().is_some_and(|url| url.contains("json-schema.org")));
        assert_has(
            &schema["properties"],
            &["credential", "feeds", "credentials", "destination", "limits"],
        );
    }
}

#[test]
fn the_demo_ends_with_a_lake() {
    let folder = empty_folder();
    let ran = bare(folder.path(), &["demo", "--issues", "50", "--destination", "X"]).exits_with(0);
    assert!(ran.stdout.contains("issues") && ran.stdout.contains("complete"), "{}", ran.stdout);
    assert!(ran.stderr.contains("select count(*) from 'X/issues/**/*.parquet'"), "{}", ran.stderr);
    let lake = crate::support::Lake::at(folder.path().join("X"));
    assert_eq!(lake.rows("issues").len(), 50);
}

#[test]
fn the_sandbox_serves_until_it_is_told_to_stop() {
    use std::io::{BufRead, BufReader};
    let mut command = Command::new(BINARY);
    command.args(["sandbox", "--issues", "5", "--port", "0", "--output", "json"]);
    let mut serving =
        command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut line = String::new();
    let output = serving.stdout.take().expect("piped");
    BufReader::new(output).read_line(&mut line).expect("it says where");
    let value: Value = serde_json::from_str(&line).expect("one object");
    let url = value["url"].as_str().expect("a URL");
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    std::net::TcpStream::connect(address).expect("it listens");
    let sent = Command::new("kill").arg(serving.id().to_string()).status();
    assert!(sent.expect("kill runs").success());
    assert_eq!(serving.wait().expect("it ends").code(), Some(0));
    assert!(std::net::TcpStream::connect(address).is_err());
}

/// `--help` names the environment's values too, so it is asked for without them.
#[test]
fn every_command_explains_itself() {
    let folder = empty_folder();
    let mut all = String::new();
    for command in [
        "",
        "run",
        "check",
        "feeds",
        "feeds show",
        "preview",
        "view",
        "compact",
        "state",
        "state show",
        "state reset",
        "credential",
        "credential add",
        "credential list",
        "credential show",
        "credential test",
        "credential rotate",
        "credential remove",
        "plan",
        "config",
        "config init",
        "config show",
        "config validate",
        "config schema",
        "demo",
        "sandbox",
    ] {
        let mut arguments: Vec<_> = command.split_whitespace().collect();
        arguments.push("--help");
        let text = bare(folder.path(), &arguments).exits_with(0).stdout;
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        all.extend(["$ jira-feeds ", &arguments.join(" "), "\n", &lines.join("\n"), "\n\n"]);
    }
    let all = all.replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!("help", all);
}

const RUN_KEYS: &[&str] = &[
    "run_id",
    "site",
    "outcome",
    "exit_code",
    "started_at",
    "finished_at",
    "requests",
    "retries",
    "throttled",
    "feeds",
];
const FEED_REPORT_KEYS: &[&str] = &[
    "feed", "outcome", "mode", "records", "deleted", "rescued", "requests", "retries", "bytes",
    "seconds", "parts", "denials",
];
const DENIAL_KEYS: &[&str] = &["parent", "method", "path", "status", "message", "needs", "remedy"];

#[tokio::test(flavor = "multi_thread")]
async fn the_report_has_the_keys_of_the_contract_and_is_kept_at_the_destination() {
    let scene = Scene::with_issues(20).await.seen_by(PLAIN);
    let ran = scene.run(&["screens", "fields", "--run-id", "kept"]).await.exits_with(4);
    let report = ran.report();
    assert_has(&report, RUN_KEYS);
    assert_has(&ran.feed("fields"), FEED_REPORT_KEYS);
    assert_has(&ran.feed("screens")["denials"][0], DENIAL_KEYS);
    for time in ["started_at", "finished_at"] {
        let text = report[time].as_str().expect("text");
        assert!(text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(), "{text}");
    }
    let kept = std::fs::read(scene.lake_path().join("_jira_feeds/runs/kept.json")).expect("kept");
    assert_eq!(serde_json::from_slice::<Value>(&kept).expect("JSON"), report);
    assert_eq!(report["outcome"], "partial");
}

#[tokio::test(flavor = "multi_thread")]
async fn stdout_is_one_object_however_much_is_logged() {
    let scene = Scene::with_issues(5).await;
    for arguments in [
        &["run", "fields", "-vvv"][..],
        &["run", "fields", "-vv", "--log-format", "json"],
        &["run", "isues", "-v"],
        &["check", "fields", "-vv"],
        &["preview", "fields", "-vv"],
        &["feeds", "show", "fields", "-vv"],
        &["view", "fields", "-vv"],
        &["compact", "-vv"],
        &["state", "show", "-vv"],
        &["state", "reset", "fields", "-vv"],
        &["credential", "list", "-vv"],
        &["credential", "show", "test", "-vv"],
        &["credential", "test", "test", "-vv"],
        &["credential", "remove", "none", "-vv"],
        &["config", "validate", "-vv"],
        &["config", "init", "there/is/no/such/folder.toml"],
        &["run", "--no-such-flag"],
        &["preview"],
        &["run", "--date", "yesterday"],
    ] {
        let ran = scene.command(&[arguments, &["--output", "json"]].concat()).await;
        assert_eq!(ran.stdout.lines().count(), 1, "{arguments:?}: {ran:#?}");
        assert!(ran.report().is_object(), "{arguments:?}");
        if ran.code != Some(0) {
            assert_eq!(ran.report()["exit_code"], ran.code.expect("a code"), "{arguments:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_a_table_and_programs_no_progress() {
    let scene = Scene::with_issues(5).await;
    let ran = scene.command(&["run", "fields", "labels"]).await.exits_with(0);
    for word in ["FEED", "OUTCOME", "fields", "labels", "complete"] {
        assert!(ran.stdout.contains(word), "no {word:?} in {}", ran.stdout);
    }
    let quiet = scene.command(&["run", "fields", "--quiet"]).await.exits_with(0);
    assert_eq!(quiet.stderr, "");
}
