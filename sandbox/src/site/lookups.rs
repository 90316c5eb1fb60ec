//! Priorities, resolutions, link types and labels.

use serde_json::{Value, json};

use super::BASE;

/// Names of the priorities, highest first; the id is the position plus one.
pub(crate) const PRIORITIES: &[(&str, &str)] = &[
    ("Highest", "#d04437"),
    ("High", "#f15C75"),
    ("Medium", "#f79232"),
    ("Low", "#707070"),
    ("Lowest", "#999999"),
];

/// Names of the resolutions; the id is 10000 plus the position.
pub(crate) const RESOLUTIONS: &[&str] = &["Done", "Won't Do", "Duplicate", "Cannot Reproduce"];

/// Name, inward and outward text of the link types; the id is 10000 plus the position.
pub(crate) const LINK_TYPES: &[(&str, &str, &str)] = &[
    ("Blocks", "is blocked by", "blocks"),
    ("Cloners", "is cloned by", "clones"),
    ("Duplicate", "is duplicated by", "duplicates"),
    ("Relates", "relates to", "relates to"),
];

/// The labels issues draw from; an issue keeps them as bits.
pub(crate) const LABELS: &[&str] = &[
    "accessibility",
    "api",
    "backend",
    "billing",
    "customer-request",
    "database",
    "docs",
    "experiment",
    "flaky",
    "frontend",
    "good-first-issue",
    "i18n",
    "infra",
    "mobile",
    "onboarding",
    "perf",
    "regression",
    "release-blocker",
    "security",
    "tech_debt",
    "ux",
    "버그",
    "été",
    "🚀launch",
];

/// A priority by its position.
pub(crate) fn priority(n: usize) -> Value {
    let (name, _) = PRIORITIES[n];
    json!({"self": format!("{BASE}/rest/api/3/priority/{}", n + 1), "id": (n + 1).to_string(), "name": name,
        "iconUrl": format!("{BASE}/images/icons/priorities/{}.svg", name.to_lowercase())})
}

/// All priorities as `priority/search` lists them.
pub(crate) fn priorities() -> Vec<Value> {
    (0..PRIORITIES.len())
        .map(|n| {
            let mut value = priority(n);
            value["statusColor"] = json!(PRIORITIES[n].1);
            value["description"] = json!(format!("{} importance.", PRIORITIES[n].0));
            value["isDefault"] = json!(n == 2);
            value
        })
        .collect()
}

/// A resolution by its position.
pub(crate) fn resolution(n: usize) -> Value {
    let id = 10_000 + n;
    json!({"self": format!("{BASE}/rest/api/3/resolution/{id}"), "id": id.to_string(),
        "name": RESOLUTIONS[n], "description": ""})
}

/// All resolutions.
pub(crate) fn resolutions() -> Vec<Value> {
    (0..RESOLUTIONS.len())
        .map(|n| {
            let mut value = resolution(n);
            value["isDefault"] = json!(n == 0);
            value
        })
        .collect()
}

/// A link type by its position.
pub(crate) fn link_type(n: usize) -> Value {
    let (name, inward, outward) = LINK_TYPES[n];
    let id = 10_000 + n;
    json!({"self": format!("{BASE}/rest/api/3/issueLinkType/{id}"), "id": id.to_string(),
        "name": name, "inward": inward, "outward": outward})
}

/// All link types.
pub(crate) fn link_types() -> Vec<Value> {
    (0..LINK_TYPES.len()).map(link_type).collect()
}

/// All labels, plain texts.
pub(crate) fn labels() -> Vec<Value> {
    LABELS.iter().map(|label| json!(label)).collect()
}
