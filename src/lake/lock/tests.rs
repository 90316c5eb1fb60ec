//! Owners and waiters over one store, with the time in our hands.

use super::document::LockDocument;
use super::*;
use crate::lake::store::Store;
use crate::lake::testing::{rows, run, schema};
use crate::lake::{WriteOptions, layout};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

const LEASE: Duration = Duration::from_mins(1);
const FOREVER: Option<Duration> = Some(Duration::MAX);

fn lake() -> Lake {
    Lake { store: Store::in_memory() }
}

fn owner(run: &str) -> LockOwner {
    LockOwner::this_process(&RunId::parse(run).unwrap(), "run")
}

async fn lock(lake: &Lake, run: &str, wait: Option<Duration>) -> Result<LockGuard, LakeError> {
    let terms = LockTerms { wait, lease: LEASE };
    lake.lock(&owner(run), terms, &CancellationToken::new()).await
}

async fn document(lake: &Lake) -> Option<Value> {
    let bytes = lake.store.get_with_version(layout::LOCK).await.unwrap()?.0;
    Some(serde_json::from_slice(&bytes).unwrap())
}

/// The lock of an owner that nobody here can look at, renewed `ago`.
async fn write_other(lake: &Lake, ago: jiff::Span) {
    let renewed_at = Timestamp::now() - ago;
    let other = json!({
        "host": "elsewhere", "pid": 1, "run_id": "other", "command": "run", "acquired_at": renewed_at,
        "renewed_at": renewed_at, "renewals": 0, "lease_seconds": 60, "token": "other",
    });
    lake.store.put(layout::LOCK, other.to_string()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_works_for_hours_keeps_its_lock_from_one_that_waits() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    let error = lock(&lake, "b", Some(Duration::from_hours(2))).await.unwrap_err();
    assert!(
        error.to_string().contains("also after 2h of waiting: it is held by `run` a"),
        "{error}"
    );
    let renewals = document(&lake).await.unwrap()["renewals"].as_u64().unwrap();
    assert!((355..=360).contains(&renewals), "{renewals}");
    guard.confirm().await.unwrap();
    guard.release().await.unwrap();
    assert_eq!(document(&lake).await, None);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_wait_is_refused_at_once_and_changes_nothing() {
    let lake = lake();
    let _guard = lock(&lake, "a", None).await.unwrap();
    let (before, began) = (document(&lake).await, Instant::now());
    let error = lock(&lake, "b", None).await.unwrap_err().to_string();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(document(&lake).await, before);
    let pid = std::process::id().to_string();
    for word in ["memory is in use: it is held", "`run` a, process", &pid, "--wait", "1m after"] {
        assert!(error.contains(word), "no {word:?} in {error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_waits_gets_its_turn_when_the_lock_is_released() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    let (next, release) = tokio::join!(lock(&lake, "b", FOREVER), async {
        sleep(Duration::from_mins(10)).await;
        guard.release().await
    });
    release.unwrap();
    assert_eq!(document(&lake).await.unwrap()["run_id"], "b");
    next.unwrap().release().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_silent_owner_is_followed_after_its_lease_whatever_its_clock_says() {
    for ago in [(-5).hours(), 0.seconds(), 5.hours()] {
        let lake = lake();
        write_other(&lake, ago).await;
        let began = Instant::now();
        let guard = lock(&lake, "b", FOREVER).await.unwrap();
        let waited = began.elapsed();
        assert!(waited >= LEASE && waited < LEASE + Duration::from_secs(3), "{waited:?}");
        assert_eq!(document(&lake).await.unwrap()["run_id"], "b");
        guard.release().await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_shorter_than_the_lease_takes_nothing_over() {
    let lake = lake();
    write_other(&lake, 5.hours()).await;
    let began = Instant::now();
    let error = lock(&lake, "b", Some(LEASE / 2)).await.unwrap_err();
    assert!(matches!(error, LakeError::Locked { .. }), "{error}");
    assert_eq!(began.elapsed(), LEASE / 2);
    assert_eq!(document(&lake).await.unwrap()["run_id"], "other");
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_is_long_gone_does_not_lock_out_those_that_never_wait() {
    for ago in [5.hours(), (-5).hours()] {
        let lake = lake();
        write_other(&lake, ago).await;
        let began = Instant::now();
        lock(&lake, "b", None).await.unwrap();
        assert!(began.elapsed() >= LEASE, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_only_has_another_clock_is_left_alone_by_those_that_never_wait() {
    let lake = lake();
    write_other(&lake, 5.hours()).await;
    let alive = lake.clone();
    tokio::spawn(async move {
        for seconds in 1.. {
            sleep(LEASE / 3).await;
            write_other(&alive, (18_000 + seconds).seconds()).await;
        }
    });
    let error = lock(&lake, "b", None).await.unwrap_err();
    assert!(matches!(error, LakeError::Locked { .. }), "{error}");
    assert_eq!(document(&lake).await.unwrap()["run_id"], "other");
}

#[tokio::test(start_paused = true)]
async fn of_many_that_wait_for_a_dead_owner_one_at_a_time_gets_the_lock() {
    let lake = lake();
    write_other(&lake, 0.hours()).await;
    let holding = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let waiters = (0..6).map(|number| {
        let (lake, holding) = (lake.clone(), holding.clone());
        tokio::spawn(async move {
            let guard = lock(&lake, &format!("w{number}"), FOREVER).await.unwrap();
            assert_eq!(holding.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
            sleep(LEASE * 2).await;
            guard.confirm().await.unwrap();
            holding.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            guard.release().await.unwrap();
        })
    });
    for waiter in waiters.collect::<Vec<_>>() {
        waiter.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_owner_whose_store_fails_gives_up_before_others_may_take_over() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    let began = Instant::now();
    lake.store.power.cut_after(0);
    guard.lost().cancelled().await;
    assert!(began.elapsed() > LEASE / 2 && began.elapsed() < LEASE, "{:?}", began.elapsed());
    let error = guard.confirm().await.unwrap_err().to_string();
    assert!(error.contains("lost: it could not be renewed in time: could not write"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_for_a_while_costs_no_lock() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    lake.store.power.cut_after(0);
    sleep(LEASE * 2 / 3).await;
    lake.store.power.cut_after(1000);
    sleep(LEASE * 3).await;
    guard.confirm().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_was_followed_hears_of_it_and_leaves_the_new_lock_alone() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    write_other(&lake, 0.seconds()).await;
    guard.lost().cancelled().await;
    let error = guard.confirm().await.unwrap_err().to_string();
    assert!(error.contains("it is held by `run` other, process 1 on elsewhere"), "{error}");
    guard.release().await.unwrap();
    assert_eq!(document(&lake).await.unwrap()["run_id"], "other");
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_somebody_removed_is_lost() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    lake.store.delete(layout::LOCK).await.unwrap();
    guard.lost().cancelled().await;
    let error = guard.confirm().await.unwrap_err().to_string();
    assert!(error.contains("somebody has removed it"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_wait() {
    let lake = lake();
    let _guard = lock(&lake, "a", None).await.unwrap();
    let stop = CancellationToken::new();
    let terms = LockTerms { wait: FOREVER, lease: LEASE };
    let owner = owner("b");
    let (waited, ()) = tokio::join!(lake.lock(&owner, terms, &stop), async {
        sleep(Duration::from_secs(100)).await;
        stop.cancel();
    });
    assert!(matches!(waited.unwrap_err(), LakeError::Locked { .. }));
}

#[tokio::test]
async fn what_is_no_lock_is_told_with_its_place_and_left_there() {
    let lake = lake();
    lake.store.put(layout::LOCK, "{\"host\":").await.unwrap();
    let error = lock(&lake, "a", FOREVER).await.unwrap_err().to_string();
    for word in ["memory/_jira_feeds/lock.json does not read", "move the file away"] {
        assert!(error.contains(word), "{error}");
    }
    assert!(LockDocument::read(&lake.store).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_come_at_the_same_moment_one_has_the_lock() {
    for _ in 0..20 {
        // In a folder, where the comers get between each other's steps.
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
        let barrier = std::sync::Arc::new(tokio::sync::Barrier::new(8));
        let comers = (0..8).map(|comer| {
            let (lake, barrier) = (lake.clone(), barrier.clone());
            tokio::spawn(async move {
                barrier.wait().await;
                lock(&lake, &format!("run-{comer}"), None).await
            })
        });
        let mut held = Vec::new();
        for comer in comers.collect::<Vec<_>>() {
            held.extend(comer.await.unwrap());
        }
        assert_eq!(held.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_the_lock_without_knowing_leaves_it_to_its_new_owner() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    write_other(&lake, 0.seconds()).await;
    guard.release().await.unwrap();
    assert_eq!(document(&lake).await.unwrap()["token"], "other");
}

#[tokio::test(start_paused = true)]
async fn who_has_lost_the_lock_changes_nothing_any_more() {
    let lake = lake();
    lake.store.put("there", "before").await.unwrap();
    let guard = lock(&lake, "a", None).await.unwrap();
    let store = lake.held_by(&guard).store;
    store.put("mine", "rows").await.unwrap();
    let mut upload = store.upload("large").await.unwrap();
    upload.put_part("rows".into()).await.unwrap();
    write_other(&lake, 0.seconds()).await;
    guard.lost().cancelled().await;
    let refused = [
        store.put("there", "after").await,
        store.delete("there").await,
        store.rename("mine", "there").await.map(drop),
        store.upload("larger").await.map(drop),
        store.delete_folder("").await,
    ];
    for refusal in refused {
        assert!(matches!(refusal, Err(LakeError::LockLost { .. })), "{refusal:?}");
    }
    assert_eq!(lake.store.get("there").await.unwrap().unwrap(), "before");
    assert_eq!(lake.store.get("mine").await.unwrap().unwrap(), "rows");
}

#[tokio::test(start_paused = true)]
async fn a_part_that_is_on_its_way_when_the_lock_is_lost_does_not_appear() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    let options = WriteOptions { row_group_rows: 500, ..WriteOptions::default() };
    let held = lake.held_by(&guard);
    let mut writer = held.part_writer("issues", schema(), &run("a"), &options).unwrap();
    // Larger than a piece, so that only its completion is left.
    writer.write(&rows(0..20_000)).await.unwrap();
    write_other(&lake, 0.seconds()).await;
    guard.lost().cancelled().await;
    writer.finish().await.unwrap_err();
    assert_eq!(lake.store.list(layout::STAGING).await.unwrap(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_hangs_is_left_before_others_may_take_over() {
    let lake = lake();
    let guard = lock(&lake, "a", None).await.unwrap();
    let began = Instant::now();
    lake.store.power.cut_after(0);
    let hanging = std::future::pending::<()>();
    let left = lake.held_by(&guard).store.while_held(hanging).await;
    assert!(matches!(left, Err(LakeError::LockLost { .. })), "{left:?}");
    assert!(began.elapsed() < LEASE, "{:?}", began.elapsed());
}
