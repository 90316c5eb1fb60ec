//! `jira-feeds credential list`

use super::view::View;
use super::{Cli, Failure, Printer, refused};
use crate::cli::arguments::Selection;
use crate::cli::table::table;
use crate::config;
use crate::credential::{Environment, Store};

pub(super) fn list(cli: &Cli, printer: Printer) -> Result<u8, Failure> {
    // A config that is wrong must not hide what is saved.
    let (mut views, problem) = match config::load(&cli.source(&Selection::default())) {
        Ok(loaded) => {
            let entries = loaded.settings.credential.entries;
            (entries.values().map(View::of_config).collect::<Vec<_>>(), None)
        }
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    let store = Store::of_user(&Environment::of_process()).map_err(refused)?;
    for (name, saved) in store.all().map_err(refused)? {
        views.push(match saved {
            Ok(saved) => View::of_saved(&saved, &store),
            Err(error) => View::of_damaged(&name, &error),
        });
    }
    if let Some(problem) = &problem {
        printer.note(&format!("the credentials of the config are not listed. {problem}"));
    }
    let values: Vec<_> = views.iter().map(View::value).collect();
    let value = serde_json::json!({
        "credentials": values, "config_problem": problem, "exit_code": 0,
    });
    printer.result(|| text(&views), &value);
    Ok(0)
}

fn text(views: &[View]) -> String {
    if views.is_empty() {
        return "No credential is saved, and none is configured. `jira-feeds credential add NAME` saves one".to_owned();
    }
    let headings = ["name", "from", "site", "username", "used", "tested", "token age", "expires"];
    let mut rows = table(&headings, &[]);
    for view in views {
        rows.add_row(view.row());
    }
    let problems = views.iter().filter_map(|view| Some((&view.name, view.problem.as_ref()?)));
    let problems = problems.map(|(name, problem)| format!("\n{name}: {problem}"));
    format!("{rows}\n{}", problems.collect::<String>())
}
