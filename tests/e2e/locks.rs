//! Two runs on one destination: one writes, the other waits or is refused, and nobody that is gone
//! keeps others out for ever.

use crate::support::process::{finished, send, start, until};
use crate::support::{Ran, Scene};
use jira_sandbox::{Effect, Fault};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Child;
use std::time::{Duration, Instant};

const HANGING: &str = "/rest/api/3/label";
const BRIEF: &str = "JIRA_FEEDS__DESTINATION__LOCK_LEASE";

fn lock_path(scene: &Scene) -> PathBuf {
    scene.lake_path().join("_jira_feeds/lock.json")
}

fn lock(scene: &Scene) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(lock_path(scene)).ok()?).ok()
}

/// A run that holds the destination and gets no further.
async fn holding(scene: &Scene, id: &str) -> Child {
    scene.control().inject(Fault::on("GET", HANGING, Effect::Hang));
    let child = start(scene, &["run", "labels", "--run-id", id, "--output", "json"]);
    until("labels hangs", || scene.control().count("GET", HANGING) > 0).await;
    child
}

/// The lock of a process on another host that renewed it just now, by its own clock.
fn write_other(scene: &Scene, lease: u64, clock: jiff::SignedDuration) {
    let now = jiff::Timestamp::now() + clock;
    let other = json!({
        "host": "elsewhere", "pid": 1, "run_id": "other", "command": "run", "acquired_at": now,
        "renewed_at": now, "renewals": 0, "lease_seconds": lease, "token": "other",
    });
    let path = lock_path(scene);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    std::fs::write(path, other.to_string()).expect("written");
}

#[track_caller]
fn assert_read(scene: &Scene, ran: &Ran) {
    assert_eq!(ran.outcomes()["fields"], "complete");
    let fields = scene.site().truth(scene.account().username, jira_sandbox::Resource::Fields);
    assert_eq!(scene.lake().rows("fields").len(), fields.len());
    assert_eq!(lock(scene), None, "the lock is gone");
    assert!(!scene.lake().files().iter().any(|file| file.contains("lock")));
}

#[track_caller]
fn assert_refused(ran: &Ran, words: &[&str]) {
    let error = ran.report()["error"].as_str().expect("an error").to_owned();
    for word in words {
        assert!(error.contains(word), "no {word:?} in {error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_is_refused_and_touches_nothing() {
    let scene = Scene::with_issues(20).await;
    let first = holding(&scene, "first").await;
    let (before, requests) = (scene.lake().files(), scene.control().requests().len());
    let second = scene.run(&["fields"]).await.exits_with(1);
    let (pid, since) =
        (first.id().to_string(), lock(&scene).expect("a lock")["acquired_at"].clone());
    let since = since.as_str().expect("a time");
    assert_refused(&second, &["is in use", "first", &pid, since, "--wait", "1m"]);
    assert_eq!(scene.lake().files(), before);
    assert_eq!(scene.control().requests().len(), requests);
    send("INT", &first);
    finished(first).await.exits_with(130);
    let third = scene.run(&["fields"]).await.exits_with(0);
    assert_read(&scene, &third);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_run_that_waits_gets_its_turn_and_both_are_whole() {
    let scene = Scene::with_issues(20).await;
    // Slow enough to be met by the other.
    scene.control().inject(Fault::on("GET", HANGING, Effect::Delay(Duration::from_secs(1))));
    let first = start(&scene, &["run", "labels", "--run-id", "first", "--output", "json"]);
    until("the first has the lock", || lock(&scene).is_some()).await;
    let second = start(&scene, &["run", "fields", "--output", "json", "--wait"]);
    let second = finished(second).await.exits_with(0);
    let first = finished(first).await.exits_with(0);
    for word in ["waiting for", "held by `run` first", "process"] {
        assert!(second.stderr.contains(word), "no {word:?} in {}", second.stderr);
    }
    assert_eq!(first.outcomes()["labels"], "complete");
    assert!(!scene.lake().rows("labels").is_empty());
    assert_read(&scene, &second);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_runs_that_start_at_the_same_moment_take_turns() {
    let scene = Scene::with_issues(20).await;
    let runs = ["a", "b", "c", "d"];
    let feeds = ["fields", "labels", "--date", "2026-11-24"];
    // Prepared before any starts: they share the config file.
    let commands = runs.map(|id| {
        let own = ["run", "--run-id", id, "--output", "json", "--wait", "2m"];
        scene.prepared(&[&own[..], &feeds].concat())
    });
    let running = commands.map(|command| tokio::task::spawn_blocking(|| Ran::wait_for(command)));
    for ran in running {
        ran.await.expect("joined").exits_with(0);
    }
    let last = scene.run(&feeds).await.exits_with(0);
    assert_read(&scene, &last);
    assert_eq!(scene.lake().rows("_permissions").len(), 2 * (runs.len() + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_over_ends_in_a_refusal() {
    let scene = Scene::with_issues(1).await;
    let first = holding(&scene, "first").await;
    let began = Instant::now();
    let second = scene.run(&["fields", "--wait", "1s"]).await.exits_with(1);
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_refused(&second, &["in use, also after 1s of waiting", "first"]);
    send("TERM", &first);
    finished(first).await.exits_with(143);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_wait_and_leaves_the_lock() {
    let scene = Scene::with_issues(1).await;
    write_other(&scene, 3600, jiff::SignedDuration::ZERO);
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = start(&scene, &["run", "fields", "--output", "json", "--wait"]);
        let waiting = waits(&mut child).await;
        send(signal, &child);
        let ran = finished(child).await.exits_with(code);
        assert_eq!(ran.report()["exit_code"], code, "{waiting}");
        assert_eq!(lock(&scene).expect("a lock")["token"], "other");
    }
}

/// The line by which a run says that it waits.
async fn waits(child: &mut Child) -> String {
    use std::io::BufRead as _;
    let mut stderr = std::io::BufReader::new(child.stderr.take().expect("piped"));
    let reading = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        while !line.contains("waiting for") {
            line.clear();
            assert!(stderr.read_line(&mut line).expect("read") > 0, "it ended without waiting");
        }
        line
    });
    reading.await.expect("joined")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_cannot_begin_leaves_no_lock() {
    let scene = Scene::with_issues(1).await;
    scene.control().inject(Fault::on(
        "GET",
        "/rest/api/3/myself",
        Effect::Status { status: 401, retry_after: None },
    ));
    scene.run(&["fields"]).await.exits_with(3);
    assert_eq!(scene.lake().files(), [""; 0]);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_costs_the_next_one_no_lease() {
    let scene = Scene::with_issues(20).await;
    let first = holding(&scene, "first").await;
    send("KILL", &first);
    assert_eq!(finished(first).await.code, None);
    assert!(lock(&scene).is_some(), "a killed process cleans nothing up");
    let began = Instant::now();
    let second = scene.run(&["fields"]).await.exits_with(0);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert!(second.stderr.contains("from `run` first"), "{}", second.stderr);
    assert_read(&scene, &second);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lock_of_a_silent_host_is_taken_over_after_its_lease_and_not_before() {
    let scene = Scene::with_issues(20).await;
    // Whatever that host takes the time to be.
    for hours in [-5, 0, 5] {
        write_other(&scene, 3, jiff::SignedDuration::from_hours(hours));
        let began = Instant::now();
        let ran = scene.run(&["fields", "--wait", "5m"]).await.exits_with(0);
        assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
        assert!(ran.stderr.contains("process 1 on elsewhere"), "{}", ran.stderr);
        assert_read(&scene, &ran);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_waits_is_refused_by_a_fresh_lock_and_not_for_ever_by_a_dead_one() {
    let scene = Scene::with_issues(20).await;
    write_other(&scene, 3, jiff::SignedDuration::ZERO);
    let ran = scene.run(&["fields"]).await.exits_with(1);
    assert_refused(&ran, &["process 1 on elsewhere"]);
    write_other(&scene, 3, jiff::SignedDuration::from_mins(-5));
    let began = Instant::now();
    let ran = scene.run(&["fields"]).await.exits_with(0);
    assert!(began.elapsed() >= Duration::from_secs(3), "{:?}", began.elapsed());
    assert_read(&scene, &ran);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_does_not_read_is_told_with_its_remedy() {
    let scene = Scene::with_issues(1).await;
    write_other(&scene, 3, jiff::SignedDuration::ZERO);
    std::fs::write(lock_path(&scene), "{\"host\": \"elsewh").expect("written");
    for wait in [&[][..], &["--wait", "5m"]] {
        let ran = scene.run(&[&["fields"], wait].concat()).await.exits_with(2);
        assert_refused(&ran, &["_jira_feeds/lock.json does not read", "move the file away"]);
    }
    assert_eq!(scene.control().requests().len(), 0);
}

/// A run that loses its lock while it reads, as a process that was frozen does.
async fn robbed(scene: &Scene, lease: &str) -> Ran {
    scene.control().inject(Fault::on("GET", HANGING, Effect::Delay(Duration::from_secs(3))));
    let mut command = scene.prepared(&["run", "labels", "--output", "json"]);
    command.env(BRIEF, lease);
    let running = tokio::task::spawn_blocking(move || Ran::wait_for(command));
    until("labels is asked", || scene.control().count("GET", HANGING) > 0).await;
    write_other(scene, 3600, jiff::SignedDuration::ZERO);
    running.await.expect("joined").exits_with(1)
}

#[track_caller]
fn assert_stopped_by_lost_lock(scene: &Scene, ran: &Ran) {
    assert_refused(ran, &["was lost", "`run` other, process 1 on elsewhere", "run again"]);
    assert_eq!(ran.outcomes()["labels"], "failed");
    assert_eq!(lock(scene).expect("a lock")["token"], "other");
    let files = scene.lake().files();
    let is_of_the_run = |file: &&String| {
        !file.contains("/staging/")
            && !file.ends_with("lock.json")
            && !file.ends_with("checkpoint.json")
    };
    let own = files.iter().filter(is_of_the_run);
    assert_eq!(own.collect::<Vec<_>>(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_lock_stops_a_run_without_another_commit() {
    let scene = Scene::with_issues(20).await;
    let began = Instant::now();
    let ran = robbed(&scene, "3s").await;
    assert!(began.elapsed() < Duration::from_secs(3), "it does not wait for the answer");
    assert_stopped_by_lost_lock(&scene, &ran);
}

fn guard_path(scene: &Scene) -> PathBuf {
    lock_path(scene).with_extension("json.guard")
}

/// Another process that is about to change the lock, and hangs.
fn hanging(scene: &Scene) -> std::fs::File {
    std::fs::create_dir_all(guard_path(scene).parent().expect("a folder")).expect("made");
    let guard = std::fs::File::create_new(guard_path(scene)).expect("made");
    guard.lock().expect("locked");
    guard
}

#[cfg(target_os = "linux")]
fn has_open(process: &Child, path: &std::path::Path) -> bool {
    let open = std::fs::read_dir(format!("/proc/{}/fd", process.id())).into_iter().flatten();
    open.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == path))
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_hangs_keeps_nobody_for_longer_than_a_lease_or_after_a_signal() {
    let scene = Scene::with_issues(1).await;
    let _hanging = hanging(&scene);
    let mut command = scene.prepared(&["run", "labels", "--output", "json"]);
    command.env(BRIEF, "2s");
    let waited = tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("joined");
    assert_refused(&waited.exits_with(2), &["could not write", "lock.json"]);
    let child = start(&scene, &["run", "labels", "--output", "json"]);
    until("it waits for the other", || has_open(&child, &guard_path(&scene))).await;
    send("TERM", &child);
    finished(child).await.exits_with(143);
    assert_eq!(scene.control().requests().len(), 0);
}

/// A run whose lock hangs as soon as it has it; what it reads comes after `delay`.
async fn run_while_its_lock_hangs(scene: &Scene, lease: &str, delay: Duration) -> Ran {
    scene.control().inject(Fault::on("GET", HANGING, Effect::Delay(delay)));
    let mut command = scene.prepared(&["run", "labels", "--output", "json"]);
    command.env(BRIEF, lease);
    let running = tokio::task::spawn_blocking(move || Ran::wait_for(command));
    until("the run has the lock", || lock(scene).is_some() && !guard_path(scene).exists()).await;
    let _hanging = hanging(scene);
    running.await.expect("joined")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_cannot_be_given_back_costs_a_run_no_more_than_a_lease() {
    let scene = Scene::with_issues(20).await;
    let ran = run_while_its_lock_hangs(&scene, "6s", Duration::from_millis(500)).await;
    let ran = ran.exits_with(0);
    assert_eq!(ran.outcomes()["labels"], "complete");
    assert!(ran.stderr.contains("stays until its lease ends"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_sign_of_life_is_overdue_commits_nothing_before_it_is_given() {
    let scene = Scene::with_issues(20).await;
    // The sign is given at 4 s, overdue at 6 s, and given up at 10 s.
    let ran = run_while_its_lock_hangs(&scene, "12s", Duration::from_secs(7)).await.exits_with(1);
    assert_refused(&ran, &["was lost", "the store did not answer"]);
    assert_eq!(ran.outcomes()["labels"], "failed");
    assert!(scene.lake().parts("labels").is_empty());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_frozen_beyond_its_lease_commits_nothing_when_it_goes_on() {
    let scene = Scene::with_issues(20).await;
    scene.control().inject(Fault::on("GET", HANGING, Effect::Delay(Duration::from_secs(1))));
    let mut command = scene.prepared(&["run", "labels", "--run-id", "frozen", "--output", "json"]);
    command.env(BRIEF, "2s").stdout(std::process::Stdio::piped());
    let frozen = command.stderr(std::process::Stdio::piped()).spawn().expect("the binary starts");
    until("labels is asked", || scene.control().count("GET", HANGING) > 0).await;
    send("STOP", &frozen);
    let second = scene.run(&["fields", "--wait"]).await.exits_with(0);
    assert!(second.stderr.contains("from `run` frozen"), "{}", second.stderr);
    send("CONT", &frozen);
    let frozen = finished(frozen).await.exits_with(1);
    assert_refused(&frozen, &["was lost"]);
    assert!(scene.lake().parts("labels").is_empty());
    let runs = scene.lake().files();
    assert!(!runs.iter().any(|file| file.contains("runs/frozen")), "{runs:?}");
}
