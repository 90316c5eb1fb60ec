//! Credentials in a configuration: what is refused, and that no message shows a secret.

use super::*;
use proptest::prelude::*;

/// The credential with another line for the token.
fn token(line: &str) -> Scene {
    Scene::toml(&ACME.replace("api_token = { env = \"JIRA_API_TOKEN\" }", line))
}

fn with(from: &str, to: &str) -> Scene {
    Scene::toml(&ACME.replace(from, to))
}

#[test]
fn keys_that_are_missing_or_wrong() {
    insta::assert_snapshot!(token("").refusal(), @r#"Key `credentials.acme.api_token` in jira-feeds.toml: the key is missing. Say where the token comes from, as in api_token = { env = "JIRA_API_TOKEN" }"#);
    insta::assert_snapshot!(with("url = \"https://acme.atlassian.net\"", "").refusal(), @r#"Key `credentials.acme.url` in jira-feeds.toml: the key is missing. Give the site's base URL, as in url = "https://acme.atlassian.net""#);
    insta::assert_snapshot!(with("username = \"analytics@acme.example\"", "").refusal(), @r#"Key `credentials.acme.username` in jira-feeds.toml: the key is missing. Give the account's e-mail address, as in username = "analytics@acme.com""#);
    insta::assert_snapshot!(with("analytics@acme.example", " ").refusal(), @"Key `credentials.acme.username` in jira-feeds.toml: the user name is empty. Give the account's e-mail address");
    insta::assert_snapshot!(with("analytics@acme.example", "me:s3cret").refusal(), @"Key `credentials.acme.username` in jira-feeds.toml: the user name holds a colon or a control character. Give the account's e-mail address");
    insta::assert_snapshot!(with("credentials.acme", "credentials.\"a b\"").refusal(), @"Key `credentials.a b` in jira-feeds.toml: a credential's name has letters, digits, - and _ only. Rename it");
    let scene = Scene::toml("").variable("JIRA_FEEDS__CREDENTIALS__CI__URL", "https://a.example");
    std::fs::write(scene.path(), "raw = true").expect("written");
    insta::assert_snapshot!(scene.refusal(), @r#"Key `credentials.ci.username` in jira-feeds.toml: the key is missing. Give the account's e-mail address, as in username = "analytics@acme.com""#);
}

#[test]
fn urls() {
    let url = |text: &str| with("https://acme.atlassian.net", text).refusal();
    insta::assert_snapshot!(url("acme"), @"Key `credentials.acme.url` in jira-feeds.toml: the URL does not begin with https://. Write it as in https://acme.atlassian.net");
    insta::assert_snapshot!(url("https://"), @"Key `credentials.acme.url` in jira-feeds.toml: this is not a URL. Give the site's base URL, as in https://acme.atlassian.net");
    insta::assert_snapshot!(url("http://acme.atlassian.net"), @"Key `credentials.acme.url` in jira-feeds.toml: plain http would send the token in the clear. Use https://; http is for loopback only (127.0.0.1, localhost, [::1])");
    insta::assert_snapshot!(url("https://acme.atlassian.net/jira"), @"Key `credentials.acme.url` in jira-feeds.toml: the URL goes on after the host with a path. Give only https://acme.atlassian.net");
    insta::assert_snapshot!(url("https://acme.atlassian.net?x"), @"Key `credentials.acme.url` in jira-feeds.toml: the URL goes on after the host with a query. Give only https://acme.atlassian.net");
    insta::assert_snapshot!(url("https://acme.atlassian.net#x"), @"Key `credentials.acme.url` in jira-feeds.toml: the URL goes on after the host with a fragment. Give only https://acme.atlassian.net");
    insta::assert_snapshot!(url("https://me:s3cret@acme.atlassian.net"), @"Key `credentials.acme.url` in jira-feeds.toml: the URL holds a user name or password. Remove everything up to the @; the login belongs into `username` and `api_token`");
    let scene = Scene::toml(ACME).variable("JIRA_FEEDS__CREDENTIALS__ACME__URL", "acme");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__CREDENTIALS__ACME__URL: the URL does not begin with https://. Write it as in https://acme.atlassian.net");
}

#[test]
fn sources_that_give_no_token() {
    insta::assert_snapshot!(token("api_token = { env = \"UNSET\" }").unresolved(), @"Key `credentials.acme.api_token` in jira-feeds.toml: environment variable UNSET is not set. Set it to the API token, or name another source");
    insta::assert_snapshot!(token("api_token = { env = \"EMPTY\" }").variable("EMPTY", "").unresolved(), @"Key `credentials.acme.api_token` in jira-feeds.toml: environment variable EMPTY is empty. Put an API token there; https://id.atlassian.com/manage-profile/security/api-tokens makes one");
    insta::assert_snapshot!(token("api_token = { file = \"/none/token\" }").unresolved(), @"Key `credentials.acme.api_token` in jira-feeds.toml: cannot read the file /none/token: No such file or directory (os error 2). Check the path and that this account may read it");
    insta::assert_snapshot!(token("api_token = { command = \"echo s3cret >&2; exit 2\" }").unresolved(), @"Key `credentials.acme.api_token` in jira-feeds.toml: the command ended with exit status: 2. Run it by hand as the same user to see why; what it prints is not shown here because it may hold the secret");
    insta::assert_snapshot!(token("api_token = { keyring = true }").refusal(), @r#"Key `credentials.acme.api_token` in jira-feeds.toml: this build cannot read the operating system's keyring. Use { env = "…" }, { file = "…" } or { command = "…" }"#);
    insta::assert_snapshot!(token("api_token = { command = [] }").refusal(), @r#"Key `credentials.acme.api_token` in jira-feeds.toml: `command` is empty. Give a command that prints the token, as in { command = "pass show jira" }"#);
    insta::assert_snapshot!(token("api_token = { env = \"ATATT3xs3cret\" }").refusal(), @r#"Key `credentials.acme.api_token` in jira-feeds.toml: `env` does not hold the name of an environment variable. Name the variable that has the token, as in { env = "JIRA_API_TOKEN" }"#);
    insta::assert_snapshot!(token("api_token = {}").refusal(), @"Key `credentials.acme.api_token` in jira-feeds.toml: give exactly one source: env, file, command or keyring = true");
    insta::assert_snapshot!(token("api_token = { env = \"A\", file = \"b\" }").refusal(), @"Key `credentials.acme.api_token` in jira-feeds.toml: give exactly one source: env, file, command or keyring = true");
    insta::assert_snapshot!(token("api_token = [\"s3cret\"]").refusal(), @r#"Key `credentials.acme.api_token` in jira-feeds.toml: this is a list. Give a source of the token, as in { env = "JIRA_API_TOKEN" }"#);
    insta::assert_snapshot!(token("api_token = { command = 5 }").refusal(), @"Key `credentials.acme.api_token.command` in jira-feeds.toml: a command is a text for the shell, or a list of program and arguments");
    insta::assert_snapshot!(token("api_token = \"\"").refusal(), @"Key `credentials.acme.api_token` in jira-feeds.toml: the API token is empty. Put an API token there; https://id.atlassian.com/manage-profile/security/api-tokens makes one");
    insta::assert_snapshot!(token("api_token = \"s3cret\\r\\nX-Evil: 1\"").refusal(), @"Key `credentials.acme.api_token` in jira-feeds.toml: the API token holds a line break or another control character. Leave only the token in it, on one line");
    let scene = Scene::toml(ACME).variable("JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN", "");
    insta::assert_snapshot!(scene.refusal(), @"Environment variable JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN: the API token is empty. Put an API token there; https://id.atlassian.com/manage-profile/security/api-tokens makes one");
}

#[test]
fn choices() {
    let two = format!("{ACME}{}", ACME.replace("acme", "beta"));
    insta::assert_snapshot!(Scene::toml(&two).unresolved(), @"There are several credentials (acme, beta) and none is chosen. Set `credential` to one of them, or give --credential NAME");
    insta::assert_snapshot!(Scene::toml(&format!("credential = \"acne\"{two}")).unresolved(), @"Key `credential` in jira-feeds.toml: there is no credential `acne`. Choose one of: acme, beta");
    let mut scene = Scene::toml(&two);
    scene.overrides.credential = Some("none".into());
    insta::assert_snapshot!(scene.unresolved(), @"Flag --credential: there is no credential `none`. Choose one of: acme, beta");
    scene.overrides.credential = Some("beta".into());
    assert_eq!(scene.settings().credential.entry().expect("chosen").name, "beta");
    insta::assert_snapshot!(Scene::toml("raw = true").unresolved(), @"No credential is configured or saved. Save one with `jira-feeds credential add NAME`, or add a [credentials.NAME] table with url, username and api_token to the config file");
}

#[cfg(unix)]
#[test]
fn a_token_in_the_file_needs_a_private_file() {
    let scene = token("api_token = \"s3cret\"");
    let credential = scene.settings().credential.resolve_in(&Environment::default());
    assert_eq!(credential.expect("resolves").api_token.expose(), "s3cret");
    for mode in [0o644, 0o640, 0o604, 0o620] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(token("api_token = \"s3cret\"").mode(mode).refusal(), @r#"Key `credentials.acme.api_token` in jira-feeds.toml: the token stands in a file that others can read. `chmod 600 jira-feeds.toml`, or name a source, as in { env = "JIRA_API_TOKEN" }"#);
        }
    }
}

#[test]
fn nothing_of_a_configuration_that_can_be_printed_has_the_token() {
    let scene = token("api_token = \"s3cret\"");
    let loaded = scene.load().expect("loads");
    assert!(!format!("{loaded:?}").contains("s3cret"));
    let credential = loaded.settings.credential.resolve_in(&scene.environment());
    assert!(!format!("{credential:?}").contains("s3cret"));
}

#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    for content in [
        "[credentials]\nacme = \"s3cret\"",
        "credentials = \"s3cret\"",
        "credentials = [\"s3cret\"]",
        "[credentials.acme]\napi_token = [[\"s3cret\"]]",
        "[credentials.acme]\napi_token = { env = [\"s3cret\"] }",
        "[credentials.acme]\napi_token = { keyring = \"s3cret\" }",
        "[limits]\nmax_in_flight = \"s3cret\"",
        "raw = \"s3cret\"",
        "[limits]\nmax_in_flight = \"s3cret, expected `x` for key `y`, expected z\"",
        "custom = { a = { page_size = \"s3cret, expected `x` for key `y` in the environment\" } }",
        "[limits]\nretry_for = \"s3cret\"",
        "[destination]\nurl = { api_token = \"s3cret\" }",
        "[feed]\nissues = [\"s3cret\"]",
        "[feed.issues]\nmode = \"s3cret\"",
        "api_token = \"s3cret\"",
        "api_token = 's3cret",
        "api_token = s3cret",
        "custom = { a = \"s3cret\" }",
        "custom = { a = { columns = \"s3cret, expected `x`\" } }",
        "custom = { a = { denied = [\"s3cret\"] } }",
    ] {
        let refusal = Scene::toml(content).refusal();
        assert!(!refusal.contains("s3cret"), "{content}: {refusal}");
    }
    for content in ["{\"a\": s3cret}", "{\"api_token\": \"s3cret\"", "[\"s3cret\"]", "\"s3cret"] {
        let refusal = Scene::named("a.json", content).refusal();
        assert!(!refusal.contains("s3cret"), "{content}: {refusal}");
    }
    for content in ["a: \"s3cret", "[s3cret", "? {s3cret: 1}\n: 2", "a: !!float s3cret", "*s3cret"]
    {
        let refusal = Scene::named("a.yaml", content).refusal();
        assert!(!refusal.contains("s3cret"), "{content}: {refusal}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_file_is_read_or_refused(content in any::<Vec<u8>>(), format in 0..3_usize) {
        let name = ["a.toml", "a.yaml", "a.json"][format];
        let _ = Scene::named(name, content).load();
    }
}

/// The paths of all keys of the schema, with a name where the user gives one.
fn keys(schema: &serde_json::Value, node: &serde_json::Value, depth: u8) -> Vec<Vec<String>> {
    let referred = node["$ref"].as_str().and_then(|path| schema.pointer(&path[1..]));
    let node = referred.unwrap_or(node);
    let known = node["properties"].as_object().into_iter().flatten();
    let named = ["acme", "issues"].iter().filter(|_| node["additionalProperties"].is_object());
    let children = known
        .map(|(name, child)| (name.clone(), child))
        .chain(named.map(|name| ((*name).to_owned(), &node["additionalProperties"])));
    let below = children.flat_map(|(name, child)| {
        let deeper = if depth == 0 { Vec::new() } else { keys(schema, child, depth - 1) };
        let paths = std::iter::once(Vec::new()).chain(deeper);
        paths.map(move |path| [vec![name.clone()], path].concat()).collect::<Vec<_>>()
    });
    below.collect()
}

/// A value with a planted secret in it, of any kind that a file can hold.
fn planted() -> impl Strategy<Value = serde_json::Value> {
    let text = prop_oneof![
        Just("s3cret".to_owned()),
        "[ -~]{0,8}".prop_map(|before| format!("{before}s3cret")),
        "[`, :{}\"']{0,4}expected"
            .prop_map(|after| format!("s3cret{after} `x` for key `y`, expected z")),
    ];
    text.prop_map(serde_json::Value::from).prop_recursive(3, 8, 3, |inner| {
        let key = prop::sample::select(
            &["env", "file", "command", "keyring", "url", "api_token", "id", "acme"][..],
        );
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(serde_json::Value::from),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 1..3)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Where a message names what is not there, as a feed or a file, it has to say the name.
fn is_a_name(path: &[String]) -> bool {
    matches!(path[0].as_str(), "custom" | "credential" | "feeds")
        || path == ["custom_dir"]
        || path == ["http"]
        || path == ["http", "ca_file"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]
    #[test]
    fn no_refusal_of_a_wrong_value_quotes_it(
        key in prop::sample::select(keys(&json_schema(), &json_schema(), 3)), value in planted(),
    ) {
        prop_assume!(!is_a_name(&key));
        let mut whole: serde_json::Value =
            toml::from_str::<toml::Value>(ACME).ok().and_then(|it| serde_json::to_value(it).ok()).expect("TOML");
        let mut place = &mut whole;
        for step in &key {
            if !place.is_object() {
                *place = serde_json::json!({});
            }
            place = &mut place[step.as_str()];
        }
        *place = value;
        let scenes = [
            Scene::toml(&toml::to_string(&whole).expect("TOML")),
            Scene::named("a.json", whole.to_string()),
        ];
        for scene in scenes {
            let said = scene.load().err().map(|error| error.to_string()).unwrap_or_default();
            prop_assert!(!said.contains("s3cret"), "{key:?}: {said}\n{whole}");
        }
    }
}
