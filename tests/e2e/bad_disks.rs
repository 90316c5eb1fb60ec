//! Incremental runs on a disk that is full, or of which a part cannot be written: nothing is lost, and the next run
//! with room makes the lake equal the site.

use crate::support::changing::{Dice, MORNING};
use crate::support::{Mount, Ran, Scene, feeds};
use std::io::Write as _;

async fn loaded(scene: Scene) -> Scene {
    let scene = scene.config("mode = \"incremental\"\n");
    scene.clock().set(MORNING);
    scene.run(&feeds()).await.exits_with(0);
    scene
}

fn changes(scene: &Scene, dice: &mut Dice) {
    let ids = scene.site().issue_ids(crate::support::ADMIN.username);
    scene.minutes_pass(60);
    let now = scene.clock().now();
    let some: Vec<_> = (0..8).filter_map(|_| dice.one_of(&ids)).collect();
    scene.change(|site| {
        for issue in &some {
            site.edit_issue(*issue, now);
            site.add_comment(*issue, now);
            site.add_worklog(*issue, now);
        }
        site.delete_issue(some[0], now);
    });
    scene.minutes_pass(10);
}

/// Fills the disk but for `room` bytes.
fn fill(scene: &Scene, room: u64) {
    let mut file = std::fs::File::create(scene.lake_path().join("filler")).expect("made");
    while file.write_all(&[0; 4096]).is_ok() {}
    let length = file.metadata().expect("a file").len();
    file.set_len(length - room).expect("cut");
}

#[track_caller]
fn nothing_is_left_over(scene: &Scene, ran: &Ran) {
    let files = scene.lake().files();
    assert!(!files.iter().any(|file| file.contains("staging")), "{files:#?} {ran:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_for_a_run_costs_nothing_once_there_is_room() {
    let scene = Scene::with_issues(30).await;
    let Some(_mount) = Mount::small(scene.lake_path(), "16m") else { return };
    let scene = loaded(scene).await;
    let mut dice = Dice::new(1);
    let mut failures = 0;
    for kibibytes in [0, 8, 16, 48, 96, 160] {
        changes(&scene, &mut dice);
        fill(&scene, kibibytes << 10);
        let ran = scene.run(&feeds()).await;
        assert!(matches!(ran.code, Some(0 | 1 | 2 | 5)), "{kibibytes} KiB: {ran:#?}");
        failures += u32::from(ran.code != Some(0));
        std::fs::remove_file(scene.lake_path().join("filler")).expect("removed");
        let ran = scene.run(&feeds()).await.exits_with(0);
        assert_eq!(scene.differences(), [""; 0], "{kibibytes} KiB");
        nothing_is_left_over(&scene, &ran);
    }
    assert!(failures >= 3, "the disk was full {failures} times only");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_that_is_read_only_for_a_run_is_right_after_the_next() {
    let scene = Scene::with_issues(30).await;
    let Some(mount) = Mount::small(scene.lake_path(), "16m") else { return };
    let scene = loaded(scene).await;
    changes(&scene, &mut Dice::new(1));
    let files = scene.lake().files();
    mount.remount("ro");
    scene.run(&feeds()).await.exits_with(2);
    assert_eq!(scene.lake().files(), files);
    mount.remount("rw");
    scene.run(&feeds()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn states_that_cannot_be_written_are_completed_by_the_next_run() {
    let scene = loaded(Scene::with_issues(30).await).await;
    changes(&scene, &mut Dice::new(1));
    let Some(mount) = Mount::read_only(scene.lake_path().join("_jira_feeds/state")) else { return };
    let ran = scene.run(&feeds()).await.exits_with(5);
    let reason = ran.feed("issues")["reason"].as_str().expect("a reason").to_owned();
    assert!(reason.contains("_jira_feeds/state"), "{reason}");
    drop(mount);
    let ran = scene.run(&feeds()).await.exits_with(0);
    assert_eq!(scene.differences(), [""; 0]);
    nothing_is_left_over(&scene, &ran);
    scene.minutes_pass(30);
    let quiet = scene.run(&feeds()).await.exits_with(0);
    assert_eq!(quiet.feed("issues")["records"], 0);
}
