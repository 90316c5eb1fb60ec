//! The binary while it runs: for tests that meet it half-way.

use super::{Ran, Scene};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Polls for what must come, because nobody tells when another process has done something.
pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub fn start(scene: &Scene, arguments: &[&str]) -> Child {
    start_with(scene.prepared(arguments))
}

pub fn start_with(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the binary starts")
}

pub fn send(signal: &str, child: &Child) {
    let status = std::process::Command::new("kill")
        .args([format!("-{signal}"), child.id().to_string()])
        .status();
    assert!(status.expect("kill runs").success());
}

pub async fn finished(child: Child) -> Ran {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
    let output = output.expect("joined").expect("the process ends");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
