//! What `config show` says of a configuration.

use super::*;

impl Scene {
    fn shown(&self) -> Shown {
        let source = ConfigSource { path: Some(self.path()), overrides: self.overrides.clone() };
        show_in(&source, &self.environment()).map_err(|error| error.to_string()).expect("shown")
    }
}

/// `key = value (from)`, a line each.
fn lines(scene: &Scene) -> String {
    let shown = scene.shown();
    let lines = shown.values.iter().map(|it| format!("{} = {} ({})\n", it.key, it.value, it.from));
    scene.without_folder(&lines.collect::<String>())
}

#[test]
fn every_key_is_shown_with_its_value_and_the_layer_that_won() {
    let mut scene = Scene::with_acme("raw = false\n[feed.issues]\njql = \"project = A\"")
        .variable("JIRA_FEEDS__LIMITS__MAX_IN_FLIGHT", "4")
        .variable("JIRA_FEEDS__FEEDS", "issues, boards");
    scene.overrides.destination = Some("/data".into());
    insta::assert_snapshot!(lines(&scene));
}

#[test]
fn a_secret_is_shown_by_its_source_in_every_layer() {
    let of =
        |line: &str| Scene::toml(&ACME.replace("api_token = { env = \"JIRA_API_TOKEN\" }", line));
    for scene in [
        of("api_token = \"s3cret\""),
        of("api_token = { command = \"echo s3cret\" }"),
        of("api_token = { command = [\"echo\", \"s3cret\"] }"),
        Scene::toml(ACME).variable("JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN", "s3cret"),
        Scene::toml(ACME).variable("JIRA_API_TOKEN", "s3cret"),
        Scene::toml(ACME)
            .variable("JIRA_FEEDS__CREDENTIALS__ACME__API_TOKEN__COMMAND", "echo s3cret"),
    ] {
        let shown = lines(&scene);
        assert!(
            !shown.contains("s3cret") && shown.contains("credentials.acme.api_token"),
            "{shown}"
        );
    }
}

#[test]
fn every_key_of_the_schema_that_has_a_default_is_shown_without_any_file() {
    let source = ConfigSource::default();
    let environment = Environment::default();
    let merged =
        layers::merge(&source, &environment, Path::new("/none")).map_err(|e| e.to_string());
    let shown = shown::shown(&merged.expect("merged"));
    let keys: Vec<_> = shown.values.iter().map(|it| it.key.as_str()).collect();
    let limits = json_schema()["$defs"]["RawLimits"]["properties"].clone();
    for limit in limits.as_object().expect("limits").keys() {
        assert!(keys.contains(&format!("limits.{limit}").as_str()), "{limit} in {keys:?}");
    }
    assert!(shown.values.iter().all(|it| it.from == Origin::Default));
}

#[test]
fn what_is_refused_is_not_shown() {
    let scene = Scene::with_acme("[limits]\nmax_in_flight = 0");
    let source = ConfigSource { path: Some(scene.path()), overrides: Overrides::default() };
    assert!(show_in(&source, &scene.environment()).is_err());
}
