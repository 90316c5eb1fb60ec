//! A feed as the rest of the program sees it: checked, with every reference in its final type.

use super::entry::{EmbeddedEntry, FeedEntry, ParentEntry};
use super::pointer::parse_all;
use super::{CatalogError, Column, ColumnType, Endpoint, NamedTypes, Permission, Pointer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One named data set.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Unique, `snake_case`.
    pub name: String,
    /// The catalogue file it stands in; `custom` for a user's own.
    pub group: String,
    /// One line that says what a record is.
    pub title: String,
    /// Where the records are asked for; for an embedded feed, where its overflow is. None if it has none.
    pub endpoint: Option<Endpoint>,
    /// Names of the columns that tell one record from another.
    pub key: Vec<String>,
    /// The feed whose records this one is asked for, one by one.
    pub parent: Option<Parent>,
    /// The feed inside whose records these records arrive.
    pub embedded: Option<Embedded>,
    /// Which extractor reads it.
    pub strategy: Strategy,
    /// Declared columns, in order.
    pub columns: Vec<Column>,
    /// The object that also has one key for each field of the site (`/rest/api/3/field`).
    pub site_fields: Option<Pointer>,
    /// What the account must be allowed to do.
    pub needs: Permission,
    /// The plan, product or switch that the site must have, in words: "Jira Premium".
    pub feature: Option<String>,
    /// The scopes that a token with scopes needs to read it.
    pub scopes: Vec<String>,
    /// Statuses that mean "not permitted", beside 401 and 403.
    pub denied: Vec<u16>,
    /// Statuses that mean that the site, board or project does not have this.
    pub not_available: Vec<u16>,
    /// Jira leaves out what the account may not see instead of refusing.
    pub filtered: bool,
    /// The same record can come more than once; the first one counts.
    pub dedupe: bool,
    /// Not part of `"*"` or of its group: only when named.
    pub on_request: bool,
    /// Jira's documentation.
    pub docs: String,
}

/// The extractors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Pages of one endpoint.
    List,
    /// Pages of one endpoint for each parent.
    FanOut,
    /// Ids by search, rows by `issue/bulkfetch`.
    Issues,
    /// Histories by `changelog/bulkfetch` for the ids of the search.
    Changelogs,
    /// Ids by `worklog/updated`, rows by `worklog/list`.
    Worklogs,
    /// Cut out of another feed's records.
    Embedded,
    /// What the run has found out about permissions; nothing is asked for it.
    Permissions,
}

/// The feed that every run adds to.
pub const PERMISSIONS: &str = "_permissions";

/// The feed whose records another is asked for one by one, and what is taken from them.
#[derive(Debug, Clone)]
pub struct Parent {
    /// Name of the parent feed.
    pub feed: String,
    /// What people call one of its records: `board`.
    pub called: String,
    /// Placeholder or column = place in the parent's record.
    pub bind: BTreeMap<String, Pointer>,
    /// Parents that are known to have no such records.
    pub skip_when: Vec<(Pointer, serde_json::Value)>,
}

/// Where a feed's records stand in those of another.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// Name of the feed around it.
    pub host: String,
    /// The array, or how to find the fields that hold it.
    pub at: EmbeddedAt,
    /// The number of records that there are in truth.
    pub total: Option<Pointer>,
    /// Placeholder or column = place in the host's record.
    pub bind: BTreeMap<String, Pointer>,
}

/// The place of an embedded array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddedAt {
    /// The same in every record.
    Pointer(Pointer),
    /// Under `/fields`, in every field of the site that has this custom type.
    FieldType(String),
}

impl Feed {
    /// Whether `pattern` (a name, `group.*` or `*`) chooses this feed.
    #[must_use]
    pub fn is_selected_by(&self, pattern: &str) -> bool {
        match pattern.strip_suffix(".*") {
            _ if pattern == "*" => !self.on_request,
            Some(group) => group == self.group && !self.on_request,
            None => pattern == self.name,
        }
    }

    /// The feed that must be read for this one to be read: its parent or its host.
    #[must_use]
    pub fn above(&self) -> Option<&str> {
        let parent = self.parent.as_ref().map(|parent| parent.feed.as_str());
        parent.or_else(|| self.embedded.as_ref().map(|embedded| embedded.host.as_str()))
    }

    /// Whether the feed cannot be read without knowing the fields of the site.
    #[must_use]
    pub fn needs_site_fields(&self) -> bool {
        let is_found_by_type =
            |embedded: &Embedded| matches!(embedded.at, EmbeddedAt::FieldType(_));
        self.site_fields.is_some() || self.embedded.as_ref().is_some_and(is_found_by_type)
    }

    /// Whether this status means that the account lacks a right, for this feed.
    /// 403 means it everywhere; 401 too, once the login is known to be alive.
    #[must_use]
    pub fn is_denied_by(&self, status: u16) -> bool {
        matches!(status, 401 | 403) || self.denied.contains(&status)
    }

    /// Checks an entry and gives it its meaning.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] with the first key that is wrong.
    pub(crate) fn check(
        name: &str,
        group: &str,
        entry: FeedEntry,
        types: &NamedTypes,
    ) -> Result<Self, CatalogError> {
        let invalid = |key: &str| {
            let key = key.to_owned();
            move |reason: String| CatalogError::invalid(name, &key, reason)
        };
        check_name(name).map_err(invalid("name"))?;
        let endpoint = Endpoint::check(name, &entry)?;
        let parent = entry.parent.map(Parent::check).transpose().map_err(invalid("parent"))?;
        let embedded =
            entry.embedded.map(Embedded::check).transpose().map_err(invalid("embedded"))?;
        let strategy = entry.strategy.unwrap_or(match (&embedded, &parent) {
            (Some(_), _) => Strategy::Embedded,
            (None, Some(_)) => Strategy::FanOut,
            (None, None) => Strategy::List,
        });
        let needs =
            entry.needs.as_deref().unwrap_or("JIRA_ACCESS").parse().map_err(invalid("needs"))?;
        let site_fields = entry.site_fields.as_deref().map(Pointer::parse).transpose();
        let feed = Self {
            name: name.to_owned(),
            group: group.to_owned(),
            title: entry.title,
            endpoint,
            key: entry.key,
            parent,
            embedded,
            strategy,
            columns: types.columns(&entry.columns).map_err(invalid("columns"))?,
            site_fields: site_fields.map_err(invalid("site_fields"))?,
            needs,
            feature: entry.feature,
            scopes: entry.scopes.unwrap_or_else(|| vec!["read:jira-work".to_owned()]),
            denied: entry.denied,
            not_available: entry.not_available,
            filtered: entry.filtered,
            dedupe: entry.dedupe,
            on_request: entry.on_request,
            docs: entry.docs,
        };
        feed.check_agreement().map_err(|(key, reason)| CatalogError::invalid(name, key, reason))?;
        Ok(feed)
    }

    /// What no key shows alone: keys are columns, placeholders are bound.
    fn check_agreement(&self) -> Result<(), (&'static str, String)> {
        if (self.strategy == Strategy::Permissions) != (self.name == PERMISSIONS) {
            return Err(("strategy", format!("only the feed `{PERMISSIONS}` is read so")));
        }
        let is_asked_for = self.strategy != Strategy::Permissions;
        if is_asked_for && self.endpoint.is_none() && self.embedded.is_none() {
            return Err((
                "get",
                "a feed needs an endpoint (`get` or `post`) or a place in another (`embedded`)"
                    .into(),
            ));
        }
        if self.strategy == Strategy::Embedded && self.embedded.is_none() {
            return Err(("strategy", "an embedded feed needs `embedded`".into()));
        }
        if self.embedded.as_ref().is_some_and(|embedded| embedded.host != "issues") {
            return Err((
                "embedded",
                "only records of `issues` can be taken apart in this version".into(),
            ));
        }
        let is_own_pass = matches!(self.strategy, Strategy::Issues | Strategy::Changelogs);
        if is_own_pass && self.group != "issues" {
            return Err((
                "strategy",
                "issues and changelogs are read by the built-in feeds only".into(),
            ));
        }
        for key in &self.key {
            if !self.columns.iter().any(|column| column.key == *key) {
                return Err(("key", format!("`{key}` is not one of the columns")));
            }
        }
        let bound = self.bindings();
        for placeholder in self.endpoint.iter().flat_map(Endpoint::placeholders) {
            if !bound.contains_key(placeholder) {
                let known: Vec<_> = bound.keys().map(String::as_str).collect();
                return Err((
                    "get",
                    format!(
                        "nothing is bound to `{{{placeholder}}}`; bound are: {}",
                        known.join(", ")
                    ),
                ));
            }
        }
        Ok(())
    }

    /// What is taken from the record above: from the parent, or from the host.
    #[must_use]
    pub fn bindings(&self) -> BTreeMap<String, Pointer> {
        let parent = self.parent.iter().flat_map(|parent| &parent.bind);
        let host = self.embedded.iter().flat_map(|embedded| &embedded.bind);
        parent.chain(host).map(|(name, at)| (name.clone(), at.clone())).collect()
    }

    /// The type of the column at `pointer`, where the columns declare one.
    #[must_use]
    pub fn column_at(&self, pointer: &Pointer) -> Option<&ColumnType> {
        let mut columns = &self.columns;
        let (last, before) = pointer.steps().split_last()?;
        for step in before {
            match &columns.iter().find(|column| column.key == *step)?.kind {
                ColumnType::Struct(inner) => columns = inner,
                _ => return None,
            }
        }
        columns.iter().find(|column| column.key == *last).map(|column| &column.kind)
    }
}

impl Parent {
    fn check(entry: ParentEntry) -> Result<Self, String> {
        let skip_when = entry.skip_when.into_iter();
        Ok(Self {
            feed: entry.feed,
            called: entry.called,
            bind: parse_all(&entry.bind)?,
            skip_when: skip_when
                .map(|(at, value)| Ok((Pointer::parse(&at)?, value)))
                .collect::<Result<_, String>>()?,
        })
    }
}

impl Embedded {
    fn check(entry: EmbeddedEntry) -> Result<Self, String> {
        let at = match (entry.at, entry.field_type) {
            (Some(at), None) => EmbeddedAt::Pointer(Pointer::parse(&at)?),
            (None, Some(field_type)) => EmbeddedAt::FieldType(field_type),
            _ => return Err("give either `at` or `field_type`".into()),
        };
        let total = entry.total.as_deref().map(Pointer::parse).transpose()?;
        Ok(Self { host: entry.host, at, total, bind: parse_all(&entry.bind)? })
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let ok = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if ok {
        Ok(())
    } else {
        Err("names are snake_case: lower-case letters, digits and underscores".into())
    }
}
