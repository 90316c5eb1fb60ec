//! The first thing a stranger does.

use crate::support::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_everything_ends_with_a_lake_and_a_report() {
    let scene = Scene::with_issues(120).await;
    let ran = scene.run(&[]).await.exits_with(0);
    assert_eq!(ran.feed("issues")["records"], 120);
    assert_eq!(scene.lake().rows("issues").len(), 120);
}
