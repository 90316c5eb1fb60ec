//! The window of a run in the definition of a feed: `{since}` and `{until}`, in the forms that Jira wants.
//! Pure; what the bounds are, the caller says.

use jiff::Timestamp;

/// The bounds of what a run asks for, in milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// From here on; 0 for a run that reads everything.
    pub since: i64,
    /// Up to here.
    pub until: i64,
}

impl Window {
    /// Whether `name` stands for a bound.
    #[must_use]
    pub fn is_placeholder(name: &str) -> bool {
        let (bound, form) = parts(name);
        matches!(bound, "since" | "until") && matches!(form, "ms" | "iso" | "date")
    }

    /// Why `name`, which speaks of a bound, does not stand for one.
    #[must_use]
    pub fn misspelt(name: &str) -> Option<String> {
        let (bound, form) = parts(name);
        let is_of_window = matches!(bound, "since" | "until");
        (is_of_window && !Self::is_placeholder(name)).then(|| {
            format!(
                "`{{{name}}}` has no form `{form}`; there are `{{{bound}}}` or `{{{bound}:ms}}`, `{{{bound}:iso}}` and `{{{bound}:date}}`"
            )
        })
    }

    /// The text that a placeholder stands for: `since` and `since:ms` are epoch milliseconds, `since:iso`
    /// is `2026-11-25T12:00:00.000Z`, `since:date` is `2026-11-25` (UTC); `until` likewise.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<String> {
        let (bound, form) = parts(name);
        let at = match bound {
            "since" => self.since,
            "until" => self.until,
            _ => return None,
        };
        let moment = Timestamp::from_millisecond(at).ok()?;
        match form {
            "ms" => Some(at.to_string()),
            "iso" => Some(moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            "date" => Some(moment.strftime("%Y-%m-%d").to_string()),
            _ => None,
        }
    }
}

fn parts(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or((name, "ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_has_the_forms_that_jira_wants() {
        let window = Window { since: 1_764_072_000_250, until: 1_764_075_600_000 };
        for (name, text) in [
            ("since", "1764072000250"),
            ("since:ms", "1764072000250"),
            ("since:iso", "2025-11-25T12:00:00.250Z"),
            ("since:date", "2025-11-25"),
            ("until", "1764075600000"),
            ("until:iso", "2025-11-25T13:00:00.000Z"),
        ] {
            assert!(Window::is_placeholder(name));
            assert_eq!(window.value(name).as_deref(), Some(text), "{name}");
        }
        for name in ["boardId", "since:", "since:year", "until:x:y", ""] {
            assert!(!Window::is_placeholder(name), "{name}");
            assert_eq!(window.value(name), None, "{name}");
        }
    }

    #[test]
    fn a_form_that_there_is_not_is_told_from_another_placeholder() {
        let told = Window::misspelt("since:year").expect("a reason");
        assert_eq!(
            told,
            "`{since:year}` has no form `year`; there are `{since}` or `{since:ms}`, `{since:iso}` and `{since:date}`"
        );
        for name in ["boardId", "since", "until:date", "sinceId:year"] {
            assert_eq!(Window::misspelt(name), None, "{name}");
        }
    }
}
