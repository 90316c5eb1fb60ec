//! Boards: their kind, their configuration, and what each child of a board answers.

use serde_json::{Value, json};

use super::heads::Head;
use super::issues::is_done;
use super::projects;
use super::projects::{Project, Stage};
use super::{BASE, Sprint, View};
use crate::accounts::Right;
use crate::options::{SiteOptions, Switch};

/// What asking a board for its sprints leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sprints {
    /// A list.
    Listed,
    /// 400: the board does not work with sprints.
    Unsupported,
    /// 422: no column of the board maps a status.
    Unmapped,
}

/// A board of the site.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    pub(crate) id: u32,
    name: &'static str,
    /// `scrum`, `kanban` or `simple`.
    pub(crate) kind: &'static str,
    /// The project whose issues it shows.
    pub(crate) project: String,
    pub(crate) sprints: Sprints,
    place: BoardPlace,
}

/// Where a board lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BoardPlace {
    Project,
    /// In somebody's profile.
    User,
    Nowhere,
    /// Shown to its members, and to others only as a private board without a name.
    Private,
}

/// Id, name, kind and project of the fixed boards.
const FIXED: &[(u32, &str, &str, &str)] = &[
    (1, "CORE board", "scrum", "CORE"),
    (2, "CORE across teams", "scrum", "CORE"),
    (3, "OPS flow", "kanban", "OPS"),
    (4, "WEB board", "simple", "WEB"),
    (5, "LAB board", "simple", "LAB"),
    (HALF_MADE, "Half-made board", "scrum", "CORE"),
    (7, "SEC board", "scrum", "SEC"),
    (8, "보드", "kanban", "OPS"),
    (9, "Board to come", "scrum", "OPS"),
    (20, "Private one", "scrum", "CORE"),
    (21, "Private two", "kanban", "OPS"),
];

/// The board whose columns map no status.
const HALF_MADE: u32 = 6;

fn sprints_of(id: u32, kind: &str) -> Sprints {
    match (id, kind) {
        (HALF_MADE, _) => Sprints::Unmapped,
        // A team-managed board has them switched on or off.
        (5, _) | (_, "kanban") => Sprints::Unsupported,
        _ => Sprints::Listed,
    }
}

fn place_of(id: u32) -> BoardPlace {
    match id {
        2 => BoardPlace::Nowhere,
        8 => BoardPlace::User,
        20 | 21 => BoardPlace::Private,
        _ => BoardPlace::Project,
    }
}

/// The fixed boards and one for each extra project.
pub(super) fn boards(options: &SiteOptions, projects: &[Project]) -> Vec<Board> {
    let private_too = options.has(Switch::PrivateBoardsOfOthers);
    let fixed = FIXED.iter().map(|&(id, name, kind, project)| Board {
        id,
        name,
        kind,
        project: project.to_owned(),
        sprints: sprints_of(id, kind),
        place: place_of(id),
    });
    let fixed = fixed.filter(|board| private_too || board.place != BoardPlace::Private);
    let extra = projects.iter().filter(|project| project.id >= 11_000).map(|project| Board {
        id: project.id,
        name: "Extra board",
        kind: "kanban",
        project: project.key.clone(),
        sprints: Sprints::Unsupported,
        place: BoardPlace::Project,
    });
    fixed.chain(extra).collect()
}

impl<'a> View<'a> {
    fn project_behind(&self, board: &Board) -> Option<&'a Project> {
        self.project_named(&board.project).filter(|project| project.stage == Stage::Live)
    }

    /// A board whose children answer, or `None` where they are 404.
    pub(crate) fn board_with_id(&self, id: &str) -> Option<&'a Board> {
        let site = self.site;
        site.boards.iter().find(|board| {
            board.id.to_string() == id
                && board.place != BoardPlace::Private
                && self.project_behind(board).is_some()
        })
    }

    /// The boards a viewer may open.
    pub(crate) fn open_boards(&self) -> Vec<&'a Board> {
        let site = self.site;
        let open = |board: &&Board| {
            board.place != BoardPlace::Private && self.project_behind(board).is_some()
        };
        site.boards.iter().filter(open).collect()
    }

    /// The boards as the list gives them; private ones at the end, by id alone.
    pub(crate) fn boards(&self, private_too: bool) -> Vec<Value> {
        let mut boards: Vec<Value> =
            self.open_boards().into_iter().map(|board| self.board(board)).collect();
        if private_too && self.viewer.may(Right::PrivateBoards) {
            let private =
                self.site.boards.iter().filter(|board| board.place == BoardPlace::Private);
            boards.extend(private.map(|board| {
                json!({"id": board.id, "isPrivate": true,
                "self": format!("{BASE}/rest/agile/1.0/board/{}", board.id)})
            }));
        }
        boards
    }

    /// One board.
    pub(crate) fn board(&self, board: &Board) -> Value {
        let mut value = json!({"id": board.id, "self": format!("{BASE}/rest/agile/1.0/board/{}", board.id),
            "name": board.name, "type": board.kind, "isPrivate": false});
        match (board.place, self.project_behind(board)) {
            (BoardPlace::Project, Some(project)) => {
                value["location"] = json!({"projectId": project.id, "projectKey": project.key,
                    "projectName": project.name, "name": format!("{} ({})", project.name, project.key),
                    "displayName": format!("{} ({})", project.name, project.key),
                    "projectTypeKey": project.type_key(),
                    "avatarURI": format!("{BASE}/rest/api/2/universal_avatar/view/type/project/avatar/10400?size=small")});
            }
            (BoardPlace::User, _) => {
                let owner = &self.site.people[5];
                value["location"] = json!({"userId": 5, "userAccountId": owner.account_id,
                    "displayName": owner.name, "name": owner.name});
            }
            _ => {}
        }
        value
    }

    /// The columns, filter, estimation and ranking of a board.
    pub(crate) fn board_configuration(&self, board: &Board) -> Value {
        let project = self.project_behind(board);
        let statuses = project.map(|project| {
            let entry = |&of| {
                let id = project.status_id(of);
                json!({"name": of.name, "statuses": [{"id": id.to_string(), "self": format!("{BASE}/rest/api/3/status/{id}")}]})
            };
            project.statuses().iter().map(entry).collect::<Vec<Value>>()
        });
        let columns = match board.sprints {
            Sprints::Unmapped => vec![json!({"name": "To Do", "statuses": []})],
            _ => statuses.unwrap_or_default(),
        };
        let mut value = json!({"id": board.id, "name": board.name, "type": board.kind,
            "self": format!("{BASE}/rest/agile/1.0/board/{}/configuration", board.id),
            "filter": {"id": (10_000 + board.id).to_string(), "self": format!("{BASE}/rest/api/2/filter/{}", 10_000 + board.id)},
            "columnConfig": {"columns": columns, "constraintType": "issueCount"},
            "ranking": {"rankCustomFieldId": 10_019}});
        if let (BoardPlace::Project, Some(project)) = (board.place, project) {
            value["location"] = json!({"type": "project", "key": project.key, "id": project.id.to_string(),
                "name": project.name, "self": format!("{BASE}/rest/api/2/project/{}", project.id)});
        }
        if board.kind == "scrum" {
            value["estimation"] = json!({"type": "field", "field": {"fieldId": "customfield_10026", "displayName": "Story Points"}});
        } else {
            value["subQuery"] =
                json!({"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"});
        }
        value
    }

    /// The sprints a board shows: closed, active, future. Two boards of CORE show the same ones.
    pub(crate) fn sprints_on(&self, board: &Board) -> Vec<&'a Sprint> {
        let site = self.site;
        let mut sprints: Vec<&Sprint> = site
            .sprints
            .iter()
            .filter(|sprint| sprint.project == board.project)
            .filter(|sprint| board.id != 2 || sprint.id >= 40)
            .collect();
        sprints.sort_by_key(|sprint| (sprint.state, sprint.id));
        sprints
    }

    /// A sprint by its id, wherever it is shown.
    pub(crate) fn sprint_with_id(&self, id: &str) -> Option<&'a Sprint> {
        let site = self.site;
        let sprint = site.sprints.iter().find(|sprint| sprint.id.to_string() == id)?;
        self.project_named(sprint.project).map(|_| sprint)
    }

    /// The issues of a board, by rank.
    pub(crate) fn board_issues(&self, board: &Board) -> Vec<&'a Head> {
        let behind = self.project_behind(board).map(|project| project.id);
        self.found().filter(|head| Some(self.site.project_of(head).id) == behind).collect()
    }

    /// The unfinished issues of a board that are in no running sprint.
    pub(crate) fn backlog(&self, board: &Board) -> Vec<&'a Head> {
        let site = self.site;
        self.board_issues(board)
            .into_iter()
            .filter(|head| {
                let project = site.project_of(head);
                !is_done(project, head)
                    && self
                        .sprints_of(head, project)
                        .iter()
                        .all(|sprint| sprint.state.word() == "closed")
            })
            .collect()
    }

    /// The issues of a sprint.
    pub(crate) fn sprint_issues(&self, sprint: &Sprint) -> Vec<&'a Head> {
        let site = self.site;
        self.found()
            .filter(|head| {
                let project = site.project_of(head);
                project.key == sprint.project
                    && self.sprints_of(head, project).iter().any(|of| of.id == sprint.id)
            })
            .collect()
    }

    /// The project a board shows.
    pub(crate) fn board_projects(&self, board: &Board) -> Vec<Value> {
        self.project_behind(board).map(projects::project_ref).into_iter().collect()
    }

    /// The versions of the project a board shows, with numeric ids as the agile paths give them.
    pub(crate) fn board_versions(&self, board: &Board) -> Vec<Value> {
        let Some(project) = self.project_behind(board) else {
            return Vec::new();
        };
        let mut versions = self.versions(project);
        for version in &mut versions {
            let id = version["id"].as_str().and_then(|id| id.parse::<u32>().ok());
            version["id"] = json!(id);
        }
        versions
    }

    /// The epics of the project a board shows.
    pub(crate) fn board_epics(&self, board: &Board) -> Vec<Value> {
        self.board_issues(board).into_iter().filter_map(|head| self.epic(head)).collect()
    }

    /// An issue as an epic, if it is one.
    pub(crate) fn epic(&self, head: &Head) -> Option<Value> {
        let project = self.site.project_of(head);
        let epic = project.types()[usize::from(head.kind)].level == 1;
        (epic && self.sees(head)).then(|| {
            json!({"id": head.id, "key": self.site.key_of(head), "name": "", "summary": self.summary(head),
                "self": format!("{BASE}/rest/agile/1.0/epic/{}", head.id),
                "color": {"key": format!("color_{}", 1 + head.id % 14)}, "done": is_done(project, head)})
        })
    }
}
