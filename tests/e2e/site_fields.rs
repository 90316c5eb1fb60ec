//! What a run does when Jira will not say which fields the site has.

use crate::support::{Scene, rows_of};
use jira_sandbox::{Effect, Fault, Resource};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn without_the_sites_fields_only_the_feeds_that_have_a_column_for_each_fail() {
    let scene = Scene::with_issues(60).await;
    let refused = Effect::Status { status: 500, retry_after: None };
    scene.control().inject(Fault::on("GET", "/rest/api/3/field", refused));
    let ran =
        scene.run(&["issues", "issue_comments", "issue_sprints", "labels"]).await.exits_with(5);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["issues"], "failed");
    assert_eq!(outcomes["issue_sprints"], "failed");
    assert_eq!(outcomes["issue_comments"], "complete");
    assert_eq!(outcomes["labels"], "complete");
    let reason = ran.feed("issues")["reason"].as_str().unwrap_or_default().to_owned();
    assert!(reason.contains("GET /rest/api/3/field answered 500"), "{reason}");
    assert!(scene.lake().parts("issues").is_empty());
}

const POINTS: &str = "customfield_10026";
const ADDED: &str = "customfield_19999";

/// Serves the site's list of fields without some, and with others.
fn serve_fields(scene: &Scene, without: &[&str], with: &[Value]) {
    let truth = scene.site().truth(scene.account().username, Resource::Fields);
    let mut fields: Vec<_> = truth.into_iter().map(|record| record.value).collect();
    fields.retain(|field| !without.iter().any(|id| field["id"] == **id));
    fields.extend_from_slice(with);
    scene.control().serve("GET", "/rest/api/3/field", move |_| Value::Array(fields.clone()));
}

fn custom(id: &str, name: &str, kind: &str) -> Value {
    json!({"id": id, "name": name, "custom": true, "schema": {"type": kind, "custom": "x:y"}})
}

/// Runs after a field was renamed, had its type changed, and came and went; the notes of each run.
async fn notes_of_changes(scene: &Scene) -> Vec<Vec<String>> {
    let changes: [(&[&str], Vec<Value>); 5] = [
        (&[], vec![]),
        (&[POINTS], vec![custom(POINTS, "Size", "number"), custom(ADDED, "Added", "date")]),
        (&[POINTS], vec![custom(POINTS, "Size", "string")]),
        (&[POINTS], vec![custom(POINTS, "Size", "string")]),
        (&[], vec![custom(ADDED, "Added", "date")]),
    ];
    let mut told = Vec::new();
    for (day, (without, with)) in changes.iter().enumerate() {
        serve_fields(scene, without, with);
        let date = format!("2026-11-0{}", day + 1);
        let ran = scene.run(&["issues", "--full-refresh", "--date", &date]).await.exits_with(0);
        let notes = ran.feed("issues")["notes"].as_array().cloned().unwrap_or_default();
        told.push(notes.iter().filter_map(|note| note.as_str().map(str::to_owned)).collect());
    }
    told
}

fn values(scene: &Scene, date: u32, column: &str) -> usize {
    let parts = scene.lake().parts("issues");
    let folder = format!("extract_date=2026-11-0{date}");
    let of_date = parts.iter().filter(|part| part.to_string_lossy().contains(&folder));
    let rows: Vec<_> = of_date.flat_map(|part| rows_of(part)).collect();
    assert!(!rows.is_empty());
    for row in &rows {
        assert!(row["fields"].as_object().expect("an object").contains_key(column), "{column}");
    }
    rows.iter().filter(|row| !row["fields"][column].is_null()).count()
}

async fn columns_follow_their_fields(config: &str) {
    let scene = Scene::with_issues(60).await.config(config);
    let told = notes_of_changes(&scene).await;
    let changed = format!("{POINTS}_2");
    assert_eq!(told[0], [""; 0]);
    assert_eq!(
        told[1],
        [
            format!(
                "the field of column fields.{POINTS} was called \"Story Points\" and is called \"Size\" now"
            ),
            format!("column fields.{ADDED} (Added) is new"),
        ]
    );
    assert_eq!(
        told[2],
        [
            format!("column fields.{ADDED} (Added) is gone: it stays and is null"),
            format!(
                "column fields.{POINTS} was a number and is text now: the values are in {changed}"
            ),
        ]
    );
    assert_eq!(told[3], [""; 0]);
    assert_eq!(told[4].len(), 3, "{:#?}", told[4]);
    let filled = values(&scene, 1, POINTS);
    assert!(filled > 0);
    for (date, holds, others) in [(2, POINTS, &[ADDED][..]), (3, &changed, &[POINTS, ADDED])] {
        assert_eq!(values(&scene, date, holds), filled);
        assert!(others.iter().all(|other| values(&scene, date, other) == 0));
    }
    assert_eq!((values(&scene, 5, POINTS), values(&scene, 5, &changed)), (filled, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_follow_fields_that_come_go_and_change_in_full_runs() {
    columns_follow_their_fields("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_follow_fields_that_come_go_and_change_in_incremental_runs() {
    columns_follow_their_fields("mode = \"incremental\"\n").await;
}

/// Otherwise one column would be a number in some parts and a text in others.
#[tokio::test(flavor = "multi_thread")]
async fn a_backfill_writes_into_the_columns_that_its_feed_has_had() {
    let scene = Scene::with_issues(60).await.config("mode = \"incremental\"\n");
    let changed = format!("{POINTS}_2");
    for (day, without, with) in [
        (1, &[][..], vec![]),
        (2, &[POINTS], vec![custom(POINTS, "Size", "string"), custom(ADDED, "Added", "date")]),
        (3, &[POINTS], vec![custom(POINTS, "Size", "string")]),
    ] {
        serve_fields(&scene, without, &with);
        let past = ["--since", "2023-01-01", "--until", "2027-01-01", "--window", "year"];
        let flags = if day == 3 { &past[..] } else { &["--full-refresh"] };
        let date = format!("2026-11-0{day}");
        scene.run(&[&["issues", "--date", &date], flags].concat()).await.exits_with(0);
    }
    let filled = values(&scene, 1, POINTS);
    assert!(filled > 0);
    for (column, count) in [(POINTS, 0), (&*changed, filled), (ADDED, 0)] {
        assert_eq!(values(&scene, 3, column), count, "{column}");
    }
}
