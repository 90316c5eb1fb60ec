//! The client of one Jira site: login, pacing, retries, verdicts, pages.
//!
//! Knows HTTP and Jira's manners. Must not know any feed by name, Arrow, Parquet or the lake.

mod attempt;
mod body;
mod call;
mod client;
mod clock;
mod delays;
mod error;
mod gateway;
mod headers;
mod http;
pub mod json;
mod login;
mod message;
mod pace;
mod page;
mod paging;
mod scrub;
mod transport;
mod trouble;
mod verdict;

pub use call::{Answer, Call, CallFor, Traffic, TrafficCounts};
pub use client::Client;
pub use error::{CallError, LoginLost, Refusal};
pub use gateway::{cloud_id, site_behind};
pub use http::{ClientError, Pacing};
pub use login::Account;
pub use page::{Page, PageMarks, ShapeError, cut};
pub use paging::{Pager, PagingError};
pub use transport::Transport;
