//! The files of saved credentials: their modes, damage, disks that fail, and two processes at once.

use crate::support::saved::{empty, says, with_acme};
use crate::support::{ADMIN, Mount, Ran, Scene};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

#[tokio::test(flavor = "multi_thread")]
async fn one_damaged_credential_and_a_broken_config_hide_no_other() {
    let scene = with_acme().await;
    scene.add("beta", &[], ADMIN.token).await.exits_with(0);
    let path = scene.store_path().join("beta.json");
    let whole = fs::read(&path).expect("read");
    fs::write(&path, &whole[..40]).expect("cut");
    let scene = scene.config("fieds = 1\n");
    let ran = scene.credential(&["list"]).await.exits_with(0);
    let listed = ran.report();
    assert!(
        listed["config_problem"].as_str().is_some_and(|text| text.contains("fieds")),
        "{listed}"
    );
    assert_eq!(listed["credentials"][0]["name"], "acme");
    let problem = listed["credentials"][1]["problem"].as_str().expect("a problem").to_owned();
    assert!(problem.contains("beta.json") && problem.contains("ends in the middle"), "{problem}");
    let text = scene.command(&["credential", "list"]).await.exits_with(0).stdout;
    assert!(text.contains("beta.json"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_credential_is_refused_by_its_file_and_can_be_removed() {
    let scene = with_acme().await;
    let path = scene.store_path().join("acme.json");
    for (content, word) in [
        ("", "ends in the middle"),
        ("[]", "not a saved credential"),
        ("{\"jira_feeds_credential\": 9}", "later version"),
    ] {
        fs::write(&path, content).expect("written");
        for arguments in [&["show", "acme"][..], &["test", "acme"]] {
            says(&scene.credential(arguments).await.exits_with(2), &["acme.json", word]);
        }
        says(&scene.run(&["fields"]).await.exits_with(2), &["acme.json", word]);
        assert_eq!(fs::read_to_string(&path).expect("there"), content);
    }
    scene.credential(&["remove", "acme", "--yes"]).await.exits_with(0);
    assert_eq!(scene.stored(), [""; 0]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_others_can_read_is_refused_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let scene = with_acme().await;
    let mode = |path: &PathBuf| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
    assert_eq!(mode(&scene.store_path()), 0o700);
    let token = scene.store_path().join("acme.1.token");
    for file in ["acme.1.token", "acme.json", ".lock"] {
        assert_eq!(mode(&scene.store_path().join(file)), 0o600, "{file}");
    }
    fs::set_permissions(&token, PermissionsExt::from_mode(0o644)).expect("set");
    for arguments in [
        &["run", "fields", "-o", "json"][..],
        &["check", "-o", "json"],
        &["credential", "test", "acme", "-o", "json"],
    ] {
        scene.control().clear_log();
        let ran = scene.command(arguments).await.exits_with(2);
        says(&ran, &["others on this machine can read", "chmod 600", "acme.1.token"]);
        assert_eq!(scene.control().requests().len(), 0, "it is not used");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_says_so_and_costs_a_run_nothing() {
    let scene = with_acme().await;
    for (folder, word) in [("/proc/self", "cannot make the folder"), ("/dev/null", "cannot")] {
        let url = scene.url();
        let mut add = scene.prepared(&[
            "credential",
            "add",
            "beta",
            "--url",
            &url,
            "--username",
            ADMIN.username,
            "--token-stdin",
            "-o",
            "json",
        ]);
        add.env("JIRA_FEEDS_CONFIG_DIR", folder);
        let ran = Ran::with_input(add, ADMIN.token).exits_with(2);
        says(&ran, &[folder, word, "JIRA_FEEDS_CONFIG_DIR"]);
    }
    let Some(mount) = Mount::small(scene.folder().join("small"), "40k") else { return };
    let small = scene.folder().join("small");
    let of_small = |arguments: &[&str], input: &str| {
        let mut command = scene.prepared(arguments);
        command.env("JIRA_FEEDS_CONFIG_DIR", &small);
        Ran::with_input(command, input)
    };
    let url = scene.url();
    let add = |name: &'static str| {
        [
            "credential",
            "add",
            name,
            "--url",
            &url,
            "--username",
            ADMIN.username,
            "--token-stdin",
            "-o",
            "json",
        ]
        .map(str::to_owned)
    };
    let add = |name| {
        let words = add(name);
        of_small(&words.iter().map(String::as_str).collect::<Vec<_>>(), ADMIN.token)
    };
    add("acme").exits_with(0);
    fs::write(small.join("filler"), vec![0; 64 * 1024]).expect_err("the disk is full");
    says(&add("beta").exits_with(2), &["cannot write", "disk"]);
    of_small(&["credential", "test", "acme"], "").exits_with(0);
    fs::remove_file(small.join("filler")).expect("removed");
    mount.remount("ro");
    says(&add("beta").exits_with(2), &["cannot lock", "Read-only"]);
    let ran = of_small(&["run", "fields", "-vv"], "").exits_with(0);
    assert!(ran.stderr.contains("last use is not noted"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_write_at_once_lose_nothing() {
    let scene = empty().await;
    for round in 0..12 {
        let names: Vec<_> = (0..4).map(|process| format!("n{round}-{process}")).collect();
        for ran in scene.add_at_once(&names).await {
            ran.exits_with(0);
        }
        let one = vec![format!("one{round}"); 4];
        let ran = scene.add_at_once(&one).await;
        let mut codes: Vec<_> = ran.into_iter().filter_map(|ran| ran.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 2, 2, 2], "one of them saves it, the others are told");
    }
    let listed = scene.credential(&["list"]).await.exits_with(0).report();
    let listed = listed["credentials"].as_array().expect("a list");
    assert_eq!(listed.len(), 12 * 5);
    assert!(listed.iter().all(|one| one["problem"].is_null()), "{listed:#?}");
    let names: BTreeSet<_> = listed.iter().map(|one| one["name"].to_string()).collect();
    assert_eq!(names.len(), listed.len());
    assert_eq!(scene.stored().len(), listed.len() * 2, "and nothing lies about half-written");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_output_and_in_no_file_but_its_own() {
    let scene = empty().await;
    let shown = everything_shown(&scene).await;
    let pair = format!("{}:{}", ADMIN.username, ADMIN.token);
    let wrong = format!("{}:wr0ng-s3cret", ADMIN.username);
    let secrets = [
        ADMIN.token.to_owned(),
        "wr0ng-s3cret".to_owned(),
        STANDARD.encode(ADMIN.token),
        STANDARD.encode(pair),
        STANDARD.encode(wrong),
    ];
    for secret in &secrets {
        assert!(!shown.contains(secret.as_str()), "{secret} is shown");
    }
    let mut found = Vec::new();
    for file in files_below(scene.folder()) {
        let bytes = fs::read(&file).expect("read");
        if secrets
            .iter()
            .any(|secret| bytes.windows(secret.len()).any(|part| part == secret.as_bytes()))
        {
            found.push(file.file_name().expect("a name").to_string_lossy().into_owned());
        }
    }
    assert_eq!(found, ["acme.3.token"]);
}

/// What all commands print, at trace level, for people and for programs.
async fn everything_shown(scene: &Scene) -> String {
    let url = scene.url();
    let of_account = ["--url", &url, "--username", ADMIN.username, "--token-stdin"];
    let commands: [(&[&str], &str); 14] = [
        (&["credential", "add", "acme"], ADMIN.token),
        (&["credential", "add", "acme"], ADMIN.token),
        (&["credential", "add", "beta"], "wr0ng-s3cret"),
        (&["credential", "rotate", "acme", "--token-stdin"], ADMIN.token),
        (&["credential", "rotate", "acme", "--token-stdin"], "wr0ng-s3cret"),
        (&["credential", "list"], ""),
        (&["credential", "show", "acme"], ""),
        (&["credential", "test", "acme"], ""),
        (&["run", "fields"], ""),
        (&["run", "fields", "--log-format", "json"], ""),
        (&["check", "fields"], ""),
        (&["preview", "fields"], ""),
        (&["config", "validate"], ""),
        (&["credential", "remove", "acme"], ""),
    ];
    let mut shown = Vec::new();
    for output in ["text", "json"] {
        for (command, token) in commands {
            let more = if command.contains(&"add") { &of_account[..] } else { &[] };
            let arguments = [command, more, &["-vvv", "--output", output]].concat();
            shown.push(format!("{:?}", scene.typed(&arguments, token).await));
        }
    }
    shown.concat()
}

fn files_below(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
