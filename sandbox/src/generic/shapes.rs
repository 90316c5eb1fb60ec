//! Records made from documented shapes: every member by its type, and by its name where the type
//! says too little.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::site::clock::{self, DAY, END, START};
use crate::site::random::{Dice, Subject};
use crate::site::{BASE, View, catalogue, lookups, projects, words};

/// Stands in given members for one that the record must not have.
pub(crate) const ABSENT: &str = "@absent";

const FILES: [&str; 2] =
    [include_str!("../documented/shapes.txt"), include_str!("../documented/desk.txt")];

/// How deep shapes inside shapes are followed.
const DEEPEST: usize = 4;

/// A member of a shape.
struct Member {
    name: &'static str,
    required: bool,
    kind: &'static str,
}

static SHAPES: LazyLock<HashMap<&'static str, Vec<Member>>> = LazyLock::new(|| {
    let mut shapes: HashMap<&str, Vec<Member>> = HashMap::new();
    let mut current = "";
    for line in FILES.iter().flat_map(|file| file.lines()).filter(|line| !line.starts_with('#')) {
        if let Some(member) = line.strip_prefix(' ') {
            shapes.entry(current).or_default().extend(read(member));
        } else {
            current = line;
            shapes.entry(current).or_default();
        }
    }
    shapes
});

/// Reads `name! type`; the type is the last word.
fn read(line: &'static str) -> Option<Member> {
    let (name, kind) = line.rsplit_once(' ')?;
    let required = name.ends_with('!');
    Some(Member { name: name.trim_end_matches('!'), required, kind })
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// A record of a shape, in which the given members stand as they are.
pub(super) fn record(view: View<'_>, shape: &str, key: u64, given: Value) -> Value {
    let dice =
        Dice::of(view.site.options.seed, Subject::Generic, hash(shape) ^ key.rotate_left(32));
    let mut maker = Maker { view, dice, key };
    let given = if let Value::Object(given) = given { given } else { Map::new() };
    maker.object(shape, given, 0)
}

struct Maker<'a> {
    view: View<'a>,
    dice: Dice,
    key: u64,
}

impl Maker<'_> {
    fn object(&mut self, shape: &str, mut given: Map<String, Value>, depth: usize) -> Value {
        let mut fields = Map::new();
        for member in SHAPES.get(shape).map_or(&[][..], Vec::as_slice) {
            // The draw happens in any case, so that a given member does not move the others.
            let there = self.dice.chance(850) || member.required;
            if let Some(value) = given.remove(member.name) {
                if value != ABSENT {
                    fields.insert(member.name.to_owned(), value);
                }
                continue;
            }
            if NEVER_SENT.contains(&member.name) && !member.required {
                continue;
            }
            if there && let Some(value) = self.value(member.name, member.kind, depth) {
                fields.insert(member.name.to_owned(), value);
            }
        }
        given.retain(|_, value| *value != ABSENT);
        fields.extend(given);
        Value::Object(fields)
    }

    fn value(&mut self, name: &str, kind: &str, depth: usize) -> Option<Value> {
        if let Some(choices) = kind.strip_prefix('=') {
            let choices: Vec<&str> = choices.split('|').collect();
            return Some(json!(*self.dice.pick(&choices)));
        }
        if let Some(item) = kind.strip_prefix('[') {
            let item = item.trim_end_matches(']');
            let count = if depth >= DEEPEST { 0 } else { self.dice.below(4) };
            let items = (0..count).filter_map(|_| self.value(name, item, depth + 1));
            return Some(items.collect());
        }
        if kind.starts_with('{') {
            return Some(self.map(kind, depth));
        }
        match kind {
            "string" => Some(self.text(name)),
            "boolean" => Some(json!(self.dice.chance(500))),
            "int32" => Some(json!(self.dice.below(100))),
            "int64" => Some(self.integer(name)),
            "number" => Some(json!(f64::from(self.dice.below(80)) / 4.0)),
            "uri" => Some(json!(format!("{BASE}/{name}/{}", self.key))),
            "uuid" => Some(json!(self.dice.uuid())),
            "date-time" => Some(self.instant()),
            "any" => Some(json!({"value": self.dice.below(9)})),
            _ => self.entity(kind, depth),
        }
    }

    fn map(&mut self, kind: &str, depth: usize) -> Value {
        let inner = kind.trim_start_matches('{').trim_end_matches('}');
        let mut map = Map::new();
        for n in 0..self.dice.below(3) {
            if let Some(value) = self.value("entry", inner, depth + 1) {
                map.insert(format!("key{n}"), value);
            }
        }
        Value::Object(map)
    }

    fn integer(&mut self, name: &str) -> Value {
        match name {
            "id" => json!(10_000 + self.key % 100_000_000),
            _ if self.dice.chance(20) => json!(i64::MAX),
            _ if self.dice.chance(20) => json!(9_007_199_254_740_993_i64),
            _ => json!(self.dice.below(10_000)),
        }
    }

    fn instant(&mut self) -> Value {
        json!(clock::platform(self.dice.between(START, END - DAY), &self.view.viewer.zone))
    }

    fn text(&mut self, name: &str) -> Value {
        let lower = name.to_lowercase();
        let has = |part: &str| lower.ends_with(part);
        if name == "id" || has("id") {
            return json!((10_000 + self.key % 100_000_000).to_string());
        }
        if ["self", "url", "uri", "link", "icon"].iter().any(|part| has(part)) {
            return json!(format!("{BASE}/{name}/{}", self.key));
        }
        if ["date", "created", "updated", "modified", "saved", "at"].iter().any(|part| has(part))
            && !has("format")
        {
            return self.instant();
        }
        match name {
            "name" | "title" | "displayName" => json!(words::title(&mut self.dice)),
            "key" => json!(format!("key-{}", self.key)),
            "color" | "statusColor" => json!("#0052cc"),
            "description" if self.dice.chance(150) => json!(""),
            "description" if self.dice.chance(80) => json!(words::long_text(&mut self.dice, 900)),
            _ => json!(words::sentence(&mut self.dice)),
        }
    }

    /// A thing of the site, or a shape inside the shape.
    fn entity(&mut self, kind: &str, depth: usize) -> Option<Value> {
        let view = self.view;
        match kind {
            "User" | "UserDetails" | "UserBean" => {
                let people = u32::try_from(view.people_count()).unwrap_or(1);
                Some(view.user(self.dice.below(people) as usize))
            }
            "GroupName" => Some(view.group(self.dice.index(6))),
            "Project" | "ProjectDetails" => {
                let live = view.live_projects();
                live.first().map(|project| projects::project_ref(project))
            }
            "Priority" => Some(lookups::priority(self.dice.index(5))),
            "StatusCategory" => catalogue::status_categories().pop(),
            // Sent where a list expands it only.
            "Scope" => None,
            _ if kind.starts_with("PageBean") || kind.contains('|') || depth >= DEEPEST => None,
            _ => Some(self.object(kind, Map::new(), depth + 1)),
        }
    }
}

/// Members that Jira sends only when asked, or not any more.
const NEVER_SENT: &[&str] = &["expand", "_expands", "username", "scope"];

#[cfg(test)]
mod tests {
    use super::SHAPES;

    #[test]
    fn every_shape_inside_a_shape_is_there() {
        for (shape, members) in SHAPES.iter() {
            for member in members {
                let kind = member.kind.trim_matches(['[', ']', '{', '}']);
                let named = kind.starts_with(|first: char| first.is_ascii_uppercase());
                let parts = kind.split('|').all(|part| SHAPES.contains_key(part));
                assert!(!named || parts, "{shape}.{}: {kind}", member.name);
            }
        }
    }
}
