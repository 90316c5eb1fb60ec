//! The values issues have in custom fields.

use serde_json::{Value, json};

use super::{CustomField, Kind};
use crate::site::heads::Head;
use crate::site::projects::Project;
use crate::site::random::{Dice, Subject};
use crate::site::{BASE, View, adf, clock, desk, projects, versions, words};

const OPTIONS: &[&str] =
    &["Minor", "Major", "Critical", "해당 없음", "n/a", "Yes, with \"quotes\""];
const REGIONS: &[(&str, &[&str])] =
    &[("EMEA", &["Berlin", "Zürich"]), ("APAC", &["서울", "東京"]), ("Other", &[])];

/// One issue and where its custom values come from.
pub(in crate::site) struct Sheet<'v, 'a> {
    pub(in crate::site) view: &'v View<'a>,
    pub(in crate::site) head: &'v Head,
    pub(in crate::site) project: &'v Project,
}

impl Sheet<'_, '_> {
    /// The value of a field; `null` where it is empty.
    pub(in crate::site) fn value(&self, field: &CustomField) -> Value {
        let id = u64::from(field.number) << 32 | u64::from(self.head.id);
        let mut dice = Dice::of(self.view.site.options.seed, Subject::Custom, id);
        let always = matches!(field.kind, Kind::Rank | Kind::Development | Kind::Participants);
        if !always && dice.chance(450) {
            return empty(field.kind);
        }
        self.text(field.kind, &mut dice)
            .or_else(|| self.moment(field.kind, &mut dice))
            .or_else(|| choice(field.kind, &mut dice, field.number))
            .or_else(|| self.entity(field.kind, &mut dice))
            .unwrap_or_else(|| desk::value(self.view, self.head, field.kind, &mut dice))
    }

    fn text(&self, kind: Kind, dice: &mut Dice) -> Option<Value> {
        let id = self.head.id;
        Some(match kind {
            Kind::Text if dice.chance(120) => json!(""),
            Kind::Text => json!(words::sentence(dice)),
            Kind::LongText if dice.chance(20) => json!(words::long_text(dice, 30_000)),
            Kind::LongText => json!(words::long_text(dice, 250)),
            Kind::TextArea => adf::line(&words::sentence(dice)),
            Kind::Url => json!(format!("https://tickets.sandbox.example/{id}?q=ä&x=1")),
            Kind::ReadOnly => json!(format!("legacy-{id}")),
            Kind::Rank => json!(format!("0|i{id:05}:")),
            Kind::EpicLabel => json!(words::title(dice)),
            Kind::EpicColour => json!(format!("color_{}", 1 + dice.below(14))),
            Kind::EpicLink => self.parent_key(1).map_or(Value::Null, Value::String),
            Kind::ParentLink => json!({"hasEpicLinkFieldDependency": false, "showField": false,
                "nonEditableReason": {"reason": "PLUGIN_LICENSE_ERROR", "message": "The Parent Link is only available to Premium users."}}),
            Kind::Development => json!("{}"),
            Kind::Float => number(f64::from(dice.below(40)) / 2.0),
            Kind::StoryPoints => number(f64::from(*dice.pick(&[1_u8, 2, 3, 5, 8, 13]))),
            Kind::ImportId => json!(dice.below(1_000_000)),
            Kind::HugeNumber => number(*dice.pick(&HUGE)),
            Kind::BigInteger => big_integer(dice),
            Kind::Forge => {
                json!({"low": dice.below(5), "high": 5.5, "unit": "d", "tags": ["a", null, {"deep": true}]})
            }
            _ => return None,
        })
    }

    fn parent_key(&self, level: i8) -> Option<String> {
        let site = self.view.site;
        let parent = &site.heads[self.head.parent? as usize];
        let kind = site.project_of(parent).types()[usize::from(parent.kind)];
        (kind.level == level).then(|| site.key_of(parent))
    }

    fn moment(&self, kind: Kind, dice: &mut Dice) -> Option<Value> {
        let at = dice.between(self.head.created, clock::END);
        Some(match kind {
            Kind::Date => json!(clock::day(at)),
            Kind::DateTime => json!(clock::platform(at, &self.view.viewer.zone)),
            Kind::OddDate => match dice.below(20) {
                0 => json!("51502-04-05"),
                1 => json!("0001-01-01"),
                2 => json!("0202-11-30"),
                _ => json!(clock::day(at)),
            },
            Kind::OddDateTime => match dice.below(20) {
                0 => json!("51502-04-05T09:13:20.000+0000"),
                1 => json!("0001-01-01T00:00:00.000+0000"),
                2 => json!("1900-01-01T00:00:00.000-0752"),
                _ => json!(clock::platform(at, &self.view.viewer.zone)),
            },
            _ => return None,
        })
    }

    fn entity(&self, kind: Kind, dice: &mut Dice) -> Option<Value> {
        let view = self.view;
        let people = view.site.people.len();
        let user = |dice: &mut Dice| view.user(dice.index(people));
        Some(match kind {
            Kind::User => user(dice),
            Kind::Users => (0..=dice.below(3)).map(|_| user(dice)).collect(),
            Kind::People => json!([user(dice)]),
            Kind::Group => view.group(dice.index(6)),
            Kind::Groups => json!([view.group(dice.index(3)), view.group(3 + dice.index(3))]),
            Kind::Version => self.version(dice).unwrap_or(Value::Null),
            Kind::Versions => self.version(dice).map_or(Value::Null, |version| json!([version])),
            Kind::Project => {
                // Archiving or hiding a project changes no issue of another one.
                let drawn = |of: &&Project| of.drawn_live && view.viewer.reaches(of);
                let live: Vec<&Project> = view.site.projects.iter().filter(drawn).collect();
                live.get(dice.index(live.len()))
                    .map_or(Value::Null, |project| projects::project_ref(project))
            }
            Kind::Sprint => view.sprint_field(self.head, self.project),
            Kind::Team | Kind::PlansTeam => team(dice),
            _ => return None,
        })
    }

    fn version(&self, dice: &mut Dice) -> Option<Value> {
        let open = versions::shows_children(self.project, self.view.viewer);
        (open && self.project.versions > 0).then(|| {
            self.view.version_ref(self.project.id * 100 + dice.below(self.project.versions))
        })
    }
}

/// What an empty field holds: some types an empty list, most `null`.
fn empty(kind: Kind) -> Value {
    match kind {
        Kind::Organizations | Kind::Assets | Kind::Approvals => json!([]),
        _ => Value::Null,
    }
}

fn number(n: f64) -> Value {
    json!(n)
}

/// Numbers that do not survive a careless reader.
const HUGE: [f64; 6] = [1e21, 0.1, 123_456_789_012.75, -4.5e-7, 9_007_199_254_740_993.0, 3.0];

/// An integer beyond 64 bits, written out; an ordinary one; or a text.
fn big_integer(dice: &mut Dice) -> Value {
    match dice.below(3) {
        0 => json!(crate::wire::BEYOND_64_BITS),
        1 => json!(u64::MAX - u64::from(dice.below(9))),
        _ => json!(format!("EXT-{}", dice.below(100))),
    }
}

fn option(number: u32, n: usize, value: &str) -> Value {
    let id = number * 10 + u32::try_from(n).unwrap_or(0);
    json!({"self": format!("{BASE}/rest/api/3/customFieldOption/{id}"), "value": value, "id": id.to_string()})
}

impl CustomField {
    /// The options of the field: id, value, and the option each is a part of.
    pub(crate) fn options(&self) -> Vec<(u32, &'static str, Option<u32>)> {
        let id = |n: usize| self.number * 10 + u32::try_from(n).unwrap_or(0);
        match self.kind {
            Kind::Select | Kind::Radio | Kind::MultiSelect => {
                OPTIONS.iter().enumerate().map(|(n, value)| (id(n), *value, None)).collect()
            }
            Kind::Flagged => vec![(id(0), "Impediment", None)],
            Kind::Cascading => {
                let mut options = Vec::new();
                for (n, (region, cities)) in REGIONS.iter().enumerate() {
                    options.push((id(n), *region, None));
                    // The cities of a region share an id, as they do inside issues.
                    options
                        .extend(cities.iter().take(1).map(|city| (id(n + 5), *city, Some(id(n)))));
                }
                options
            }
            _ => Vec::new(),
        }
    }
}

fn choice(kind: Kind, dice: &mut Dice, number: u32) -> Option<Value> {
    let one = |dice: &mut Dice| {
        let n = dice.index(OPTIONS.len());
        option(number, n, OPTIONS[n])
    };
    Some(match kind {
        Kind::Select | Kind::Radio => one(dice),
        Kind::MultiSelect => (0..=dice.index(3)).map(|n| option(number, n, OPTIONS[n])).collect(),
        Kind::Flagged if dice.chance(900) => Value::Null,
        Kind::Flagged => json!([option(number, 0, "Impediment")]),
        Kind::Cascading => {
            let n = dice.index(REGIONS.len());
            let (region, cities) = REGIONS[n];
            let mut value = option(number, n, region);
            if !cities.is_empty() && dice.chance(700) {
                value["child"] = option(number, n + 5, dice.pick::<&str>(cities));
            }
            value
        }
        Kind::Labels => json!([words::word(dice), "käse", "a-b_c"]),
        _ => return None,
    })
}

fn team(dice: &mut Dice) -> Value {
    let n = dice.below(5);
    let id = format!("36885b3c-1bf0-4f85-a357-c5b858c31de{n}");
    json!({"id": id, "name": format!("Team {n}"), "title": format!("Team {n}"), "avatarUrl": "",
        "isVisible": true, "isVerified": n.is_multiple_of(2), "isShared": true})
}
