//! The first minute of every command that talks to a site: credential, client, login, fields.

use super::login::log_in;
use super::stop::Cause;
use super::{Plan, RunError, Stop};
use crate::columns::SiteField;
use crate::config::{HttpSettings, Limits, Settings};
use crate::credential::{Credential, CredentialChoice};
use crate::extract::ExtractError;
use crate::jira::{
    Account, Call, CallFor, Client, Pacing, Traffic, TrafficCounts, Transport, json,
};
use std::sync::Arc;

/// A login that has been seen to work.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) account: Account,
    /// The site's base URL, without a trailing slash.
    pub(crate) site: String,
    /// The fields of the site, custom ones included; empty if they were not asked for. Where Jira
    /// will not give them, only the feeds that have a column for each fail.
    pub(crate) fields: Result<Vec<SiteField>, ExtractError>,
    /// Requests that belong to no feed.
    pub(crate) overhead: Arc<Traffic>,
    /// What the login's probes had cost before: another report tells of that.
    pub(crate) told: TrafficCounts,
}

impl Session {
    /// Reads the secret, logs in and, if `plan` needs them, reads the site's fields.
    pub(crate) async fn open(
        settings: &Settings,
        plan: &Plan,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        Self::with(read_credential(settings, stop).await?, settings, plan, stop).await
    }

    /// Builds the client, probes the login, notes that the credential was used and, if `plan` needs
    /// them, reads the site's fields; `stop` ends the wait.
    pub(crate) async fn with(
        credential: Credential,
        settings: &Settings,
        plan: &Plan,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let session = or_interrupted(Self::begin(&credential, settings, plan), stop).await?;
        mark_used(&settings.credential).await;
        Ok(session)
    }

    async fn begin(
        credential: &Credential,
        settings: &Settings,
        plan: &Plan,
    ) -> Result<Self, RunError> {
        for note in &credential.notes {
            tracing::warn!("{note}");
        }
        let (client, account) =
            log_in(credential, &Network::of(&settings.limits, &settings.http)).await?;
        tracing::info!(account = %account.display_name, site = %credential.site, "logged in");
        let site = credential.site.to_string();
        let fields = Ok(Vec::new());
        let mut session = Self {
            client,
            account,
            site,
            fields,
            overhead: Arc::default(),
            told: TrafficCounts::default(),
        };
        if plan.needs_site_fields() {
            session.fields = match session.read_fields().await {
                Err(ExtractError::LoginLost(lost)) => return Err(lost.into()),
                read => read,
            };
        }
        Ok(session)
    }

    /// The same login for another reading, whose requests are counted by themselves.
    pub(crate) fn for_another(&self) -> Self {
        let told = self.client.login_traffic().counts();
        Self { overhead: Arc::default(), told, ..self.clone() }
    }

    /// What the requests that belong to no feed have cost, the login's probes among them.
    pub(crate) fn cost(&self, of: fn(&TrafficCounts) -> u64) -> u64 {
        let login = of(&self.client.login_traffic().counts()).saturating_sub(of(&self.told));
        of(&self.overhead.counts()) + login
    }

    /// The fields of the site as far as they are known.
    pub(crate) fn known_fields(&self) -> &[SiteField] {
        self.fields.as_deref().unwrap_or_default()
    }

    async fn read_fields(&self) -> Result<Vec<SiteField>, ExtractError> {
        let call = Call::get("/rest/api/3/field", &[]);
        let answer = self.client.call(&call, &self.asked("fields")).await?;
        let text = std::str::from_utf8(&answer.body).unwrap_or_default();
        // A field that cannot be read gets no column of its own; its values stay in `_raw`, or
        // in `_rescued` where there is no `_raw`.
        let fields = json::items(text.trim()).ok_or_else(|| {
            let found = json::kind(text.trim());
            ExtractError::Failed(format!("GET {} answered {found} where a list belongs", call.path))
        })?;
        Ok(fields.iter().filter_map(|field| serde_json::from_str(field).ok()).collect())
    }

    /// For requests that are made for the run as a whole.
    pub(crate) fn asked(&self, what: &str) -> CallFor {
        CallFor {
            feed: what.into(),
            denied: Arc::new([]),
            not_available: Arc::new([]),
            traffic: Arc::clone(&self.overhead),
        }
    }
}

/// Reads the secret from where the config says it is: a file or a command may take its time.
pub(crate) async fn read_credential(
    settings: &Settings,
    stop: &Stop,
) -> Result<Credential, RunError> {
    let choice = settings.credential.clone();
    let reading = tokio::task::spawn_blocking(move || choice.resolve());
    let read = async { Ok(reading.await.map_err(|error| RunError::Defect(error.to_string()))??) };
    or_interrupted(read, stop).await
}

/// A note in passing: no command depends on it.
async fn mark_used(choice: &CredentialChoice) {
    let choice = choice.clone();
    match tokio::task::spawn_blocking(move || choice.mark_used()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the credential's last use is not noted"),
        Err(error) => tracing::debug!(%error, "the credential's last use is not noted"),
    }
}

/// The outcome of `work`, unless the run is stopped first.
pub(super) async fn or_interrupted<T>(
    work: impl Future<Output = Result<T, RunError>>,
    stop: &Stop,
) -> Result<T, RunError> {
    tokio::select! {
        done = work => done,
        () = stop.requested() => Err(interrupted(stop)),
    }
}

/// Limits and way as the client wants them.
pub(super) struct Network {
    pub(super) pacing: Pacing,
    pub(super) transport: Transport,
}

impl Network {
    pub(super) fn of(limits: &Limits, http: &HttpSettings) -> Self {
        let pacing = Pacing {
            requests_per_second: limits.requests_per_second,
            max_in_flight: limits.max_in_flight,
            max_attempts: limits.max_attempts,
            request_timeout: limits.request_timeout,
            retry_for: limits.retry_for,
            first_retry_delay: limits.first_retry_delay,
        };
        let transport = Transport {
            authorities: http.ca_file.as_ref().map(|file| Arc::clone(&file.pem)),
            connect_timeout: http.connect_timeout,
            proxy: http.proxy.as_ref().map(|proxy| proxy.expose().to_owned()),
        };
        Self { pacing, transport }
    }
}

/// The error for a run that was stopped before it had anything to report.
pub(crate) fn interrupted(stop: &Stop) -> RunError {
    match stop.cause() {
        Some(Cause::LoginLost(lost)) => RunError::LoginLost(lost.clone()),
        Some(Cause::LockLost(lost)) => RunError::LockLost(lost.clone()),
        Some(Cause::Signal(signal)) => RunError::Interrupted(*signal),
        None => RunError::Defect("stopped without a cause".to_owned()),
    }
}
