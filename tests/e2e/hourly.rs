//! A run every hour for a year, within one process: what is kept between runs, and what a quiet run costs, stay bounded.

use crate::support::changing::{Dice, MORNING};
use crate::support::figures::{is_soak, number};
use crate::support::{ADMIN, Scene, feeds};
use jira_feeds::config::{ConfigSource, Settings};
use jira_feeds::run::{CompactRequest, FailOn, Progress, RunReport, RunRequest, Stop};
use jira_sandbox::SiteOptions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Hours of two days, of a year, or as many as `JIRA_FEEDS_HOURS` says.
fn hours() -> u64 {
    let long = number("JIRA_FEEDS_HOURS").unwrap_or(365 * 24);
    if is_soak() { long } else { 2 * 24 }
}

/// Settings as a config file gives them, with the token in a file.
fn settings(scene: Scene) -> (Scene, Settings) {
    let token = scene.folder().join("token");
    std::fs::write(&token, ADMIN.token).expect("written");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).expect("set");
    let names: Vec<_> = feeds().iter().map(|feed| format!("\"{feed}\"")).collect();
    let url = scene.url();
    let scene = scene.without_credential().config(&format!(
        "mode = \"incremental\"\nfeeds = [{}]\n[credentials.test]\nurl = \"{url}\"\nusername = \"{}\"\napi_token = {{ file = \"{}\" }}\n",
        names.join(", "), ADMIN.username, token.display(),
    ));
    // It writes the config file.
    drop(scene.prepared(&[]));
    let path = Some(scene.folder().join("jira-feeds.toml"));
    let source = ConfigSource { path, overrides: jira_feeds::config::Overrides::default() };
    let settings = jira_feeds::config::load(&source).expect("settings").settings;
    (scene, settings)
}

/// One run, dated by the site's clock; what it said and how long it took.
async fn run(scene: &Scene, settings: &Settings) -> (RunReport, Duration) {
    let now = jiff::Timestamp::from_millisecond(scene.clock().now()).expect("a moment");
    let date = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let request = RunRequest::new(None, Some(date), FailOn::Nothing);
    let began = Instant::now();
    let (progress, stop) = (Arc::new(Progress::default()), Stop::default());
    let report = jira_feeds::run::run(settings, &request, &progress, &stop).await;
    let report = report.expect("a report");
    assert_eq!(report.exit_code, 0, "{report:#?}");
    (report, began.elapsed())
}

async fn compact(settings: &Settings) {
    let request = CompactRequest { feeds: None, dry_run: false, wait: None };
    let report = jira_feeds::run::compact(settings, &request, &Stop::default()).await;
    assert_eq!(report.expect("a report").exit_code, 0);
}

/// What a lake consists of: bytes of the states, files of the data, manifests, files beside reports.
#[derive(Debug)]
struct Size {
    state_bytes: u64,
    parts: usize,
    manifests: usize,
    reports: usize,
}

fn size(scene: &Scene) -> Size {
    let files = scene.lake().files();
    let count = |is: &dyn Fn(&str) -> bool| files.iter().filter(|file| is(file)).count();
    let states = files.iter().filter(|file| file.starts_with("_jira_feeds/state/"));
    let bytes = states.map(|file| scene.lake_path().join(file).metadata().expect("a file").len());
    Size {
        state_bytes: bytes.sum(),
        parts: count(&|file| file.ends_with(".parquet")),
        manifests: count(&|file| file.starts_with("_jira_feeds/manifests/")),
        reports: count(&|file| file.starts_with("_jira_feeds/runs/")),
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn most(of: &[u64]) -> u64 {
    of.iter().copied().max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stderr, reason = "figures are for who looks at the test")]
async fn a_run_every_hour_stays_as_small_and_quick_as_it_began() {
    let (scene, settings) = settings(Scene::with_options(SiteOptions::new(40, 1)).await);
    scene.clock().set(MORNING);
    let mut dice = Dice::new(1);
    let (mut times, mut quiet, mut sizes, mut changes) = (vec![], vec![], vec![], 0);
    run(&scene, &settings).await;
    let period = if hours() < 14 * 24 { 24 } else { 7 * 24 };
    for hour in 1..=hours() {
        let is_quiet = hour % 4 != 0;
        // Edits only: the site is to stay as large as it is.
        if !is_quiet {
            let issue = dice.one_of(&scene.site().issue_ids(ADMIN.username)).expect("an issue");
            let now = scene.clock().now();
            scene.change(|site| assert!(site.edit_issue(issue, now)));
            changes += 1;
        }
        scene.minutes_pass(60);
        scene.control().clear_log();
        let (report, time) = run(&scene, &settings).await;
        let records: u64 = report.feeds.iter().map(|feed| feed.records).sum();
        assert_eq!(records == 0, is_quiet, "hour {hour}: {report:#?}");
        if is_quiet {
            times.push(time);
            quiet.push(report.requests);
        }
        if hour % period == 0 {
            compact(&settings).await;
            sizes.push(size(&scene));
        }
    }
    assert_eq!(scene.differences(), [""; 0]);
    let (first, last) = (&sizes[0], &sizes[sizes.len() - 1]);
    let some = 24.min(times.len() / 3);
    let (early, late) =
        (median(times[..some].to_vec()), median(times[times.len() - some..].to_vec()));
    eprintln!(
        "FIGURES hourly runs={} changes={changes} requests={}..{} ms={}..{} state_bytes={}..{} parts={}..{} manifests={}..{} reports={}..{}",
        hours() + 1,
        quiet[0],
        quiet[quiet.len() - 1],
        early.as_millis(),
        late.as_millis(),
        first.state_bytes,
        last.state_bytes,
        first.parts,
        last.parts,
        first.manifests,
        last.manifests,
        first.reports,
        last.reports,
    );
    // Feeds that end at the same time share a probe of the login, so that the number varies.
    assert!(quiet.iter().all(|requests| *requests <= 16), "{quiet:?}");
    // A change leaves an entry in the issue's history, with its items: the keys of what the site has are kept.
    assert!(last.state_bytes < first.state_bytes * 9 / 8 + changes * 48, "{sizes:#?}");
    // A feed has a part for each date whose rows still count, and a record counts once. Those of `_permissions`, and of
    // histories and their items, count for ever: one a date.
    let days = usize::try_from(hours() / 24).expect("small");
    assert!(last.parts <= first.parts + feeds().len() * 40 + 3 * days, "{sizes:#?}");
    assert!(last.manifests <= last.parts + feeds().len(), "{sizes:#?}");
    assert!(late < early * 3, "a quiet run took {early:?} and takes {late:?}");
}
