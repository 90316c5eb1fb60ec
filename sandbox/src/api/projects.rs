//! Projects and their children.

use serde_json::Value;

use super::{Route, get, parts};
use crate::answer::{Answer, Refusal, said};
use crate::call::Call;
use crate::options::Switch;
use crate::paging::{self, Size};
use crate::site;
use crate::site::projects::{Project, Stage};
use crate::site::versions::shows_children;

pub(super) const ROUTES: &[Route] = &[
    get("/rest/api/3/project/search", search),
    get("/rest/api/3/project/{projectIdOrKey}", detail),
    get("/rest/api/3/project/{projectIdOrKey}/version", versions),
    get("/rest/api/3/project/{projectIdOrKey}/component", components),
    get("/rest/api/3/projectCategory", categories),
];

fn stages(call: &Call<'_>) -> Result<Vec<Stage>, Refusal> {
    let words = call.query.list("status");
    if words.is_empty() {
        return Ok(vec![Stage::Live]);
    }
    words
        .iter()
        .map(|word| match word.as_str() {
            "live" => Ok(Stage::Live),
            "archived" => Ok(Stage::Archived),
            "deleted" => Ok(Stage::Trashed),
            _ => Err(Refusal::bad(said(
                format!("'{word}' is not a valid project status."),
                format!("'{word}'은(는) 올바른 프로젝트 상태가 아닙니다."),
            ))),
        })
        .collect()
}

fn search(call: &Call<'_>) -> Answer {
    let stages = stages(call)?;
    let expand = call.expand();
    let view = call.view();
    let found = view.projects_in(&stages);
    if found.is_empty() && call.site.options.has(Switch::EmptyProjectSearchIs404) {
        return Err(Refusal::new(
            404,
            said(
                "No projects matching the given criteria were found.",
                "조건에 맞는 프로젝트가 없습니다.",
            ),
        ));
    }
    let projects: Vec<Value> =
        found.into_iter().map(|project| view.project(project, &parts(&expand))).collect();
    let ceiling = call.site.options.ceilings.projects;
    Ok(paging::bean(call, projects, Size { default: ceiling.min(50), ceiling }))
}

fn project<'a>(call: &Call<'a>) -> Result<&'a Project, Refusal> {
    let name = call.parameter(0);
    call.view().project_named(name).ok_or_else(|| {
        Refusal::new(
            404,
            said(
                format!("No project could be found with key or id '{name}'."),
                format!("키 또는 ID가 '{name}'인 프로젝트를 찾을 수 없습니다."),
            ),
        )
    })
}

/// Children of archived and trashed projects do not answer.
fn parent<'a>(call: &Call<'a>) -> Result<&'a Project, Refusal> {
    let project = project(call)?;
    if project.stage == Stage::Live { Ok(project) } else { Err(Refusal::missing("Project")) }
}

fn detail(call: &Call<'_>) -> Answer {
    Ok(call.view().project_detail(project(call)?))
}

fn versions(call: &Call<'_>) -> Answer {
    let project = parent(call)?;
    if !shows_children(project, call.viewer) {
        return Err(Refusal::missing("Project"));
    }
    let expand = call.expand();
    let versions = call.view().versions_with(project, &parts(&expand));
    Ok(paging::bean(call, versions, paging::bean_size(call, 50)))
}

fn components(call: &Call<'_>) -> Answer {
    let project = parent(call)?;
    if !shows_children(project, call.viewer) {
        return Err(Refusal::forbidden());
    }
    Ok(paging::bean(call, call.view().components(project), paging::bean_size(call, 50)))
}

fn categories(call: &Call<'_>) -> Answer {
    call.require_login()?;
    Ok(Value::Array(site::projects::project_categories()))
}
