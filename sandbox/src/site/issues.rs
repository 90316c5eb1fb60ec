//! Issues in full: what each field holds.

use serde_json::{Map, Value, json};

use super::adf;
use super::catalogue;
use super::catalogue::Category;
use super::changes::Note;
use super::clock;
use super::custom::{self, Sheet};
use super::heads::Head;
use super::lookups;
use super::lookups::LABELS;
use super::projects;
use super::projects::Project;
use super::random::{Dice, Subject};
use super::selection::Selection;
use super::versions::shows_children;
use super::worklogs::spoken;
use super::{BASE, Site, View, words};

/// How many children to embed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Embed {
    pub(crate) comments: usize,
    pub(crate) worklogs: usize,
}

/// A field map under construction: values nobody asked for are never made.
struct Sieve<'s> {
    selection: &'s Selection,
    fields: Map<String, Value>,
}

impl Sieve<'_> {
    fn put(&mut self, id: &str, value: impl FnOnce() -> Value) {
        if self.selection.wants(id) {
            self.fields.insert(id.to_owned(), value());
        }
    }
}

impl Site {
    /// The summary of an issue; every edit draws another one.
    pub(super) fn summary_of(&self, head: &Head) -> String {
        let id = u64::from(head.id) | 1 << 40 | u64::from(head.edits()) << 43;
        words::summary(&mut Dice::of(self.options.seed, Subject::Fields, id))
    }
}

impl View<'_> {
    /// The summary of an issue.
    pub(crate) fn summary(&self, head: &Head) -> String {
        self.site.summary_of(head)
    }

    fn dice(&self, head: &Head) -> Dice {
        Dice::of(self.site.options.seed, Subject::Fields, u64::from(head.id) | 1 << 40)
    }

    /// An issue with the fields that were asked for.
    pub(crate) fn issue(&self, head: &Head, selection: &Selection, embed: Embed) -> Value {
        if selection.only_id() {
            return json!({"id": head.id.to_string()});
        }
        let mut value = json!({"expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": head.id.to_string(), "self": format!("{BASE}/rest/api/3/issue/{}", head.id),
            "key": self.site.key_of(head)});
        if !selection.only_ids() {
            value["fields"] = Value::Object(self.issue_fields(head, selection, embed));
        }
        value
    }

    fn issue_fields(&self, head: &Head, selection: &Selection, embed: Embed) -> Map<String, Value> {
        let mut sieve = Sieve { selection, fields: Map::new() };
        let project = self.site.project_of(head);
        self.put_identity(&mut sieve, head, project);
        self.put_people_and_dates(&mut sieve, head);
        self.put_texts(&mut sieve, head, project);
        self.put_lists(&mut sieve, head, project);
        put_times(&mut sieve, head, self.dice(head));
        self.put_children(&mut sieve, head, embed);
        let sheet = Sheet { view: self, head, project };
        for field in custom::FIELDS.iter().filter(|field| field.is_on(project)) {
            sieve.put(&field.id(), || sheet.value(field));
        }
        sieve.fields
    }

    fn put_identity(&self, sieve: &mut Sieve<'_>, head: &Head, project: &Project) {
        let status = project.statuses()[usize::from(head.status)];
        sieve.put("issuetype", || {
            catalogue::issue_type(project, project.types()[usize::from(head.kind)])
        });
        sieve.put("project", || projects::project_ref(project));
        sieve.put("status", || catalogue::status(project, status));
        sieve.put("statusCategory", || {
            let (id, key, colour, name) = status.category.row();
            json!({"self": format!("{BASE}/rest/api/3/statuscategory/{id}"), "id": id, "key": key,
                "colorName": colour, "name": name})
        });
        sieve.put("priority", || lookups::priority(usize::from(head.priority)));
        sieve.put("resolution", || {
            head.resolution.map_or(Value::Null, |n| lookups::resolution(usize::from(n)))
        });
        if let Some(parent) = head.parent.map(|n| &self.site.heads[n as usize])
            && self.sees(parent)
        {
            sieve.put("parent", || self.issue_ref(parent));
        }
        sieve.put("security", || if head.secured { security_level() } else { Value::Null });
        sieve.put(
            "issuerestriction",
            || json!({"issuerestrictions": {}, "shouldDisplay": project.simplified()}),
        );
    }

    fn put_people_and_dates(&self, sieve: &mut Sieve<'_>, head: &Head) {
        let zone = &self.viewer.zone;
        sieve.put("assignee", || head.assignee.map_or(Value::Null, |n| self.user(usize::from(n))));
        sieve.put("reporter", || self.user(usize::from(head.reporter)));
        sieve.put("creator", || self.user(usize::from(head.reporter)));
        sieve.put("created", || json!(clock::platform(head.created, zone)));
        sieve.put("updated", || json!(clock::platform(head.updated, zone)));
        sieve.put("statuscategorychangedate", || json!(clock::platform(head.status_since, zone)));
        sieve.put("lastViewed", || match head.id % 5 {
            0 => json!(clock::platform(head.drawn.until + 3_600_000, zone)),
            _ => Value::Null,
        });
        sieve.put("resolutiondate", || match head.resolution {
            Some(_) => json!(clock::platform(head.status_since, zone)),
            None => Value::Null,
        });
        sieve.put("duedate", || match head.id % 3 {
            0 => json!(clock::day(head.created + 30 * clock::DAY)),
            _ => Value::Null,
        });
    }

    fn put_texts(&self, sieve: &mut Sieve<'_>, head: &Head, project: &Project) {
        sieve.put("summary", || json!(self.summary(head)));
        let mut dice =
            Dice::of(self.site.options.seed, Subject::Fields, u64::from(head.id) | 1 << 41);
        let described = dice.chance(800);
        sieve.put("description", || match described {
            _ if head.id == 10_000 => {
                adf::showcase(&mut dice, &self.mention(&mut Dice::of(1, Subject::Fields, 1)))
            }
            true => {
                let mention = self.mention(&mut dice);
                adf::document(&mut dice, &mention)
            }
            false => Value::Null,
        });
        if !project.simplified() {
            sieve.put("environment", || match head.id % 4 {
                0 => adf::line("Linux, 8 GB"),
                _ => Value::Null,
            });
        }
        sieve.put("labels", || labels(head));
    }

    fn put_lists(&self, sieve: &mut Sieve<'_>, head: &Head, project: &Project) {
        let open = shows_children(project, self.viewer);
        let mut dice =
            Dice::of(self.site.options.seed, Subject::Fields, u64::from(head.id) | 1 << 42);
        let mut some = |most: u32| {
            if most == 0 || dice.chance(600) { None } else { Some(dice.below(most)) }
        };
        let (fix, affects, component) =
            (some(project.versions), some(project.versions), some(project.components));
        let version = |n: Option<u32>| -> Value {
            n.filter(|_| open).map(|n| self.version_ref(project.id * 100 + n)).into_iter().collect()
        };
        sieve.put("fixVersions", || version(fix));
        if !project.simplified() {
            sieve.put("versions", || version(affects));
            sieve.put("components", || {
                component
                    .filter(|_| open)
                    .map(|n| self.component_ref(project, n))
                    .into_iter()
                    .collect()
            });
        }
        sieve.put("issuelinks", || Value::Array(self.issue_links(head)));
        sieve.put("subtasks", || Value::Array(self.subtasks(head)));
        sieve.put("attachment", || Value::Array(self.attachments(head)));
        let watchers = head.id % 6;
        sieve.put("watches", || {
            json!({"self": format!("{BASE}/rest/api/3/issue/{}/watchers", head.id),
            "watchCount": watchers, "isWatching": watchers == 5})
        });
        sieve.put("votes", || {
            json!({"self": format!("{BASE}/rest/api/3/issue/{}/votes", head.id),
            "votes": head.id % 4, "hasVoted": false})
        });
    }

    fn put_children(&self, sieve: &mut Sieve<'_>, head: &Head, embed: Embed) {
        // Some issues without comments do not have the field at all.
        if head.note_count(Note::Comment) > 0 || head.id.is_multiple_of(3) {
            sieve.put("comment", || self.embedded_comments(head, embed.comments));
        }
        sieve.put("worklog", || self.embedded_worklogs(head, embed.worklogs));
    }

    /// The moves an issue can make, for `expand=transitions`.
    pub(crate) fn transitions(&self, head: &Head) -> Value {
        let project = self.site.project_of(head);
        let statuses = project.statuses().iter().zip(1..);
        statuses
            .map(|(&of, n)| {
                json!({"id": format!("{n}1"), "name": of.name, "to": catalogue::status(project, of),
                "hasScreen": false, "isGlobal": true, "isInitial": false, "isAvailable": true,
                "isConditional": false, "isLooped": false})
            })
            .collect()
    }

    /// A few fields as people read them, for `expand=renderedFields`.
    pub(crate) fn rendered(&self, head: &Head) -> Value {
        json!({"created": clock::display(head.created, &self.viewer.zone),
            "updated": clock::display(head.updated, &self.viewer.zone), "description": "<p>…</p>"})
    }
}

fn security_level() -> Value {
    json!({"self": format!("{BASE}/rest/api/3/securitylevel/10021"), "id": "10021", "name": "Reviewers only",
        "description": ""})
}

fn labels(head: &Head) -> Value {
    let chosen = LABELS.iter().enumerate().filter(|(n, _)| head.labels & (1 << n) != 0);
    chosen.map(|(_, label)| json!(label)).collect()
}

fn put_times(sieve: &mut Sieve<'_>, head: &Head, mut dice: Dice) {
    let planned = dice.chance(400).then(|| (1 + dice.below(40)) * 1800);
    let worklogs = head.note_count(Note::Worklog);
    let spent = (worklogs > 0).then_some(worklogs * 3600);
    let left = planned.map(|planned| planned.saturating_sub(spent.unwrap_or(0)));
    for prefix in ["", "aggregate"] {
        sieve.put(&format!("{prefix}timespent"), || json!(spent));
        sieve.put(&format!("{prefix}timeestimate"), || json!(left));
        sieve.put(&format!("{prefix}timeoriginalestimate"), || json!(planned));
        sieve.put(&format!("{prefix}progress"), || progress(spent, left));
    }
    sieve.put("workratio", || match planned {
        Some(planned) => json!(u64::from(spent.unwrap_or(0)) * 100 / u64::from(planned)),
        None => json!(-1),
    });
    sieve.put("timetracking", || {
        let mut value = json!({});
        for (name, seconds) in
            [("originalEstimate", planned), ("remainingEstimate", left), ("timeSpent", spent)]
        {
            if let Some(seconds) = seconds {
                value[name] = json!(spoken(seconds / 60));
                value[format!("{name}Seconds")] = json!(seconds);
            }
        }
        value
    });
}

fn progress(spent: Option<u32>, left: Option<u32>) -> Value {
    let (done, left) = (spent.unwrap_or(0), left.unwrap_or(0));
    let mut value = json!({"progress": done, "total": done + left});
    if let Some(percent) = (done * 100).checked_div(done + left) {
        value["percent"] = json!(percent);
    }
    value
}

/// Whether an issue counts as finished.
pub(crate) fn is_done(project: &Project, head: &Head) -> bool {
    project.statuses()[usize::from(head.status)].category == Category::Done
}
