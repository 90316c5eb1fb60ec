//! The names of columns: unique in their object for readers that fold case.

use crate::catalog::{Column, ColumnType};
use std::collections::HashSet;

/// The columns that a row can have beside the declared ones. No declared column takes such a name, also
/// where the option for it is off: it could be on in the next run.
pub(super) const SYSTEM_NAMES: &[&str] =
    &["_site", "_run_id", "_extracted_at", "_deleted", "_rescued", "_absent", "_raw"];

/// What a column is called in the schema.
pub(super) struct ColumnNames {
    pub(super) own: String,
    /// The text beside a rich text.
    pub(super) text: Option<String>,
}

/// The names in use in one object, in lower case.
#[derive(Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    pub(super) fn reserving(names: &[&str]) -> Self {
        Self(names.iter().map(|name| name.to_lowercase()).collect())
    }

    /// The names of all columns of an object, in their order. A name that is taken gets a number; texts
    /// beside others come last, so that they move no column of the catalogue.
    pub(super) fn claim_all(&mut self, columns: &[Column]) -> Vec<ColumnNames> {
        let own: Vec<_> = columns.iter().map(|column| self.claim(&column.name)).collect();
        let with_text = own.into_iter().zip(columns).map(|(own, column)| {
            let has_text = column.kind == ColumnType::Adf;
            let text = has_text.then(|| self.claim(&format!("{own}_text")));
            ColumnNames { own, text }
        });
        with_text.collect()
    }

    pub(super) fn claim(&mut self, name: &str) -> String {
        if self.0.insert(name.to_lowercase()) {
            return name.to_owned();
        }
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut unused = numbered.filter(|name| self.0.insert(name.to_lowercase()));
        unused.next().unwrap_or_default()
    }
}
