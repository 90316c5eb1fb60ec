//! Asking Jira: turn, send, verdict, wait, in that order, until there is an answer or an end.

use super::attempt::{Attempt, Setback, SetbackKind, judge};
use super::body::read_body;
use super::call::{Answer, Call, CallFor, Traffic};
use super::clock::SiteClock;
use super::delays::Delays;
use super::error::{CallError, LoginLost};
use super::headers::HeaderFacts;
use super::http::{ClientError, Pacing, http_client};
use super::login::{self, Account, MYSELF};
use super::pace::Pace;
use super::scrub::Scrub;
use super::transport::Transport;
use super::trouble::trouble;
use crate::catalog::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::SecretString;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;
use url::Url;

/// A logged-in client of one site; clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    address: Url,
    /// None asks as nobody.
    authorization: Option<HeaderValue>,
    scrub: Scrub,
    clock: SiteClock,
    pacing: Pacing,
    pace: Pace,
    in_flight: Semaphore,
    /// Whose login it is, once the first probe has told.
    account: OnceLock<Account>,
    /// When the last probe began, and what it found.
    last_probe: Mutex<Option<(Instant, Result<Account, CallError>)>>,
    /// Cleared when `/myself` contradicts the account header, which no document describes.
    trust_account_header: AtomicBool,
    probing: CallFor,
}

/// How often the first request of all is sent.
const MOST_FIRST_ATTEMPTS: u32 = 3;

impl Client {
    /// A client for the site at `address` (its own base URL, or that behind the gateway); nothing is
    /// asked yet.
    ///
    /// # Errors
    /// TLS that cannot be set up, or a credential that no header can carry.
    pub fn new(
        address: Url,
        username: &str,
        token: &SecretString,
        pacing: Pacing,
        transport: &Transport,
    ) -> Result<Self, ClientError> {
        let login = (login::authorization(username, token)?, Scrub::of(username, token));
        Self::with(address, Some(login), pacing, transport)
    }

    /// A client that asks as nobody, for what a site tells anyone.
    ///
    /// # Errors
    /// TLS that cannot be set up.
    pub fn anonymous(
        address: Url,
        pacing: Pacing,
        transport: &Transport,
    ) -> Result<Self, ClientError> {
        Self::with(address, None, pacing, transport)
    }

    fn with(
        address: Url,
        login: Option<(HeaderValue, Scrub)>,
        pacing: Pacing,
        transport: &Transport,
    ) -> Result<Self, ClientError> {
        let (authorization, scrub) = login.unzip();
        Ok(Self(Arc::new(Inner {
            http: http_client(&pacing, transport)?,
            address,
            authorization,
            scrub: scrub.unwrap_or_else(Scrub::nothing),
            clock: SiteClock::default(),
            pacing,
            pace: Pace::new(pacing.requests_per_second),
            in_flight: Semaphore::new(pacing.max_in_flight.get()),
            account: OnceLock::new(),
            last_probe: Mutex::default(),
            trust_account_header: AtomicBool::new(true),
            probing: CallFor {
                feed: "login".into(),
                denied: Arc::new([]),
                not_available: Arc::new([]),
                traffic: Arc::new(Traffic::default()),
            },
        })))
    }

    /// What the login probes have cost.
    #[must_use]
    pub fn login_traffic(&self) -> &Traffic {
        &self.0.probing.traffic
    }

    /// The time by the site's clock, in milliseconds since 1970 UTC.
    #[must_use]
    pub fn site_time(&self) -> i64 {
        self.0.clock.now(jiff::Timestamp::now())
    }

    /// How many requests may be under way at once.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.0.pacing.max_in_flight.get()
    }

    /// Asks `/myself`: the account that the credential belongs to.
    ///
    /// # Errors
    /// [`CallError::LoginLost`] if it is nobody's.
    pub async fn log_in(&self) -> Result<Account, CallError> {
        self.confirm_login(Instant::now()).await
    }

    /// Makes sure that the login was alive after `moment`; asks only if no probe since then has shown it.
    ///
    /// # Errors
    /// [`CallError::LoginLost`] if it is not, or another error if Jira cannot be asked.
    pub async fn confirm_login(&self, moment: Instant) -> Result<Account, CallError> {
        let mut last = self.0.last_probe.lock().await;
        if let Some((_, result)) = last.as_ref().filter(|(started, _)| *started >= moment) {
            return result.clone();
        }
        let started = Instant::now();
        let result = self.probe().await.and_then(|account| self.same_account(account));
        // A failure too: those who wait here would only fail one after the other.
        *last = Some((started, result.clone()));
        result
    }

    fn same_account(&self, account: Account) -> Result<Account, CallError> {
        let first = self.0.account.get_or_init(|| account.clone());
        if first.id == account.id {
            return Ok(account);
        }
        let evidence = format!("{MYSELF} is {} now and was {} before", account.id, first.id);
        Err(LoginLost::OtherAccount { evidence }.into())
    }

    async fn probe(&self) -> Result<Account, CallError> {
        let call = Call::get(MYSELF, &[]);
        let not_accepted = |evidence| LoginLost::NotAccepted { evidence };
        match self.ask(&call, &self.0.probing).await {
            Ok((answer, _)) => {
                let body = String::from_utf8_lossy(&answer.body);
                Account::read(&body).ok_or_else(|| {
                    not_accepted(format!("{MYSELF} answered without an account")).into()
                })
            }
            Err(CallError::Denied(refusal)) if refusal.lacks_scope => {
                Err(LoginLost::LacksScope { evidence: refusal.to_string() }.into())
            }
            Err(CallError::Denied(refusal)) => Err(not_accepted(refusal.to_string()).into()),
            Err(other) => Err(other),
        }
    }

    /// Asks until there is a whole JSON answer, or an end. Only reads are asked, so every call may
    /// be repeated; attempts and time are bounded by [`Pacing`].
    ///
    /// # Errors
    /// See [`CallError`]. A 401 that the login survives is [`CallError::Denied`].
    pub async fn call(&self, call: &Call, asked: &CallFor) -> Result<Answer, CallError> {
        let began = Instant::now();
        match self.ask(call, asked).await {
            Ok((answer, false)) => Ok(answer),
            Ok((_, true)) => {
                self.confirm_login(began).await?;
                // The login is alive: either this answer was a slip, or the header means something else.
                let (again, is_suspect) = self.ask(call, asked).await?;
                if is_suspect {
                    self.0.trust_account_header.store(false, Ordering::Relaxed);
                }
                Ok(again)
            }
            Err(CallError::Denied(refusal)) if refusal.status == Some(401) => {
                if self.0.authorization.is_some() {
                    self.confirm_login(began).await?;
                }
                Err(CallError::Denied(refusal))
            }
            Err(other) => Err(other),
        }
    }

    /// The answer, and whether it came for an unexpected account.
    async fn ask(&self, call: &Call, asked: &CallFor) -> Result<(Answer, bool), CallError> {
        let mut delays = Delays::starting_at(self.0.pacing.first_retry_delay);
        let mut began = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let setback = match self.attempt(call, asked, &mut began).await {
                Attempt::Answered(answer) => return Ok((answer, false)),
                Attempt::Suspect(answer) => return Ok((answer, true)),
                Attempt::Lost(lost) => return Err(lost.into()),
                Attempt::Setback(setback) => setback,
            };
            let mut refusal = Box::new(setback.refusal(call, asked, attempt));
            let (wait, slow_down) = match setback.kind {
                SetbackKind::Passing { wait, slow_down } => (wait, slow_down),
                SetbackKind::Denied => return Err(CallError::Denied(refusal)),
                SetbackKind::NotAvailable => return Err(CallError::NotAvailable(refusal)),
                SetbackKind::Final => return Err(CallError::Failed(refusal)),
            };
            let delay = wait.unwrap_or_default().max(delays.next());
            if let Err(why) = self.may_ask_again(attempt, began, delay) {
                refusal.add(&why);
                return Err(CallError::Failed(refusal));
            }
            if let Some(what) = slow_down {
                self.0.pace.slow_down(what, call.method, &call.template, delay);
            }
            tracing::info!(feed = %asked.feed, "{refusal}; asking again in {delay:.1?}");
            asked.traffic.retried();
            tokio::time::sleep(delay).await;
        }
    }

    /// Whether another attempt after `delay` is within the bounds; if not, which bound it breaks.
    fn may_ask_again(
        &self,
        attempt: u32,
        began: Option<Instant>,
        delay: Duration,
    ) -> Result<(), String> {
        let pacing = &self.0.pacing;
        // A site that has never answered is more likely misspelt than down.
        let most = match self.0.account.get() {
            Some(_) => pacing.max_attempts.get(),
            None => pacing.max_attempts.get().min(MOST_FIRST_ATTEMPTS),
        };
        let spent = began.map(|began| began.elapsed()).unwrap_or_default();
        if attempt >= most {
            let bound = if self.0.account.get().is_some() {
                "limits.max_attempts"
            } else {
                "the site has never answered"
            };
            return Err(format!("given up after {attempt} attempts ({bound})"));
        }
        if spent + delay > pacing.retry_for {
            let allowed = humantime::format_duration(pacing.retry_for);
            let delay = humantime::format_duration(Duration::from_secs(delay.as_secs()));
            return Err(format!(
                "the next attempt would be in {delay}, past limits.retry_for = \"{allowed}\""
            ));
        }
        Ok(())
    }

    async fn attempt(&self, call: &Call, asked: &CallFor, began: &mut Option<Instant>) -> Attempt {
        // The queue for a place is not Jira's fault and does not count against the deadline.
        let Some(_place) = self.place(call).await else {
            return Attempt::Setback(Setback::broken("the client is shut down".to_owned(), None));
        };
        began.get_or_insert_with(Instant::now);
        asked.traffic.sent();
        let response = match self.send(call).await {
            Ok(response) => response,
            Err(error) => return Attempt::Setback(Setback::transport(trouble(&error))),
        };
        let status = response.status().as_u16();
        tracing::debug!(feed = %asked.feed, method = %call.method, path = %call.path, status, "answered");
        let now = jiff::Timestamp::now();
        let facts = HeaderFacts::read(response.headers(), now);
        self.0.clock.observe(facts.date, now);
        let body = read_body(response).await;
        let attempt = judge(call, asked, (status, &facts), body, &self.0.scrub);
        self.take_in(call, asked, &facts, attempt)
    }

    /// A place among the requests in flight, once it is the call's turn; none is held while it
    /// waits, or one template that is slowed down would stop all others.
    async fn place(&self, call: &Call) -> Option<SemaphorePermit<'_>> {
        loop {
            let place = self.0.in_flight.acquire().await.ok()?;
            let wait = self.0.pace.wait(call.method, &call.template);
            if wait.is_zero() {
                return Some(place);
            }
            drop(place);
            tokio::time::sleep(wait).await;
        }
    }

    async fn send(&self, call: &Call) -> Result<reqwest::Response, reqwest::Error> {
        let mut url = self.0.address.clone();
        url.set_path(&format!("{}{}", self.0.address.path().trim_end_matches('/'), call.path));
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let request = match call.method {
            Method::Get => self.0.http.get(url),
            Method::Post => {
                let body = serde_json::Value::Object(call.body.clone().unwrap_or_default());
                self.0
                    .http
                    .post(url)
                    .header("content-type", "application/json")
                    .body(body.to_string())
            }
        };
        let request =
            call.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        match &self.0.authorization {
            Some(login) => request.header(AUTHORIZATION, login.clone()).send().await,
            None => request.send().await,
        }
    }

    /// Counts what an attempt brought, lets a slowed template recover, and looks who was answered.
    fn take_in(
        &self,
        call: &Call,
        asked: &CallFor,
        facts: &HeaderFacts,
        attempt: Attempt,
    ) -> Attempt {
        match attempt {
            Attempt::Answered(answer) => {
                asked.traffic.received(answer.body.len());
                self.0.pace.recover(call.method, &call.template);
                if self.is_suspect(facts, asked) {
                    Attempt::Suspect(answer)
                } else {
                    Attempt::Answered(answer)
                }
            }
            Attempt::Setback(setback) if setback.status == Some(429) => {
                asked.traffic.was_throttled();
                Attempt::Setback(setback)
            }
            other => other,
        }
    }

    fn is_suspect(&self, facts: &HeaderFacts, asked: &CallFor) -> bool {
        let is_probe = Arc::ptr_eq(&asked.traffic, &self.0.probing.traffic);
        let account = self.0.account.get().filter(|_| !is_probe);
        self.0.trust_account_header.load(Ordering::Relaxed)
            && account.is_some_and(|account| login::is_of_another(facts, account))
    }
}
