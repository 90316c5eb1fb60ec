//! A feed as the rest of the program sees it: checked, with every reference in its final type.

use super::entry::FeedEntry;
use super::{
    CatalogError, Column, ColumnType, Embedded, EmbeddedAt, Endpoint, Fallback, Parent, Permission,
    Pointer, Shape, Window,
};
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
    /// Where else, if Jira does not have that endpoint.
    pub fallback: Option<Fallback>,
    /// Names of the columns that tell one record from another.
    pub key: Vec<String>,
    /// Where a record says when it came to be or changed last.
    pub cursor: Option<Pointer>,
    /// A placeholder and the values that the endpoint is asked with, one after the other.
    pub each: Option<(String, Vec<String>)>,
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
    /// Names that other connectors have for it.
    pub aliases: Vec<String>,
    /// Jira is going to remove the endpoint: what takes its place.
    pub deprecated: Option<String>,
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

impl Feed {
    /// Whether `pattern` (a name, `group.*` or `*`) chooses this feed.
    #[must_use]
    pub fn is_selected_by(&self, pattern: &str) -> bool {
        match pattern {
            "*" => !self.on_request,
            _ if self.is_of_group(pattern) => !self.on_request,
            _ => pattern == self.name,
        }
    }

    /// Whether `pattern` is `group.*` with this feed's group.
    pub(super) fn is_of_group(&self, pattern: &str) -> bool {
        pattern.strip_suffix(".*") == Some(self.group.as_str())
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
        self.site_fields.is_some() || self.is_found_by_field_type()
    }

    /// Whether its place in an issue depends on the fields of the site.
    #[must_use]
    pub fn is_found_by_field_type(&self) -> bool {
        let by_type = |embedded: &Embedded| matches!(embedded.at, EmbeddedAt::FieldType(_));
        self.embedded.as_ref().is_some_and(by_type)
    }

    /// Whether this status means that the account lacks a right, for this feed.
    /// 403 means it everywhere; 401 too, once the login is known to be alive.
    #[must_use]
    pub fn is_denied_by(&self, status: u16) -> bool {
        matches!(status, 401 | 403) || self.denied.contains(&status)
    }

    /// Checks an entry and gives it its meaning; `host` is the feed that it is embedded in.
    ///
    /// # Errors
    /// [`CatalogError::Invalid`] with the first key that is wrong.
    pub(crate) fn check(
        name: &str,
        group: &str,
        entry: FeedEntry,
        declared: Vec<Column>,
        host: Option<&Feed>,
    ) -> Result<Self, CatalogError> {
        let invalid = |key: &str| {
            let key = key.to_owned();
            move |reason: String| CatalogError::invalid(name, &key, reason)
        };
        check_name(name).map_err(invalid("name"))?;
        if entry.each.len() > 1 || (!entry.each.is_empty() && entry.parent.is_some()) {
            let reason = "only one placeholder has a list of values, and no parent beside it";
            return Err(invalid("each")(reason.into()));
        }
        let endpoint = Endpoint::check(name, &entry)?;
        let fallback = entry.fallback.as_ref().map(|entry| Fallback::check(name, entry));
        let shape = Shape::check(&entry).map_err(|(key, reason)| invalid(key)(reason))?;
        let parent = entry.parent.map(Parent::check).transpose().map_err(invalid("parent"))?;
        let embedded = entry.embedded.map(|entry| Embedded::check(entry, shape)).transpose();
        let embedded = embedded.map_err(invalid("embedded"))?;
        let strategy = entry.strategy.unwrap_or(match (&embedded, &parent) {
            (Some(_), _) => Strategy::Embedded,
            (None, Some(_)) => Strategy::FanOut,
            (None, None) => Strategy::List,
        });
        let of_host = host.map_or(Permission::JiraAccess, |host| host.needs);
        let needs = entry.needs.as_deref().map_or(Ok(of_host), str::parse);
        let site_fields = entry.site_fields.as_deref().map(Pointer::parse).transpose();
        let cursor = entry.cursor.as_deref().map(Pointer::parse).transpose();
        let feed = Self {
            name: name.to_owned(),
            group: group.to_owned(),
            title: entry.title,
            endpoint,
            fallback: fallback.transpose()?,
            key: entry.key,
            cursor: cursor.map_err(invalid("cursor"))?,
            columns: columns(declared, embedded.as_ref(), host),
            each: entry.each.into_iter().next(),
            parent,
            embedded,
            strategy,
            site_fields: site_fields.map_err(invalid("site_fields"))?,
            needs: needs.map_err(invalid("needs"))?,
            feature: entry.feature.or_else(|| host?.feature.clone()),
            scopes: entry
                .scopes
                .or_else(|| host.map(|host| host.scopes.clone()))
                .unwrap_or_else(|| vec!["read:jira-work".to_owned()]),
            denied: entry.denied,
            not_available: entry.not_available,
            // What is cut out of a record is missing where the record is.
            filtered: entry.filtered
                || host.is_some_and(|host| host.filtered || host.parent.is_some()),
            dedupe: entry.dedupe,
            on_request: entry.on_request,
            aliases: entry.aliases,
            deprecated: entry.deprecated,
            docs: host
                .filter(|_| entry.docs.is_empty())
                .map_or(entry.docs, |host| host.docs.clone()),
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
        let of_issues = |embedded: &Embedded| embedded.host == "issues";
        let needs_issues = |embedded: &Embedded| {
            embedded.total.is_some() || matches!(embedded.at, EmbeddedAt::FieldType(_))
        };
        if self.embedded.as_ref().is_some_and(|at| needs_issues(at) && !of_issues(at)) {
            return Err((
                "embedded",
                "`field_type` and `total` speak of issues; this feed is in another".into(),
            ));
        }
        let is_own_pass = matches!(self.strategy, Strategy::Issues | Strategy::Changelogs);
        if is_own_pass && self.group != "issues" {
            return Err((
                "strategy",
                "issues and changelogs are read by the built-in feeds only".into(),
            ));
        }
        for key in self.key.iter().filter(|_| !self.columns.is_empty()) {
            if !self.columns.iter().any(|column| column.key == *key) {
                return Err(("key", format!("`{key}` is not one of the columns")));
            }
        }
        self.check_placeholders()
    }

    fn check_placeholders(&self) -> Result<(), (&'static str, String)> {
        let listed = self.each.iter().map(|(name, _)| name.clone());
        let known: Vec<_> = self.bindings().into_keys().chain(listed).collect();
        if self.cursor.is_some() && self.strategy == Strategy::List && !self.is_windowed() {
            let reason = "a cursor needs `{since}` in the query or body: without it every record comes every time";
            return Err(("cursor", reason.into()));
        }
        let placeholders = self.endpoints().flat_map(Endpoint::placeholders);
        for placeholder in placeholders.filter(|name| !Window::is_placeholder(name)) {
            if let Some(reason) = Window::misspelt(placeholder) {
                return Err(("query", reason));
            }
            if !known.iter().any(|name| name == placeholder) {
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

    /// Whether it is asked for the window of a run.
    #[must_use]
    pub fn is_windowed(&self) -> bool {
        let mut placeholders = self.endpoints().flat_map(Endpoint::placeholders);
        placeholders.any(|name| Window::is_placeholder(name) && name.starts_with("since"))
    }

    /// Its endpoint and the fallback.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoint.iter().chain(self.fallback.iter().map(|fallback| &fallback.endpoint))
    }

    pub(super) fn shapes(&self) -> impl Iterator<Item = &Shape> {
        let own = self.endpoint.iter().map(|endpoint| &endpoint.shape);
        own.chain(self.embedded.iter().map(|embedded| &embedded.shape))
    }

    /// The columns that are filled from around a record: from above, or by its key or place.
    pub fn columns_from_around(&self) -> impl Iterator<Item = String> {
        let by_shape = self.shapes().flat_map(Shape::columns).map(str::to_owned);
        let listed = self.each.iter().map(|(name, _)| name.clone());
        self.bindings().into_keys().chain(listed).chain(by_shape)
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

/// The declared columns. Where there are none, those of the place in `host`, after what is taken
/// from around it.
fn columns(declared: Vec<Column>, embedded: Option<&Embedded>, host: Option<&Feed>) -> Vec<Column> {
    let (Some(embedded), Some(host), true) = (embedded, host, declared.is_empty()) else {
        return declared;
    };
    let EmbeddedAt::Pointer(at) = &embedded.at else { return declared };
    let taken = embedded
        .bind
        .iter()
        .filter_map(|(name, at)| Some(Column::new(name.clone(), host.column_at(at)?.clone())));
    let position = embedded.shape.position.iter().map(|name| Column::new(name, ColumnType::Int));
    let around: Vec<_> = taken.chain(position).collect();
    let place = match host.column_at(at) {
        Some(ColumnType::List(item)) => Some(&**item),
        other => other,
    };
    let own = match (place, &embedded.shape.wrap) {
        (Some(ColumnType::Struct(columns)), _) => columns.clone(),
        (Some(plain), Some(name)) => vec![Column::new(name, plain.clone())],
        _ => Vec::new(),
    };
    let own = own.into_iter().filter(|column| around.iter().all(|one| one.key != column.key));
    around.iter().cloned().chain(own).collect()
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
