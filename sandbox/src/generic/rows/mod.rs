//! The rows, one file for each area.

pub(super) mod agile;
pub(super) mod configuration;
pub(super) mod desks;
pub(super) mod field_schemes;
pub(super) mod fields;
pub(super) mod issues;
mod people;
mod projects;
pub(super) mod properties;
pub(super) mod requests;
pub(super) mod screens;
pub(super) mod security;
pub(super) mod sharing;
mod versions;
pub(super) mod workflows;

use super::Endpoint;

/// Every row of the table.
pub(crate) fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    [
        configuration::ROWS,
        fields::ROWS,
        field_schemes::ROWS,
        screens::ROWS,
        security::ROWS,
        workflows::ROWS,
        projects::ROWS,
        versions::ROWS,
        issues::ROWS,
        properties::ROWS,
        people::ROWS,
        sharing::ROWS,
        agile::ROWS,
        desks::ROWS,
        requests::ROWS,
    ]
    .into_iter()
    .flatten()
}
