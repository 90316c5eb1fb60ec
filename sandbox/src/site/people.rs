//! The directory: people, groups and who is in which.

use serde_json::{Map, Value, json};

use super::random::{Dice, Subject};
use super::{BASE, View};
use crate::accounts::{ACCOUNTS, Right};
use crate::options::SiteOptions;

/// Somebody, or something, that can act on issues.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    /// `atlassian`, `app` or `customer`.
    pub(crate) kind: &'static str,
    pub(crate) active: bool,
    /// Whether the user lists show the entry. They cut the page first and drop hidden entries
    /// afterwards, which is why their pages can be short or empty before the end.
    pub(crate) listed: bool,
    pub(crate) zone: &'static str,
}

/// A group; its members are a stride through the directory.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    every: usize,
}

const FIRST: &[&str] = &[
    "Mina", "Jonas", "Søren", "Zoë", "李", "Amina", "Pavel", "Chloé", "Yuki", "Omar", "Siobhán",
    "Noah", "Ines", "Kofi", "Priya", "Łukasz", "Ana", "محمد", "Tiago", "Eva",
];
const LAST: &[&str] = &[
    "Berg",
    "O'Neill",
    "Nowak",
    "García",
    "Kim",
    "Schmidt",
    "Ivanov",
    "Tanaka",
    "Da Silva",
    "Okafor",
    "Lindqvist",
    "Dubois",
    "Rossi",
    "Haddad",
    "Novák",
    "Smith-Jones",
];
const ZONES: &[&str] = &["America/New_York", "Europe/Paris", "Asia/Tokyo", "UTC"];
const GROUPS: &[(&str, usize)] = &[
    ("jira-users-sandbox", 1),
    ("jira-servicemanagement-users-sandbox", 9),
    ("site-admins", 40),
    ("developers", 3),
    ("designers", 11),
    ("개발팀", 7),
];

/// Draws the directory. The accounts that can log in come first.
pub(super) fn directory(options: &SiteOptions) -> Vec<Person> {
    let count = (options.users as usize).max(ACCOUNTS.len() + 5);
    (0..count).map(|n| person(options, n)).collect()
}

fn person(options: &SiteOptions, n: usize) -> Person {
    let mut dice = Dice::of(options.seed, Subject::Person, n as u64);
    let account_id = account_id(&mut dice, n);
    if let Some(account) = ACCOUNTS.get(n) {
        return Person {
            account_id,
            name: account.name.to_owned(),
            email: account.email.to_owned(),
            kind: "atlassian",
            active: true,
            listed: true,
            zone: account.zone,
        };
    }
    let kind = match n % 23 {
        5 => "app",
        11 => "customer",
        _ => "atlassian",
    };
    let closed = n % 31 == 17;
    let name = if closed {
        "Former user".to_owned()
    } else {
        format!("{} {}", dice.pick(FIRST), dice.pick(LAST))
    };
    Person {
        account_id,
        name,
        email: format!("person{n}@sandbox.example"),
        kind,
        active: !closed && n % 13 != 8,
        listed: !closed && kind != "customer" && !in_hidden_run(options, n),
        zone: ZONES[n % ZONES.len()],
    }
}

fn in_hidden_run(options: &SiteOptions, n: usize) -> bool {
    (95..95 + options.hidden_user_run as usize).contains(&n)
}

/// Old accounts have 24 hexadecimal digits, newer ones a prefix and a colon, apps a long tail.
fn account_id(dice: &mut Dice, n: usize) -> String {
    match n % 4 {
        0 => format!("5b{:022x}", u128::from(dice.next()) << 20 | u128::from(dice.below(1 << 20))),
        3 if n % 8 == 7 => format!("qm:{}:{}:{:07}", dice.uuid(), dice.uuid(), n),
        _ => format!("712020:{}", dice.uuid()),
    }
}

/// Draws the groups.
pub(super) fn groups(options: &SiteOptions) -> Vec<Group> {
    GROUPS
        .iter()
        .enumerate()
        .map(|(n, &(name, every))| Group {
            id: Dice::of(options.seed, Subject::Person, 1_000_000 + n as u64).uuid(),
            name,
            every,
        })
        .collect()
}

fn avatar_urls(n: usize) -> Value {
    let url = |size: u32| {
        format!("https://avatars.sandbox.example/initials/{n}.png?size={size}&s={size}")
    };
    json!({"16x16": url(16), "24x24": url(24), "32x32": url(32), "48x48": url(48)})
}

impl View<'_> {
    /// How many people, apps and customers there are.
    pub(crate) fn people_count(&self) -> usize {
        self.site.people.len()
    }

    /// The position of an account id in the directory.
    pub(crate) fn person_with_id(&self, account_id: &str) -> Option<usize> {
        self.site.people.iter().position(|person| person.account_id == account_id)
    }

    /// The positions of people of a kind: `atlassian`, `app` or `customer`.
    pub(crate) fn people_of_kind(&self, kind: &str) -> Vec<usize> {
        (0..self.site.people.len()).filter(|&n| self.site.people[n].kind == kind).collect()
    }

    /// The groups a person is in.
    pub(crate) fn groups_of(&self, person: usize) -> Vec<Value> {
        let groups = self.site.groups.iter().enumerate();
        let customer = self.site.people.get(person).is_none_or(|person| person.kind == "customer");
        groups
            .filter(|(_, group)| !customer && person.is_multiple_of(group.every))
            .map(|(n, _)| self.group(n))
            .collect()
    }

    /// A person as issues and lists show them.
    pub(crate) fn user(&self, n: usize) -> Value {
        let Some(person) = self.site.people.get(n) else {
            return Value::Null;
        };
        let mut user = Map::new();
        let mut put = |key: &str, value: Value| user.insert(key.to_owned(), value);
        put("self", json!(format!("{BASE}/rest/api/3/user?accountId={}", person.account_id)));
        put("accountId", json!(person.account_id));
        put("accountType", json!(person.kind));
        put("avatarUrls", avatar_urls(n));
        put("displayName", json!(person.name));
        put("active", json!(person.active));
        put("timeZone", json!(person.zone));
        if self.sees_email_of(n) {
            put("emailAddress", json!(person.email));
        }
        Value::Object(user)
    }

    /// Administrators see addresses of managed accounts, everybody sees their own.
    fn sees_email_of(&self, n: usize) -> bool {
        self.viewer.person == Some(n) || (self.viewer.may(Right::Administer) && n % 3 != 2)
    }

    /// The entry of the user lists: as elsewhere, with the locale.
    fn listed_user(&self, n: usize) -> Value {
        let mut user = self.user(n);
        if let Some(fields) = user.as_object_mut() {
            fields.insert("locale".to_owned(), json!("en_US"));
        }
        user
    }

    /// A window of the directory, then without the entries that are not shown.
    pub(crate) fn users_in(&self, window: std::ops::Range<usize>) -> Vec<Value> {
        window
            .filter(|&n| self.site.people.get(n).is_some_and(|person| person.listed))
            .map(|n| self.listed_user(n))
            .collect()
    }

    /// All listed users.
    pub(crate) fn users(&self) -> Vec<Value> {
        self.users_in(0..self.site.people.len())
    }

    /// All groups.
    pub(crate) fn groups(&self) -> Vec<Value> {
        self.site
            .groups
            .iter()
            .map(|group| json!({"name": group.name, "groupId": group.id}))
            .collect()
    }

    /// A group by its position, as fields hold it.
    pub(crate) fn group(&self, n: usize) -> Value {
        let group = &self.site.groups[n % self.site.groups.len()];
        json!({"name": group.name, "groupId": group.id,
            "self": format!("{BASE}/rest/api/3/group?groupId={}", group.id)})
    }

    /// The members of a group, or `None` when there is no such group.
    pub(crate) fn group_members(&self, group_id: &str, inactive_too: bool) -> Option<Vec<Value>> {
        let group = self.site.groups.iter().find(|group| group.id == group_id)?;
        let members = (0..self.site.people.len())
            .step_by(group.every)
            .filter(|&n| self.site.people[n].kind != "customer")
            .filter(|&n| inactive_too || self.site.people[n].active)
            .map(|n| self.user(n))
            .collect();
        Some(members)
    }
}
