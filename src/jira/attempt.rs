//! One attempt of a request: an answer, a setback, or the end of the login. Decides, sends nothing.

use super::call::{Answer, Call, CallFor};
use super::error::{LoginLost, Refusal};
use super::headers::{HeaderFacts, SlowDown};
use super::login;
use super::message::{looks_like_html, message};
use super::scrub::Scrub;
use super::trouble::Trouble;
use super::verdict::{Verdict, verdict};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::time::Duration;
use url::Url;

/// One attempt that gave no answer, and whether another may.
pub(super) struct Setback {
    pub(super) kind: SetbackKind,
    pub(super) status: Option<u16>,
    message: String,
    trace_id: Option<String>,
}

pub(super) enum SetbackKind {
    Passing { wait: Option<Duration>, slow_down: Option<SlowDown> },
    Denied,
    NotAvailable,
    Final,
}

pub(super) enum Attempt {
    Answered(Answer),
    Lost(LoginLost),
    Suspect(Answer),
    Setback(Setback),
}

/// What an answer means, its body included; what of it is shown goes through `scrub`.
pub(super) fn judge(
    call: &Call,
    asked: &CallFor,
    (status, facts): (u16, &HeaderFacts),
    body: Result<Bytes, Trouble>,
    scrub: &Scrub,
) -> Attempt {
    let setback = |kind| {
        let message =
            body.as_ref().map(|body| said(status, facts, body, scrub)).unwrap_or_default();
        let trace_id = facts.trace_id.clone();
        Attempt::Setback(Setback { kind, status: Some(status), message, trace_id })
    };
    match verdict(status, facts, asked) {
        Verdict::LoginRefused(reason) => Attempt::Lost(login::lost_by(reason, &call.path, status)),
        Verdict::Good => match body {
            Ok(body) => accept(status, facts, body, scrub),
            Err(trouble) => Attempt::Setback(Setback::transport(trouble)),
        },
        Verdict::Retry { wait, slow_down } => setback(SetbackKind::Passing { wait, slow_down }),
        // The caller asks `/myself` which of the two it is.
        Verdict::DeniedOrLoginLost | Verdict::Denied => setback(SetbackKind::Denied),
        Verdict::NotAvailable => setback(SetbackKind::NotAvailable),
        Verdict::Refused => setback(SetbackKind::Final),
    }
}

/// A 2xx counts only if its body is whole JSON: a proxy's page or a cut body is asked for again.
fn accept(status: u16, facts: &HeaderFacts, body: Bytes, scrub: &Scrub) -> Attempt {
    let Err(error) = serde_json::from_slice::<&RawValue>(&body) else {
        let received_at = jiff::Timestamp::now().as_microsecond();
        return Attempt::Answered(Answer { body, received_at });
    };
    let what = if facts.is_html || looks_like_html(&body) {
        format!("HTML instead of JSON: {}", message(&body, scrub))
    } else {
        format!("the answer is not whole JSON: {error}")
    };
    Attempt::Setback(Setback::broken(what, Some(status)))
}

impl Setback {
    pub(super) fn refusal(&self, call: &Call, asked: &CallFor, attempts: u32) -> Refusal {
        Refusal {
            feed: asked.feed.to_string(),
            method: call.method,
            template: call.template.clone(),
            path: call.path.clone(),
            status: self.status,
            message: self.message.clone(),
            lacks_scope: self.status == Some(401) && lacks_scope(&self.message),
            attempts,
            trace_id: self.trace_id.clone(),
        }
    }

    pub(super) fn broken(message: String, status: Option<u16>) -> Self {
        let kind = SetbackKind::Passing { wait: None, slow_down: None };
        Self { kind, status, message, trace_id: None }
    }

    /// No answer, or half of one.
    pub(super) fn transport(trouble: Trouble) -> Self {
        let mut setback = Self::broken(trouble.message, None);
        if trouble.is_final {
            setback.kind = SetbackKind::Final;
        }
        setback
    }
}

impl Refusal {
    pub(super) fn add(&mut self, why: &str) {
        let separator = if self.message.is_empty() { "" } else { "; " };
        self.message.push_str(separator);
        self.message.push_str(why);
    }
}

/// The gateway's words for a token whose scopes do not reach: the only sign, since status and shape
/// are those of a bad login.
fn lacks_scope(message: &str) -> bool {
    message.to_ascii_lowercase().contains("scope does not match")
}

fn said(status: u16, facts: &HeaderFacts, body: &[u8], scrub: &Scrub) -> String {
    match &facts.location {
        Some(location) if (300..400).contains(&status) => {
            let host = Url::parse(location).ok().and_then(|url| url.host_str().map(str::to_owned));
            let target = host.map_or_else(|| "elsewhere".to_owned(), |host| format!("to {host}"));
            format!(
                "the site redirects {target}; set the credential's url to the site's present address"
            )
        }
        _ => message(body, scrub),
    }
}
