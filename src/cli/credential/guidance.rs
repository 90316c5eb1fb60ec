//! What somebody needs to know who is about to make a token.

use crate::catalog::{Permission, PermissionGroup};
use crate::credential::TOKEN_PAGE;
use std::fmt::Write as _;

/// The groups in the order in which they matter to most.
const GROUPS: [PermissionGroup; 4] = [
    PermissionGroup::BrowseProjects,
    PermissionGroup::DevelopmentTools,
    PermissionGroup::Membership,
    PermissionGroup::Administration,
];

/// Where a token is made, and what its owner must be allowed to do.
pub(super) fn text() -> String {
    let mut text = format!(
        "\nMake an API token at {TOKEN_PAGE}\n\
         (a service account's is made in Atlassian Administration and always has scopes).\n\n\
         The token reads what its owner may see. A dedicated account is best; give it:\n"
    );
    for group in GROUPS {
        let needed = Permission::all()
            .filter(|permission| {
                *permission != Permission::Anonymous && permission.group() == group
            })
            .map(Permission::title)
            .collect::<Vec<_>>();
        let _ = writeln!(text, "  {}: {}", group.title(), needed.join("; "));
    }
    text.push_str("`jira-feeds check` says afterwards what it lacks, and for which feeds.\n\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_page_and_each_group_with_its_permissions() {
        let text = text();
        for permission in Permission::all().filter(|one| *one != Permission::Anonymous) {
            assert!(text.contains(permission.title()), "{}", permission.key());
        }
        insta::assert_snapshot!(text);
    }
}
