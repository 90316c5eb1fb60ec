//! The endpoints that a table describes, one row each: parents, permission, page style, records.
//!
//! A row says what an endpoint is; one engine serves all of them, and the truth is taken from the
//! same rows without any paging.

mod kinds;
mod rows;
mod scene;
mod serve;
mod shapes;
mod style;

use serde_json::Value;

use crate::accounts::Right;
use crate::answer::Refusal;
use crate::options::Switch;
use crate::site::View;

pub(crate) use kinds::Kind;
pub(crate) use rows::endpoints;
pub(crate) use scene::Scene;
pub(crate) use serve::answer;
pub(crate) use style::Style;

/// Where a request names the parent of what it asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parent {
    /// In the next placeholder of the path.
    Path(Kind),
    /// In a parameter.
    Query(&'static str, Kind),
    /// In a parameter that may be repeated; the parents of a scene then hold them joined by commas.
    Many(&'static str, Kind),
    /// As [`Parent::Many`]; all of the kind where the parameter is missing.
    Any(&'static str, Kind),
    /// In a member of the body.
    Body(&'static str, Kind),
    /// In a list in the body, joined by commas.
    BodyList(&'static str, Kind),
}

impl Parent {
    /// What stands in the place.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Path(kind)
            | Self::Query(_, kind)
            | Self::Many(_, kind)
            | Self::Any(_, kind)
            | Self::Body(_, kind)
            | Self::BodyList(_, kind) => kind,
        }
    }
}

/// How an account without the right is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    Forbidden,
    /// 401 although the caller is known.
    Unauthorised,
    Missing,
    /// 200 without records.
    Empty,
}

/// One row of the table.
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    /// The path as Atlassian documents it.
    pub(crate) template: &'static str,
    parents: &'static [Parent],
    /// Another way to name parents of the same records; the truth leaves it aside.
    otherwise: &'static [Parent],
    /// Whether anonymous callers are refused.
    login: bool,
    right: Option<(Right, Denial)>,
    /// A deviation of the site that takes the endpoint away, and the status then.
    off: Option<(Switch, u16)>,
    experimental: bool,
    /// The status for a parent that is not there.
    missing: u16,
    style: Style,
    records: fn(&Scene<'_>) -> Vec<Value>,
    /// Refuses some parents that are there.
    refuses: fn(&Scene<'_>) -> Option<Refusal>,
    /// Adds what stands beside the records.
    beside: fn(&Scene<'_>, &mut Value),
}

/// A row for a GET of anybody logged in.
const fn get(
    template: &'static str,
    style: Style,
    records: fn(&Scene<'_>) -> Vec<Value>,
) -> Endpoint {
    Endpoint {
        method: "GET",
        template,
        parents: &[],
        otherwise: &[],
        login: true,
        right: None,
        off: None,
        experimental: false,
        missing: 404,
        style,
        records,
        refuses: |_| None,
        beside: |_, _| {},
    }
}

/// A row for a POST that only reads.
const fn post(
    template: &'static str,
    style: Style,
    records: fn(&Scene<'_>) -> Vec<Value>,
) -> Endpoint {
    Endpoint { method: "POST", ..get(template, style, records) }
}

/// A row for administrators, who are otherwise refused with 403.
const fn admin(
    template: &'static str,
    style: Style,
    records: fn(&Scene<'_>) -> Vec<Value>,
) -> Endpoint {
    get(template, style, records).needs(Right::Administer, Denial::Forbidden)
}

impl Endpoint {
    const fn of(self, parents: &'static [Parent]) -> Self {
        Self { parents, ..self }
    }

    const fn or(self, otherwise: &'static [Parent]) -> Self {
        Self { otherwise, ..self }
    }

    const fn needs(self, right: Right, denial: Denial) -> Self {
        Self { right: Some((right, denial)), ..self }
    }

    /// Anonymous callers are answered too.
    const fn open(self) -> Self {
        Self { login: false, ..self }
    }

    const fn off(self, switch: Switch, status: u16) -> Self {
        Self { off: Some((switch, status)), ..self }
    }

    /// Only for callers who opt in by a header.
    const fn experimental(self) -> Self {
        Self { experimental: true, ..self }
    }

    const fn missing(self, status: u16) -> Self {
        Self { missing: status, ..self }
    }

    const fn refusing(self, refuses: fn(&Scene<'_>) -> Option<Refusal>) -> Self {
        Self { refuses, ..self }
    }

    const fn beside(self, beside: fn(&Scene<'_>, &mut Value)) -> Self {
        Self { beside, ..self }
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    pub(crate) fn is_experimental(&self) -> bool {
        self.experimental
    }

    /// The combinations of parents a viewer can name.
    pub(crate) fn families(&self, view: View<'_>) -> Vec<Vec<String>> {
        let mut families = vec![Vec::new()];
        for parent in self.parents {
            let mut longer = Vec::new();
            for family in families {
                let ids = parent.kind().ids(view, &family);
                let choices = match parent {
                    Parent::Any(..) => vec![String::new()],
                    Parent::Many(..) | Parent::BodyList(..) => {
                        ids.chunks(MOST_AT_ONCE).map(|some| some.join(",")).collect()
                    }
                    _ => ids,
                };
                for id in choices {
                    longer.push(family.iter().cloned().chain([id]).collect());
                }
            }
            families = longer;
        }
        families
    }

    /// The names of the parents' places, in their order.
    pub(crate) fn places(&self) -> Vec<&'static str> {
        let mut placeholders = self
            .template
            .split('/')
            .filter_map(|part| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')));
        let name = |parent: &Parent| match parent {
            Parent::Path(_) => placeholders.next().unwrap_or_default(),
            Parent::Query(name, _)
            | Parent::Many(name, _)
            | Parent::Any(name, _)
            | Parent::Body(name, _)
            | Parent::BodyList(name, _) => name,
        };
        self.parents.iter().map(name).collect()
    }

    /// The records of a family, unless they are refused.
    pub(crate) fn records_of(&self, view: View<'_>, family: &[String]) -> Vec<Value> {
        let scene = Scene { view, parents: family };
        match (self.refuses)(&scene) {
            None => (self.records)(&scene),
            Some(_) => Vec::new(),
        }
    }
}

/// The most parents one request names.
const MOST_AT_ONCE: usize = 100;
