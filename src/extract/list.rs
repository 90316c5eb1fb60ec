//! The pages of one endpoint, one after the other: the strategy of most feeds, and a part of the others.

use super::record::records_of;
use super::{Context, ExtractError, RecordPage, Target};
use crate::catalog::Endpoint;
use crate::columns::Bindings;
use crate::jira::{Call, Pager, cut, json};
use std::sync::Arc;

/// Reads a feed that has one endpoint for the whole site.
pub async fn list(context: &Context, target: &Target) {
    let result = match &target.feed.each {
        None => pages_or_fallback(context, target, &Arc::default()).await,
        Some((name, values)) => for_each(context, target, name, values).await,
    };
    end(target, result);
}

async fn for_each(
    context: &Context,
    target: &Target,
    name: &str,
    values: &[String],
) -> Result<(), ExtractError> {
    for value in values {
        let json = serde_json::Value::from(value.as_str()).to_string();
        let bound = Arc::new(Bindings::new([(name.to_owned(), json)]));
        pages_or_fallback(context, target, &bound).await?;
    }
    Ok(())
}

/// Records how a feed ended and tells its children.
pub(crate) fn end(target: &Target, result: Result<(), ExtractError>) {
    target.tell_children(&result);
    if let Err(error) = result {
        target.fail(error);
    }
}

/// Sends the records of all pages of the feed's endpoint, or of its second one where Jira does not
/// have the first. Once the second has answered, the first is not asked any more.
pub(crate) async fn pages_or_fallback(
    context: &Context,
    target: &Target,
    above: &Arc<Bindings>,
) -> Result<(), ExtractError> {
    let endpoint = target.endpoint()?;
    let Some(fallback) = &target.feed.fallback else {
        return pages(context, target, endpoint, above).await;
    };
    if target.uses_fallback() {
        return pages(context, target, &fallback.endpoint, above).await;
    }
    let mut reader = PageReader::new(context, target, endpoint, above);
    let first = match reader.next().await {
        Err(ExtractError::Denied(first) | ExtractError::NotAvailable(first))
            if first.status.is_some_and(|status| fallback.when.contains(&status)) =>
        {
            first
        }
        Err(other) => return Err(other),
        Ok(page) => return send_all(target, page, reader).await,
    };
    match pages(context, target, &fallback.endpoint, above).await {
        Ok(()) => target.switch_to_fallback(),
        Err(ExtractError::Denied(second)) => return Err(ExtractError::Denied(second)),
        Err(ExtractError::NotAvailable(_)) => return Err(ExtractError::NotAvailable(first)),
        Err(other) => return Err(other),
    }
    tracing::info!(feed = %target.feed.name, path = %fallback.endpoint.path, "read from the second endpoint");
    Ok(())
}

/// Sends the records of all pages of `endpoint`, asked with `above` for its placeholders.
pub(crate) async fn pages(
    context: &Context,
    target: &Target,
    endpoint: &Endpoint,
    above: &Arc<Bindings>,
) -> Result<(), ExtractError> {
    let mut reader = PageReader::new(context, target, endpoint, above);
    let first = reader.next().await?;
    send_all(target, first, reader).await
}

async fn send_all(
    target: &Target,
    first: Option<RecordPage>,
    mut reader: PageReader<'_>,
) -> Result<(), ExtractError> {
    let mut next = first;
    while let Some(page) = next {
        target.deliver(page.records, page.received_at).await?;
        next = reader.next().await?;
    }
    Ok(())
}

/// The pages of a list, one at a time.
pub(crate) struct PageReader<'a> {
    context: &'a Context,
    target: &'a Target,
    endpoint: &'a Endpoint,
    above: &'a Arc<Bindings>,
    /// None after the last page.
    pager: Option<Pager>,
    /// Records of the pages before.
    read: usize,
}

impl<'a> PageReader<'a> {
    pub(crate) fn new(
        context: &'a Context,
        target: &'a Target,
        endpoint: &'a Endpoint,
        above: &'a Arc<Bindings>,
    ) -> Self {
        // A look at a child needs some parents to choose from.
        let page_size = if target.outlet.has_children() {
            endpoint.page_size
        } else {
            context.page_size(endpoint.page_size)
        };
        let pager = Some(Pager::new(endpoint.page, page_size));
        Self { context, target, endpoint, above, pager, read: 0 }
    }

    /// Whether more than a page is wanted: a look is content with one, unless it is at every parent.
    fn goes_on(&self) -> bool {
        let sample = self.context.sample.as_ref();
        sample.is_none_or(|sample| sample.every_parent && self.target.outlet.has_children())
    }

    /// The records of the next page; none after the last, which for a look is the first.
    pub(crate) async fn next(&mut self) -> Result<Option<RecordPage>, ExtractError> {
        let Some(pager) = &mut self.pager else { return Ok(None) };
        let window = self.target.window(self.context);
        let bound =
            |name: &str| self.above.get(name).and_then(json::plain).or_else(|| window.value(name));
        let call = Call::for_page(self.endpoint, &bound, pager.parameters());
        let unusable = |why: &dyn std::fmt::Display| self.target.unusable(&call, why);
        let answer = self.context.client.call(&call, &self.target.asked).await?;
        let page = cut(&answer.body, self.endpoint).map_err(|shape| unusable(&shape))?;
        let records = records_of(&page, self.endpoint, self.above, self.read);
        self.target.check(&page, &records).map_err(|why| unusable(&why))?;
        let has_more = pager.advance(&page.marks).map_err(|why| unusable(&why))?;
        if !has_more || !self.goes_on() {
            self.pager = None;
        }
        if let (None, Some(total)) = (&self.pager, page.marks.total.filter(|_| has_more)) {
            self.target.outlet.announce(total);
        }
        self.read += page.records.len();
        Ok(Some(RecordPage { records, received_at: answer.received_at }))
    }
}
