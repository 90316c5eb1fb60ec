//! A tiny client: one account, JSON in and out, no cleverness.

use jira_sandbox::{Sandbox, SiteOptions};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::Value;

pub(crate) const ADMIN: &str = "admin@sandbox.example:admin-token";
pub(crate) const PLAIN: &str = "plain@sandbox.example:plain-token";
pub(crate) const NOBROWSE: &str = "nobrowse@sandbox.example:nobrowse-token";
pub(crate) const NOSOFTWARE: &str = "nosoftware@sandbox.example:nosoftware-token";

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON, or `null`.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The length of a list in the body.
    pub(crate) fn len(&self, list: &str) -> usize {
        self.json()[list].as_array().map_or(0, Vec::len)
    }

    pub(crate) fn first_error(&self) -> String {
        self.json()["errorMessages"][0].as_str().unwrap_or_default().to_owned()
    }
}

/// A caller of a site.
pub(crate) struct Caller {
    url: String,
    authorization: Option<String>,
    client: reqwest::Client,
}

/// A site of some issues.
pub(crate) async fn site(issues: u32) -> Sandbox {
    start(SiteOptions::new(issues, 1)).await
}

pub(crate) async fn start(options: SiteOptions) -> Sandbox {
    Sandbox::start(options).await.expect("a free port on loopback")
}

/// A caller with a Basic credential of the form `email:token`.
pub(crate) fn caller(sandbox: &Sandbox, credential: &str) -> Caller {
    use base64::Engine as _;
    let encoded = base64::engine::general_purpose::STANDARD.encode(credential);
    with_header(sandbox, Some(format!("Basic {encoded}")))
}

pub(crate) fn anonymous(sandbox: &Sandbox) -> Caller {
    with_header(sandbox, None)
}

pub(crate) fn with_header(sandbox: &Sandbox, authorization: Option<String>) -> Caller {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client without TLS");
    Caller { url: sandbox.url(), authorization, client }
}

impl Caller {
    /// The address of the site.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn send(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        let request = request
            .header("Accept-Language", "en")
            .header("X-Force-Accept-Language", "true")
            .header("X-ExperimentalApi", "opt-in");
        match &self.authorization {
            Some(value) => request.header(AUTHORIZATION, value),
            None => request,
        }
    }

    pub(crate) async fn try_get(&self, path: &str) -> Result<Answer, reqwest::Error> {
        read(self.send(self.client.get(format!("{}{path}", self.url))).send().await?).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.expect("an answer")
    }

    /// Without asking for English.
    pub(crate) async fn get_in_own_language(&self, path: &str) -> Answer {
        let mut request = self.client.get(format!("{}{path}", self.url));
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value);
        }
        read(request.send().await.expect("an answer")).await.expect("a body")
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        let request = self.client.post(format!("{}{path}", self.url));
        let request =
            self.send(request).header("content-type", "application/json").body(body.to_string());
        read(request.send().await.expect("an answer")).await.expect("a body")
    }

    pub(crate) async fn post_untyped(&self, path: &str, body: Value) -> Answer {
        let request =
            self.send(self.client.post(format!("{}{path}", self.url))).body(body.to_string());
        read(request.send().await.expect("an answer")).await.expect("a body")
    }

    pub(crate) async fn search(&self, body: Value) -> Answer {
        self.post("/rest/api/3/search/jql", body).await
    }
}

async fn read(response: reqwest::Response) -> Result<Answer, reqwest::Error> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, text: response.text().await? })
}
