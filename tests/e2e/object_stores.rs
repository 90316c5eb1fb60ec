//! Object stores that cannot be used: refused at once, with what to do. Lakes on real ones are in `tests/interop`.

use super::support::{Ran, Scene};

/// Where nothing answers.
const CLOSED: &str = "http://127.0.0.1:1";

/// A run into an object store, without anything that this machine knows of it.
async fn run(url: &str, options: &[&str], variables: &[(&str, &str)]) -> Ran {
    let table = format!("\n[destination.options]\n{}\n", options.join("\n"));
    let scene = Scene::with_issues(1).await.config(&table);
    let mut command = scene.prepared(&["run", "labels", "--output", "json", "--destination", url]);
    for (name, _) in std::env::vars() {
        let of_stores = ["AWS_", "AZURE_", "GOOGLE_", "AZURITE_"];
        if of_stores.iter().any(|prefix| name.starts_with(prefix))
            || name.to_lowercase().ends_with("_proxy")
        {
            command.env_remove(name);
        }
    }
    command.envs(variables.iter().copied());
    tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("the process runs")
}

fn assert_refused(ran: &Ran, words: &[&str]) {
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, Some(2), "{told}");
    for word in words {
        assert!(told.contains(word), "{word} is not in {told}");
    }
    assert!(!told.contains("s3cret"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_a_login_is_refused_at_once() {
    let ran = run("s3://bucket/lake", &[], &[("AWS_METADATA_ENDPOINT", CLOSED)]).await;
    assert_refused(&ran, &["no login for it was found", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"]);
    let ran = run("az://lake", &[], &[]).await;
    assert_refused(&ran, &["cannot be set up", "AZURE_STORAGE_ACCOUNT_NAME"]);
    let ran = run("s3://bucket", &[], &[("AWS_SECRET_ACCESS_KEY", "s3cret")]).await;
    assert_refused(&ran, &["Missing AccessKeyId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_answer_is_refused_within_seconds() {
    let endpoint = format!("endpoint = \"{CLOSED}\"");
    let options = [
        &endpoint,
        "allow_http = true",
        "access_key_id = \"key\"",
        "secret_access_key = { env = \"LAKE_SECRET\" }",
    ];
    let ran = run("s3://bucket/lake", &options, &[("LAKE_SECRET", "s3cret")]).await;
    let words = ["could not write s3://bucket/lake", "cannot be reached", "check the network"];
    assert_refused(&ran, &words);
    let ran = run("s3://bucket/lake", &options, &[]).await;
    assert_refused(&ran, &["option `secret_access_key`", "LAKE_SECRET is not set"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_cannot_be_are_refused_before_anything_is_asked() {
    let ran = run("s3://bucket", &["regoin = \"s3cret\""], &[]).await;
    assert_refused(&ran, &["`destination.options.regoin`", "did you mean `region`"]);
    let keys = [("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "s3cret")];
    let ran = run("s3://bucket", &["allow_http = \"s3cret\""], &keys).await;
    assert_refused(&ran, &["its client cannot be set up"]);
}
