//! The levers of a running site: faults, revocation, replaced endpoints, and the log of requests.
//!
//! Knows nothing of HTTP types; the pipeline asks it what to do.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fault::{Armed, Effect, Fault};
use crate::pages::PageStyle;
use crate::routes;

/// A request the site received.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// The path as sent.
    pub path: String,
    /// The path as Atlassian documents it; the path itself where no endpoint fits.
    pub template: String,
    /// The parameters, decoded.
    pub query: Vec<(String, String)>,
    /// The body, as far as it is text.
    pub body: String,
    /// The request's headers, names in lower case; without `authorization`.
    pub headers: Vec<(String, String)>,
    /// The account its credential names, whether or not the token was good.
    pub account: Option<String>,
    /// The status of the answer; `None` while there is none, and where the connection was broken.
    pub status: Option<u16>,
    /// When it came, counted from the start of the site.
    pub at: Duration,
}

/// A request to a replaced endpoint.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// The path as sent.
    pub path: String,
    /// What stands in the template's placeholders.
    pub parameters: Vec<String>,
    /// The parameters, decoded.
    pub query: Vec<(String, String)>,
    /// The body; `null` where there is none.
    pub body: Value,
    /// Which request to this endpoint it is, counted from 0.
    pub nth: usize,
}

impl Inquiry {
    /// The first value of a parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

type Responder = Arc<dyn Fn(&Inquiry) -> Value + Send + Sync>;

struct Replacement {
    method: String,
    template: String,
    answer: Responder,
    asked: usize,
}

#[derive(Default)]
struct State {
    log: Vec<LoggedRequest>,
    in_flight: usize,
    peak: usize,
    faults: Vec<Armed>,
    /// Requests each revoked account has left.
    revoked: HashMap<String, u32>,
    replacements: Vec<Replacement>,
}

/// The levers of a running site.
pub struct Control {
    state: Mutex<State>,
    opened: Instant,
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Control")
            .field("requests", &self.state().log.len())
            .finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn new() -> Self {
        Self { state: Mutex::default(), opened: Instant::now() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All requests since the start or since [`Control::clear_log`], in the order they came.
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.state().log.clone()
    }

    /// How many requests there were to an endpoint.
    pub fn count(&self, method: &str, template: &str) -> usize {
        let matching =
            |request: &&LoggedRequest| request.method == method && request.template == template;
        self.state().log.iter().filter(matching).count()
    }

    /// The most requests that were being answered at once.
    pub fn peak_in_flight(&self) -> usize {
        self.state().peak
    }

    /// Forgets the logged requests and the peak.
    pub fn clear_log(&self) {
        let mut state = self.state();
        state.log.clear();
        state.peak = state.in_flight;
    }

    /// Orders a fault. When several match a request, the one ordered first strikes.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.push(Armed::new(fault));
    }

    /// Withdraws all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Revokes an account's token after as many further requests; from then on its requests are
    /// answered as those of an anonymous caller.
    pub fn revoke(&self, account: &str, after_requests: u32) {
        self.state().revoked.insert(account.to_ascii_lowercase(), after_requests);
    }

    /// Makes an account's token valid again.
    pub fn restore(&self, account: &str) {
        self.state().revoked.remove(&account.to_ascii_lowercase());
    }

    /// Answers an endpoint, named by path or template, with values of the caller's own. The
    /// endpoint need not be one the site has.
    pub fn serve(
        &self,
        method: &str,
        template: &str,
        answer: impl Fn(&Inquiry) -> Value + Send + Sync + 'static,
    ) {
        let replacement = Replacement {
            method: method.to_ascii_uppercase(),
            template: template.to_owned(),
            answer: Arc::new(answer),
            asked: 0,
        };
        self.state().replacements.insert(0, replacement);
    }

    /// Answers an endpoint with one value after the other; the last one stays.
    pub fn serve_sequence(&self, method: &str, template: &str, values: Vec<Value>) {
        self.serve(method, template, move |inquiry| {
            values.get(inquiry.nth).or(values.last()).cloned().unwrap_or(Value::Null)
        });
    }

    /// Serves records of the caller's own as pages of a style.
    pub fn serve_records(
        &self,
        method: &str,
        template: &str,
        style: PageStyle,
        records: Vec<Value>,
    ) {
        self.serve(method, template, move |inquiry| style.page(inquiry, &records));
    }

    /// The template a replaced endpoint was named by.
    pub(crate) fn replaced(&self, method: &str, path: &str) -> Option<String> {
        let state = self.state();
        let found = state.replacements.iter().find(|known| {
            known.method == method && routes::matches(&known.template, path).is_some()
        });
        found.map(|known| known.template.clone())
    }

    /// The answer of a replaced endpoint.
    pub(crate) fn replacement(
        &self,
        method: &str,
        path: &str,
        query: Vec<(String, String)>,
        body: Value,
    ) -> Option<Value> {
        let (answer, inquiry) = {
            let mut state = self.state();
            let (known, parameters) = state.replacements.iter_mut().find_map(|known| {
                let parameters =
                    routes::matches(&known.template, path).filter(|_| known.method == method)?;
                Some((known, parameters))
            })?;
            known.asked += 1;
            let inquiry =
                Inquiry { path: path.to_owned(), parameters, query, body, nth: known.asked - 1 };
            (Arc::clone(&known.answer), inquiry)
        };
        Some(answer(&inquiry))
    }

    /// Writes a request into the log; its number, to be given back when it is answered.
    pub(crate) fn arrived(&self, mut request: LoggedRequest) -> Ticket<'_> {
        let mut state = self.state();
        request.at = self.opened.elapsed();
        state.in_flight += 1;
        state.peak = state.peak.max(state.in_flight);
        state.log.push(request);
        Ticket { control: self, entry: state.log.len() - 1 }
    }

    /// The effect of the first fault that strikes a request.
    pub(crate) fn strike(
        &self,
        method: &str,
        template: &str,
        path: &str,
        account: Option<&str>,
    ) -> Option<Effect> {
        // Every fault counts the request, also when another one strikes.
        let mut state = self.state();
        let effects: Vec<Effect> = state
            .faults
            .iter_mut()
            .filter_map(|fault| fault.meet(method, template, path, account))
            .collect();
        effects.into_iter().next()
    }

    /// Whether an account's token is still good; counts the request.
    pub(crate) fn is_revoked(&self, account: &str) -> bool {
        match self.state().revoked.get_mut(&account.to_ascii_lowercase()) {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        }
    }
}

/// A request being answered; leaves the count of those in flight when dropped.
#[derive(Debug)]
pub(crate) struct Ticket<'c> {
    control: &'c Control,
    entry: usize,
}

impl Ticket<'_> {
    /// Notes the status of the answer.
    pub(crate) fn answered(&self, status: u16) {
        if let Some(request) = self.control.state().log.get_mut(self.entry) {
            request.status = Some(status);
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut state = self.control.state();
        state.in_flight = state.in_flight.saturating_sub(1);
    }
}
