//! The built-in feeds, compiled in: one TOML file a group.

/// Group and text of each file in `feeds/`.
pub const BUILT_IN_GROUPS: &[(&str, &str)] = &[
    ("access", include_str!("feeds/access.toml")),
    ("admin", include_str!("feeds/admin.toml")),
    ("agile", include_str!("feeds/agile.toml")),
    ("fields", include_str!("feeds/fields.toml")),
    ("issues", include_str!("feeds/issues.toml")),
    ("projects", include_str!("feeds/projects.toml")),
    ("properties", include_str!("feeds/properties.toml")),
    ("schemes", include_str!("feeds/schemes.toml")),
    ("service_desk", include_str!("feeds/service_desk.toml")),
    ("site", include_str!("feeds/site.toml")),
    ("users", include_str!("feeds/users.toml")),
    ("workflow", include_str!("feeds/workflow.toml")),
];

/// The types that feeds use by name.
pub const NAMED_TYPES: &str = include_str!("types.toml");
