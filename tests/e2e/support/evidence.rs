//! What the site holds, what landed, and what was asked, in forms that can be compared.

use super::{Ran, Scene};
use jira_sandbox::{Effect, Fault, LoggedRequest, Resource};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

pub const SEARCH: &str = "/rest/api/3/search/jql";
pub const BULK: &str = "/rest/api/3/issue/bulkfetch";
pub const HISTORIES: &str = "/rest/api/3/changelog/bulkfetch";
pub const PROJECTS: &str = "/rest/api/3/project/search";
pub const SPRINTS: &str = "/rest/agile/1.0/board/{boardId}/sprint";
pub const COMMENTS: &str = "/rest/api/3/issue/{issueIdOrKey}/comment";
pub const USERS: &str = "/rest/api/3/users/search";
pub const LABELS: &str = "/rest/api/3/label";

/// A text's content, or any other value's JSON.
pub fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Status 503 and its like, without `Retry-After`.
pub fn status(status: u16) -> Effect {
    Effect::Status { status, retry_after: None }
}

/// 200 with exactly these bytes.
pub fn exactly(body: impl Into<Vec<u8>>) -> Effect {
    Effect::Answer { status: 200, headers: Vec::new(), body: body.into() }
}

impl Scene {
    /// The keys of the site's records of a kind, as the scene's account sees them, sorted.
    pub fn truth(&self, resource: Resource, key: &str) -> Vec<String> {
        let records = self.site().truth(self.account().username, resource);
        let keys = records.iter().map(|record| match (key, &record.value) {
            (_, value @ Value::String(_)) => plain(value),
            ("parent", _) => record.parent.clone().unwrap_or_default(),
            (key, value) => plain(&value[key]),
        });
        sorted(keys)
    }

    /// The values of a column of all rows that landed, sorted; repeats stay.
    pub fn landed(&self, feed: &str, column: &str) -> Vec<String> {
        sorted(self.lake().rows(feed).iter().map(|row| plain(&row[column])))
    }

    /// Every record of the site is one row and no row is anything else.
    #[track_caller]
    pub fn has_all(&self, feed: &str, resource: Resource, key: &str) {
        let truth = self.truth(resource, key);
        assert!(!truth.is_empty(), "the site has no {feed}: this would prove nothing");
        let landed = self.landed(feed, if resource == Resource::Labels { "label" } else { key });
        assert_eq!(landed, truth, "{feed}");
    }

    /// The requests to an endpoint, in the order they came.
    pub fn asked(&self, method: &str, template: &str) -> Vec<LoggedRequest> {
        let mut log = self.control().requests();
        log.retain(|request| request.method == method && request.template == template);
        log
    }

    /// The bodies of the POSTs to an endpoint.
    pub fn bodies(&self, template: &str) -> Vec<Value> {
        let asked = self.asked("POST", template);
        asked.iter().map(|request| serde_json::from_str(&request.body).expect("JSON")).collect()
    }

    /// The time between one request to an endpoint and the next.
    pub fn gaps(&self, method: &str, template: &str) -> Vec<Duration> {
        let asked = self.asked(method, template);
        asked.windows(2).map(|pair| pair[1].at.saturating_sub(pair[0].at)).collect()
    }

    pub fn inject(&self, method: &str, template: &str, effect: Effect) {
        self.control().inject(Fault::on(method, template, effect));
    }

    /// Nothing of a feed can be seen, and no part of any feed lies about half-written.
    #[track_caller]
    pub fn shows_nothing_of(&self, feed: &str) {
        let files = self.lake().files();
        let is_left = |file: &&String| file.starts_with(&format!("{feed}/")) || is_staged(file);
        assert_eq!(files.iter().find(is_left), None, "{files:#?}");
    }
}

impl Ran {
    /// The feed failed, for a reason that names it and holds each of `words`.
    #[track_caller]
    pub fn failed(&self, feed: &str, words: &[&str]) {
        let entry = self.feed(feed);
        assert_eq!(entry["outcome"], "failed", "{entry:#}");
        let reason = plain(&entry["reason"]);
        for word in words {
            assert!(reason.contains(word), "no {word:?} in {reason:?}");
        }
    }

    #[track_caller]
    pub fn is(&self, feed: &str, outcome: &str) {
        let entry = self.feed(feed);
        assert_eq!(entry["outcome"], outcome, "{entry:#}");
    }

    pub fn count(&self, name: &str) -> u64 {
        self.report()[name].as_u64().unwrap_or_default()
    }
}

/// How often each of some texts occurs.
pub fn counted<'a>(texts: impl IntoIterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text.as_str()).or_default() += 1;
    }
    counts
}

fn is_staged(file: &str) -> bool {
    file.starts_with("_jira_feeds/staging/")
}

fn sorted(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts
}
