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

Every built-in feed: what it is, where it is read, what it costs, which permission it needs, and its columns.
This page is generated from the program by `UPDATE_DOCS=1 cargo test --test docs`; do not edit it by hand.
`jira-feeds feeds` lists them, `feeds show NAME` has every column down to the last member, and
`feeds --output json` says all of this to programs.

In `feeds` of the config you may name a feed, a group (`agile.*`) or `\"*\"` for all. Feeds that are marked
*on request* are costly, or repeat what others have: they are read only when they are named.

How to read a section:

* **endpoint** links to Atlassian's description. Where there is a second endpoint, it is asked if Jira does not
  have the first; the report says which one answered.
* **key**: the columns that tell one record from another.
* **requests**: what the feed costs. One that costs none of its own arrives inside the records of its parent.
* **parent**: the feed that is read for this one to be read. A parent that you did not choose is not written.
* **needs**: the key of the permission; [permissions.md](permissions.md) says what each one is and whom to ask.
* **columns**: `object (a, b)` has the members a and b; timestamps are in UTC. Every feed also has `_site`,
  `_run_id`, `_extracted_at`, `_deleted`, `_rescued` and, unless `raw = false`, `_raw` ([output.md](output.md)).
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
    page.push_str("\n| group | feeds |\n|---|---|\n");
    for (group, feeds) in &groups {
        let links = feeds.iter().map(|feed| text(feed, "feed"));
        let links: Vec<_> = links.map(|name| format!("[{name}](#{name})")).collect();
        let _ = writeln!(page, "| {group} | {} |", links.join(", "));
    }
    for (group, feeds) in groups {
        let _ = write!(page, "\n## {group}\n");
        page.extend(feeds.into_iter().map(section));
    }
    page
}

fn section(feed: &Value) -> String {
    let name = text(feed, "feed");
    let mut section = format!("\n### {name}\n\n{}.\n\n", text(feed, "title"));
    for (fact, value) in facts(feed) {
        let _ = writeln!(section, "* **{fact}**: {value}");
    }
    section.push_str("\n| column | type |\n|---|---|\n");
    for (column, kind) in columns(feed) {
        let _ = writeln!(section, "| `{column}` | {kind} |");
    }
    let _ = writeln!(section, "\n```sql\n{}\n```", query(feed));
    section
}

fn facts(feed: &Value) -> Vec<(&'static str, String)> {
    let code = |text: &str| format!("`{text}`");
    let list = |key: &str| {
        let names = feed[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(code).collect::<Vec<_>>().join(", ")
    };
    let link = |endpoint: &str| format!("[`{endpoint}`]({})", text(feed, "docs"));
    let by_every_run = feed["feed"] == "_permissions";
    let on_request = (feed["on_request"] == true)
        .then_some(if by_every_run { "never; every run writes it" } else { "on request only" })
        .map(str::to_owned);
    let facts = [
        ("endpoint", feed["endpoint"].as_str().map(link)),
        ("second endpoint", feed["fallback"].as_str().map(code)),
        ("deprecated", feed["deprecated"].as_str().map(|next| format!("use {next}"))),
        ("requests", Some(text(feed, "requests").to_owned())),
        ("key", Some(list("key"))),
        ("parent", feed["parent"].as_str().map(|name| format!("[{name}](#{name})"))),
        ("needs", Some(code(text(feed, "needs")))),
        ("also called", Some(list("aliases")).filter(|names| !names.is_empty())),
        ("chosen", on_request),
    ];
    facts.into_iter().filter_map(|(fact, value)| Some((fact, value?))).collect()
}

/// The columns of a feed but for those that every feed has; the members of an object in one line.
fn columns(feed: &Value) -> Vec<(&str, String)> {
    const EVERYWHERE: [&str; 7] =
        ["_site", "_run_id", "_extracted_at", "_deleted", "_rescued", "_absent", "_raw"];
    let mut columns: Vec<(&str, Vec<&str>, &str)> = Vec::new();
    for column in feed["columns"].as_array().into_iter().flatten() {
        let (name, kind) = (text(column, "name"), text(column, "type"));
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        match columns.last_mut().filter(|(last, members, _)| *last == first && !members.is_empty())
        {
            Some((_, members, _)) => members.push(rest),
            None if rest.is_empty() => columns.push((first, Vec::new(), kind)),
            None => columns.push((first, vec![rest], kind)),
        }
    }
    let own = columns.into_iter().filter(|(name, ..)| !EVERYWHERE.contains(name));
    let shown =
        |kind: &str| kind.replace("struct(", "object (").replace(" (UTC, microseconds)", "");
    let kind = |members: &[&str], kind: &str| match members {
        [] => shown(kind),
        members => format!("object ({})", members.join(", ")),
    };
    own.map(|(name, members, own)| (name, kind(&members, own))).collect()
}

/// A look at some rows by their key, for `DuckDB`.
fn query(feed: &Value) -> String {
    let keys = feed["key"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let named = ["name", "summary", "title", "displayName"];
    let has = |wanted: &str| columns(feed).iter().any(|(name, _)| *name == wanted);
    let also = named.into_iter().find(|name| has(name));
    let chosen: Vec<_> = keys.chain(also).map(|name| format!("\"{name}\"")).collect();
    format!("SELECT {} FROM 'lake/{}/*/*.parquet' LIMIT 10;", chosen.join(", "), text(feed, "feed"))
}

fn text<'a>(feed: &'a Value, key: &str) -> &'a str {
    feed[key].as_str().unwrap_or_default()
}
