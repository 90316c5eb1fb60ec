//! Incremental runs: each brings what is news, and after each the lake equals the site.

use crate::support::Scene;

const INCREMENTAL: &str = "mode = \"incremental\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_site_costs_a_handful_of_requests_and_yields_no_rows() {
    let scene = Scene::with_issues(300).await.config(INCREMENTAL);
    let feeds = ["issues.*", "audit_records", "issue_slas"];
    let first = scene.run(&feeds).await.exits_with(0);
    assert_eq!(first.feed("issues")["mode"], "incremental");
    let files = scene.lake().parts("issues").len();
    scene.control().clear_log();
    let second = scene.run(&feeds).await.exits_with(0);
    for feed in second.report()["feeds"].as_array().expect("feeds") {
        assert_eq!(feed["records"], 0, "{feed}");
        assert_eq!(feed["deleted"], 0, "{feed}");
    }
    let asked: Vec<_> = scene.control().requests().into_iter().map(|one| one.template).collect();
    assert!(asked.len() <= 15, "{asked:#?}");
    assert_eq!(scene.lake().parts("issues").len(), files, "no part without rows");
}
