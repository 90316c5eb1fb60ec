//! Documents in the Atlassian Document Format, with every node a reader is likely to meet.

use serde_json::{Value, json};

use super::random::Dice;
use super::words;

/// Somebody a document may mention.
pub(crate) struct Mention {
    pub(crate) account_id: String,
    pub(crate) name: String,
}

/// A document of one to four blocks.
pub(crate) fn document(dice: &mut Dice, mention: &Mention) -> Value {
    let mut blocks = vec![paragraph(dice)];
    for _ in 0..dice.below(4) {
        blocks.push(block(dice, mention));
    }
    json!({"type": "doc", "version": 1, "content": blocks})
}

/// A document of one plain line.
pub(crate) fn line(text: &str) -> Value {
    json!({"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [plain(text)]}]})
}

/// A document with one of everything.
pub(crate) fn showcase(dice: &mut Dice, mention: &Mention) -> Value {
    let blocks: Vec<Value> = (0..BLOCKS).map(|kind| block_of(kind, dice, mention)).collect();
    json!({"type": "doc", "version": 1, "content": blocks})
}

const BLOCKS: u32 = 10;

fn block(dice: &mut Dice, mention: &Mention) -> Value {
    let kind = dice.below(BLOCKS);
    block_of(kind, dice, mention)
}

fn block_of(kind: u32, dice: &mut Dice, mention: &Mention) -> Value {
    match kind {
        0 => mentioning(dice, mention),
        1 => list("bulletList", dice),
        2 => list("orderedList", dice),
        3 => table(dice),
        4 => json!({"type": "codeBlock", "attrs": {"language": "rust"},
            "content": [plain("fn main() {\n    println!(\"<&>\");\n}")]}),
        5 => {
            json!({"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph(dice)]})
        }
        6 => {
            json!({"type": "heading", "attrs": {"level": 2}, "content": [plain(&words::title(dice))]})
        }
        7 => json!({"type": "blockquote", "content": [paragraph(dice)]}),
        8 => inline_objects(),
        _ => paragraph(dice),
    }
}

fn plain(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn marked(text: &str, mark: &str) -> Value {
    json!({"type": "text", "text": text, "marks": [{"type": mark}]})
}

fn paragraph(dice: &mut Dice) -> Value {
    let mut content = vec![plain(&words::sentence(dice))];
    match dice.below(6) {
        0 => content.push(marked(" Important.", "strong")),
        1 => content.push(json!({"type": "text", "text": " See the page", "marks": [
            {"type": "link", "attrs": {"href": "https://docs.sandbox.example/a?b=1&c=2"}}]})),
        2 => {
            content.push(json!({"type": "hardBreak"}));
            content.push(marked("let x = 1;", "code"));
        }
        _ => {}
    }
    json!({"type": "paragraph", "content": content})
}

fn mentioning(dice: &mut Dice, mention: &Mention) -> Value {
    json!({"type": "paragraph", "content": [
        {"type": "mention", "attrs": {
            "id": mention.account_id, "text": format!("@{}", mention.name), "accessLevel": ""}},
        plain(" "), plain(&words::sentence(dice)),
        {"type": "emoji", "attrs": {"shortName": ":tada:", "id": "1f389", "text": "🎉"}},
    ]})
}

fn list(kind: &str, dice: &mut Dice) -> Value {
    let items: Vec<Value> = (0..=dice.below(3))
        .map(|_| json!({"type": "listItem", "content": [paragraph(dice)]}))
        .collect();
    json!({"type": kind, "content": items})
}

fn table(dice: &mut Dice) -> Value {
    let cell = |kind: &str, text: &str| {
        json!({"type": kind, "attrs": {},
        "content": [{"type": "paragraph", "content": [plain(text)]}]})
    };
    let head = json!({"type": "tableRow", "content": [cell("tableHeader", "Name"), cell("tableHeader", "Value")]});
    let row = json!({"type": "tableRow", "content": [
        cell("tableCell", words::word(dice)), cell("tableCell", words::foreign(dice))]});
    json!({"type": "table", "attrs": {"isNumberColumnEnabled": false, "layout": "default"}, "content": [head, row]})
}

fn inline_objects() -> Value {
    json!({"type": "paragraph", "content": [
        {"type": "status", "attrs": {"text": "BLOCKED", "color": "red", "localId": "s-1"}},
        {"type": "date", "attrs": {"timestamp": "1735689600000"}},
        {"type": "inlineCard", "attrs": {"url": "https://sandbox.example/browse/CORE-1"}},
    ]})
}
