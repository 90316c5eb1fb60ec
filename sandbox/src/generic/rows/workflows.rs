//! Workflows, their schemes, and what uses which.

use serde_json::{Value, json};

use crate::accounts::Right;
use crate::generic::{Denial, Endpoint, Kind, Parent, Scene, Style, admin, get, post};
use crate::site::projects::{Project, Stage};
use crate::site::{BASE, View, clock};

const OF_STATUS: &[Parent] = &[Parent::Path(Kind::Status)];
const OF_WORKFLOW: &[Parent] = &[Parent::Path(Kind::Workflow)];

/// A row that answers 401 to callers who are known but not permitted.
const fn guarded(
    template: &'static str,
    style: Style,
    records: fn(&Scene<'_>) -> Vec<Value>,
) -> Endpoint {
    get(template, style, records).needs(Right::Administer, Denial::Unauthorised)
}

pub(super) const ROWS: &[Endpoint] = &[
    admin("/rest/api/3/workflowscheme", Style::Bean(50), |s| {
        scheme_ids(s.view).into_iter().map(|id| scheme(s, id)).collect()
    }),
    admin("/rest/api/3/workflowscheme/{id}", Style::One, |s| vec![scheme(s, s.number(0))])
        .of(&[Parent::Path(Kind::WorkflowScheme)]),
    admin("/rest/api/3/workflowscheme/project", Style::Named("values"), |s| {
        let projects = s.projects_named(0);
        let one = |id: u32| {
            // Team-managed projects are passed over without a word.
            let mine = projects.iter().filter(|project| !project.simplified());
            let mine = mine.filter(|project| scheme_of(project) == id);
            let ids: Vec<String> = mine.map(|project| project.id.to_string()).collect();
            (!ids.is_empty()).then(|| json!({"projectIds": ids, "workflowScheme": scheme(s, id)}))
        };
        scheme_ids(s.view).into_iter().filter_map(one).collect()
    })
    .of(&[Parent::Many("projectId", Kind::Project)]),
    guarded(
        "/rest/api/3/workflowscheme/{workflowSchemeId}/projectUsages",
        Style::Nested("projects"),
        |s| {
            let live = live(s.view).into_iter().filter(|project| scheme_of(project) == s.number(0));
            live.map(|project| json!({"id": project.id.to_string()})).collect()
        },
    )
    .of(&[Parent::Path(Kind::WorkflowScheme)])
    .beside(|s, page| page["workflowSchemeId"] = json!(s.parent(0))),
    guarded("/rest/api/3/workflow/{workflowId}/projectUsages", Style::Nested("projects"), |s| {
        behind(s).into_iter().map(|project| json!({"id": project.id.to_string()})).collect()
    })
    .of(OF_WORKFLOW)
    .beside(|s, page| page["workflowId"] = json!(s.parent(0))),
    guarded(
        "/rest/api/3/workflow/{workflowId}/workflowSchemes",
        Style::Nested("workflowSchemes"),
        |s| {
            behind(s)
                .into_iter()
                .map(|project| json!({"id": scheme_of(project).to_string()}))
                .collect()
        },
    )
    .of(OF_WORKFLOW)
    .beside(|s, page| page["workflowId"] = json!(s.parent(0))),
    guarded("/rest/api/3/statuses/{statusId}/projectUsages", Style::Nested("projects"), |s| {
        users_of_status(s)
            .into_iter()
            .map(|project| json!({"id": project.id.to_string()}))
            .collect()
    })
    .of(OF_STATUS)
    .beside(|s, page| page["statusId"] = json!(s.parent(0))),
    guarded("/rest/api/3/statuses/{statusId}/workflowUsages", Style::Nested("workflows"), |s| {
        let workflows = s.view.workflows(&[]);
        let uses = |workflow: &&Value| {
            let statuses = workflow["statuses"].as_array();
            statuses.is_some_and(|statuses| {
                statuses.iter().any(|status| status["statusReference"] == s.parent(0))
            })
        };
        workflows.iter().filter(uses).map(|workflow| json!({"id": workflow["id"]})).collect()
    })
    .of(OF_STATUS)
    .beside(|s, page| page["statusId"] = json!(s.parent(0))),
    guarded("/rest/api/3/workflows/capabilities", Style::One, |s| {
        capabilities(s).into_iter().collect()
    })
    .of(&[
        Parent::Query("projectId", Kind::Project),
        Parent::Query("issueTypeId", Kind::TypeOfProject),
    ])
    .or(&[Parent::Query("workflowId", Kind::Workflow)])
    .missing(400),
    get("/rest/api/3/workflows/defaultEditor", Style::One, |_| vec![json!({"value": "NEW"})]),
    admin("/rest/api/3/workflow/search", Style::Bean(50), |s| {
        s.view
            .workflows(&[])
            .into_iter()
            .zip(0_u32..)
            .map(|(workflow, n)| {
                s.record(
                    "Workflow",
                    n,
                    json!({"id": {"name": workflow["name"],
                "entityId": workflow["id"]},
                "description": workflow["description"],
                "transitions": crate::generic::shapes::ABSENT,
                "statuses": crate::generic::shapes::ABSENT,
                "projects": crate::generic::shapes::ABSENT,
                "operations": crate::generic::shapes::ABSENT,
                "schemes": crate::generic::shapes::ABSENT}),
                )
            })
            .collect()
    }),
    guarded(
        "/rest/api/3/statuses/{statusId}/project/{projectId}/issueTypeUsages",
        Style::Nested("issueTypes"),
        |s| types_in(s, &users_of_status(s)),
    )
    .of(&[Parent::Path(Kind::Status), Parent::Path(Kind::Project)])
    .beside(|s, page| {
        page["statusId"] = json!(s.parent(0));
        page["projectId"] = json!(s.parent(1));
    }),
    guarded(
        "/rest/api/3/workflow/{workflowId}/project/{projectId}/issueTypeUsages",
        Style::Nested("issueTypes"),
        |s| types_in(s, &behind(s)),
    )
    .of(&[Parent::Path(Kind::Workflow), Parent::Path(Kind::Project)])
    .beside(|s, page| {
        page["workflowId"] = json!(s.parent(0));
        page["projectId"] = json!(s.parent(1));
    }),
    post("/rest/api/3/workflow/history/list", Style::Named("entries"), history)
        .needs(Right::Administer, Denial::Unauthorised)
        .of(&[Parent::Body("workflowId", Kind::Workflow)]),
    post("/rest/api/3/workflows", Style::Named("workflows"), |s| {
        let wanted = s.named(0);
        let all = s.view.workflows(&["values.transitions"]).into_iter();
        all.filter(|workflow| wanted.iter().any(|id| workflow["id"] == *id)).collect()
    })
    .needs(Right::Administer, Denial::Unauthorised)
    .of(&[Parent::BodyList("workflowIds", Kind::Workflow)])
    .beside(|s, page| page["statuses"] = Value::Array(s.view.workflow_statuses())),
    post("/rest/api/3/workflowscheme/read", Style::Array, |s| {
        s.named(0).into_iter().filter_map(|id| read_scheme(s, id.parse().ok()?)).collect()
    })
    .needs(Right::Administer, Denial::Unauthorised)
    .of(&[Parent::BodyList("workflowSchemeIds", Kind::WorkflowScheme)]),
];

fn live(view: View<'_>) -> Vec<&Project> {
    view.projects_in(&[Stage::Live])
}

/// The workflow scheme of a project; each live project has its own.
fn scheme_of(project: &Project) -> u32 {
    project.id + 300
}

/// The ids of all workflow schemes.
pub(crate) fn scheme_ids(view: View<'_>) -> Vec<u32> {
    let used =
        view.site.projects.iter().filter(|project| project.stage == Stage::Live).map(scheme_of);
    used.chain(90_000..90_050).collect()
}

/// The projects whose workflow is the parent.
fn behind<'a>(s: &Scene<'a>) -> Vec<&'a Project> {
    let workflows = s.view.workflows(&[]);
    let site = s.view.site;
    let all = site.projects.iter().filter(|project| project.stage == Stage::Live);
    all.zip(workflows)
        .filter(|(_, workflow)| workflow["id"] == s.parent(0))
        .map(|(project, _)| project)
        .collect()
}

/// What the workflow of a project can have, by the project or by its workflow.
fn capabilities(s: &Scene<'_>) -> Option<Value> {
    let project = s.project(0).or_else(|| behind(s).into_iter().next())?;
    let (scope, types) = if project.simplified() {
        ("PROJECT", vec![project.type_key()])
    } else {
        ("GLOBAL", vec!["software", "service_desk", "business"])
    };
    let given = json!({"editorScope": scope, "projectTypes": types});
    Some(s.record("WorkflowCapabilities", 1_u32, given))
}

fn users_of_status<'a>(s: &Scene<'a>) -> Vec<&'a Project> {
    let uses = |project: &&Project| {
        project.statuses().iter().any(|of| project.status_id(*of).to_string() == s.parent(0))
    };
    live(s.view).into_iter().filter(uses).collect()
}

/// The issue types of the second parent, if it is one of some projects.
fn types_in(s: &Scene<'_>, projects: &[&Project]) -> Vec<Value> {
    let project = projects.iter().find(|project| project.id == s.number(1));
    let types = project.into_iter().flat_map(|project| {
        project.types().iter().map(|of| json!({"id": project.type_id(*of).to_string()}))
    });
    types.collect()
}

fn scheme(s: &Scene<'_>, id: u32) -> Value {
    let project = live(s.view).into_iter().find(|project| scheme_of(project) == id);
    let workflow =
        project.map_or_else(|| "jira".to_owned(), |project| format!("{} workflow", project.name));
    let mut mappings = json!({});
    if id.is_multiple_of(2) {
        mappings = json!({"10001": workflow, "10003": "jira"});
    }
    let absent = crate::generic::shapes::ABSENT;
    s.record(
        "WorkflowScheme",
        id,
        json!({"id": id, "defaultWorkflow": workflow,
        "issueTypeMappings": mappings,
        "draft": false, "self": format!("{BASE}/rest/api/3/workflowscheme/{id}"),
        "issueTypes": absent,
        "lastModified": absent, "lastModifiedUser": absent, "originalDefaultWorkflow": absent,
        "originalIssueTypeMappings": absent, "updateDraftIfNeeded": absent}),
    )
}

/// The versions of a workflow, newest first, written without a zone.
fn history(s: &Scene<'_>) -> Vec<Value> {
    let key = s.parent(0).bytes().fold(7_u64, |sum, byte| sum * 31 % 1_000_003 + u64::from(byte));
    let mut dice = s.dice(4, key);
    let count = 1 + dice.below(6);
    let entries = (0..count).rev().map(|n| {
        let at =
            clock::END - i64::from(count - n) * 9 * clock::DAY - i64::from(dice.below(80_000_000));
        let written = clock::zulu(at).replace('T', " ").replace('Z', "");
        json!({"workflowId": s.parent(0), "workflowVersion": n + 1,
            "isIntermediate": n + 1 < count, "writtenAt": written})
    });
    entries.collect()
}

fn read_scheme(s: &Scene<'_>, id: u32) -> Option<Value> {
    let workflows = s.view.workflows(&[]);
    let position = live(s.view).into_iter().position(|project| scheme_of(project) == id);
    let workflow = workflows.get(position.unwrap_or(0))?;
    let metadata = json!({"id": workflow["id"], "name": workflow["name"], "description": "",
        "version": workflow["version"]});
    Some(s.record(
        "WorkflowSchemeReadResponse",
        id,
        json!({"id": id.to_string(),
        "defaultWorkflow": metadata,
        "scope": {"type": "GLOBAL"}, "version": workflow["version"],
        "taskId": crate::generic::shapes::ABSENT,
        "workflowsForIssueTypes": [{"issueTypeIds": ["10001", "10003"], "workflow": metadata}]}),
    ))
}
