//! `jira-feeds sandbox`: serves the made-up site until it is interrupted.

use super::arguments::SandboxArguments;
use super::failure::Failure;
use super::printer::Printer;
use jira_sandbox::{Sandbox, SiteOptions};
use std::net::{Ipv4Addr, SocketAddr};

pub(crate) async fn sandbox(arguments: &SandboxArguments, printer: Printer) -> Result<u8, Failure> {
    let mut signals = super::signals::Signals::listen();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, arguments.port));
    let options = SiteOptions::new(arguments.issues, arguments.seed);
    let sandbox = Sandbox::start_on(options, address)
        .await
        .map_err(|error| Failure::unexpected(&format!("serve on {address}"), &error))?;
    let accounts = ["admin", "plain", "nobrowse", "nosoftware", "locked"]
        .map(|name| (format!("{name}@sandbox.example"), format!("{name}-token")));
    let text = || {
        let lines = accounts.iter().map(|(username, token)| format!("  {username:<28} {token}\n"));
        format!(
            "A made-up Jira site with {} issues at {}\n\nAccounts and their API tokens\n{}\nCtrl-C ends it",
            arguments.issues,
            sandbox.url(),
            lines.collect::<String>()
        )
    };
    let value = serde_json::json!({ "url": sandbox.url(), "accounts": accounts });
    printer.result(text, &value);
    let signal = signals.next().await;
    tracing::info!(?signal, "stopping");
    sandbox.shutdown().await;
    Ok(0)
}
