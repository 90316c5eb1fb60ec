//! The pages that are made from the program say what the program says.
//! `UPDATE_DOCS=1 cargo test --test docs` writes them anew.
#![allow(clippy::expect_used, reason = "a test ends where its premise fails")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const INTRODUCTION: &str = "\
# Feeds

This page lists every built-in feed: where it is read, which columns tell its records apart, which
permission it needs and which feed it depends on. It is generated from the program by
`UPDATE_DOCS=1 cargo test --test docs`; do not edit it by hand. The columns of a feed:
`jira-feeds feeds show NAME`.

How to read the tables:

* **endpoint** links to Atlassian's description. `none` means that the records only ever arrive inside
  those of the parent.
* **key**: the columns that tell one record from another.
* **needs**: the key of the permission; [permissions.md](permissions.md) says what each one is and whom
  to ask for it.
* **parent**: a feed in the group `issues` is cut out of the same answers as its parent, at no request
  of its own, except where Jira puts only some of the records into an issue. A feed in another group is
  asked for once for each record of its parent. A parent that you did not choose is read and not written.

In `feeds` of the config you may name a feed, a group (`agile.*`) or `\"*\"` for all.
";

#[test]
fn the_page_of_feeds_lists_what_the_program_lists() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/feeds.md");
    let expected = page(&feeds());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).expect("the page is written");
    }
    let found = std::fs::read_to_string(&path).expect("the page is there");
    assert!(
        found == expected,
        "docs/feeds.md is not what `jira-feeds feeds` says; UPDATE_DOCS=1 cargo test --test docs writes it"
    );
}

#[test]
fn the_page_on_credentials_lists_the_scopes_that_feeds_need() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/credentials.md");
    let found = std::fs::read_to_string(&path).expect("the page is there");
    let begins = found.find("<!-- scopes: ").expect("where the scopes begin");
    let begins = begins + found[begins..].find('\n').expect("the line ends") + 1;
    let ends = found.find("<!-- end of scopes -->").expect("where the scopes end");
    let expected = format!("{}{}{}", &found[..begins], scopes(&feeds()), &found[ends..]);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &expected).expect("the page is written");
    } else {
        assert!(
            found == expected,
            "docs/credentials.md lists other scopes than `jira-feeds feeds`; UPDATE_DOCS=1 cargo test --test docs writes them"
        );
    }
}

/// One row for each scope, with the feeds that need it.
fn scopes(feeds: &[Value]) -> String {
    let mut needed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for feed in feeds {
        for scope in feed["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            needed.entry(scope).or_default().push(format!("`{}`", text(feed, "feed")));
        }
    }
    let rows =
        needed.iter().map(|(scope, feeds)| format!("| `{scope}` | {} |\n", feeds.join(", ")));
    format!("\n| scope | feeds |\n|---|---|\n{}\n", rows.collect::<String>())
}

/// `jira-feeds feeds --output json`, without any config but the defaults.
fn feeds() -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_jira-feeds"));
    command.args(["feeds", "--output", "json"]).current_dir(folder.path()).env_clear();
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("an array of feeds")
}

fn page(feeds: &[Value]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for feed in feeds {
        groups.entry(text(feed, "group")).or_default().push(feed);
    }
    let mut page = INTRODUCTION.to_owned();
    for (group, feeds) in groups {
        let _ = write!(page, "\n## {group}\n\n| feed | what | endpoint | key | needs | parent |\n");
        page.push_str("|---|---|---|---|---|---|\n");
        page.extend(feeds.into_iter().map(row));
    }
    page
}

fn row(feed: &Value) -> String {
    let endpoint = match feed["endpoint"].as_str() {
        Some(endpoint) => format!("[`{endpoint}`]({})", text(feed, "docs")),
        None => "none".to_owned(),
    };
    let keys = feed["key"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let keys: Vec<_> = keys.map(|key| format!("`{key}`")).collect();
    format!(
        "| `{}` | {} | {endpoint} | {} | `{}` | {} |\n",
        text(feed, "feed"),
        text(feed, "title"),
        keys.join(", "),
        text(feed, "needs"),
        feed["parent"].as_str().map(|parent| format!("`{parent}`")).unwrap_or_default(),
    )
}

fn text<'a>(feed: &'a Value, key: &str) -> &'a str {
    feed[key].as_str().unwrap_or_default()
}
