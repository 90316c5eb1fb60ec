//! Finds the endpoint of a path, and matches paths against templates.

use crate::answer::Answer;
use crate::api::{Route, routes};
use crate::call::Call;
use crate::generic::{self, Endpoint};

/// An endpoint, written out or described by a row of the table.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    Route(&'static Route),
    Row(&'static Endpoint),
}

impl Target {
    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Route(route) => route.method,
            Self::Row(row) => row.method,
        }
    }

    /// The path as Atlassian documents it.
    pub(crate) fn template(self) -> &'static str {
        match self {
            Self::Route(route) => route.template,
            Self::Row(row) => row.template,
        }
    }

    pub(crate) fn answer(self, call: &Call<'_>) -> Answer {
        match self {
            Self::Route(route) => (route.answer)(call),
            Self::Row(row) => generic::answer(row, call),
        }
    }
}

/// Every endpoint of the site.
pub(crate) fn targets() -> impl Iterator<Item = Target> {
    routes().map(Target::Route).chain(generic::endpoints().map(Target::Row))
}

/// What stands behind a method and a path.
pub(crate) enum Found {
    /// An endpoint and what stands in its placeholders.
    Route(Target, Vec<String>),
    /// The path exists for other methods only; its template.
    OtherMethod(&'static str),
    Nothing,
}

/// What stands in the placeholders of a template, if a path fits it.
pub(crate) fn matches(template: &str, path: &str) -> Option<Vec<String>> {
    let path = path.trim_end_matches('/');
    let mut values = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(part), Some(value)) if part.starts_with('{') && !value.is_empty() => {
                values.push(crate::call::decode(value));
            }
            (Some(part), Some(value)) if part == value => {}
            _ => return None,
        }
    }
}

/// The endpoint of a method and a path; a template with fewer placeholders wins.
pub(crate) fn find(method: &str, path: &str) -> Found {
    let mut best: Option<(Target, Vec<String>)> = None;
    let mut other = None;
    for target in targets() {
        let Some(values) = matches(target.template(), path) else {
            continue;
        };
        if target.method() != method {
            // A literal path of another method must not fall through to a placeholder.
            if values.is_empty() || other.is_none() {
                other = Some((target.template(), values.len()));
            }
            continue;
        }
        if best.as_ref().is_none_or(|(_, known)| values.len() < known.len()) {
            best = Some((target, values));
        }
    }
    match (best, other) {
        (Some((_, values)), Some((template, 0))) if !values.is_empty() => {
            Found::OtherMethod(template)
        }
        (Some((target, values)), _) => Found::Route(target, values),
        (None, Some((template, _))) => Found::OtherMethod(template),
        (None, None) => Found::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, find, matches};

    #[test]
    fn literal_templates_win_over_placeholders() {
        assert!(
            matches!(find("GET", "/rest/api/3/project/search"), Found::Route(route, _) if route.template().ends_with("/search"))
        );
        assert!(matches!(find("GET", "/rest/api/3/issue/bulkfetch"), Found::OtherMethod(_)));
        assert!(matches!(find("GET", "/rest/api/3/nothing"), Found::Nothing));
    }

    #[test]
    fn placeholders_give_their_values() {
        assert_eq!(matches("/a/{id}/b", "/a/CORE%2D1/b"), Some(vec!["CORE-1".to_owned()]));
        assert_eq!(matches("/a/{id}/b", "/a//b"), None);
        assert_eq!(matches("/a/{id}", "/a/1/b"), None);
    }
}
