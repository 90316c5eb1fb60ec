//! Which fields of an issue a caller wants.

use super::custom::{self, CustomField};
use super::fields::{SYSTEM, is_navigable};

/// Which fields a caller wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    everything: bool,
    navigable: bool,
    named: Vec<String>,
    without: Vec<String>,
}

impl Selection {
    /// Reads a list such as `*all`, `-comment` or `summary`. A list of exclusions only is taken
    /// from `default`.
    pub(crate) fn parse(asked: &[String], default: &str) -> Self {
        let mut selection = Self::default();
        for word in asked {
            selection.add(word);
        }
        if !selection.everything && !selection.navigable && selection.named.is_empty() {
            selection.add(default);
        }
        selection
    }

    fn add(&mut self, word: &str) {
        match word {
            "*all" => self.everything = true,
            "*navigable" => self.navigable = true,
            _ => match word.strip_prefix('-') {
                Some(excluded) => self.without.push(excluded.to_owned()),
                None => self.named.push(field_id(word)),
            },
        }
    }

    /// Whether nothing but `id` and `key` was asked for.
    pub(crate) fn only_ids(&self) -> bool {
        !self.everything
            && !self.navigable
            && self.named.iter().all(|name| name == "id" || name == "key")
    }

    /// Whether nothing but `id` was asked for.
    pub(crate) fn only_id(&self) -> bool {
        self.only_ids() && self.named.iter().all(|name| name == "id")
    }

    /// The names, when nothing but names was asked for.
    pub(crate) fn explicit(&self) -> Option<&[String]> {
        (!self.everything && !self.navigable).then_some(&self.named)
    }

    /// Whether a field was asked for.
    pub(crate) fn wants(&self, id: &str) -> bool {
        let asked = self.everything
            || (self.navigable && is_navigable(id))
            || self.named.iter().any(|name| name == id);
        asked && !self.without.iter().any(|name| name == id)
    }
}

/// Fields may be named by their id or by a unique name; ids win.
fn field_id(word: &str) -> String {
    let system = SYSTEM.iter().find(|field| field.id == word || field.name == word);
    if let Some(field) = system {
        return field.id.to_owned();
    }
    let custom = custom::FIELDS.iter().find(|field| field.name == word);
    custom.map_or_else(|| word.to_owned(), CustomField::id)
}

/// Ids of the fields an issue of a project can have, for `names` and `schema`.
pub(crate) fn field_ids(selection: &Selection) -> Vec<String> {
    let system = SYSTEM.iter().map(|field| field.id.to_owned());
    let custom = custom::FIELDS.iter().map(CustomField::id);
    system.chain(custom).filter(|id| selection.wants(id)).collect()
}
