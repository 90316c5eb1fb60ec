//! What happens to every request: who asks, may they yet, does a fault strike, what is the answer.
//!
//! Synchronous and free of HTTP types, so that the order of the steps can be read in one place.

mod auth;
mod faults;
mod gateway;
mod limits;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;

use crate::accounts::{Right, Viewer};
use crate::answer::{Answer, Content, Language, Refusal, Reply, said};
use crate::call::{Call, Query};
use crate::clock::{self, Clock};
use crate::control::{Control, LoggedRequest, Ticket};
use crate::options::Switch;
use crate::routes::{self, Found};
use crate::search_memory::SearchMemory;
use crate::site::Site;
use crate::timeline::Timeline;
use crate::wire;
pub(crate) use gateway::{CLOUD_ID, Door};
use limits::Limiter;

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Inbound {
    pub(crate) method: String,
    pub(crate) door: Door,
    /// The path behind the door.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Inbound {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Error texts are English only for those who insist.
    fn language(&self) -> Language {
        let english =
            self.header("accept-language").is_some_and(|languages| languages.starts_with("en"));
        let forced = self.header("x-force-accept-language").is_some_and(|value| value == "true");
        if english && forced { Language::English } else { Language::Korean }
    }
}

/// How an answer reaches the caller, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// Half of the body, then a closed connection.
    Truncated,
    /// Half of the body, then nothing.
    Stalled,
    /// A reset connection.
    Reset,
    /// Nothing at all.
    Never,
}

/// An answer in bytes.
#[derive(Debug)]
pub(crate) struct Outbound {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) delivery: Delivery,
    pub(crate) delay: Duration,
}

/// A site and everything that belongs to serving it.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) timeline: Timeline,
    pub(crate) clock: Clock,
    pub(crate) control: Control,
    limiter: Limiter,
    memory: SearchMemory,
    served: AtomicU64,
}

/// A request that has been understood.
struct Visit<'h> {
    inbound: &'h Inbound,
    template: String,
    found: Found,
    viewer: Viewer,
    site: Arc<Site>,
    /// The site as searches have it.
    index: Arc<Site>,
    /// Epoch milliseconds.
    now: i64,
}

impl Host {
    pub(crate) fn new(site: Site) -> Self {
        Self {
            limiter: Limiter::new(&site.options.limits),
            timeline: Timeline::new(site),
            clock: Clock::default(),
            control: Control::new(),
            memory: SearchMemory::default(),
            served: AtomicU64::new(0),
        }
    }

    /// Notes that a request came. Hold the ticket until the answer has been sent.
    pub(crate) fn admit(&self, inbound: &Inbound) -> Ticket<'_> {
        let headers =
            inbound.headers.iter().filter(|(name, _)| name != "authorization").cloned().collect();
        self.control.arrived(LoggedRequest {
            method: inbound.method.clone(),
            path: format!("{}{}", inbound.door.prefix(), inbound.path),
            template: self.template(inbound),
            query: pairs(&inbound.query),
            body: String::from_utf8_lossy(&inbound.body).into_owned(),
            headers,
            account: auth::named_account(inbound).map(str::to_owned),
            status: None,
            at: Duration::ZERO,
        })
    }

    fn template(&self, inbound: &Inbound) -> String {
        if let Some(template) = self.control.replaced(&inbound.method, &inbound.path) {
            return template;
        }
        match routes::find(&inbound.method, &inbound.path) {
            Found::Route(route, _) => route.template().to_owned(),
            Found::OtherMethod(template) => template.to_owned(),
            Found::Nothing => inbound.path.clone(),
        }
    }

    /// Answers a request.
    pub(crate) fn answer(&self, inbound: &Inbound) -> Outbound {
        let now = self.clock.now();
        let (site, index) = self.timeline.site_and_index(now);
        let identity = auth::identify(&self.control, &site.options, inbound);
        let visit = Visit {
            inbound,
            template: self.template(inbound),
            found: routes::find(&inbound.method, &inbound.path),
            viewer: identity.viewer.clone(),
            site,
            index,
            now,
        };
        let account = identity.viewer.email;
        let effect = self.control.strike(&inbound.method, &visit.template, &inbound.path, account);
        let refusal = identity
            .refusal
            .clone()
            .or_else(|| gateway::out_of_scope(identity.scopes, &inbound.method, &visit.template));
        let language = if visit.site.options.has(Switch::EnglishOnly) {
            Language::English
        } else {
            inbound.language()
        };
        let struck =
            faults::apply(effect, language, now, inbound, |inbound| match refusal.clone() {
                Some(reply) => reply,
                None => self.limited(&visit, inbound, language),
            });
        let mut reply = struck.reply;
        self.decorate(&mut reply, &identity, &visit);
        let (kind, body) = match reply.content {
            Content::Json(value) => {
                ("application/json;charset=UTF-8".to_owned(), wire::text(&value).into_bytes())
            }
            Content::Text(kind, text) => (kind, text),
        };
        reply.headers.push(("content-type".to_owned(), kind));
        let delay = struck.delay + visit.site.options.latency;
        Outbound {
            status: reply.status,
            headers: reply.headers,
            body,
            delivery: struck.delivery,
            delay,
        }
    }

    /// The answer of an endpoint, unless its bucket is empty.
    fn limited(&self, visit: &Visit<'_>, inbound: &Inbound, language: Language) -> Reply {
        let grant = self.limiter.take(&visit.inbound.method, &visit.template);
        if grant.refused() {
            return limits::refusal(&grant, language, visit.now);
        }
        let mut reply = self.routed(visit, inbound, language);
        grant.describe(&mut reply);
        reply
    }

    fn routed(&self, visit: &Visit<'_>, inbound: &Inbound, language: Language) -> Reply {
        let body = || serde_json::from_slice(&inbound.body).unwrap_or(Value::Null);
        if let Some(value) =
            self.control.replacement(&inbound.method, &inbound.path, pairs(&inbound.query), body())
        {
            return Reply::json(value);
        }
        let answer = gate(visit).and_then(|()| self.call(visit, inbound));
        match answer {
            Ok(value) => Reply::json(value),
            Err(refusal) => refusal.reply(language),
        }
    }

    fn call(&self, visit: &Visit<'_>, inbound: &Inbound) -> Answer {
        let (route, parameters) = match &visit.found {
            Found::Route(route, parameters) => (route, parameters.clone()),
            Found::OtherMethod(_) => {
                return Err(Refusal::new(405, said("Method Not Allowed", "허용되지 않는 메서드")));
            }
            Found::Nothing => return Err(no_such_path()),
        };
        let host = inbound.header("host").unwrap_or("localhost");
        let origin = format!("http://{host}{}", inbound.door.prefix());
        route.answer(&Call {
            site: &visit.site,
            index: &visit.index,
            viewer: &visit.viewer,
            memory: &self.memory,
            origin: &origin,
            path: &inbound.path,
            parameters,
            query: Query::parse(&inbound.query),
            content_type: inbound.header("content-type"),
            opted_in: inbound.header("x-experimentalapi") == Some("opt-in"),
            body: &inbound.body,
            now: visit.now,
        })
    }

    /// Headers every answer carries.
    fn decorate(&self, reply: &mut Reply, identity: &auth::Identity, visit: &Visit<'_>) {
        let serial = self.served.fetch_add(1, Ordering::Relaxed);
        let dated = reply.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("date"));
        let mut add = |name: &str, value: String| reply.headers.push((name.to_owned(), value));
        add("atl-request-id", format!("00000000-0000-4000-a000-{serial:012x}"));
        add("atl-traceid", format!("{serial:032x}"));
        if !dated {
            add("Date", clock::http_date(visit.now));
        }
        if let Some(reason) = identity.login_reason {
            add("X-Seraph-LoginReason", reason.to_owned());
        }
        if let Some(n) = identity.viewer.person {
            let id = visit.site.view(&identity.viewer).user(n)["accountId"].clone();
            add("X-AACCOUNTID", id.as_str().unwrap_or_default().to_owned());
        }
    }
}

/// What whole families of paths require.
fn gate(visit: &Visit<'_>) -> Result<(), Refusal> {
    let path = visit.inbound.path.as_str();
    if path.starts_with("/rest/agile/") || path.starts_with("/rest/software/") {
        if !visit.viewer.logged_in() {
            return Err(Refusal::anonymous());
        }
        if !visit.viewer.may(Right::Software) {
            return Err(Refusal::new(
                403,
                said(
                    "You do not have access to Jira Software. Contact your administrator to get access.",
                    "Jira Software에 액세스할 수 없습니다. 관리자에게 문의하세요.",
                ),
            ));
        }
    }
    if path.starts_with("/rest/software/") && visit.site.options.has(Switch::SoftwareListsOff) {
        return Err(no_such_path());
    }
    if path.starts_with("/rest/servicedeskapi/")
        && visit.site.options.has(Switch::ServiceManagementOff)
    {
        return Err(no_such_path());
    }
    Ok(())
}

fn no_such_path() -> Refusal {
    Refusal::new(
        404,
        said("No endpoint answers at this path.", "이 경로에 응답하는 엔드포인트가 없습니다."),
    )
}

fn pairs(query: &str) -> Vec<(String, String)> {
    Query::parse(query).into_pairs()
}
