//! What has gone from feeds that are read in full: each snapshot is compared with that of the last date before.

use crate::support::changing::MORNING;
use crate::support::{ADMIN, Ran, Scene, rows_of};
use jira_sandbox::{Effect, Fault, PageStyle};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

const CATEGORIES: &str = "[feed.project_categories]\nfind_deleted = true\n";
const LIST: &str = "/rest/api/3/projectCategory";
const BOARDS: &str = "/rest/agile/1.0/board";
const SPRINTS: &str = "/rest/agile/1.0/board/{boardId}/sprint";

/// A list that the site gives, and that changes.
#[derive(Clone, Default)]
struct Listed(Arc<Mutex<Vec<u32>>>);

impl Listed {
    fn served(scene: &Scene) -> Self {
        let listed = Self::default();
        let records = listed.clone();
        scene.control().serve("GET", LIST, move |_| records.records());
        listed
    }

    fn are(&self, ids: &[u32]) {
        *self.0.lock().expect("unpoisoned") = ids.to_vec();
    }

    fn records(&self) -> Value {
        let ids = self.0.lock().expect("unpoisoned").clone();
        let record = |id| json!({ "id": format!("{id}"), "name": format!("category {id}") });
        ids.into_iter().map(record).collect()
    }
}

/// The keys of a date's rows, tombstones with a minus.
fn of_date(scene: &Scene, feed: &str, date: &str) -> BTreeSet<String> {
    let parts = scene.lake().parts(feed).into_iter();
    let parts = parts.filter(|part| part.to_string_lossy().contains(&format!("={date}/")));
    let rows = parts.flat_map(|part| rows_of(&part));
    let name = |row: Value| {
        let id = crate::support::plain(&row["id"]);
        if row["_deleted"] == true { format!("-{id}") } else { id }
    };
    rows.map(name).collect()
}

fn set(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

async fn run(scene: &Scene, feed: &str, date: &str, more: &[&str]) -> Ran {
    let arguments = [&[feed, "--date", date], more].concat();
    scene.run(&arguments).await
}

/// A site with categories 1, 2 and 3, of which 2 has gone and 4 come on the second day.
async fn second_day() -> (Scene, Listed) {
    let scene = Scene::with_issues(1).await.config(CATEGORIES);
    let listed = Listed::served(&scene);
    listed.are(&[1, 2, 3]);
    let first = run(&scene, "project_categories", "2026-11-01", &[]).await.exits_with(0);
    assert_eq!(first.feed("project_categories")["deleted"], 0, "nothing to compare with");
    listed.are(&[1, 3, 4]);
    let second = run(&scene, "project_categories", "2026-11-02", &["--run-id", "second"]).await;
    let feed = second.exits_with(0).feed("project_categories");
    assert_eq!((&feed["records"], &feed["deleted"]), (&json!(3), &json!(1)));
    (scene, listed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_last_snapshot_has_more_is_a_tombstone_with_its_key_alone() {
    let (scene, listed) = second_day().await;
    assert_eq!(of_date(&scene, "project_categories", "2026-11-02"), set(&["1", "-2", "3", "4"]));
    let rows = scene.lake().rows("project_categories");
    let tombstone = rows.iter().find(|row| row["_deleted"] == true).expect("a tombstone");
    assert_eq!(tombstone["id"], "2");
    assert!(["name", "self", "_raw"].iter().all(|column| tombstone[column].is_null()));
    assert_eq!(tombstone["_site"], scene.url());
    // It is told once: the next snapshot is compared with this one.
    listed.are(&[1, 4]);
    run(&scene, "project_categories", "2026-11-03", &[]).await.exits_with(0);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-03"), set(&["1", "-3", "4"]));
    // What has come back is a record as any other.
    listed.are(&[1, 2, 4]);
    let back = run(&scene, "project_categories", "2026-11-04", &[]).await.exits_with(0);
    assert_eq!(back.feed("project_categories")["deleted"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_run_of_a_date_tells_what_has_gone_since_the_date_before() {
    let (scene, listed) = second_day().await;
    for more in [&["--run-id", "second"][..], &["--run-id", "third"], &["--full-refresh"], &[]] {
        run(&scene, "project_categories", "2026-11-02", more).await.exits_with(0);
        let found = of_date(&scene, "project_categories", "2026-11-02");
        assert_eq!(found, set(&["1", "-2", "3", "4"]), "{more:?}");
    }
    // On the same date one has come back, and another has gone that came on it.
    listed.are(&[1, 2]);
    run(&scene, "project_categories", "2026-11-02", &[]).await.exits_with(0);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-02"), set(&["1", "2", "-3"]));
    // An earlier date that is written again leaves the later ones what they were compared with.
    listed.are(&[2, 5]);
    run(&scene, "project_categories", "2026-11-01", &[]).await.exits_with(0);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-01"), set(&["2", "5"]));
    run(&scene, "project_categories", "2026-11-03", &[]).await.exits_with(0);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-03"), set(&["-1", "2", "5"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_changes_nothing() {
    let (scene, listed) = second_day().await;
    let files = scene.lake().files();
    let kept: Vec<_> = files.iter().filter(|file| !file.contains("/runs/")).collect();
    listed.are(&[1]);
    scene
        .control()
        .inject(Fault::on("GET", LIST, Effect::Status { status: 404, retry_after: None }).times(1));
    run(&scene, "project_categories", "2026-11-03", &[]).await.exits_with(5);
    let now = scene.lake().files();
    assert!(kept.iter().all(|file| now.contains(file)));
    assert_eq!(of_date(&scene, "project_categories", "2026-11-03"), set(&[]));
    run(&scene, "project_categories", "2026-11-03", &[]).await.exits_with(0);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-03"), set(&["1", "-3", "-4"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_without_a_state_is_compared_with_the_parts_of_its_latest_date_before() {
    let (scene, listed) = second_day().await;
    scene.command(&["state", "reset"]).await.exits_with(0);
    listed.are(&[1]);
    for _ in 0..2 {
        run(&scene, "project_categories", "2026-11-03", &[]).await.exits_with(0);
        let found = of_date(&scene, "project_categories", "2026-11-03");
        assert_eq!(found, set(&["1", "-3", "-4"]), "a tombstone is no record that goes");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_does_not_ask_for_it_has_no_tombstones_and_may_ask_later() {
    let scene = Scene::with_issues(1).await;
    let listed = Listed::served(&scene);
    for (ids, date) in [(&[1, 2, 3][..], "2026-11-01"), (&[1, 3], "2026-11-02")] {
        listed.are(ids);
        let ran = run(&scene, "project_categories", date, &[]).await.exits_with(0);
        assert_eq!(ran.feed("project_categories")["deleted"], 0);
    }
    let scene = scene.with_config(CATEGORIES);
    listed.are(&[3]);
    run(&scene, "project_categories", "2026-11-03", &[]).await.exits_with(0);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-03"), set(&["-1", "3"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn views_and_compaction_keep_to_what_is_there() {
    let (scene, listed) = second_day().await;
    listed.are(&[]);
    run(&scene, "project_categories", "2026-11-03", &[]).await.exits_with(0);
    let found = of_date(&scene, "project_categories", "2026-11-03");
    assert_eq!(found, set(&["-1", "-3", "-4"]), "none is left, and Jira hides none of these");
    let view = scene.command(&["view", "project_categories"]).await.exits_with(0).stdout;
    assert!(view.contains("latest date") && view.contains("and not _deleted"), "{view}");
    let before = scene.lake().rows("project_categories").len();
    let ran = scene.command(&["compact", "--output", "json"]).await.exits_with(0);
    assert_eq!(ran.feed("project_categories")["after"]["rows"], before);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-02"), set(&["1", "-2", "3", "4"]));
    // The next snapshot does not depend on it.
    listed.are(&[1]);
    let next = run(&scene, "project_categories", "2026-11-04", &[]).await.exits_with(0);
    assert_eq!(next.feed("project_categories")["deleted"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_whose_folders_have_no_dates_keeps_the_tombstones_of_the_day() {
    let by_name = "partition_by = [\"name\"]\n";
    let scene = Scene::with_issues(1).await.config(&format!("{CATEGORIES}{by_name}"));
    let listed = Listed::served(&scene);
    let state = |scene: &Scene| {
        let rows = scene.lake().rows("project_categories");
        let gone = rows.iter().filter(|row| row["_deleted"] == true);
        (rows.len(), gone.map(|row| row["id"].to_string()).collect::<Vec<_>>())
    };
    for (ids, date, rows, gone) in [
        (&[1, 2, 3][..], "2026-11-01", 3, &[][..]),
        (&[1, 3], "2026-11-02", 3, &["\"2\""]),
        (&[1, 3], "2026-11-02", 3, &["\"2\""]),
        (&[1, 3], "2026-11-03", 2, &[]),
    ] {
        listed.are(ids);
        run(&scene, "project_categories", date, &[]).await.exits_with(0);
        assert_eq!(state(&scene), (rows, gone.iter().map(|id| (*id).to_owned()).collect()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_became_invisible_costs_no_tombstones_and_hides_none() {
    let scene = Scene::with_issues(200)
        .await
        .config("[feed.sprints]\nfind_deleted = true\n[limits]\nmax_in_flight = 1\n");
    run(&scene, "sprints", "2026-11-01", &[]).await.exits_with(0);
    let all = of_date(&scene, "sprints", "2026-11-01");
    // The first board is refused: one request at a time, so that it is the same each time.
    let boards: Vec<_> =
        scene.control().requests().into_iter().map(|request| request.path).collect();
    let boards: Vec<_> = boards.iter().filter(|path| path.contains("/sprint")).collect();
    assert!(boards.len() > 2, "{boards:?}");
    let refuse = Fault::on("GET", SPRINTS, Effect::Status { status: 403, retry_after: None });
    scene.control().inject(refuse.times(1));
    let ran = run(&scene, "sprints", "2026-11-02", &[]).await.exits_with(4);
    let feed = ran.feed("sprints");
    assert_eq!((&feed["outcome"], &feed["deleted"]), (&json!("partial"), &json!(0)));
    let seen = of_date(&scene, "sprints", "2026-11-02");
    assert!(seen.len() < all.len() && seen.is_subset(&all), "{seen:?}");
    scene.control().clear_faults();
    // Seen again, nothing has gone but one sprint, which went while its board was out of sight.
    let gone = all.difference(&seen).next().expect("a sprint of that board").clone();
    let kept: Vec<_> = scene
        .lake()
        .rows("sprints")
        .into_iter()
        .filter(|row| row["_deleted"] == false && crate::support::plain(&row["id"]) != gone)
        .filter_map(|row| serde_json::from_str(row["_raw"].as_str()?).ok())
        .collect();
    scene.control().serve_records("GET", SPRINTS, PageStyle::Bean(50), kept);
    let ran = run(&scene, "sprints", "2026-11-03", &[]).await.exits_with(0);
    assert_eq!(ran.feed("sprints")["deleted"], 1);
    assert!(of_date(&scene, "sprints", "2026-11-03").contains(&format!("-{gone}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_answer_of_what_jira_filters_says_nothing_of_what_has_gone() {
    let scene = Scene::with_issues(20).await.config("[feed.boards]\nfind_deleted = true\n");
    run(&scene, "boards", "2026-11-01", &[]).await.exits_with(0);
    let all = of_date(&scene, "boards", "2026-11-01");
    let last: Vec<Value> = scene.lake().raw("boards").into_iter().take(1).collect();
    scene.control().serve_records("GET", BOARDS, PageStyle::Bean(50), Vec::new());
    let ran = run(&scene, "boards", "2026-11-02", &[]).await.exits_with(0);
    assert_eq!(ran.feed("boards")["deleted"], 0, "Jira does not tell whether there are none");
    scene.control().serve_records("GET", BOARDS, PageStyle::Bean(50), last);
    let ran = run(&scene, "boards", "2026-11-03", &[]).await.exits_with(0);
    assert_eq!(ran.feed("boards")["deleted"], all.len() - 1, "kept in mind until it is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_parent_is_seen_nothing_of_theirs_has_gone() {
    let scene = Scene::with_issues(40).await.config("[feed.sprints]\nfind_deleted = true\n");
    run(&scene, "sprints", "2026-11-01", &[]).await.exits_with(0);
    assert!(!of_date(&scene, "sprints", "2026-11-01").is_empty());
    scene.control().serve_records("GET", BOARDS, PageStyle::Bean(50), Vec::new());
    let ran = run(&scene, "sprints", "2026-11-02", &[]).await.exits_with(0);
    assert_eq!(ran.feed("sprints")["deleted"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_that_are_read_in_full_are_compared_unless_others_are_asked_for() {
    let config = "[feed.issues]\nfind_deleted = true\n";
    let scene = Scene::with_issues(40).await.config(config);
    scene.clock().set(MORNING);
    run(&scene, "issues", "2026-10-02", &[]).await.exits_with(0);
    let (gone, now) = (scene.site().issue_ids(ADMIN.username)[3], scene.clock().now());
    scene.change(|site| assert!(site.delete_issue(gone, now)));
    scene.minutes_pass(10);
    let ran = run(&scene, "issues", "2026-10-03", &[]).await.exits_with(0);
    assert_eq!(ran.feed("issues")["deleted"], 1);
    assert!(of_date(&scene, "issues", "2026-10-03").contains(&format!("-{gone}")));
    let project = scene.site().live_project_keys(ADMIN.username)[0].clone();
    let scene = scene.with_config(&format!("{config}jql = \"project = {project}\"\n"));
    let ran = run(&scene, "issues", "2026-10-04", &[]).await.exits_with(0);
    assert_eq!(ran.feed("issues")["deleted"], 0, "those of other projects have not gone");
    assert!(ran.stderr.contains("the last snapshot was of another `jql`"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_snapshot_are_none_to_go_on_from_when_the_feed_is_read_by_its_changes() {
    let feeds = ["issues", "issue_comments"];
    let asks = "[feed.issue_comments]\nfind_deleted = true\n";
    let scene = Scene::with_issues(40).await.config(asks);
    scene.clock().set(MORNING);
    scene.run(&feeds).await.exits_with(0);
    let scene = scene.with_config("mode = \"incremental\"\n");
    scene.minutes_pass(60);
    let mut issues = scene.site().issue_ids(ADMIN.username).into_iter();
    let issue = issues.rfind(|issue| !scene.site().comment_ids(*issue).is_empty());
    let issue = issue.expect("an issue with a comment");
    let (comment, now) = (scene.site().comment_ids(issue)[0], scene.clock().now());
    scene.change(|site| assert!(site.delete_comment(issue, comment, now)));
    scene.minutes_pass(10);
    let ran = scene.run(&feeds).await.exits_with(0);
    assert_eq!(ran.feed("issue_comments")["deleted"], 1, "{ran:#?}");
    assert_eq!(scene.differences_of(&feeds), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_site_had_has_not_gone_from_this_one() {
    let (scene, _) = second_day().await;
    scene.command(&["state", "reset"]).await.exits_with(0);
    let other = Scene::with_issues(1).await.config(CATEGORIES);
    Listed::served(&other).are(&[7]);
    let lake = scene.lake_path();
    let there = ["--destination", lake.to_str().expect("a path")];
    let ran = run(&other, "project_categories", "2026-11-03", &there).await.exits_with(0);
    assert_eq!(ran.feed("project_categories")["deleted"], 0);
    assert_eq!(of_date(&scene, "project_categories", "2026-11-03"), set(&["7"]));
}
