//! `view`: SQL for the feed that was asked for, over the lake that the config names.

use crate::support::Scene;

const NAMELESS: &str =
    "[custom.nameless]\nget = \"/rest/api/3/x\"\nrecords = \"\"\nkey = [\"id\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_sql_is_over_the_lake_of_the_config_and_touches_nothing() {
    let scene = Scene::with_issues(1).await;
    let text = scene.command(&["view", "board_issues"]).await.exits_with(0).stdout;
    let folder = format!("'{}/board_issues/**/*.parquet'", scene.lake_path().display());
    assert!(text.contains(&folder) && text.contains("max(regexp_extract(file"), "{text}");
    assert!(scene.control().requests().is_empty() && !scene.lake_path().exists());

    let json = scene.command(&["view", "board_issues", "-o", "json"]).await.exits_with(0).report();
    assert_eq!((&json["feed"], &json["dialect"]), (&"board_issues".into(), &"duckdb".into()));
    assert_eq!((&json["mode"], &json["name"]), (&"full".into(), &"board_issues".into()));
    assert_eq!(json["sql"].as_str().map(str::trim_end), Some(text.trim_end()));
}

#[tokio::test(flavor = "multi_thread")]
async fn mode_name_source_and_destination_can_be_chosen() {
    let scene = Scene::with_issues(1).await;
    let arguments = ["--dialect", "trino", "--mode", "incremental", "--source", "hive.jira"];
    let sql = scene.command(&[&["view", "board_issues"], &arguments[..]].concat()).await;
    let sql = sql.exits_with(0).stdout;
    assert!(sql.contains(r#"partition by "_site", "boardId", "id""#), "{sql}");
    assert!(sql.contains(r#"view "hive"."jira"."board_issues_current" as"#), "{sql}");
    let sql = scene.command(&["view", "issues", "-d", "s3://b/lake", "--name", "now"]).await;
    let sql = sql.exits_with(0).stdout;
    assert!(sql.contains("view \"now\" as") && sql.contains("'s3://b/lake/issues/**"), "{sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn latest_rows_of_a_feed_whose_columns_hold_no_key_are_refused() {
    let scene = Scene::with_issues(1).await.config(NAMELESS);
    scene.command(&["view", "nameless"]).await.exits_with(0);
    let ran = scene.command(&["view", "nameless", "--mode", "incremental"]).await.exits_with(2);
    assert!(ran.stderr.contains("Declare `columns` with the key among them"), "{ran:#?}");
}

fn things(columns: &str, partitions: &str) -> String {
    format!(
        "mode = \"incremental\"\n[custom.things]\nget = \"/rest/api/3/project/search\"\npage = \"offset\"\npage_size = 50\nquery = {{ since = \"{{since}}\" }}\nrecords = \"/values\"\nkey = [\"id\"]\ncolumns = {{ id = \"text\", {columns} }}\n[feed.things]\npartition_by = [\"extract_date\", \"{partitions}\"]\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_names_all_columns_names_those_that_the_lake_has() {
    let scene = Scene::with_issues(20).await;
    let scene = scene.config(&things("key = \"text\", style = \"text\", name = \"text\"", "key"));
    let arguments = ["view", "things", "--dialect", "trino", "--source", "hive.jira"];
    let before = scene.command(&arguments).await.exits_with(0);
    assert!(!scene.lake_path().exists(), "looking makes nothing");
    scene.run(&["things"]).await.exits_with(0);
    assert_eq!(scene.command(&arguments).await.exits_with(0).stdout, before.stdout);
    // `style` has gone, and `name` has another type.
    let scene = scene.with_config(&things("key = \"text\", name = \"json\"", "key"));
    scene.run(&["things"]).await.exits_with(0);
    let files = scene.lake().files();
    let sql = scene.command(&arguments).await.exits_with(0).stdout;
    assert_eq!(scene.lake().files(), files);
    insta::assert_snapshot!(sql);
    std::fs::write(scene.lake_path().join("_jira_feeds/state/things.json"), "{").expect("written");
    let ran = scene.command(&arguments).await.exits_with(0);
    assert!(ran.stderr.contains("those of the catalogue are named"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("name_2") && ran.stdout.contains("\"name\""), "{}", ran.stdout);
}
