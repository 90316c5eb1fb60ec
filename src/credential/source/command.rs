//! A secret that a command prints: `pass`, `vault`, `op`, `aws secretsmanager`.

use super::file::token_of;
use super::{ReadSecret, Reading};
use crate::credential::{Environment, SecretError};
use std::fmt;
use std::io::Read;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A command as it is written.
#[derive(Clone, serde::Deserialize)]
#[serde(
    untagged,
    expecting = "a command is a text for the shell, or a list of program and arguments"
)]
pub enum CommandLine {
    /// A text that `sh -c` runs.
    Shell(String),
    /// A program and its arguments, run as they are.
    Program(Vec<String>),
}

/// Program and arguments may hold a secret; they are never printed.
impl fmt::Debug for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CommandLine([redacted])")
    }
}

/// A command and how long it may take.
#[derive(Debug, Clone)]
pub struct Command {
    line: CommandLine,
    limit: Duration,
}

impl Command {
    pub(super) fn new(line: CommandLine) -> Self {
        Self { line, limit: Duration::from_secs(30) }
    }

    pub(super) fn check(&self) -> Result<(), SecretError> {
        let program = match &self.line {
            CommandLine::Shell(text) => Some(text),
            CommandLine::Program(words) => words.first(),
        };
        match program {
            Some(text) if !text.trim().is_empty() => Ok(()),
            _ => Err(SecretError::NoCommand),
        }
    }

    fn start(&self) -> Result<Child, SecretError> {
        self.check()?;
        let mut command = match &self.line {
            CommandLine::Program(words) => {
                let mut words = words.iter();
                let mut command =
                    std::process::Command::new(words.next().ok_or(SecretError::NoCommand)?);
                command.args(words);
                command
            }
            CommandLine::Shell(text) => {
                let mut command = std::process::Command::new("sh");
                command.args(["-c", text]);
                command
            }
        };
        // What the command complains about may quote the secret; it must not reach our own stderr.
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(|error| SecretError::CommandNotStarted { error })
    }
}

impl ReadSecret for Command {
    fn read(&self, _: &Environment) -> Result<Reading, SecretError> {
        let deadline = Instant::now() + self.limit;
        let mut child = self.start()?;
        let output = drain(child.stdout.take());
        let late = || SecretError::CommandTimedOut { seconds: self.limit.as_secs() };
        let status = loop {
            match child.try_wait().map_err(|error| SecretError::CommandNotStarted { error })? {
                Some(status) => break status,
                None if Instant::now() >= deadline => {
                    stop(&mut child);
                    return Err(late());
                }
                None => thread::park_timeout(Duration::from_millis(5)),
            }
        };
        if !status.success() {
            return Err(SecretError::CommandFailed { status });
        }
        // A child of the command's that lives on can hold the pipe open.
        let left = deadline.saturating_duration_since(Instant::now());
        let bytes = output.recv_timeout(left).map_err(|_| late())?;
        token_of(bytes, "the command's output").map(Reading::plain)
    }
}

/// Reads beside the waiting, since a full pipe would stop the command. What is longer than a token
/// may be is cut one byte later, so that it is seen to be too long.
fn drain(pipe: Option<ChildStdout>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let read = pipe.by_ref().take(65 * 1024).read_to_end(&mut bytes);
            if read.is_err() {
                bytes.clear();
            }
            // The rest is thrown away, and the command not broken off in the middle.
            std::io::copy(&mut pipe, &mut std::io::sink()).ok();
        }
        sender.send(bytes).ok();
    });
    receiver
}

/// Ends the command; one that has just ended by itself is as good.
fn stop(child: &mut Child) {
    child.kill().ok();
    child.wait().ok();
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(text: &str) -> Command {
        Command::new(CommandLine::Shell(text.into()))
    }

    fn token(command: &Command) -> String {
        let reading = command.read(&Environment::default());
        reading.map_err(|error| error.to_string()).expect("a token").token.expose().to_owned()
    }

    fn refusal(command: &Command) -> String {
        let reading = command.read(&Environment::default());
        reading.err().expect("refused").to_string()
    }

    #[test]
    fn a_text_goes_to_the_shell_and_a_list_does_not() {
        assert_eq!(token(&shell("printf '%s\\n' \"a$((1+1))\"")), "a2");
        let words = ["printf", "%s\n", "$HOME; x"].map(String::from).to_vec();
        assert_eq!(token(&Command::new(CommandLine::Program(words))), "$HOME; x");
    }

    #[test]
    fn a_failing_command_shows_nothing_that_it_printed() {
        insta::assert_snapshot!(refusal(&shell("echo s3cret; echo s3cret >&2; exit 3")), @"the command ended with exit status: 3. Run it by hand as the same user to see why; what it prints is not shown here because it may hold the secret");
        insta::assert_snapshot!(refusal(&shell("kill -9 $$")), @"the command ended with signal: 9 (SIGKILL). Run it by hand as the same user to see why; what it prints is not shown here because it may hold the secret");
        insta::assert_snapshot!(refusal(&shell("true")), @"the command's output is empty. Put an API token there; https://id.atlassian.com/manage-profile/security/api-tokens makes one");
        insta::assert_snapshot!(refusal(&shell("  ")), @r#"`command` is empty. Give a command that prints the token, as in { command = "pass show jira" }"#);
        insta::assert_snapshot!(refusal(&shell("head -c 200000 /dev/zero | tr '\\0' a")), @"the command's output is longer than 65536 bytes, which no API token is. Leave only the token in it");
        let missing = CommandLine::Program(vec!["/no/such/program".into(), "s3cret".into()]);
        insta::assert_snapshot!(refusal(&Command::new(missing)), @"the command could not be started: No such file or directory (os error 2). Check that it is installed and on the PATH");
        assert!(!format!("{:?}", shell("echo s3cret")).contains("s3cret"));
    }

    #[test]
    fn a_command_that_does_not_end_is_stopped() {
        let started = Instant::now();
        for text in ["exec sleep 60", "sleep 20 & echo s3cret"] {
            let command = Command { limit: Duration::from_secs(1), ..shell(text) };
            insta::allow_duplicates! {
                insta::assert_snapshot!(refusal(&command), @"the command did not end within 1 s. See that it needs no input: it has no terminal here");
            }
        }
        assert!(started.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_command_cannot_wait_for_input() {
        assert_eq!(refusal(&shell("cat")), refusal(&shell("true")));
    }
}
