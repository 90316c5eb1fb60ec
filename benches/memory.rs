//! Whether memory stays flat: the peak of a run over 5,000 issues beside that of one over 50,000.
//! And how near the run is to its floor: a bare loop that fetches the same answers, as many at
//! once, and does nothing with them. The site is another process; both start with a fresh one.
#![allow(clippy::print_stdout, reason = "a bench is there to print")]

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const SMALL: u32 = 5_000;
const LARGE: u32 = 50_000;
const MOST: f64 = 1.3;
/// The default of `limits.max_in_flight`.
const IN_FLIGHT: usize = 16;
const USERNAME: &str = "admin@sandbox.example";
const TOKEN: &str = "admin-token";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match measure() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("memory: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints all figures; whether memory stays flat.
fn measure() -> Outcome<bool> {
    let floor = floor()?;
    let small = extract(SMALL)?;
    small.print();
    println!("floor  {SMALL:>6} issues: {:>6.1} s for {} requests", floor.seconds, floor.requests);
    println!("ratio of time to the floor: {:.2}", small.seconds / floor.seconds);
    let large = extract(LARGE)?;
    large.print();
    let ratio = large.peak_mib / small.peak_mib;
    println!("ratio of peak memory, {LARGE} to {SMALL} issues: {ratio:.2} (at most {MOST})");
    Ok(ratio <= MOST)
}

/// The made-up site, served until this is dropped.
struct Site {
    process: Child,
    url: String,
}

impl Site {
    fn start(issues: u32) -> Outcome<Self> {
        let mut process = Command::new(env!("CARGO_BIN_EXE_jira-feeds"))
            .args(["--output", "json", "sandbox", "--port", "0", "--issues"])
            .arg(issues.to_string())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or("the sandbox has no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let said: Value = serde_json::from_str(&line)?;
        let url = said["url"].as_str().ok_or("the sandbox names no URL")?.to_owned();
        Ok(Self { process, url })
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A finished extraction.
struct Extraction {
    issues: u32,
    seconds: f64,
    peak_mib: f64,
    report: Value,
}

impl Extraction {
    fn print(&self) {
        let Self { issues, seconds, peak_mib, report } = self;
        println!(
            "run    {issues:>6} issues: {seconds:>6.1} s, {:.0} issues/s, {} requests, {} throttled, peak {peak_mib:.1} MiB",
            f64::from(*issues) / seconds,
            report["requests"],
            report["throttled"],
        );
    }
}

fn extract(issues: u32) -> Outcome<Extraction> {
    let site = Site::start(issues)?;
    let folder = tempfile::tempdir()?;
    let config = config(&site.url, folder.path())?;
    let start = Instant::now();
    let mut run = Command::new(env!("CARGO_BIN_EXE_jira-feeds"))
        .args(["--quiet", "--output", "json", "run", "issues.*", "--config"])
        .arg(config)
        .stdout(Stdio::piped())
        .spawn()?;
    let peak_mib = peak_until_exit(&mut run)?;
    let seconds = start.elapsed().as_secs_f64();
    let output = run.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let report: Value = serde_json::from_str(text.lines().last().unwrap_or_default())?;
    if report["exit_code"] != 0 {
        return Err(format!("the run did not complete: {report}").into());
    }
    Ok(Extraction { issues, seconds, peak_mib, report })
}

fn config(url: &str, folder: &Path) -> Outcome<std::path::PathBuf> {
    let path = folder.join("jira-feeds.toml");
    let token = folder.join("token");
    let text = format!(
        "[credentials.bench]\nurl = {url:?}\nusername = {USERNAME:?}\napi_token = {{ file = '{}' }}\n[destination]\nurl = '{}'\n",
        token.display(),
        folder.join("lake").display(),
    );
    std::fs::write(&path, text)?;
    std::fs::write(token, TOKEN)?;
    Ok(path)
}

/// The largest resident set of a process, which Linux keeps for us until it exits.
#[allow(clippy::disallowed_methods, reason = "there is no reactor here")]
fn peak_until_exit(process: &mut Child) -> Outcome<f64> {
    let status = format!("/proc/{}/status", process.id());
    let mut peak = None;
    while process.try_wait()?.is_none() {
        let text = std::fs::read_to_string(&status)?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        peak = kib.map(str::parse::<f64>).transpose()?.or(peak);
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(peak.ok_or("this system does not tell a process's peak of memory")? / 1024.0)
}

/// What the same answers cost without us.
struct Floor {
    seconds: f64,
    requests: usize,
}

fn floor() -> Outcome<Floor> {
    let site = Site::start(SMALL)?;
    let client = reqwest::Client::builder().build()?;
    let fetch = Fetch { client, site: site.url.clone() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let start = Instant::now();
    let requests = runtime.block_on(fetch.all())?;
    Ok(Floor { seconds: start.elapsed().as_secs_f64(), requests })
}

struct Fetch {
    client: reqwest::Client,
    site: String,
}

impl Fetch {
    /// Ids first, then issues and histories at once; the number of requests.
    async fn all(&self) -> Outcome<usize> {
        let search = json!({ "jql": "created >= 0 ORDER BY created ASC, key ASC", "fields": ["id"], "maxResults": 5000 });
        let (ids, searches) = self.pages("/rest/api/3/search/jql", search, "issues").await?;
        let ids: Vec<_> = ids.into_iter().map(|issue| issue["id"].clone()).collect();
        let rows = stream::iter(ids.chunks(100))
            .map(|ids| {
                let body = json!({ "issueIdsOrKeys": ids, "fields": ["*all"] });
                async move { self.post("/rest/api/3/issue/bulkfetch", &body).await.map(|_| 1) }
            })
            .buffer_unordered(IN_FLIGHT);
        let histories = stream::iter(ids.chunks(1000))
            .map(|ids| {
                let body = json!({ "issueIdsOrKeys": ids, "maxResults": 1000 });
                let path = "/rest/api/3/changelog/bulkfetch";
                async move { Ok(self.pages(path, body, "issueChangeLogs").await?.1) }
            })
            .buffer_unordered(IN_FLIGHT);
        let sum = |sum, requests| std::future::ready(Ok(sum + requests));
        let (rows, histories) =
            futures::try_join!(rows.try_fold(0, sum), histories.try_fold(0, sum))?;
        Ok(searches + rows + histories)
    }

    /// The records of a list that pages by tokens, and the number of its pages.
    async fn pages(&self, path: &str, mut body: Value, at: &str) -> Outcome<(Vec<Value>, usize)> {
        let mut records = Vec::new();
        for page in 1.. {
            let answer: Value = serde_json::from_slice(&self.post(path, &body).await?)?;
            records.extend(answer[at].as_array().cloned().unwrap_or_default());
            match &answer["nextPageToken"] {
                Value::Null => return Ok((records, page)),
                token => body["nextPageToken"] = token.clone(),
            }
        }
        Err("the list has no end".into())
    }

    async fn post(&self, path: &str, body: &Value) -> Outcome<bytes::Bytes> {
        let request = self.client.post(format!("{}{path}", self.site));
        let request = request.basic_auth(USERNAME, Some(TOKEN));
        let request = request.header("Content-Type", "application/json").body(body.to_string());
        Ok(request.send().await?.error_for_status()?.bytes().await?)
    }
}
