//! One site and one lake through changes and runs of all kinds, drawn from a seed; and what must hold then.

use super::changing::{CUT_OUT, Dice, FOLLOWING, MORNING};
use super::figures::Figures;
use super::process::{send, until};
use super::{ADMIN, Ran, Scene};
use jira_feeds::catalog::Catalog;
use jira_sandbox::{Effect, Fault, Site, SiteOptions, Switch};
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::time::Duration;

/// What can happen in a history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// The site changes.
    Change,
    /// All that was hidden or archived can be seen again.
    Open,
    /// A run.
    Run,
    /// The last run once more, under its id: a task that is tried again.
    LastAgain,
    /// A run from before, under its id: a task that is cleared.
    OlderAgain,
    /// A run that reads all from the beginning.
    Refresh,
    /// A run that does not keep track, and one after it that does.
    Full,
    /// A run that is killed at any moment.
    Killed,
    /// A run that is told to stop at any moment.
    Stopped,
    /// A run that is killed, and goes on under its id after changes; now and then it is killed once more.
    GoesOn,
    /// A run during which the site changes all the time.
    Restless,
    /// Two runs at once, of which one is refused.
    Refused,
    /// Two runs at once, of which one waits.
    InTurn,
    /// A run of which some requests go wrong, and pass when they are tried again.
    Shaky,
    /// A run for which an endpoint fails all the time.
    Failing,
    /// The site's clock is a day late for a run.
    ClockBack,
    /// The site's clock is a day early for a run.
    ClockAhead,
}

const ENDPOINTS: &[(&str, &str)] = &[
    ("POST", super::evidence::SEARCH),
    ("POST", super::evidence::BULK),
    ("POST", super::evidence::HISTORIES),
    ("GET", super::evidence::COMMENTS),
    ("GET", "/rest/api/3/worklog/updated"),
    ("GET", "/rest/api/3/worklog/deleted"),
    ("POST", "/rest/api/3/worklog/list"),
];

const DAY: i64 = 86_400_000;

/// Most runs find a few issues only.
const SAVEPOINT_EVERY: &[&str] = &["2", "11", "1000"];

/// One site and its lake.
pub struct History {
    pub scene: Scene,
    pub figures: Figures,
    seed: u64,
    dice: Dice,
    deletes_quietly: bool,
    projects: Vec<String>,
    /// What has happened, in words.
    told: Vec<String>,
    ids: Vec<String>,
    /// The ids that more than one run had.
    shared_ids: BTreeSet<String>,
    /// Issues that look as they did although something of theirs was deleted.
    quiet: BTreeSet<u64>,
    /// Issues whose worklogs have changed.
    with_changed_worklogs: BTreeSet<u64>,
}

pub fn feeds() -> Vec<&'static str> {
    [FOLLOWING, CUT_OUT].concat()
}

impl History {
    /// A site whose clock stands at the morning after its last event, and a lake that equals it.
    pub async fn begin(seed: u64, options: SiteOptions) -> Self {
        let mut history = Self::before_the_first_run(seed, options).await;
        history.plain_run().await;
        history.equals_the_site();
        history
    }

    /// The same, but the first run is killed up to four times.
    pub async fn begin_with_kills(seed: u64, options: SiteOptions) -> Self {
        let mut history = Self::before_the_first_run(seed, options).await;
        history.goes_on().await;
        history
    }

    async fn before_the_first_run(seed: u64, options: SiteOptions) -> Self {
        let deletes_quietly = options.has(Switch::QuietDeletions);
        let scene = Scene::with_options(options).await.config("mode = \"incremental\"\n");
        scene.clock().set(MORNING);
        let projects = scene.site().live_project_keys(ADMIN.username);
        Self {
            scene,
            figures: Figures { histories: 1, ..Figures::default() },
            seed,
            dice: Dice::new(seed),
            deletes_quietly,
            projects,
            told: Vec::new(),
            ids: Vec::new(),
            shared_ids: BTreeSet::new(),
            quiet: BTreeSet::new(),
            with_changed_worklogs: BTreeSet::new(),
        }
    }

    /// So many steps, each drawn from `menu`.
    pub async fn go_on(&mut self, steps: usize, menu: &[Step]) {
        for _ in 0..steps {
            let step = self.dice.one_of(menu).expect("a menu");
            self.take(step).await;
            let seconds = 1 + self.dice.below(5400) as u64;
            self.scene.clock().advance(Duration::from_secs(seconds));
        }
    }

    /// When all is visible and indexed, one run makes the lake equal the site, and another has nothing to add.
    pub async fn end(&mut self) {
        self.scene.open_all_projects(&self.projects);
        self.touch_what_a_run_may_not_see();
        self.scene.minutes_pass(20);
        self.told.push("the last run".to_owned());
        self.plain_run().await;
        self.equals_the_site();
        self.scene.minutes_pass(60);
        let quiet = self.plain_run().await;
        for feed in quiet.report()["feeds"].as_array().expect("feeds") {
            let news = (feed["records"].as_u64(), feed["deleted"].as_u64());
            assert_eq!(news, (Some(0), Some(0)), "{feed:#}, {}", self.words());
        }
        let files = self.scene.lake().files();
        let left = files.iter().filter(|file| file.contains("staging") || file.contains("lock"));
        assert_eq!(left.collect::<Vec<_>>(), [""; 0], "{}", self.words());
    }

    async fn take(&mut self, step: Step) {
        self.told.push(format!("{step:?} at {}", self.scene.clock().now()));
        match step {
            Step::Change => self.change(),
            Step::Open => self.scene.open_all_projects(&self.projects),
            Step::Run => drop(self.plain_run().await),
            Step::LastAgain => self.again(self.ids.len() - 1).await,
            Step::OlderAgain => {
                let older = self.dice.below(self.ids.len());
                self.again(older).await;
            }
            Step::Refresh => drop(self.whole_run(&["--full-refresh"], &[]).await),
            Step::Full => {
                // Worklogs that are out of sight for the first run are missing until they change.
                self.scene.open_all_projects(&self.projects);
                self.whole_run(&[], &[("JIRA_FEEDS__MODE", "full")]).await;
                self.scene.minutes_pass(1);
                self.plain_run().await;
            }
            Step::Killed => self.interrupted_run("KILL").await,
            Step::Stopped => self.interrupted_run("TERM").await,
            Step::GoesOn => self.goes_on().await,
            Step::Restless => self.restless_run().await,
            Step::Refused => self.two_runs(&[]).await,
            Step::InTurn => self.two_runs(&["--wait=5m"]).await,
            Step::Shaky => self.shaky_run().await,
            Step::Failing => self.failing_run().await,
            Step::ClockBack => self.with_clock_moved(-DAY).await,
            Step::ClockAhead => self.with_clock_moved(DAY).await,
        }
        if !matches!(step, Step::Change | Step::Open) {
            self.has_no_doubles();
        }
    }

    /// One change of the site.
    pub fn change(&mut self) {
        self.figures.changes += 1;
        let before = self.scene.site();
        let told = self.scene.change_at_random(&mut self.dice);
        self.note_known_limits(&before, &told);
        self.told.push(told);
    }

    /// Notes the issue of a change that the documentation says a run may not see.
    fn note_known_limits(&mut self, before: &Site, told: &str) {
        let after = self.scene.site();
        let word = told.split("issue ").nth(1).and_then(|rest| rest.split(',').next());
        let Some(issue) = word.and_then(|id| id.parse().ok()) else { return };
        let notes = |site: &Site| site.comment_ids(issue).len() + site.worklog_ids(issue).len();
        if self.deletes_quietly && notes(&after) < notes(before) {
            self.quiet.insert(issue);
        }
        if told.starts_with("9:") || told.starts_with("10:") {
            self.with_changed_worklogs.insert(issue);
        }
    }

    /// Issues that show no deletion are stale until they change; worklogs that were out of sight for the run
    /// after their change are missing until they change.
    fn touch_what_a_run_may_not_see(&mut self) {
        let now = self.scene.clock().now();
        let quiet = std::mem::take(&mut self.quiet);
        let with_changed_worklogs = std::mem::take(&mut self.with_changed_worklogs);
        self.scene.change(|site| {
            for issue in quiet {
                site.edit_issue(issue, now);
            }
            for issue in with_changed_worklogs {
                for worklog in site.worklog_ids(issue) {
                    site.edit_worklog(issue, worklog, now);
                }
            }
        });
    }

    fn new_id(&mut self) -> String {
        let id = format!("run-{}", self.ids.len());
        self.ids.push(id.clone());
        id
    }

    fn prepared(&mut self, id: &str, arguments: &[&str]) -> Command {
        self.figures.runs += 1;
        let own = ["run", "--output", "json", "--run-id", id];
        let mut command = self.scene.prepared(&[&own[..], arguments, &feeds()].concat());
        let every = self.dice.one_of(SAVEPOINT_EVERY).expect("a number");
        command.env("JIRA_FEEDS__DESTINATION__SAVEPOINT_EVERY", every);
        command
    }

    /// A run with nothing in its way.
    pub async fn plain_run(&mut self) -> Ran {
        self.whole_run(&[], &[]).await
    }

    async fn whole_run(&mut self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let id = self.new_id();
        let mut command = self.prepared(&id, arguments);
        command.envs(variables.iter().copied());
        let ran = ended(command).await;
        self.may_end(&ran, &[0, 4]);
        ran
    }

    async fn again(&mut self, nth: usize) {
        let id = self.ids[nth].clone();
        self.told.push(format!("{id} again"));
        self.shared_ids.insert(id.clone());
        let command = self.prepared(&id, &[]);
        let ran = ended(command).await;
        self.may_end(&ran, &[0, 4]);
    }

    async fn goes_on(&mut self) {
        let id = self.new_id();
        self.shared_ids.insert(id.clone());
        for _ in 0..=self.dice.below(4) {
            self.cut_short("KILL", &id).await;
            self.scene.minutes_pass(1);
            self.change();
        }
        self.again(self.ids.len() - 1).await;
    }

    async fn interrupted_run(&mut self, signal: &str) {
        let id = self.new_id();
        self.cut_short(signal, &id).await;
    }

    /// Ends a run after some requests and a moment, so that it can be anywhere between its start and its commits.
    async fn cut_short(&mut self, signal: &str, id: &str) {
        let mut command = self.prepared(id, &[]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (requests, pause) = (self.dice.below(24), self.dice.below(60) as u64);
        self.scene.control().clear_log();
        let mut child = command.spawn().expect("it starts");
        until("the run has got so far", || {
            let has_ended = child.try_wait().expect("a child").is_some();
            has_ended || self.scene.control().requests().len() >= requests
        })
        .await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let is_running = child.try_wait().expect("a child").is_none();
        if is_running {
            send(signal, &child);
        }
        let ended = tokio::task::spawn_blocking(move || child.wait()).await.expect("joined");
        self.figures.kills += u64::from(is_running);
        let ended = ended.expect("it ends");
        self.told.push(format!("{signal} after {requests} requests and {pause} ms: {ended}"));
    }

    async fn restless_run(&mut self) {
        let id = self.new_id();
        let running = tokio::spawn(ended(self.prepared(&id, &[])));
        let changes = 3 + self.dice.below(20);
        for _ in 0..changes {
            let pause = Duration::from_millis(self.dice.below(80) as u64);
            tokio::time::sleep(pause).await;
            self.scene.clock().advance(Duration::from_secs(1));
            self.change();
        }
        let ran = running.await.expect("joined");
        self.may_end(&ran, &[0, 4]);
    }

    async fn two_runs(&mut self, wait: &[&str]) {
        let (one, other) = (self.new_id(), self.new_id());
        let (first, second) = (self.prepared(&one, wait), self.prepared(&other, wait));
        let (first, second) = tokio::join!(ended(first), ended(second));
        let allowed: &[i32] = if wait.is_empty() { &[0, 1, 4] } else { &[0, 4] };
        self.may_end(&first, allowed);
        self.may_end(&second, allowed);
        assert!(
            [first.code, second.code].iter().any(|code| matches!(code, Some(0 | 4))),
            "{first:#?} {second:#?} {}",
            self.words()
        );
    }

    async fn shaky_run(&mut self) {
        let seed = self.dice.below(1 << 30) as u64;
        for (nth, effect) in [
            Effect::Status { status: 503, retry_after: None },
            Effect::Reset,
            Effect::Truncate,
            Effect::Garbage,
            Effect::Html,
        ]
        .into_iter()
        .enumerate()
        {
            let fault = Fault::anywhere(effect).chance(30, seed + nth as u64);
            self.scene.control().inject(fault);
        }
        let id = self.new_id();
        let command = self.prepared(&id, &[]);
        let ran = ended(command).await;
        self.scene.control().clear_faults();
        self.may_end(&ran, &[0, 1, 4, 5]);
        let report: serde_json::Value = ran.report();
        self.figures.faults += report["retries"].as_u64().unwrap_or(0);
    }

    async fn failing_run(&mut self) {
        let (method, path) = self.dice.one_of(ENDPOINTS).expect("an endpoint");
        let first = 1 + u32::try_from(self.dice.below(3)).expect("small");
        self.told.push(format!("{method} {path} fails from request {first} on"));
        let fault = Fault::on(method, path, super::evidence::status(503)).starting(first);
        self.scene.control().inject(fault);
        let id = self.new_id();
        let mut command = self.prepared(&id, &[]);
        command.env("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "2");
        let ran = ended(command).await;
        self.scene.control().clear_faults();
        self.may_end(&ran, &[0, 4, 5]);
        self.figures.faults += u64::from(ran.code == Some(5));
    }

    /// The site's clock is wrong for some changes and a run, and then right again.
    async fn with_clock_moved(&mut self, by: i64) {
        let before = self.scene.clock().now();
        self.scene.clock().set(before + by);
        self.change();
        self.scene.minutes_pass(30);
        self.plain_run().await;
        self.scene.clock().set(before + 60_000 * 90);
        self.change();
        self.scene.minutes_pass(90);
        self.plain_run().await;
    }

    #[track_caller]
    fn may_end(&self, ran: &Ran, codes: &[i32]) {
        let is_allowed = ran.code.is_some_and(|code| codes.contains(&code));
        assert!(is_allowed, "{ran:#?}, {}", self.words());
    }

    /// What a row is told by: no run writes the same record twice, unless two runs had its id.
    fn has_no_doubles(&mut self) {
        let catalog = Catalog::with_custom([]).expect("the catalogue");
        let mut doubles = Vec::new();
        for feed in feeds() {
            let key = &catalog.get(feed).expect("a feed").key;
            let mut seen = BTreeMap::new();
            for row in self.scene.lake().rows(feed) {
                let mut version: Vec<_> =
                    key.iter().map(|column| row[column].to_string()).collect();
                let run = row["_run_id"].as_str().unwrap_or_default();
                version.push(run.to_owned());
                if self.shared_ids.contains(run) {
                    version.push(row["_extracted_at"].to_string());
                }
                if let Some(other) = seen.insert(version.clone(), row.clone()) {
                    doubles.push(format!("{feed}: {version:?} twice: {other}\n{row}"));
                }
            }
        }
        self.figures.doubles += doubles.len() as u64;
        assert_eq!(doubles, [""; 0], "{}", self.words());
    }

    #[track_caller]
    pub fn equals_the_site(&mut self) {
        let lake = self.scene.lake().current();
        let rows: usize = feeds().into_iter().map(|feed| lake.rows(feed).len()).sum();
        let differences = self.scene.differences();
        self.figures.rows += rows as u64;
        self.figures.losses += differences.len() as u64;
        assert_eq!(differences, [""; 0], "{}", self.words());
    }

    /// How to see it again.
    fn words(&self) -> String {
        let Self { seed, told, figures, .. } = self;
        format!("seed {seed} ({figures}), after {told:#?}\nJIRA_FEEDS_SEED={seed} replays it")
    }
}

async fn ended(command: Command) -> Ran {
    tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("the process runs")
}
