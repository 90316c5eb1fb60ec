//! What a run or a backfill would ask for: each feed, each window, and an estimate of requests and time.
//!
//! Nothing is written, and the destination is not made where it is not there.

use super::backfill::BackfillRequest;
use super::requests_of::{Load, Need};
use super::session::Session;
use super::{Plan, RunError, Stop, destination};
use crate::catalog::{Catalog, Feed, Strategy};
use crate::config::{Mode, Settings};
use crate::extract::{Bound, Held, Millis};
use crate::jira::{Call, json};
use crate::lake::{FeedState, Lake};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Where Jira counts what a JQL finds.
const COUNT_PATH: &str = "/rest/api/3/search/approximate-count";

/// What would be read. All counts, requests and times are estimates.
#[derive(Debug, Clone, Serialize)]
pub struct Forecast {
    /// The site's base URL.
    pub site: String,
    /// The destination's URL or folder.
    pub destination: String,
    /// Issues that would be read, as Jira estimates; null where none are.
    pub issues: Option<u64>,
    /// Requests as far as they can be told beforehand.
    pub requests: u64,
    /// How long those take at least, at the rate that `limits` allow.
    pub seconds: f64,
    /// Every chosen feed, by name.
    pub feeds: Vec<FeedForecast>,
    /// The windows of a backfill, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<WindowForecast>,
}

/// What would be asked for one feed.
#[derive(Debug, Clone, Serialize)]
pub struct FeedForecast {
    /// Its name.
    pub feed: String,
    /// `full`, `incremental` or `backfill`
    pub mode: &'static str,
    /// Which extractor reads it.
    pub strategy: Strategy,
    /// `GET /rest/...`; null for a feed without requests of its own.
    pub endpoint: Option<String>,
    /// The feed that it is asked for or cut out of.
    pub parent: Option<String>,
    /// The moment that an incremental feed goes on from, RFC 3339; null if it is read from the beginning.
    pub goes_on_from: Option<String>,
    /// What its requests depend on, in words.
    pub cost: String,
    /// How many there are; null where nothing tells beforehand.
    pub requests: Option<u64>,
}

/// What would be asked for one window.
#[derive(Debug, Clone, Serialize)]
pub struct WindowForecast {
    /// RFC 3339, UTC.
    pub since: String,
    /// RFC 3339, UTC; not part of it.
    pub until: String,
    /// The run that would read it.
    pub run_id: String,
    /// Issues, as Jira estimates; null where no feed needs them.
    pub issues: Option<u64>,
    /// Requests as far as they can be told beforehand.
    pub requests: u64,
    /// How long those take at least.
    pub seconds: f64,
}

/// What a run of the configured feeds would ask for.
///
/// # Errors
/// [`RunError`] if the credential does not work or the site cannot be asked.
pub async fn forecast(
    settings: &Settings,
    afresh: bool,
    stop: &Stop,
) -> Result<Forecast, RunError> {
    let filter = settings.options("issues").jql;
    let plan = Plan::new(&settings.catalog, &settings.feeds, filter.as_deref())?;
    let session = Session::open(settings, &plan, stop).await?;
    let watermarks = if afresh { BTreeMap::new() } else { watermarks(settings, &plan).await? };
    let load = match &plan.issues {
        None => Load::default(),
        Some(_) => load_of_run(&session, settings, &plan, &watermarks).await?,
    };
    let need = Need::of(&plan, load, settings.limits.requests_per_second);
    let mut forecast = whole(&session, settings, &need, load.read);
    forecast.feeds = plan.chosen().map(|feed| told(settings, feed, &need, &watermarks)).collect();
    forecast.feeds.sort_by(|a, b| a.feed.cmp(&b.feed));
    Ok(forecast)
}

/// What a backfill would ask for.
///
/// # Errors
/// [`RunError`] if the credential does not work or the site cannot be asked.
pub async fn forecast_backfill(
    settings: &Settings,
    request: &BackfillRequest,
    stop: &Stop,
) -> Result<Forecast, RunError> {
    request.range.resolve(Timestamp::now().as_millisecond())?;
    let filter = settings.options("issues").jql;
    let plan = Plan::for_backfill(&settings.catalog, &settings.feeds, filter.as_deref())?;
    let session = Session::open(settings, &plan, stop).await?;
    let range = request.range.resolve(session.client.site_time())?;
    let runs = request.range.windows(range, filter.as_deref(), request.run_id.as_ref())?;
    let mut windows = Vec::new();
    let mut all = Load::default();
    let rate = settings.limits.requests_per_second;
    let mut total = Need::default();
    for run in runs {
        let bound = Bound::Within(request.range.by, run.window);
        let load = match &plan.issues {
            None => Load::default(),
            Some(_) => Load::of(count(&session, &bound.jql(filter.as_deref())).await?),
        };
        let need = Need::of(&plan, load, rate);
        windows.push(WindowForecast {
            since: instant(run.window.since),
            until: instant(run.window.until),
            run_id: run.run_id.to_string(),
            issues: load.read,
            requests: need.requests(),
            seconds: need.seconds(),
        });
        all.add(load);
        total.add(need);
    }
    let mut forecast = whole(&session, settings, &total, all.read);
    forecast.seconds = windows.iter().map(|window| window.seconds).sum();
    let nothing = BTreeMap::new();
    let feeds = plan
        .chosen()
        .map(|feed| FeedForecast { mode: "backfill", ..told(settings, feed, &total, &nothing) });
    forecast.feeds = feeds.collect();
    forecast.feeds.sort_by(|a, b| a.feed.cmp(&b.feed));
    forecast.windows = windows;
    Ok(forecast)
}

fn whole(session: &Session, settings: &Settings, need: &Need, issues: Option<u64>) -> Forecast {
    Forecast {
        site: session.site.clone(),
        destination: settings.destination.url.clone(),
        issues,
        requests: need.requests(),
        seconds: need.seconds(),
        feeds: Vec::new(),
        windows: Vec::new(),
    }
}

fn told(
    settings: &Settings,
    feed: &Feed,
    need: &Need,
    watermarks: &BTreeMap<String, Millis>,
) -> FeedForecast {
    let options = settings.options(&feed.name);
    let endpoint = feed.endpoint.as_ref();
    FeedForecast {
        feed: feed.name.clone(),
        mode: match options.mode {
            Mode::Full => "full",
            Mode::Incremental => "incremental",
        },
        strategy: feed.strategy,
        endpoint: endpoint.map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)),
        parent: feed.above().map(str::to_owned),
        goes_on_from: watermarks.get(&feed.name).copied().map(instant),
        cost: feed.cost(),
        requests: need.of_feed(&feed.name),
    }
}

/// The issues of a run: all, or those that changed since the feeds of the pass were read last.
async fn load_of_run(
    session: &Session,
    settings: &Settings,
    plan: &Plan,
    watermarks: &BTreeMap<String, Millis>,
) -> Result<Load, RunError> {
    let filter = settings.options("issues").jql;
    let all = count(session, &Bound::All.jql(filter.as_deref())).await?;
    let of_pass = plan.chosen().filter(|feed| is_of_issues(&settings.catalog, feed));
    let since = of_pass.map(|feed| watermarks.get(&feed.name).copied());
    let since = since.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min());
    let Some(since) = since else { return Ok(Load::of(all)) };
    let overlap = settings.options("issues").lookback.as_millis();
    let since = since.saturating_sub(i64::try_from(overlap).unwrap_or(0));
    let changed = count(session, &Bound::ChangedSince(since).jql(filter.as_deref())).await?;
    let listed = if settings.options("issues").find_deleted { all } else { 0 };
    Ok(Load { read: Some(changed), listed })
}

/// Whether the feed is read by the pass over issues, or for each of them.
fn is_of_issues(catalog: &Catalog, feed: &Feed) -> bool {
    match feed.strategy {
        Strategy::Issues | Strategy::Changelogs => true,
        Strategy::Worklogs => false,
        _ => feed
            .above()
            .and_then(|above| catalog.get(above))
            .is_some_and(|above| is_of_issues(catalog, above)),
    }
}

/// Up to when the lake has each incremental feed.
async fn watermarks(
    settings: &Settings,
    plan: &Plan,
) -> Result<BTreeMap<String, Millis>, RunError> {
    let mut watermarks = BTreeMap::new();
    let incremental =
        plan.chosen().filter(|feed| settings.options(&feed.name).mode == Mode::Incremental);
    let feeds: Vec<_> = incremental.map(|feed| feed.name.clone()).collect();
    if feeds.is_empty() {
        return Ok(watermarks);
    }
    let Some(lake) = destination::look(&settings.destination).await? else {
        return Ok(watermarks);
    };
    for feed in feeds {
        if let Some(watermark) = watermark(&lake, &feed).await? {
            watermarks.insert(feed, watermark);
        }
    }
    Ok(watermarks)
}

async fn watermark(lake: &Lake, feed: &str) -> Result<Option<Millis>, RunError> {
    let held = |state: FeedState| serde_json::from_value::<Option<Held>>(state.current.cursor).ok();
    Ok(lake.state(feed).await?.and_then(held).flatten().map(|held| held.watermark))
}

async fn count(session: &Session, jql: &str) -> Result<u64, RunError> {
    let call = Call::post(COUNT_PATH, json!({ "jql": jql }));
    let answer = session.client.call(&call, &session.asked("plan")).await?;
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let count = json::member(text, "count").and_then(|count| count.parse().ok());
    count
        .ok_or_else(|| RunError::Unreachable(format!("POST {COUNT_PATH} answered without a count")))
}

fn instant(at: Millis) -> String {
    Timestamp::from_millisecond(at).unwrap_or_default().to_string()
}
