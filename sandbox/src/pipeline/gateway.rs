//! The gateway for tokens with scopes: the site's own paths behind `/ex/jira/{cloudId}`.

use serde_json::json;

use crate::accounts::Scopes;
use crate::answer::Reply;
use crate::documented;

/// The id of the site at the gateway.
pub(crate) const CLOUD_ID: &str = "8f9e2a1b-0000-4000-a000-0000005a4db0";

const MOUNT: &str = "/ex/jira/";

/// Where a request came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The site's own address.
    Site,
    /// The gateway, with the cloud id that the path names.
    Gateway(String),
}

impl Door {
    /// The door of a path, and the path behind it.
    pub(crate) fn of(path: &str) -> (Self, &str) {
        let behind = path.strip_prefix(MOUNT).and_then(|rest| {
            let slash = rest.find('/')?;
            Some((Self::Gateway(rest[..slash].to_owned()), &rest[slash..]))
        });
        behind.unwrap_or((Self::Site, path))
    }

    /// What stands before the site's own path.
    pub(crate) fn prefix(&self) -> String {
        match self {
            Self::Site => String::new(),
            Self::Gateway(cloud_id) => format!("{MOUNT}{cloud_id}"),
        }
    }
}

fn refusal(status: u16, message: &str) -> Reply {
    Reply::json(json!({"code": status, "message": message})).with_status(status)
}

/// 404: there is no such site.
pub(super) fn unknown_cloud() -> Reply {
    refusal(404, "Not Found")
}

/// 401: the gateway does not know the token.
pub(super) fn unauthorised() -> Reply {
    refusal(401, "Unauthorized")
}

/// 401, if a token's scopes do not reach an endpoint.
pub(super) fn out_of_scope(scopes: Scopes, method: &str, template: &str) -> Option<Reply> {
    let Scopes::Only(granted) = scopes else {
        return None;
    };
    let wanted = documented::scopes(method, template);
    let covered = wanted.is_empty()
        || wanted.iter().any(|all| all.iter().all(|scope| granted.contains(scope)));
    (!covered).then(|| refusal(401, "Unauthorized; scope does not match"))
}

#[cfg(test)]
mod tests {
    use super::{Door, out_of_scope};
    use crate::accounts::Scopes;

    #[test]
    fn the_door_is_in_the_path() {
        assert_eq!(Door::of("/rest/api/3/field"), (Door::Site, "/rest/api/3/field"));
        let gateway = Door::Gateway("abc".to_owned());
        assert_eq!(Door::of("/ex/jira/abc/rest/api/3/field"), (gateway, "/rest/api/3/field"));
        assert_eq!(Door::of("/ex/jira/abc").0, Door::Site);
    }

    #[test]
    fn classic_scopes_do_not_reach_boards() {
        let few = Scopes::Only(&["read:jira-work", "read:jira-user"]);
        let refused = |template| out_of_scope(few, "GET", template).is_some();
        assert!(refused("/rest/agile/1.0/board") && refused("/rest/api/3/screens"));
        assert!(refused("/rest/servicedeskapi/servicedesk"));
        assert!(!refused("/rest/api/3/project/search") && !refused("/rest/api/3/myself"));
        assert!(out_of_scope(Scopes::Reading, "GET", "/rest/api/3/screens").is_none());
    }
}
