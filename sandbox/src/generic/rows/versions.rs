//! Versions and components of projects.

use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::generic::{Endpoint, Kind, Parent, Scene, Style, get};
use crate::site::BASE;
use crate::site::issues::Embed;
use crate::site::projects::{Project, Stage};
use crate::site::selection::Selection;
use crate::site::versions::shows_children;

const OF_PROJECT: &[Parent] = &[Parent::Path(Kind::Project)];

pub(super) const ROWS: &[Endpoint] = &[
    get("/rest/api/3/component", Style::Bean(50), |s| {
        let open = s
            .projects_named(0)
            .into_iter()
            .filter(|project| shows_children(project, s.view.viewer));
        let all = open
            .flat_map(|project| (0..project.components).map(|n| s.view.component_ref(project, n)));
        all.collect()
    })
    .open()
    .of(&[Parent::Any("projectIdsOrKeys", Kind::Project)]),
    get("/rest/api/3/project/{projectIdOrKey}/versions", Style::Array, |s| {
        s.project(0).map(|project| s.view.versions(project)).unwrap_or_default()
    })
    .open()
    .of(OF_PROJECT)
    .refusing(withheld),
    get("/rest/api/3/project/{projectIdOrKey}/components", Style::Array, |s| {
        let components = s.project(0).map(|project| s.view.components(project)).unwrap_or_default();
        components.into_iter().map(plain_component).collect()
    })
    .open()
    .of(OF_PROJECT)
    .refusing(withheld),
    get("/rest/api/3/version/{id}/relatedIssueCounts", Style::One, |s| {
        let id = s.number(0);
        let (fixed, affected) = counts(s);
        vec![json!({"self": format!("{BASE}/rest/api/3/version/{id}"), "issuesFixedCount": fixed,
            "issuesAffectedCount": affected,
            "issueCountWithCustomFieldsShowingVersion": id % 5,
            "customFieldUsage": [{"fieldName": "Found in", "customFieldId": 10_059,
            "issueCountWithVersionInCustomField": id % 5}]})]
    })
    .open()
    .of(OF_VERSION),
    get("/rest/api/3/version/{id}/unresolvedIssueCount", Style::One, |s| {
        let fixed = counts(s).0;
        vec![json!({"self": format!("{BASE}/rest/api/3/version/{}", s.parent(0)),
            "issuesCount": fixed, "issuesUnresolvedCount": fixed / 2})]
    })
    .open()
    .of(OF_VERSION),
    get("/rest/api/3/version/{id}/relatedwork", Style::Array, |s| {
        (0..s.number(0) % 4)
            .map(|n| {
                let id = s.dice(5, u64::from(s.number(0) * 10 + n)).uuid();
                s.record(
                    "VersionRelatedWork",
                    s.number(0) * 10 + n,
                    json!({"relatedWorkId": id,
                "category": "Communication"}),
                )
            })
            .collect()
    })
    .of(OF_VERSION),
    get("/rest/api/3/component/{id}/relatedIssueCounts", Style::One, |s| {
        let id = s.parent(0);
        vec![json!({"self": format!("{BASE}/rest/api/3/component/{id}"),
            "issueCount": s.number(0) % 100 % 17})]
    })
    .open()
    .of(&[Parent::Path(Kind::Component)]),
];

const OF_VERSION: &[Parent] = &[Parent::Path(Kind::Version)];

/// The project that withholds its versions and components.
fn withheld(s: &Scene<'_>) -> Option<Refusal> {
    let open = s.project(0).is_some_and(|project| shows_children(project, s.view.viewer));
    (!open).then(|| Refusal::missing("Project"))
}

fn plain_component(mut component: Value) -> Value {
    if let Some(fields) = component.as_object_mut() {
        fields.remove("componentBean");
        fields.remove("issueCount");
    }
    component
}

/// How many issues are fixed in a version, and affect it, as far as the viewer finds them.
fn counts(s: &Scene<'_>) -> (usize, usize) {
    let id = s.number(0);
    let stage = |project: &&Project| project.stage == Stage::Live && project.id == id / 100;
    let Some(project) = s.view.site.projects.iter().find(stage) else { return (0, 0) };
    let of_project = s.view.found().filter(|head| s.view.site.project_of(head).id == project.id);
    let holds = |value: &Value| {
        value.as_array().is_some_and(|all| all.iter().any(|one| one["id"] == s.parent(0)))
    };
    let wanted = Selection::parse(&["fixVersions".to_owned(), "versions".to_owned()], "*all");
    let embed = Embed { comments: 0, worklogs: 0 };
    of_project.map(|head| s.view.issue(head, &wanted, embed)).fold(
        (0, 0),
        |(fixed, affected), issue| {
            (
                fixed + usize::from(holds(&issue["fields"]["fixVersions"])),
                affected + usize::from(holds(&issue["fields"]["versions"])),
            )
        },
    )
}
