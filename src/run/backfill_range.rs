//! What a backfill reads: bounds, windows and their names, and which feeds have a past that can be
//! asked for. Pure.

use super::RunError;
use super::backfill::WindowRun;
use super::windows::{Moment, WindowSize, bound_name};
use crate::catalog::{Catalog, Endpoint, Feed, Strategy, Window};
use crate::extract::IssueDate;
use crate::lake::{RunId, text_fingerprint};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A part of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillRange {
    /// Where it begins.
    pub since: Moment,
    /// Where it ends, which is not part of it; none for the present.
    pub until: Option<Moment>,
    /// Which date of an issue must lie in it.
    pub by: IssueDate,
    /// The windows that it is cut into; none for one.
    pub size: Option<WindowSize>,
}

impl BackfillRange {
    /// The bounds, where `now` is the present.
    ///
    /// # Errors
    /// [`RunError::EmptyRange`] if the end does not come after the beginning.
    pub(super) fn resolve(&self, now: i64) -> Result<Window, RunError> {
        let since = self.since.resolve(now).max(0);
        let until = self.until.map_or(now, |until| until.resolve(now));
        if since >= until {
            return Err(RunError::EmptyRange {
                since: bound_name(since),
                until: bound_name(until),
            });
        }
        Ok(Window { since, until })
    }

    /// What the backfill is called where nobody has given it an id: alike for the same command.
    pub(super) fn name(&self, filter: Option<&str>) -> String {
        let until = self.until.map_or_else(|| "now".to_owned(), Moment::name);
        name(self.by, &self.since.name(), &until, filter)
    }

    /// The windows of `range`, which is this one resolved. The name of a window says all that decides
    /// what its rows are: the same window again takes the place of what it has brought before.
    pub(super) fn windows(
        &self,
        range: Window,
        filter: Option<&str>,
        run_id: Option<&RunId>,
    ) -> Result<Vec<WindowRun>, RunError> {
        let windows = self.size.map_or_else(|| vec![range], |size| size.windows(range));
        let named = windows.into_iter().map(|window| {
            let calendar = self.size.map(|size| size.name(window.since));
            let (since, until) = (bound_name(window.since), self.end_name(window, range));
            let id = match (run_id, &calendar) {
                (Some(run_id), Some(calendar)) => format!("{run_id}.{calendar}"),
                (Some(run_id), None) => run_id.to_string(),
                (None, _) => name(self.by, &since, &until, filter),
            };
            let name = calendar.unwrap_or_else(|| format!("{since} to {until}"));
            Ok(WindowRun { window, name, run_id: RunId::parse(&id)? })
        });
        named.collect()
    }

    /// What goes up to the present is the same window tomorrow, and longer.
    fn end_name(&self, window: Window, range: Window) -> String {
        match self.until {
            None if window.until == range.until => "now".to_owned(),
            _ => bound_name(window.until),
        }
    }

    /// As it was typed.
    pub(super) fn description(&self) -> Map<String, Value> {
        let parts = [
            ("since", json!(self.since.name())),
            ("until", json!(self.until.map(Moment::name))),
            ("by", json!(self.by.to_string())),
            ("window", json!(self.size.map(WindowSize::title))),
        ];
        parts.into_iter().map(|(part, value)| (part.to_owned(), value)).collect()
    }
}

/// Another JQL finds other issues: its windows must not take each other's place.
fn name(by: IssueDate, since: &str, until: &str, filter: Option<&str>) -> String {
    let filter = filter.map(|jql| format!("-{}", &text_fingerprint(jql)[..8])).unwrap_or_default();
    format!("backfill-{by}-{since}-{until}{filter}")
}

/// Whether a feed can be asked for a part of the past: by a date of its own, or by the issues or the
/// list that it hangs on.
#[must_use]
pub fn has_window(catalog: &Catalog, feed: &Feed) -> bool {
    let mut placeholders = feed.endpoints().flat_map(Endpoint::placeholders);
    let is_bounded = feed.cursor.is_some() || placeholders.any(|name| name.starts_with("until"));
    let own = match feed.strategy {
        Strategy::Issues | Strategy::Changelogs => true,
        _ => feed.is_windowed() && is_bounded,
    };
    let above = feed.above().and_then(|above| catalog.get(above));
    own || above.is_some_and(|above| has_window(catalog, above))
}

/// The feeds of a selection that have windows, and the names of the others. Those that were named one
/// by one are refused.
///
/// # Errors
/// [`RunError::NoWindow`] with the names of the feeds that can be read so.
pub fn with_windows(
    catalog: &Catalog,
    chosen: &[Arc<Feed>],
    typed: &[String],
) -> Result<(Vec<Arc<Feed>>, Vec<String>), RunError> {
    let (able, others): (Vec<_>, Vec<_>) =
        chosen.iter().cloned().partition(|feed| has_window(catalog, feed));
    let typed: Vec<_> = typed.iter().map(|name| catalog.name_for(name).unwrap_or(name)).collect();
    let others: Vec<_> = others.into_iter().map(|feed| feed.name.clone()).collect();
    let refused = others.iter().find(|feed| typed.contains(&feed.as_str()));
    match refused.or(others.first().filter(|_| able.is_empty())) {
        Some(feed) => {
            let all = catalog.feeds().filter(|feed| has_window(catalog, feed));
            let able: Vec<_> = all.map(|feed| feed.name.as_str()).collect();
            Err(RunError::NoWindow { feed: feed.clone(), able: able.join(", ") })
        }
        None => Ok((able, others)),
    }
}
