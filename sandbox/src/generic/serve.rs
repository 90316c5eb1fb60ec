//! Serves a row: permission, parents, records, page.

use serde_json::Value;

use super::{Denial, Endpoint, Parent, Scene};
use crate::accounts::Right;
use crate::answer::{Answer, Refusal, said};
use crate::call::Call;
use crate::site::View;

/// The answer of a row to a call.
pub(crate) fn answer(endpoint: &Endpoint, call: &Call<'_>) -> Answer {
    let view = call.view();
    let admitted = endpoint.admit(view)?;
    if endpoint.experimental && !call.opted_in {
        return Err(Refusal::new(
            412,
            said(
                "This endpoint is experimental. Set the header X-ExperimentalApi: opt-in to use it.",
                "이 엔드포인트는 실험적입니다. X-ExperimentalApi: opt-in 헤더를 설정하세요.",
            ),
        ));
    }
    let parents = endpoint.parents_in(call)?;
    let scene = Scene { view, parents: &parents };
    if let Some(refusal) = (endpoint.refuses)(&scene) {
        return Err(refusal);
    }
    let records = if admitted { (endpoint.records)(&scene) } else { Vec::new() };
    let mut page = endpoint.style.page(call, records)?;
    (endpoint.beside)(&scene, &mut page);
    Ok(page)
}

/// What whole families of paths require, beyond the row.
fn family_admits(view: View<'_>, template: &str) -> Result<(), Refusal> {
    let agile = template.starts_with("/rest/agile/") || template.starts_with("/rest/software/");
    if agile && !view.viewer.logged_in() {
        return Err(Refusal::anonymous());
    }
    if agile && !view.viewer.may(Right::Software) {
        return Err(Refusal::forbidden());
    }
    let desk = template.starts_with("/rest/servicedeskapi/");
    if desk && view.site.options.has(crate::options::Switch::ServiceManagementOff) {
        return Err(Refusal::missing("The service desk"));
    }
    Ok(())
}

impl Endpoint {
    /// Whether a viewer gets records rather than an empty list, unless refused.
    pub(crate) fn admit(&self, view: View<'_>) -> Result<bool, Refusal> {
        family_admits(view, self.template)?;
        if self.login && !view.viewer.logged_in() {
            return Err(Refusal::anonymous());
        }
        let denial = self.right.filter(|(right, _)| !view.viewer.may(*right));
        match denial.map(|(_, denial)| denial) {
            Some(Denial::Forbidden) => return Err(Refusal::forbidden()),
            Some(Denial::Unauthorised) => return Err(Refusal::unauthorised()),
            Some(Denial::Missing) => return Err(Refusal::missing("It")),
            Some(Denial::Empty) => return Ok(false),
            None => {}
        }
        match self.off.filter(|(switch, _)| view.site.options.has(*switch)) {
            Some((_, status)) => Err(Refusal::new(
                status,
                said("This feature is not enabled.", "이 기능이 활성화되지 않았습니다."),
            )),
            None => Ok(true),
        }
    }

    /// Which of its ways to name parents a call takes.
    fn way(&self, call: &Call<'_>) -> &'static [Parent] {
        let named = |parent: &Parent| match parent {
            Parent::Query(name, _) => call.query.get(name).is_some(),
            _ => false,
        };
        if self.otherwise.iter().any(named) { self.otherwise } else { self.parents }
    }

    /// The parents a call names, by id.
    fn parents_in(&self, call: &Call<'_>) -> Result<Vec<String>, Refusal> {
        let mut placeholders = call.parameters.iter();
        let mut parents = Vec::new();
        for parent in self.way(call) {
            let given: Vec<String> = match parent {
                Parent::Path(_) => placeholders.next().into_iter().cloned().collect(),
                Parent::Query(name, _) => {
                    call.query.get(name).map(str::to_owned).into_iter().collect()
                }
                Parent::Many(name, _) | Parent::Any(name, _) => call.query.list(name),
                Parent::Body(name, _) | Parent::BodyList(name, _) => in_body(call, name),
            };
            if given.is_empty() && !matches!(parent, Parent::Any(..)) {
                return Err(Refusal::bad(said(
                    format!("A {:?} must be named.", parent.kind()),
                    "필수 매개변수가 없습니다.",
                )));
            }
            let known = |given: &String| parent.kind().resolve(call.view(), &parents, given);
            let ids: Vec<String> = given.iter().filter_map(known).collect();
            let single =
                !matches!(parent, Parent::Many(..) | Parent::Any(..) | Parent::BodyList(..));
            if ids.is_empty() && (single || !given.is_empty()) {
                let what = format!("{:?}", parent.kind());
                return Err(Refusal::missing(&what).with_status(self.missing));
            }
            parents.push(ids.join(","));
        }
        Ok(parents)
    }
}

/// Texts in a member of the body: one, or a list.
fn in_body(call: &Call<'_>, name: &str) -> Vec<String> {
    let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match body.get(name) {
        Some(Value::Array(values)) => values.iter().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    }
}
