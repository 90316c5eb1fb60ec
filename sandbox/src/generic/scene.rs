//! What a row draws its records from: the viewer's site, and the parents that were named.

use serde_json::Value;

use super::shapes;
use crate::site::heads::Head;
use crate::site::projects::Project;
use crate::site::random::{Dice, Subject};
use crate::site::{Board, View};

/// One request of one viewer, as the rows see it.
pub(crate) struct Scene<'a> {
    pub(crate) view: View<'a>,
    pub(crate) parents: &'a [String],
}

impl<'a> Scene<'a> {
    /// The `n`th parent's id.
    pub(crate) fn parent(&self, n: usize) -> &str {
        self.parents.get(n).map_or("", String::as_str)
    }

    /// The `n`th parent's id as a number.
    pub(crate) fn number(&self, n: usize) -> u32 {
        self.parent(n).parse().unwrap_or(0)
    }

    /// The ids in the `n`th parent's place; none where all are meant.
    pub(crate) fn named(&self, n: usize) -> Vec<&str> {
        self.parent(n).split(',').filter(|id| !id.is_empty()).collect()
    }

    pub(crate) fn dice(&self, subject: u64, key: u64) -> Dice {
        Dice::of(self.view.site.options.seed, Subject::Generic, subject << 40 | key)
    }

    /// A record of a documented shape, with some members given.
    pub(crate) fn record(&self, shape: &str, key: impl Into<u64>, given: Value) -> Value {
        shapes::record(self.view, shape, key.into(), given)
    }

    /// The project the `n`th parent is.
    pub(crate) fn project(&self, n: usize) -> Option<&'a Project> {
        self.view.project_named(self.parent(n))
    }

    /// The issue the `n`th parent is.
    pub(crate) fn issue(&self, n: usize) -> Option<&'a Head> {
        self.view.issue_named(self.parent(n))
    }

    /// The board the `n`th parent is.
    pub(crate) fn board(&self, n: usize) -> Option<&'a Board> {
        self.view.board_with_id(self.parent(n))
    }

    /// The live projects with an id in the `n`th place.
    pub(crate) fn projects_named(&self, n: usize) -> Vec<&'a Project> {
        let (view, ids) = (self.view, self.named(n));
        let all = view.projects_in(&[crate::site::projects::Stage::Live]);
        all.into_iter()
            .filter(|project| ids.is_empty() || ids.contains(&project.id.to_string().as_str()))
            .collect()
    }
}
