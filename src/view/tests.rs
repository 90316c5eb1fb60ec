//! The SQL of each dialect in full, and what odd names make of it.

use super::*;

const DIALECTS: [Dialect; 5] =
    [Dialect::DuckDb, Dialect::Spark, Dialect::Trino, Dialect::BigQuery, Dialect::Snowflake];

fn view(current: Current) -> View {
    View {
        feed: "board_issues".to_owned(),
        current,
        name: None,
        lake: "/data/lake".to_owned(),
        source: Some("warehouse.jira".to_owned()),
        columns: ["boardId", "id", "_site", "_extracted_at", "_run_id", "_deleted"]
            .map(str::to_owned)
            .to_vec(),
        partitions: vec!["extract_date".to_owned(), "board_name".to_owned()],
    }
}

fn of_key() -> Current {
    Current::LatestOfKey(vec!["boardId".to_owned(), "id".to_owned()])
}

fn odd() -> View {
    View {
        name: Some("it's.a \"view\"`s".to_owned()),
        lake: "/it's/a [lake]*?/{x}\\y".to_owned(),
        source: Some("my-project.a`b\"c".to_owned()),
        ..view(Current::LatestOfKey(vec!["a \"b\"".to_owned(), "c`d\\e\n; drop".to_owned()]))
    }
}

fn in_all_dialects(view: &View) -> String {
    DIALECTS.map(|dialect| format!("===== {dialect:?}\n{}", view.sql(dialect))).join("\n")
}

#[test]
fn the_latest_row_of_each_key_in_each_dialect() {
    insta::assert_snapshot!(in_all_dialects(&view(of_key())));
}

#[test]
fn the_rows_of_the_latest_date_in_each_dialect() {
    insta::assert_snapshot!(in_all_dialects(&view(Current::LatestDate)));
}

#[test]
fn the_rows_of_a_feed_that_each_run_replaces_in_each_dialect() {
    insta::assert_snapshot!(in_all_dialects(&view(Current::All)));
}

#[test]
fn odd_names_are_quoted_as_each_dialect_wants_it() {
    insta::assert_snapshot!(in_all_dialects(&odd()));
}

#[test]
fn a_view_is_called_after_its_feed_and_never_like_the_table_that_it_reads() {
    let mut view = view(of_key());
    assert_eq!(view.name(Dialect::DuckDb), "board_issues");
    assert_eq!(view.name(Dialect::Snowflake), "warehouse.jira.board_issues_current");
    view.source = None;
    assert_eq!(view.name(Dialect::Trino), "board_issues_current");
    view.name = Some("mine".to_owned());
    assert!(DIALECTS.iter().all(|dialect| view.name(*dialect) == "mine"));
}

#[test]
fn spark_is_told_the_file_system() {
    let from = |lake: &str| {
        View { lake: lake.to_owned(), ..view(Current::LatestDate) }.sql(Dialect::Spark)
    };
    assert!(from("/data/lake").contains("path 'file:///data/lake/board_issues'"));
    assert!(from("s3://bucket/lake").contains("path 's3a://bucket/lake/board_issues'"));
    assert!(from("gs://bucket/lake").contains("path 'gs://bucket/lake/board_issues'"));
}
