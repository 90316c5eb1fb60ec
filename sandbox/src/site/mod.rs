//! The model of the site: what it contains and what each account may see of it.
//!
//! Knows nothing of HTTP, of pages or of queries. The endpoints and the truth are both read from
//! here, by separate paths.

mod adf;
mod admin;
mod agile;
mod attachments;
mod audit;
pub(crate) mod catalogue;
pub(crate) mod changes;
pub(crate) mod clock;
mod comments;
pub(crate) mod custom;
pub(crate) mod desk;
pub(crate) mod fields;
pub(crate) mod heads;
pub(crate) mod histories;
pub(crate) mod issues;
mod links;
pub(crate) mod lists;
pub(crate) mod lookups;
mod people;
pub(crate) mod permissions;
pub(crate) mod projects;
pub(crate) mod random;
pub(crate) mod schemes;
pub(crate) mod selection;
mod sprints;
pub(crate) mod versions;
pub(crate) mod words;
mod workflows;
mod worklogs;

use std::collections::HashMap;

use crate::accounts::{Right, Viewer};
use crate::options::SiteOptions;
use changes::Ledger;
use heads::{Head, Position};
use links::Link;
use people::{Group, Person};
use projects::{Project, Stage};
use worklogs::WorklogEntry;

pub(crate) use agile::{Board, Sprints};
pub(crate) use comments::CommentSort;
pub(crate) use sprints::Sprint;

/// The address records give in their `self` links. It does not depend on the port of a server, so
/// that the same options give the same bytes.
pub(crate) const BASE: &str = "https://sandbox.example";

/// A generated site, and what has been changed of it since.
#[derive(Clone, Debug)]
pub struct Site {
    pub(crate) options: SiteOptions,
    pub(crate) projects: Vec<Project>,
    pub(crate) heads: Vec<Head>,
    pub(crate) boards: Vec<Board>,
    people: Vec<Person>,
    groups: Vec<Group>,
    sprints: Vec<Sprint>,
    links: Vec<Link>,
    /// For each linked issue, the positions of its links.
    links_of: HashMap<u32, Vec<u32>>,
    /// For each parent, its sub-tasks.
    subtasks: HashMap<u32, Vec<u32>>,
    /// All worklogs in the order of their last change.
    worklog_feed: Vec<WorklogEntry>,
    ledger: Ledger,
    /// Another number for every state of a site that is served.
    pub(crate) edition: u32,
}

impl Site {
    /// Draws a site.
    #[must_use]
    pub fn generate(options: &SiteOptions) -> Self {
        let projects = projects::all(options);
        let heads = heads::all(options, &projects);
        let links = links::all(options, &heads);
        Self {
            people: people::directory(options),
            groups: people::groups(options),
            boards: agile::boards(options, &projects),
            sprints: sprints::all(),
            links_of: links::by_issue(&links),
            subtasks: subtasks(&projects, &heads),
            worklog_feed: worklogs::feed(options, &heads),
            ledger: Ledger::of(&heads),
            edition: 0,
            options: options.clone(),
            projects,
            heads,
            links,
        }
    }

    /// What an account sees of the site.
    pub(crate) fn view<'a>(&'a self, viewer: &'a Viewer) -> View<'a> {
        View { site: self, viewer }
    }

    pub(crate) fn project_of(&self, head: &Head) -> &Project {
        &self.projects[usize::from(head.project)]
    }

    pub(crate) fn key_of(&self, head: &Head) -> String {
        format!("{}-{}", self.project_of(head).key, head.number)
    }

    /// The project an issue was in before any change.
    fn drawn_project_of(&self, head: &Head) -> &Project {
        &self.projects[usize::from(head.drawn.project)]
    }

    /// The position of an issue by id, or by a key it has or had, whoever may see it.
    pub(crate) fn locate(&self, id_or_key: &str) -> Option<Position> {
        if let Ok(id) = id_or_key.parse::<u32>() {
            return self.heads.binary_search_by_key(&id, |head| head.id).ok();
        }
        let (key, number) = id_or_key.rsplit_once('-')?;
        let number: u32 = number.parse().ok()?;
        let project =
            self.projects.iter().position(|project| project.key.eq_ignore_ascii_case(key))?;
        let now = self
            .heads
            .iter()
            .position(|head| usize::from(head.project) == project && head.number == number);
        now.or_else(|| {
            let key = (u16::try_from(project).ok()?, number);
            self.ledger.former_keys.get(&key).copied()
        })
    }
}

/// The site as one viewer sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) site: &'a Site,
    pub(crate) viewer: &'a Viewer,
}

impl<'a> View<'a> {
    /// Whether an issue exists for the viewer.
    pub(crate) fn sees(&self, head: &Head) -> bool {
        !head.gone
            && self.viewer.browses(self.site.project_of(head))
            && (!head.secured || self.viewer.may(Right::SecurityLevel))
    }

    /// Whether search finds an issue: archived and trashed projects are not indexed.
    pub(crate) fn finds(&self, head: &Head) -> bool {
        self.site.project_of(head).stage == Stage::Live && self.sees(head)
    }

    /// The issues search can find, in the order of their ids.
    pub(crate) fn found(&self) -> impl Iterator<Item = &'a Head> {
        let (site, view) = (self.site, *self);
        site.heads.iter().filter(move |head| view.finds(head))
    }

    /// An issue by id or key, if it exists for the viewer.
    pub(crate) fn issue_named(&self, id_or_key: &str) -> Option<&'a Head> {
        let site = self.site;
        site.locate(id_or_key).map(|n| &site.heads[n]).filter(|head| self.sees(head))
    }
}

/// Only sub-tasks are listed on their parent; the children of an epic are not.
fn subtasks(projects: &[Project], heads: &[Head]) -> HashMap<u32, Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (n, head) in (0..).zip(heads) {
        let level = projects[usize::from(head.project)].types()[usize::from(head.kind)].level;
        if let (Some(parent), true) = (head.parent, level < 0) {
            children.entry(parent).or_default().push(n);
        }
    }
    children
}
