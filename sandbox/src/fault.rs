//! Faults a caller can order: what goes wrong, for which requests, and how often.

use std::time::Duration;

use serde_json::Value;

use crate::routes;
use crate::site::random::{Dice, Subject};

/// Something that goes wrong with some requests.
///
/// ```
/// use jira_sandbox::{Effect, Fault};
/// // The third page of a search is cut off, once.
/// let fault = Fault::on("POST", "/rest/api/3/search/jql", Effect::Truncate).nth(3);
/// # let _ = fault;
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    method: Option<String>,
    template: Option<String>,
    account: Option<String>,
    first: u32,
    times: Option<u32>,
    chance: Option<(u32, u64)>,
    effect: Effect,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// 429, as one of Jira's limits sends it.
    RateLimit {
        /// Which limit.
        limit: RateLimit,
        /// Seconds in `Retry-After`, if it is sent.
        retry_after: Option<u32>,
    },
    /// An error status in Atlassian's envelope, such as 500, 503 or 409.
    Status {
        /// The status.
        status: u16,
        /// Seconds in `Retry-After`, if it is sent.
        retry_after: Option<u32>,
    },
    /// 200 with this value instead of the right one.
    Json(Value),
    /// Any answer at all.
    Answer {
        /// The status.
        status: u16,
        /// Headers beside the usual ones.
        headers: Vec<(String, String)>,
        /// The body, sent as it is.
        body: Vec<u8>,
    },
    /// 200 with a page of HTML.
    Html,
    /// 200, announced as JSON, with bytes that are not even text.
    Garbage,
    /// The right answer, cut in the middle by a closed connection.
    Truncate,
    /// The connection is reset before any answer.
    Reset,
    /// No answer, ever.
    Hang,
    /// The right answer, which stops in the middle while the connection stays open.
    HangMidBody,
    /// The right answer, late.
    Delay(Duration),
    /// The right answer with further headers, such as `Beta-RateLimit`.
    Headers(Vec<(String, String)>),
    /// The first page, and always the same token for the next one.
    RepeatToken,
    /// Pages without records, each with a new token or a total not yet reached.
    EmptyForever,
    /// The first page again and again, each time with a new token or a larger total.
    PagesForever,
    /// These issues, by id, stand in `issueErrors` instead of `issues`.
    IssueErrors(Vec<String>),
    /// These issues, by id, are missing without a word.
    DropIssues(Vec<String>),
}

/// The limits that answer 429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// `jira-burst-based`: too many requests to one endpoint.
    Burst,
    /// `jira-quota-global-based`: the hourly quota is spent.
    Quota,
    /// Refused by the gateway in front of Jira.
    Gateway,
}

impl Fault {
    /// A fault of every request to an endpoint, named by method and path template.
    #[must_use]
    pub fn on(method: &str, template: &str, effect: Effect) -> Self {
        Self {
            method: Some(method.to_ascii_uppercase()),
            template: Some(template.to_owned()),
            ..Self::anywhere(effect)
        }
    }

    /// A fault of every request.
    #[must_use]
    pub fn anywhere(effect: Effect) -> Self {
        Self {
            method: None,
            template: None,
            account: None,
            first: 1,
            times: None,
            chance: None,
            effect,
        }
    }

    /// Only the `n`th matching request, counted from 1.
    #[must_use]
    pub fn nth(self, n: u32) -> Self {
        self.starting(n).times(1)
    }

    /// From the `n`th matching request on, counted from 1.
    #[must_use]
    pub fn starting(mut self, n: u32) -> Self {
        self.first = n;
        self
    }

    /// At most this often.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Each matching request with this probability, drawn from a seed.
    #[must_use]
    pub fn chance(mut self, permille: u32, seed: u64) -> Self {
        self.chance = Some((permille, seed));
        self
    }

    /// Only requests of one account.
    #[must_use]
    pub fn for_account(mut self, email: &str) -> Self {
        self.account = Some(email.to_owned());
        self
    }
}

/// A fault and how often it has been met.
#[derive(Debug)]
pub(crate) struct Armed {
    fault: Fault,
    met: u32,
    fired: u32,
}

impl Armed {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, met: 0, fired: 0 }
    }

    /// Counts a request; the effect, if this is one the fault is for.
    pub(crate) fn meet(
        &mut self,
        method: &str,
        template: &str,
        path: &str,
        account: Option<&str>,
    ) -> Option<Effect> {
        let fault = &self.fault;
        let matches = fault.method.as_deref().is_none_or(|of| of == method)
            && fault
                .template
                .as_deref()
                .is_none_or(|of| of == template || routes::matches(of, path).is_some())
            && fault
                .account
                .as_deref()
                .is_none_or(|of| account.is_some_and(|who| who.eq_ignore_ascii_case(of)));
        if !matches {
            return None;
        }
        self.met += 1;
        let due = self.met >= fault.first
            && fault.times.is_none_or(|times| self.fired < times)
            && fault.chance.is_none_or(|(permille, seed)| {
                Dice::of(seed, Subject::Fault, u64::from(self.met)).chance(permille)
            });
        self.fired += u32::from(due);
        due.then(|| fault.effect.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{Armed, Effect, Fault};

    fn fired(fault: Fault, requests: u32) -> Vec<u32> {
        let mut armed = Armed::new(fault);
        (1..=requests).filter(|_| armed.meet("GET", "/a", "/a", None).is_some()).collect()
    }

    #[test]
    fn a_fault_fires_when_it_is_due() {
        let fault = || Fault::on("get", "/a", Effect::Reset);
        assert_eq!(fired(fault(), 3), [1, 2, 3]);
        assert_eq!(fired(fault().nth(2), 3), [2]);
        assert_eq!(fired(fault().starting(2).times(2), 5), [2, 3]);
        assert!(fired(Fault::on("POST", "/a", Effect::Reset), 3).is_empty());
        assert_eq!(fired(fault().chance(500, 1), 50), fired(fault().chance(500, 1), 50));
    }
}
