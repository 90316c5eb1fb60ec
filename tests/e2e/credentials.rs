//! The commands that keep saved credentials: what each does and says, for people and for programs.

use crate::support::saved::{empty, says, with_acme};
use crate::support::{ADMIN, PLAIN, Ran, Scene};
use serde_json::Value;

const TODAY: &str = "%Y-%m-%d";

fn in_days(days: i64) -> String {
    let today = jiff::tz::TimeZone::system().to_datetime(jiff::Timestamp::now()).date();
    today.saturating_add(jiff::Span::new().days(days)).strftime(TODAY).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_added_listed_shown_tested_rotated_and_removed() {
    let scene = empty().await;
    let expires = in_days(100);
    let more = ["--description", "Analytics", "--expires", &expires];
    let added = scene.add("acme", &more, "admin-token\n").await.exits_with(0).report();
    assert_eq!((&added["account"], &added["token_in"]), (&"Ada Admin".into(), &"file".into()));
    assert_eq!(scene.stored(), ["acme.1.token", "acme.json"]);

    let listed = scene.credential(&["list"]).await.exits_with(0).report();
    let [one] = listed["credentials"].as_array().expect("a list").as_slice() else {
        panic!("{listed}")
    };
    assert_eq!((&one["name"], &one["from"]), (&"acme".into(), &"saved".into()));
    assert_eq!(
        (&one["url"], &one["username"]),
        (&scene.url().trim_end_matches('/').into(), &ADMIN.username.into())
    );
    assert_eq!((&one["days_left"], &one["token_age_days"]), (&100.into(), &0.into()));
    assert_eq!((&one["last_used_at"], &one["problem"]), (&Value::Null, &Value::Null));
    let shown = scene.credential(&["show", "acme"]).await.exits_with(0).report();
    assert_eq!((&shown["description"], &shown["expires"]), (&"Analytics".into(), &expires.into()));

    let tested = scene.credential(&["test", "acme"]).await.exits_with(0).report();
    assert_eq!(tested["account"], "Ada Admin");
    let after = scene.credential(&["show", "acme"]).await.exits_with(0).report();
    assert!(after["last_tested_at"].as_str() > shown["last_tested_at"].as_str(), "{after}");

    let rotate = ["credential", "rotate", "acme", "--token-stdin", "--output", "json"];
    let rotated = scene.typed(&rotate, ADMIN.token).await.exits_with(0);
    assert_eq!(
        rotated.report()["expires"],
        Value::Null,
        "the old token's end is not the new one's"
    );
    assert!(rotated.stderr.contains("--expires"), "{rotated:?}");
    assert_eq!(scene.stored(), ["acme.2.token", "acme.json"]);

    says(&scene.credential(&["remove", "acme"]).await.exits_with(2), &["--yes"]);
    let removed = scene.credential(&["remove", "acme", "--yes"]).await.exits_with(0);
    assert_eq!(removed.report()["removed"], true);
    assert_eq!(scene.stored(), [""; 0]);
    says(&scene.credential(&["show", "acme"]).await.exits_with(2), &["no credential `acme`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_texts() {
    let scene = with_acme().await;
    let url = scene.url();
    let more = ["--url", &url, "--username", ADMIN.username, "--token-stdin"];
    let added =
        scene.typed(&[&["credential", "add", "beta"], &more[..]].concat(), ADMIN.token).await;
    let added = added.exits_with(0).stdout;
    assert!(added.contains("Saved `beta`") && added.contains("check --credential beta"), "{added}");
    let listed = scene.command(&["credential", "list"]).await.exits_with(0).stdout;
    for word in ["NAME", "acme", "beta", "saved", ADMIN.username, "never", "0 days", "not known"] {
        assert!(listed.contains(word), "no {word:?} in {listed}");
    }
    let shown = scene.command(&["credential", "show", "acme"]).await.exits_with(0).stdout;
    for word in ["token in", "a file below", "last used", "never"] {
        assert!(shown.contains(word), "no {word:?} in {shown}");
    }
    let tested = scene.command(&["credential", "test", "acme"]).await.exits_with(0).stdout;
    assert!(tested.contains("works") && tested.contains("Ada Admin"), "{tested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_at_once_where_nobody_can_be_asked() {
    let scene = empty().await;
    let ran = scene.credential(&["add", "acme"]).await.exits_with(2);
    says(&ran, &["no terminal", "--url", "--username", "--token-stdin", "--from-env"]);
    let ran = scene.credential(&[
        "add",
        "acme",
        "--url",
        "https://acme.atlassian.net",
        "--username",
        "a@b.c",
    ]);
    let ran = ran.await.exits_with(2);
    assert!(!ran.report()["error"].as_str().expect("text").contains("--url"), "{ran:?}");
    for (arguments, words) in [
        (&["--url", "acme"][..], &["--url", "https://"][..]),
        (&["--username", "a:b"], &["--username", "colon"]),
        (&["--cloud-id", "a/b"], &["--cloud-id", "no cloud id"]),
    ] {
        let ran = scene.credential(&[&["add", "acme"], arguments].concat()).await.exits_with(2);
        says(&ran, words);
    }
    says(&scene.add("a b", &[], "x").await.exits_with(2), &["letters, digits"]);
    says(&scene.add("acme", &[], "\n").await.exits_with(2), &["standard input is empty"]);
    says(&scene.add("acme", &[], "a\nb\n").await.exits_with(2), &["control character"]);
    assert_eq!((scene.stored(), scene.control().requests().len()), (Vec::new(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_not_saved() {
    let scene = empty().await;
    let ran = scene.add("acme", &[], "wr0ng-s3cret").await.exits_with(3);
    says(&ran, &["does not accept", "Nothing is saved"]);
    assert!(!format!("{ran:?}").contains("wr0ng-s3cret"));
    assert_eq!(scene.stored(), [""; 0]);
    let saved = scene.add("acme", &["--no-test"], "wr0ng-s3cret").await.exits_with(0);
    assert_eq!(saved.report()["last_tested_at"], Value::Null);
    says(&scene.credential(&["test", "acme"]).await.exits_with(3), &["does not accept"]);
    says(
        &scene.command(&["check", "fields", "-o", "json"]).await.exits_with(3),
        &["does not accept"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_with_a_wrong_token_keeps_the_old_one_working() {
    let scene = with_acme().await;
    let before = scene.credential(&["show", "acme"]).await.report();
    let rotate = ["credential", "rotate", "acme", "--token-stdin", "-o", "json"];
    let ran = scene.typed(&rotate, "wr0ng-s3cret").await.exits_with(3);
    says(&ran, &["The old token is kept"]);
    assert_eq!(scene.credential(&["show", "acme"]).await.report(), before);
    assert_eq!(scene.stored(), ["acme.1.token", "acme.json"]);
    scene.credential(&["test", "acme"]).await.exits_with(0);
    says(&scene.add("ACME", &[], ADMIN.token).await.exits_with(2), &["rotate acme", "remove acme"]);
    says(
        &scene
            .typed(&["credential", "rotate", "acne", "--token-stdin", "-o", "json"], "x")
            .await
            .exits_with(2),
        &["`acne`", "acme"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_from_a_variable_once() {
    let scene = empty().await;
    let url = scene.url();
    let add =
        ["credential", "add", "acme", "--url", &url, "--username", ADMIN.username, "--from-env"];
    let ran = scene.command(&[&add[..], &["NO_SUCH", "-o", "json"]].concat()).await.exits_with(2);
    says(&ran, &["--from-env", "NO_SUCH is not set"]);
    scene.command(&[&add[..], &["JIRA_API_TOKEN"]].concat()).await.exits_with(0);
    let mut test = scene.prepared(&["credential", "test", "acme"]);
    test.env_remove("JIRA_API_TOKEN");
    Ran::wait_for(test).exits_with(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_scopes_is_recognised_and_saved_with_its_way() {
    let scene = empty().await;
    let gateway = scene.url();
    let more = ["--username", "scoped@sandbox.example", "--gateway", gateway.trim_end_matches('/')];
    let ran = scene.add("acme", &more, "scoped-token").await.exits_with(0);
    assert_eq!(ran.report()["scoped"], true);
    assert!(ran.stderr.contains("the token has scopes"), "{ran:?}");
    scene.credential(&["test", "acme"]).await.exits_with(0);
    scene.run(&["fields"]).await.exits_with(0);
    // A credential of the config whose way is wrong would fail in every run, so its test fails.
    let config = format!(
        "[credentials.wrong]\nurl = \"{0}\"\ngateway = \"{0}\"\nusername = \"scoped@sandbox.example\"\napi_token = {{ command = \"echo scoped-token\" }}\n",
        gateway.trim_end_matches('/')
    );
    let scene = scene.config(&config);
    says(&scene.credential(&["test", "wrong"]).await.exits_with(3), &["scoped = true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_and_a_flag_name_a_saved_credential_and_a_run_marks_it() {
    let scene = with_acme().await;
    scene.add("plain", &["--username", PLAIN.username], PLAIN.token).await.exits_with(0);
    let none = scene.run(&["fields"]).await.exits_with(2);
    says(&none, &["several credentials (saved: acme, plain)", "none is chosen"]);
    let ran = scene.run(&["myself", "--credential", "plain"]).await.exits_with(0);
    assert_eq!(ran.feed("myself")["records"], 1);
    assert_eq!(scene.landed("myself", "displayName"), ["Pat Plain"]);
    let used = |name: &'static str| async {
        scene.credential(&["show", name]).await.report()["last_used_at"].clone()
    };
    assert!(used("plain").await.is_string());
    assert_eq!(used("acme").await, Value::Null);
    let scene = scene.config("credential = \"acme\"\n");
    scene.run(&["myself"]).await.exits_with(0);
    assert_eq!(scene.landed("myself", "displayName"), ["Ada Admin"]);
    let unknown = scene.run(&["myself", "--credential", "acne"]).await.exits_with(2);
    says(&unknown, &["--credential", "`acne`", "saved: acme, plain"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_reads_from_the_site_is_a_use_of_the_credential() {
    let scene = with_acme().await;
    let mut before = Value::Null;
    for command in [&["check", "fields"][..], &["preview", "fields"], &["plan", "fields"]] {
        scene.command(command).await.exits_with(0);
        let used = scene.credential(&["show", "acme"]).await.report()["last_used_at"].clone();
        assert!(used.as_str() > before.as_str(), "{command:?} is no use: {used}");
        before = used;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_the_config_are_listed_tested_and_not_changed() {
    let scene = Scene::with_issues(5).await;
    scene.add("acme", &[], ADMIN.token).await.exits_with(0);
    let listed = scene.credential(&["list"]).await.exits_with(0).report();
    let from = |index: usize| {
        (listed["credentials"][index]["name"].clone(), listed["credentials"][index]["from"].clone())
    };
    assert_eq!(
        [from(0), from(1)],
        [("test".into(), "config".into()), ("acme".into(), "saved".into())]
    );
    let shown = scene.credential(&["show", "test"]).await.exits_with(0).report();
    assert_eq!((&shown["token_in"], &shown["created_at"]), (&"env".into(), &Value::Null));
    scene.credential(&["test", "test"]).await.exits_with(0);
    says(
        &scene.credential(&["remove", "test", "--yes"]).await.exits_with(2),
        &["declared in the config"],
    );
    let rotate = ["credential", "rotate", "test", "--token-stdin", "-o", "json"];
    says(&scene.typed(&rotate, "x").await.exits_with(2), &["declared in the config"]);
    let shadowed = scene.add("test", &[], ADMIN.token).await.exits_with(0);
    assert!(shadowed.stderr.contains("goes before the saved one"), "{shadowed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_soon_is_spoken_of_by_every_command_that_uses_it() {
    let scene = empty().await;
    scene.add("acme", &["--expires", &in_days(5)], ADMIN.token).await.exits_with(0);
    for arguments in [&["run", "fields"][..], &["check", "fields"], &["credential", "test", "acme"]]
    {
        let ran = scene.command(arguments).await.exits_with(0);
        for word in ["ends in 5 days", "credential rotate acme"] {
            assert!(ran.stderr.contains(word), "no {word:?} in {ran:?}");
        }
    }
    let listed = scene.command(&["credential", "list"]).await.exits_with(0).stdout;
    assert!(listed.contains("in 5 days"), "{listed}");
}
