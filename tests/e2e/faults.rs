//! Faults: each passes when it happens once, wherever it does, and costs one feed when it stays.

use crate::support::evidence::{BULK, COMMENTS, HISTORIES, PROJECTS, SEARCH, SPRINTS, status};
use crate::support::{Ran, Scene};
use jira_sandbox::{Ceilings, Effect, Fault, RateLimit, Resource, SiteOptions};

const WORKLOGS: &str = "/rest/api/3/worklog/list";

/// One endpoint for each way of reading, and the feed that needs it.
const ENDPOINTS: &[(&str, &str, &str)] = &[
    ("projects", "GET", PROJECTS),
    ("sprints", "GET", SPRINTS),
    ("issues", "POST", SEARCH),
    ("issues", "POST", BULK),
    ("issue_changelogs", "POST", HISTORIES),
    ("issue_worklogs", "POST", WORKLOGS),
    ("issue_comments", "GET", COMMENTS),
];

const FEEDS: &[(&str, Resource)] = &[
    ("projects", Resource::Projects),
    ("sprints", Resource::Sprints),
    ("issues", Resource::Issues),
    ("issue_changelogs", Resource::Changelogs),
    ("issue_worklogs", Resource::Worklogs),
    ("issue_comments", Resource::Comments),
];

/// A site whose every endpoint above takes several requests.
async fn site(issues: u32) -> Scene {
    let ceilings = Ceilings {
        projects: 4,
        issue_ids: issues.div_ceil(4) as usize,
        histories: 100,
        worklog_ids: 30,
        ..Ceilings::default()
    };
    Scene::with_options(SiteOptions { ceilings, ..SiteOptions::new(issues, 1) }).await
}

async fn run_all(scene: &Scene) -> Ran {
    run_for(scene, "120s").await
}

async fn run_for(scene: &Scene, request_timeout: &str) -> Ran {
    let mut arguments = vec!["run", "--output", "json"];
    arguments.extend(FEEDS.iter().map(|(feed, _)| *feed));
    let mut command = scene.prepared(&arguments);
    command.env("JIRA_FEEDS__LIMITS__REQUEST_TIMEOUT", request_timeout);
    tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("the process runs")
}

/// The run meets `effect` on the first, a middle and the last request of every endpoint.
async fn passes(effect: Effect) {
    let scene = site(160).await;
    run_all(&scene).await.exits_with(0);
    let lengths: Vec<_> =
        ENDPOINTS.iter().map(|(_, method, path)| scene.asked(method, path).len()).collect();
    for ((_, method, path), length) in ENDPOINTS.iter().zip(lengths) {
        assert!(length >= 3, "{path} is asked {length} times only");
        // Each fault makes for one request more.
        for nth in [1, length / 2 + 2, length + 2] {
            let nth = u32::try_from(nth).unwrap();
            scene.control().inject(Fault::on(method, path, effect.clone()).nth(nth));
        }
    }
    let ran = run_for(&scene, "2s").await.exits_with(0);
    // A refusal is understood by its status: of the boards' answers some need no body.
    assert!(ran.count("retries") >= 3 * (ENDPOINTS.len() as u64 - 1), "{effect:?}");
    for (feed, resource) in FEEDS {
        scene.has_all(feed, *resource, "id");
        let entry = ran.feed(feed);
        assert!(entry["retries"].as_u64() > Some(0), "{effect:?}: {entry:#}");
    }
}

fn limited(limit: RateLimit) -> Effect {
    Effect::RateLimit { limit, retry_after: Some(0) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_status_on_any_page_passes() {
    passes(status(503)).await;
    passes(status(500)).await;
    passes(status(409)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_on_any_page_passes() {
    passes(limited(RateLimit::Gateway)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_on_any_page_passes() {
    passes(Effect::Reset).await;
    passes(Effect::Truncate).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_json_on_any_page_passes() {
    passes(Effect::Garbage).await;
    passes(Effect::Html).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_on_any_page_passes() {
    passes(Effect::Hang).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_answer_and_then_silence_on_any_page_passes() {
    passes(Effect::HangMidBody).await;
}

/// From its `first` request on, an endpoint gives nothing else.
async fn stays(effect: Effect, words: &[&str], first: u32) {
    let request_timeout = if effect == Effect::Hang { "1s" } else { "120s" };
    for (feed, method, path) in ENDPOINTS {
        let scene = site(80).await.config("[limits]\nmax_attempts = 2\n");
        scene.control().inject(Fault::on(method, path, effect.clone()).starting(first));
        let ran = run_for(&scene, request_timeout).await.exits_with(5);
        let named = path.split('{').next().unwrap_or_default();
        ran.failed(feed, &[&format!("Feed `{feed}`"), named, "asked 2 times"]);
        ran.failed(feed, words);
        scene.shows_nothing_of(feed);
        let shares_the_pass = |other: &str| *path == SEARCH && other.starts_with("issue_");
        let needs_rows = |other: &str| *path == BULK && other == "issue_comments";
        for (other, resource) in FEEDS {
            if other == feed {
                continue;
            }
            // Worklogs have a list of their own.
            if *other != "issue_worklogs" && (shares_the_pass(other) || needs_rows(other)) {
                ran.failed(other, &[named]);
                scene.shows_nothing_of(other);
            } else {
                scene.has_all(other, *resource, "id");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_status_that_stays_costs_its_feed_and_no_other() {
    stays(status(503), &["answered 503", "could not be completed"], 1).await;
    stays(status(500), &["answered 500"], 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_stays_costs_its_feed_and_no_other() {
    stays(limited(RateLimit::Burst), &["answered 429", "limits.max_attempts"], 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_keeps_breaking_costs_its_feed_and_no_other() {
    stays(Effect::Reset, &["limits.max_attempts"], 1).await;
    stays(Effect::Truncate, &["limits.max_attempts"], 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_never_json_cost_their_feed_and_no_other() {
    stays(Effect::Garbage, &["not whole JSON"], 2).await;
    stays(Effect::Html, &["HTML instead of JSON", "Page unavailable"], 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_that_stays_costs_its_feed_and_no_other() {
    stays(Effect::Hang, &["within limits.request_timeout"], 2).await;
}
