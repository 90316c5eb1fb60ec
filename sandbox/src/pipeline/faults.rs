//! Carries out the faults a caller ordered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::limits::reset_time;
use super::{Delivery, Inbound};
use crate::answer::{Content, Language, Refusal, Reply, said};
use crate::fault::{Effect, RateLimit};

/// A reply after a fault, and how it is delivered.
pub(super) struct Struck {
    pub(super) reply: Reply,
    pub(super) delivery: Delivery,
    pub(super) delay: Duration,
}

/// Answers a request with or without a fault. `answer` gives the right answer to a request.
pub(super) fn apply(
    effect: Option<Effect>,
    language: Language,
    now: i64,
    inbound: &Inbound,
    answer: impl Fn(&Inbound) -> Reply,
) -> Struck {
    let whole = |reply: Reply| Struck { reply, delivery: Delivery::Whole, delay: Duration::ZERO };
    let broken =
        |delivery: Delivery| Struck { reply: answer(inbound), delivery, delay: Duration::ZERO };
    let Some(effect) = effect else {
        return whole(answer(inbound));
    };
    match effect {
        Effect::RateLimit { limit, retry_after } => {
            whole(rate_limited(limit, retry_after, language, now))
        }
        Effect::Status { status, retry_after } => whole(failed(status, retry_after, language)),
        Effect::Json(value) => whole(Reply::json(value)),
        Effect::Answer { status, headers, body } => whole(replaced(status, headers, body)),
        Effect::Html => whole(Reply::text("text/html;charset=UTF-8", HTML)),
        Effect::Garbage => whole(Reply::text("application/json;charset=UTF-8", GARBAGE)),
        Effect::Truncate => broken(Delivery::Truncated),
        Effect::HangMidBody => broken(Delivery::Stalled),
        Effect::Reset => broken(Delivery::Reset),
        Effect::Hang => broken(Delivery::Never),
        Effect::Delay(delay) => Struck { delay, ..whole(answer(inbound)) },
        Effect::Headers(headers) => {
            let mut reply = answer(inbound);
            reply.headers.extend(headers);
            whole(reply)
        }
        Effect::RepeatToken => whole(changed(answer(&from_the_start(inbound)), repeat_token)),
        Effect::EmptyForever => whole(changed(answer(&from_the_start(inbound)), |page| {
            endless(page, inbound, true);
        })),
        Effect::PagesForever => whole(changed(answer(&from_the_start(inbound)), |page| {
            endless(page, inbound, false);
        })),
        Effect::IssueErrors(ids) => {
            whole(changed(answer(inbound), |page| spoil_issues(page, &ids)))
        }
        Effect::DropIssues(ids) => whole(changed(answer(inbound), |page| {
            take_issues(page, &ids);
        })),
    }
}

const HTML: &str = "<!DOCTYPE html><html><head><title>Page unavailable</title></head><body><h1>Oops</h1></body></html>";
const GARBAGE: &[u8] = b"{\"values\": [\xff\xfe\x00\x01, \xc3\x28";

fn rate_limited(limit: RateLimit, retry_after: Option<u32>, language: Language, now: i64) -> Reply {
    let message = said("Rate limit exceeded.", "요청 속도 제한을 초과했습니다.");
    let reply = Refusal::new(429, message).reply(language);
    let reply = match limit {
        RateLimit::Burst => reply
            .with_header("RateLimit-Reason", "jira-burst-based")
            .with_header("X-RateLimit-Limit", "350")
            .with_header("X-RateLimit-Remaining", "0")
            .with_header("X-RateLimit-Reset", reset_time(now)),
        RateLimit::Quota => reply
            .with_header("RateLimit-Reason", "jira-quota-global-based")
            .with_header("X-RateLimit-NearLimit", "true")
            .with_header("X-RateLimit-Remaining", "0")
            .with_header("X-RateLimit-Reset", reset_time(now))
            .with_header("Beta-RateLimit-Policy", "\"global-app-quota\";q=65000;w=3600")
            .with_header("Beta-RateLimit", "\"global-app-quota\";r=0;t=60"),
        RateLimit::Gateway => Reply::json(json!({"code": 429, "message": "Rate limited"}))
            .with_status(429)
            .with_header("X-Failure-Category", "FAILURE CLIENT RATE LIMITED")
            .with_header("X-RateLimit-Limit", "360000")
            .with_header("X-RateLimit-Reset", reset_time(now)),
    };
    with_retry_after(reply, retry_after)
}

fn with_retry_after(reply: Reply, seconds: Option<u32>) -> Reply {
    match seconds {
        Some(seconds) => reply.with_header("Retry-After", seconds.to_string()),
        None => reply,
    }
}

fn failed(status: u16, retry_after: Option<u32>, language: Language) -> Reply {
    let message = said("The request could not be completed.", "요청을 완료할 수 없습니다.");
    with_retry_after(Refusal::new(status, message).reply(language), retry_after)
}

fn replaced(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Reply {
    let is_kind = |name: &str| name.eq_ignore_ascii_case("content-type");
    let (kinds, headers): (Vec<_>, Vec<_>) =
        headers.into_iter().partition(|(name, _)| is_kind(name));
    let kind =
        kinds.into_iter().next().map_or_else(|| "application/json".to_owned(), |(_, kind)| kind);
    Reply { status, headers, content: Content::Text(kind, body) }
}

/// The request as if it were the first of its listing.
fn from_the_start(inbound: &Inbound) -> Inbound {
    const PLACES: &[&str] = &["nextPageToken", "cursor", "startAt", "start", "offset"];
    let kept = inbound
        .query
        .split('&')
        .filter(|pair| !PLACES.contains(&pair.split('=').next().unwrap_or_default()));
    let mut first = Inbound { query: kept.collect::<Vec<_>>().join("&"), ..inbound.clone() };
    if let Ok(Value::Object(mut bean)) = serde_json::from_slice::<Value>(&inbound.body) {
        bean.remove("nextPageToken");
        first.body = Value::Object(bean).to_string().into_bytes();
    }
    first
}

fn changed(mut reply: Reply, change: impl FnOnce(&mut Value)) -> Reply {
    if let (200, Content::Json(page)) = (reply.status, &mut reply.content) {
        change(page);
    }
    reply
}

/// Sets one of a page's marks, if the page has it or must have it.
fn mark(page: &mut Value, name: &str, value: Value) {
    if let Some(slot) = page.get_mut(name) {
        *slot = value;
    }
}

fn not_last(page: &mut Value) {
    for (name, last) in
        [("isLast", false), ("last", false), ("lastPage", false), ("isLastPage", false)]
    {
        mark(page, name, json!(last));
    }
}

/// The part of a page that holds its records and its token, where they are not in the page itself.
fn part_with_records(page: &mut Value) -> &mut Value {
    let nested = page.as_object().and_then(|fields| {
        let holds = |(_, part): &(&String, &Value)| part["values"].is_array();
        fields.iter().find(holds).map(|(name, _)| name.clone())
    });
    match nested {
        Some(name) => &mut page[name],
        None => page,
    }
}

fn repeat_token(page: &mut Value) {
    let page = part_with_records(page);
    not_last(page);
    let name =
        if page.get("nextPageCursor").is_some() { "nextPageCursor" } else { "nextPageToken" };
    page[name] = json!("cmVwZWF0ZWQ");
}

const LISTS: &[&str] = &[
    "issues",
    "values",
    "issueChangeLogs",
    "comments",
    "worklogs",
    "records",
    "dashboards",
    "issueTypes",
    "fields",
];

/// A page that promises another one, with or without its records.
fn endless(page: &mut Value, inbound: &Inbound, emptied: bool) {
    static TOKENS: AtomicU64 = AtomicU64::new(0);
    if let (true, Some(records)) = (emptied, page.as_array_mut()) {
        records.clear();
    }
    let nested = page.get("values").is_none();
    let page = part_with_records(page);
    let nested = nested && page.get("values").is_some();
    let Some(list) = LISTS.iter().find(|name| page.get(**name).is_some_and(Value::is_array)) else {
        return;
    };
    if emptied {
        page[*list] = json!([]);
    }
    not_last(page);
    if page.get("total").is_some() {
        let start = start_of(inbound);
        page["startAt"] = json!(start);
        page["total"] = json!(start + 1_000_000);
    }
    let token = format!("ZW5kbGVzcw{}", TOKENS.fetch_add(1, Ordering::Relaxed));
    let tokens = nested || matches!(*list, "issues" | "issueChangeLogs");
    if tokens && page.get("total").is_none() {
        page["nextPageToken"] = json!(token);
    } else {
        mark(page, "nextPageCursor", json!(token));
    }
}

fn start_of(inbound: &Inbound) -> u64 {
    let pairs = inbound.query.split('&').filter_map(|pair| pair.split_once('='));
    let mut starts = pairs.filter(|(name, _)| ["startAt", "start", "offset"].contains(name));
    starts.find_map(|(_, value)| value.parse().ok()).unwrap_or(0)
}

/// Removes issues from a page; the ids of those that were there.
fn take_issues(page: &mut Value, ids: &[String]) -> Vec<String> {
    let mut taken = Vec::new();
    let Some(issues) = page.get_mut("issues").and_then(Value::as_array_mut) else {
        return taken;
    };
    issues.retain(|issue| {
        let id = issue["id"].as_str().unwrap_or_default();
        let hit = ids.iter().any(|of| of == id);
        if hit {
            taken.push(id.to_owned());
        }
        !hit
    });
    taken
}

fn spoil_issues(page: &mut Value, ids: &[String]) {
    let errors: Vec<Value> = take_issues(page, ids)
        .into_iter()
        .map(|id| json!({"id": id, "errorMessage": "The issue could not be loaded. Please try again."}))
        .collect();
    page["issueErrors"] = Value::Array(errors);
}
