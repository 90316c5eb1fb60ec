//! The identity of a run, and the form of its id that is safe in a file name.
//!
//! Must not know paths: `layout` puts the safe form into them.

use super::LakeError;
use std::fmt::{self, Write as _};
use std::hash::{BuildHasher, Hasher, RandomState};

/// How long a run id may be, in characters.
const MAX_CHARS: usize = 128;
/// How long its file form may be, in bytes; file systems allow 255 for the whole name.
const MAX_FILE_FORM: usize = 200;

/// Which run writes, and the date of the partition that it writes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunIdentity {
    /// The id of the run.
    pub run_id: RunId,
    /// The date in `extract_date=…`.
    pub date: jiff::civil::Date,
}

/// The id of a run: anything a scheduler calls one, such as Airflow's
/// `scheduled__2026-11-24T00:00:00+00:00`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId {
    id: String,
    file_form: String,
}

impl RunId {
    /// Takes an id of 1 to 128 characters without control characters.
    pub fn parse(id: &str) -> Result<Self, LakeError> {
        let refuse = |reason| Err(LakeError::Name { what: "run id", name: id.to_owned(), reason });
        if id.is_empty() {
            return refuse("it is empty; give it 1 to 128 characters");
        }
        if id.chars().count() > MAX_CHARS {
            return refuse("it is longer than 128 characters; shorten it");
        }
        if id.chars().any(char::is_control) {
            return refuse("it contains a control character such as a line break; take that out");
        }
        let file_form = escape(id);
        if file_form.len() > MAX_FILE_FORM {
            return refuse(
                "with its special characters escaped it is too long for a file name; use letters, digits, '.', '_' and '-', or shorten it",
            );
        }
        Ok(Self { id: id.to_owned(), file_form })
    }

    /// A fresh id that sorts by time: `20261124T021103Z-1f0c9a4b`.
    #[must_use]
    pub fn generate(now: jiff::Timestamp) -> Self {
        // The standard library's hash keys are random in each instance, which is all that is needed.
        let random = RandomState::new().build_hasher().finish() & 0xffff_ffff;
        let id = format!("{}-{random:08x}", now.strftime("%Y%m%dT%H%M%SZ"));
        let file_form = escape(&id);
        Self { id, file_form }
    }

    /// The id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.id
    }

    /// The id as it stands in file names: only `[A-Za-z0-9._-]`, and another one for every other id.
    #[must_use]
    pub fn file_form(&self) -> &str {
        &self.file_form
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

/// Writes every other character as `-x<hex>-`.
///
/// A hyphen that could be read as the start of an escape is escaped itself, so no two ids have one
/// form. So is a leading dot or underscore: Spark and Hive take such files for hidden ones, which is
/// also why an escape does not start with one.
fn escape(id: &str) -> String {
    let mut form = String::with_capacity(id.len());
    let mut rest = id.chars().peekable();
    while let Some(c) = rest.next() {
        let plain = match c {
            '-' => rest.peek() != Some(&'x'),
            '.' | '_' => !form.is_empty(),
            _ => c.is_ascii_alphanumeric(),
        };
        if plain {
            form.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(form, "-x{:x}-", u32::from(c));
        }
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The inverse of [`escape`]: that it exists is what makes the form injective.
    fn unescape(form: &str) -> String {
        let mut id = String::new();
        let mut rest = form;
        while let Some(start) = rest.find("-x") {
            id.push_str(&rest[..start]);
            let (hex, after) = rest[start + 2..].split_once('-').unwrap();
            id.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
            rest = after;
        }
        id + rest
    }

    proptest! {
        #[test]
        fn the_file_form_is_injective(id in "([A-Za-z0-9._:+/ é-]|-x|-x3a-|x2d-){1,12}") {
            let form = escape(&id);
            prop_assert!(form.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)), "{form}");
            prop_assert_eq!(unescape(&form), id);
        }

        #[test]
        fn any_text_is_taken_or_refused_but_never_changed(id in any::<String>()) {
            if let Ok(parsed) = RunId::parse(&id) {
                prop_assert_eq!(parsed.as_str(), &id);
                prop_assert_eq!(unescape(parsed.file_form()), id);
            }
        }
    }

    #[test]
    fn ids_of_airflow_are_taken() {
        let id = RunId::parse("scheduled__2026-11-24T00:00:00+00:00").unwrap();
        assert_eq!(id.file_form(), "scheduled__2026-11-24T00-x3a-00-x3a-00-x2b-00-x3a-00");
        assert_eq!(id.to_string(), "scheduled__2026-11-24T00:00:00+00:00");
    }

    #[test]
    fn a_form_is_never_hidden_and_never_a_step_up() {
        assert_eq!(RunId::parse("..").unwrap().file_form(), "-x2e-.");
        assert_eq!(RunId::parse("_a_b").unwrap().file_form(), "-x5f-a_b");
    }

    #[test]
    fn what_cannot_be_a_file_name_is_refused_with_a_reason() {
        for id in ["", "a\nb", &"a".repeat(129), &":".repeat(100)] {
            let error = RunId::parse(id).unwrap_err().to_string();
            assert!(error.contains("run id"), "{error}");
        }
        assert!(RunId::parse(&"a".repeat(128)).is_ok());
    }

    #[test]
    fn generated_ids_differ_and_sort_by_time() {
        let now: jiff::Timestamp = "2026-11-24T02:11:03Z".parse().unwrap();
        let (a, b) = (RunId::generate(now), RunId::generate(now));
        assert_ne!(a, b);
        assert!(a.as_str().starts_with("20261124T021103Z-"), "{a}");
        assert_eq!(a.as_str(), a.file_form());
    }
}
