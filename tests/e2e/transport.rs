//! The way to the site: certificates, proxies, redirects, time limits; and that the login goes nowhere else.

use crate::support::evidence::LABELS;
use crate::support::tls::{Authority, Proxy};
use crate::support::{Ran, Scene};
use base64::Engine as _;
use jira_sandbox::{Effect, Fault, Sandbox, SiteOptions};

/// A site behind HTTPS, with a certificate of an authority that the config can name.
struct Https {
    scene: Scene,
    authority: Authority,
    port: u16,
}

impl Https {
    async fn with_certificate(names: &[&str], expired: bool) -> Self {
        let scene = Scene::with_issues(20).await;
        let authority = Authority::new();
        let port = authority.serve(&scene.url(), names, expired).await;
        Self { scene, authority, port }
    }

    async fn new() -> Self {
        Self::with_certificate(&["localhost"], false).await
    }

    /// `run labels` with the site at `https://HOST`, trusting the authority, and with more variables.
    async fn run(&self, host: &str, more: &[(&str, &str)]) -> Ran {
        let ca_file = self.scene.folder().join("ca.pem");
        std::fs::write(&ca_file, self.authority.pem()).expect("written");
        let ca_file = ca_file.to_string_lossy().into_owned();
        let trusted = ("JIRA_FEEDS__HTTP__CA_FILE", ca_file.as_str());
        self.run_untrusted(host, &[&[trusted], more].concat()).await
    }

    async fn run_untrusted(&self, host: &str, more: &[(&str, &str)]) -> Ran {
        let mut command = self.scene.prepared(&["run", "labels", "--output", "json"]);
        for proxy in
            ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
        {
            command.env_remove(proxy);
        }
        command.env("JIRA_FEEDS__CREDENTIALS__TEST__URL", format!("https://{host}"));
        command.envs(more.iter().copied());
        tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("the process runs")
    }

    fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_of_an_authority_that_the_config_names_is_read() {
    let https = Https::new().await;
    https.run(&https.host(), &[]).await.exits_with(0);
    assert!(!https.scene.asked("GET", LABELS).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_authority_is_told_once_and_nothing_is_sent() {
    let https = Https::new().await;
    let ran = https.run_untrusted(&https.host(), &[]).await.exits_with(1);
    assert!(ran.stderr.contains("an authority that this machine does not know"), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("http.ca_file") && !ran.stderr.contains("asked "),
        "{}",
        ran.stderr
    );
    assert!(https.scene.control().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_for_another_name_says_which_name_was_expected() {
    let https = Https::with_certificate(&["jira.acme.example", "acme.example"], false).await;
    let ran = https.run(&https.host(), &[]).await.exits_with(1);
    let said = &ran.stderr;
    assert!(said.contains("should name `localhost` and names"), "{said}");
    assert!(said.contains("jira.acme.example") && said.contains("acme.example"), "{said}");
    assert!(https.scene.control().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_says_so() {
    let https = Https::with_certificate(&["localhost"], true).await;
    let ran = https.run(&https.host(), &[]).await.exits_with(1);
    assert!(ran.stderr.contains("has expired") && ran.stderr.contains("clock"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_no_authorities_is_refused_before_the_first_request() {
    let https = Https::new().await;
    let bad = https.scene.folder().join("bad.pem");
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (content, said) in
        [("", "holds no certificate"), ("junk", "holds no certificate"), (pem, "http.ca_file")]
    {
        std::fs::write(&bad, content).expect("written");
        let path = bad.to_string_lossy().into_owned();
        let file = [("JIRA_FEEDS__HTTP__CA_FILE", path.as_str())];
        let ran = https.run_untrusted(&https.host(), &file).await.exits_with(2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let none = [("JIRA_FEEDS__HTTP__CA_FILE", "/none.pem")];
    let ran = https.run_untrusted(&https.host(), &none).await.exits_with(2);
    assert!(ran.stderr.contains("HTTP__CA_FILE: cannot read /none.pem"), "{}", ran.stderr);
    assert!(https.scene.control().requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_used_unless_the_host_is_exempt() {
    let https = Https::new().await;
    let proxy = Proxy::to(https.port).await;
    let variables = [("HTTPS_PROXY", proxy.url.as_str())];
    https.run(&https.host(), &variables).await.exits_with(0);
    let connected = format!("CONNECT {} HTTP/1.1", https.host());
    assert!(proxy.heads().iter().any(|head| head.starts_with(&connected)), "{:?}", proxy.heads());
    let before = proxy.heads().len();
    let exempt = [("HTTPS_PROXY", proxy.url.as_str()), ("NO_PROXY", "localhost")];
    https.run(&https.host(), &exempt).await.exits_with(0);
    assert_eq!(proxy.heads().len(), before, "the site was asked without it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_config_gets_its_own_login_and_never_jira_s() {
    let https = Https::new().await;
    let proxy = Proxy::to(https.port).await;
    let url = proxy.url.replace("http://", "http://robot:pr0xy-s3cret@");
    let mut command = https.scene.prepared(&["-vvv", "run", "labels"]);
    let ca_file = https.scene.folder().join("ca.pem");
    std::fs::write(&ca_file, https.authority.pem()).expect("written");
    command
        .env("JIRA_FEEDS__CREDENTIALS__TEST__URL", format!("https://{}", https.host()))
        .env("JIRA_FEEDS__HTTP__CA_FILE", ca_file)
        .env("JIRA_FEEDS__HTTP__PROXY", &url)
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    let ran = tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("runs");
    let ran = ran.exits_with(0);
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let heads = proxy.heads().concat();
    assert!(heads.contains(&encode("robot:pr0xy-s3cret")), "{heads}");
    assert!(!heads.contains(&encode("admin@sandbox.example:admin-token")), "{heads}");
    for stream in [&ran.stdout, &ran.stderr] {
        assert!(
            !stream.contains("pr0xy-s3cret") && !stream.contains(&encode("robot:pr0xy-s3cret"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed_and_never_carries_the_login() {
    let elsewhere = Sandbox::start(SiteOptions::new(5, 1)).await.expect("listens");
    let port = elsewhere.url().rsplit(':').next().map(str::to_owned).expect("a port");
    for (status, location) in [
        (302, format!("{}{LABELS}", elsewhere.url())),
        (308, format!("http://localhost:{port}{LABELS}")),
        (307, format!("//localhost:{port}{LABELS}")),
        (301, "/rest/api/3/field".to_owned()),
    ] {
        let scene = Scene::with_issues(20).await;
        let headers = vec![("Location".to_owned(), location)];
        let redirect = Effect::Answer { status, headers, body: Vec::new() };
        scene.control().inject(Fault::on("GET", LABELS, redirect));
        let ran = scene.run(&["labels"]).await.exits_with(5);
        ran.failed("labels", &["redirects"]);
        assert!(elsewhere.control().requests().is_empty(), "{status}");
        assert!(scene.asked("GET", "/rest/api/3/field").is_empty(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_not_there_says_what_was_tried() {
    let https = Https::new().await;
    let quick =
        [("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "1"), ("JIRA_FEEDS__HTTP__CONNECT_TIMEOUT", "1s")];
    // Port 9 of this machine: nobody listens there.
    let ran = https.run("localhost:9", &quick).await.exits_with(1);
    assert!(
        ran.stderr.contains("localhost:9, or the proxy before it, refuses connections"),
        "{}",
        ran.stderr
    );
    let ran = https.run("no-such-host.invalid", &quick).await.exits_with(1);
    assert!(
        ran.stderr.contains("the name of no-such-host.invalid cannot be resolved"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("Check the credential's url, the network"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_names_the_limit() {
    let scene = Scene::with_issues(20).await;
    scene.inject("GET", LABELS, Effect::Hang);
    let mut command = scene.prepared(&["run", "labels", "-o", "json"]);
    command.env("JIRA_FEEDS__LIMITS__REQUEST_TIMEOUT", "300ms");
    command.env("JIRA_FEEDS__LIMITS__MAX_ATTEMPTS", "2");
    let ran = tokio::task::spawn_blocking(move || Ran::wait_for(command)).await.expect("runs");
    ran.exits_with(5).failed("labels", &["limits.request_timeout"]);
}

/// An error page of 10 MB costs no more than its first words.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_error_is_cut_off() {
    let scene = Scene::with_issues(20).await;
    let mut body = b"No luck today. ".to_vec();
    body.resize(10_000_000, b'x');
    scene.inject("GET", LABELS, Effect::Answer { status: 403, headers: Vec::new(), body });
    let feed = scene.run(&["labels"]).await.feed("labels");
    let message = feed["denials"][0]["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("No luck today.") && message.len() < 400, "{message}");
}
