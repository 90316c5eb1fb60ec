//! Filters, dashboards, roles and plans.

use serde_json::{Value, json};

use super::clock;
use super::random::{Dice, Subject};
use super::{BASE, View, words};
use crate::accounts::Right;
use crate::options::Switch;

const ROLES: &[(&str, u32)] = &[
    ("Administrators", 10_002),
    ("Developers", 10_003),
    ("Viewer", 10_004),
    ("Service Desk Team", 10_005),
    ("Service Desk Customers", 10_006),
    ("atlassian-addons-project-access", 10_007),
];

impl View<'_> {
    fn admin_dice(&self, block: u64, n: u32) -> Dice {
        Dice::of(self.site.options.seed, Subject::Admin, block << 32 | u64::from(n))
    }

    /// The filters shared with the viewer, with the parts that were asked for.
    pub(crate) fn filters(&self, expand: &[&str]) -> Vec<Value> {
        (1..=60).filter(|n| self.shared_with_me(*n)).map(|n| self.filter(n, expand)).collect()
    }

    /// Every third thing is private to its owner, an administrator.
    fn shared_with_me(&self, n: u32) -> bool {
        self.viewer.may(Right::Administer)
            || (self.viewer.logged_in() && !n.is_multiple_of(3))
            || n % 10 == 1
    }

    fn filter(&self, n: u32, expand: &[&str]) -> Value {
        let mut dice = self.admin_dice(1, n);
        let id = 10_000 + n;
        let mut value = json!({"expand": "description,owner,jql,viewUrl,searchUrl,favourite,favouritedCount,sharePermissions,editPermissions,isWritable,approximateLastUsed,subscriptions",
            "self": format!("{BASE}/rest/api/3/filter/{id}"), "id": id.to_string(), "name": words::title(&mut dice)});
        let share = match n % 10 {
            1 => json!({"id": id, "type": "global"}),
            n if n % 3 == 0 => json!({"id": id, "type": "user", "user": self.user(0)}),
            _ => json!({"id": id, "type": "authenticated"}),
        };
        let parts = [
            ("description", json!(words::sentence(&mut dice))),
            ("owner", self.user(n as usize % 7)),
            (
                "jql",
                json!(format!(
                    "project = CORE AND labels = \"{}\" ORDER BY Rank ASC",
                    words::word(&mut dice)
                )),
            ),
            ("viewUrl", json!(format!("{BASE}/issues/?filter={id}"))),
            ("searchUrl", json!(format!("{BASE}/rest/api/3/search?jql=filter%20%3D%20{id}"))),
            ("favourite", json!(n.is_multiple_of(5))),
            ("favouritedCount", json!(n % 4)),
            ("sharePermissions", json!([share])),
            ("editPermissions", json!(self.editors_of_filter(n))),
            ("isWritable", json!(self.viewer.may(Right::Administer))),
            ("subscriptions", json!(self.subscriptions_of_filter(n))),
        ];
        for (part, content) in parts {
            if expand.contains(&part) {
                value[part] = content;
            }
        }
        value
    }

    fn editors_of_filter(&self, n: u32) -> Vec<Value> {
        let group =
            |id: u32| json!({"id": id, "type": "group", "group": self.group(id as usize % 6)});
        (0..n % 4 / 2).map(|k| group(20_000 + n * 10 + k)).collect()
    }

    /// Who gets the results by mail: the owner alone, and the owner with a group.
    fn subscriptions_of_filter(&self, n: u32) -> Vec<Value> {
        let own = json!({"id": 30_000 + n * 10, "user": self.user(n as usize % 7)});
        let group = json!({"id": 30_001 + n * 10, "user": self.user(n as usize % 7),
            "group": self.group(n as usize % 6)});
        [own, group].into_iter().take((n % 7).saturating_sub(4) as usize).collect()
    }

    /// The dashboards shared with the viewer.
    pub(crate) fn dashboards(&self) -> Vec<Value> {
        (1..=27).filter(|n| self.shared_with_me(*n)).map(|n| self.dashboard(n)).collect()
    }

    fn dashboard(&self, n: u32) -> Value {
        let mut dice = self.admin_dice(2, n);
        let id = 10_000 + n;
        let mut value = json!({"id": id.to_string(), "self": format!("{BASE}/rest/api/3/dashboard/{id}"),
            "name": words::title(&mut dice), "isFavourite": n.is_multiple_of(4), "popularity": dice.below(30),
            "view": format!("/jira/dashboards/{id}"), "isWritable": self.viewer.may(Right::Administer),
            "systemDashboard": n == 1, "sharePermissions": [{"id": id, "type": "global"}], "editPermissions": []});
        if n > 1 {
            value["owner"] = self.user(n as usize % 9);
        }
        value
    }

    /// A dashboard as `dashboard/search` lists it.
    pub(crate) fn dashboards_found(&self, expand: &[&str]) -> Vec<Value> {
        let mut dashboards = self.dashboards();
        for (n, dashboard) in dashboards.iter_mut().enumerate() {
            let mut dice = self.admin_dice(3, u32::try_from(n).unwrap_or(0));
            if expand.contains(&"description") {
                dashboard["description"] = json!(words::sentence(&mut dice));
            }
            let Some(fields) = dashboard.as_object_mut() else {
                continue;
            };
            for part in ["owner", "isWritable"] {
                if !expand.contains(&part) {
                    fields.remove(part);
                }
            }
        }
        dashboards
    }

    /// The project roles of the site.
    pub(crate) fn roles(&self) -> Vec<Value> {
        ROLES
            .iter()
            .map(|(name, id)| {
                let group = &self.site.groups[3];
                json!({"self": format!("{BASE}/rest/api/3/role/{id}"), "name": name, "id": id,
                    "description": format!("A project role: {name}."),
                    "actors": [
                        {"id": id + 100, "displayName": group.name, "type": "atlassian-group-role-actor", "name": group.name,
                            "actorGroup": {"name": group.name, "displayName": group.name, "groupId": group.id}},
                        {"id": id + 200, "displayName": self.site.people[0].name, "type": "atlassian-user-role-actor",
                            "actorUser": {"accountId": self.site.people[0].account_id}},
                    ]})
            })
            .collect()
    }

    /// The plans of the site.
    pub(crate) fn plans(&self) -> Vec<Value> {
        (1..=60)
            .map(|n| {
                let status = match n % 9 {
                    4 => "Archived",
                    7 => "Trashed",
                    _ => "Active",
                };
                json!({"id": (100 + n).to_string(), "name": words::title(&mut self.admin_dice(4, n)),
                    "scenarioId": (200 + n).to_string(), "status": status,
                    "issueSources": [{"type": "Project", "value": 10_000 + n % 6}]})
            })
            .collect()
    }

    /// What `serverInfo` says.
    pub(crate) fn server_info(&self) -> Value {
        json!({"baseUrl": BASE, "displayUrl": BASE, "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud", "buildNumber": 100_290, "buildDate": clock::platform(clock::END, &self.viewer.zone),
            "serverTime": clock::platform(clock::END, &self.viewer.zone), "scmInfo": "0123456789abcdef0123456789abcdef01234567",
            "serverTitle": "Jira", "defaultLocale": {"locale": "en_US"}, "serverTimeZone": "America/Los_Angeles"})
    }

    /// The features that are switched on, as `configuration` tells them.
    pub(crate) fn configuration(&self) -> Value {
        let off = |switch| self.site.options.has(switch);
        let time: Value = json!({"workingHoursPerDay": 8.0, "workingDaysPerWeek": 5.0,
            "timeFormat": "pretty", "defaultUnit": "minute"});
        json!({"votingEnabled": !off(Switch::VotingOff), "watchingEnabled": true,
            "unassignedIssuesAllowed": true, "subTasksEnabled": true,
            "issueLinkingEnabled": !off(Switch::LinkingOff),
            "timeTrackingEnabled": !off(Switch::TimeTrackingOff), "attachmentsEnabled": true,
            "timeTrackingConfiguration": time})
    }

    /// Who the viewer is; groups are counted in any case.
    pub(crate) fn myself(&self, expand: &[&str]) -> Option<Value> {
        let person = self.viewer.person?;
        let mut user = self.user(person);
        let groups = self.groups_of(person);
        user["timeZone"] = json!(self.viewer.zone_name());
        user["emailAddress"] = json!(self.viewer.email?);
        user["locale"] = json!("ko_KR");
        user["groups"] = json!({"size": groups.len(),
            "items": if expand.contains(&"groups") { groups } else { Vec::new() }});
        user["applicationRoles"] = json!({"size": 1, "items": []});
        user["expand"] = json!("groups,applicationRoles");
        Some(user)
    }
}
