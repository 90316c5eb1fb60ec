//! Secrets of `[destination.options]`: shown by no command at any level, also where the object store, or a
//! proxy before it, sends back what it was sent.

use crate::support::secret::Secret;
use crate::support::{Ran, Scene};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const SECRETS: [&str; 5] = [
    "s3cret/access+key",
    "s3cret.session/token=",
    "czNjcmV0LWFjY291bnQta2V5LW9mLTMyLWJ5dGVzISE=",
    "s3cret%2Fsignature%3D",
    "s3cret/signature=",
];

/// A store that refuses everything, in one of the ways that there are.
struct Store {
    url: String,
    /// The heads of what it was asked.
    heads: Arc<Mutex<Vec<String>>>,
}

impl Store {
    async fn refusing(status: u16, kind: &'static str, body: fn(&str) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("it listens");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = vec![0; 16 * 1024];
                let Ok(read) = stream.read(&mut head).await else { continue };
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                let body = body(&head);
                kept.lock().expect("unpoisoned").push(head);
                let answer = format!(
                    "HTTP/1.1 {status} No\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, heads }
    }
}

/// Status, content type and body of a refusal.
type Way = (u16, &'static str, fn(&str) -> String);

fn xml(head: &str) -> String {
    format!(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>No.\n{head}</Message><StringToSign>{head}</StringToSign></Error>"
    )
}

fn html(head: &str) -> String {
    format!("<html><title>Bad gateway</title>You asked {head}</html>")
}

fn s3(endpoint: &str) -> (&'static str, String) {
    let options = format!(
        "endpoint = \"{endpoint}\"\nallow_http = true\nregion = \"eu\"\naccess_key_id = \"key\"\nsecret_access_key = {{ env = \"SECRET_0\" }}\nsession_token = {{ env = \"SECRET_1\" }}\n"
    );
    ("s3://bucket/lake", options)
}

fn azure_key(endpoint: &str) -> (&'static str, String) {
    let options = format!(
        "account_name = \"acme\"\nendpoint = \"{endpoint}\"\nallow_http = true\naccount_key = {{ env = \"SECRET_2\" }}\n"
    );
    ("az://container/lake", options)
}

fn azure_sas(endpoint: &str) -> (&'static str, String) {
    let options = format!(
        "account_name = \"acme\"\nendpoint = \"{endpoint}\"\nallow_http = true\nsas_token = {{ env = \"SAS\" }}\n"
    );
    ("az://container/lake", options)
}

const COMMANDS: [&[&str]; 9] = [
    &["run", "labels"],
    &["run", "issues", "--since", "2024-01-01", "--until", "2025-01-01", "--window", "year"],
    &["check", "labels"],
    &["plan", "labels"],
    &["state", "show"],
    &["state", "reset", "labels"],
    &["compact", "labels"],
    &["view", "labels"],
    &["config", "show"],
];

fn assert_shows_nothing(ran: &Ran, what: &str) {
    for secret in SECRETS {
        let secret = Secret::of("key", secret);
        for stream in [&ran.stdout, &ran.stderr] {
            let found = secret.found_in(stream.as_bytes());
            assert!(found.is_empty(), "{what} shows {found:?}: {stream}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_shows_a_secret_of_the_destination_s_options() {
    let ways: [Way; 3] =
        [(403, "application/xml", xml), (403, "text/html", html), (400, "text/plain", html)];
    for (status, kind, body) in ways {
        for options in [s3, azure_key, azure_sas] {
            let store = Store::refusing(status, kind, body).await;
            let (url, options) = options(&store.url);
            let config = format!("mode = \"incremental\"\n[destination.options]\n{options}");
            let scene = Scene::with_issues(5).await.config(&config);
            for command in COMMANDS {
                let to = if command[0] == "config" { &[][..] } else { &["--destination", url] };
                let arguments = [&["-vvv", "-o", "json"], command, to].concat();
                let mut process = scene.prepared(&arguments);
                for (at, secret) in SECRETS.iter().enumerate() {
                    process.env(format!("SECRET_{at}"), secret);
                }
                process.env("SAS", format!("sv=2024-01-01&sr=c&sig={}", SECRETS[3]));
                let running = tokio::task::spawn_blocking(move || Ran::wait_for(process));
                let ran = running.await.expect("the process runs");
                assert_shows_nothing(&ran, &format!("{arguments:?} {status} {kind} {url}"));
            }
            assert!(
                !store.heads.lock().expect("unpoisoned").is_empty(),
                "{url}: nothing was asked"
            );
        }
    }
}
