//! The index of issues: the few facts about each that searches and child lists need.
//!
//! Everything else about an issue is drawn again from its id whenever somebody asks, so that a
//! large site costs little memory.

use std::collections::HashMap;
use std::sync::Arc;

use super::catalogue::Category;
use super::changes::Changes;
use super::clock::{DAY, END, Millis, START};
use super::lookups::{LABELS, PRIORITIES};
use super::projects::{Project, Stage, Template};
use super::random::{Dice, Subject};
use crate::options::SiteOptions;

/// Position of an issue in the index.
pub(crate) type Position = usize;

/// What the index keeps of an issue.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) id: u32,
    /// Position of the project.
    pub(crate) project: u16,
    /// The number in the key.
    pub(crate) number: u32,
    /// Positions in the project's lists of types and statuses.
    pub(crate) kind: u8,
    pub(crate) status: u8,
    pub(crate) priority: u8,
    pub(crate) resolution: Option<u8>,
    pub(crate) reporter: u16,
    pub(crate) assignee: Option<u16>,
    /// One bit for each of [`LABELS`].
    pub(crate) labels: u32,
    /// Whether the site's security level keeps the issue from ordinary users.
    pub(crate) secured: bool,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
    pub(crate) parent: Option<u32>,
    pub(crate) comments: u16,
    pub(crate) worklogs: u16,
    pub(crate) histories: u16,
    /// Ids of the first child of each kind; the others follow.
    pub(crate) first_comment: u32,
    pub(crate) first_worklog: u32,
    pub(crate) first_history: u32,
    /// When its status last changed.
    pub(crate) status_since: Millis,
    pub(crate) drawn: Drawn,
    /// What has happened to it since it was drawn.
    pub(crate) changes: Option<Arc<Changes>>,
    /// Deleted. The position stays, since others count on it.
    pub(crate) gone: bool,
}

/// How an issue was before any change. What it was drawn with is drawn from this, and stays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn {
    pub(crate) project: u16,
    pub(crate) number: u32,
    /// Its `updated`: whatever was drawn happened before.
    pub(crate) until: Millis,
}

/// Draws the index. Issues of live projects come first, in the order of their ids.
pub(super) fn all(options: &SiteOptions, projects: &[Project]) -> Vec<Head> {
    let mut index = Index::new(options, projects);
    for _ in 0..options.issues {
        let project = index.live_project();
        index.add(project);
    }
    for (n, project) in projects.iter().enumerate() {
        if project.stage != Stage::Live {
            (0..=(options.issues / 100)).for_each(|_| index.add(n));
        }
    }
    index.heads
}

struct Index<'a> {
    options: &'a SiteOptions,
    projects: &'a [Project],
    heads: Vec<Head>,
    numbers: Vec<u32>,
    /// For each project, the latest epic and the latest issue that may have sub-tasks.
    parents: HashMap<(usize, i8), u32>,
    comments: u32,
    worklogs: u32,
    histories: u32,
}

impl<'a> Index<'a> {
    fn new(options: &'a SiteOptions, projects: &'a [Project]) -> Self {
        Self {
            options,
            projects,
            heads: Vec::with_capacity(options.issues as usize + 64),
            numbers: vec![0; projects.len()],
            parents: HashMap::new(),
            comments: 10_000,
            worklogs: 20_000,
            histories: 30_000,
        }
    }

    /// The first issues go round all live projects so that a tiny site has some of each.
    fn live_project(&self) -> usize {
        let live = |n: usize| self.projects[n].stage == Stage::Live;
        let lives = self.projects.iter().filter(|project| project.stage == Stage::Live).count();
        let next = self.heads.len();
        if next < lives {
            return (0..self.projects.len()).filter(|&n| live(n)).nth(next).unwrap_or(0);
        }
        let total: u32 = self.projects.iter().map(|project| project.weight).sum();
        let mut left =
            Dice::of(self.options.seed, Subject::Head, next as u64 | 1 << 40).below(total);
        for (n, project) in self.projects.iter().enumerate() {
            if left < project.weight {
                return n;
            }
            left -= project.weight;
        }
        0
    }

    fn add(&mut self, project: usize) {
        let n = self.heads.len();
        let mut dice = Dice::of(self.options.seed, Subject::Head, n as u64);
        // Some numbers are missing, as they are where issues were deleted or moved.
        let skips = dice.chance(25) && self.numbers[project] > 0;
        self.numbers[project] += if skips { 2 } else { 1 };
        let (created, updated) = self.times(n, &mut dice);
        let (comments, worklogs, histories) = self.child_counts(n, project, &mut dice);
        let kind = self.kind(project, &mut dice);
        let status = dice.index(self.projects[project].statuses().len());
        let done = self.projects[project].statuses()[status].category == Category::Done;
        let parent = self.parent(n, project, kind, &mut dice);
        self.heads.push(Head {
            id: 10_000 + id_offset(n),
            project: u16::try_from(project).unwrap_or(0),
            number: self.numbers[project],
            kind: small(kind),
            status: small(status),
            priority: small(dice.index(PRIORITIES.len())),
            resolution: done.then(|| small(dice.index(super::lookups::RESOLUTIONS.len()))),
            reporter: self.somebody(&mut dice),
            assignee: dice.chance(750).then(|| self.somebody(&mut dice)),
            labels: labels(&mut dice),
            secured: self.projects[project].template == Template::Software && dice.chance(40),
            created,
            updated,
            parent,
            comments,
            worklogs,
            histories,
            first_comment: self.comments,
            first_worklog: self.worklogs,
            first_history: self.histories,
            status_since: updated,
            drawn: Drawn {
                project: u16::try_from(project).unwrap_or(0),
                number: self.numbers[project],
                until: updated,
            },
            changes: None,
            gone: false,
        });
        self.comments += u32::from(comments);
        self.worklogs += u32::from(worklogs);
        self.histories += u32::from(histories);
    }

    /// Created in the order of ids; updated any time after, sometimes never.
    fn times(&self, n: usize, dice: &mut Dice) -> (Millis, Millis) {
        let count = i64::from(self.options.issues.max(1)) + 64;
        let step = (END - START - DAY) / count;
        let created =
            START + step * i64::try_from(n).unwrap_or(0).min(count) + dice.between(0, step.max(1));
        let updated = if dice.chance(50) { created } else { dice.between(created, END - DAY / 2) };
        (created, updated)
    }

    /// Mostly few children; now and then more than an issue may carry inside itself.
    fn child_counts(&self, n: usize, project: usize, dice: &mut Dice) -> (u16, u16, u16) {
        let mut comments = if dice.chance(250) { 0 } else { 1 + dice.below(7) };
        let mut worklogs = if dice.chance(500) { 0 } else { 1 + dice.below(7) };
        let mut histories = dice.below(12);
        match n % 200 {
            7 => comments = 21 + dice.below(40),
            13 => worklogs = 21 + dice.below(25),
            21 => histories = 41 + dice.below(110),
            _ => {}
        }
        if n == 0 {
            (comments, worklogs, histories) = (130, 30, 130);
        }
        if self.projects[project].stage != Stage::Live {
            worklogs = 0;
        }
        let count = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        (count(comments), count(worklogs), count(histories))
    }

    fn kind(&self, project: usize, dice: &mut Dice) -> usize {
        let types = self.projects[project].types();
        let drawn = match types[0].level {
            1 if dice.chance(70) => 0,
            1 => 1 + dice.index(types.len() - 1),
            _ => dice.index(types.len()),
        };
        // A sub-task needs something to be a part of.
        if types[drawn].level < 0 && !self.parents.contains_key(&(project, 0)) {
            return types.iter().position(|of| of.level == 0).unwrap_or(0);
        }
        drawn
    }

    fn parent(&mut self, n: usize, project: usize, kind: usize, dice: &mut Dice) -> Option<u32> {
        let level = self.projects[project].types()[kind].level;
        let above = self.parents.get(&(project, level + 1)).copied();
        let parent = if level < 0 || dice.chance(600) { above } else { None };
        // Parents change slowly, so that some issues have many sub-tasks.
        if level >= 0 && (dice.chance(300) || !self.parents.contains_key(&(project, level))) {
            self.parents.insert((project, level), u32::try_from(n).unwrap_or(0));
        }
        parent
    }

    fn somebody(&self, dice: &mut Dice) -> u16 {
        u16::try_from(dice.below(self.options.users.max(10))).unwrap_or(0)
    }
}

/// Ids have gaps too.
fn id_offset(n: usize) -> u32 {
    u32::try_from(n + n / 37).unwrap_or(u32::MAX - 10_000)
}

pub(super) fn small(n: usize) -> u8 {
    u8::try_from(n).unwrap_or(0)
}

pub(super) fn labels(dice: &mut Dice) -> u32 {
    let mut bits = 0;
    if dice.chance(450) {
        for _ in 0..=dice.below(3) {
            bits |= 1 << dice.below(u32::try_from(LABELS.len()).unwrap_or(1));
        }
    }
    bits
}
