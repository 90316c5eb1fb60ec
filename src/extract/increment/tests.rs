use super::*;
use crate::columns::Bindings;
use std::collections::BTreeSet;
use std::sync::Arc;

const LOOKBACK: Lookback =
    Lookback { overlap: Duration::from_mins(10), lag: Duration::from_mins(5), finds_deleted: true };
const NOON: Millis = 1_800_000_000_000;

fn ids(of: &[(&str, u64)]) -> IssueIds {
    let mut ids = IssueIds::default();
    for (project, id) in of {
        ids.insert(project, *id);
    }
    ids
}

fn run(
    held: Option<Held>,
    now: Millis,
    found: &IssueIds,
    changed: &[(u64, Millis)],
) -> (Vec<u64>, Held) {
    let increment = Increment::new(held, LOOKBACK, None);
    increment.begin(now);
    increment.note_found(found);
    increment.note_found_all();
    let mut read = Vec::new();
    for (id, at) in changed {
        let wants = increment.wants_issue(*id, Some(*at));
        increment.note_issue(*id, Some(*at), wants);
        read.extend(wants.then_some(*id));
    }
    (read, increment.held_after())
}

#[test]
fn what_is_met_again_unchanged_is_not_read_again() {
    let site = ids(&[("ENG", 1), ("ENG", 2), ("OPS", 3)]);
    let changes = [(1, NOON - 1000), (2, NOON - 400_000), (3, NOON - 86_400_000)];
    let (read, held) = run(None, NOON, &site, &changes);
    assert_eq!(read, [1, 2, 3]);
    assert_eq!(held.watermark, NOON - 300_000);
    assert_eq!(held.issues, site);
    assert_eq!(held.recent.len(), 2, "only what the next run meets again is remembered");

    let (read, held) = run(Some(held), NOON + 60_000, &site, &changes[..2]);
    assert!(read.is_empty(), "{read:?}");
    let (read, held) = run(Some(held), NOON + 120_000, &site, &[(1, NOON + 90_000), changes[1]]);
    assert_eq!(read, [1], "changed once more");
    assert_eq!(held.issues, site);
}

#[test]
fn an_issue_that_the_lake_has_not_is_read_however_old_it_is() {
    let (_, held) = run(None, NOON, &ids(&[("ENG", 1)]), &[(1, NOON - 1000)]);
    let site = ids(&[("ENG", 1), ("ENG", 9)]);
    let (read, held) = run(Some(held), NOON + 60_000, &site, &[(9, 5)]);
    assert_eq!(read, [9]);
    assert_eq!(held.issues, site);
}

#[test]
fn what_is_gone_and_what_moved_leaves_its_project() {
    let (_, held) =
        run(None, NOON, &ids(&[("ENG", 1), ("ENG", 2), ("ENG", 3)]), &[(1, 1), (2, 1), (3, 1)]);
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON + 1000);
    increment.note_found(&ids(&[("OPS", 1)]));
    increment.note_found_all();
    increment.note_gone(&RoaringTreemap::from_iter([2, 77]));
    assert_eq!(increment.gone_issues().iter().collect::<Vec<_>>(), [2], "77 was never held");
    let held = increment.held_after();
    assert_eq!(held.issues, ids(&[("OPS", 1)]));
    assert_eq!(held.out_of_sight, ids(&[("ENG", 3)]), "its project may be hidden");

    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON + 2000);
    assert!(increment.wants_issue(3, Some(5)), "what became of it meanwhile, nobody has seen");
    assert!(increment.issues_in_the_lake().all().contains(3), "it may be gone by now");
}

#[test]
fn an_issue_that_was_not_read_whole_is_tried_again() {
    let increment = Increment::new(None, LOOKBACK, None);
    increment.begin(NOON);
    increment.note_found(&ids(&[("ENG", 1), ("ENG", 2)]));
    increment.note_found_all();
    increment.note_issue(1, Some(NOON), true);
    increment.note_issue(2, Some(NOON), true);
    increment.note_unread(2);
    let held = increment.held_after();
    assert_eq!(held.issues, ids(&[("ENG", 1)]));
    assert!(Increment::new(Some(held), LOOKBACK, None).wants_issue(2, Some(NOON)));
}

#[test]
fn a_clock_that_was_ahead_hides_nothing() {
    let held = Held { watermark: NOON + 86_400_000, issues: ids(&[("ENG", 1)]), ..Held::default() };
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON);
    assert_eq!(increment.since(), Some(0), "nobody knows since when");
    assert!(increment.wants_issue(1, Some(NOON - 60_000)));
    assert_eq!(increment.held_after().watermark, NOON - 300_000);
}

#[test]
fn feeds_that_are_read_together_skip_only_what_both_have() {
    let held = |watermark, recent: &[(&str, i64)], of: &[(&str, u64)]| Held {
        watermark,
        recent: recent.iter().map(|(key, at)| ((*key).to_owned(), *at)).collect(),
        issues: ids(of),
        out_of_sight: IssueIds::default(),
        withheld: IssueIds::default(),
    };
    let one = held(20, &[("1", 5), ("2", 6)], &[("ENG", 1), ("ENG", 2)]);
    let other = held(10, &[("1", 5), ("2", 7)], &[("ENG", 1)]);
    let out_of_sight = ids(&[("ENG", 2)]);
    let common = Held { out_of_sight, ..held(10, &[("1", 5)], &[("ENG", 1)]) };
    assert_eq!(one.in_common_with(&other), common);
}

#[test]
fn without_the_list_of_all_issues_the_others_stay_as_they_are() {
    let (_, held) = run(None, NOON, &ids(&[("ENG", 1), ("ENG", 2)]), &[(1, 1), (2, 1)]);
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON + 1000);
    increment.note_found(&ids(&[("OPS", 1)]));
    increment.note_issue(1, Some(NOON), true);
    let held = increment.held_after();
    assert_eq!(held.issues, ids(&[("OPS", 1), ("ENG", 2)]));
    assert_eq!(held.out_of_sight, IssueIds::default());
}

#[test]
fn what_is_withheld_is_asked_for_until_it_comes_or_is_gone() {
    let numbers = |of: &[u64]| of.iter().copied().collect::<RoaringTreemap>();
    let increment = Increment::new(None, LOOKBACK, None);
    increment.begin(NOON);
    increment.note_given(&numbers(&[1, 2, 3, 4]), &numbers(&[4]));
    let held = increment.held_after();
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON + 60_000);
    let mut asked = increment.withheld(10);
    asked.sort();
    assert_eq!(asked, ["1", "2", "3"]);
    assert_eq!(increment.withheld(2).len(), 2);
    let one_a_run = (0..3).flat_map(|minute| {
        let increment = Increment::new(Some(increment.held_after()), LOOKBACK, None);
        increment.begin(NOON + minute * 60_000);
        increment.withheld(1)
    });
    assert_eq!(one_a_run.collect::<BTreeSet<_>>().len(), 3, "in the long run each of them");
    increment.note_given(&numbers(&[1, 2, 3]), &numbers(&[1]));
    increment.note_deleted(["2".to_owned()]);
    assert_eq!(increment.held_after().withheld.all(), numbers(&[3]));
}

/// What a reading that was interrupted after two issues leaves.
fn interrupted() -> Noted {
    let increment = Increment::new(None, LOOKBACK, None);
    increment.begin(NOON);
    increment.note_found(&ids(&[("ENG", 1), ("ENG", 2), ("OPS", 3)]));
    increment.note_issue(1, Some(NOON - 1000), true);
    increment.note_issue(2, Some(NOON - 86_400_000), true);
    let json = serde_json::to_string(&increment.noted()).unwrap();
    serde_json::from_str(&json).unwrap()
}

#[test]
fn a_reading_that_goes_on_reads_what_has_changed_since_and_a_snapshot_does_not() {
    for reads_changed in [true, false] {
        let increment = Increment::new(None, LOOKBACK, None);
        increment.go_on_with(interrupted(), reads_changed);
        increment.begin(NOON + 3_600_000);
        let is_wanted = [
            increment.wants_issue(1, Some(NOON - 1000)),
            increment.wants_issue(1, Some(NOON + 60_000)),
            increment.wants_issue(2, Some(NOON - 86_400_000)),
            increment.wants_issue(3, Some(5)),
        ];
        assert_eq!(is_wanted, [false, reads_changed, false, true]);
        let held = increment.held_after();
        assert_eq!(held.watermark, NOON - 300_000, "what changed meanwhile is looked at again");
    }
}

#[test]
fn what_goes_after_it_was_staged_is_told_and_what_is_hidden_stays_with_its_project() {
    let increment = Increment::new(None, LOOKBACK, None);
    increment.go_on_with(interrupted(), true);
    increment.begin(NOON + 3_600_000);
    increment.note_found(&ids(&[("OPS", 3)]));
    increment.note_found_all();
    assert_eq!(increment.issues_in_the_lake(), ids(&[("ENG", 1), ("ENG", 2)]));
    increment.note_gone(&RoaringTreemap::from_iter([1]));
    assert_eq!(increment.gone_issues().iter().collect::<Vec<_>>(), [1]);
    assert_eq!(increment.held_after().out_of_sight, ids(&[("ENG", 2)]));
}

#[test]
fn a_clock_that_was_ahead_when_a_reading_was_interrupted_hides_nothing() {
    let increment = Increment::new(None, LOOKBACK, None);
    increment.go_on_with(interrupted(), true);
    increment.begin(NOON - 86_400_000);
    assert!(increment.wants_issue(1, Some(NOON - 86_000_000)));
    assert_eq!(increment.held_after().watermark, NOON - 86_400_000 - 300_000);
}

#[test]
fn an_issue_that_was_found_and_could_not_be_read_is_out_of_sight() {
    let site = ids(&[("ENG", 1), ("ENG", 2)]);
    let (_, held) = run(None, NOON, &site, &[(1, 1), (2, 1)]);
    for found_all in [true, false] {
        let increment = Increment::new(Some(held.clone()), LOOKBACK, None);
        increment.begin(NOON + 86_400_000);
        increment.note_found(&ids(&[("ENG", 1)]));
        increment.note_unread(1);
        // Another feed of the same issue was read.
        increment.note_issue(1, Some(NOON + 1000), true);
        if found_all {
            increment.note_found(&ids(&[("ENG", 2)]));
            increment.note_found_all();
        }
        assert!(increment.read_issues().iter().all(RoaringTreemap::is_empty));
        let after = increment.held_after();
        assert_eq!(after.issues, ids(&[("ENG", 2)]));
        assert_eq!(after.out_of_sight, ids(&[("ENG", 1)]));
        let next = Increment::new(Some(after), LOOKBACK, None);
        next.begin(NOON + 2 * 86_400_000);
        assert!(next.wants_issue(1, Some(NOON + 1000)), "however long ago it changed");
    }
}

/// Where not all issues are listed, no later search names it.
#[test]
fn so_is_one_that_is_new_and_could_not_be_read() {
    let (_, held) = run(None, NOON, &ids(&[("ENG", 1)]), &[(1, 1)]);
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON + 86_400_000);
    increment.note_found(&ids(&[("ENG", 2)]));
    increment.note_unread(2);
    let after = increment.held_after();
    assert_eq!((after.issues, after.out_of_sight), (ids(&[("ENG", 1)]), ids(&[("ENG", 2)])));
}

#[test]
fn what_could_not_be_read_is_known_after_an_interruption() {
    let (_, held) = run(None, NOON, &ids(&[("ENG", 1)]), &[(1, 1)]);
    let interrupted = Increment::new(Some(held.clone()), LOOKBACK, None);
    interrupted.begin(NOON + 86_400_000);
    interrupted.note_unread(1);
    let noted = serde_json::to_string(&interrupted.noted()).unwrap();
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.go_on_with(serde_json::from_str(&noted).unwrap(), true);
    increment.note_found(&ids(&[("ENG", 1)]));
    increment.note_found_all();
    assert_eq!(increment.held_after().out_of_sight, ids(&[("ENG", 1)]));
}

#[test]
fn records_that_went_with_their_issue_are_asked_for_until_they_are_known_to_be_deleted() {
    let increment = Increment::new(None, LOOKBACK, None);
    increment.note_given(&RoaringTreemap::from_iter([1, 2]), &RoaringTreemap::from_iter([1, 2]));
    increment.note_gone_with_issue(&RoaringTreemap::from_iter([1, 2]));
    let held = increment.held_after();
    assert_eq!(held.withheld.all(), RoaringTreemap::from_iter([1, 2]));
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.note_deleted(["1".to_owned()]);
    assert_eq!(increment.held_after().withheld.all(), RoaringTreemap::from_iter([2]));
}

#[test]
fn changes_are_asked_for_from_the_beginning_of_a_minute_and_from_before_what_the_index_may_lack() {
    let since = |watermark| {
        let held = Held { watermark, ..Held::default() };
        let increment = Increment::new(Some(held), LOOKBACK, None);
        increment.begin(NOON + 17_123);
        increment.since()
    };
    let overlap = 600_000;
    assert_eq!(
        since(NOON - 3_600_000 + 59_999),
        Some(NOON - 3_600_000 - overlap),
        "search may compare by the minute"
    );
    // A clock that was set back by a few minutes.
    assert_eq!(since(NOON), Some(NOON - 300_000 - overlap));
}

#[test]
fn an_issue_that_only_another_feed_lacks_is_not_written_again() {
    let (_, held) = run(None, NOON, &ids(&[("ENG", 1)]), &[(1, NOON - 86_400_000)]);
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON + 60_000);
    assert!(!increment.wants_issue(1, Some(NOON - 86_400_000)));
    assert!(increment.wants_issue(1, Some(NOON)));
    assert!(increment.wants_issue(1, None), "nobody knows when it changed");
}

#[test]
fn only_what_the_index_must_know_by_now_is_settled() {
    let increment = Increment::new(None, LOOKBACK, None);
    increment.begin(NOON);
    assert!(increment.is_settled(NOON - 300_001));
    assert!(!increment.is_settled(NOON - 300_000));
}

#[test]
fn what_an_issue_has_from_before_is_no_news_unless_the_lake_has_nothing_of_it() {
    let (_, held) = run(None, NOON, &ids(&[("ENG", 1)]), &[(1, NOON - 86_400_000)]);
    let created = Pointer::default().join("created");
    let increment = Increment::new(Some(held), LOOKBACK, Some(created));
    increment.begin(NOON + 60_000);
    let is_news = |issue: &str, at: Millis, only_since| {
        let bindings = Bindings::new([("issueId".to_owned(), format!("\"{issue}\""))]);
        let json = serde_json::json!({ "created": at }).to_string();
        let record = Record { json: json.into(), bindings: Arc::new(bindings) };
        increment.is_news("7", &record, only_since)
    };
    assert!(!is_news("1", NOON - 86_400_000, true));
    assert!(is_news("1", NOON - 86_400_000, false));
    assert!(is_news("2", NOON - 86_400_000, true), "of an issue that is new to the lake");
    assert!(is_news("1", NOON + 1, true));
}

#[test]
fn what_no_run_meets_again_is_forgotten() {
    assert_eq!(interrupted().met.keys().collect::<Vec<_>>(), ["1"], "2 has not changed for a day");
    let (_, held) = run(None, NOON, &ids(&[("ENG", 1)]), &[(1, NOON - 1000)]);
    assert_eq!(held.recent.len(), 1);
    let (_, held) = run(Some(held), NOON + 3_600_000, &ids(&[("ENG", 1)]), &[]);
    assert_eq!(held.recent.len(), 0);
}

#[test]
fn without_the_list_of_all_issues_what_is_out_of_sight_stays_so() {
    let held = Held {
        watermark: NOON,
        issues: ids(&[("ENG", 1)]),
        out_of_sight: ids(&[("OPS", 2), ("OPS", 3)]),
        ..Held::default()
    };
    let increment = Increment::new(Some(held), LOOKBACK, None);
    increment.begin(NOON + 3_600_000);
    increment.note_found(&ids(&[("OPS", 2)]));
    increment.note_issue(2, Some(NOON + 1), true);
    let held = increment.held_after();
    assert_eq!(held.issues, ids(&[("ENG", 1), ("OPS", 2)]));
    assert_eq!(held.out_of_sight, ids(&[("OPS", 3)]));
}
