//! The rights that Jira asks for: their keys, their names, and whom to ask for them.

use std::str::FromStr;

/// A right that an endpoint needs. Keys are those of Jira's permission list
/// (`GET /rest/api/3/permissions`), but for three that Jira has no key for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Anyone, also without a login.
    Anonymous,
    /// Any user with access to Jira.
    JiraAccess,
    /// A licence for Jira Software.
    JiraSoftware,
    /// *Browse projects* in the project.
    BrowseProjects,
    /// *Administer projects* in the project.
    AdministerProjects,
    /// *Administer Jira*, global.
    Administer,
    /// *Browse users and groups*, global.
    UserPicker,
    /// *View read-only workflow* in the project.
    ViewReadonlyWorkflow,
    /// Agent of a service desk.
    ServiceDeskAgent,
}

/// The groups in which the product speaks of missing rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PermissionGroup {
    /// To see the projects.
    BrowseProjects,
    /// For agile data.
    DevelopmentTools,
    /// For issues, components, versions and users.
    Membership,
    /// For what only administrators configure and see.
    Administration,
}

impl PermissionGroup {
    /// Its name, as people read it in reports.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::BrowseProjects => "Browse projects",
            Self::DevelopmentTools => "View development tools and read-only workflow",
            Self::Membership => "Membership in groups or roles",
            Self::Administration => "Administration",
        }
    }
}

struct Facts {
    permission: Permission,
    key: &'static str,
    title: &'static str,
    remedy: &'static str,
    group: PermissionGroup,
}

const FACTS: &[Facts] = &[
    Facts {
        permission: Permission::Anonymous,
        key: "NONE",
        title: "no permission",
        remedy: "Nothing to grant: Jira answers this for anyone",
        group: PermissionGroup::Administration,
    },
    Facts {
        permission: Permission::JiraAccess,
        key: "JIRA_ACCESS",
        title: "access to Jira",
        remedy: "Ask a site administrator to give the account access to Jira (Atlassian Administration, Users, the account, Add app access)",
        group: PermissionGroup::Membership,
    },
    Facts {
        permission: Permission::JiraSoftware,
        key: "JIRA_SOFTWARE",
        title: "a Jira Software licence and the right to see the board's projects",
        remedy: "Ask a site administrator for a Jira Software licence for the account, and the board's owner to share the board and its filter with it",
        group: PermissionGroup::DevelopmentTools,
    },
    Facts {
        permission: Permission::BrowseProjects,
        key: "BROWSE_PROJECTS",
        title: "Browse projects",
        remedy: "Ask an administrator of the project to grant Browse projects to the account, through a group or role of the project's permission scheme",
        group: PermissionGroup::BrowseProjects,
    },
    Facts {
        permission: Permission::AdministerProjects,
        key: "ADMINISTER_PROJECTS",
        title: "Administer projects",
        remedy: "Ask a Jira administrator to grant Administer projects to the account in the project's permission scheme",
        group: PermissionGroup::Membership,
    },
    Facts {
        permission: Permission::Administer,
        key: "ADMINISTER",
        title: "Administer Jira",
        remedy: "Ask a site administrator to grant the global permission Administer Jira to a group of the account (Settings, System, Global permissions)",
        group: PermissionGroup::Administration,
    },
    Facts {
        permission: Permission::UserPicker,
        key: "USER_PICKER",
        title: "Browse users and groups",
        remedy: "Ask a Jira administrator to grant the global permission Browse users and groups to a group of the account (Settings, System, Global permissions)",
        group: PermissionGroup::Membership,
    },
    Facts {
        permission: Permission::ViewReadonlyWorkflow,
        key: "VIEW_READONLY_WORKFLOW",
        title: "View read-only workflow (or Administer Jira)",
        remedy: "Ask an administrator of the project to grant View read-only workflow to the account, or a Jira administrator for Administer Jira",
        group: PermissionGroup::DevelopmentTools,
    },
    Facts {
        permission: Permission::ServiceDeskAgent,
        key: "SERVICEDESK_AGENT",
        title: "agent of the service desk",
        remedy: "Ask an administrator of the service project to add the account to its Service Desk Team role, with a Jira Service Management licence",
        group: PermissionGroup::Membership,
    },
];

impl Permission {
    /// Jira's key for it, as in reports and in `needs` of the catalogue.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.facts().key
    }

    /// The name that Jira's administration shows for it.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.facts().title
    }

    /// What to ask of whom, as one sentence without a full stop.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        self.facts().remedy
    }

    /// What is missing where the account sees a thing, as a project or a board, but not what is in it:
    /// the group and what to ask. A project that is listed is browsed, and a board that is listed is
    /// licensed.
    #[must_use]
    pub fn missing_inside(self) -> (PermissionGroup, &'static str) {
        match self {
            Self::BrowseProjects => (
                PermissionGroup::Membership,
                "Ask an administrator of the project to add the account to a group or role that may see this part of it; the project itself the account sees",
            ),
            Self::JiraSoftware => (
                PermissionGroup::DevelopmentTools,
                "Ask the board's owner to share the board and its filter with the account, and an administrator of its projects for Browse projects",
            ),
            Self::JiraAccess => (
                PermissionGroup::Membership,
                "Ask whoever owns or administers it to share it with the account; access to Jira itself the account has",
            ),
            other => (other.group(), other.remedy()),
        }
    }

    /// Which of the product's groups of rights it belongs to.
    #[must_use]
    pub fn group(self) -> PermissionGroup {
        self.facts().group
    }

    /// The keys of Jira's own list of which any is enough; empty where Jira has no key for it.
    ///
    /// Atlassian's page of each endpoint names its permissions; an administrator may also do what the
    /// administrators of projects may, and a system administrator what any may.
    #[must_use]
    pub fn granted_by(self) -> &'static [&'static str] {
        match self {
            Self::Anonymous | Self::JiraAccess | Self::JiraSoftware => &[],
            Self::BrowseProjects => &["BROWSE_PROJECTS"],
            Self::AdministerProjects => &["ADMINISTER_PROJECTS", "ADMINISTER", "SYSTEM_ADMIN"],
            Self::Administer => &["ADMINISTER", "SYSTEM_ADMIN"],
            Self::UserPicker => &["USER_PICKER", "ADMINISTER", "SYSTEM_ADMIN"],
            Self::ViewReadonlyWorkflow => {
                &["VIEW_READONLY_WORKFLOW", "ADMINISTER_PROJECTS", "ADMINISTER", "SYSTEM_ADMIN"]
            }
            Self::ServiceDeskAgent => &["SERVICEDESK_AGENT"],
        }
    }

    /// Whether it is granted project by project, and not for the whole site.
    #[must_use]
    pub fn is_of_projects(self) -> bool {
        matches!(
            self,
            Self::BrowseProjects
                | Self::AdministerProjects
                | Self::ViewReadonlyWorkflow
                | Self::ServiceDeskAgent
        )
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().map(|facts| facts.permission)
    }

    fn facts(self) -> &'static Facts {
        // Every variant has its row; a test walks them.
        FACTS.iter().find(|facts| facts.permission == self).unwrap_or(&FACTS[0])
    }
}

impl FromStr for Permission {
    type Err = String;

    fn from_str(key: &str) -> Result<Self, String> {
        let known = FACTS.iter().find(|facts| facts.key == key);
        known.map(|facts| facts.permission).ok_or_else(|| {
            let keys: Vec<_> = FACTS.iter().map(|facts| facts.key).collect();
            format!("there is no permission `{key}`; known are {}", keys.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_reads_back_as_its_permission() {
        for facts in FACTS {
            assert_eq!(facts.key.parse(), Ok(facts.permission));
            assert_eq!(facts.permission.key(), facts.key);
        }
    }

    #[test]
    fn a_permission_of_jira_s_is_granted_by_its_own_key_first() {
        for permission in Permission::all() {
            let first = permission.granted_by().first();
            assert!(first.is_none_or(|first| *first == permission.key()), "{permission:?}");
        }
    }

    #[test]
    fn each_of_the_three_groups_of_the_product_has_a_permission() {
        let named = |group| Permission::all().any(|permission| permission.group() == group);
        assert!(named(PermissionGroup::BrowseProjects));
        assert!(named(PermissionGroup::DevelopmentTools));
        assert!(named(PermissionGroup::Membership));
    }
}
