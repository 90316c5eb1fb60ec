//! Feeds that arrive inside the records of another: cut out of them, or, for issues, fetched where
//! Jira cut them short.

use super::list::PageReader;
use super::record::{Record, bindings_of, plain_at, shaped, values_at, wrap};
use super::{Context, Denial, ExtractError, Target};
use crate::catalog::{Embedded, EmbeddedAt, Method, Pointer};
use crate::columns::Bindings;
use crate::jira::Refusal;
use bytes::Bytes;
use std::sync::Arc;

/// An embedded feed of a run, with the places of its records known for this site.
pub struct EmbeddedTarget {
    /// The feed.
    pub target: Target,
    at: Vec<Pointer>,
    embedded: Embedded,
}

impl EmbeddedTarget {
    /// `fields_of_type` gives the ids of the site's fields that have a custom type.
    ///
    /// None if the feed is not embedded in another.
    pub fn new(target: Target, fields_of_type: impl Fn(&str) -> Vec<String>) -> Option<Self> {
        let embedded = target.feed.embedded.clone()?;
        let fields = Pointer::default().join("fields");
        let at = match &embedded.at {
            EmbeddedAt::Pointer(at) => vec![at.clone()],
            EmbeddedAt::FieldType(types) => {
                let ids = types.iter().flat_map(|custom| fields_of_type(custom));
                ids.map(|id| fields.join(&id)).collect()
            }
        };
        Some(Self { target, at, embedded })
    }

    /// Skips a feed whose fields the site does not have; to be called once its fields are known.
    pub fn skip_without_place(&self) {
        if let (EmbeddedAt::FieldType(types), true) = (&self.embedded.at, self.at.is_empty()) {
            let refusal = Refusal {
                feed: self.target.feed.name.clone(),
                method: Method::Get,
                template: "/rest/api/3/field".to_owned(),
                path: "/rest/api/3/field".to_owned(),
                status: Some(200),
                message: format!("the site has no field of the type {}", types.join(" or ")),
                attempts: 1,
                trace_id: None,
                lacks_scope: false,
            };
            self.target.fail(ExtractError::NotAvailable(Box::new(refusal)));
        }
    }

    /// The issue fields that must be asked for; none if all are.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &str> {
        self.at.iter().map(|at| at.steps().get(1).map_or("*all", String::as_str))
    }

    /// Sends what issues hold of this feed.
    pub(crate) async fn take(&self, context: &Context, issues: &[Record], received_at: i64) {
        if self.target.has_failed() {
            return;
        }
        let (wanted, looked_at) = self.target.wanted(issues);
        self.target.note_issues(&looked_at);
        if let Err(error) = self.take_all(context, &wanted, received_at).await {
            self.target.fail(error);
        }
    }

    /// Sends what records of any other feed hold of this one.
    pub(crate) async fn take_inline(&self, hosts: &[Record], received_at: i64) {
        if self.target.has_failed() {
            return;
        }
        let records = hosts.iter().flat_map(|host| self.inline(host, &self.bindings(host)));
        if let Err(error) = self.target.outlet.send(records.collect(), received_at).await {
            self.target.fail(error);
        }
    }

    async fn take_all(
        &self,
        context: &Context,
        issues: &[Record],
        received_at: i64,
    ) -> Result<(), ExtractError> {
        let mut records = Vec::new();
        for issue in issues {
            let bindings = self.bindings(issue);
            let inline = self.inline(issue, &bindings);
            if self.is_cut_short(&issue.json, inline.len()) {
                self.fetch_all(context, &issue.json, inline, &bindings, received_at).await?;
            } else {
                records.extend(inline);
            }
        }
        self.target.outlet.send(records, received_at).await
    }

    fn bindings(&self, host: &Record) -> Arc<Bindings> {
        Arc::new(bindings_of(host, &self.embedded.bind))
    }

    fn inline(&self, host: &Record, bindings: &Arc<Bindings>) -> Vec<Record> {
        let shape = &self.embedded.shape;
        let by_type = matches!(self.embedded.at, EmbeddedAt::FieldType(_));
        let of_place = |at: &Pointer| {
            let mut values = values_at(&host.json, at, shape.member.is_some() && !by_type);
            if by_type {
                // What a field holds stands under the field's id.
                let id = at.steps().last();
                for (_, name) in &mut values {
                    *name = id.cloned();
                }
            }
            shaped(values.into_iter(), shape, bindings)
        };
        // What Jira once wrote as a text is a record too.
        let as_object = |record: Record| Record { json: wrap("value", &record.json), ..record };
        self.at.iter().flat_map(of_place).map(as_object).collect()
    }

    /// Jira keeps only some comments (20 or 100) and worklogs (20) in an issue, and says how many there are.
    fn is_cut_short(&self, issue: &Bytes, inline: usize) -> bool {
        let total = self.embedded.total.as_ref().and_then(|at| plain_at(issue, at));
        total.and_then(|digits| digits.parse::<usize>().ok()).is_some_and(|total| total > inline)
    }

    /// All records of one issue from the feed's own endpoint. Where that is denied, what the issue
    /// held is kept and the denial noted.
    async fn fetch_all(
        &self,
        context: &Context,
        issue: &Bytes,
        inline: Vec<Record>,
        bindings: &Arc<Bindings>,
        received_at: i64,
    ) -> Result<(), ExtractError> {
        let endpoint = self.target.endpoint()?;
        self.target.update(|tally| tally.parents += 1);
        // Collected before it is sent: a denial after the first page must not leave rows that what the
        // issue held would repeat.
        match collect(PageReader::new(context, &self.target, endpoint, bindings)).await {
            Ok(records) => self.target.outlet.send(records, received_at).await,
            Err(ExtractError::Denied(refusal) | ExtractError::NotAvailable(refusal)) => {
                let key = plain_at(issue, &Pointer::default().join("key")).unwrap_or_default();
                let denial = Denial { parent: Some(format!("issue {key}")), refusal: *refusal };
                self.target.update(|tally| tally.denials.push(denial));
                if let Some(increment) = &self.target.increment {
                    increment.note_unread(issue_id(issue));
                }
                self.target.outlet.send(inline, received_at).await
            }
            Err(other) => Err(other),
        }
    }
}

fn issue_id(issue: &Bytes) -> u64 {
    let id = plain_at(issue, &Pointer::default().join("id"));
    id.and_then(|id| id.parse().ok()).unwrap_or_default()
}

async fn collect(mut reader: PageReader<'_>) -> Result<Vec<Record>, ExtractError> {
    let mut records = Vec::new();
    while let Some(page) = reader.next().await? {
        records.extend(page.records);
    }
    Ok(records)
}
