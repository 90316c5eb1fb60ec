//! A site that changes at random, step by step, from a seed: the same seed, the same history.

use super::{ADMIN, Compared, Scene, TRUTHS, without_embedded};
use jira_feeds::catalog::Catalog;
use serde_json::Value;
use std::time::Duration;

/// The feeds that follow issues and that the site has a truth of.
pub const FOLLOWING: &[&str] =
    &["issues", "issue_comments", "issue_worklogs", "issue_changelogs", "issue_attachments"];

/// And some that are cut out of those.
pub const CUT_OUT: &[&str] = &["issue_labels", "issue_changelog_items", "issue_watch_counts"];

/// 2026-10-02T00:00:00Z: all that the site is drawn with lies before it.
pub const MORNING: i64 = 1_790_899_200_000;

/// Draws from a seed; `SplitMix64`.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }

    pub fn one_of<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        items.get(self.below(items.len())).cloned()
    }
}

/// All of these feeds.
pub fn following() -> Vec<&'static str> {
    [FOLLOWING, CUT_OUT].concat()
}

impl Scene {
    /// A site whose clock stands at the morning after its last event, and a lake that equals it, kept up
    /// to date by changes.
    pub async fn loaded(issues: u32) -> Self {
        let scene = Self::with_issues(issues).await.config("mode = \"incremental\"\n");
        scene.clock().set(MORNING);
        scene.run(&following()).await.exits_with(0);
        assert_eq!(scene.differences(), [""; 0]);
        scene.minutes_pass(60);
        scene
    }

    /// One change of the site, at its present; in words, what it was.
    pub fn change_at_random(&self, dice: &mut Dice) -> String {
        let account = ADMIN.username;
        let (site, now) = (self.site(), self.clock().now());
        let Some(issue) = dice.one_of(&site.issue_ids(account)) else { return String::new() };
        let projects = site.live_project_keys(account);
        let Some(project) = dice.one_of(&projects) else { return String::new() };
        let (comments, worklogs) = (site.comment_ids(issue), site.worklog_ids(issue));
        let comment = dice.one_of(&comments).unwrap_or_default();
        let worklog = dice.one_of(&worklogs).unwrap_or_default();
        let kind = dice.below(14);
        self.change(|site| match kind {
            0..=2 => drop(site.edit_issue(issue, now)),
            3 => drop(site.create_issue(&project, now)),
            4 => drop(site.delete_issue(issue, now)),
            5 => drop(site.move_issue(issue, &project, now)),
            6 => drop(site.add_comment(issue, now)),
            7 => drop(site.edit_comment(issue, comment, now)),
            8 => drop(site.delete_comment(issue, comment, now)),
            9 => drop(site.add_worklog(issue, now)),
            10 => drop(site.edit_worklog(issue, worklog, now)),
            11 => drop(site.delete_worklog(issue, worklog, now)),
            12 => site.hide_project(&project, account),
            _ => site.archive_project(&project, true),
        });
        format!("{kind}: issue {issue}, project {project}, comment {comment}, worklog {worklog}")
    }

    /// Lets time pass on the site.
    pub fn minutes_pass(&self, minutes: u64) {
        self.clock().advance(Duration::from_secs(60 * minutes));
    }

    /// Makes all that the account may see visible again.
    pub fn open_all_projects(&self, projects: &[String]) {
        self.change(|site| {
            for project in projects {
                site.show_project(project, ADMIN.username);
                site.archive_project(project, false);
            }
        });
    }

    /// What differs between the lake's current view and the site, in words.
    pub fn differences(&self) -> Vec<String> {
        self.differences_of(&[FOLLOWING, CUT_OUT].concat())
    }

    /// The same for some of the feeds.
    pub fn differences_of(&self, feeds: &[&str]) -> Vec<String> {
        let (site, lake) = (self.site(), self.lake().current());
        let catalog = Catalog::with_custom([]).expect("the catalogue");
        let compared = Compared::new(&catalog, &site, ADMIN.username, &lake);
        let mut wrong = Vec::new();
        for truth in TRUTHS.iter().filter(|truth| feeds.contains(&truth.feed)) {
            let own = truth.but_for(without_neighbours);
            let truth = if truth.feed == "issues" { &own } else { truth };
            wrong.extend(truth.differences(&site, ADMIN.username, &lake));
        }
        for feed in CUT_OUT.iter().filter(|feed| feeds.contains(feed)) {
            wrong.extend(compared.differences(catalog.get(feed).expect("a feed")));
        }
        wrong
    }
}

/// The key of its epic, on sites whose issues have had it since before `parent`.
const EPIC_LINK: &str = "customfield_10014";

/// What an issue tells of others changes without it: they are as they were when it was read.
fn without_neighbours(issue: &mut Value) {
    without_embedded(issue);
    let fields = issue["fields"].as_object_mut().expect("an issue has fields");
    fields
        .retain(|key, _| !matches!(key.as_str(), "parent" | "subtasks" | "issuelinks" | EPIC_LINK));
}
