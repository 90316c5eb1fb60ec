//! Rich text (Atlassian Document Format) to Markdown, in GitHub's flavour.
//!
//! Any JSON may come in. A document that cannot be read has no text (its JSON is kept by the caller); what
//! lies deeper than [`node::DEEPEST`] is left out with an ellipsis, so that no document exhausts the stack.

mod block;
mod escape;
mod inline;
mod node;
mod writer;

/// The Markdown of a document, or the content of a plain string; none for any other value.
pub(super) fn markdown(value: &str) -> Option<String> {
    if value.starts_with('"') {
        return Some(node::lossy(value)?.into_owned());
    }
    let document = node::read(value).filter(|node| node.kind == "doc")?;
    let mut out = writer::Writer::default();
    block::blocks(&document.content, &mut out);
    Some(out.finish())
}

#[cfg(test)]
mod tests;
