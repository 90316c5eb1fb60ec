//! The nodes of a document as they are read: in one pass, to a limited depth, no type or attribute refused.

use crate::columns::split::{self, unquote};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// How many nodes may stand inside each other. The parser bears 128 levels, and a node takes two.
pub(super) const DEEPEST: usize = 60;

/// Stands for what was left out.
const ELLIPSIS: &str = "…";

/// A node of any type.
#[derive(Debug, Default)]
pub(super) struct Node<'a> {
    pub(super) kind: Cow<'a, str>,
    pub(super) text: Option<Cow<'a, str>>,
    attrs: Option<&'a str>,
    pub(super) marks: Vec<Mark<'a>>,
    pub(super) content: Vec<Node<'a>>,
}

/// What is said of a text, from the outermost to the innermost.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark<'a> {
    Link(Cow<'a, str>),
    Strong,
    Em,
    Strike,
    Code,
}

impl<'a> Node<'a> {
    /// An attribute that is a string or a number.
    pub(super) fn attr(&self, name: &str) -> Option<Cow<'a, str>> {
        scalar(field(self.attrs?, name)?)
    }

    /// An attribute inside an attribute.
    pub(super) fn inner_attr(&self, outer: &str, name: &str) -> Option<Cow<'a, str>> {
        scalar(field(field(self.attrs?, outer)?, name)?)
    }

    fn set(&mut self, quoted_key: &str, value: &'a str) {
        match quoted_key {
            r#""type""# => self.kind = lossy(value).unwrap_or_default(),
            r#""text""# => self.text = lossy(value),
            r#""attrs""# => self.attrs = Some(value),
            r#""marks""# => self.marks = marks(value),
            _ => {}
        }
    }

    /// A text in bold.
    pub(super) fn strong(text: Cow<'a, str>) -> Self {
        Self { text: Some(text), marks: vec![Mark::Strong], ..Self::default() }
    }

    fn ellipsis() -> Self {
        Self { kind: "text".into(), text: Some(ELLIPSIS.into()), ..Self::default() }
    }
}

/// Reads a document; none if it is no object, or nodes do not stand where nodes belong.
pub(super) fn read(json: &str) -> Option<Node<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    NodeAt(1).deserialize(&mut deserializer).ok()
}

/// The content of a JSON string, with a replacement character for each lone surrogate.
pub(super) fn lossy(quoted: &str) -> Option<Cow<'_, str>> {
    struct Bytes;
    impl Visitor<'_> for Bytes {
        type Value = String;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a string")
        }
        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<String, E> {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }
    }
    unquote(quoted).or_else(|| {
        let mut deserializer = serde_json::Deserializer::from_str(quoted);
        deserializer.deserialize_bytes(Bytes).ok().map(Cow::Owned)
    })
}

fn scalar(value: &str) -> Option<Cow<'_, str>> {
    match value.as_bytes().first()? {
        b'"' => lossy(value),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(value)),
        _ => None,
    }
}

/// The value of a key, if the text is an object that has it.
fn field<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    split::entries(object, |key, value| {
        if unquote(key).is_some_and(|key| key == name) {
            found = Some(value);
        }
    })
    .ok()?;
    found
}

fn marks(json: &str) -> Vec<Mark<'_>> {
    let mut marks = Vec::new();
    // What is no array has no marks.
    let _ = split::items(json, |item| marks.extend(mark(item)));
    marks.sort();
    marks.dedup();
    marks
}

fn mark(json: &str) -> Option<Mark<'_>> {
    match scalar(field(json, "type")?)?.as_ref() {
        "strong" => Some(Mark::Strong),
        "em" => Some(Mark::Em),
        "strike" => Some(Mark::Strike),
        "code" => Some(Mark::Code),
        "link" => scalar(field(field(json, "attrs")?, "href")?).map(Mark::Link),
        _ => None,
    }
}

/// Reads a node at a depth.
struct NodeAt(usize);

/// Reads the nodes inside one, which are at a depth.
struct ContentAt(usize);

impl<'de> DeserializeSeed<'de> for NodeAt {
    type Value = Node<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for NodeAt {
    type Value = Node<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a node")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut node = Node::default();
        while let Some(key) = map.next_key::<&RawValue>()? {
            if key.get() != r#""content""# {
                node.set(key.get(), map.next_value::<&RawValue>()?.get());
            } else if self.0 < DEEPEST {
                node.content = map.next_value_seed(ContentAt(self.0 + 1))?;
            } else {
                map.next_value::<IgnoredAny>()?;
                node.content = vec![Node::ellipsis()];
            }
        }
        Ok(node)
    }
}

impl<'de> DeserializeSeed<'de> for ContentAt {
    type Value = Vec<Node<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ContentAt {
    type Value = Vec<Node<'de>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("nodes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = items.next_element_seed(NodeAt(self.0))? {
            nodes.push(node);
        }
        Ok(nodes)
    }
}
