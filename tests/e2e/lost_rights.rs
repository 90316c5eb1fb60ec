//! An account that loses rights between two incremental runs, or its login in a backfill: no news is not
//! taken for nothing to see.

use crate::support::changing::{FOLLOWING, MORNING, following};
use crate::support::{ADMIN, NOBROWSE, Scene};
use jira_sandbox::{Resource, SiteOptions, Switch};

/// A lake that is up to date, after which the account may browse no project any more.
async fn without_any_project(more: &str) -> Scene {
    let scene = Scene::with_issues(40).await.config(&format!("mode = \"incremental\"\n{more}"));
    scene.clock().set(MORNING);
    scene.run(&following()).await.exits_with(0);
    scene.minutes_pass(60);
    scene.seen_by(NOBROWSE)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incremental_feed_without_news_is_denied_if_the_account_lacks_the_permission() {
    for more in ["", "[feed.issues]\nfind_deleted = false\n"] {
        let scene = without_any_project(more).await;
        let ran = scene.run(&following()).await.exits_with(4);
        for feed in following() {
            let entry = ran.feed(feed);
            assert_ne!(entry["outcome"], "complete", "{more}: {entry:#}");
            assert_eq!(entry["denials"][0]["needs"], "BROWSE_PROJECTS", "{more}: {entry:#}");
        }
        // What was out of sight for a while is not lost, and not written twice.
        let scene = scene.seen_by(ADMIN);
        scene.run(&following()).await.exits_with(0);
        assert_eq!(scene.differences_of(FOLLOWING), [""; 0]);
    }
}

const YEARS: &[&str] = &["--since", "2023-01-01", "--until", "2027-01-01", "--window", "year"];

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_dies_in_a_backfill_ends_it_and_commits_no_empty_window() {
    for silent in [false, true] {
        let mut options = SiteOptions::new(60, 1);
        if silent {
            options = options.with(Switch::SilentRevocation);
        }
        let scene = Scene::with_options(options).await.config("mode = \"incremental\"\n");
        scene.clock().set(MORNING);
        scene.control().revoke(ADMIN.username, 6);
        let arguments = [&["issues"][..], YEARS].concat();
        let ran = scene.run(&arguments).await.exits_with(3);
        let error = ran.report()["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains("Jira") && ran.stderr.contains(&error), "{ran:#?}");
        scene.control().restore(ADMIN.username);
        scene.run(&arguments).await.exits_with(0);
        scene.has_all("issues", Resource::Issues, "id");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_windows_of_a_backfill_tell_hidden_from_empty() {
    let scene = Scene::with_issues(20).await.seen_by(NOBROWSE);
    let report = scene.run(&[&["issues"][..], YEARS].concat()).await.exits_with(4).report();
    let windows = report["windows"].as_array().expect("windows");
    assert!(windows.iter().all(|window| window["outcome"] == "denied"), "{report:#}");
}
