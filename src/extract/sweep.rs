//! The id sweep: all issues that a search finds, as ids only, 5000 a page (`search/jql` allows that
//! many only while nothing but ids or keys is asked for).

use super::record::plain_at;
use super::{Context, ExtractError, IssuesJob, Millis, Target};
use crate::catalog::{Body, Endpoint, Method, PageStyle, Pointer, Shape, Window};
use crate::jira::{Call, Pager, cut, json};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use std::collections::HashSet;
use tokio::sync::mpsc;

/// Where issues are searched for.
pub(crate) const SEARCH_PATH: &str = "/rest/api/3/search/jql";

/// Issues to find in a look, where other feeds are asked for each.
const ISSUES_LOOKED_AT: u32 = 50;

/// Ids of one search page.
pub(crate) type IdPage = Vec<String>;

/// Sends every id that `jql` finds and that is still to be read to each of `readers`. A reader that has gone
/// away is left out; when all have, the sweep ends.
pub(crate) async fn sweep(
    context: &Context,
    job: &IssuesJob,
    jql: &str,
    mut readers: Readers,
) -> Result<(), ExtractError> {
    let mut search = Search::new(context, &job.issues, jql, "id");
    while !readers.are_gone()
        && let Some(found) = search.next().await?
    {
        let left = found.into_iter().filter(|issue| !job.done.contains(issue.id));
        readers.send(left.map(|issue| issue.id.to_string()).collect()).await;
    }
    Ok(())
}

/// Those who wait for ids.
pub(crate) struct Readers(Vec<mpsc::Sender<IdPage>>);

impl Readers {
    pub(crate) fn new(readers: impl IntoIterator<Item = mpsc::Sender<IdPage>>) -> Self {
        Self(readers.into_iter().collect())
    }

    pub(crate) fn are_gone(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) async fn send(&mut self, ids: IdPage) {
        let mut listening = Vec::new();
        for reader in self.0.drain(..) {
            if ids.is_empty() || reader.send(ids.clone()).await.is_ok() {
                listening.push(reader);
            }
        }
        self.0 = listening;
    }
}

/// An issue that a search found.
pub(crate) struct FoundIssue {
    pub(crate) id: u64,
    /// The project's part of its key, where keys were asked for.
    pub(crate) project: Option<String>,
}

/// The pages of a search for issues, each issue once.
pub(crate) struct Search<'a> {
    context: &'a Context,
    target: &'a Target,
    endpoint: Endpoint,
    /// None after the last page.
    pager: Option<Pager>,
    seen: HashSet<u64>,
}

impl<'a> Search<'a> {
    /// A search that gives `field`: `id` or `key`, since with any other a page has 100 issues.
    pub(crate) fn new(
        context: &'a Context,
        target: &'a Target,
        jql: &str,
        field: &'static str,
    ) -> Self {
        let endpoint = search(jql, field);
        // A look at what hangs on issues needs some to choose from.
        let page_size = match context.sample {
            Some(_) if target.outlet.has_children() => ISSUES_LOOKED_AT,
            _ => context.page_size(endpoint.page_size),
        };
        let pager = Some(Pager::new(endpoint.page, page_size));
        Self { context, target, endpoint, pager, seen: HashSet::new() }
    }

    /// The issues of the next page; none after the last one, which for a look is the first.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<FoundIssue>>, ExtractError> {
        let Some(pager) = &mut self.pager else { return Ok(None) };
        let call = Call::for_page(&self.endpoint, &|_| None, pager.parameters());
        let unusable = |why: &dyn std::fmt::Display| self.target.unusable(&call, why);
        let answer = self.context.client.call(&call, &self.target.asked).await?;
        if let Some(warning) = truncation(&answer.body) {
            return Err(unusable(&warning));
        }
        let page = cut(&answer.body, &self.endpoint).map_err(|shape| unusable(&shape))?;
        let mut found = Vec::with_capacity(page.records.len());
        for record in &page.records {
            let id = number_at(record, "id").map_err(|why| unusable(&why))?;
            if self.seen.insert(id) {
                found.push(FoundIssue { id, project: project_of(record) });
            }
        }
        let has_more = pager.advance(&page.marks).map_err(|why| unusable(&why))?;
        if !has_more || self.context.sample.is_some() {
            self.pager = None;
        }
        Ok(Some(found))
    }
}

/// `ENG` of the key `ENG-12`.
fn project_of(issue: &Bytes) -> Option<String> {
    let key = plain_at(issue, &Pointer::default().join("key"))?;
    key.rsplit_once('-').map(|(project, _)| project.to_owned())
}

fn number_at(record: &Bytes, key: &str) -> Result<u64, String> {
    let digits = plain_at(record, &Pointer::default().join(key));
    digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| format!("the answer has a record without a numeric `{key}`"))
}

/// The ids of `pages` in chunks of at most `size`.
pub(crate) fn id_chunks(
    pages: mpsc::Receiver<IdPage>,
    size: usize,
) -> impl Stream<Item = Vec<String>> {
    stream::unfold(pages, |mut pages| async move { Some((pages.recv().await?, pages)) })
        .flat_map(move |ids| stream::iter(ids.chunks(size).map(<[_]>::to_vec).collect::<Vec<_>>()))
}

/// The ids of a page that no page before had: what a search finds moves while it is read.
pub(crate) fn fresh(
    records: &[Bytes],
    key: &str,
    seen: &mut HashSet<u64>,
) -> Result<IdPage, String> {
    let mut ids = IdPage::with_capacity(records.len());
    for record in records {
        let id = number_at(record, key)?;
        if seen.insert(id) {
            ids.push(id.to_string());
        }
    }
    Ok(ids)
}

/// Which issues a search finds, of those that the JQL of the config chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Bound {
    /// All of them. Jira refuses a search without a bound, so there is one that every issue meets.
    #[default]
    All,
    /// Those that have changed from a moment on.
    ChangedSince(Millis),
    /// Those that came to be, or have changed last, in a window.
    Within(IssueDate, Window),
}

/// The date of an issue that decides whether it lies in a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IssueDate {
    /// When it came to be.
    #[default]
    Created,
    /// When it changed last.
    Updated,
}

impl Bound {
    /// The search, in its order: `created` never changes, so pages do not shift while issues are edited.
    #[must_use]
    pub(crate) fn ordered_jql(self, filter: Option<&str>) -> String {
        format!("{} ORDER BY created ASC, key ASC", self.jql(filter))
    }

    /// The search without an order, as counting wants it.
    #[must_use]
    pub fn jql(self, filter: Option<&str>) -> String {
        match filter {
            Some(filter) => format!("({filter}) AND {self}"),
            None => self.to_string(),
        }
    }
}

/// Epoch milliseconds are the same in every time zone, and a date in quotes is not.
impl std::fmt::Display for Bound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => formatter.write_str("created >= 0"),
            Self::ChangedSince(since) => write!(formatter, "updated >= {since}"),
            Self::Within(date, Window { since, until }) => {
                write!(formatter, "{date} >= {since} AND {date} < {until}")
            }
        }
    }
}

impl std::fmt::Display for IssueDate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Created => "created",
            Self::Updated => "updated",
        })
    }
}

fn search(jql: &str, field: &'static str) -> Endpoint {
    Endpoint {
        method: Method::Post,
        path: SEARCH_PATH.to_owned(),
        query: Vec::new(),
        body: Body::from_iter([
            ("jql".to_owned(), jql.into()),
            ("fields".to_owned(), vec![field].into()),
        ]),
        page: PageStyle::Token,
        page_size: 5000,
        records: Pointer::default().join("issues"),
        shape: Shape::default(),
        headers: Vec::new(),
    }
}

/// Since mid-2026 a search can say that it was cut short; a list that is not whole is an error.
fn truncation(body: &Bytes) -> Option<String> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let warnings = json::member(text, "warnings").and_then(json::items)?;
    let said = warnings.iter().find(|warning| warning.to_ascii_lowercase().contains("truncat"))?;
    let message = json::member(said, "message").and_then(json::plain);
    Some(format!("Jira cut the search short: {}", message.as_deref().unwrap_or(said)))
}
