//! Rights, logins and limits: what an account may do, until when, and how fast.

use crate::support::evidence::{BULK, LABELS, PROJECTS, SPRINTS, plain};
use crate::support::{Account, NOSOFTWARE, PLAIN, Ran, Scene};
use jira_sandbox::{Effect, Fault, Limits, RateLimit, Resource, SiteOptions, Switch};
use serde_json::{Value, json};
use std::time::Duration;

const MYSELF: &str = "/rest/api/3/myself";
const EMAIL: &str = "admin@sandbox.example";
const AGENT: &str = concat!("jira-feeds/", env!("CARGO_PKG_VERSION"));
const LOCKED: Account = Account { username: "locked@sandbox.example", token: "locked-token" };

fn denials(ran: &Ran, feed: &str) -> Vec<Value> {
    ran.feed(feed)["denials"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn boards_without_sprints_are_no_denials_and_private_ones_are() {
    let scene = Scene::with_private_boards(80).await;
    let ran = scene.run(&["boards", "sprints"]).await.exits_with(4);
    ran.is("boards", "complete");
    ran.is("sprints", "partial");
    let statuses: Vec<_> = scene.asked("GET", SPRINTS).iter().map(|r| r.status).collect();
    assert!(statuses.contains(&Some(400)) && statuses.contains(&Some(422)), "{statuses:?}");
    assert_eq!(ran.feed("sprints")["parents_without"], 2);
    let denied: Vec<_> = denials(&ran, "sprints").iter().map(|d| plain(&d["parent"])).collect();
    assert_eq!(
        denied.iter().filter(|board| **board != "board 20").collect::<Vec<_>>(),
        ["board 21"]
    );
    assert!(denials(&ran, "sprints").iter().all(|denial| denial["status"] == 404));
    assert!(denials(&ran, "sprints").iter().all(|denial| plain(&denial["message"]).is_ascii()));
    scene.has_all("sprints", Resource::Sprints, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_its_own_projects_and_the_others_are_not_missed() {
    let scene = Scene::with_issues(120).await.seen_by(PLAIN);
    let ran = scene.run(&["projects", "project_versions", "issues", "workflows"]).await;
    let ran = ran.exits_with(4);
    scene.has_all("projects", Resource::Projects, "id");
    scene.has_all("project_versions", Resource::Versions, "id");
    scene.has_all("issues", Resource::Issues, "id");
    ran.is("workflows", "denied");
    assert_eq!(denials(&ran, "workflows")[0]["status"], 401, "which is not a dead login here");
    assert!(ran.report()["error"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_licence_is_denied_boards_and_all_that_is_in_them() {
    let scene = Scene::with_issues(40).await.seen_by(NOSOFTWARE);
    let ran = scene.run(&["boards", "sprints", "projects"]).await.exits_with(4);
    ran.is("boards", "denied");
    ran.is("sprints", "denied");
    ran.is("projects", "complete");
    assert_eq!(denials(&ran, "sprints")[0]["status"], 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_asks_for_english_and_says_who_it_is() {
    let scene = Scene::with_issues(60).await;
    scene.run(&[]).await.exits_with(0);
    for request in scene.control().requests() {
        let header = |name: &str| {
            request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        assert_eq!(header("accept-language").as_deref(), Some("en"), "{request:?}");
        assert_eq!(header("x-force-accept-language").as_deref(), Some("true"));
        assert!(header("user-agent").is_some_and(|agent| agent.starts_with(AGENT)));
    }
}

/// A login that fails before anything is read: exit code 3 and an empty lake.
async fn is_refused(account: Account, options: SiteOptions, words: &[&str]) {
    let scene = Scene::with_options(options).await.seen_by(account);
    let ran = scene.run(&[]).await.exits_with(3);
    for word in words {
        assert!(ran.stderr.contains(word), "no {word:?} in {}", ran.stderr);
    }
    assert_eq!(scene.lake().files(), Vec::<String>::new());
    assert_eq!(scene.control().requests().len(), 1, "a login that failed is never tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_login_ends_the_run_with_nothing_written() {
    let site = || SiteOptions::new(40, 1);
    let words = ["does not accept the credential"];
    is_refused(Account { username: EMAIL, token: "wrong" }, site(), &words).await;
    is_refused(Account { username: PLAIN.username, token: "admin-token" }, site(), &words).await;
    is_refused(Account { username: "nobody@sandbox.example", token: "x" }, site(), &words).await;
    is_refused(LOCKED, site(), &["CAPTCHA", "browser"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_revoked_without_a_word_ends_the_run_too() {
    let scene = Scene::with_options(SiteOptions::new(40, 1).with(Switch::SilentRevocation)).await;
    scene.control().revoke(EMAIL, 0);
    scene.run(&[]).await.exits_with(3);
    assert_eq!(scene.lake().files(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_answers_the_probe_for_nobody_is_no_login() {
    let scene = Scene::with_issues(40).await;
    scene.control().serve("GET", MYSELF, |_| json!({}));
    scene.run(&[]).await.exits_with(3);
    assert_eq!(scene.lake().files(), Vec::<String>::new());
}

/// What is committed after the login died is none of what was read for an anonymous caller.
async fn revoked_after(requests: u32, options: SiteOptions) {
    let scene = Scene::with_options(options).await;
    scene.control().revoke(EMAIL, requests);
    let ran = scene.run(&[]).await.exits_with(3);
    assert!(plain(&ran.report()["error"]).contains("Jira"), "{:#}", ran.report());
    for (feed, outcome) in ran.outcomes() {
        if outcome != "complete" && outcome != "partial" {
            scene.shows_nothing_of(&feed);
        }
    }
    let committed = |feed: &str| ran.outcomes()[feed] == "complete";
    for (feed, resource, key) in [
        ("projects", Resource::Projects, "id"),
        ("fields", Resource::Fields, "id"),
        ("issues", Resource::Issues, "id"),
        ("labels", Resource::Labels, "label"),
        ("filters", Resource::Filters, "id"),
    ] {
        if committed(feed) {
            scene.has_all(feed, resource, key);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_dies_in_mid_run_leaves_what_was_committed_and_nothing_else() {
    for requests in [3, 20, 60] {
        revoked_after(requests, SiteOptions::new(120, 1)).await;
        let silent = SiteOptions::new(120, 1).with(Switch::SilentRevocation);
        revoked_after(requests, silent).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_for_an_anonymous_caller_is_never_committed() {
    for feed in ["projects", "issues", "fields", "filters"] {
        let options = SiteOptions::new(60, 1).with(Switch::SilentRevocation);
        let scene = Scene::with_options(options).await;
        scene.control().revoke(EMAIL, 1);
        scene.run(&[feed]).await.exits_with(3);
        scene.shows_nothing_of(feed);
    }
}

fn limited(limit: RateLimit, seconds: u32) -> Effect {
    Effect::RateLimit { limit, retry_after: Some(seconds) }
}

fn unexplained(reason: Option<&str>) -> Effect {
    let headers = reason.map(|reason| ("RateLimit-Reason".to_owned(), reason.to_owned()));
    Effect::Answer { status: 429, headers: headers.into_iter().collect(), body: b"{}".to_vec() }
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_waited_for() {
    let scene = Scene::with_issues(40).await;
    let fault = Fault::on("GET", LABELS, limited(RateLimit::Burst, 1)).nth(1);
    scene.control().inject(fault);
    let ran = scene.run(&["labels"]).await.exits_with(0);
    assert_eq!((ran.count("throttled"), ran.count("retries")), (1, 1));
    assert!(scene.gaps("GET", LABELS)[0] >= Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_names_no_time_is_tried_again_all_the_same() {
    for reason in [Some("jira-burst-based"), None] {
        let scene = Scene::with_issues(40).await;
        scene.control().inject(Fault::on("GET", LABELS, unexplained(reason)).times(3));
        let ran = scene.run(&["labels", "projects"]).await.exits_with(0);
        assert_eq!(ran.count("throttled"), 3);
        scene.has_all("labels", Resource::Labels, "label");
    }
}

/// The longest time without any request after the first refusal.
async fn longest_pause(limit: RateLimit) -> Duration {
    let scene = Scene::with_issues(40).await.config("[limits]\nmax_in_flight = 1\n");
    scene.control().inject(Fault::on("GET", PROJECTS, limited(limit, 1)).nth(1));
    scene.run(&["labels", "projects", "filters", "groups", "screens"]).await.exits_with(0);
    let log = scene.control().requests();
    let gaps = log.windows(2).map(|pair| pair[1].at.saturating_sub(pair[0].at));
    gaps.max().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_quota_holds_back_everything() {
    assert!(longest_pause(RateLimit::Quota).await >= Duration::from_millis(950));
    assert!(longest_pause(RateLimit::Gateway).await >= Duration::from_millis(950));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_one_endpoint_does_not_stop_the_others() {
    let latency = Duration::from_millis(20);
    let options = SiteOptions { latency, ..SiteOptions::new(80, 1) };
    let scene = Scene::with_options(options).await.config("[limits]\nmax_in_flight = 2\n");
    let versions = "/rest/api/3/project/{projectIdOrKey}/version";
    scene.control().inject(Fault::on("GET", versions, limited(RateLimit::Burst, 2)).nth(1));
    let feeds = ["project_versions", "boards", "board_configuration", "sprints", "board_issues"];
    scene.run(&feeds).await.exits_with(0);
    let held = scene.asked("GET", versions);
    let refused = held.iter().position(|request| request.status == Some(429)).unwrap_or_default();
    let pause = Duration::from_millis(1950);
    let log = scene.control().requests();
    let others = log.iter().filter(|request| request.path.contains("/board/"));
    assert!(others.map(|request| request.at).max() < Some(held[refused].at + pause));
    let after = held.iter().filter(|request| request.at >= held[refused].at + pause).count();
    assert!(after >= 3, "the others of this endpoint wait, too: {after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_only_announce_a_quota_slow_nothing_down() {
    let scene = Scene::with_issues(40).await;
    let headers = vec![
        ("Beta-RateLimit".to_owned(), "\"global-app-quota\";r=0;t=3600".to_owned()),
        ("X-RateLimit-NearLimit".to_owned(), "true".to_owned()),
        ("Retry-After".to_owned(), "3600".to_owned()),
    ];
    scene.control().inject(Fault::anywhere(Effect::Headers(headers)));
    let ran = scene.run(&["projects", "issues", "labels"]).await.exits_with(0);
    assert_eq!((ran.count("throttled"), ran.count("retries")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_gets_through_a_site_of_small_buckets() {
    let limits = Limits { bucket: 2, refill_per_second: 10.0 };
    let scene = Scene::with_options(SiteOptions { limits, ..SiteOptions::new(60, 1) }).await;
    let ran = scene.run(&["project_versions", "projects", "labels"]).await.exits_with(0);
    assert!(ran.count("throttled") > 0);
    scene.has_all("project_versions", Resource::Versions, "id");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_requests_are_under_way_than_allowed() {
    let latency = Duration::from_millis(10);
    let options = SiteOptions { latency, ..SiteOptions::new(200, 1) };
    let scene = Scene::with_options(options).await.config("[limits]\nmax_in_flight = 3\n");
    scene.run(&[]).await.exits_with(0);
    let peak = scene.control().peak_in_flight();
    assert!((2..=3).contains(&peak), "{peak}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_beyond_the_deadline_is_not_waited_for() {
    let scene = Scene::with_issues(40).await.config("[limits]\nretry_for = \"5s\"\n");
    scene.inject("POST", BULK, limited(RateLimit::Burst, 3600));
    let ran = scene.run(&["issues", "labels"]).await.exits_with(5);
    ran.failed("issues", &["Feed `issues`", BULK, "429", "in 1h", "limits.retry_for = \"5s\""]);
    ran.is("labels", "complete");
    assert_eq!(scene.asked("POST", BULK).len(), 1);
    scene.shows_nothing_of("issues");
}
