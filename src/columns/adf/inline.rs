//! The text of a block: marks, breaks, and what must be escaped to stay text.

use super::escape::{Context, escape};
use super::node::{Mark, Node};
use super::writer::Break;
use std::borrow::Cow;

/// Whether a node is part of a line rather than a block.
pub(super) fn is_inline(node: &Node<'_>) -> bool {
    node.text.is_some()
        || matches!(
            node.kind.as_ref(),
            "text"
                | "hardBreak"
                | "mention"
                | "emoji"
                | "inlineCard"
                | "date"
                | "status"
                | "placeholder"
                | "mediaInline"
                | "inlineExtension"
        )
}

/// The Markdown of inline nodes.
pub(super) fn render(nodes: &[Node<'_>], breaks: Break) -> String {
    let mut line = Line { out: String::new(), open: Vec::new(), space: String::new(), breaks };
    line.nodes(nodes);
    line.close_to(0);
    line.out
}

/// The name of a media node: what it shows, or which file it is.
pub(super) fn media(node: &Node<'_>) -> String {
    let name = ["alt", "id", "url"]
        .iter()
        .find_map(|name| node.attr(name).filter(|name| !name.is_empty()));
    let mut label = String::new();
    escape(name.as_deref().unwrap_or_default(), Context::LABEL, &mut label);
    match node.attr("url") {
        Some(url) if node.attr("type").as_deref() == Some("external") => {
            format!("![{label}]({})", destination(&url))
        }
        _ => label,
    }
}

/// The link of a card.
pub(super) fn card(node: &Node<'_>) -> String {
    let url = node.attr("url").or_else(|| node.inner_attr("data", "url"));
    url.map(|url| link(&url)).unwrap_or_default()
}

struct Line<'a> {
    out: String,
    /// Marks that have begun.
    open: Vec<Mark<'a>>,
    /// Space and breaks that come before the next text, outside of marks that end or begin there.
    space: String,
    breaks: Break,
}

impl<'a> Line<'a> {
    fn nodes(&mut self, nodes: &[Node<'a>]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node<'a>) {
        match node.kind.as_ref() {
            "hardBreak" => self.break_line(),
            "mention" => self.mention(node),
            "emoji" => self.words(node.attr("text").or_else(|| node.attr("shortName")), node),
            "status" | "placeholder" => self.words(node.attr("text"), node),
            "date" => self.words(node.attr("timestamp").map(calendar_day), node),
            "inlineCard" | "blockCard" | "embedCard" => self.atom(&card(node), &node.marks),
            "media" | "mediaInline" => self.atom(&media(node), &node.marks),
            _ if node.content.is_empty() => {
                self.words(node.text.clone().or_else(|| node.attr("text")), node);
            }
            _ => {
                self.words(node.text.clone(), node);
                self.nodes(&node.content);
            }
        }
    }

    fn mention(&mut self, node: &Node<'a>) {
        let id = || node.attr("id").map(|id| Cow::Owned(format!("@{id}")));
        self.words(node.attr("text").filter(|text| !text.is_empty()).or_else(id), node);
    }

    fn words(&mut self, text: Option<Cow<'a, str>>, node: &Node<'a>) {
        let text = text.unwrap_or_default();
        match node.marks.split_last() {
            Some((Mark::Code, marks)) => self.atom(&code_span(&text), marks),
            _ if is_link_to_itself(&text, &node.marks) => {
                self.atom(&link(&text), node.marks.get(1..).unwrap_or_default());
            }
            _ => {
                for (number, line) in text.split('\n').enumerate() {
                    if number > 0 {
                        self.break_line();
                    }
                    self.text(line.trim_end_matches('\r'), &node.marks);
                }
            }
        }
    }

    fn break_line(&mut self) {
        self.space.truncate(self.space.trim_end_matches([' ', '\t']).len());
        self.space.push_str(match self.breaks {
            Break::Hard => "\\\n",
            Break::Space => " ",
            Break::Tag => "<br>",
        });
    }

    /// Text without breaks. Markdown has no marks around space, so that goes outside of them.
    fn text(&mut self, text: &str, marks: &[Mark<'a>]) {
        let tail = text.trim_start();
        let core = tail.trim_end();
        if !self.space.ends_with(['\n', '>']) {
            self.space.push_str(&text[..text.len() - tail.len()]);
        }
        if !core.is_empty() {
            self.begin(marks);
            let context = Context {
                in_label: matches!(self.open.first(), Some(Mark::Link(_))),
                is_struck: self.open.contains(&Mark::Strike),
            };
            escape(core, context, &mut self.out);
            self.space.push_str(&tail[core.len()..]);
        }
    }

    /// Markdown as it is.
    fn atom(&mut self, markdown: &str, marks: &[Mark<'a>]) {
        if !markdown.is_empty() {
            self.begin(marks);
            self.out.push_str(markdown);
        }
    }

    /// Ends marks that are not among these, writes the space, and begins those that are not open.
    fn begin(&mut self, marks: &[Mark<'a>]) {
        let common = self.open.iter().zip(marks).take_while(|(open, mark)| open == mark).count();
        self.close_to(common);
        let space = std::mem::take(&mut self.space);
        if !self.out.is_empty() {
            self.out.push_str(&space);
        }
        for mark in marks.iter().skip(common) {
            if matches!(mark, Mark::Link(_)) && self.out.ends_with('!') {
                self.out.insert(self.out.len() - 1, '\\');
            }
            self.out.push_str(delimiter(mark));
            self.open.push(mark.clone());
        }
    }

    fn close_to(&mut self, count: usize) {
        while self.open.len() > count
            && let Some(mark) = self.open.pop()
        {
            match mark {
                Mark::Link(target) => {
                    self.out.push_str("](");
                    self.out.push_str(&destination(&target));
                    self.out.push(')');
                }
                mark => self.out.push_str(delimiter(&mark)),
            }
        }
    }
}

fn delimiter(mark: &Mark<'_>) -> &'static str {
    match mark {
        Mark::Link(_) => "[",
        Mark::Strong => "**",
        Mark::Em => "*",
        Mark::Strike => "~~",
        Mark::Code => "`",
    }
}

fn is_link_to_itself(text: &str, marks: &[Mark<'_>]) -> bool {
    matches!(marks.first(), Some(Mark::Link(target)) if target == text) && is_autolink(text)
}

fn is_autolink(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>'))
}

/// A link without a label.
fn link(url: &str) -> String {
    if is_autolink(url) {
        return format!("<{url}>");
    }
    let mut label = String::new();
    escape(url, Context::LABEL, &mut label);
    format!("[{label}]({})", destination(url))
}

/// Where a link leads, as it is written between its parentheses.
fn destination(url: &str) -> Cow<'_, str> {
    let is_plain = !url.is_empty()
        && !url.contains(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, '(' | ')' | '<' | '>' | '\\')
        });
    if is_plain {
        return Cow::Borrowed(url);
    }
    let mut escaped = String::from("<");
    for character in url.chars() {
        match character {
            '\n' | '\r' => escaped.push_str(if character == '\n' { "%0A" } else { "%0D" }),
            '<' | '>' | '\\' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped.push('>');
    Cow::Owned(escaped)
}

/// Code in a line: its fence is longer than any run of backticks in it.
fn code_span(code: &str) -> String {
    let code = code.replace(['\n', '\r'], " ");
    if code.is_empty() {
        return code;
    }
    let fence = "`".repeat(longest_run(&code, '`') + 1);
    let is_padded = code.starts_with(' ') && code.ends_with(' ') && !code.trim().is_empty();
    let needs_space = code.starts_with('`') || code.ends_with('`') || is_padded;
    let space = if needs_space { " " } else { "" };
    format!("{fence}{space}{code}{space}{fence}")
}

/// The length of the longest run of a character.
pub(super) fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0) / wanted.len_utf8()
}

/// The UTC day of epoch milliseconds, or the text as it is.
fn calendar_day(millis: Cow<'_, str>) -> Cow<'_, str> {
    let instant = millis.parse().ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    instant.map_or(millis, |at| jiff::tz::Offset::UTC.to_datetime(at).date().to_string().into())
}
