//! Random histories of changes and runs against a site and a lake in memory: which issues a run reads, what it writes,
//! what it takes for deleted, without any request.

use super::{Keeping, KeyTable, Leftovers};
use crate::catalog::{Catalog, Feed};
use crate::columns::Bindings;
use crate::extract::{Held, Increment, IssueIds, Lookback, Noted, Record};
use crate::jira::json;
use proptest::prelude::*;
use roaring::RoaringTreemap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const PROJECTS: [&str; 3] = ["ENG", "OPS", "WEB"];
const LOOKBACK: Lookback =
    Lookback { overlap: Duration::from_mins(10), lag: Duration::from_mins(5), finds_deleted: true };

static COMMENTS: LazyLock<Arc<Feed>> =
    LazyLock::new(|| Arc::clone(Catalog::with_custom([]).unwrap().get("issue_comments").unwrap()));

#[derive(Debug, Clone)]
enum Step {
    Create(usize),
    Edit(usize),
    Delete(usize),
    Move(usize, usize),
    Comment(usize),
    Uncomment(usize),
    Hide(usize),
    Show(usize),
    Wait(i64),
    Run,
    /// Read to its end, and not committed.
    FailedRun,
    /// A run that is interrupted after a savepoint at so many issues; the next one goes on from there.
    Interrupted(usize),
    /// The last run once more, under its id.
    SameAgain,
    Refresh,
}

fn step() -> impl Strategy<Value = Step> {
    let (issue, project) = (0..40_usize, 0..PROJECTS.len());
    prop_oneof![
        4 => project.clone().prop_map(Step::Create),
        4 => issue.clone().prop_map(Step::Edit),
        2 => issue.clone().prop_map(Step::Delete),
        2 => (issue.clone(), project.clone()).prop_map(|(issue, to)| Step::Move(issue, to)),
        3 => issue.clone().prop_map(Step::Comment),
        2 => issue.prop_map(Step::Uncomment),
        1 => project.clone().prop_map(Step::Hide),
        2 => project.prop_map(Step::Show),
        2 => (1..200_i64).prop_map(Step::Wait),
        4 => Just(Step::Run),
        1 => Just(Step::FailedRun),
        2 => (0..8_usize).prop_map(Step::Interrupted),
        1 => Just(Step::SameAgain),
        1 => Just(Step::Refresh),
    ]
}

#[derive(Debug, Clone, PartialEq)]
struct Issue {
    project: usize,
    updated: i64,
    comments: BTreeSet<u64>,
}

/// What a run has written: of each key the moment of its version, or none where it has gone.
type Rows<K> = BTreeMap<K, Option<i64>>;

#[derive(Debug, Clone, Default)]
struct Written {
    issues: Rows<u64>,
    comments: Rows<(u64, u64)>,
}

#[derive(Debug, Clone, Default)]
struct Position {
    held: Option<Held>,
    keys: KeyTable,
}

/// What a run has staged before it was interrupted.
#[derive(Debug, Clone, Default)]
struct Savepoint {
    done: BTreeSet<u64>,
    written: Written,
    noted: Noted,
    keys: Vec<KeyTable>,
}

struct World {
    now: i64,
    next: u64,
    issues: BTreeMap<u64, Issue>,
    hidden: BTreeSet<usize>,
    lake: Vec<Written>,
    before_the_last: Position,
    position: Position,
    savepoint: Option<Savepoint>,
}

impl World {
    fn new() -> Self {
        let now = 1_800_000_000_000;
        let (lake, issues, hidden) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        let (before_the_last, position) = (Position::default(), Position::default());
        let savepoint = None;
        Self { now, next: 1, issues, hidden, lake, before_the_last, position, savepoint }
    }

    fn take(&mut self, step: &Step) {
        self.now += 1000;
        let now = self.now;
        match *step {
            Step::Create(project) => {
                let issue = Issue { project, updated: now, comments: BTreeSet::new() };
                self.issues.insert(self.next, issue);
                self.next += 1;
            }
            Step::Edit(nth) => self.touch(nth, |_, _| ()),
            Step::Move(nth, to) => self.touch(nth, |issue, _| issue.project = to),
            Step::Comment(nth) => self.touch(nth, |issue, new| issue.comments.extend([new])),
            Step::Uncomment(nth) => self.touch(nth, |issue, _| {
                issue.comments = issue.comments.iter().skip(1).copied().collect();
            }),
            Step::Delete(nth) => {
                if let Some(id) = self.nth(nth) {
                    self.issues.remove(&id);
                }
            }
            Step::Hide(project) => drop(self.hidden.insert(project)),
            Step::Show(project) => drop(self.hidden.remove(&project)),
            Step::Wait(minutes) => self.now += minutes * 60_000,
            Step::Run => self.run(self.position.clone()),
            Step::FailedRun => drop(self.read(self.position.clone(), self.savepoint.clone())),
            Step::Interrupted(issues) => self.savepoint = Some(self.stage(issues)),
            Step::SameAgain if self.lake.is_empty() => (),
            Step::SameAgain => {
                self.lake.pop();
                self.savepoint = None;
                self.run(self.before_the_last.clone());
            }
            Step::Refresh => {
                let before = self.position.clone();
                self.savepoint = None;
                let held = before.held.clone().map(Held::forgotten);
                self.run(Position { held, keys: before.keys.clone() });
                self.before_the_last = before;
            }
        }
    }

    fn nth(&self, nth: usize) -> Option<u64> {
        self.issues.keys().nth(nth % self.issues.len().max(1)).copied()
    }

    fn touch(&mut self, nth: usize, change: impl FnOnce(&mut Issue, u64)) {
        let (id, now) = (self.nth(nth), self.now);
        self.next += 1;
        if let Some(issue) = id.and_then(|id| self.issues.get_mut(&id)) {
            issue.updated = now;
            change(issue, self.next);
        }
    }

    fn seen(&self) -> impl Iterator<Item = (u64, &Issue)> {
        let seen = self.issues.iter().filter(|(_, issue)| !self.hidden.contains(&issue.project));
        seen.map(|(id, issue)| (*id, issue))
    }

    fn run(&mut self, start: Position) {
        let savepoint = self.savepoint.take();
        let (written, after) = self.read(start.clone(), savepoint);
        self.lake.push(written);
        self.before_the_last = start;
        self.position = after;
        let view = self.view();
        for (id, issue) in self.seen() {
            assert_eq!(view.get(&id), Some(&(issue.updated, issue.comments.clone())));
        }
    }

    /// A run that goes on from `start`: what it writes, and how far the lake is with that.
    fn read(&self, start: Position, savepoint: Option<Savepoint>) -> (Written, Position) {
        let mut reading = Reading::begin(self, start.held, savepoint);
        reading.read(self, usize::MAX);
        let Reading { increment, mut keeping, mut written, found, .. } = reading;
        increment.note_found_all();
        increment.note_gone(&self.gone(&increment.issues_in_the_lake(), &found));
        let (gone, reads) = (increment.gone_issues(), increment.read_issues());
        written.issues.extend(gone.iter().map(|id| (id, None)));
        keeping.take_unsaved();
        let Leftovers { gone, keys } = keeping.compare(start.keys, true, &gone, &reads, &[]);
        written
            .comments
            .extend(gone.iter().map(|key| ((number(key, "issueId"), number(key, "id")), None)));
        (written, Position { held: Some(increment.held_after()), keys: keys.unwrap_or_default() })
    }

    /// What a run stages until it is interrupted.
    fn stage(&self, issues: usize) -> Savepoint {
        let before = self.savepoint.clone();
        let earlier = before.iter().flat_map(|before| before.keys.clone()).collect::<Vec<_>>();
        let mut reading = Reading::begin(self, self.position.held.clone(), before);
        reading.read(self, issues);
        let Reading { increment, mut keeping, written, done, .. } = reading;
        let now = keeping.take_unsaved().unwrap_or_default();
        let keys = earlier.into_iter().chain([now]).collect();
        Savepoint { done, written, noted: increment.noted(), keys }
    }

    fn keeping(increment: &Arc<Increment>) -> Keeping {
        Keeping {
            feed: Arc::clone(&COMMENTS),
            increment: Arc::clone(increment),
            comes_whole: true,
            start: None,
            found: None,
            written: KeyTable::default(),
            saved: KeyTable::default(),
            staged: Vec::new(),
        }
    }

    /// As Jira answers for those that the lake has and search does not find.
    fn gone(&self, held: &IssueIds, found: &IssueIds) -> RoaringTreemap {
        let mut gone = RoaringTreemap::new();
        for (project, ids) in held.clone().without(&found.all()).by_project() {
            let place = PROJECTS.iter().position(|name| *name == project).unwrap();
            if found.has_project(project) || !self.hidden.contains(&place) {
                gone |= ids;
            }
        }
        gone
    }

    /// The latest row of each key.
    fn view(&self) -> BTreeMap<u64, (i64, BTreeSet<u64>)> {
        let mut all = Written::default();
        for written in &self.lake {
            all.issues.extend(written.issues.clone());
            all.comments.extend(written.comments.clone());
        }
        let issues =
            all.issues.into_iter().filter_map(|(id, at)| Some((id, (at?, BTreeSet::new()))));
        let mut view: BTreeMap<_, _> = issues.collect();
        for ((id, comment), at) in all.comments {
            if at.is_some() {
                view.entry(id).or_insert((0, BTreeSet::new())).1.insert(comment);
            }
        }
        view
    }

    fn site(&self) -> BTreeMap<u64, (i64, BTreeSet<u64>)> {
        let issues = self.issues.iter();
        issues.map(|(id, issue)| (*id, (issue.updated, issue.comments.clone()))).collect()
    }
}

/// A run while it reads.
struct Reading {
    increment: Arc<Increment>,
    keeping: Keeping,
    written: Written,
    found: IssueIds,
    done: BTreeSet<u64>,
}

impl Reading {
    fn begin(world: &World, held: Option<Held>, savepoint: Option<Savepoint>) -> Self {
        let increment = Arc::new(Increment::new(held, LOOKBACK, None));
        let mut keeping = World::keeping(&increment);
        let Savepoint { done, written, noted, keys } = savepoint.unwrap_or_default();
        if !keys.is_empty() {
            increment.go_on_with(noted, true);
            keeping.go_on_after(keys);
        }
        increment.begin(world.now);
        let mut found = IssueIds::default();
        world.seen().for_each(|(id, issue)| found.insert(PROJECTS[issue.project], id));
        increment.note_found(&found);
        Self { increment, keeping, written, found, done }
    }

    /// Reads issues as they are found: what was done and has changed, what has changed, what is new.
    fn read(&mut self, world: &World, most: usize) {
        let since = self.increment.since().unwrap_or(0);
        let done_since = self.increment.changed_since_interrupted();
        let is_found = |id: u64, issue: &Issue| {
            if self.done.contains(&id) {
                return done_since.is_some_and(|since| issue.updated >= since);
            }
            issue.updated >= since || !self.increment.held_issues().contains(id)
        };
        let found: Vec<_> = world.seen().filter(|(id, issue)| is_found(*id, issue)).collect();
        for (id, issue) in found.into_iter().take(most) {
            self.done.insert(id);
            let is_news = self.increment.wants_issue(id, Some(issue.updated));
            self.increment.note_issue(id, Some(issue.updated), is_news);
            if is_news {
                self.write(id, issue);
            }
        }
    }

    fn write(&mut self, id: u64, issue: &Issue) {
        self.written.issues.insert(id, Some(issue.updated));
        for comment in &issue.comments {
            self.keeping.note(&comment_record(id, *comment));
            self.written.comments.insert((id, *comment), Some(issue.updated));
        }
    }
}

fn comment_record(issue: u64, comment: u64) -> Record {
    let bindings = Bindings::new([("issueId".to_owned(), format!("\"{issue}\""))]);
    Record { json: format!("{{\"id\":\"{comment}\"}}").into(), bindings: Arc::new(bindings) }
}

fn number(key: &Bindings, name: &str) -> u64 {
    key.get(name).and_then(json::plain).unwrap().parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn after_any_history_the_lake_equals_the_site(history in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new();
        for step in &history {
            world.take(step);
        }
        world.hidden.clear();
        world.take(&Step::Wait(20));
        world.take(&Step::Run);
        prop_assert_eq!(world.view(), world.site());
        world.take(&Step::Wait(20));
        world.take(&Step::Run);
        let last = world.lake.last().unwrap();
        prop_assert!(last.issues.is_empty() && last.comments.is_empty(), "{:?}", last);
    }
}

#[test]
fn what_was_deleted_before_a_refresh_is_gone_after_it() {
    let mut world = World::new();
    let history = [Step::Create(0), Step::Create(0), Step::Run, Step::Delete(0), Step::Refresh];
    for step in &history {
        world.take(step);
    }
    assert_eq!(world.view(), world.site());
}

/// A label that an issue had not when the run was interrupted, and has again when it goes on.
#[test]
fn what_had_gone_and_has_come_back_is_not_gone() {
    let mut keeping = World::keeping(&Arc::new(Increment::new(None, LOOKBACK, None)));
    keeping.go_on_after(vec![keys_of_issue(&[7])]);
    keeping.note(&comment_record(1, 8));
    keeping.take_unsaved();
    let (nothing, issue) = (RoaringTreemap::new(), RoaringTreemap::from_iter([1]));
    let reads = [issue.clone(), issue];
    let before = keys_of_issue(&[7, 8, 9]);
    let Leftovers { gone, keys } = keeping.compare(before, true, &nothing, &reads, &[]);
    let gone: Vec<_> = gone.iter().map(|key| number(key, "id")).collect();
    assert_eq!((gone, keys), (vec![7, 9], Some(keys_of_issue(&[8]))));
}

/// Jira moves worklogs from one issue to another.
#[test]
fn what_has_moved_to_another_issue_is_not_gone() {
    let mut keeping = World::keeping(&Arc::new(Increment::new(None, LOOKBACK, None)));
    keeping.note(&comment_record(2, 7));
    keeping.take_unsaved();
    let (nothing, reads) = (RoaringTreemap::new(), [RoaringTreemap::from_iter([1, 2])]);
    let before = keys_of_issue(&[7, 8]);
    let Leftovers { gone, keys } = keeping.compare(before, true, &nothing, &reads, &[]);
    let gone: Vec<_> = gone.iter().map(|key| number(key, "id")).collect();
    assert_eq!((gone, keys), (vec![8], Some(keys_of(2, &[7]))));
}

fn keys_of_issue(comments: &[u64]) -> KeyTable {
    keys_of(1, comments)
}

fn keys_of(issue: u64, comments: &[u64]) -> KeyTable {
    let mut keys = KeyTable::default();
    for id in comments {
        keys.insert(issue, &KeyTable::key_of(&[id.to_string()]));
    }
    keys
}

/// A thousand for each seed of a soak.
fn cases() -> u32 {
    let seeds = std::env::var("JIRA_FEEDS_SOAK").ok().and_then(|seeds| seeds.parse::<u32>().ok());
    seeds.map_or(256, |seeds| 1000 * seeds)
}
