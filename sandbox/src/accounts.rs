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
}

/// An account that can be named in a Basic header.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) email: &'static str,
    pub(crate) token: &'static str,
    pub(crate) name: &'static str,
    pub(crate) zone: &'static str,
    pub(crate) login: Login,
    pub(crate) reach: Reach,
    pub(crate) rights: &'static [Right],
}

/// Every account; the position is also the position of its person in the directory.
pub(crate) const ACCOUNTS: &[Account] = &[
    Account {
        email: "admin@sandbox.example",
        token: "admin-token",
        name: "Ada Admin",
        zone: "America/Los_Angeles",
        login: Login::Open,
        reach: Reach::Everything,
        rights: &[
            Right::Administer,
            Right::BrowseUsers,
            Right::Software,
            Right::Agent,
            Right::PrivateBoards,
            Right::SecurityLevel,
            Right::RestrictedNotes,
            Right::AllChildren,
        ],
    },
    Account {
        email: "plain@sandbox.example",
        token: "plain-token",
        name: "Pat Plain",
        zone: "Europe/Berlin",
        login: Login::Open,
        reach: Reach::Ordinary,
        rights: &[Right::Software],
    },
    Account {
        email: "nobrowse@sandbox.example",
        token: "nobrowse-token",
        name: "Noel Nobrowse",
        zone: "Asia/Seoul",
        login: Login::Open,
        reach: Reach::Nothing,
        rights: &[Right::Software],
    },
    Account {
        email: "nosoftware@sandbox.example",
        token: "nosoftware-token",
        name: "Nora Nosoftware",
        zone: "Australia/Sydney",
        login: Login::Open,
        reach: Reach::Ordinary,
        rights: &[],
    },
    Account {
        email: "locked@sandbox.example",
        token: "locked-token",
        name: "Lou Locked",
        zone: "UTC",
        login: Login::Locked,
        reach: Reach::Nothing,
        rights: &[],
    },
];

/// The account of an e-mail address, whose case does not matter.
pub(crate) fn find(email: &str) -> Option<(usize, &'static Account)> {
    ACCOUNTS.iter().enumerate().find(|(_, account)| account.email.eq_ignore_ascii_case(email))
}

/// Whoever a request is answered for: an account, or nobody in particular.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    /// Position in [`ACCOUNTS`] and in the directory; `None` is the anonymous caller.
    pub(crate) person: Option<usize>,
    pub(crate) reach: Reach,
    pub(crate) zone: Arc<TimeZone>,
    rights: &'static [Right],
}

impl Viewer {
    /// The viewer an account is.
    pub(crate) fn of(position: usize) -> Self {
        let account = &ACCOUNTS[position];
        Self {
            person: Some(position),
            reach: account.reach,
            zone: Arc::new(clock::zone(account.zone)),
            rights: account.rights,
        }
    }

    /// The caller Jira falls back to when it cannot tell who asks.
    pub(crate) fn anonymous() -> Self {
        Self { person: None, reach: Reach::Public, zone: Arc::new(TimeZone::UTC), rights: &[] }
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
