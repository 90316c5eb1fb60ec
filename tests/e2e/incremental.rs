//! Incremental runs: each brings what is news, and after each the lake equals the site.

use crate::support::changing::{Dice, following};
use crate::support::{ADMIN, Scene};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_site_costs_a_handful_of_requests_and_yields_no_rows() {
    let scene = Scene::with_issues(300).await.config("mode = \"incremental\"\n");
    let feeds = ["issues.*", "audit_records", "issue_slas"];
    let first = scene.run(&feeds).await.exits_with(0);
    assert_eq!(first.feed("issues")["mode"], "incremental");
    let files = scene.lake().parts("issues").len();
    scene.control().clear_log();
    let second = scene.run(&feeds).await.exits_with(0);
    for feed in second.report()["feeds"].as_array().expect("feeds") {
        assert_eq!(feed["records"], 0, "{feed}");
        assert_eq!(feed["deleted"], 0, "{feed}");
    }
    let asked: Vec<_> = scene.control().requests().into_iter().map(|one| one.template).collect();
    assert!(asked.len() <= 15, "{asked:#?}");
    assert_eq!(scene.lake().parts("issues").len(), files, "no part without rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_every_kind_of_change_the_lake_equals_the_site() {
    let scene = Scene::loaded(120).await;
    let ids = scene.site().issue_ids(ADMIN.username);
    let now = scene.clock().now();
    scene.change(|site| {
        assert!(site.edit_issue(ids[0], now));
        assert!(site.create_issue("CORE", now).is_some());
        assert!(site.delete_issue(ids[2], now));
        assert!(site.move_issue(ids[3], "WEB", now));
        assert!(site.add_comment(ids[4], now).is_some());
        let comment = site.comment_ids(ids[0])[0];
        assert!(site.delete_comment(ids[0], comment, now));
        assert!(site.add_worklog(ids[6], now).is_some());
        let worklog = site.worklog_ids(ids[0])[0];
        assert!(site.delete_worklog(ids[0], worklog, now));
    });
    scene.minutes_pass(10);
    let ran = scene.run(&following()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
    assert_eq!(ran.feed("issues")["deleted"], 1);
    let records = ran.feed("issues")["records"].as_u64().expect("a number");
    assert!((5..=12).contains(&records), "only what changed: {records}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_any_history_the_lake_equals_the_site() {
    for seed in 1..=long_or(2) {
        history(seed, 40).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_anywhere_costs_nothing_and_doubles_nothing() {
    for seed in 1..=long_or(1) {
        killed(seed, 12).await;
    }
}

/// How many histories are tried: a few, or as many as `JIRA_FEEDS_SOAK` says.
fn long_or(short: u64) -> u64 {
    std::env::var("JIRA_FEEDS_SOAK").ok().and_then(|count| count.parse().ok()).unwrap_or(short)
}

/// Runs that are killed while the site changes; then one that is not.
async fn killed(seed: u64, kills: usize) {
    let scene = Scene::loaded(60).await;
    let projects = scene.site().live_project_keys(ADMIN.username);
    let mut dice = Dice::new(seed);
    let mut told = Vec::new();
    for _ in 0..kills {
        for _ in 0..=dice.below(4) {
            told.push(scene.change_at_random(&mut dice));
            scene.minutes_pass(dice.below(30) as u64);
        }
        let after = Duration::from_millis(dice.below(3000) as u64);
        let ended = scene.killed_run(&following(), after).await;
        told.push(format!("killed after {after:?}: {ended}"));
        scene.never_twice(&following());
    }
    scene.open_all_projects(&projects);
    scene.minutes_pass(10);
    scene.run(&following()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0], "seed {seed}: {told:#?}");
    let staged = scene.lake().files().into_iter().filter(|file| file.contains("/staging/"));
    assert_eq!(staged.collect::<Vec<_>>(), [""; 0], "seed {seed}: {told:#?}");
}

async fn history(seed: u64, steps: usize) {
    let scene = Scene::loaded(60).await;
    let projects = scene.site().live_project_keys(ADMIN.username);
    let mut dice = Dice::new(seed);
    let mut told = Vec::new();
    for _ in 0..steps {
        match dice.below(8) {
            0 => {
                let ran = scene.run(&following()).await;
                assert!(matches!(ran.code, Some(0 | 4)), "seed {seed}: {told:#?} {ran:#?}");
                told.push(format!("run at {}", scene.clock().now()));
            }
            1 => scene.open_all_projects(&projects),
            _ => told.push(scene.change_at_random(&mut dice)),
        }
        scene.minutes_pass(dice.below(90) as u64);
    }
    scene.open_all_projects(&projects);
    scene.minutes_pass(10);
    scene.run(&following()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0], "seed {seed}: {told:#?}");
}
