//! Options for the client of an object store, as users write them.

use super::*;
use crate::config::{Shown, known_options};
use proptest::prelude::*;

fn on_s3(options: &str) -> Scene {
    Scene::with_acme(&format!(
        "[destination]\nurl = \"s3://bucket/lake\"\n[destination.options]\n{options}"
    ))
}

fn kinds(scene: &Scene) -> Vec<(String, &'static str)> {
    let loaded = scene.load().expect("loads");
    let options = loaded.settings.destination.options;
    options.into_iter().map(|(name, source)| (name, source.kind())).collect()
}

#[test]
fn a_value_is_a_text_a_number_a_switch_or_a_source() {
    let scene = on_s3(
        "region = \"eu-central-1\"\nallow_http = true\npool_max_idle_per_host = 4\nsecret_access_key = { env = \"SECRET\" }",
    );
    let options = scene.load().expect("loads").settings.destination.options;
    let value =
        |name: &str| options[name].token(&scene.environment()).expect(name).expose().to_owned();
    assert_eq!(value("region"), "eu-central-1");
    assert_eq!((value("allow_http"), value("pool_max_idle_per_host")), ("true".into(), "4".into()));
    assert_eq!(options["secret_access_key"].kind(), "env");
}

#[test]
fn a_name_may_begin_as_in_the_environment() {
    assert_eq!(kinds(&on_s3("aws_region = \"x\"")), [("region".to_owned(), "inline")]);
    let azure = "[destination]\nurl = \"az://lake\"\noptions = { azure_storage_sas_token = { env = \"SAS\" } }";
    assert_eq!(kinds(&Scene::with_acme(azure)), [("sas_token".to_owned(), "env")]);
}

#[test]
fn an_option_that_is_none_is_refused_with_the_nearest() {
    insta::assert_snapshot!(on_s3("regoin = \"x\"").refusal(), @"Key `destination.options.regoin` in jira-feeds.toml: there is no such key; did you mean `region`?");
    let refusal = on_s3("account_key = \"x\"").refusal();
    assert!(refusal.contains("there is no such key"), "{refusal}");
    let refusal = on_s3("region = [1]").refusal();
    assert!(refusal.contains("a text, a number, true or false"), "{refusal}");
    let refusal = on_s3("secret_access_key = { keyring = true }").refusal();
    assert!(refusal.contains("Name another source"), "{refusal}");
}

#[test]
fn a_folder_has_no_options() {
    let options = "[destination.options]\nregion = \"x\"";
    insta::assert_snapshot!(Scene::with_acme(options).refusal(), @r#"Key `destination.options` in jira-feeds.toml: only object stores have options, and the destination is none. Remove the table, or name an object store as in "s3://bucket/lake""#);
    let mut scene = on_s3("region = \"x\"");
    scene.overrides.destination = Some("./lake".into());
    let loaded = scene.load().expect("a flag goes over the file's destination and its options");
    assert!(loaded.settings.destination.options.is_empty());
    assert!(loaded.notes[0].contains("--destination"), "{:?}", loaded.notes);
}

#[cfg(unix)]
#[test]
fn a_secret_in_a_file_that_others_can_read_is_refused() {
    let secret = || on_s3("secret_access_key = \"s3cret\"");
    assert_eq!(kinds(&secret()).len(), 1);
    let refusal = secret().mode(0o644).refusal();
    assert!(refusal.contains("the secret stands in a file that others can read"), "{refusal}");
    assert!(!refusal.contains("s3cret"), "{refusal}");
    assert_eq!(kinds(&on_s3("region = \"x\"").mode(0o644)).len(), 1);
    let given = on_s3("").mode(0o644).variable("JIRA_FEEDS__DESTINATION__OPTIONS__TOKEN", "s3cret");
    assert_eq!(kinds(&given), [("token".to_owned(), "inline")]);
}

#[test]
fn the_source_of_a_higher_layer_takes_the_place_of_the_files() {
    let scene = on_s3("token = { env = \"A\" }")
        .variable("JIRA_FEEDS__DESTINATION__OPTIONS__TOKEN__FILE", "/run/token");
    assert_eq!(kinds(&scene), [("token".to_owned(), "file")]);
}

#[test]
fn the_container_before_an_at_sign_is_no_login() {
    let url = "abfss://lake@acme.dfs.core.windows.net/jira";
    let scene = Scene::with_acme(&format!("destination.url = \"{url}\""));
    assert_eq!(scene.load().expect("loads").settings.destination.url, url);
    let refusal =
        Scene::with_acme("destination.url = \"abfss://a:s3cret@acme.dfs.core.windows.net\"")
            .refusal();
    assert!(refusal.contains("user name or password") && !refusal.contains("s3cret"), "{refusal}");
}

fn shown(scene: &Scene) -> String {
    let source = ConfigSource { path: Some(scene.path()), overrides: Overrides::default() };
    let Shown { values, .. } =
        crate::config::show_in(&source, &scene.environment()).expect("shown");
    serde_json::to_string(&values).expect("JSON")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn no_secret_of_any_store_is_shown(
        (url, name) in prop::sample::select(vec!["s3://b", "gs://b", "az://c"]).prop_flat_map(|url| {
            let names: Vec<_> = known_options(url).collect();
            (Just(url), prop::sample::select(names))
        })
    ) {
        let content = format!("[destination]\nurl = \"{url}\"\noptions = {{ {name} = \"s3cret\" }}");
        let scene = Scene::with_acme(&content);
        let loaded = scene.load().expect("loads");
        let debug = format!("{loaded:?}");
        prop_assert!(!debug.contains("s3cret"), "{debug}");
        // What is no secret is refused nowhere; what is one, in a file that others can read.
        #[cfg(unix)]
        let is_secret = scene.mode(0o644).load().is_err();
        #[cfg(unix)]
        prop_assert!(!is_secret || !shown(&Scene::with_acme(&content)).contains("s3cret"), "{name}");
    }
}
