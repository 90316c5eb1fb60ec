//! The endpoints, one file for each area, and the table that names them all.

mod admin;
mod boards;
mod bulk;
mod desks;
mod fields;
mod issues;
mod login;
mod people;
mod projects;
mod search;
mod sharing;
mod software;
mod worklogs;

use crate::answer::Answer;
use crate::call::Call;

/// An endpoint.
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// The path as Atlassian documents it.
    pub(crate) template: &'static str,
    pub(crate) answer: fn(&Call<'_>) -> Answer,
}

const fn get(template: &'static str, answer: fn(&Call<'_>) -> Answer) -> Route {
    Route { method: "GET", template, answer }
}

const fn post(template: &'static str, answer: fn(&Call<'_>) -> Answer) -> Route {
    Route { method: "POST", template, answer }
}

/// Every endpoint of the site.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    [
        login::ROUTES,
        search::ROUTES,
        bulk::ROUTES,
        issues::ROUTES,
        worklogs::ROUTES,
        projects::ROUTES,
        fields::ROUTES,
        people::ROUTES,
        sharing::ROUTES,
        admin::ROUTES,
        boards::ROUTES,
        software::ROUTES,
        desks::ROUTES,
    ]
    .into_iter()
    .flatten()
}

/// Parts of `expand` as slices.
fn parts(expand: &[String]) -> Vec<&str> {
    expand.iter().map(String::as_str).collect()
}
