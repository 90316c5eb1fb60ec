//! Nothing that the program writes or shows of itself holds the API token: no stream, no file, no
//! list of arguments, whatever the command, its level of logs and how it ends.

use crate::support::secret::Secret;
use crate::support::{ADMIN, Ran, Scene};
use jira_sandbox::{Effect, Fault};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_jira-feeds");

/// Every command, with arguments that let it come to an end. A new one has to be added:
/// `the_list_of_commands_is_complete` says so.
const COMMANDS: &[(&str, &[&str])] = &[
    ("run", &["projects", "issues", "labels"]),
    ("check", &["projects", "boards"]),
    ("plan", &["issues"]),
    ("preview", &["issues", "-n", "2"]),
    (
        "credential add",
        &[
            "new",
            "--url",
            "https://acme.example",
            "--username",
            "me@acme.example",
            "--token-stdin",
            "--no-test",
        ],
    ),
    ("credential list", &[]),
    ("credential show", &[SAVED]),
    ("credential test", &[SAVED]),
    ("credential rotate", &[SAVED, "--token-stdin"]),
    ("credential remove", &[SAVED, "--yes"]),
    ("feeds", &[]),
    ("feeds show", &["issues"]),
    ("feeds infer", &["mine"]),
    ("view", &["issues"]),
    ("compact", &["labels"]),
    ("state show", &[]),
    ("state reset", &["labels"]),
    ("config init", &["new.toml"]),
    ("config show", &[]),
    ("config validate", &[]),
    ("config schema", &[]),
    ("demo", &["--issues", "5", "--destination", "demo-lake"]),
    ("sandbox", &["--issues", "5", "--port", "0"]),
];

/// Commands that log in, and so end with 3 if the token is wrong.
const LOGGING_IN: &[&str] =
    &["run", "check", "plan", "preview", "feeds infer", "credential test", "credential rotate"];

/// Commands that look at a lake, which must be there.
const OF_A_LAKE: &[&str] = &["compact", "state show", "state reset"];

/// A credential that is saved before a command about saved ones.
const SAVED: &str = "saved";

/// Prints the tokens of its made-up accounts, which are what it is for; the user's own is another one.
const SHOWS_MADE_UP_TOKENS: &str = "sandbox";

/// Arguments that cannot be carried out.
const FAILING: &[(&str, &[&str])] = &[
    ("run", &["no_such_feed"]),
    ("run", &["--credential", "nobody"]),
    ("run", &["--no-such-flag"]),
    ("run", &["labels", "--destination", "ftp://nowhere/x"]),
    ("preview", &["no_such_feed"]),
    ("feeds show", &["no_such_feed"]),
    ("config validate", &["--config", "none.toml"]),
];

/// As much of each as there is: flags, and what `JIRA_FEEDS_LOG` says.
const LEVELS: [(&[&str], Option<&str>); 6] = [
    (&["-q"], None),
    (&[], None),
    (&["-v"], None),
    (&["-vv"], None),
    (&["-vvv"], None),
    (&[], Some("trace")),
];

/// Each of its characters is another one in a URL.
const WRONG_TOKEN: &str = "wr0ng/t0ken+a=b?c&d%e";

/// Where the token can come from.
const SOURCES: [&str; 6] = ["env", "file", "shell", "program", "inline", "variable"];

/// A site, and the folder of what the user gives the program: configs, and the token's file.
struct World {
    scene: Scene,
    given: TempDir,
}

/// One start of the program.
#[derive(Debug, Clone)]
struct Start {
    command: &'static str,
    arguments: &'static [&'static str],
    level: usize,
    is_json: bool,
    logs_json: bool,
    source: &'static str,
    token: &'static str,
}

impl Start {
    /// The `number`th of a series that goes through tokens, sources and forms at different steps.
    fn nth(number: usize, level: usize, command: &(&'static str, &'static [&'static str])) -> Self {
        Self {
            command: command.0,
            arguments: command.1,
            level,
            is_json: number.is_multiple_of(2),
            logs_json: (number / 2 + level).is_multiple_of(2),
            source: SOURCES[number % SOURCES.len()],
            token: match command.0 {
                SHOWS_MADE_UP_TOKENS => WRONG_TOKEN,
                _ if (number / 3).is_multiple_of(2) => ADMIN.token,
                _ => WRONG_TOKEN,
            },
        }
    }

    fn secret(&self) -> Secret {
        Secret::of(ADMIN.username, self.token)
    }
}

impl World {
    async fn new() -> Self {
        let world = Self {
            scene: Scene::with_issues(12).await,
            given: tempfile::tempdir().expect("a folder"),
        };
        for token in [ADMIN.token, WRONG_TOKEN] {
            std::fs::write(world.token_file(token), token).expect("the token is written");
        }
        world
    }

    fn token_file(&self, token: &str) -> PathBuf {
        self.given.path().join(format!("{}.token", token.len()))
    }

    /// How the config names the token.
    fn source(&self, start: &Start) -> String {
        let token = start.token;
        let file = self.token_file(token);
        match start.source {
            "env" => "{ env = \"THE_TOKEN\" }".to_owned(),
            "file" => format!("{{ file = \"{}\" }}", file.display()),
            "shell" => format!("{{ command = \"printf %s '{token}'\" }}"),
            "program" => format!("{{ command = [\"printf\", \"%s\", \"{token}\"] }}"),
            "inline" => format!("\"{token}\""),
            _ => "{ file = \"/replaced/by/a/variable\" }".to_owned(),
        }
    }

    fn config(&self, start: &Start, number: usize) -> PathBuf {
        let path = self.given.path().join(format!("{number}.toml"));
        let text = format!(
            "[credentials.test]\nurl = \"{}\"\nusername = \"{}\"\napi_token = {}\n[custom.mine]\nget = \"/rest/api/3/projectCategory\"\n",
            self.scene.url(),
            ADMIN.username,
            self.source(start),
        );
        std::fs::write(&path, text).expect("the config is written");
        private(&path);
        path
    }

    /// The program in a folder of its own, which is all that it can write to by itself.
    fn prepared(&self, start: &Start, number: usize, written: &Path) -> Command {
        let (flags, filter) = LEVELS[start.level];
        let mut command = Command::new(BINARY);
        command.current_dir(written).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for variable in ["HOME", "XDG_CONFIG_HOME", "JIRA_FEEDS_CONFIG_DIR", "TMPDIR"] {
            command.env(variable, written);
        }
        command.env("JIRA_FEEDS_CONFIG", self.config(start, number));
        command.env("JIRA_FEEDS__LIMITS__FIRST_RETRY_DELAY", "5ms");
        command.envs(filter.map(|filter| ("JIRA_FEEDS_LOG", filter)));
        match start.source {
            "env" => command.env("THE_TOKEN", start.token),
            "variable" => command.env("JIRA_FEEDS__CREDENTIALS__TEST__API_TOKEN", start.token),
            _ => &mut command,
        };
        command.args(flags).args(start.command.split(' ')).args(start.arguments);
        command.args(["--output", if start.is_json { "json" } else { "text" }]);
        command.args(["--log-format", if start.logs_json { "json" } else { "text" }]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program and searches all that it left; what it said.
    fn searched(&self, start: &Start, number: usize, variables: &[(&str, &str)]) -> Ran {
        let written = tempfile::tempdir().expect("a folder");
        if start.arguments.contains(&SAVED) {
            self.save(start, number, written.path());
        }
        if OF_A_LAKE.contains(&start.command) {
            std::fs::create_dir(written.path().join("lake")).expect("made");
        }
        let mut command = self.prepared(start, number, written.path());
        command.envs(variables.iter().copied());
        let ran = finished(command, start);
        let secret = start.secret();
        for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            let found = secret.found_in(text.as_bytes());
            assert!(found.is_empty(), "{stream} of {start:?} shows the token: {found:?}\n{text}");
        }
        forget_saved_tokens(written.path());
        let found = secret.found_below(written.path());
        assert!(found.is_empty(), "{start:?} wrote the token: {found:?}");
        ran
    }

    /// Saves the start's token under [`SAVED`].
    fn save(&self, start: &Start, number: usize, written: &Path) {
        let mut command = self.prepared(
            &Start { command: "credential add", arguments: &[], ..start.clone() },
            number,
            written,
        );
        command.args([SAVED, "--username", ADMIN.username, "--token-stdin", "--no-test"]);
        command.args(["--url", &self.scene.url()]);
        let ran = finished(command, start);
        assert_eq!(ran.code, Some(0), "{ran:#?}");
    }

    /// All of them, some at a time.
    fn all(&self, starts: &[Start], check: impl Fn(&Start, &Ran) + Sync) {
        let next = Mutex::new(0..starts.len());
        let worker = || {
            loop {
                let Some(number) = next.lock().expect("unpoisoned").next() else { return };
                check(&starts[number], &self.searched(&starts[number], number, &[]));
            }
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(worker)).collect();
            for worker in workers {
                worker.join().expect("nothing is found");
            }
        });
    }
}

/// Removes the files that are there to hold a token.
fn forget_saved_tokens(folder: &Path) {
    let Ok(files) = std::fs::read_dir(folder.join("credentials")) else { return };
    let paths = files.map(|file| file.expect("it lists").path());
    for path in paths.filter(|path| path.extension().is_some_and(|kind| kind == "token")) {
        std::fs::remove_file(path).expect("removed");
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).expect("the mode is set");
}

/// What the program said until it ended. The token waits on stdin for a command that asks for it;
/// `sandbox` is told to stop once it serves.
fn finished(mut command: Command, start: &Start) -> Ran {
    let mut child = command.spawn().expect("the binary starts");
    // A command that reads no stdin may have ended before.
    let _ = writeln!(child.stdin.take().expect("piped"), "{}", start.token);
    let mut stdout = Vec::new();
    if start.command == "sandbox" {
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        output.read_until(b'\n', &mut stdout).expect("it serves");
        let sent = Command::new("kill").arg(child.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
        output.read_to_end(&mut stdout).expect("it ends");
    }
    let output = child.wait_with_output().expect("the process ends");
    stdout.extend(output.stdout);
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

async fn blocking(test: impl FnOnce(&World) + Send + 'static) {
    let world = World::new().await;
    tokio::task::spawn_blocking(move || test(&world)).await.expect("nothing is found");
}

/// Those that log in at every level in both forms of output; the others at every level. Sources, tokens and
/// forms of logs take turns.
fn covering_set() -> Vec<Start> {
    let mut starts = Vec::new();
    for command in COMMANDS {
        let repeats = if LOGGING_IN.contains(&command.0) { 2 } else { 1 };
        for level in 0..LEVELS.len() * repeats {
            starts.push(Start::nth(starts.len(), level % LEVELS.len(), command));
        }
    }
    starts
}

/// A search that finds nothing proves nothing until it has been seen to find each form.
#[test]
fn each_form_of_a_token_is_found_where_it_stands() {
    for token in [ADMIN.token, WRONG_TOKEN] {
        let secret = Secret::of("me@acme.example", token);
        for form in secret.forms() {
            assert!(form.len() >= token.len(), "{form:?} could stand anywhere");
            assert!(!secret.found_in(format!("a{form}b").as_bytes()).is_empty());
        }
        for before in ["", "x", "xy", "xyz", "other:"] {
            let whole = base64::Engine::encode(
                &base64::engine::general_purpose::STANDARD,
                format!("{before}{token} and more"),
            );
            assert!(!secret.found_in(whole.as_bytes()).is_empty(), "{whole}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("deep")).expect("made");
        std::fs::write(folder.path().join("deep/file"), token).expect("written");
        assert_eq!(
            secret.found_below(folder.path()).len(),
            secret.found_in(token.as_bytes()).len()
        );
    }
}

/// The commands that `--help` names, to the leaves.
fn commands_of_help(path: &str) -> Vec<String> {
    let output = Command::new(BINARY).args(path.split_whitespace()).arg("--help").output();
    let text = String::from_utf8(output.expect("the binary starts").stdout).expect("text");
    let Some((_, list)) = text.split_once("Commands:\n") else { return vec![path.to_owned()] };
    let names = list.lines().take_while(|line| !line.is_empty());
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let below = names.filter(|name| *name != "help").flat_map(|name| {
        let path = format!("{path} {name}");
        commands_of_help(path.trim())
    });
    below.collect()
}

#[test]
fn the_list_of_commands_is_complete() {
    let listed: BTreeSet<_> = COMMANDS.iter().map(|(command, _)| (*command).to_owned()).collect();
    let mut known: BTreeSet<_> = commands_of_help("").into_iter().collect();
    assert!(known.contains("config schema"), "{known:?}");
    // It stands by itself as well as with a command below it.
    known.insert("feeds".to_owned());
    assert_eq!(listed, known);
}

#[test]
fn the_covering_set_covers_every_pair_that_could_matter() {
    let starts = covering_set();
    for (command, _) in COMMANDS {
        let of: Vec<_> = starts.iter().filter(|start| start.command == *command).collect();
        let count = |key: &dyn Fn(&Start) -> String| {
            of.iter().map(|start| key(start)).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(count(&|it| it.level.to_string()), LEVELS.len(), "{command}");
        assert_eq!(count(&|it| it.source.to_owned()), SOURCES.len(), "{command}");
        let tokens = if *command == SHOWS_MADE_UP_TOKENS { 1 } else { 2 };
        assert_eq!(count(&|it| it.token.to_owned()), tokens, "{command}");
        assert_eq!(count(&|it| format!("{} {}", it.is_json, it.logs_json)), 4, "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_shows_or_writes_the_token_at_any_level() {
    blocking(|world| {
        world.all(&covering_set(), |start, ran| {
            let is_refused = LOGGING_IN.contains(&start.command) && start.token == WRONG_TOKEN;
            let expected = if is_refused { 3 } else { 0 };
            assert_eq!(ran.code, Some(expected), "{start:?}: {ran:#?}");
            // At `-vvv` a refused login shows its request too; below it has little to tell.
            if start.level > if is_refused { 3 } else { 2 } && LOGGING_IN.contains(&start.command) {
                assert!(ran.stderr.len() > 500, "{start:?} would prove nothing: {ran:#?}");
            }
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_failing_command_shows_or_writes_the_token() {
    blocking(|world| {
        let starts: Vec<_> = FAILING
            .iter()
            .enumerate()
            .map(|(number, command)| Start::nth(number, 4 + number % 2, command))
            .collect();
        world.all(&starts, |start, ran| assert_eq!(ran.code, Some(2), "{start:?}: {ran:#?}"));
    })
    .await;
}

/// Only where the program was built with the means to be made to panic.
#[cfg(debug_assertions)]
#[tokio::test(flavor = "multi_thread")]
async fn no_panic_shows_the_token_and_each_is_told_as_a_defect() {
    blocking(|world| {
        for number in 0..LEVELS.len() * 2 {
            let command = ("check", &["projects"][..]);
            let mut start = Start::nth(number, number % LEVELS.len(), &command);
            (start.token, start.is_json) = (ADMIN.token, number >= LEVELS.len());
            let ran = world.searched(&start, number, &[("JIRA_FEEDS_FORCE_DEFECT", "1")]);
            assert_eq!(ran.code, Some(1), "{ran:#?}");
            let told: Vec<_> =
                ran.stderr.lines().filter(|line| line.contains("This is a defect")).collect();
            assert_eq!(told.len(), 1, "told once: {ran:#?}");
            assert!(told[0].contains("at src/cli/defect.rs:"), "{}", told[0]);
            if start.logs_json {
                let line: serde_json::Value = serde_json::from_str(told[0]).expect("an object");
                assert_eq!(line["level"], "ERROR");
            } else {
                assert!(told[0].starts_with("error: "), "{}", told[0]);
            }
            if start.is_json {
                let report = ran.report();
                assert_eq!(report["exit_code"], 1, "{report}");
                assert!(
                    report["error"].as_str().is_some_and(|it| it.contains("src/cli/defect.rs"))
                );
            }
        }
    })
    .await;
}

#[cfg(target_os = "linux")]
mod processes {
    use super::*;
    use std::process::Child;
    use std::time::{Duration, Instant};

    /// A process that is ended with the test, however that ends.
    struct Running(Child);

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn until(what: &str, mut is_so: impl FnMut() -> bool) {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < Duration::from_mins(1), "waited in vain until {what}");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// The children of a process, and theirs.
    fn below(parent: u32) -> Vec<u32> {
        let entries = std::fs::read_dir("/proc").expect("/proc lists").flatten();
        let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let is_child = |id: &u32| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            status.lines().any(|line| line == format!("PPid:\t{parent}"))
        };
        ids.filter(is_child).flat_map(|id| [vec![id], below(id)].concat()).collect()
    }

    fn assert_no_arguments_show(secret: &Secret, process: u32) {
        let own = std::fs::read(format!("/proc/{process}/cmdline")).expect("it runs");
        assert!(own.starts_with(BINARY.as_bytes()));
        for id in [vec![process], below(process)].concat() {
            // A child may have ended meanwhile.
            let arguments = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            let found = secret.found_in(&arguments);
            assert!(found.is_empty(), "{found:?} in {}", String::from_utf8_lossy(&arguments));
        }
    }

    fn hanging(world: &World, source: &'static str) -> Start {
        let hang = Fault::on("GET", "/rest/api/3/myself", Effect::Hang);
        world.scene.control().inject(hang);
        let mut start = Start::nth(0, 4, &("run", &["labels"]));
        (start.source, start.token) = (source, ADMIN.token);
        start
    }

    /// Starts the program and waits until it waits for the site.
    fn at_the_login(world: &World, mut command: Command) -> Running {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        world.scene.control().clear_log();
        let running = Running(command.spawn().expect("the binary starts"));
        until("the login hangs", || !world.scene.control().requests().is_empty());
        running
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_list_of_arguments_shows_the_token() {
        blocking(|world| {
            for (number, source) in ["env", "file", "inline", "variable"].into_iter().enumerate() {
                let start = hanging(world, source);
                let written = tempfile::tempdir().expect("a folder");
                let command = world.prepared(&start, number, written.path());
                let running = at_the_login(world, command);
                assert_no_arguments_show(&start.secret(), running.0.id());
            }
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_argument_of_the_command_that_prints_the_token_shows_it() {
        blocking(|world| {
            let start = hanging(world, "file");
            let written = tempfile::tempdir().expect("a folder");
            let mut command = world.prepared(&start, 0, written.path());
            let token = world.token_file(start.token);
            let waiting = format!("until test -e go; do sleep 0.02; done; cat {}", token.display());
            let key = "JIRA_FEEDS__CREDENTIALS__TEST__API_TOKEN__COMMAND";
            command
                .env(key, waiting)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let running = Running(command.spawn().expect("the binary starts"));
            until("its command runs", || !below(running.0.id()).is_empty());
            assert_no_arguments_show(&start.secret(), running.0.id());
            std::fs::write(written.path().join("go"), "").expect("written");
            until("the login hangs", || !world.scene.control().requests().is_empty());
            assert_no_arguments_show(&start.secret(), running.0.id());
        })
        .await;
    }

    /// Where the system allows a memory image at all; else there is nothing to forbid.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_crash_leaves_no_memory_image() {
        blocking(|world| {
            let start = hanging(world, "env");
            let written = tempfile::tempdir().expect("a folder");
            let plain = world.prepared(&start, 0, written.path());
            let mut command = Command::new("sh");
            let raised = "ulimit -S -c \"$(ulimit -H -c)\"; exec \"$0\" \"$@\"";
            command.args(["-c", raised]).arg(plain.get_program()).args(plain.get_args());
            command.current_dir(written.path()).env_clear();
            command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let running = at_the_login(world, command);
            let limits = std::fs::read_to_string(format!("/proc/{}/limits", running.0.id()));
            let limits = limits.expect("it runs");
            let of_cores = limits.lines().find(|line| line.starts_with("Max core file size"));
            let values: Vec<_> = of_cores.expect("a limit").split_whitespace().skip(4).collect();
            assert_eq!(values, ["0", "0", "bytes"], "{limits}");
        })
        .await;
    }
}

/// A proxy that shows the request it got, with its headers, in its error page.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_a_server_sends_back_is_in_no_report() {
    let secret = Secret::of(ADMIN.username, ADMIN.token);
    let login = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{}:{}", ADMIN.username, ADMIN.token),
    );
    let echo =
        format!("Bad gateway. Your request: Authorization: Basic {login}\ntoken={}", ADMIN.token);
    // Some write JSON with every character escaped, and not all say that HTML is HTML.
    let escaped: Vec<_> = echo.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let escaped = escaped.concat();
    let bodies = [
        ("text/html", format!("<title>{echo}</title>")),
        ("application/json", format!("<title>{echo}</title>")),
        ("application/json", format!("{{\"message\": \"{escaped}\"}}")),
    ];
    for (status, (kind, body)) in
        [200, 403, 502].into_iter().flat_map(|status| bodies.iter().map(move |body| (status, body)))
    {
        if status == 200 && body.starts_with('{') {
            continue;
        }
        let scene = Scene::with_issues(5).await.config("[limits]\nmax_attempts = 2\n");
        let headers = vec![("Content-Type".to_owned(), (*kind).to_owned())];
        let effect = Effect::Answer { status, headers, body: body.clone().into_bytes() };
        scene.inject("GET", "/rest/api/3/label", effect);
        let ran = scene.command(&["-vvv", "run", "labels", "--output", "json"]).await;
        assert!(ran.stdout.contains("Your request"), "this would prove nothing: {ran:#?}");
        for stream in [&ran.stdout, &ran.stderr] {
            assert!(secret.found_in(stream.as_bytes()).is_empty(), "{status}: {stream}");
        }
        assert!(secret.found_below(&scene.lake_path()).is_empty());
    }
}
