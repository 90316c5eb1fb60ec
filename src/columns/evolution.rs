//! Columns that come and go: what a feed writes now, so that it can be read together with all that it has
//! written before.
//!
//! No column is ever taken away, moved, renamed or given another type. One that is gone stays and is null;
//! where a type has changed, a column beside the old one takes the values. Objects grow in the same way.
//! Must not know where the columns of before are kept.

use super::names::{Names, SYSTEM_NAMES};
use super::schema::one_per_key;
use crate::catalog::{Column, ColumnType};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What people call a field, and what they called it before (a JSON array, oldest first).
const NAME: &str = "jira.name";
const FORMER_NAMES: &str = "jira.former_names";

/// The columns to write, and how they differ from those of before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evolution {
    /// With the names that they have in the schema, at any depth.
    pub columns: Vec<Column>,
    /// One sentence for each column that has come, gone or changed.
    pub notes: Vec<String>,
}

/// The columns of `now`, laid into those of `before`; where nothing is known of before, all is as it would
/// be by itself, and no news.
#[must_use]
pub fn evolve(now: Vec<Column>, before: Option<&[Column]>) -> Evolution {
    let mut notes = Vec::new();
    let columns = object(now, before.unwrap_or_default(), SYSTEM_NAMES, "", &mut notes);
    if before.is_none() {
        notes.clear();
    }
    Evolution { columns, notes }
}

/// The columns of one object; `path` is what stands before their names in notes.
fn object(
    now: Vec<Column>,
    before: &[Column],
    reserved: &[&str],
    path: &str,
    notes: &mut Vec<String>,
) -> Vec<Column> {
    let mut names = Names::reserving(reserved);
    names.claim_all(before);
    let known = by_key(before);
    let mut columns: Vec<_> = before.iter().map(retired).collect();
    let now = one_per_key(now);
    tell_gone(&now, before, path, notes);
    for column in now {
        let of_key = known.get(column.key.as_str()).map_or(&[][..], Vec::as_slice);
        let live = of_key.iter().find(|(_, old)| !old.is_retired);
        let does_fit = |(_, old): &&(usize, &Column)| fits(&column.kind, &old.kind);
        let fitting = live.filter(does_fit).or_else(|| of_key.iter().find(does_fit));
        let last = live.or(fitting).or(of_key.last()).map(|(_, old)| *old);
        let (place, name) = match fitting {
            Some((slot, old)) => (columns.get_mut(*slot), old.name.clone()),
            None => (None, names.claim(of_key.first().map_or(&column.name, |(_, old)| &old.name))),
        };
        let mut written = Column { name, is_retired: false, ..column };
        if let Some(old) = last {
            remember_names(&mut written.metadata, &old.metadata);
        }
        tell(&written, last, path, notes);
        let below = format!("{path}{}.", written.name);
        written.kind = grown(written.kind, fitting.map(|(_, old)| &old.kind), &below, notes);
        match place {
            Some(place) => *place = written,
            None => columns.push(written),
        }
    }
    columns
}

/// The columns of each key with their places, the oldest first.
fn by_key(columns: &[Column]) -> HashMap<&str, Vec<(usize, &Column)>> {
    let mut known: HashMap<_, Vec<_>> = HashMap::new();
    for (slot, column) in columns.iter().enumerate() {
        known.entry(column.key.as_str()).or_default().push((slot, column));
    }
    known
}

fn retired(column: &Column) -> Column {
    Column { is_retired: true, ..column.clone() }
}

/// Whether values of the one type can go on in a column of the other.
fn fits(now: &ColumnType, before: &ColumnType) -> bool {
    match (now, before) {
        // An object without known keys is a text in Parquet.
        (ColumnType::Struct(now), ColumnType::Struct(before)) => {
            now.is_empty() == before.is_empty()
        }
        (ColumnType::List(now), ColumnType::List(before)) => fits(now, before),
        (now, before) => now == before,
    }
}

/// A type with all that it held before, which it fits; without that, with final names inside.
fn grown(
    now: ColumnType,
    before: Option<&ColumnType>,
    path: &str,
    notes: &mut Vec<String>,
) -> ColumnType {
    match (now, before) {
        (ColumnType::Struct(now), Some(ColumnType::Struct(before))) => {
            ColumnType::Struct(object(now, before, &[], path, notes))
        }
        // The object is news as a whole.
        (ColumnType::Struct(now), _) => {
            ColumnType::Struct(object(now, &[], &[], path, &mut Vec::new()))
        }
        (ColumnType::List(now), Some(ColumnType::List(before))) => {
            ColumnType::List(Box::new(grown(*now, Some(before), path, notes)))
        }
        (ColumnType::List(now), _) => ColumnType::List(Box::new(grown(*now, None, path, notes))),
        (scalar, _) => scalar,
    }
}

/// Adds what the field was called before to the facts about its column.
fn remember_names(facts: &mut BTreeMap<String, String>, before: &BTreeMap<String, String>) {
    let earlier = before.get(FORMER_NAMES).and_then(|names| serde_json::from_str(names).ok());
    let mut former: Vec<String> = earlier.unwrap_or_default();
    former.extend(before.get(NAME).cloned());
    let mut known = HashSet::new();
    former.retain(|name| facts.get(NAME) != Some(name) && known.insert(name.clone()));
    if !former.is_empty() {
        let names = serde_json::Value::from(former).to_string();
        facts.insert(FORMER_NAMES.to_owned(), names);
    }
}

fn tell_gone(now: &[Column], before: &[Column], path: &str, notes: &mut Vec<String>) {
    let keys: HashSet<_> = now.iter().map(|column| column.key.as_str()).collect();
    let is_gone = |column: &&Column| !column.is_retired && !keys.contains(column.key.as_str());
    notes.extend(
        before
            .iter()
            .filter(is_gone)
            .map(|column| format!("column {path}{} is gone: it stays and is null", called(column))),
    );
}

/// Tells what is new about a column; `last` is the one that had its key before.
fn tell(column: &Column, last: Option<&Column>, path: &str, notes: &mut Vec<String>) {
    let Some(old) = last else {
        return notes.push(format!("column {path}{} is new", called(column)));
    };
    if !fits(&column.kind, &old.kind) {
        let (was, is) = (word(&old.kind), word(&column.kind));
        notes.push(format!(
            "column {path}{} was {was} and is {is} now: the values are in {}",
            old.name, column.name
        ));
    } else if old.is_retired {
        notes.push(format!("column {path}{} is there again", called(column)));
    }
    if let (Some(was), Some(is)) = (old.metadata.get(NAME), column.metadata.get(NAME))
        && was != is
    {
        notes.push(format!(
            "the field of column {path}{} was called {was:?} and is called {is:?} now",
            column.name
        ));
    }
}

/// A column by its name and what people call its field.
fn called(column: &Column) -> String {
    match column.metadata.get(NAME).filter(|name| **name != column.name) {
        Some(name) => format!("{} ({name})", column.name),
        None => column.name.clone(),
    }
}

fn word(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Text => "text".to_owned(),
        ColumnType::Int => "a whole number".to_owned(),
        ColumnType::Float => "a number".to_owned(),
        ColumnType::Bool => "true or false".to_owned(),
        ColumnType::Date => "a date".to_owned(),
        ColumnType::Timestamp => "a point in time".to_owned(),
        ColumnType::Json => "JSON".to_owned(),
        ColumnType::Any => "text or JSON".to_owned(),
        ColumnType::Adf => "rich text".to_owned(),
        ColumnType::List(item) => format!("a list ({})", word(item)),
        ColumnType::Struct(columns) if columns.is_empty() => "an empty object".to_owned(),
        ColumnType::Struct(_) => "an object".to_owned(),
    }
}
