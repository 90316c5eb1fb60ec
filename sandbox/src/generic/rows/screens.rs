//! Screens with their tabs and fields, screen schemes, and the schemes of issue types.

use serde_json::{Value, json};

use super::field_schemes::by_scheme;
use crate::generic::{Endpoint, Kind, Parent, Scene, Style, admin, get};
use crate::options::Switch;
use crate::site::{View, catalogue};

/// How many issue type schemes, and issue type screen schemes, there are.
const SCHEMES: u32 = 53;
const DELETED_SCREEN: u64 = 9_999;
const SCREEN_SCHEMES: std::ops::Range<u32> = 10_000..10_058;
const OF_PROJECTS: &[Parent] = &[Parent::Many("projectId", Kind::Project)];

pub(super) const ROWS: &[Endpoint] = &[
    admin("/rest/api/3/screens/tabs", Style::WideBean("maxResult"), |s| {
        let screens = s.view.screens();
        let ids = screens.iter().filter_map(|screen| screen["id"].as_u64());
        let tabs = ids
            .flat_map(|id| tab_ids(s.view, &id.to_string()).into_iter().map(move |tab| (id, tab)));
        let deleted = s.view.site.options.has(Switch::DeletedScreenKeepsTabs);
        let left = deleted.then_some((DELETED_SCREEN, 99_990));
        tabs.chain(left)
            .map(
                |(screen, tab)| json!({"screenId": screen, "tabId": tab, "tabName": tab_name(tab)}),
            )
            .collect()
    }),
    admin("/rest/api/3/screens/{screenId}/tabs", Style::Array, |s| {
        tab_ids(s.view, s.parent(0))
            .into_iter()
            .map(|id| json!({"id": id, "name": tab_name(id)}))
            .collect()
    })
    .of(&[Parent::Path(Kind::Screen)]),
    admin("/rest/api/3/screens/{screenId}/tabs/{tabId}/fields", Style::Array, tab_fields)
        .of(&[Parent::Path(Kind::Screen), Parent::Path(Kind::Tab)])
        .missing(400),
    admin("/rest/api/3/screens/{screenId}/availableFields", Style::Array, available_fields)
        .of(&[Parent::Path(Kind::Screen)]),
    admin("/rest/api/3/field/{fieldId}/screens", Style::WideBean("maxResults"), screens_of_field)
        .of(&[Parent::Path(Kind::Field)]),
    admin("/rest/api/3/screenscheme", Style::Bean(25), |s| {
        SCREEN_SCHEMES
            .map(|id| {
                let screens = json!({"default": 1 + id % 120, "create": 1 + id % 7});
                s.record("ScreenScheme", id, json!({"id": id, "screens": screens}))
            })
            .collect()
    }),
    get("/rest/api/3/issuetype/{id}/alternatives", Style::Array, alternatives)
        .open()
        .of(&[Parent::Path(Kind::IssueType)]),
    admin("/rest/api/3/issuetypescheme", Style::Bean(50), |s| {
        (0..SCHEMES).map(|n| type_scheme(s, n)).collect()
    }),
    admin("/rest/api/3/issuetypescheme/mapping", Style::Bean(50), |_| {
        (0..SCHEMES)
            .flat_map(|n| {
                ["10000", "10001", "10002", "10003", "10004"].into_iter().skip(n as usize % 3).map(
                    move |kind| {
                        json!({"issueTypeSchemeId": (10_000 + n).to_string(),
                    "issueTypeId": kind})
                    },
                )
            })
            .collect()
    }),
    admin("/rest/api/3/issuetypescheme/project", Style::Bean(50), |s| {
        by_scheme(s, 4, "issueTypeScheme", |n| type_scheme(s, n))
    })
    .of(OF_PROJECTS),
    admin("/rest/api/3/issuetypescreenscheme", Style::Bean(50), |s| {
        (0..SCHEMES).map(|n| type_screen_scheme(s, n)).collect()
    }),
    admin("/rest/api/3/issuetypescreenscheme/mapping", Style::Bean(50), |_| {
        (0..SCHEMES)
            .flat_map(|n| {
                ["default", "10001"].map(|kind| {
                    json!({"issueTypeScreenSchemeId": (10_000 + n).to_string(),
                "issueTypeId": kind, "screenSchemeId": (SCREEN_SCHEMES.start + n).to_string()})
                })
            })
            .collect()
    }),
    admin("/rest/api/3/issuetypescreenscheme/project", Style::Bean(50), |s| {
        by_scheme(s, 3, "issueTypeScreenScheme", |n| type_screen_scheme(s, n))
    })
    .of(OF_PROJECTS),
];

/// The ids of a screen's tabs.
pub(crate) fn tab_ids(view: View<'_>, screen: &str) -> Vec<u32> {
    let known =
        screen.parse().ok().filter(|id| (1..=view.screens().len()).contains(&(*id as usize)));
    known.map_or_else(Vec::new, |screen: u32| (0..=screen % 3).map(|n| screen * 10 + n).collect())
}

fn tab_name(id: u32) -> String {
    ["Field Tab", "Details", "세부 정보"][id as usize % 3].to_owned()
}

/// The tabs a field is on, as many as its record counts screens.
fn tabs_of_field(view: View<'_>) -> Vec<(Value, Vec<u32>)> {
    let screens = u32::try_from(view.screens().len()).unwrap_or(1);
    let fields = view.field_details().into_iter().zip(0_u32..);
    fields
        .map(|(field, n)| {
            let count =
                field["screensCount"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
            let on = (0..count).map(|k| 1 + (n * 7 + k * 13) % screens);
            let tabs = on.map(|screen| screen * 10 + n % (screen % 3 + 1)).collect();
            (field, tabs)
        })
        .collect()
}

fn tab_fields(s: &Scene<'_>) -> Vec<Value> {
    let tab = s.number(1);
    let on = tabs_of_field(s.view).into_iter().filter(|(_, tabs)| tabs.contains(&tab));
    on.map(|(field, _)| json!({"id": field["id"], "name": field["name"]})).collect()
}

/// The fields that are on no tab of the screen.
fn available_fields(s: &Scene<'_>) -> Vec<Value> {
    let screen = s.number(0);
    let off = tabs_of_field(s.view)
        .into_iter()
        .filter(|(_, tabs)| tabs.iter().all(|tab| tab / 10 != screen));
    off.map(|(field, _)| json!({"id": field["id"], "name": field["name"]})).collect()
}

/// The types that stand beside the type in every project that has it; a sub-task's are sub-tasks.
fn alternatives(s: &Scene<'_>) -> Vec<Value> {
    let browsed = s.view.site.projects.iter().filter(|project| s.view.viewer.browses(project));
    let all: Vec<Vec<Value>> = browsed.map(catalogue::issue_types_of).collect();
    let known = |types: &[Value], id: &Value| types.iter().any(|of| of["id"] == *id);
    let asked = json!(s.parent(0));
    let with: Vec<&Vec<Value>> = all.iter().filter(|types| known(types, &asked)).collect();
    let Some(first) = with.first() else { return Vec::new() };
    let subtask = first.iter().find(|of| of["id"] == asked).map(|of| &of["subtask"]);
    let beside = first.iter().filter(|of| {
        of["id"] != asked
            && Some(&of["subtask"]) == subtask
            && with.iter().all(|types| known(types, &of["id"]))
    });
    beside.cloned().collect()
}

fn screens_of_field(s: &Scene<'_>) -> Vec<Value> {
    let screens = s.view.screens();
    let mine = tabs_of_field(s.view).into_iter().find(|(field, _)| field["id"] == s.parent(0));
    let tabs = mine.map(|(_, tabs)| tabs).unwrap_or_default();
    let placed = tabs.into_iter().filter_map(|tab| {
        let mut screen = screens.get((tab / 10) as usize - 1)?.clone();
        screen["tab"] = json!({"id": tab, "name": tab_name(tab)});
        Some(screen)
    });
    placed.collect()
}

fn type_scheme(s: &Scene<'_>, n: u32) -> Value {
    s.record(
        "IssueTypeScheme",
        n,
        json!({"id": (10_000 + n).to_string(), "isDefault": n == 0, "defaultIssueTypeId": "10001"}),
    )
}

fn type_screen_scheme(s: &Scene<'_>, n: u32) -> Value {
    s.record("IssueTypeScreenScheme", n, json!({"id": (10_000 + n).to_string()}))
}
