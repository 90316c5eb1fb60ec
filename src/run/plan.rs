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
}

/// The pass over issues and what is taken from it.
#[derive(Debug, Clone)]
pub struct IssuesPlan {
    /// The feed of the issues themselves.
    pub issues: Arc<Feed>,
    /// Whether the user chose it.
    pub is_chosen: bool,
    /// Feeds cut out of the issues.
    pub embedded: Vec<Arc<Feed>>,
    /// The feed of histories.
    pub changelogs: Option<Arc<Feed>>,
    /// Which issues, in JQL.
    pub filter: Option<String>,
}

impl IssuesPlan {
    /// The feeds that the user chose.
    pub fn chosen(&self) -> impl Iterator<Item = &Arc<Feed>> {
        let rows = self.is_chosen.then_some(&self.issues);
        rows.into_iter().chain(&self.embedded).chain(&self.changelogs)
    }
}

/// A feed with its own requests.
#[derive(Debug, Clone)]
pub struct PlannedFeed {
    /// Its definition.
    pub feed: Arc<Feed>,
    /// Whether the user chose it; otherwise only its children need it.
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
        let mut plan = Self::default();
        for feed in chosen {
            plan.add(catalog, feed, filter)?;
        }
        Ok(plan)
    }

    /// The names of the feeds that the user chose.
    pub fn chosen(&self) -> impl Iterator<Item = &Arc<Feed>> {
        let own =
            self.feeds.values().filter(|planned| planned.is_chosen).map(|planned| &planned.feed);
        own.chain(self.issues.iter().flat_map(IssuesPlan::chosen))
    }

    /// Whether the fields of the site must be known before reading begins.
    #[must_use]
    pub fn needs_site_fields(&self) -> bool {
        self.chosen().any(|feed| feed.needs_site_fields())
    }

    fn add(
        &mut self,
        catalog: &Catalog,
        feed: &Arc<Feed>,
        filter: Option<&str>,
    ) -> Result<(), PlanError> {
        match feed.strategy {
            Strategy::Issues => self.pass(catalog, feed, filter)?.is_chosen = true,
            Strategy::Changelogs => {
                self.pass(catalog, feed, filter)?.changelogs = Some(Arc::clone(feed));
            }
            Strategy::Embedded => self.pass(catalog, feed, filter)?.embedded.push(Arc::clone(feed)),
            // The site's list of worklogs knows no JQL; a choice of issues is read from the issues.
            Strategy::Worklogs if filter.is_some() && feed.embedded.is_some() => {
                self.pass(catalog, feed, filter)?.embedded.push(Arc::clone(feed));
            }
            Strategy::Permissions => {
                return Err(PlanError::NotAskedFor { feed: feed.name.clone() });
            }
            Strategy::Worklogs | Strategy::List | Strategy::FanOut => {
                self.add_own(catalog, feed, true)?;
            }
        }
        Ok(())
    }

    fn add_own(
        &mut self,
        catalog: &Catalog,
        feed: &Arc<Feed>,
        is_chosen: bool,
    ) -> Result<(), PlanError> {
        let planned = self
            .feeds
            .entry(feed.name.clone())
            .or_insert_with(|| PlannedFeed { feed: Arc::clone(feed), is_chosen });
        planned.is_chosen |= is_chosen;
        match &feed.parent {
            Some(parent) => self.add_own(catalog, find(catalog, feed, &parent.feed)?, false),
            None => Ok(()),
        }
    }

    fn pass(
        &mut self,
        catalog: &Catalog,
        feed: &Feed,
        filter: Option<&str>,
    ) -> Result<&mut IssuesPlan, PlanError> {
        let issues = find(catalog, feed, "issues")?;
        Ok(self.issues.get_or_insert_with(|| IssuesPlan {
            issues: Arc::clone(issues),
            is_chosen: false,
            embedded: Vec::new(),
            changelogs: None,
            filter: filter.map(str::to_owned),
        }))
    }
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
        assert!(pass.is_chosen && pass.changelogs.is_some());
        assert!(pass.embedded.iter().any(|feed| feed.name == "issue_comments"));
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
    fn worklogs_follow_the_jql_when_there_is_one() {
        let plan = plan(&["issue_worklogs"], Some("project = ENG"));
        let pass = plan.issues.as_ref().unwrap();
        assert!(!pass.is_chosen);
        assert_eq!(pass.embedded[0].name, "issue_worklogs");
        assert!(plan.feeds.is_empty());
    }
}
