//! Who may log in, and what each of them may do.
//!
//! Knows nothing of HTTP: the pipeline turns a header into a [`Viewer`].

use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::site::{
    clock,
    projects::{Audience, Project, Stage},
};

/// One thing an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// *Administer Jira*.
    Administer,
    /// *Browse users and groups*.
    BrowseUsers,
    /// A Jira Software licence.
    Software,
    /// Agent of the service desks.
    Agent,
    /// Member of the private boards.
    PrivateBoards,
    /// In the list of the issue security level.
    SecurityLevel,
    /// In the role restricted comments and worklogs are kept for.
    RestrictedNotes,
    /// May read versions and components of the project that withholds them from others.
    AllChildren,
}

/// Which projects an account may browse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// All of them, trashed ones included.
    Everything,
    /// All but the hidden ones.
    Ordinary,
    /// What is open to anonymous callers.
    Public,
    /// None at all.
    Nothing,
}

/// Whether the login itself works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    Open,
    /// Too many failures: refused until somebody passes a CAPTCHA in a browser.
    Locked,
    /// The token is past its last day, or the organisation does not let its people use tokens.
    /// Jira does not say which: it answers as for a wrong token.
    Void,
}

/// What a token reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scopes {
    /// A classic token: the site itself, without scopes.
    Classic,
    /// A scoped token: the gateway, with every scope for reading.
    Reading,
    /// A scoped token: the gateway, with these scopes only.
    Only(&'static [&'static str]),
}

const EVERY_RIGHT: &[Right] = &[
    Right::Administer,
    Right::BrowseUsers,
    Right::Software,
    Right::Agent,
    Right::PrivateBoards,
    Right::SecurityLevel,
    Right::RestrictedNotes,
    Right::AllChildren,
];

/// An account that can be named in a Basic header.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) email: &'static str,
    pub(crate) token: &'static str,
    pub(crate) name: &'static str,
    pub(crate) zone: &'static str,
    pub(crate) login: Login,
    pub(crate) scopes: Scopes,
    pub(crate) reach: Reach,
    pub(crate) rights: &'static [Right],
}

const ADMINISTRATOR: Account = Account {
    email: "admin@sandbox.example",
    token: "admin-token",
    name: "Ada Admin",
    zone: "America/Los_Angeles",
    login: Login::Open,
    scopes: Scopes::Classic,
    reach: Reach::Everything,
    rights: EVERY_RIGHT,
};

/// The accounts with a person of their own: the position is also the person's in the directory.
pub(crate) const ACCOUNTS: &[Account] = &[
    ADMINISTRATOR,
    Account {
        email: "plain@sandbox.example",
        token: "plain-token",
        name: "Pat Plain",
        zone: "Europe/Berlin",
        login: Login::Open,
        scopes: Scopes::Classic,
        reach: Reach::Ordinary,
        rights: &[Right::Software],
    },
    Account {
        email: "nobrowse@sandbox.example",
        token: "nobrowse-token",
        name: "Noel Nobrowse",
        zone: "Asia/Seoul",
        login: Login::Open,
        scopes: Scopes::Classic,
        reach: Reach::Nothing,
        rights: &[Right::Software],
    },
    Account {
        email: "nosoftware@sandbox.example",
        token: "nosoftware-token",
        name: "Nora Nosoftware",
        zone: "Australia/Sydney",
        login: Login::Open,
        scopes: Scopes::Classic,
        reach: Reach::Ordinary,
        rights: &[],
    },
    Account {
        email: "locked@sandbox.example",
        token: "locked-token",
        name: "Lou Locked",
        zone: "UTC",
        login: Login::Locked,
        scopes: Scopes::Classic,
        reach: Reach::Nothing,
        rights: &[],
    },
];

/// Further tokens of the administrator, each under an alias of its own. They are no persons, so
/// that the directory stays as it is.
const ALIASES: &[Account] = &[
    alias("scoped@sandbox.example", "scoped-token", Login::Open, Scopes::Reading),
    alias(
        "fewscopes@sandbox.example",
        "fewscopes-token",
        Login::Open,
        Scopes::Only(&["read:jira-work", "read:jira-user"]),
    ),
    alias("expired@sandbox.example", "expired-token", Login::Void, Scopes::Classic),
    alias("blocked@sandbox.example", "blocked-token", Login::Void, Scopes::Classic),
];

const fn alias(email: &'static str, token: &'static str, login: Login, scopes: Scopes) -> Account {
    Account { email, token, login, scopes, ..ADMINISTRATOR }
}

/// The account of an e-mail address, whose case does not matter.
pub(crate) fn find(email: &str) -> Option<&'static Account> {
    ACCOUNTS.iter().chain(ALIASES).find(|account| account.email.eq_ignore_ascii_case(email))
}

/// Whoever a request is answered for: an account, or nobody in particular.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// Position in the directory; `None` is the anonymous caller.
    pub(crate) person: Option<usize>,
    /// The address the caller logged in with.
    pub(crate) email: Option<&'static str>,
    pub(crate) reach: Reach,
    pub(crate) zone: Arc<TimeZone>,
    rights: &'static [Right],
}

impl Viewer {
    /// The viewer an account is.
    pub(crate) fn of(account: &'static Account) -> Self {
        let person = ACCOUNTS.iter().position(|known| known.email == account.email);
        Self {
            // An alias is the administrator.
            person: Some(person.unwrap_or(0)),
            email: Some(account.email),
            reach: account.reach,
            zone: Arc::new(clock::zone(account.zone)),
            rights: account.rights,
        }
    }

    /// The caller Jira falls back to when it cannot tell who asks.
    pub(crate) fn anonymous() -> Self {
        Self {
            person: None,
            email: None,
            reach: Reach::Public,
            zone: Arc::new(TimeZone::UTC),
            rights: &[],
        }
    }

    pub(crate) fn may(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    pub(crate) fn logged_in(&self) -> bool {
        self.person.is_some()
    }

    pub(crate) fn zone_name(&self) -> &'static str {
        self.person.map_or("UTC", |n| ACCOUNTS[n].zone)
    }

    /// Whether a project exists for this viewer.
    pub(crate) fn browses(&self, project: &Project) -> bool {
        let hidden = self.person.is_some_and(|me| project.hidden_from.contains(&me));
        !hidden && self.reaches(project)
    }

    /// Whether a project exists for this viewer as long as nobody hides it.
    pub(crate) fn reaches(&self, project: &Project) -> bool {
        if project.stage == Stage::Trashed {
            return self.reach == Reach::Everything;
        }
        match self.reach {
            Reach::Everything => true,
            Reach::Ordinary => project.audience != Audience::Hidden,
            Reach::Public => project.audience == Audience::Public,
            Reach::Nothing => false,
        }
    }
}
