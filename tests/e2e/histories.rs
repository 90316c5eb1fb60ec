//! Random histories: whatever happens to a site and to the runs that read it, in the end the lake equals the site,
//! nothing stands in it twice, and a run more has nothing to add. `make soak` tries many seeds.

use crate::support::figures::{Figures, seeds};
use crate::support::{History, Step};
use jira_sandbox::{Ceilings, SiteOptions, Switch};
use std::time::Duration;

use Step::{
    Change, ClockAhead, ClockBack, Failing, Full, GoesOn, InTurn, Killed, LastAgain, OlderAgain,
    Open, Refresh, Refused, Restless, Run, Shaky, Stopped,
};

/// Histories of so many steps, one for each seed.
async fn histories(test: &str, short: u64, steps: usize, options: &SiteOptions, menu: &[Step]) {
    let mut figures = Figures::default();
    for seed in seeds(short) {
        let mut history = History::begin(seed, options.clone()).await;
        history.go_on(steps, menu).await;
        history.end().await;
        figures.add(&history.figures);
    }
    figures.tell(test);
}

/// Its worklogs are listed on several pages, so that there are savepoints between them.
fn site() -> SiteOptions {
    let ceilings = Ceilings { worklog_ids: 100, ..Ceilings::default() };
    SiteOptions { ceilings, ..SiteOptions::new(60, 1) }
}

/// Changes come often enough that each run has some to find.
const ALL: &[Step] = &[
    Change, Change, Change, Change, Change, Change, Change, Change, Open, Run, LastAgain,
    OlderAgain, Refresh, Full, Killed, Stopped, GoesOn, Restless, Refused, InTurn, Shaky, Failing,
];

#[tokio::test(flavor = "multi_thread")]
async fn after_any_history_the_lake_equals_the_site() {
    histories("any_history", 1, 24, &site(), ALL).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_killed_anywhere_costs_nothing_and_doubles_nothing() {
    let menu = [Change, Change, Killed, Killed, LastAgain];
    histories("killed_anywhere", 1, 10, &site(), &menu).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_that_is_killed_and_goes_on_ends_as_one_that_was_left_alone() {
    let mut figures = Figures::default();
    for seed in seeds(2) {
        let mut history = History::begin_with_kills(seed, site()).await;
        history.go_on(4, &[Change, Change, GoesOn]).await;
        history.end().await;
        figures.add(&history.figures);
    }
    figures.tell("goes_on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_learns_late_is_found_by_a_later_run() {
    let options = SiteOptions { index_lag: Duration::from_mins(2), ..site() };
    let menu = [Change, Change, Change, Open, Run, Restless, LastAgain, Killed];
    histories("late_index", 1, 12, &options, &menu).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_changes_while_it_is_read_is_read_right_by_the_next_run() {
    let options = SiteOptions { latency: Duration::from_millis(3), ..site() };
    histories("restless_site", 1, 4, &options, &[Restless, Restless, Open]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_without_a_trace_goes_when_its_issue_changes() {
    let options = site().with(Switch::QuietDeletions).with(Switch::WorklogsOfDeletedIssuesUnlisted);
    histories("quiet_deletions", 1, 14, &options, &[Change, Change, Change, Change, Open, Run])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_are_wrong_for_a_day_cost_nothing() {
    let menu = [Change, Change, Run, ClockBack, ClockAhead];
    histories("wrong_clocks", 1, 8, &site(), &menu).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn worklogs_of_a_project_that_was_hidden_come_when_it_is_shown_again() {
    let mut history = History::begin(1, site()).await;
    let (scene, account) = (&history.scene, crate::support::ADMIN.username);
    let (issue, now) = (scene.site().issue_ids(account)[0], scene.clock().now());
    let projects = scene.site().live_project_keys(account);
    scene.change(|site| {
        assert!(site.add_worklog(issue, now).is_some());
        for project in &projects {
            site.hide_project(project, account);
        }
    });
    scene.minutes_pass(30);
    history.plain_run().await;
    history.scene.open_all_projects(&projects);
    history.scene.minutes_pass(30);
    history.plain_run().await;
    history.equals_the_site();
}
