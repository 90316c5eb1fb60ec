//! A run that is told to stop ends cleanly: what was committed stays, the rest leaves no trace.

use crate::support::process::{finished, send, start, until};
use crate::support::{PLAIN, Ran, Scene};
use jira_sandbox::{Effect, Fault};

const HANGING: &str = "/rest/api/3/label";

/// A run of a feed that hangs and one that does not, told to stop once the second is committed.
async fn interrupted_by(signal: &str) -> (Scene, Ran) {
    let scene = Scene::with_issues(100).await;
    scene.control().inject(Fault::on("GET", HANGING, Effect::Hang));
    let child = start(&scene, &["run", "fields", "labels", "--output", "json"]);
    until("labels hangs", || scene.control().count("GET", HANGING) > 0).await;
    until("fields is committed", || {
        scene.lake().files().iter().any(|file| file.starts_with("_jira_feeds/manifests/fields/"))
    })
    .await;
    send(signal, &child);
    let ran = finished(child).await;
    (scene, ran)
}

#[track_caller]
fn assert_ended_cleanly(scene: &Scene, ran: &Ran) {
    let outcomes = ran.outcomes();
    assert_eq!(
        (outcomes["fields"].as_str(), outcomes["labels"].as_str()),
        ("complete", "interrupted")
    );
    assert_eq!(ran.report()["outcome"], "interrupted");
    assert!(!scene.lake().rows("fields").is_empty());
    assert!(scene.lake().parts("labels").is_empty());
    let files = scene.lake().files();
    assert!(!files.iter().any(|file| file.contains("staging")), "{files:?}");
    assert!(files.iter().any(|file| file.starts_with("_jira_feeds/runs/")), "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_a_run_with_130_and_keeps_what_is_committed() {
    let (scene, ran) = interrupted_by("INT").await;
    assert_ended_cleanly(&scene, &ran.exits_with(130));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduler_s_signal_ends_a_run_with_143_and_keeps_what_is_committed() {
    let (scene, ran) = interrupted_by("TERM").await;
    assert_eq!(ran.report()["exit_code"], 143);
    assert_ended_cleanly(&scene, &ran.exits_with(143));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_in_the_midst_of_issues_leaves_none_of_them() {
    let scene = Scene::with_issues(600).await;
    let bulk = "/rest/api/3/issue/bulkfetch";
    scene.control().inject(Fault::on("POST", bulk, Effect::HangMidBody).starting(3));
    let child = start(&scene, &["run", "issues.*", "--output", "json"]);
    until("the third page of issues hangs", || scene.control().count("POST", bulk) > 2).await;
    send("TERM", &child);
    let ran = finished(child).await.exits_with(143);
    assert_eq!(ran.outcomes()["issues"], "interrupted");
    assert!(
        scene.lake().parts("issues").is_empty() && scene.lake().parts("issue_comments").is_empty()
    );
    assert!(!scene.lake().files().iter().any(|file| file.contains("staging")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_before_the_login_is_answered_ends_the_run_at_once() {
    let scene = Scene::with_issues(1).await;
    scene.control().inject(Fault::on("GET", "/rest/api/3/myself", Effect::Hang));
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        scene.control().clear_log();
        let child = start(&scene, &["run", "--output", "json"]);
        until("the login hangs", || !scene.control().requests().is_empty()).await;
        send(signal, &child);
        let ran = finished(child).await.exits_with(code);
        assert_eq!(ran.report()["exit_code"], code);
        assert_eq!(scene.lake().files(), [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_after_an_interrupted_one_reads_what_is_missing() {
    let (scene, ran) = interrupted_by("TERM").await;
    ran.exits_with(143);
    scene.control().clear_faults();
    scene.run(&["fields", "labels"]).await.exits_with(0);
    assert!(!scene.lake().rows("labels").is_empty());
    let fields = scene.site().truth(scene.account().username, jira_sandbox::Resource::Fields);
    assert_eq!(scene.lake().rows("fields").len(), fields.len());
}

/// What a run reads that comes after one that was interrupted.
async fn goes_on(scene: &Scene, arguments: &[&str]) -> Ran {
    scene.control().clear_faults();
    scene.control().clear_log();
    scene.run(&[&["projects", "labels"], arguments].concat()).await.exits_with(0)
}

/// A run of two feeds, ended by `signal` when the first is committed and the second hangs.
async fn half_done(signal: &str, arguments: &[&str]) -> Scene {
    let scene = Scene::with_issues(100).await;
    scene.control().inject(Fault::on("GET", HANGING, Effect::Hang));
    let all = [&["run", "projects", "labels", "--output", "json"], arguments].concat();
    let child = start(&scene, &all);
    until("labels hangs", || scene.control().count("GET", HANGING) > 0).await;
    until("projects are committed", || {
        scene.lake().files().contains(&"_jira_feeds/state/projects.json".to_owned())
    })
    .await;
    send(signal, &child);
    finished(child).await;
    scene
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_goes_on_where_one_was_interrupted_or_killed() {
    for signal in ["INT", "KILL"] {
        let scene = half_done(signal, &[]).await;
        let rows = scene.lake().rows("projects");
        let ran = goes_on(&scene, &[]).await;
        assert_eq!(ran.report()["resumed"], true, "{signal}");
        assert_eq!(scene.control().count("GET", "/rest/api/3/project/search"), 0, "{signal}");
        assert_eq!(ran.feed("projects")["records"], rows.len(), "{signal}");
        assert_eq!(scene.lake().rows("projects"), rows, "{signal}");
        assert!(!scene.lake().rows("labels").is_empty());
        let after = goes_on(&scene, &[]).await;
        assert_eq!(after.report()["resumed"], serde_json::Value::Null, "that run has ended");
        assert!(scene.control().count("GET", "/rest/api/3/project/search") > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_run_than_the_interrupted_one_begins_at_the_beginning() {
    for (first, second) in [
        (&["--run-id", "monday"][..], &["--run-id", "tuesday"][..]),
        (&[], &["--no-raw"]),
        (&[], &["fields"]),
        (&[], &["--date", "2026-11-01"]),
    ] {
        let scene = half_done("TERM", first).await;
        let ran = goes_on(&scene, second).await;
        assert_eq!(ran.report()["resumed"], serde_json::Value::Null, "{second:?}");
        assert!(scene.control().count("GET", "/rest/api/3/project/search") > 0, "{second:?}");
    }
}

/// The commit of one feed had begun when a run was killed, and another feed's part was staged only.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_had_begun_is_completed_by_any_later_run_and_what_was_only_staged_goes() {
    let scene = Scene::with_issues(10).await;
    scene.run(&["fields", "--run-id", "monday"]).await.exits_with(0);
    let rows = scene.lake().rows("fields").len();
    let housekeeping = scene.lake_path().join("_jira_feeds");
    let manifest = housekeeping.join("manifests/fields/monday.json");
    let read = |path: &std::path::Path| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(path).expect("read")).expect("JSON")
    };
    let state = housekeeping.join("state/fields.json");
    let intent = serde_json::json!({
        "manifest": read(&manifest), "previous": [], "kept": 0, "state": read(&state),
    });
    let staging = housekeeping.join("staging/monday/fields");
    std::fs::create_dir_all(&staging).expect("made");
    std::fs::write(staging.join("commit.json"), intent.to_string()).expect("written");
    let part = scene.lake().parts("fields").remove(0);
    std::fs::rename(part, staging.join("0000.parquet")).expect("moved");
    std::fs::remove_file(manifest).expect("removed");
    std::fs::remove_file(state).expect("removed");
    let orphan = housekeeping.join("staging/sunday/labels");
    std::fs::create_dir_all(&orphan).expect("made");
    std::fs::write(orphan.join("0000.parquet"), "rows").expect("written");
    assert!(scene.lake().rows("fields").is_empty());
    scene.run(&["labels"]).await.exits_with(0);
    assert_eq!(scene.lake().rows("fields").len(), rows);
    let files = scene.lake().files();
    assert!(!files.iter().any(|file| file.contains("staging")), "{files:?}");
}

/// It would write into the partitions of a day long past.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_interrupted_days_ago_is_not_gone_on_with_unless_it_is_asked_for() {
    for (name, resumed) in [(&["--run-id", "monday"][..], true), (&[], false)] {
        let scene = half_done("KILL", name).await;
        let path = scene.lake_path().join("_jira_feeds/checkpoint.json");
        let text = std::fs::read_to_string(&path).expect("read");
        let mut checkpoint: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let long_ago = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(25);
        checkpoint["started_at"] = long_ago.to_string().into();
        std::fs::write(&path, checkpoint.to_string()).expect("written");
        let ran = goes_on(&scene, name).await;
        assert_eq!(ran.report()["resumed"].as_bool().unwrap_or_default(), resumed, "{name:?}");
    }
}

/// What was denied then may be granted by now.
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_which_parents_were_denied_is_read_again_by_the_run_that_goes_on() {
    const VERSIONS: &str = "/rest/api/3/project/{projectIdOrKey}/version";
    let scene = Scene::with_issues(40).await.seen_by(PLAIN);
    scene.control().inject(Fault::on("GET", HANGING, Effect::Hang));
    let child = start(&scene, &["run", "project_versions", "labels", "--output", "json"]);
    until("labels hangs", || scene.control().count("GET", HANGING) > 0).await;
    until("versions are committed", || {
        scene.lake().files().contains(&"_jira_feeds/state/project_versions.json".to_owned())
    })
    .await;
    send("KILL", &child);
    finished(child).await;
    scene.control().clear_faults();
    scene.control().clear_log();
    let ran = scene.run(&["project_versions", "labels"]).await.exits_with(4);
    assert_eq!(ran.report()["resumed"], true);
    assert!(scene.control().count("GET", VERSIONS) > 0);
    ran.is("project_versions", "partial");
}

/// A task of yesterday that is cleared, and killed before it has committed anything this time.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_has_committed_when_it_ran_before_is_read_again() {
    const PROJECTS: &str = "/rest/api/3/project/search";
    let scene = Scene::with_issues(40).await;
    let arguments = ["--run-id", "yesterday"];
    goes_on(&scene, &arguments).await;
    scene.control().inject(Fault::on("GET", PROJECTS, Effect::Hang));
    let child = start(
        &scene,
        &[&["run", "projects", "labels", "--output", "json"], &arguments[..]].concat(),
    );
    until("projects hang", || scene.control().count("GET", PROJECTS) > 1).await;
    send("KILL", &child);
    finished(child).await;
    let ran = goes_on(&scene, &arguments).await;
    assert_eq!(ran.report()["resumed"], true);
    assert!(scene.control().count("GET", PROJECTS) > 0);
}
