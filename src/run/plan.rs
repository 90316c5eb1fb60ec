//! From the chosen feeds to the work: which are read together, which need a parent, which are written. Pure.

use crate::catalog::{Catalog, Feed, Strategy};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a run will read, and in which company.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The pass over issues, if any feed needs it.
    pub issues: Option<IssuesPlan>,
    /// Feeds that are read for themselves, by name; parents that nobody chose among them.
    pub feeds: BTreeMap<String, PlannedFeed>,
    /// Feeds cut out of the records of others, by the name of the feed around them; those in issues
    /// themselves belong to the pass.
    pub derived: BTreeMap<String, BTreeMap<String, PlannedFeed>>,
}

/// The pass over issues and what is taken from it.
#[derive(Debug, Clone)]
pub struct IssuesPlan {
    /// The feed of the issues themselves.
    pub issues: PlannedFeed,
    /// Feeds cut out of the issues, by name.
    pub embedded: BTreeMap<String, PlannedFeed>,
    /// The feed of histories.
    pub changelogs: Option<PlannedFeed>,
    /// Which issues, in JQL.
    pub filter: Option<String>,
}

impl IssuesPlan {
    fn all(&self) -> impl Iterator<Item = &PlannedFeed> {
        std::iter::once(&self.issues).chain(self.embedded.values()).chain(&self.changelogs)
    }
}

/// A feed of a plan.
#[derive(Debug, Clone)]
pub struct PlannedFeed {
    /// Its definition.
    pub feed: Arc<Feed>,
    /// Whether the user chose it; otherwise only its children, or what is derived from it, need it.
    pub is_chosen: bool,
}

/// A choice of feeds that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The catalogue's check makes this impossible for built-in feeds.
    #[error("Feed `{feed}` needs feed `{needed}`, which does not exist")]
    Missing {
        /// The feed.
        feed: String,
        /// The one it needs.
        needed: String,
    },
    /// Nothing is asked for it.
    #[error(
        "Feed `{feed}` is written by every run and cannot be chosen. Choose the feeds to read; what the account may not read of them is a row in it"
    )]
    NotAskedFor {
        /// The feed.
        feed: String,
    },
}

impl Plan {
    /// The work for `chosen`, with `filter` as the JQL of the issues.
    ///
    /// # Errors
    /// [`PlanError`] if a feed refers to one that the catalogue has not.
    pub fn new(
        catalog: &Catalog,
        chosen: &[Arc<Feed>],
        filter: Option<&str>,
    ) -> Result<Self, PlanError> {
        Self::of(catalog, chosen, Selection { filter, is_partial: filter.is_some() })
    }

    /// The same for a backfill: only some of the issues are read, also without a JQL.
    ///
    /// # Errors
    /// [`PlanError`] if a feed refers to one that the catalogue has not.
    pub fn for_backfill(
        catalog: &Catalog,
        chosen: &[Arc<Feed>],
        filter: Option<&str>,
    ) -> Result<Self, PlanError> {
        Self::of(catalog, chosen, Selection { filter, is_partial: true })
    }

    fn of(
        catalog: &Catalog,
        chosen: &[Arc<Feed>],
        selection: Selection<'_>,
    ) -> Result<Self, PlanError> {
        let mut plan = Self::default();
        for feed in chosen {
            plan.add(catalog, feed, selection, true)?;
        }
        Ok(plan)
    }

    /// The feeds that the user chose.
    pub fn chosen(&self) -> impl Iterator<Item = &Arc<Feed>> {
        self.all().filter(|planned| planned.is_chosen).map(|planned| &planned.feed)
    }

    /// The feeds that are read together and the user chose, with the name of the first that is read: those of
    /// the pass over issues, and each other with what is cut out of it.
    pub fn read_together(&self) -> impl Iterator<Item = (&str, Vec<&Arc<Feed>>)> {
        let pass = self.issues.iter();
        let pass = pass.map(|pass| (&pass.issues, pass.all().collect::<Vec<_>>()));
        let others = self.feeds.values().map(|planned| (planned, vec![planned]));
        pass.chain(others).map(|(first, all)| {
            let all = all.into_iter().flat_map(|planned| self.with_derived(planned));
            let chosen = all.filter(|planned| planned.is_chosen).map(|planned| &planned.feed);
            (first.feed.name.as_str(), chosen.collect())
        })
    }

    fn with_derived<'a>(&'a self, planned: &'a PlannedFeed) -> Vec<&'a PlannedFeed> {
        let derived = self.derived.get(&planned.feed.name).into_iter().flat_map(BTreeMap::values);
        let below = derived.flat_map(|inner| self.with_derived(inner));
        std::iter::once(planned).chain(below).collect()
    }

    /// All feeds that are read, chosen or not.
    pub fn all(&self) -> impl Iterator<Item = &PlannedFeed> {
        let pass = self.issues.iter().flat_map(IssuesPlan::all);
        let derived = self.derived.values().flat_map(BTreeMap::values);
        self.feeds.values().chain(pass).chain(derived)
    }

    /// Whether the fields of the site must be known before reading begins.
    #[must_use]
    pub fn needs_site_fields(&self) -> bool {
        let places = self.all().any(|planned| planned.feed.is_found_by_field_type());
        places || self.chosen().any(|feed| feed.needs_site_fields())
    }

    /// Adds a feed, and those above it that nobody chose.
    fn add(
        &mut self,
        catalog: &Catalog,
        feed: &Arc<Feed>,
        selection: Selection<'_>,
        is_chosen: bool,
    ) -> Result<(), PlanError> {
        let host = feed.embedded.as_ref().map(|embedded| embedded.host.as_str());
        let is_in_issues = host == Some("issues");
        // The site's list of worklogs knows no JQL; those of some issues are read from the issues.
        let is_cut_out = match feed.strategy {
            Strategy::Worklogs => selection.is_partial && is_in_issues,
            strategy => strategy == Strategy::Embedded,
        };
        let above = match feed.strategy {
            Strategy::Permissions => {
                return Err(PlanError::NotAskedFor { feed: feed.name.clone() });
            }
            Strategy::Issues => {
                self.pass(catalog, feed, selection)?.issues.is_chosen |= is_chosen;
                return Ok(());
            }
            Strategy::Changelogs => {
                let slot = &mut self.pass(catalog, feed, selection)?.changelogs;
                slot.get_or_insert_with(|| unchosen(feed)).is_chosen |= is_chosen;
                return Ok(());
            }
            _ if is_cut_out && is_in_issues => {
                choose(&mut self.pass(catalog, feed, selection)?.embedded, feed, is_chosen);
                return Ok(());
            }
            _ if is_cut_out => {
                let host = host.unwrap_or_default();
                choose(self.derived.entry(host.to_owned()).or_default(), feed, is_chosen);
                Some(host)
            }
            _ => {
                choose(&mut self.feeds, feed, is_chosen);
                feed.parent.as_ref().map(|parent| parent.feed.as_str())
            }
        };
        match above {
            Some(above) => self.add(catalog, find(catalog, feed, above)?, selection, false),
            None => Ok(()),
        }
    }

    fn pass(
        &mut self,
        catalog: &Catalog,
        feed: &Feed,
        selection: Selection<'_>,
    ) -> Result<&mut IssuesPlan, PlanError> {
        let issues = find(catalog, feed, "issues")?;
        Ok(self.issues.get_or_insert_with(|| IssuesPlan {
            issues: unchosen(issues),
            embedded: BTreeMap::new(),
            changelogs: None,
            filter: selection.filter.map(str::to_owned),
        }))
    }
}

/// Which issues are read.
#[derive(Debug, Clone, Copy)]
struct Selection<'a> {
    /// In JQL.
    filter: Option<&'a str>,
    /// Whether there may be others.
    is_partial: bool,
}

fn unchosen(feed: &Arc<Feed>) -> PlannedFeed {
    PlannedFeed { feed: Arc::clone(feed), is_chosen: false }
}

fn choose(feeds: &mut BTreeMap<String, PlannedFeed>, feed: &Arc<Feed>, is_chosen: bool) {
    feeds.entry(feed.name.clone()).or_insert_with(|| unchosen(feed)).is_chosen |= is_chosen;
}

fn find<'a>(catalog: &'a Catalog, feed: &Feed, needed: &str) -> Result<&'a Arc<Feed>, PlanError> {
    catalog
        .get(needed)
        .ok_or_else(|| PlanError::Missing { feed: feed.name.clone(), needed: needed.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(names: &[&str], filter: Option<&str>) -> Plan {
        let catalog = Catalog::with_custom([]).unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let chosen = catalog.select(&names).unwrap();
        Plan::new(&catalog, &chosen, filter).unwrap()
    }

    #[test]
    fn a_child_brings_its_parent_unwritten() {
        let plan = plan(&["sprints"], None);
        assert!(plan.feeds["sprints"].is_chosen);
        assert!(!plan.feeds["boards"].is_chosen);
    }

    #[test]
    fn a_parent_that_is_chosen_too_is_read_once_and_written() {
        let plan = plan(&["sprints", "boards"], None);
        assert!(plan.feeds["boards"].is_chosen);
        assert_eq!(plan.feeds.len(), 2);
    }

    #[test]
    fn all_feeds_that_live_in_issues_share_one_pass() {
        let plan = plan(&["issues.*"], None);
        let pass = plan.issues.as_ref().unwrap();
        assert!(pass.issues.is_chosen && pass.changelogs.is_some());
        assert!(pass.embedded.contains_key("issue_comments"));
        assert!(plan.feeds.contains_key("issue_worklogs"), "read for the whole site");
    }

    #[test]
    fn the_feed_that_every_run_writes_cannot_be_chosen() {
        let catalog = Catalog::with_custom([]).unwrap();
        let chosen = catalog.select(&["_permissions".to_owned()]).unwrap();
        let refused = Plan::new(&catalog, &chosen, None).unwrap_err();
        assert!(refused.to_string().contains("written by every run"), "{refused}");
    }

    #[test]
    fn a_feed_inside_a_feed_inside_issues_brings_both_unwritten() {
        let plan = plan(&["issue_sla_cycles"], None);
        let pass = plan.issues.as_ref().unwrap();
        assert!(!pass.issues.is_chosen && !pass.embedded["issue_slas"].is_chosen);
        assert!(plan.derived["issue_slas"]["issue_sla_cycles"].is_chosen);
        assert!(plan.needs_site_fields(), "where the SLA fields are");
    }

    #[test]
    fn a_feed_that_is_asked_for_each_issue_brings_the_pass() {
        let plan = plan(&["issue_properties"], None);
        assert!(plan.feeds["issue_properties"].is_chosen);
        assert!(!plan.feeds["issue_property_keys"].is_chosen);
        assert!(!plan.issues.as_ref().unwrap().issues.is_chosen);
        assert!(!plan.needs_site_fields());
    }

    #[test]
    fn worklogs_follow_the_jql_when_there_is_one() {
        let plan = plan(&["issue_worklogs"], Some("project = ENG"));
        let pass = plan.issues.as_ref().unwrap();
        assert!(!pass.issues.is_chosen);
        assert!(pass.embedded.contains_key("issue_worklogs"));
        assert!(plan.feeds.is_empty());
    }
}
