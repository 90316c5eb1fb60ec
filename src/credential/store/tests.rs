//! The store against kills, damage, other processes and other people.

use super::*;
use crate::credential::{Route, SiteUrl};
use proptest::prelude::*;
use std::fs;

struct Scene {
    folder: tempfile::TempDir,
    store: Store,
}

impl Scene {
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::at(folder.path().join("credentials"));
        Self { folder, store }
    }

    fn with_acme() -> Self {
        let scene = Self::empty();
        scene.store.add(new("acme"), &token("first")).expect("saved");
        scene
    }

    fn path(&self, file: &str) -> PathBuf {
        self.store.folder().join(file)
    }

    fn put(&self, file: &str, content: &[u8]) {
        fs::write(self.path(file), content).expect("written");
        set_mode(&self.path(file), 0o600);
    }

    fn files(&self) -> Vec<String> {
        self.store.folder.names().expect("listed")
    }

    fn token(&self, name: &str) -> String {
        let (_, token) = self.store.read_token(name).expect("a token");
        token.expose().to_owned()
    }

    fn text(&self, error: &StoreError) -> String {
        error.to_string().replace(&self.folder.path().display().to_string(), "DIR")
    }
}

fn new(name: &str) -> NewCredential {
    NewCredential {
        name: name.into(),
        description: "Analytics".into(),
        site: SiteUrl::parse("https://acme.atlassian.net").expect("a site"),
        username: "me@acme.example".into(),
    }
}

fn token(text: &str) -> NewToken {
    NewToken {
        token: crate::credential::ApiToken::from_text(text.into(), "the test").expect("a token"),
        route: Route::default(),
        expires: None,
        place: Some(TokenPlace::File),
        is_tested: true,
    }
}

fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("mode set");
    }
}

#[test]
fn what_is_saved_reads_back() {
    let scene = Scene::empty();
    assert_eq!(scene.store.names().expect("no folder yet"), Vec::<String>::new());
    let route = Route::of_keys(true, Some("abc-1"), Some("http://127.0.0.1:1")).expect("a route");
    let expires = Some(jiff::civil::date(2027, 11, 25));
    let given = NewToken { route, expires, ..token("first") };
    let saved = scene.store.add(new("acme"), &given).expect("saved");
    assert_eq!(scene.store.get("acme").expect("read"), saved);
    assert_eq!(scene.token("acme"), "first");
    assert!(saved.last_tested_at.is_some() && saved.last_used_at.is_none());
    scene.store.mark_used("acme").expect("marked");
    assert!(scene.store.get("acme").expect("read").last_used_at.is_some());
}

#[test]
fn the_token_stands_in_no_file_but_its_own() {
    let scene = Scene::with_acme();
    scene.store.rotate("acme", &token("second-s3cret")).expect("rotated");
    assert_eq!(scene.files(), [".lock", "acme.2.token", "acme.json"]);
    let description = fs::read_to_string(scene.path("acme.json")).expect("read");
    assert!(!description.contains("second"), "{description}");
    scene.store.remove("acme").expect("removed");
    assert_eq!(scene.files(), [".lock"]);
}

#[test]
fn a_name_is_saved_once_however_it_is_written() {
    let scene = Scene::with_acme();
    let refusal =
        |name: &str| scene.text(&scene.store.add(new(name), &token("other")).expect_err("refused"));
    insta::assert_snapshot!(refusal("ACME"), @"there is a credential `acme` already. Give it a new token with `jira-feeds credential rotate acme`, or remove it first with `jira-feeds credential remove acme`");
    insta::assert_snapshot!(refusal("../x"), @"`../x`: a credential's name has letters, digits, - and _ only. Rename it");
    assert_eq!(scene.token("acme"), "first");
    let unknown = scene.store.rotate("acne", &token("x")).expect_err("refused");
    insta::assert_snapshot!(scene.text(&unknown), @"there is no credential `acne`. Saved are: acme");
    let none = Scene::empty().store.remove("acme").expect_err("refused");
    insta::assert_snapshot!(none, @"there is no credential `acme`. None is saved yet; `jira-feeds credential add NAME` saves one");
}

#[test]
fn a_kill_at_any_moment_of_a_rotation_leaves_one_whole_credential() {
    // Before the new token is whole.
    let scene = Scene::with_acme();
    scene.put(".unfinished-Ab3", b"secon");
    assert_eq!(scene.token("acme"), "first");
    scene.store.mark_used("acme").expect("the next writer");
    assert_eq!(scene.files(), [".lock", "acme.1.token", "acme.json"]);

    // Before the description names the new token.
    scene.put("acme.2.token", b"second");
    assert_eq!(scene.token("acme"), "first");
    scene.store.mark_used("acme").expect("the next writer");
    assert_eq!((scene.files().len(), scene.token("acme").as_str()), (3, "first"));

    // Before the old token is removed.
    scene.store.rotate("acme", &token("second")).expect("rotated");
    scene.put("acme.1.token", b"first");
    assert_eq!(scene.token("acme"), "second");
    scene.store.mark_used("acme").expect("the next writer");
    assert_eq!(scene.files(), [".lock", "acme.2.token", "acme.json"]);
}

#[test]
fn a_kill_in_the_middle_of_an_addition_leaves_nothing_that_counts() {
    let scene = Scene::with_acme();
    scene.put("beta.1.token", b"s3cret");
    assert_eq!(scene.store.names().expect("listed"), ["acme"]);
    scene.store.add(new("gamma"), &token("g")).expect("saved");
    assert!(!scene.path("beta.1.token").exists(), "a token that nothing names is removed");
    scene.store.add(new("beta"), &token("b")).expect("saved");
    assert_eq!(scene.token("beta"), "b");
}

#[test]
fn damaged_and_foreign_files_are_named_and_lose_nothing() {
    let scene = Scene::with_acme();
    let whole = fs::read(scene.path("acme.json")).expect("read");
    let text = String::from_utf8(whole.clone()).expect("text");
    let refusal = |content: &[u8]| {
        scene.put("acme.json", content);
        let error = scene.store.get("acme").expect_err("refused");
        assert!(scene.store.rotate("acme", &token("second")).is_err());
        assert!(scene.store.mark_used("acme").is_err());
        assert!(scene.store.add(new("acme"), &token("second")).is_err());
        assert_eq!(fs::read(scene.path("acme.json")).expect("there"), content, "nothing is lost");
        assert!(scene.path("acme.1.token").exists(), "nor is the token");
        scene.text(&error)
    };
    insta::assert_snapshot!(refusal(b""), @"DIR/credentials/acme.json cannot be read: it ends in the middle. Restore it from a backup, or remove the credential and add it again");
    insta::assert_snapshot!(refusal(&whole[..80]), @"DIR/credentials/acme.json cannot be read: it ends in the middle. Restore it from a backup, or remove the credential and add it again");
    insta::assert_snapshot!(refusal(b"s3cret"), @"DIR/credentials/acme.json cannot be read: it is not JSON (line 1, column 1). Restore it from a backup, or remove the credential and add it again");
    insta::assert_snapshot!(refusal(b"{\"token\": \"s3cret\"}"), @"DIR/credentials/acme.json is not a saved credential. Move it elsewhere");
    insta::assert_snapshot!(refusal(&vec![b' '; 70_000]), @"DIR/credentials/acme.json is not a saved credential. Move it elsewhere");
    insta::assert_snapshot!(refusal(text.replace("credential\": 1", "credential\": 2").as_bytes()), @"DIR/credentials/acme.json has the form 2 of a later version of this program; this one knows form 1. Use that version");
    insta::assert_snapshot!(refusal(text.replace("https:", "http:").as_bytes()), @"DIR/credentials/acme.json cannot be read: `url`: plain http would send the token in the clear. Use https://; http is for loopback only (127.0.0.1, localhost, [::1]). Restore it from a backup, or remove the credential and add it again");
    insta::assert_snapshot!(refusal(text.replace("\"url\"", "\"s3cret\"").as_bytes()), @"DIR/credentials/acme.json cannot be read: a key is missing, unknown or of a wrong kind (line 4, column 10). Restore it from a backup, or remove the credential and add it again");
    scene.put("beta.json", &whole);
    let all = scene.store.all().expect("listed");
    assert_eq!(all.iter().map(|(_, saved)| saved.is_ok()).collect::<Vec<_>>(), [false, true]);
    scene.put("acme.json", b"");
    scene.store.remove("acme").expect("what cannot be read can be removed");
    assert_eq!(scene.files(), [".lock", "beta.json"]);
}

#[cfg(unix)]
#[test]
fn all_is_closed_to_others_and_refused_where_it_is_not() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::with_acme();
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
    assert_eq!(mode(scene.store.folder()), 0o700);
    for file in [".lock", "acme.1.token", "acme.json"] {
        assert_eq!(mode(&scene.path(file)), 0o600, "{file}");
    }
    for file in ["acme.1.token", "acme.json"] {
        for open in [0o640, 0o604, 0o620, 0o666] {
            set_mode(&scene.path(file), open);
            let error = scene.store.read_token("acme").expect_err("refused");
            let text = scene.text(&error).replace(file, "FILE");
            insta::allow_duplicates! {
                insta::assert_snapshot!(text, @"others on this machine can read DIR/credentials/FILE. `chmod 600 DIR/credentials/FILE` closes it; if they may have used it, revoke the token and make a new one");
            }
        }
        set_mode(&scene.path(file), 0o600);
    }
    set_mode(scene.store.folder(), 0o770);
    let error = scene.store.mark_used("acme").expect_err("refused");
    insta::assert_snapshot!(scene.text(&error), @"others on this machine can write to DIR/credentials. `chmod 700 DIR/credentials` closes it; if they may have used it, revoke the token and make a new one");
}

#[test]
fn a_store_that_cannot_be_written_is_named() {
    let scene = Scene::empty();
    fs::write(scene.folder.path().join("credentials"), "mine").expect("written");
    let error = scene.store.add(new("acme"), &token("first")).expect_err("refused");
    insta::assert_snapshot!(scene.text(&error), @"cannot make the folder DIR/credentials: File exists (os error 17). Check that this account may do so and that the disk is not full; JIRA_FEEDS_CONFIG_DIR names another folder");
    assert!(!scene.text(&error).contains("first"));
}

#[test]
fn a_token_that_has_gone_is_said_to_have() {
    let scene = Scene::with_acme();
    fs::remove_file(scene.path("acme.1.token")).expect("removed");
    let error = scene.store.read_token("acme").expect_err("refused");
    insta::assert_snapshot!(scene.text(&error), @"the token of `acme` has gone: DIR/credentials/acme.1.token is not there. Give it a new one with `jira-feeds credential rotate acme`");
    scene.store.rotate("acme", &token("second")).expect("rotated");
    assert_eq!(scene.token("acme"), "second");
}

#[test]
fn a_writer_waits_for_another_and_not_for_ever() {
    let scene = Scene::with_acme();
    let held = scene.store.folder.lock(PATIENCE).expect("locked");
    let error = scene.store.mark_used("acme").expect_err("refused");
    insta::assert_snapshot!(scene.text(&error), @"another process has been writing them for 1 s (DIR/credentials/.lock is locked). Wait for it or end it, then try again");
    assert_eq!(scene.token("acme"), "first", "readers do not wait");
    drop(held);
    scene.store.mark_used("acme").expect("marked");
}

#[test]
fn a_reader_never_finds_a_credential_without_its_token() {
    let scene = Scene::with_acme();
    std::thread::scope(|scope| {
        let rotating = scope.spawn(|| {
            for round in 0..200 {
                scene.store.rotate("acme", &token(&format!("token-{round}"))).expect("rotated");
            }
        });
        while !rotating.is_finished() {
            scene.token("acme");
        }
    });
    assert_eq!(scene.token("acme"), "token-199");
}

#[test]
fn the_folder_is_that_of_the_variable_and_not_empty() {
    let folder = |value: &str| {
        let environment = [("JIRA_FEEDS_CONFIG_DIR", value)].into_iter().collect();
        Store::of_user(&environment).expect("a folder").folder().to_owned()
    };
    assert_eq!(folder("/etc/jf"), Path::new("/etc/jf/credentials"));
    assert!(folder("").ends_with("jira-feeds/credentials"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_are_read_or_refused_without_being_shown(noise in "[ -~]{12,40}", bytes in any::<Vec<u8>>()) {
        let path = Path::new("acme.json");
        let _ = record::read("acme", path, &bytes);
        let mut content = format!("{{\"jira_feeds_credential\":1,\"url\":{noise:?},").into_bytes();
        content.extend(&bytes);
        for text in [noise.as_bytes(), &content] {
            let error = record::read("acme", path, text).expect_err("refused");
            prop_assert!(!error.to_string().contains(&noise));
        }
    }

    #[test]
    fn what_is_written_reads_back(description in any::<String>(), username in "[^:\\p{C}]{0,20}x") {
        let mut saved = SavedCredential::new(new("acme"), &token("t"), TokenPlace::File, Timestamp::now());
        saved.description = description;
        saved.username = username;
        let read = record::read("acme", Path::new("acme.json"), &record::write(&saved));
        prop_assert_eq!(read.expect("reads"), saved);
    }
}
