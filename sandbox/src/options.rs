//! What a caller may choose about the site: its size, its ceilings, its limits and its oddities.
//!
//! Knows nothing of HTTP and nothing of how records are made.

use std::time::Duration;

/// Everything that decides what the site contains and how it answers.
///
/// Two sites with equal options give equal bytes, on any machine and on any day.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteOptions {
    /// Issues an administrator can find by search. Archived and trashed ones come on top.
    pub issues: u32,
    /// The seed of every draw.
    pub seed: u64,
    /// Entries of the user directory, hidden ones included.
    pub users: u32,
    /// Length of the run of hidden directory entries that starts at the 96th. With 60, a client
    /// that asks for 50 a page meets an empty page before the end of the list.
    pub hidden_user_run: u32,
    /// Live software projects beside the fixed ten, for wide fan-outs.
    pub extra_projects: u32,
    /// The largest page each list gives, whatever is asked.
    pub ceilings: Ceilings,
    /// How many children an issue carries inside itself.
    pub caps: Caps,
    /// The burst limit of each method and path template.
    pub limits: Limits,
    /// Deviations from the usual site.
    pub switches: Vec<Switch>,
    /// Time added to each answer.
    pub latency: Duration,
    /// For how long, by the site's clock, searches still answer from the site before a change.
    /// Reads of issues by id and of their children answer at once.
    pub index_lag: Duration,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self {
            issues: 500,
            seed: 1,
            users: 260,
            hidden_user_run: 60,
            extra_projects: 0,
            ceilings: Ceilings::default(),
            caps: Caps::default(),
            limits: Limits::default(),
            switches: Vec::new(),
            latency: Duration::ZERO,
            index_lag: Duration::ZERO,
        }
    }
}

impl SiteOptions {
    /// A site of `issues` issues drawn from `seed`, otherwise as usual.
    #[must_use]
    pub fn new(issues: u32, seed: u64) -> Self {
        Self { issues, seed, ..Self::default() }
    }

    /// The same options with one more deviation.
    #[must_use]
    pub fn with(mut self, switch: Switch) -> Self {
        self.switches.push(switch);
        self
    }

    /// Whether a deviation was chosen.
    #[must_use]
    pub fn has(&self, switch: Switch) -> bool {
        self.switches.contains(&switch)
    }
}

/// The largest page of each list. A larger `maxResults` is lowered without a word, and the value
/// used is echoed where the page has a place for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceilings {
    /// `project/search`.
    pub projects: usize,
    /// `users` and `users/search`.
    pub users: usize,
    /// `search/jql` when nothing but `id` and `key` is asked.
    pub issue_ids: usize,
    /// `search/jql` as soon as another field is asked.
    pub issues: usize,
    /// Issue lists of the agile and software paths.
    pub board_issues: usize,
    /// `changelog/bulkfetch`, counted in histories.
    pub histories: usize,
    /// `issue/{id}/changelog`.
    pub issue_histories: usize,
    /// `issue/{id}/comment`.
    pub issue_comments: usize,
    /// `issue/{id}/worklog`.
    pub issue_worklogs: usize,
    /// `worklog/updated` and `worklog/deleted`.
    pub worklog_ids: usize,
    /// `auditing/record`.
    pub audit_records: usize,
    /// `label`.
    pub labels: usize,
    /// `screens` and `statuses/search`.
    pub wide_beans: usize,
    /// Every other page bean.
    pub page_beans: usize,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            projects: 50,
            users: 1000,
            issue_ids: 5000,
            issues: 100,
            board_issues: 5000,
            histories: 10_000,
            issue_histories: 100,
            issue_comments: 100,
            issue_worklogs: 5000,
            worklog_ids: 1000,
            audit_records: 1000,
            labels: 1000,
            wide_beans: 100,
            page_beans: 50,
        }
    }
}

/// How many children an issue carries inside itself before one has to ask for the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Newest comments in an issue found by search or bulk fetch.
    pub comments: usize,
    /// Newest comments in an issue read alone.
    pub comments_of_one: usize,
    /// Oldest worklogs.
    pub worklogs: usize,
    /// Newest histories under `expand=changelog`.
    pub histories: usize,
}

impl Default for Caps {
    fn default() -> Self {
        Self { comments: 20, comments_of_one: 100, worklogs: 20, histories: 40 }
    }
}

/// A token bucket for each method and path template, shared by all accounts.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Requests that may come at once.
    pub bucket: u32,
    /// Requests a second that come back.
    pub refill_per_second: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bucket: 350, refill_per_second: 100.0 }
    }
}

impl Limits {
    /// Buckets that never run dry.
    #[must_use]
    pub fn none() -> Self {
        Self { bucket: u32::MAX, refill_per_second: f64::from(u32::MAX) }
    }
}

/// A deviation from the usual site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Issue linking is off: `issueLinkType` answers 404.
    LinkingOff,
    /// The site has no Premium plan: plans answer 403 even to administrators.
    PremiumOff,
    /// Jira Service Management is not installed: its paths answer 404.
    ServiceManagementOff,
    /// Plans close with `isLast`, as the example says, rather than with `last`, as the schema says.
    PlansSayIsLast,
    /// `project/search` answers 404 instead of an empty page, as its document allows.
    EmptyProjectSearchIs404,
    /// JQL compares instants by their minute: both sides are cut to whole minutes.
    EpochMinutes,
    /// Answers to a revoked account do not carry `X-Seraph-LoginReason`.
    SilentRevocation,
    /// Error texts are English for everybody.
    EnglishOnly,
    /// No project is open to anonymous callers.
    NoPublicProject,
    /// Field schemes are not enabled yet: their paths answer 404, and field configurations answer.
    FieldSchemesOff,
    /// Field configurations are gone: their paths answer 404.
    FieldConfigurationsOff,
    /// `/rest/software/1.0` is not there yet: its paths answer 404.
    SoftwareListsOff,
    /// Time tracking is off: worklogs of an issue answer 404.
    TimeTrackingOff,
    /// Voting is off: voters answer 404.
    VotingOff,
    /// A screen was deleted and its tabs are still listed: their fields answer 400.
    DeletedScreenKeepsTabs,
    /// Some filters are listed although the caller may not view them any more: their columns answer 400.
    FiltersUnshared,
    /// Some issues have more remote links than Jira allows: those answer 413.
    TooManyRemoteLinks,
    /// The gateway takes classic tokens too, which are otherwise refused there.
    GatewayTakesClassicTokens,
    /// Deleting a comment or a worklog leaves the issue's `updated` as it was.
    QuietDeletions,
    /// Deleting an issue leaves the `updated` of those it was linked with, or held as an epic, as
    /// it was.
    QuietUnlinking,
    /// Two boards are private to other people: listed without a name, and nobody may open them.
    PrivateBoardsOfOthers,
    /// `worklog/deleted` does not list the worklogs of deleted issues.
    WorklogsOfDeletedIssuesUnlisted,
}
