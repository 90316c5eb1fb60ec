//! The states a served site goes through, and the one that searches answer from.
//!
//! Requests hold the state they began with; a change makes a new one. Knows nothing of requests.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use crate::site::Site;

/// The states of a site.
#[derive(Debug)]
pub(crate) struct Timeline {
    states: RwLock<States>,
    /// Held during a change: one is made after the other.
    turn: Mutex<()>,
    index_lag: i64,
}

#[derive(Debug)]
struct States {
    now: Arc<Site>,
    /// The states before, each with the instant at which it ended; none when the index never lags.
    before: Vec<(i64, Arc<Site>)>,
    editions: u32,
}

impl Timeline {
    pub(crate) fn new(site: Site) -> Self {
        let index_lag = millis(site.options.index_lag);
        let states = States { now: Arc::new(site), before: Vec::new(), editions: 0 };
        Self { states: RwLock::new(states), turn: Mutex::default(), index_lag }
    }

    /// The site as it is.
    pub(crate) fn site(&self) -> Arc<Site> {
        Arc::clone(&self.states.read().unwrap_or_else(PoisonError::into_inner).now)
    }

    /// The site as it is, and as the index of searches has it at an instant.
    pub(crate) fn site_and_index(&self, now: i64) -> (Arc<Site>, Arc<Site>) {
        let states = self.states.read().unwrap_or_else(PoisonError::into_inner);
        let seen = now.saturating_sub(self.index_lag);
        let index = states.before.iter().find(|(ended, _)| *ended > seen);
        let index = index.map_or(&states.now, |(_, site)| site);
        (Arc::clone(&states.now), Arc::clone(index))
    }

    /// Makes a new state at an instant.
    pub(crate) fn change(&self, now: i64, change: impl FnOnce(&mut Site)) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Site::clone(&self.site());
        change(&mut next);
        let mut states = self.states.write().unwrap_or_else(PoisonError::into_inner);
        next.edition = states.next_edition();
        states.replace(now, self.index_lag, next);
    }
}

impl States {
    fn next_edition(&mut self) -> u32 {
        self.editions += 1;
        self.editions
    }

    fn replace(&mut self, now: i64, lag: i64, next: Site) {
        let last = std::mem::replace(&mut self.now, Arc::new(next));
        if lag == 0 {
            return;
        }
        self.before.retain(|(ended, _)| *ended > now.saturating_sub(lag));
        self.before.push((now, last));
        for n in 0..self.before.len() {
            if !self.before[n].1.has_access_of(&self.now) {
                let edition = self.next_edition();
                let site = Arc::make_mut(&mut self.before[n].1);
                site.follow_access(&self.now);
                site.edition = edition;
            }
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Timeline;
    use crate::options::SiteOptions;
    use crate::site::Site;

    const ADMIN: &str = "admin@sandbox.example";

    fn timeline(lag: u64) -> Timeline {
        let index_lag = Duration::from_millis(lag);
        Timeline::new(Site::generate(&SiteOptions { index_lag, ..SiteOptions::new(10, 1) }))
    }

    fn created(timeline: &Timeline, at: i64) {
        timeline.change(at, |site| assert!(site.create_issue("CORE", at).is_some()));
    }

    fn indexed(timeline: &Timeline, now: i64) -> usize {
        timeline.site_and_index(now).1.issue_ids(ADMIN).len()
    }

    #[test]
    fn the_index_learns_of_each_change_after_the_lag() {
        let timeline = timeline(100);
        created(&timeline, 1_000);
        created(&timeline, 1_050);
        assert_eq!(
            [1_050, 1_099, 1_100, 1_149, 1_150].map(|now| indexed(&timeline, now)),
            [10, 10, 11, 11, 12]
        );
        assert_eq!(timeline.site().issue_ids(ADMIN).len(), 12);
    }

    #[test]
    fn without_a_lag_no_state_is_kept() {
        let timeline = timeline(0);
        created(&timeline, 1_000);
        assert_eq!(indexed(&timeline, 0), 11);
        assert!(timeline.states.read().expect("unpoisoned").before.is_empty());
    }

    #[test]
    fn permissions_do_not_lag() {
        let timeline = timeline(100);
        let before = indexed(&timeline, 1_000);
        let core = timeline
            .site()
            .view(&crate::accounts::Viewer::of(&crate::accounts::ACCOUNTS[0]))
            .found()
            .count();
        assert_eq!(before, core);
        timeline.change(1_000, |site| site.hide_project("CORE", ADMIN));
        let (site, index) = timeline.site_and_index(1_000);
        assert!(site.issue_ids(ADMIN).len() < before);
        assert_eq!(index.issue_ids(ADMIN), site.issue_ids(ADMIN));
        assert_ne!(index.edition, site.edition);
    }
}
