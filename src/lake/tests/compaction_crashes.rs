//! The power goes at any change that compaction makes; readers see what they saw before, at once and after.

use super::compaction::{Run, change, on};
use crate::lake::RunId;
use crate::lake::testing::TestLake;

/// A record that changed, one that was deleted, one that came back, one that another site has too. The
/// tombstone stands in an earlier partition than what it deletes, and in an earlier part of the same one.
fn history() -> Vec<Run> {
    let mut elsewhere = change(4, 1, Some(40));
    elsewhere.site = "https://b.example";
    vec![
        on(3, vec![change(1, 1, Some(1)), change(2, 1, Some(2)), change(3, 1, Some(3)), elsewhere]),
        on(1, vec![change(2, 2, None), change(3, 2, None)]),
        on(2, vec![change(5, 4, None)]),
        Run {
            has_later: true,
            parts: vec![vec![change(5, 3, Some(5))], vec![change(1, 3, Some(10))]],
            ..on(2, Vec::new())
        },
        on(2, vec![change(3, 3, Some(30)), change(4, 1, None)]),
    ]
}

#[tokio::test]
async fn the_view_is_the_same_wherever_the_power_goes() {
    for changes in 0.. {
        let mut lake = TestLake::with_history(&history()).await;
        let view = lake.view();
        assert_eq!(view.len(), 3);
        lake.cut_power_after(changes);
        let done = lake.compact("compact-1").await;
        assert_eq!(done.is_ok(), !lake.power_is_cut(), "after {changes} changes: {done:?}");
        assert_eq!(lake.view(), view, "at once, after {changes} changes");

        lake.reopen().await;
        lake.lake.recover().await.unwrap();
        lake.lake.discard_staging(&RunId::parse("compact-1").unwrap()).await.unwrap();
        assert_eq!(lake.view(), view, "after recovery from {changes} changes");
        lake.assert_nothing_left_over();

        assert_eq!(lake.compact("compact-2").await.unwrap().after.rows, 3);
        assert_eq!(lake.view(), view);
        lake.assert_nothing_left_over();
        if done.is_ok() {
            assert!(changes > 20, "{changes} changes");
            break;
        }
    }
}

#[tokio::test]
async fn recovery_may_be_interrupted_as_well() {
    for first in (6..40).step_by(5) {
        for second in [0, 1, 3, 7] {
            let mut lake = TestLake::with_history(&history()).await;
            let view = lake.view();
            lake.cut_power_after(first);
            // Whether either gets through depends on where the power went.
            let _ = lake.compact("compact-1").await;
            lake.reopen().await;
            lake.cut_power_after(second);
            let _ = lake.lake.recover().await;
            assert_eq!(lake.view(), view, "{first}, {second}");
            lake.reopen().await;
            lake.lake.recover().await.unwrap();
            lake.lake.discard_staging(&RunId::parse("compact-1").unwrap()).await.unwrap();
            assert_eq!(lake.view(), view, "{first}, {second}");
            lake.assert_nothing_left_over();
        }
    }
}

#[tokio::test]
async fn the_next_compaction_goes_on_without_any_other_help() {
    for changes in (0..40).step_by(4) {
        let mut lake = TestLake::with_history(&history()).await;
        let view = lake.view();
        lake.cut_power_after(changes);
        let _ = lake.compact("compact-1").await;
        lake.reopen().await;
        assert_eq!(lake.compact("compact-2").await.unwrap().after.rows, 3);
        assert_eq!(lake.view(), view, "after {changes} changes");
    }
}
