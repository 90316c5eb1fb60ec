//! The program from outside: the real binary, real HTTP against the sandbox, Parquet read back.
//! One binary for all of them, so that they are linked once.
#![allow(
    unreachable_pub,
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test crate has no public side, and a test that cannot go on panics"
)]

mod support;

mod real_input;
mod selections;
mod site_fields;
mod smoke;

mod accounts;
mod backfills;
mod bad_disks;
mod catalogue_language;
mod check;
mod commands;
mod compact;
mod credential_store;
mod credentials;
mod custom_feeds;
mod denials;
mod disk;
mod every_feed;
mod faults;
mod histories;
mod hourly;
mod incremental;
mod last_snapshots;
mod locks;
mod logins;
mod lost_rights;
mod meanings;
#[cfg(all(feature = "s3", feature = "azure"))]
mod object_stores;
mod odd_json;
mod out_of_sight;
mod partitions;
mod refusals;
mod requests;
mod savepoints;
mod secrets;
mod signals;
mod states;
mod store_secrets;
mod transport;
mod traps_paging;
mod traps_rights;
mod traps_search;
mod values;
mod view;
mod worklog_savepoints;
