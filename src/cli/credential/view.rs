//! A credential as results show it: everything but the token.

use crate::credential::{
    CredentialEntry, Route, SavedCredential, Store, StoreError, TokenPlace, days_between,
};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::fmt::Write as _;

/// What is known of a credential. What is not known is null.
#[derive(Debug, Default, Serialize)]
pub(super) struct View {
    pub(super) name: String,
    /// `saved` or `config`
    pub(super) from: &'static str,
    url: Option<String>,
    username: Option<String>,
    description: Option<String>,
    scoped: Option<bool>,
    cloud_id: Option<String>,
    gateway: Option<String>,
    /// `file`, `keyring`, `env`, `command` or `inline`
    token_in: Option<&'static str>,
    /// The folder of a saved one's files.
    folder: Option<String>,
    expires: Option<Date>,
    days_left: Option<i64>,
    token_age_days: Option<i64>,
    created_at: Option<Timestamp>,
    token_saved_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_tested_at: Option<Timestamp>,
    /// Why it cannot be used.
    pub(super) problem: Option<String>,
}

impl View {
    pub(super) fn of_saved(saved: &SavedCredential, store: &Store) -> Self {
        let now = Timestamp::now();
        let today = TimeZone::system().to_datetime(now).date();
        let age = now.as_second() - saved.token_saved_at.as_second();
        Self {
            token_in: Some(saved.token_place.word()),
            folder: Some(store.folder().display().to_string()),
            expires: saved.expires,
            days_left: saved.expires.map(|expires| days_between(today, expires)),
            token_age_days: Some(age.max(0) / (24 * 60 * 60)),
            created_at: Some(saved.created_at),
            token_saved_at: Some(saved.token_saved_at),
            last_used_at: saved.last_used_at,
            last_tested_at: saved.last_tested_at,
            ..Self::of(&saved.name, "saved", &saved.route)
        }
        .of_whom(saved.site.to_string(), &saved.username, &saved.description)
    }

    pub(super) fn of_config(entry: &CredentialEntry) -> Self {
        Self {
            token_in: Some(entry.api_token.kind()),
            ..Self::of(&entry.name, "config", &entry.route)
        }
        .of_whom(entry.site.to_string(), &entry.username, &entry.description)
    }

    pub(super) fn of_damaged(name: &str, error: &StoreError) -> Self {
        Self {
            name: name.to_owned(),
            from: "saved",
            problem: Some(error.to_string()),
            ..Self::default()
        }
    }

    fn of(name: &str, from: &'static str, route: &Route) -> Self {
        Self {
            name: name.to_owned(),
            from,
            scoped: Some(route.scoped),
            cloud_id: route.cloud_id.as_ref().map(ToString::to_string),
            gateway: route.gateway.as_ref().map(ToString::to_string),
            ..Self::default()
        }
    }

    fn of_whom(self, url: String, username: &str, description: &str) -> Self {
        Self {
            url: Some(url),
            username: Some(username.to_owned()),
            description: Some(description.to_owned()),
            ..self
        }
    }

    /// For programs.
    pub(super) fn value(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// A line of the list.
    pub(super) fn row(&self) -> [String; 8] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let is_saved = self.created_at.is_some();
        let never = |at: Option<Timestamp>| match at {
            Some(at) => moment(at),
            None if is_saved => "never".to_owned(),
            None => String::new(),
        };
        [
            self.name.clone(),
            self.from.to_owned(),
            text(&self.url),
            text(&self.username),
            never(self.last_used_at),
            never(self.last_tested_at),
            self.token_age_days.map(days).unwrap_or_default(),
            self.expiry().unwrap_or_default(),
        ]
    }

    /// For people, one fact a line.
    pub(super) fn text(&self) -> String {
        let scopes = match self.scoped {
            Some(true) => "has scopes, goes through the gateway",
            _ => "has none, goes to the site's own host",
        };
        let token = match (self.token_in, &self.folder) {
            (Some(place), Some(folder)) if place == TokenPlace::File.word() => {
                Some(format!("a file below {folder}"))
            }
            (place, _) => place.map(str::to_owned),
        };
        let is_saved = self.created_at.is_some();
        let moment =
            |at: Option<Timestamp>| at.map(moment).or_else(|| is_saved.then(|| "never".to_owned()));
        let facts = [
            ("from", Some(self.from.to_owned())),
            ("site", self.url.clone()),
            ("username", self.username.clone()),
            ("description", self.description.clone().filter(|text| !text.is_empty())),
            ("scopes", Some(scopes.to_owned())),
            ("cloud id", self.cloud_id.clone()),
            ("gateway", self.gateway.clone()),
            ("token in", token),
            ("token age", self.token_age_days.map(days)),
            ("expires", self.expiry()),
            ("created", self.created_at.map(|at| moment(Some(at)).unwrap_or_default())),
            ("last used", moment(self.last_used_at)),
            ("last tested", moment(self.last_tested_at)),
        ];
        let mut text = format!("{}\n\n", self.name);
        for (name, value) in facts.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)))
        {
            let _ = writeln!(text, "  {name:<12} {value}");
        }
        text
    }

    fn expiry(&self) -> Option<String> {
        match (self.expires, self.days_left) {
            (Some(expires), Some(left)) if left < 0 => Some(format!("ended {expires}")),
            (Some(expires), Some(left)) => Some(format!("{expires}, in {}", days(left))),
            _ => self.created_at.map(|_| "not known".to_owned()),
        }
    }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn days(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}
