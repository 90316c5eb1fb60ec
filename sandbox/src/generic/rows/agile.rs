//! What belongs to boards and epics.

use serde_json::{Value, json};

use crate::answer::{Refusal, said};
use crate::generic::{Endpoint, Kind, Parent, Scene, Style, get};
use crate::site::{BASE, Board, Sprints, View, words};

const OF_BOARD: &[Parent] = &[Parent::Path(Kind::Board)];

pub(super) const ROWS: &[Endpoint] = &[
    get("/rest/agile/1.0/board/{boardId}/quickfilter", Style::AgileBean, |s| {
        s.board(0).map(|board| quick_filters(s.view, board)).unwrap_or_default()
    })
    .of(OF_BOARD),
    get("/rest/agile/1.0/board/{boardId}/quickfilter/{quickFilterId}", Style::One, |s| {
        let filters = s.board(0).map(|board| quick_filters(s.view, board)).unwrap_or_default();
        filters.into_iter().filter(|filter| filter["id"] == s.number(1)).collect()
    })
    .of(&[Parent::Path(Kind::Board), Parent::Path(Kind::QuickFilter)]),
    get("/rest/agile/1.0/board/{boardId}/features", Style::Named("features"), features)
        .of(OF_BOARD),
    get("/rest/agile/1.0/board/{boardId}/reports", Style::Named("reports"), |s| {
        let reports = ["burndownChart", "velocityChart", "controlChart", "sprintRetrospective"];
        let shown = usize::try_from(s.number(0)).unwrap_or(0) % (reports.len() + 1);
        reports.iter().take(shown).map(|key| json!({"key": key, "name": key})).collect()
    })
    .of(OF_BOARD),
    get("/rest/agile/1.0/board/{boardId}/project/full", Style::AgileBean, |s| {
        s.board(0).map(|board| s.view.board_projects(board)).unwrap_or_default()
    })
    .of(OF_BOARD),
    get("/rest/agile/1.0/board/filter/{filterId}", Style::AgileBean, |s| {
        let boards =
            s.view.open_boards().into_iter().filter(|board| 10_000 + board.id == s.number(0));
        boards
            .map(|board| s.view.board(board))
            .map(|board| json!({"id": board["id"], "self": board["self"], "name": board["name"]}))
            .collect()
    })
    .of(&[Parent::Path(Kind::Filter)])
    .missing(400),
    get("/rest/agile/1.0/epic/{epicIdOrKey}", Style::One, |s| {
        s.issue(0).and_then(|head| s.view.epic(head)).into_iter().collect()
    })
    .of(&[Parent::Path(Kind::Epic)])
    .refusing(|s| {
        let head = s.issue(0)?;
        if s.view.site.project_of(head).simplified() {
            let text = "The request contains a next-gen issue.";
            return Some(Refusal::bad(said(text, "요청에 차세대 이슈가 있습니다.")));
        }
        s.view.epic(head).is_none().then(|| Refusal::missing("Epic"))
    }),
];

/// The quick filters of a board.
pub(crate) fn quick_filters(view: View<'_>, board: &Board) -> Vec<Value> {
    let count = if board.id == 1 { 57 } else { board.id % 4 };
    let scene = Scene { view, parents: &[] };
    (0..count)
        .map(|n| {
            let mut dice = scene.dice(15, u64::from(board.id) << 16 | u64::from(n));
            let mut filter = json!({"id": board.id * 100 + n, "boardId": board.id,
                "name": words::title(&mut dice),
                "jql": format!("labels = \"{}\"", words::word(&mut dice)), "position": n});
            if dice.chance(700) {
                filter["description"] = json!(words::sentence(&mut dice));
            }
            filter
        })
        .collect()
}

/// Only team-managed boards have features to switch.
fn features(s: &Scene<'_>) -> Vec<Value> {
    const FEATURES: &[&str] =
        &["SIMPLE_ROADMAP", "BACKLOG", "SPRINTS", "REPORTS", "ESTIMATION", "DEPLOYMENTS"];
    let Some(board) = s.board(0).filter(|board| board.kind == "simple") else { return Vec::new() };
    FEATURES
        .iter()
        .map(|feature| {
            let on = *feature != "SPRINTS" || board.sprints == Sprints::Listed;
            json!({"boardFeature": feature, "boardId": board.id,
                "state": if on { "ENABLED" } else { "DISABLED" },
                "localisedName": feature.to_lowercase(), "localisedDescription": "",
                "featureType": "BASIC",
                "featureId": format!("jsw.{}", feature.to_lowercase()),
                "toggleLocked": *feature == "REPORTS",
                "imageUri": format!("{BASE}/images/{feature}.svg")})
        })
        .collect()
}
