//! Blocks: paragraphs, lists, tables and what contains them.

use super::inline::{self, is_inline, longest_run};
use super::node::Node;
use super::writer::{Break, Gap, Writer};

/// Writes nodes below each other; inline nodes that stand among blocks become paragraphs.
pub(super) fn blocks(nodes: &[Node<'_>], out: &mut Writer) {
    parted(nodes, out, |_| Gap::Blank);
}

fn parted(nodes: &[Node<'_>], out: &mut Writer, gap_before: impl Fn(&Node<'_>) -> Gap) {
    for (number, group) in nodes.chunk_by(|a, b| is_inline(a) && is_inline(b)).enumerate() {
        let Some(first) = group.first() else { continue };
        if number > 0 {
            out.part(gap_before(first));
        }
        if is_inline(first) {
            out.block(&inline::render(group, out.breaks()));
        } else {
            block(first, out);
        }
    }
}

fn block(node: &Node<'_>, out: &mut Writer) {
    match node.kind.as_ref() {
        "paragraph" | "caption" => out.block(&inline::render(&node.content, out.breaks())),
        "heading" => heading(node, out),
        "bulletList" | "decisionList" => list(node, out, |_| "- ".to_owned()),
        "orderedList" => ordered_list(node, out),
        "taskList" => task_list(node, out),
        "table" => table(node, out),
        "codeBlock" => code_block(node, out),
        "blockquote" | "panel" => quote(node, out),
        "rule" => out.block("---"),
        "media" => out.block(&inline::media(node)),
        "blockCard" | "embedCard" => out.block(&inline::card(node)),
        "expand" | "nestedExpand" => expand(node, out),
        _ if node.content.is_empty() => {
            out.block(&inline::render(std::slice::from_ref(node), out.breaks()));
        }
        _ => blocks(&node.content, out),
    }
}

fn heading(node: &Node<'_>, out: &mut Writer) {
    let level = node.attr("level").and_then(|level| level.parse().ok()).unwrap_or(1_usize);
    let mut text = inline::render(&node.content, one_line(out));
    if text.ends_with('#') {
        text.insert(text.len() - 1, '\\');
    }
    if !text.is_empty() {
        out.block(&format!("{} {text}", "#".repeat(level.clamp(1, 6))));
    }
}

fn one_line(out: &Writer) -> Break {
    match out.breaks() {
        Break::Hard => Break::Space,
        other => other,
    }
}

fn list(node: &Node<'_>, out: &mut Writer, marker: impl Fn(usize) -> String) {
    for (number, child) in node.content.iter().enumerate() {
        if number > 0 {
            out.part(Gap::Line);
        }
        let marker = marker(number);
        let indent = indent(marker.len());
        item(child, marker, indent, out);
    }
}

/// Spaces as wide as a list's marker.
fn indent(width: usize) -> &'static str {
    const WIDEST: &str = "                        ";
    WIDEST.get(..width).unwrap_or(WIDEST)
}

fn ordered_list(node: &Node<'_>, out: &mut Writer) {
    let first = first_number(node);
    list(node, out, |number| format!("{}. ", first.saturating_add(number)));
}

fn first_number(node: &Node<'_>) -> usize {
    node.attr("order").and_then(|order| order.parse().ok()).unwrap_or(1)
}

fn task_list(node: &Node<'_>, out: &mut Writer) {
    for (number, child) in node.content.iter().enumerate() {
        if number > 0 {
            out.part(Gap::Line);
        }
        let is_done = child.attr("state").as_deref() == Some("DONE");
        match child.kind.as_ref() {
            // A list inside a list stands beside the item that it belongs to.
            "taskList" => {
                out.open("  ", "  ");
                task_list(child, out);
                out.close();
            }
            _ => item(child, if is_done { "- [x] " } else { "- [ ] " }.to_owned(), "  ", out),
        }
    }
}

/// An item of a list, with the lists in it close to its text.
fn item(node: &Node<'_>, marker: String, indent: &'static str, out: &mut Writer) {
    out.open(marker, indent);
    parted(&node.content, out, |next| match next.kind.as_ref() {
        "bulletList" | "taskList" | "decisionList" => Gap::Line,
        // Only a list that begins with 1 can follow a line of text.
        "orderedList" if first_number(next) == 1 => Gap::Line,
        _ => Gap::Blank,
    });
    out.close_item();
}

fn quote(node: &Node<'_>, out: &mut Writer) {
    out.open("> ", "> ");
    blocks(&node.content, out);
    out.close();
}

fn expand(node: &Node<'_>, out: &mut Writer) {
    if let Some(title) = node.attr("title").filter(|title| !title.trim().is_empty()) {
        let title = Node::strong(title);
        out.block(&inline::render(&[title], out.breaks()));
        out.part(Gap::Blank);
    }
    blocks(&node.content, out);
}

fn code_block(node: &Node<'_>, out: &mut Writer) {
    let code: String = node.content.iter().filter_map(|line| line.text.as_deref()).collect();
    let fence = "`".repeat(longest_run(&code, '`').max(2) + 1);
    let language = node.attr("language").unwrap_or_default().replace(['`', '\n', '\r'], "");
    out.block(&format!("{fence}{language}\n{code}\n{fence}"));
}

fn table(node: &Node<'_>, out: &mut Writer) {
    let rows: Vec<Vec<String>> =
        node.content.iter().map(|row| row.content.iter().map(cell).collect()).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    if width == 0 {
        return;
    }
    let has_header = node
        .content
        .first()
        .is_some_and(|row| row.content.iter().all(|cell| cell.kind == "tableHeader"));
    let (header, body) = rows.split_at(usize::from(has_header));
    let header = header.first().map_or(&[][..], Vec::as_slice);
    let mut lines = vec![table_row(header, width), format!("|{}", " --- |".repeat(width))];
    lines.extend(body.iter().map(|row| table_row(row, width)));
    out.block(&lines.join("\n"));
}

fn table_row(cells: &[String], width: usize) -> String {
    let cell = |place| cells.get(place).map_or("", String::as_str);
    (0..width).fold("|".to_owned(), |row, place| row + " " + cell(place) + " |")
}

/// A cell in one line.
fn cell(node: &Node<'_>) -> String {
    let mut out = Writer::for_cell();
    blocks(&node.content, &mut out);
    let text = out.finish();
    let lines: Vec<_> = text.split('\n').filter(|line| !line.is_empty()).collect();
    lines.join("<br>").replace('|', "\\|")
}
