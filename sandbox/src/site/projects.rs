//! Projects and their categories.

use serde_json::{Map, Value, json};

use super::catalogue;
use super::clock::{self, DAY};
use super::heads::Head;
use super::random::{Dice, Subject};
use super::versions::shows_children;
use super::{BASE, View};
use crate::accounts::Right;
use crate::options::{SiteOptions, Switch};

/// How far a project is from being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Live,
    Archived,
    Trashed,
}

/// Who may browse a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Anybody, logged in or not.
    Public,
    /// Ordinary users.
    Users,
    /// Ordinary users, who are refused its versions and components.
    UsersWithoutChildren,
    /// Its own members only.
    Hidden,
}

/// Which set of types and statuses a project works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    Software,
    TeamManaged,
    ServiceDesk,
    Business,
    Discovery,
}

/// A project of the site.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: u32,
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) template: Template,
    pub(crate) stage: Stage,
    pub(crate) audience: Audience,
    /// Its share of the issues, against the shares of the others.
    pub(crate) weight: u32,
    pub(crate) versions: u32,
    pub(crate) components: u32,
    pub(crate) category: Option<usize>,
    pub(super) lead: usize,
    /// Whether it was live before any change.
    pub(super) drawn_live: bool,
    /// Who has lost the permission to browse it, by position in the directory.
    pub(crate) hidden_from: Vec<usize>,
}

const CATEGORIES: &[(&str, &str)] =
    &[("10000", "Product"), ("10001", "Internal"), ("10002", "고객")];

/// A project as the table below plans it.
struct Plan {
    key: &'static str,
    name: &'static str,
    template: Template,
    stage: Stage,
    audience: Audience,
    weight: u32,
    versions: u32,
    components: u32,
}

const fn live(key: &'static str, name: &'static str, template: Template, weight: u32) -> Plan {
    Plan {
        key,
        name,
        template,
        stage: Stage::Live,
        audience: Audience::Users,
        weight,
        versions: 2,
        components: 2,
    }
}

impl Plan {
    const fn children(self, versions: u32, components: u32) -> Self {
        Self { versions, components, ..self }
    }

    const fn open_to(self, audience: Audience) -> Self {
        Self { audience, ..self }
    }

    const fn gone(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }
}

const FIXED: &[Plan] = &[
    live("CORE", "Core platform", Template::Software, 35).children(60, 55),
    live("WEB", "Web shop", Template::TeamManaged, 20).children(3, 0),
    live("HELP", "Help centre", Template::ServiceDesk, 12).children(0, 4),
    live("OPS", "Operations", Template::Software, 12).children(4, 6),
    live("PUB", "Open roadmap", Template::Business, 6).open_to(Audience::Public),
    live("SEC", "Security reviews", Template::Software, 6).open_to(Audience::Hidden),
    live("LAB", "Labs", Template::TeamManaged, 6).open_to(Audience::UsersWithoutChildren),
    live("IDEA", "Ideas 💡", Template::Discovery, 3).children(0, 0),
    live("OLD", "Retired product", Template::Software, 0).gone(Stage::Archived),
    live("BIN", "Deleted by mistake", Template::Software, 0).gone(Stage::Trashed),
];

/// The fixed projects and as many plain ones as were asked for.
pub(super) fn all(options: &SiteOptions) -> Vec<Project> {
    let mut projects: Vec<Project> =
        FIXED.iter().zip(0..).map(|(plan, n)| fixed(options, n, plan)).collect();
    projects.extend((0..options.extra_projects).map(extra));
    projects
}

fn fixed(options: &SiteOptions, n: u32, plan: &Plan) -> Project {
    let closed = plan.audience == Audience::Public && options.has(Switch::NoPublicProject);
    Project {
        id: 10_000 + n,
        key: plan.key.to_owned(),
        name: plan.name.to_owned(),
        template: plan.template,
        stage: plan.stage,
        audience: if closed { Audience::Users } else { plan.audience },
        weight: plan.weight,
        versions: plan.versions,
        components: plan.components,
        category: (n % 4 != 3).then_some(n as usize % CATEGORIES.len()),
        lead: n as usize + 5,
        drawn_live: plan.stage == Stage::Live,
        hidden_from: Vec::new(),
    }
}

fn extra(n: u32) -> Project {
    Project {
        id: 11_000 + n,
        key: format!("X{n:03}"),
        name: format!("Extra project {n}"),
        template: Template::Software,
        stage: Stage::Live,
        audience: Audience::Users,
        weight: 1,
        versions: n % 3,
        components: n % 2,
        category: None,
        lead: 0,
        drawn_live: true,
        hidden_from: Vec::new(),
    }
}

impl Project {
    /// `software`, `service_desk`, `business` or `product_discovery`.
    pub(crate) fn type_key(&self) -> &'static str {
        match self.template {
            Template::Software | Template::TeamManaged => "software",
            Template::ServiceDesk => "service_desk",
            Template::Business => "business",
            Template::Discovery => "product_discovery",
        }
    }

    /// Whether its own team configures it.
    pub(crate) fn simplified(&self) -> bool {
        matches!(self.template, Template::TeamManaged | Template::Discovery)
    }

    fn answers_to(&self, id_or_key: &str) -> bool {
        self.key.eq_ignore_ascii_case(id_or_key) || self.id.to_string() == id_or_key
    }
}

fn avatar_urls(id: u32) -> Value {
    let url = |size: &str| {
        format!(
            "{BASE}/rest/api/3/universal_avatar/view/type/project/avatar/{}{size}",
            10_400 + id % 30
        )
    };
    json!({"16x16": url("?size=xsmall"), "24x24": url("?size=small"),
        "32x32": url("?size=medium"), "48x48": url("")})
}

fn category(n: usize) -> Value {
    let (id, name) = CATEGORIES[n];
    json!({"self": format!("{BASE}/rest/api/3/projectCategory/{id}"), "id": id, "name": name,
        "description": format!("Projects of kind {name}")})
}

impl<'a> View<'a> {
    /// A project by id or key, if it exists for the viewer.
    pub(crate) fn project_named(&self, id_or_key: &str) -> Option<&'a Project> {
        let site = self.site;
        site.projects
            .iter()
            .find(|project| project.answers_to(id_or_key) && self.viewer.browses(project))
    }

    /// The projects of some stages the viewer may browse.
    pub(crate) fn projects_in(&self, stages: &[Stage]) -> Vec<&'a Project> {
        let site = self.site;
        site.projects
            .iter()
            .filter(|project| stages.contains(&project.stage) && self.viewer.browses(project))
            .collect()
    }

    /// A project as `project/search` lists it, with the parts that were asked for.
    pub(crate) fn project(&self, project: &Project, expand: &[&str]) -> Value {
        let mut value = project_ref(project);
        let wants = |part: &str| expand.contains(&part);
        value["expand"] = json!("description,lead,issueTypes,url,projectKeys,permissions,insight");
        value["style"] = json!(if project.simplified() { "next-gen" } else { "classic" });
        value["isPrivate"] = json!(project.audience == Audience::Hidden);
        value["properties"] = json!({});
        value["entityId"] =
            json!(Dice::of(self.site.options.seed, Subject::Admin, u64::from(project.id)).uuid());
        value["uuid"] = value["entityId"].clone();
        if wants("description") {
            value["description"] =
                json!(if project.id.is_multiple_of(3) { "" } else { "What the team works on." });
        }
        if wants("lead") {
            value["lead"] = self.user(project.lead);
        }
        if wants("url") {
            value["url"] = json!(format!("https://{}.sandbox.example", project.key.to_lowercase()));
        }
        if wants("projectKeys") {
            value["projectKeys"] = json!([project.key]);
        }
        if wants("issueTypes") {
            value["issueTypes"] = Value::Array(catalogue::issue_types_of(project));
        }
        if wants("permissions") {
            value["permissions"] = json!({"canEdit": self.viewer.may(Right::Administer)});
        }
        if wants("insight") {
            value["insight"] = self.insight(project);
        }
        self.mark_stage(project, &mut value);
        value
    }

    fn mark_stage(&self, project: &Project, value: &mut Value) {
        match project.stage {
            Stage::Live => {}
            Stage::Archived => {
                value["archived"] = json!(true);
                value["archivedDate"] =
                    json!(clock::platform(clock::END - 200 * DAY, &self.viewer.zone));
                value["archivedBy"] = self.user(0);
            }
            Stage::Trashed => {
                value["deleted"] = json!(true);
                value["deletedDate"] =
                    json!(clock::platform(clock::END - 20 * DAY, &self.viewer.zone));
                value["retentionTillDate"] =
                    json!(clock::platform(clock::END + 40 * DAY, &self.viewer.zone));
                value["deletedBy"] = self.user(0);
            }
        }
    }

    fn insight(&self, project: &Project) -> Value {
        let (mut count, mut last) = (0, None);
        let mine = |head: &&Head| !head.gone && self.site.project_of(head).id == project.id;
        for head in self.site.heads.iter().filter(mine) {
            count += 1;
            last = last.max(Some(head.updated));
        }
        let mut insight = Map::new();
        insight.insert("totalIssueCount".to_owned(), json!(count));
        if let Some(at) = last {
            insight.insert(
                "lastIssueUpdateTime".to_owned(),
                json!(clock::platform(at, &self.viewer.zone)),
            );
        }
        Value::Object(insight)
    }

    /// `project/{id}`: everything, plus versions and components.
    pub(crate) fn project_detail(&self, project: &Project) -> Value {
        let parts = ["description", "lead", "url", "issueTypes"];
        let mut value = self.project(project, &parts);
        value["assigneeType"] = json!("PROJECT_LEAD");
        value["roles"] = json!({"Administrators": format!("{BASE}/rest/api/3/project/{}/role/10002", project.id)});
        let open = shows_children(project, self.viewer);
        value["versions"] = Value::Array(if open { self.versions(project) } else { Vec::new() });
        value["components"] =
            Value::Array(if open { self.components(project) } else { Vec::new() });
        value
    }
}

/// A project as issues hold it.
pub(crate) fn project_ref(project: &Project) -> Value {
    let mut value = json!({
        "self": format!("{BASE}/rest/api/3/project/{}", project.id),
        "id": project.id.to_string(), "key": project.key, "name": project.name,
        "projectTypeKey": project.type_key(), "simplified": project.simplified(),
        "avatarUrls": avatar_urls(project.id),
    });
    if let Some(n) = project.category {
        value["projectCategory"] = category(n);
    }
    value
}

/// All project categories.
pub(crate) fn project_categories() -> Vec<Value> {
    (0..CATEGORIES.len()).map(category).collect()
}
