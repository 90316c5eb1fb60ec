//! The example configs work as they are.

use super::*;

fn load_example(name: &str, environment: &Environment) -> Loaded {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
    let source = ConfigSource { path: Some(path), overrides: Overrides::default() };
    load_in(&source, environment).map_err(|error| error.to_string()).expect(name)
}

#[test]
fn every_example_loads_and_its_credential_resolves() {
    let environment = [
        ("JIRA_API_TOKEN", "s3cret"),
        ("JIRA_FEEDS_DEMO_TOKEN", "s3cret"),
        ("JIRA_FEEDS__DESTINATION__URL", "s3://acme-lake/jira"),
    ];
    let environment: Environment = environment.into_iter().collect();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("the examples")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names, ["airflow.toml", "demo.toml", "full.toml", "minimal.toml", "s3.toml"]);
    for name in names {
        let loaded = load_example(&name, &environment);
        assert_eq!(loaded.notes, Vec::<String>::new(), "{name}");
        assert!(!loaded.settings.feeds.is_empty(), "{name}");
        let credential = loaded.settings.credential.resolve_in(&environment).expect(&name);
        assert_eq!(credential.api_token.expose(), "s3cret", "{name}");
    }
}

#[test]
fn the_full_example_names_every_key_of_the_schema() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/full.toml");
    let text = std::fs::read_to_string(path).expect("the example");
    let schema = json_schema();
    for definition in [
        "",
        "/$defs/RawCredential",
        "/$defs/RawDestination",
        "/$defs/RawLimits",
        "/$defs/RawFeed",
        "/$defs/FeedEntry",
    ] {
        let keys = schema.pointer(&format!("{definition}/properties")).and_then(|v| v.as_object());
        for key in keys.expect(definition).keys() {
            let is_named = text.lines().any(|line| {
                let is_table = line.ends_with(&format!(".{key}]"));
                let line = line.trim_start_matches(['#', ' ', '[']);
                is_table
                    || line
                        .strip_prefix(key.as_str())
                        .is_some_and(|tail| tail.starts_with([' ', '.', ']']))
            });
            assert!(is_named, "{key} of {definition} is not in full.toml");
        }
    }
}

#[test]
fn the_starter_is_the_minimal_example() {
    let scene = Scene::toml(starter()).variable("JIRA_API_TOKEN", "s3cret");
    assert!(scene.settings().credential.resolve_in(&scene.environment()).is_ok());
}
