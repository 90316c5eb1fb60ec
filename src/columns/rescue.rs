//! What did not fit: each value's place and exact JSON, gathered for the `_rescued` column and counted.

use super::split::unquote;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// Where a value stands, from the inside out. Written down only when a value is rescued.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) above: Option<&'a Place<'a>>,
    pub(super) step: Step<'a>,
}

/// The last step to a value.
#[derive(Clone, Copy)]
pub(super) enum Step<'a> {
    /// The key of a declared column.
    Column(&'a str),
    /// A key as it is quoted in the record.
    Quoted(&'a str),
    /// A position in an array.
    Index(usize),
}

/// The rescued values of the row at work, and the counts since the last batch.
#[derive(Default)]
pub(super) struct Rescue {
    keep_undeclared: bool,
    row: String,
    /// Every key in the row; for a place that has had several values, the number of the last.
    places: HashMap<String, usize>,
    total: u64,
    by_column: BTreeMap<String, u64>,
}

impl Rescue {
    pub(super) fn new(keep_undeclared: bool) -> Self {
        Self { keep_undeclared, ..Self::default() }
    }

    /// Keeps a value that does not fit its column.
    pub(super) fn misfit(&mut self, place: &Place<'_>, value: &str) {
        self.count(place);
        self.keep(place, value, 1);
    }

    /// Keeps the value of a key that the object has had already.
    pub(super) fn repeated(&mut self, place: &Place<'_>, value: &str) {
        self.count(place);
        self.keep(place, value, 2);
    }

    /// Keeps the value of a key that no column declares, unless the whole record is kept anyway.
    pub(super) fn undeclared(&mut self, place: &Place<'_>, value: &str) {
        self.keep(place, value, 1);
    }

    pub(super) fn keeps_undeclared(&self) -> bool {
        self.keep_undeclared
    }

    /// The row's values as a JSON object, and the beginning of a new row; none when nothing was rescued.
    pub(super) fn end_row<T>(&mut self, take: impl FnOnce(Option<&str>) -> T) -> T {
        if self.row.is_empty() {
            return take(None);
        }
        self.row.push('}');
        let taken = take(Some(&self.row));
        self.row.clear();
        self.places.clear();
        taken
    }

    /// The counts of misfits by column, and zero for the next batch.
    pub(super) fn take_counts(&mut self) -> (u64, BTreeMap<String, u64>) {
        (std::mem::take(&mut self.total), std::mem::take(&mut self.by_column))
    }

    fn count(&mut self, place: &Place<'_>) {
        let mut column = String::new();
        place.write_column(&mut column);
        self.total += 1;
        *self.by_column.entry(column).or_default() += 1;
    }

    fn keep(&mut self, place: &Place<'_>, value: &str, occurrence: usize) {
        let mut pointer = String::new();
        place.write_json(&mut pointer);
        let last = self.places.get(&pointer).copied().unwrap_or(0);
        let mut number = occurrence.max(last + 1);
        let mut key = numbered(&pointer, number);
        while self.places.contains_key(&key) {
            number += 1;
            key = numbered(&pointer, number);
        }
        self.row.push(if self.row.is_empty() { '{' } else { ',' });
        // Writing to a String cannot fail.
        let _ = write!(self.row, "\"{key}\":{value}");
        self.places.insert(pointer, number);
        self.places.entry(key).or_insert(1);
    }
}

/// The key of the first, second, ... value at a place.
fn numbered(pointer: &str, number: usize) -> String {
    if number == 1 { pointer.to_owned() } else { format!("{pointer}#{number}") }
}

impl Place<'_> {
    /// The JSON pointer to the value, escaped for a JSON string.
    fn write_json(&self, out: &mut String) {
        if let Some(above) = self.above {
            above.write_json(out);
        }
        self.step.write_json(out);
    }

    /// The JSON pointer to the value's column: without positions in arrays.
    fn write_column(&self, out: &mut String) {
        if let Some(above) = self.above {
            above.write_column(out);
        }
        if let Step::Column(key) = self.step {
            let _ = write!(out, "/{}", pointer_step(key));
        }
    }
}

impl Step<'_> {
    fn write_json(&self, out: &mut String) {
        out.push('/');
        match self {
            Self::Column(key) => push_escaped(out, &pointer_step(key)),
            Self::Quoted(quoted) => match unquote(quoted) {
                Some(key) => push_escaped(out, &pointer_step(&key)),
                // No Unicode text, so only the escapes of the record can write it.
                None => out.push_str(&pointer_step(&quoted.trim_matches('"').replace("\\/", "/"))),
            },
            Self::Index(index) => {
                let _ = write!(out, "{index}");
            }
        }
    }
}

fn pointer_step(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

/// A text as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    push_escaped(&mut json, text);
    json.push('"');
    json
}

fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(key: &str) -> Place<'_> {
        Place { above: None, step: Step::Column(key) }
    }

    fn row(rescue: &mut Rescue) -> Option<String> {
        rescue.end_row(|row| row.map(str::to_owned))
    }

    #[test]
    fn a_place_is_a_json_pointer_that_is_escaped_twice() {
        let mut rescue = Rescue::new(true);
        let outer = column("a/b~\"");
        let item = Place { above: Some(&outer), step: Step::Index(3) };
        rescue.misfit(&item, "1e999");
        let lone = Place { above: Some(&outer), step: Step::Quoted(r#""\ud800\/~""#) };
        rescue.undeclared(&lone, r#""\udfff""#);
        assert_eq!(
            row(&mut rescue).as_deref(),
            Some(r#"{"/a~1b~0\"/3":1e999,"/a~1b~0\"/\ud800~1~0":"\udfff"}"#)
        );
        assert_eq!(rescue.take_counts(), (1, BTreeMap::from([("/a~1b~0\"".to_owned(), 1)])));
    }

    #[test]
    fn each_occurrence_at_a_place_has_its_own_key() {
        let mut rescue = Rescue::new(true);
        rescue.misfit(&column("a"), "1");
        rescue.repeated(&column("a"), "2");
        rescue.undeclared(&column("a#3"), "3");
        rescue.repeated(&column("a"), "4");
        rescue.undeclared(&column("b"), "5");
        rescue.undeclared(&column("b"), "6");
        assert_eq!(
            row(&mut rescue).as_deref(),
            Some(r#"{"/a":1,"/a#2":2,"/a#3":3,"/a#4":4,"/b":5,"/b#2":6}"#)
        );
        assert_eq!(row(&mut rescue), None);
        assert_eq!(rescue.take_counts().0, 3);
        assert_eq!(rescue.take_counts().0, 0);
    }

    #[test]
    fn a_quoted_text_reads_back() {
        for text in ["", "a\"\\\n\u{1}", "ü😀\u{7f}\u{2028}"] {
            assert_eq!(serde_json::from_str::<String>(&quoted(text)).unwrap(), text);
        }
    }
}
