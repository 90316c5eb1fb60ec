//! `jira-feeds demo`: the sandbox's site, extracted for real over HTTP.

use super::arguments::DemoArguments;
use super::failure::Failure;
use super::printer::Printer;
use super::run::extract;
use crate::catalog::Catalog;
use crate::config::{DestinationSettings, HttpSettings, Limits, PartitionBy, Settings};
use crate::credential::{CredentialChoice, CredentialEntry, Route, SecretSource, SiteUrl};
use crate::run::{FailOn, RunRequest};
use jira_sandbox::{Sandbox, SiteOptions, Switch};
use std::collections::BTreeMap;

/// The sandbox's account that may read everything.
const USERNAME: &str = "admin@sandbox.example";
const TOKEN: &str = "admin-token";

pub(crate) async fn demo(arguments: &DemoArguments, printer: Printer) -> Result<u8, Failure> {
    // What is denied to an account is half of what there is to see.
    let options =
        SiteOptions::new(arguments.issues, arguments.seed).with(Switch::PrivateBoardsOfOthers);
    let sandbox = Sandbox::start(options)
        .await
        .map_err(|error| Failure::unexpected("serve the made-up site", &error))?;
    printer.note(&format!(
        "a made-up Jira site with {} issues is served at {}",
        arguments.issues,
        sandbox.url()
    ));
    let settings = settings(&sandbox.url(), &arguments.destination)?;
    let request = RunRequest::new(None, None, FailOn::Nothing);
    let code = extract(&settings, &request, printer).await;
    sandbox.shutdown().await;
    printer.note(&format!(
        "look at it with DuckDB: select count(*) from '{}/issues/**/*.parquet'",
        arguments.destination.trim_end_matches('/')
    ));
    code
}

fn settings(site: &str, destination: &str) -> Result<Settings, Failure> {
    let site =
        SiteUrl::parse(site).map_err(|error| Failure::unexpected("name the site", &error))?;
    let catalog = Catalog::with_custom([])?;
    let entry = CredentialEntry {
        name: "demo".to_owned(),
        description: "The made-up site's administrator".to_owned(),
        site,
        route: Route::default(),
        username: USERNAME.to_owned(),
        api_token: SecretSource::inline(TOKEN),
        place: "the demo".to_owned(),
    };
    Ok(Settings {
        credential: CredentialChoice {
            entries: BTreeMap::from([(entry.name.clone(), entry)]),
            ..CredentialChoice::default()
        },
        feeds: catalog.select(&["*".to_owned()])?,
        catalog,
        destination: DestinationSettings {
            url: destination.to_owned(),
            partition_by: PartitionBy::default(),
            lock_lease: std::time::Duration::from_mins(1),
            savepoint_every: std::num::NonZeroUsize::MAX,
            options: std::collections::BTreeMap::new(),
        },
        limits: Limits::default(),
        http: HttpSettings::default(),
        feed_options: BTreeMap::new(),
    })
}
