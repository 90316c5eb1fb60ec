//! Where everything lies at the destination: every path of the lake is made here.
//!
//! ```text
//! <feed>/extract_date=2026-11-23/<run>-0000.parquet     data
//! _jira_feeds/manifests/<feed>/<run>.json               what is committed
//! _jira_feeds/state/<feed>.json                         how far the lake has got with a feed
//! _jira_feeds/state/<feed>/<run>-keys.parquet           the keys of its records
//! _jira_feeds/runs/<run>.json                           reports
//! _jira_feeds/backfills/<run>.json                      backfills that are not whole
//! _jira_feeds/staging/<run>/<feed>/0000.parquet         parts that are not yet data
//! _jira_feeds/staging/<run>/<feed>/keys.parquet         keys that are not yet those of the state
//! _jira_feeds/staging/<run>/<feed>/keys-0001.parquet    keys of the records before a savepoint
//! _jira_feeds/staging/<run>/@<feed>.json                a savepoint of feeds that are read together
//! _jira_feeds/staging/<run>/<feed>/commit.json          a commit that has begun
//! _jira_feeds/checkpoint.json                           a run that has not ended
//! _jira_feeds/lock.json                                 who works here, while somebody does
//! ```
//! `<run>` is the file form of a run id. Paths are relative to the destination. Nothing here does I/O.

use super::{LakeError, RunId};
use jiff::civil::Date;
use std::fmt::Display;

/// The folder of our own housekeeping; readers skip names that start with an underscore.
pub(super) const HOUSEKEEPING: &str = "_jira_feeds";
/// The folder of everything that is not yet data.
pub(super) const STAGING: &str = "_jira_feeds/staging";
/// The folder of the reports of runs.
pub(super) const REPORTS: &str = "_jira_feeds/runs";
/// The folder of the feeds' states.
pub(super) const STATES: &str = "_jira_feeds/state";
/// The folder of backfills that are not whole.
pub(super) const BACKFILLS: &str = "_jira_feeds/backfills";
/// The lock of the destination.
pub(super) const LOCK: &str = "_jira_feeds/lock.json";
/// The folder of the manifests of all feeds.
pub(super) const MANIFESTS: &str = "_jira_feeds/manifests";
/// The run that has not ended.
pub(super) const CHECKPOINT: &str = "_jira_feeds/checkpoint.json";
/// The name of the file that says that a commit has begun.
pub(super) const INTENT: &str = "commit.json";

/// Refuses a feed name that would not be one folder of its own.
pub(super) fn check_feed(feed: &str) -> Result<(), LakeError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let starts_well = feed.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if starts_well && feed != HOUSEKEEPING && feed.chars().all(plain) {
        return Ok(());
    }
    let reason = "it names a folder: start with a letter, digit or '_', use letters, digits, '_', '-' and '.', and leave `_jira_feeds` to the program";
    Err(LakeError::Name { what: "feed name", name: feed.to_owned(), reason })
}

/// The folder of a feed's parts of one date.
pub(super) fn partition(feed: &str, date: impl Display) -> String {
    format!("{feed}/extract_date={date}")
}

/// The folder of a feed's parts: of one date unless there is none, and of one partition below it.
pub(super) fn partition_folder(feed: &str, date: Option<Date>, partition_levels: &str) -> String {
    let mut folder = date.map_or_else(|| feed.to_owned(), |date| partition(feed, date));
    if !partition_levels.is_empty() {
        folder.push('/');
        folder.push_str(partition_levels);
    }
    folder
}

/// A part in a folder of its feed, as readers see it.
pub(super) fn part(folder: &str, run: &RunId, index: usize) -> String {
    format!("{folder}/{}-{index:04}.parquet", run.file_form())
}

/// The folder that a file stands in.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A folder of a feed and those that it is in, innermost first, up to that of the feed.
pub(super) fn folders_below_feed(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |folder| Some(folder.rsplit_once('/')?.0))
        .filter(|folder| folder.contains('/'))
}

/// The date of the partition that a part of a feed stands in, if it is partitioned by date.
pub(super) fn date_of_part(feed: &str, path: &str) -> Option<Date> {
    let below = path.strip_prefix(feed)?.strip_prefix("/extract_date=")?;
    below.split_once('/')?.0.parse().ok()
}

/// Whether readers take the file for data.
pub(super) fn is_part(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("parquet"))
}

/// The file form of the run that wrote a part, as the part's name says it.
pub(super) fn run_of_part(path: &str) -> Option<&str> {
    run_and_index(path).map(|(run, _)| run)
}

/// The number that a part has among those of its run.
pub(super) fn index_of_part(path: &str) -> Option<usize> {
    run_and_index(path)?.1.parse().ok()
}

fn run_and_index(path: &str) -> Option<(&str, &str)> {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    let (run, index) = name.strip_suffix(".parquet")?.rsplit_once('-')?;
    (index.len() >= 4 && index.bytes().all(|b| b.is_ascii_digit())).then_some((run, index))
}

/// Everything of a run that is not yet data.
pub(super) fn staging_of_run(run: &RunId) -> String {
    format!("{STAGING}/{}", run.file_form())
}

/// The folder of everything that the run of a staged file has staged.
pub(super) fn run_of_staged(path: &str) -> Option<&str> {
    let below = path.strip_prefix(STAGING)?.strip_prefix('/')?;
    let run = below.find('/')?;
    Some(&path[..STAGING.len() + 1 + run])
}

/// Everything of a feed of a run that is not yet data.
pub(super) fn staging_of_feed(run: &RunId, feed: &str) -> String {
    format!("{}/{feed}", staging_of_run(run))
}

/// A part that is not yet data.
pub(super) fn staged_part(run: &RunId, feed: &str, index: usize) -> String {
    format!("{}/{index:04}.parquet", staging_of_feed(run, feed))
}

/// The file that says that a commit has begun, and what it is to do.
pub(super) fn intent(run: &RunId, feed: &str) -> String {
    format!("{}/{INTENT}", staging_of_feed(run, feed))
}

/// The manifests of a feed.
pub(super) fn manifests(feed: &str) -> String {
    format!("{MANIFESTS}/{feed}")
}

/// The manifest of the run that has this file form.
pub(super) fn manifest(feed: &str, run_file_form: &str) -> String {
    format!("{}/{run_file_form}.json", manifests(feed))
}

/// The state of a feed.
pub(super) fn state(feed: &str) -> String {
    format!("{STATES}/{feed}.json")
}

/// The feed whose state a file is, if it is one.
pub(super) fn feed_of_state(path: &str) -> Option<&str> {
    let name = path.strip_prefix(STATES)?.strip_prefix('/')?;
    name.strip_suffix(".json").filter(|feed| !feed.contains('/'))
}

/// The folder of the keys of a feed's records.
pub(super) fn keys_of_feed(feed: &str) -> String {
    format!("{STATES}/{feed}")
}

/// The keys of a feed's records after a run.
pub(super) fn keys(feed: &str, run: &RunId) -> String {
    format!("{}/{}-keys.parquet", keys_of_feed(feed), run.file_form())
}

/// Keys that are not yet those of the state.
pub(super) fn staged_keys(run: &RunId, feed: &str) -> String {
    format!("{}/keys.parquet", staging_of_feed(run, feed))
}

/// The keys of the records that a run has staged between two savepoints.
pub(super) fn keys_up_to_savepoint(run: &RunId, feed: &str, number: usize) -> String {
    format!("{}/keys-{number:04}.parquet", staging_of_feed(run, feed))
}

/// The savepoint of feeds that are read together, by the first of them. No feed's name has an `@`.
pub(super) fn savepoint(run: &RunId, feed: &str) -> String {
    format!("{}/@{feed}.json", staging_of_run(run))
}

/// The report of a run.
pub(super) fn report(run: &RunId) -> String {
    format!("{REPORTS}/{}.json", run.file_form())
}

/// How far a backfill has got.
pub(super) fn backfill(run: &RunId) -> String {
    format!("{BACKFILLS}/{}.json", run.file_form())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn paths_are_as_the_contract_has_them() {
        let run = RunId::parse("nightly:1").unwrap();
        let day = date(2026, 11, 3);
        assert_eq!(
            part(&partition_folder("issues", Some(day), ""), &run, 7),
            "issues/extract_date=2026-11-03/nightly-x3a-1-0007.parquet"
        );
        assert_eq!(
            part(&partition_folder("issues", Some(day), "project_key=ENG"), &run, 0),
            "issues/extract_date=2026-11-03/project_key=ENG/nightly-x3a-1-0000.parquet"
        );
        assert_eq!(
            part(&partition_folder("issues", None, ""), &run, 0),
            "issues/nightly-x3a-1-0000.parquet"
        );
        assert_eq!(
            staged_part(&run, "issues", 0),
            "_jira_feeds/staging/nightly-x3a-1/issues/0000.parquet"
        );
        assert_eq!(
            manifest("issues", run.file_form()),
            "_jira_feeds/manifests/issues/nightly-x3a-1.json"
        );
        assert_eq!(report(&run), "_jira_feeds/runs/nightly-x3a-1.json");
    }

    #[test]
    fn a_part_tells_its_run_also_after_ten_thousand_parts() {
        for id in ["a", "a-0001", "2026-11-03", "scheduled__2026-11-24T00:00:00+00:00"] {
            let run = RunId::parse(id).unwrap();
            for index in [0, 9_999, 10_000] {
                assert_eq!(run_of_part(&part("issues", &run, index)), Some(run.file_form()));
            }
        }
        assert_eq!(run_of_part("issues/extract_date=2026-11-03/other.parquet"), None);
        assert_eq!(run_of_part("issues/extract_date=2026-11-03/other-1.parquet"), None);
    }

    #[test]
    fn feed_names_that_are_no_visible_folder_are_refused() {
        for feed in ["issues", "board_issues", "my-feed.v2", "1st"] {
            assert!(check_feed(feed).is_ok(), "{feed}");
        }
        for feed in ["", "_jira_feeds", ".hidden", "a/b", "..", "a b", "é"] {
            assert!(check_feed(feed).is_err(), "{feed}");
        }
    }
}
