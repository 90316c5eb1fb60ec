//! A deterministic stand-in for a Jira Cloud site, served over HTTP on loopback.
//!
//! The site is drawn from a few [`SiteOptions`]: the same options give the same records, to the
//! byte, on any machine and on any day. [`Sandbox::change`] changes it while it is served, and
//! [`Sandbox::clock`] moves its time; the same changes give the same site. It answers as Atlassian documents its API, traps included:
//! bounded queries, ceilings lowered without a word, short and empty pages before the end, boards
//! without sprints, projects that are hidden rather than forbidden, and bad credentials that are
//! answered for an anonymous caller.
//!
//! ```no_run
//! # async fn demo() -> std::io::Result<()> {
//! use jira_sandbox::{Effect, Fault, Resource, Sandbox, SiteOptions};
//!
//! let sandbox = Sandbox::start(SiteOptions::new(500, 1)).await?;
//! sandbox.control().inject(Fault::on("GET", "/rest/api/3/field", Effect::Reset).nth(1));
//! let fields = sandbox.site().truth("admin@sandbox.example", Resource::Fields);
//! assert!(!fields.is_empty());
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod accounts;
mod answer;
mod api;
mod call;
mod clock;
mod connection;
mod control;
mod documented;
mod fault;
mod generic;
mod jql;
mod options;
mod pages;
mod paging;
mod pipeline;
mod routes;
mod search_memory;
mod server;
mod site;
mod timeline;
mod truth;
mod wire;

pub use clock::Clock;
pub use control::{Control, Inquiry, LoggedRequest};
pub use fault::{Effect, Fault, RateLimit};
pub use options::{Caps, Ceilings, Limits, SiteOptions, Switch};
pub use pages::PageStyle;
pub use server::Sandbox;
pub use site::Site;
pub use truth::{Described, Placed, Record, Resource};
