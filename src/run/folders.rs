//! `partition_by` that asks for other folders than those that a feed's parts lie in: refused where the two would
//! stand side by side for good, told where older dates only keep theirs.

use super::RunError;
use super::increments::Increments;
use super::plan::Plan;
use super::session::Session;
use super::written_schema::WrittenSchema;
use crate::config::Settings;

/// The first folder of a feed that is partitioned by date.
const DATE: &str = "extract_date";

/// Refuses, before anything is read, folders that do not go with those that are there; `adds` if the feeds' rows are
/// added to what is there, whatever their mode.
///
/// # Errors
/// [`RunError::Folders`] with the first such feed.
pub(crate) fn check_folders(
    settings: &Settings,
    session: &Session,
    plan: &Plan,
    increments: &Increments,
    adds: bool,
) -> Result<(), RunError> {
    let known = plan.chosen().filter(|feed| session.fields.is_ok() || !feed.needs_site_fields());
    for feed in known {
        let Some(before) = increments.folders_before(&feed.name) else { continue };
        let written = WrittenSchema::of(settings, feed, session.known_fields(), increments);
        let now = written.folders.unwrap_or_default();
        let adds = adds || increments.is_incremental(&feed.name);
        if let Some(why) = refusal(before, &now, adds) {
            let (feed, before, now) = (feed.name.clone(), shown(before), shown(&now));
            return Err(RunError::Folders { feed, before, now, why });
        }
    }
    Ok(())
}

/// Why parts in these folders cannot be written to a feed that has others, and what to do.
fn refusal(before: &[String], now: &[String], adds: bool) -> Option<&'static str> {
    let has_date = |folders: &[String]| folders.first().is_some_and(|first| first == DATE);
    match (has_date(before), has_date(now)) {
        _ if before == now => None,
        _ if adds => Some(
            "rows would be added beside the others, in folders that readers cannot take for one table. Put `partition_by` back, or write to another destination",
        ),
        (true, false) => Some(
            "a run would take the place of all dates that are there. Put `partition_by` back, or write to another destination; if the dates may go, `jira-feeds state reset` of the feed lets them",
        ),
        (false, true) => Some(
            "what is there has no date, so no run would take its place and each record would be there twice. Put `partition_by` back, or write to another destination",
        ),
        _ => None,
    }
}

/// What is to be said of a feed that is written all the same.
pub(crate) fn changed(before: &[String], now: &[String]) -> Option<String> {
    (before != now).then(|| {
        format!(
            "its parts of before lie in folders by {}, and those of this run by {}: readers of all dates want one kind. Delete the older dates, or write to another destination",
            shown(before),
            shown(now),
        )
    })
}

fn shown(folders: &[String]) -> String {
    if folders.is_empty() { "nothing".to_owned() } else { folders.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_feed_that_is_replaced_by_date_may_change_the_folders_below_the_date() {
        let [date, project, both] = [&["extract_date"][..], &["key"], &["extract_date", "key"]]
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        for (before, now, when_replaced, when_added) in [
            (&date, &date, false, false),
            (&date, &both, false, true),
            (&both, &date, false, true),
            (&date, &project, true, true),
            (&project, &both, true, true),
        ] {
            let is_refused = |adds| refusal(before, now, adds).is_some();
            assert_eq!(is_refused(false), when_replaced, "{before:?} {now:?}");
            assert_eq!(is_refused(true), when_added, "{before:?} {now:?}");
            assert_eq!(changed(before, now).is_some(), before != now);
        }
    }
}
