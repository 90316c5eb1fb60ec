//! Permission schemes, priority schemes and screens.

use serde_json::{Value, json};

use super::permissions::KEYS;
use super::random::{Dice, Subject};
use super::{BASE, View, words};

const PERMISSION_SCHEMES: &[&str] =
    &["Default Permission Scheme", "Default software scheme", "고객 지원 권한"];

impl View<'_> {
    /// The permission schemes; their grants only when asked for.
    pub(crate) fn permission_schemes(&self, expand: &[&str]) -> Vec<Value> {
        PERMISSION_SCHEMES
            .iter()
            .zip(10_000..)
            .map(|(name, id)| {
                let mut scheme = json!({"expand": "permissions,user,group,projectRole,field,all", "id": id,
                    "self": format!("{BASE}/rest/api/3/permissionscheme/{id}"), "name": name,
                    "description": format!("Who may do what: {name}.")});
                if expand.contains(&"permissions") || expand.contains(&"all") {
                    scheme["permissions"] = self.grants(id);
                }
                scheme
            })
            .collect()
    }

    fn grants(&self, scheme: u32) -> Value {
        let project_keys = KEYS.iter().filter(|key| key.project);
        project_keys
            .zip(scheme * 10..)
            .map(|(key, id)| {
                let holder = match id % 4 {
                    0 => json!({"type": "applicationRole"}),
                    1 => json!({"type": "projectRole", "parameter": "10002", "value": "10002", "expand": "projectRole"}),
                    2 => {
                        let group = &self.site.groups[0];
                        json!({"type": "group", "parameter": group.name, "value": group.id, "expand": "group"})
                    }
                    _ => json!({"type": "user", "parameter": self.site.people[0].account_id,
                        "value": self.site.people[0].account_id, "expand": "user"}),
                };
                json!({"id": id, "permission": key.text, "holder": holder,
                    "self": format!("{BASE}/rest/api/3/permissionscheme/{scheme}/permission/{id}")})
            })
            .collect()
    }

    /// The screens; some belong to a team-managed project.
    pub(crate) fn screens(&self) -> Vec<Value> {
        (1..=120)
            .map(|n: u32| {
                let mut dice =
                    Dice::of(self.site.options.seed, Subject::Admin, 5 << 32 | u64::from(n));
                let mut screen =
                    json!({"id": n, "name": format!("{} screen", words::title(&mut dice))});
                if !n.is_multiple_of(4) {
                    screen["description"] = json!(words::sentence(&mut dice));
                }
                if n.is_multiple_of(40) {
                    screen["scope"] = json!({"type": "PROJECT", "project": {"id": "10001"}});
                }
                screen
            })
            .collect()
    }
}

/// The priority schemes.
pub(crate) fn priority_schemes() -> Vec<Value> {
    ["Default priority scheme", "Desk priorities"]
        .iter()
        .zip(1..)
        .map(|(name, id)| {
            json!({"id": id.to_string(), "name": name, "isDefault": id == 1,
            "description": "", "self": format!("{BASE}/rest/api/3/priorityscheme/{id}")})
        })
        .collect()
}
