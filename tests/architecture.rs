//! The house rules that a compiler does not know: who may import whom, which crates stay in which
//! room, and how long a file may be.

use std::fs;
use std::path::Path;

/// From the top. A room uses those below it, never those above or beside it.
const FLOORS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["run"],
    &["extract", "lake"],
    &["jira", "columns", "view"],
    &["config"],
    &["catalog", "credential", "telemetry"],
];

/// Below these, what the user wrote has become arguments.
const READERS_OF_THE_CONFIG: &[&str] = &["main", "cli", "run", "config"];

/// Rooms without input, output and waiting.
const PURE: &[&str] = &["catalog/", "columns/", "view/"];
const IMPURE: &[&str] = &["tokio", "reqwest", "object_store", "std::fs", "std::net", "async fn"];

/// A crate, and the one place that may know it.
const KEPT_IN: &[(&str, &str)] = &[
    ("backoff", "jira/delays.rs"),
    ("reqwest", "jira/"),
    ("governor", "jira/"),
    ("object_store", "lake/"),
    ("parquet", "lake/"),
    ("clap", "cli/"),
    ("indicatif", "cli/"),
    ("rpassword", "cli/"),
    ("etcetera", "credential/"),
    ("keyring", "credential/"),
    ("keyring_core", "credential/"),
];

/// Crates that have two places.
const KEPT_IN_TWO: &[(&str, [&str; 2])] = &[("rustix", ["cli/", "lake/lock/process.rs"])];

const MOST_LINES: usize = 500;

/// A source file, by its path below `src/`.
struct Source {
    path: String,
    text: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// `jira` for `jira/call.rs`, `main` for `main.rs`.
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.trim_end_matches(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "testing.rs"))
    }

    /// The text without comments: prose may speak of any room.
    fn code(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The rooms that this file uses by `crate::room` or `crate::{room, ...}`; the binary sees the
    /// library from outside.
    fn uses(&self) -> Vec<String> {
        let code = self.code();
        let root = if self.room() == "main" { "jira_feeds::" } else { "crate::" };
        code.split(root).skip(1).flat_map(named).collect()
    }
}

/// The first names of a path: one, or those of a group in braces.
fn named(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let (mut names, mut depth, mut start) = (Vec::new(), 1, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && character == ',') {
            names.push(word(&group[start..at]));
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    names
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&room))
}

fn mentions(code: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

/// Whether a path begins with the crate's name; a text may say it.
fn uses_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::"))
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c)))
}

fn upward_imports(source: &Source) -> Vec<String> {
    let room = source.room();
    let Some(own) = floor(room) else {
        return vec![format!("{}: on no floor; give `{room}` one", source.path)];
    };
    let wrong = |used: &String| {
        let hides_config = used == "config" && !READERS_OF_THE_CONFIG.contains(&room);
        used != room && floor(used).is_some_and(|floor| floor <= own || hides_config)
    };
    let uses = source.uses().into_iter().filter(wrong);
    uses.map(|used| format!("{}: `{room}` must not use `{used}`", source.path)).collect()
}

fn strays(source: &Source) -> Vec<String> {
    let code = source.code();
    let is_pure = PURE.iter().any(|room| source.path.starts_with(room));
    let impure = IMPURE.iter().filter(|word| is_pure && mentions(&code, word));
    let kept = KEPT_IN.iter().filter(|(word, place)| {
        !source.path.starts_with(place) && !source.is_test() && uses_crate(&code, word)
    });
    let kept_in_two = KEPT_IN_TWO.iter().filter(|(word, places)| {
        !places.iter().any(|place| source.path.starts_with(place)) && uses_crate(&code, word)
    });
    let kept = kept.map(|(word, _)| *word).chain(kept_in_two.map(|(word, _)| *word));
    let words = impure.copied().chain(kept);
    words.map(|word| format!("{}: `{word}` does not belong here", source.path)).collect()
}

fn too_long(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    (lines > MOST_LINES && !source.is_test())
        .then(|| format!("{}: {lines} lines are more than {MOST_LINES}", source.path))
}

fn violations(sources: &[Source]) -> Vec<String> {
    let of = |source| [upward_imports(source), strays(source), Vec::from_iter(too_long(source))];
    sources.iter().filter(|source| source.path != "lib.rs").flat_map(of).flatten().collect()
}

fn sources_below(folder: &Path, root: &Path) -> Vec<Source> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let read = |path: std::path::PathBuf| {
        if path.is_dir() {
            return sources_below(&path, root);
        }
        let name = path.strip_prefix(root).map(|path| path.to_string_lossy().replace('\\', "/"));
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        match (name, fs::read_to_string(&path)) {
            (Ok(name), Ok(text)) if is_rust => vec![Source::new(&name, &text)],
            _ => Vec::new(),
        }
    };
    entries.flat_map(|entry| read(entry.path())).collect()
}

#[test]
fn the_house_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources = sources_below(&root, &root);
    assert!(sources.len() > 50, "only {} files found", sources.len());
    for room in FLOORS.iter().copied().flatten() {
        assert!(sources.iter().any(|source| source.room() == *room), "`{room}` does not exist");
    }
    let found = violations(&sources);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A checker that finds nothing proves nothing until it has been seen to find something.
#[test]
fn each_kind_of_violation_is_found() {
    let long = "\n".repeat(MOST_LINES + 1);
    let made_up = [
        ("jira/call.rs", "use crate::extract::Target;", "`jira` must not use `extract`"),
        ("lake/mod.rs", "use crate::{\n    extract::Page,\n};", "`lake` must not use `extract`"),
        ("run/plan.rs", "use crate::{lake::{A, B}, cli};", "`run` must not use `cli`"),
        ("catalog/feed.rs", "fn f(x: crate::config::Limits) {}", "`catalog` must not use `config`"),
        ("extract/list.rs", "use crate::config::Limits;", "`extract` must not use `config`"),
        ("columns/cells.rs", "pub async fn cells() {}", "`async fn` does not belong here"),
        ("catalog/mod.rs", "std::fs::read(path)", "`std::fs` does not belong here"),
        ("jira/client.rs", "backoff::retry()", "`backoff` does not belong here"),
        ("run/mod.rs", "use reqwest::Client;", "`reqwest` does not belong here"),
        ("extract/mod.rs", "use object_store::path::Path;", "`object_store` does not belong here"),
        ("lake/store.rs", "rustix::fs::fsync(file)", "`rustix` does not belong here"),
        ("attic/mod.rs", "", "on no floor"),
        ("run/mod.rs", &long, "lines are more than"),
    ];
    for (path, text, expected) in made_up {
        let found = violations(&[Source::new(path, text)]);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(found[0].contains(expected), "{found:?}");
    }
}

#[test]
fn what_is_allowed_is_not_reported() {
    let allowed = [
        (
            "run/plan.rs",
            "use crate::{config::{self, Settings}, lake};\nuse crate::extract::Target;",
        ),
        ("jira/delays.rs", "use backoff::ExponentialBackoff;"),
        (
            "jira/call.rs",
            "//! Asked by `crate::run`.\nuse crate::catalog::Feed;\nuse crate::jira::Call;",
        ),
        ("lake/tests/mod.rs", &"\n".repeat(MOST_LINES + 1)),
        ("main.rs", "jira_feeds::cli::main()"),
    ];
    let sources = allowed.map(|(path, text)| Source::new(path, text));
    assert_eq!(violations(&sources), Vec::<String>::new());
}
