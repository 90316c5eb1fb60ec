//! Which fields there are where: field configurations, and the field schemes that succeed them.

use serde_json::{Value, json};

use crate::generic::{Endpoint, Kind, Parent, Scene, Style, admin, get};
use crate::options::Switch;
use crate::site::custom;

pub(super) const ROWS: &[Endpoint] = &[
    admin("/rest/api/3/fieldconfiguration", Style::Bean(50), |s| {
        CONFIGURATIONS.map(|id| configuration(s, id)).collect()
    })
    .off(Switch::FieldConfigurationsOff, 404),
    admin("/rest/api/3/fieldconfiguration/{id}/fields", Style::Bean(50), configuration_items)
        .of(&[Parent::Path(Kind::FieldConfiguration)])
        .off(Switch::FieldConfigurationsOff, 404),
    admin("/rest/api/3/fieldconfigurationscheme", Style::Bean(50), |s| {
        CONFIGURATION_SCHEMES.map(|id| configuration_scheme(s, id)).collect()
    })
    .off(Switch::FieldConfigurationsOff, 404),
    admin("/rest/api/3/fieldconfigurationscheme/mapping", Style::Bean(50), |_| {
        CONFIGURATION_SCHEMES
            .flat_map(|id| {
                ["default", "10001", "10003"].map(|kind| {
                    json!({"fieldConfigurationSchemeId": id.to_string(),
                "issueTypeId": kind,
                "fieldConfigurationId": (CONFIGURATIONS.start + id % 56).to_string()})
                })
            })
            .collect()
    })
    .off(Switch::FieldConfigurationsOff, 404),
    admin("/rest/api/3/fieldconfigurationscheme/project", Style::Bean(50), |s| {
        let scheme = |n| configuration_scheme(s, CONFIGURATION_SCHEMES.start + n);
        by_scheme(s, 3, "fieldConfigurationScheme", scheme)
    })
    .of(OF_PROJECTS)
    .off(Switch::FieldConfigurationsOff, 404),
    admin("/rest/api/3/config/fieldschemes", Style::Bean(50), |s| {
        SCHEMES.map(|id| scheme(s, id)).collect()
    })
    .off(Switch::FieldSchemesOff, 404),
    admin("/rest/api/3/config/fieldschemes/projects", Style::Bean(50), |s| {
        let projects = s.projects_named(0).into_iter();
        projects
            .map(|project| {
                json!({"projectId": project.id,
            "schemeId": scheme_of(project.id)})
            })
            .collect()
    })
    .of(OF_PROJECTS)
    .off(Switch::FieldSchemesOff, 404),
    admin("/rest/api/3/config/fieldschemes/{id}", Style::One, |s| {
        let mut value = scheme(s, s.number(0));
        value["id"] = json!(s.parent(0));
        vec![value]
    })
    .of(OF_SCHEME)
    .off(Switch::FieldSchemesOff, 404),
    admin("/rest/api/3/config/fieldschemes/{id}/fields", Style::Bean(50), scheme_fields)
        .of(OF_SCHEME)
        .off(Switch::FieldSchemesOff, 404),
    admin("/rest/api/3/config/fieldschemes/{id}/projects", Style::Bean(50), |s| {
        let projects = s.view.live_projects().into_iter();
        let mine = projects.filter(|project| scheme_of(project.id) == s.number(0));
        mine.map(|project| json!({"id": project.id.to_string(), "name": project.name})).collect()
    })
    .of(OF_SCHEME)
    .off(Switch::FieldSchemesOff, 404),
    get("/rest/api/3/projects/fields", Style::Bean(50), project_fields)
        .of(&[
            Parent::Many("projectId", Kind::Project),
            Parent::Many("workTypeId", Kind::IssueType),
        ])
        .off(Switch::FieldSchemesOff, 404),
];

/// The ids of the field configurations.
pub(crate) const CONFIGURATIONS: std::ops::Range<u32> = 10_000..10_056;
/// The ids of the field schemes.
pub(crate) const SCHEMES: std::ops::Range<u32> = 10_100..10_156;
/// The ids of the field configuration schemes.
const CONFIGURATION_SCHEMES: std::ops::Range<u32> = 10_200..10_254;

const OF_PROJECTS: &[Parent] = &[Parent::Many("projectId", Kind::Project)];
const OF_SCHEME: &[Parent] = &[Parent::Path(Kind::FieldScheme)];

fn configuration(s: &Scene<'_>, id: u32) -> Value {
    let mut value = s.record("FieldConfigurationDetails", id, json!({"id": id}));
    if id == CONFIGURATIONS.start {
        value["isDefault"] = json!(true);
    }
    value
}

fn configuration_items(s: &Scene<'_>) -> Vec<Value> {
    let fields = s.view.fields();
    let skipped = s.number(0) as usize % 7;
    fields
        .iter()
        .zip(0_u32..)
        .skip(skipped)
        .map(|(field, n)| {
            s.record(
                "FieldConfigurationItem",
                s.number(0) * 100 + n,
                json!({"id": field["id"], "isRequired": field["id"] == "summary"}),
            )
        })
        .collect()
}

fn configuration_scheme(s: &Scene<'_>, id: u32) -> Value {
    s.record("FieldConfigurationScheme", id, json!({"id": id.to_string()}))
}

/// For each scheme that one of the named projects uses: the scheme, and those projects.
pub(super) fn by_scheme(
    s: &Scene<'_>,
    schemes: u32,
    name: &str,
    scheme: impl Fn(u32) -> Value,
) -> Vec<Value> {
    let projects = s.projects_named(0);
    let used = (0..schemes).map(|n| {
        let mine = projects.iter().filter(|project| project.id % schemes == n);
        (n, mine.map(|project| project.id.to_string()).collect::<Vec<String>>())
    });
    used.filter(|(_, ids)| !ids.is_empty())
        .map(|(n, ids)| json!({name: scheme(n), "projectIds": ids}))
        .collect()
}

fn scheme_of(project: u32) -> u32 {
    SCHEMES.start + project % 4
}

fn scheme(s: &Scene<'_>, id: u32) -> Value {
    s.record(
        "GetFieldAssociationSchemeResponse",
        id,
        json!({"id": id, "isDefault": id == SCHEMES.start,
        "matchedFilters": super::super::shapes::ABSENT,
        "links": {"associations": format!("rest/api/3/config/fieldschemes/{id}/fields"),
            "projects": format!("rest/api/3/config/fieldschemes/{id}/projects")}}),
    )
}

fn scheme_fields(s: &Scene<'_>) -> Vec<Value> {
    let fields = s.view.fields();
    let mine = fields.iter().zip(0_u32..).filter(|(_, n)| !(n + s.number(0)).is_multiple_of(5));
    mine.map(|(field, n)| {
        s.record(
            "FieldAssociationSchemeFieldSearchResult",
            s.number(0) * 100 + n,
            json!({"fieldId": field["id"],
            "allowedOperations": ["REMOVE", "CHANGE_REQUIRED", "CHANGE_DESCRIPTION"],
            "restrictedToWorkTypes": if n % 4 == 0 { vec!["10001", "10003"] } else { Vec::new() },
            "workTypeParameters": []}),
        )
    })
    .collect()
}

fn project_fields(s: &Scene<'_>) -> Vec<Value> {
    let kinds = s.named(1);
    let mut all = Vec::new();
    for project in s.projects_named(0) {
        let types = project.types().iter().map(|of| project.type_id(*of));
        for kind in types.filter(|kind| kinds.contains(&kind.to_string().as_str())) {
            for (field, n) in
                custom::FIELDS.iter().filter(|field| field.is_on(project)).zip(0_u32..)
            {
                all.push(s.record(
                    "ProjectFieldBean",
                    kind * 100 + n,
                    json!({"fieldId": field.id(),
                    "projectId": project.id, "workTypeId": kind, "isRequired": n % 9 == 0}),
                ));
            }
        }
    }
    all
}
