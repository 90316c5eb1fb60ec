//! What Jira says that the account may do, asked once in a run: in the whole site and project by project.
//!
//! Knows permissions. Must not know how feeds are read.

use super::session::Session;
use crate::catalog::Permission;
use crate::jira::{Call, CallError, json};
use std::collections::{BTreeMap, BTreeSet};

const MY_PERMISSIONS: &str = "/rest/api/3/mypermissions";
/// Tells the projects in which the account has a permission.
pub(crate) const PERMITTED_PROJECTS: &str = "/rest/api/3/permissions/project";

/// The permissions of the account, by Jira's key. A key that is not there is one that the site does
/// not know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rights(BTreeMap<String, bool>);

impl Rights {
    /// Asks `/mypermissions` for all permissions of the catalogue. In this answer a permission of
    /// projects is held if it is held in any project.
    pub(crate) async fn ask(session: &Session) -> Result<Self, CallError> {
        let keys: BTreeSet<_> =
            Permission::all().flat_map(Permission::granted_by).copied().collect();
        match ask_for(session, &keys).await {
            // One unknown key is enough for a 400; which are known differs with the site's products.
            Err(CallError::Failed(refusal)) if refusal.status == Some(400) => {
                let known = known_keys(session).await?;
                ask_for(session, &keys.into_iter().filter(|key| known.contains(*key)).collect())
                    .await
            }
            answered => answered,
        }
    }

    /// Whether Jira says that the account holds none of the keys that give `permission`; false where
    /// Jira does not know.
    pub(crate) fn lack(&self, permission: Permission) -> bool {
        let held: Vec<_> = permission.granted_by().iter().map(|key| self.0.get(*key)).collect();
        !held.is_empty() && held.iter().any(Option::is_some) && !held.contains(&Some(&true))
    }

    /// Whether Jira says that the account holds `permission`; false where Jira does not know.
    pub(crate) fn hold(&self, permission: Permission) -> bool {
        permission.granted_by().iter().any(|key| self.0.get(*key) == Some(&true))
    }

    /// Every key that Jira answered for, and whether the account holds it.
    pub(crate) fn keys(&self) -> &BTreeMap<String, bool> {
        &self.0
    }

    /// The ids of the projects in which the account has `permission`; none if that holds for every
    /// project that it sees.
    pub(crate) async fn projects_with(
        &self,
        session: &Session,
        permission: Permission,
    ) -> Result<Option<BTreeSet<String>>, CallError> {
        let keys = permission.granted_by();
        let holds = |key: &str| self.0.get(key) == Some(&true);
        let holds_everywhere = keys.iter().any(|key| is_global(key) && holds(key));
        if !permission.is_of_projects() || holds_everywhere {
            return Ok(None);
        }
        let mut ids = BTreeSet::new();
        for key in keys.iter().filter(|key| !is_global(key) && holds(key)) {
            ids.extend(permitted_projects(session, key).await?);
        }
        Ok(Some(ids))
    }
}

/// Whether a key among those that give a permission of projects gives it in all of them.
fn is_global(key: &str) -> bool {
    matches!(key, "ADMINISTER" | "SYSTEM_ADMIN")
}

async fn ask_for(session: &Session, keys: &BTreeSet<&str>) -> Result<Rights, CallError> {
    let list = keys.iter().copied().collect::<Vec<_>>().join(",");
    let call = Call::get(MY_PERMISSIONS, &[("permissions", &list)]);
    let answer = session.client.call(&call, &session.asked("permissions")).await?;
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let permissions = json::member(text, "permissions").unwrap_or_default();
    let held = keys.iter().filter_map(|key| {
        let have = json::member(json::member(permissions, key)?, "havePermission")?;
        Some(((*key).to_owned(), have == "true"))
    });
    Ok(Rights(held.collect()))
}

async fn known_keys(session: &Session) -> Result<BTreeSet<String>, CallError> {
    let call = Call::get("/rest/api/3/permissions", &[]);
    let answer = session.client.call(&call, &session.asked("permissions")).await?;
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let permissions = json::member(text, "permissions").map(json::members).unwrap_or_default();
    Ok(permissions.into_iter().map(|(key, _)| key).collect())
}

async fn permitted_projects(session: &Session, key: &str) -> Result<Vec<String>, CallError> {
    let call = Call::post(PERMITTED_PROJECTS, serde_json::json!({ "permissions": [key] }));
    let answer = session.client.call(&call, &session.asked("permissions")).await?;
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let projects = json::member(text, "projects").and_then(json::items).unwrap_or_default();
    Ok(projects.iter().filter_map(|project| json::plain(json::member(project, "id")?)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(held: &[(&str, bool)]) -> Rights {
        Rights(held.iter().map(|(key, held)| ((*key).to_owned(), *held)).collect())
    }

    #[test]
    fn a_permission_is_lacking_only_if_jira_says_no_to_every_way_to_it() {
        let none = rights(&[("VIEW_READONLY_WORKFLOW", false), ("ADMINISTER", false)]);
        assert!(none.lack(Permission::ViewReadonlyWorkflow));
        let administrator = rights(&[("VIEW_READONLY_WORKFLOW", false), ("ADMINISTER", true)]);
        assert!(!administrator.lack(Permission::ViewReadonlyWorkflow));
    }

    #[test]
    fn what_jira_does_not_know_is_not_lacking() {
        assert!(!rights(&[]).lack(Permission::ServiceDeskAgent));
        assert!(!rights(&[("ADMINISTER", false)]).lack(Permission::JiraSoftware));
    }
}
