//! Which layer counts, and what each format and variable is read as.

use super::*;
use std::time::Duration;

fn feeds(settings: &Settings) -> Vec<&str> {
    settings.feeds.iter().map(|feed| feed.name.as_str()).collect()
}

#[test]
fn defaults_are_those_of_the_contract() {
    let settings = Scene::with_acme("").settings();
    assert!(feeds(&settings).len() > 1);
    assert_eq!(settings.limits.requests_per_second.get(), 50);
    assert_eq!(settings.limits.max_in_flight.get(), 16);
    assert_eq!(settings.limits.max_attempts.get(), 6);
    assert_eq!(settings.limits.request_timeout, Duration::from_mins(2));
    assert_eq!(settings.limits.retry_for, Duration::from_mins(15));
    assert_eq!(settings.destination.url, "./lake");
    assert_eq!(settings.destination.partition_by, PartitionBy::default());
    assert_eq!(settings.destination.lock_lease, Duration::from_mins(1));
    assert_eq!(settings.destination.savepoint_every.get(), 50_000);
    assert_eq!(settings.options("issues"), FeedOptions::default());
}

#[test]
fn no_file_and_no_credential_is_enough_to_list_feeds() {
    let folder = tempfile::tempdir().expect("a folder");
    let default_path = folder.path().join("jira-feeds.toml");
    let load = || {
        let merged =
            layers::merge(&ConfigSource::default(), &Environment::default(), &default_path)?;
        check::settings(refusal::read(&merged)?, &merged.origins, &Overrides::default(), None)
    };
    let settings = load().expect("loads without a file").settings;
    insta::assert_snapshot!(settings.credential.resolve().expect_err("refused"), @"No credential is configured or saved. Save one with `jira-feeds credential add NAME`, or add a [credentials.NAME] table with url, username and api_token to the config file");

    std::fs::write(&default_path, "feeds = [\"myself\"]").expect("written");
    assert_eq!(feeds(&load().expect("loads the default file").settings), ["myself"]);
}

#[test]
fn flags_go_before_variables_and_variables_before_the_file() {
    let file = "feeds = [\"fields\"]\n[limits]\nmax_in_flight = 2\nmax_attempts = 2\nrequests_per_second = 2";
    let mut scene = Scene::with_acme(file)
        .variable("JIRA_FEEDS__LIMITS__MAX_IN_FLIGHT", "3")
        .variable("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "3")
        .variable("JIRA_FEEDS__FEEDS", "myself, server_info");
    scene.overrides.jql = Some("project = ENG".into());
    let settings = scene.settings();
    assert_eq!(settings.limits.max_in_flight.get(), 3);
    assert_eq!(settings.limits.max_attempts.get(), 3);
    assert_eq!(settings.limits.requests_per_second.get(), 2);
    assert_eq!(feeds(&settings), ["myself", "server_info"]);
    assert_eq!(settings.options("issues").jql.as_deref(), Some("project = ENG"));
    scene.overrides.feeds = Some(vec!["fields".into()]);
    assert_eq!(feeds(&scene.settings()), ["fields"]);
}

#[test]
fn all_three_formats_say_the_same() {
    let yaml = "feeds: [myself]\ncredentials:\n  acme:\n    url: https://acme.atlassian.net\n    username: me@acme.example\n    api_token: { env: JIRA_API_TOKEN }\nlimits: { max_in_flight: 4, retry_for: 1m }\nraw: false\n";
    let json = r#"{"feeds": ["myself"], "credentials": {"acme": {"url": "https://acme.atlassian.net",
        "username": "me@acme.example", "api_token": {"env": "JIRA_API_TOKEN"}}},
        "limits": {"max_in_flight": 4, "retry_for": "1m"}, "raw": false}"#;
    for (file, content) in [("a.yaml", yaml), ("a.yml", yaml), ("a.JSON", json)] {
        let settings = Scene::named(file, content).settings();
        assert_eq!(feeds(&settings), ["myself"], "{file}");
        assert_eq!(settings.limits.max_in_flight.get(), 4, "{file}");
        assert_eq!(settings.limits.retry_for, Duration::from_mins(1), "{file}");
        assert!(!settings.options("myself").raw, "{file}");
        assert!(settings.credential.entry().is_ok(), "{file}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_file() {
    let settings = Scene::toml("\u{feff}feeds = [\"myself\"]").settings();
    assert_eq!(feeds(&settings), ["myself"]);
}

#[test]
fn raw_is_decided_by_the_flag_then_the_feed_then_the_whole() {
    let mut scene = Scene::with_acme("raw = false\n[feed.issues]\nraw = true");
    assert!(scene.settings().options("issues").raw);
    assert!(!scene.settings().options("fields").raw);
    scene.overrides.raw = Some(false);
    assert!(!scene.settings().options("issues").raw);
    let scene = Scene::with_acme("").variable("JIRA_FEEDS__RAW", "false");
    assert!(!scene.settings().options("issues").raw);
}

#[test]
fn options_of_feeds_and_feeds_of_ones_own_are_read() {
    let scene = Scene::with_acme(
        "[feed.issues]\njql = \"project = ENG\"\nmode = \"full\"\nfield_names = \"name\"\n\
         [custom.mine]\nget = \"/rest/api/3/role\"\nkey = [\"id\"]\nquery = { a = 1, b = [\"x\"] }\n\
         columns = { zeta = \"text\", id = \"int\", alpha = { c = \"user\", b = [\"text\"] } }",
    );
    let settings = scene.settings();
    let options = settings.options("issues");
    assert_eq!(options.jql.as_deref(), Some("project = ENG"));
    assert_eq!(options.field_names, FieldNames::Name);
    let mine = settings.catalog.get("mine").expect("the custom feed");
    let columns: Vec<_> = mine.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        columns,
        ["zeta", "id", "alpha"],
        "columns keep the order in which they are written"
    );
}

#[test]
fn a_trailing_slash_is_removed_with_a_note() {
    let scene = Scene::toml(&ACME.replace("atlassian.net", "atlassian.net/"));
    let loaded = scene.load().expect("loads");
    let entry = loaded.settings.credential.entry().expect("a credential");
    assert_eq!(entry.site.to_string(), "https://acme.atlassian.net");
    insta::assert_snapshot!(scene.without_folder(&loaded.notes.join("\n")), @"Key `credentials.acme.url` in jira-feeds.toml: the slash at the end is not needed; https://acme.atlassian.net is used");
}

#[test]
fn a_token_of_digits_in_a_variable_stays_a_text() {
    let scene = Scene::toml(ACME)
        .variable("JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN", "0123456789012345678901")
        .mode(0o644);
    let credential = scene.settings().credential.resolve_in(&Environment::default());
    assert_eq!(credential.expect("resolves").api_token.expose(), "0123456789012345678901");
}

#[test]
fn a_source_in_a_variable_replaces_the_one_in_the_file() {
    let scene = Scene::toml(ACME);
    let token = scene.folder.path().join("token");
    std::fs::write(&token, "s3cret\n").expect("written");
    let name = "JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN__FILE";
    let scene = scene.variable(name, &token.display().to_string());
    let credential = scene.settings().credential.resolve_in(&scene.environment());
    assert_eq!(credential.expect("resolves").api_token.expose(), "s3cret");
}

#[test]
fn a_credential_can_come_from_variables_alone() {
    let scene = Scene::toml("feeds = [\"myself\"]")
        .variable("JIRA_FEEDS__CREDENTIALS__CI__URL", "http://127.0.0.1:8099")
        .variable("JIRA_FEEDS__CREDENTIALS__CI__USERNAME", "demo@example.com")
        .variable("JIRA_FEEDS__CREDENTIALS__CI__API_TOKEN__COMMAND", "echo s3cret");
    let credential =
        scene.settings().credential.resolve_in(&scene.environment()).expect("resolves");
    assert_eq!((credential.name.as_str(), credential.api_token.expose()), ("ci", "s3cret"));
}

#[test]
fn the_schema_knows_every_key_and_its_default() {
    let schema = json_schema();
    for pointer in [
        "/properties/feeds",
        "/properties/custom",
        "/$defs/RawLimits/properties/retry_for",
        "/$defs/RawCredential/properties/api_token",
        "/$defs/RawFeed/properties/jql",
        "/$defs/FeedEntry/properties/records",
    ] {
        assert!(schema.pointer(pointer).is_some(), "{pointer} in {schema:#}");
    }
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["$defs"]["RawLimits"]["properties"]["max_in_flight"]["default"], 16);
}
