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
