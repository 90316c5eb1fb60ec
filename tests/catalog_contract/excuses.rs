//! Where catalogue and documents may differ, with reasons. An excuse that is not needed fails the test.

/// A place (`feed.column.column`, or the name of a schema or shape), names there, and why they may differ.
pub(crate) type Excuse = (&'static str, &'static [&'static str], &'static str);

/// Parameters that are sent and that no document has.
pub(crate) const PARAMETERS: &[Excuse] = &[(
    "screen_tabs",
    &["maxResults"],
    "this endpoint calls it `maxResult`, which is sent too; Jira passes over what it does not know",
)];

/// Answers of which a document says nothing.
pub(crate) const NO_ANSWER: &[Excuse] = &[
    ("board_properties", &["records"], "the document has no answer; those of sprints are the same"),
    (
        "board_property_keys",
        &["records"],
        "the document has no answer; those of sprints are the same",
    ),
];

/// What only the long form of a project has.
const SHORT_PROJECT: &[&str] = &[
    "components",
    "versions",
    "archived",
    "archivedBy",
    "archivedDate",
    "deleted",
    "deletedBy",
    "deletedDate",
    "description",
    "email",
    "expand",
    "favourite",
    "insight",
    "isPrivate",
    "issueTypeHierarchy",
    "issueTypes",
    "landingPageInfo",
    "lead",
    "permissions",
    "retentionTillDate",
    "url",
    "uuid",
];

/// What Jira can send and no feed declares.
pub(crate) const UNDECLARED: &[Excuse] = &[
    ("User", &["key", "name"], "gone since 2019: documented as empty, never sent"),
    ("User", &["expand", "groups", "applicationRoles"], "asked for in `myself` only"),
    ("User", &["locale", "appType", "guest"], "of a user's own record, not of one inside another"),
    ("StatusDetails", &["scope"], "in `statuses`; not sent inside an issue"),
    ("IssueTypeDetails", &["scope"], "in `issue_types`; not sent inside an issue"),
    (
        "Priority",
        &["description", "statusColor", "isDefault", "avatarId"],
        "in `priorities`; not sent inside an issue",
    ),
    ("Priority", &["schemes"], "sent when asked for by `expand` only: the schemes of a priority"),
    ("Fields", &["assignee", "timetracking"], "documented, but not sent for a linked issue"),
    ("Fields", &["issueType"], "the document has `issuetype` in two spellings"),
    ("Votes", &["voters"], "sent by the issue's own votes endpoint only"),
    ("Watchers", &["watchers"], "sent by the issue's own watchers endpoint only"),
    (
        "SecurityLevel",
        &["isDefault", "issueSecuritySchemeId"],
        "of the level's own record, not of one inside an issue",
    ),
    (
        "issues.fields.project",
        &["insight", "style", "deleted", "deletedBy", "deletedDate", "retentionTillDate"],
        "of the examples; not sent inside an issue",
    ),
    (
        "IssueBean",
        &[
            "changelog",
            "editmeta",
            "fieldsToInclude",
            "names",
            "operations",
            "properties",
            "renderedFields",
            "schema",
            "transitions",
            "versionedRepresentations",
        ],
        "sent when asked for by `expand` only",
    ),
    ("IssueBean", &["fields"], "where only membership is asked for; `issues` has the fields"),
    (
        "IssueTypeScheme",
        &["issueTypes", "projects"],
        "sent when asked for by `expand` only: lists of ids that the mappings have",
    ),
    (
        "IssueTypeScreenScheme",
        &["projects"],
        "sent when asked for by `expand` only; a feed has them",
    ),
    ("ScreenScheme", &["issueTypeScreenSchemes"], "sent by `expand` only; the mappings have them"),
    ("IssueTypeIssueCreateMetadata", &["fields"], "a feed of their own has them"),
    ("SecurityScheme", &["levels"], "of a single scheme's answer; they have a feed"),
    ("PermissionScheme", &["permissions"], "sent by `expand` only; `permission_grants` has them"),
    (
        "NotificationScheme",
        &["notificationSchemeEvents", "projects"],
        "sent by `expand` only; feeds have them",
    ),
    ("WorkflowScheme", &["issueTypes"], "sent by `expand` only"),
    ("WorkflowScheme", &["updateDraftIfNeeded"], "of requests, never of an answer"),
    (
        "GetFieldAssociationSchemeResponse",
        &["matchedFilters"],
        "which of the filters of the request it met; none are sent",
    ),
    (
        "DashboardGadgetPosition",
        &["The column position of the gadget.", "The row position of the gadget."],
        "the document has a sentence where the keys `column` and `row` belong",
    ),
    ("Comment", &["renderedBody"], "sent when asked for by `expand` only"),
    ("projects", &["components", "versions"], "of a single project's answer; they have feeds"),
    ("Version", &["operations"], "links for a user interface, sent by `expand` only"),
    ("Version", &["moveUnfixedIssuesTo"], "of requests, never of an answer"),
    ("ResolutionJsonBean", &["default"], "sent as `isDefault`, as the example has it"),
    ("boards", &["admins"], "sent when asked for by `expand` only"),
    (
        "SimpleListWrapperGroupName",
        &["callback", "max-results", "pagingCallback"],
        "of the server's own making; never sent",
    ),
    (
        "SimpleListWrapperApplicationRole",
        &["callback", "max-results", "pagingCallback"],
        "of the server's own making; never sent",
    ),
    (
        "share.project",
        SHORT_PROJECT,
        "the schema is that of a whole project; a shorter one is sent",
    ),
    ("SecurityLevelMember", &["managed"], "of requests, never of an answer"),
    (
        "notification_schemes.notificationSchemeEvents.notifications.field",
        &["untranslatedName"],
        "of the example; `fields` has it",
    ),
    ("priority_scheme_projects", SHORT_PROJECT, "as the example has it"),
    (
        "priority_scheme_projects",
        &["assigneeType", "properties", "roles", "style"],
        "as the example has it",
    ),
];

/// What feeds declare and no document has.
pub(crate) const UNDOCUMENTED: &[Excuse] = &[
    ("issue_transitions", &["isLooped"], "seen on real sites, beside or instead of `looped`"),
    ("project_details", &["projectKeys"], "what `expand=projectKeys` adds"),
    ("DashboardGadgetPosition", &["column", "row"], "the keys behind the document's sentences"),
    (
        "permission_holder",
        &["user", "group", "projectRole", "field"],
        "what each `expand` of those names adds",
    ),
    ("workflows", &["isDefault"], "of the older form"),
    ("workflows.statuses", &["id", "name"], "of the older form"),
    ("workflows.transitions", &["from", "to"], "of the older form"),
    ("issue_types", &["untranslatedName"], "seen on real sites"),
    ("statuses", &["untranslatedName"], "seen on real sites"),
    ("fields", &["untranslatedName"], "seen on real sites, as with types and statuses"),
    ("projects.issueTypes", &["untranslatedName"], "as in `issue_types`"),
    ("projects", &["entityId"], "seen on real sites"),
    ("projects", &["projectKeys"], "what `expand=projectKeys` adds"),
    ("filters", &["isWritable"], "what `expand=isWritable` adds"),
    ("RoleActor", &["user"], "as examples have it, beside `actorUser`"),
    (
        "UserBean",
        &["accountType", "emailAddress", "timeZone"],
        "a shorter schema of the same object",
    ),
    ("workflows", &["entityId"], "of the older form that real sites still give"),
    (
        "change_item",
        &["tmpFromAccountId", "tmpToAccountId"],
        "seen on real sites where a user was changed",
    ),
    ("server_info", &["displayUrlCSMHelpSeeker"], "seen on real sites"),
];

/// Statuses that the catalogue names and no document has.
pub(crate) const UNDOCUMENTED_STATUSES: &[Excuse] = &[
    (
        "board_features",
        &["400", "404"],
        "documented with a 200 only; as all that belongs to a board",
    ),
    ("board_reports", &["404"], "documented with a 200 only; as all that belongs to a board"),
    ("epic_details", &["400"], "seen for epics of team-managed projects"),
    (
        "field_context_issue_types",
        &["404"],
        "as the field's contexts: a field of a team-managed project has none",
    ),
    ("field_screens", &["404"], "as the field's contexts"),
    ("workflow_history", &["404"], "an experimental endpoint: absent where it is not rolled out"),
    ("field_configurations", &["404"], "absent where field schemes have taken their place"),
    ("field_configuration_schemes", &["404"], "absent where field schemes have taken their place"),
    (
        "field_configuration_scheme_projects",
        &["404"],
        "absent where field schemes have taken their place",
    ),
    ("screen_tab_fields", &["400"], "seen for tabs of a screen that was deleted"),
    ("sprints", &["422"], "seen for a board whose columns have no status"),
    ("plans", &["404"], "an experimental endpoint: absent where it is not rolled out"),
];

/// The schema of what stands where a document has a free map, or has no endpoint.
pub(crate) const SHAPES: &[(&str, &str, &str)] = &[
    ("issue_attachments", "", "Attachment"),
    ("issue_links", "", "IssueLink"),
    ("issues", "/fields/project", "ProjectDetails"),
    ("issues", "/fields/issuetype", "IssueTypeDetails"),
    ("issues", "/fields/status", "StatusDetails"),
    ("issues", "/fields/statusCategory", "StatusCategory"),
    ("issues", "/fields/priority", "Priority"),
    ("issues", "/fields/resolution", "Resolution"),
    ("issues", "/fields/security", "SecurityLevel"),
    ("issues", "/fields/assignee", "UserDetails"),
    ("issues", "/fields/parent", "LinkedIssue"),
    ("issues", "/fields/timetracking", "TimeTrackingDetails"),
    ("issues", "/fields/votes", "Votes"),
    ("issues", "/fields/watches", "Watchers"),
];
