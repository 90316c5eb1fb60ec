//! What belongs to an issue and is not embedded in it.

use serde_json::{Value, json};

use crate::answer::{Refusal, said};
use crate::generic::{Endpoint, Kind, Parent, Scene, Style, get, post};
use crate::options::Switch;
use crate::site::changes::Note;
use crate::site::heads::Head;
use crate::site::projects::Stage;
use crate::site::{BASE, View, custom, fields, words};

const OF_ISSUE: &[Parent] = &[Parent::Path(Kind::Issue)];

pub(super) const ROWS: &[Endpoint] = &[
    post("/rest/api/3/comment/list", Style::WholeBean, comments_by_id)
        .open()
        .of(&[Parent::BodyList("ids", Kind::Comment)]),
    get("/rest/api/3/issue/{issueIdOrKey}/transitions", Style::Named("transitions"), transitions)
        .open()
        .of(OF_ISSUE)
        .beside(|_, page| page["expand"] = json!("transitions")),
    get("/rest/api/3/issue/{issueIdOrKey}/remotelink", Style::Array, remote_links)
        .open()
        .of(OF_ISSUE)
        .off(Switch::LinkingOff, 403)
        .refusing(|s| {
            let limited = s.view.site.options.has(Switch::TooManyRemoteLinks);
            (limited && s.number(0).is_multiple_of(7)).then(|| {
                Refusal::new(
                    413,
                    said(
                        "The issue exceeds the limit of remote links.",
                        "이슈의 원격 링크 제한을 초과했습니다.",
                    ),
                )
            })
        }),
    get("/rest/api/3/issue/{issueIdOrKey}/watchers", Style::Named("watchers"), |s| {
        s.issue(0).map(|head| people(s, 8, head, head.id % 6)).unwrap_or_default()
    })
    .open()
    .of(OF_ISSUE)
    .beside(|s, page| {
        let count = s.issue(0).map_or(0, |head| head.id % 6);
        page["self"] = json!(format!("{BASE}/rest/api/3/issue/{}/watchers", s.parent(0)));
        page["watchCount"] = json!(count);
        page["isWatching"] = json!(count == 5);
    }),
    get("/rest/api/3/issue/{issueIdOrKey}/votes", Style::Named("voters"), |s| {
        s.issue(0).map(|head| people(s, 9, head, head.id % 4)).unwrap_or_default()
    })
    .open()
    .of(OF_ISSUE)
    .off(Switch::VotingOff, 404)
    .beside(|s, page| {
        page["self"] = json!(format!("{BASE}/rest/api/3/issue/{}/votes", s.parent(0)));
        page["votes"] = json!(s.issue(0).map_or(0, |head| head.id % 4));
        page["hasVoted"] = json!(false);
    }),
    get("/rest/api/3/issue/{issueIdOrKey}/editmeta", Style::One, |s| vec![edit_meta(s)])
        .open()
        .of(OF_ISSUE),
    get("/rest/agile/1.0/issue/{issueIdOrKey}/estimation", Style::One, |s| {
        vec![json!({"fieldId": "customfield_10026", "value": format!("{}.0", s.number(0) % 13)})]
    })
    .of(&[Parent::Path(Kind::Issue), Parent::Query("boardId", Kind::Board)])
    .refusing(|s| {
        let board = s.board(1).is_some_and(|board| board.kind == "scrum");
        (!board).then(|| {
            Refusal::bad(said("The board has no estimation.", "이 보드에는 추정이 없습니다."))
        })
    }),
];

/// As many people as an issue counts, each once.
fn people(s: &Scene<'_>, subject: u64, head: &Head, count: u32) -> Vec<Value> {
    let people = s.view.people_count();
    let first = s.dice(subject, u64::from(head.id)).index(people);
    (0..count as usize).map(|n| s.view.user((first + n * 11) % people)).collect()
}

/// Which moves there are depends on what the caller may do.
fn transitions(s: &Scene<'_>) -> Vec<Value> {
    let may = s.view.viewer.logged_in();
    let head = s.issue(0).filter(|head| may && s.view.site.project_of(head).stage == Stage::Live);
    let all = head.map(|head| s.view.transitions(head)).unwrap_or_default();
    all.as_array().cloned().unwrap_or_default()
}

fn remote_links(s: &Scene<'_>) -> Vec<Value> {
    let Some(head) = s.issue(0) else { return Vec::new() };
    let mut dice = s.dice(10, u64::from(head.id));
    let count = if dice.chance(600) { 0 } else { 1 + dice.below(3) };
    (0..count)
        .map(|n| {
            let id = head.id * 10 + n;
            let object = json!({"url": format!("https://ci.sandbox.example/build/{id}?a=1&b=ü"),
                "title": words::title(&mut dice),
                "summary": words::sentence(&mut dice),
                "icon": {"url16x16": "https://ci.sandbox.example/icon.png", "title": "CI"},
                "status": {"resolved": dice.chance(500), "icon": {}}});
            let mut link = s.record(
                "RemoteIssueLink",
                id,
                json!({"id": id, "object": object,
                "self": format!("{BASE}/rest/api/3/issue/{}/remotelink/{id}", head.id)}),
            );
            if n == 0 {
                link["application"] = json!({"type": "com.sandbox.ci", "name": "CI 서버"});
            }
            link
        })
        .collect()
}

/// The fields the caller may edit, by id.
fn edit_meta(s: &Scene<'_>) -> Value {
    let Some(head) = s.issue(0) else { return Value::Null };
    let project = s.view.site.project_of(head);
    let mut meta = json!({});
    if s.view.viewer.logged_in() && project.stage == Stage::Live {
        for field in s.view.fields() {
            let id = field["id"].as_str().unwrap_or_default();
            let known = custom::FIELDS.iter().find(|known| known.id() == id);
            let on = known
                .map_or(fields::is_navigable(id) && id != "parent", |field| field.is_on(project));
            if on {
                meta[id] = json!({"key": id, "name": field["name"], "required": id == "summary",
                    "operations": ["set"], "schema": field["schema"]});
            }
        }
    }
    json!({"fields": meta})
}

/// Comments of any issues, in the order of their ids.
fn comments_by_id(s: &Scene<'_>) -> Vec<Value> {
    let wanted = s.named(0);
    let mut on: Vec<&Head> = wanted.iter().filter_map(|id| comment(s.view, id)).collect();
    on.dedup_by_key(|head| head.id);
    let all = on.into_iter().flat_map(|head| s.view.comments(head));
    all.filter(|comment| wanted.iter().any(|id| comment["id"] == *id)).collect()
}

/// The issue a comment is on, if the viewer may read the comment.
pub(crate) fn comment<'a>(view: View<'a>, id: &str) -> Option<&'a Head> {
    let number: u32 = id.parse().ok()?;
    let head = view.site.heads.iter().find(|head| head.has_note(Note::Comment, number))?;
    (view.sees(head) && view.shows_comment(head, number)).then_some(head)
}
