//! The catalogue against what Jira says of itself: Atlassian's `OpenAPI` documents, and records of a real site.
//!
//! Neither belongs to the project, so both are read from folders that the environment names:
//! `JIRA_OPENAPI_DIR` (`*.json`, the platform's and the software document) and `JIRA_REALDATA_DIR` (`<stream>.jsonl`).
//! Without the variable a test says that it did not run, or fails with `JIRA_FEEDS_REQUIRE_REAL_INPUT=1`. Where catalogue and source may differ stands below, with reasons.

use jira_feeds::catalog::{
    Catalog, Column, ColumnType, Endpoint, Feed, Method, PageStyle, Pointer,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A place (`feed.column.column`, or the name of a schema or shape), names there, and why they may differ.
type Excuse = (&'static str, &'static [&'static str], &'static str);

/// Feeds whose endpoints or records no document describes.
const NOT_DOCUMENTED: &[Excuse] = &[
    ("service_desks", &["document"], "the Service Management document is not one of the two"),
    (
        "issue_sprints",
        &["document"],
        "the value of a custom field: the documents have no schema for it",
    ),
];

/// Endpoints that a document marks as deprecated.
const DEPRECATED: &[Excuse] = &[(
    "priorities",
    &["deprecated"],
    "priority/search was flagged in early 2026 and is not any more in later documents; all else is older",
)];

/// What Jira can send and no feed declares.
const UNDECLARED: &[Excuse] = &[
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
    ("board_issues", &["fields"], "membership only; `issues` has the fields"),
    ("Comment", &["renderedBody"], "sent when asked for by `expand` only"),
    ("Project", &["components", "versions"], "of a single project's answer; they have feeds"),
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
        &[
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
        ],
        "the schema is that of a whole project; what is sent is shorter",
    ),
];

/// What feeds declare and no document has.
const UNDOCUMENTED: &[Excuse] = &[
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
        "permission_schemes.permissions.holder",
        &["user", "group", "projectRole", "field"],
        "what each `expand` of those names adds",
    ),
    (
        "change_item",
        &["tmpFromAccountId", "tmpToAccountId"],
        "seen on real sites where a user was changed",
    ),
    ("server_info", &["displayUrlCSMHelpSeeker"], "seen on real sites"),
];

/// Statuses that the catalogue names and no document has.
const UNDOCUMENTED_STATUSES: &[Excuse] = &[
    ("sprints", &["422"], "seen for a board whose columns have no status"),
    ("plans", &["404"], "an experimental endpoint: absent where it is not rolled out"),
];

/// The schema of what stands where a document has a free map, or has no endpoint.
const SHAPES: &[(&str, &str, &str)] = &[
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

/// Which stream's records are those of which feed.
const STREAMS: &[(&str, &str)] = &[
    ("board_issues", "board_issues"),
    ("boards", "boards"),
    ("dashboards", "dashboards"),
    ("filters", "filters"),
    ("groups", "groups"),
    ("issue_attachments", "issue_attachments"),
    ("issue_changelogs", "issue_changelogs"),
    ("issue_comments", "issue_comments"),
    ("issue_fields", "fields"),
    ("issue_link_types", "issue_link_types"),
    ("issue_links", "issue_links"),
    ("issue_priorities", "priorities"),
    ("issue_resolutions", "resolutions"),
    ("issue_types", "issue_types"),
    ("issue_worklogs", "issue_worklogs"),
    ("issues", "issues"),
    ("labels", "labels"),
    ("permission_schemes", "permission_schemes"),
    ("project_components", "project_components"),
    ("project_roles", "project_roles"),
    ("project_versions", "project_versions"),
    ("projects", "projects"),
    ("screens", "screens"),
    ("sprints", "sprints"),
    ("users", "users"),
    ("users_groups_detailed", "myself"),
    ("workflow_status_categories", "status_categories"),
    ("workflow_statuses", "statuses"),
    ("workflows", "workflows"),
];

/// Keys of real records that no feed declares.
const NOT_OURS: &[Excuse] = &[
    (
        "issues",
        &["projectId", "projectKey", "created", "updated"],
        "added by the connector that collected the records",
    ),
    (
        "issues",
        &["renderedFields", "transitions", "changelog"],
        "that connector asked for them by `expand`",
    ),
    ("board_issues", &["created", "updated"], "added by the connector that collected the records"),
    ("board_issues", &["fields"], "that connector asked for them; `issues` has the fields"),
    (
        "issues.fields",
        &["attachment", "comment", "issuelinks", "worklog"],
        "feeds of their own hold them",
    ),
    ("boards", &["projectId", "projectKey"], "added by the connector that collected the records"),
    ("sprints", &["boardId"], "added by the connector that collected the records"),
];

#[test]
fn the_catalogue_agrees_with_jiras_openapi_documents() {
    let Some(documents) = Documents::read("JIRA_OPENAPI_DIR") else { return };
    let catalog = Catalog::with_custom([]).expect("the built-in catalogue reads");
    let mut findings = Findings::new(
        &[NOT_DOCUMENTED, DEPRECATED, UNDECLARED, UNDOCUMENTED, UNDOCUMENTED_STATUSES].concat(),
    );
    for feed in catalog.feeds() {
        if findings.is_excused(&feed.name, "document") {
            continue;
        }
        if let Some(endpoint) = &feed.endpoint {
            match documents.operation(endpoint.method, &endpoint.path) {
                None => findings.report(&feed.name, &endpoint.path, "is in no document"),
                Some(operation) => check_operation(feed, endpoint, &operation, &mut findings),
            }
        }
        check_shapes(feed, &documents, &mut findings);
    }
    findings.assert_none();
}

#[test]
fn real_records_have_no_key_that_the_catalogue_does_not_declare() {
    let Some(folder) = folder("JIRA_REALDATA_DIR") else { return };
    let catalog = Catalog::with_custom([]).expect("the built-in catalogue reads");
    let mut findings = Findings::new(NOT_OURS);
    for (stream, name) in STREAMS {
        let feed = catalog.get(name).expect(name);
        let text = std::fs::read_to_string(folder.join(format!("{stream}.jsonl"))).expect(stream);
        let records: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect(stream)).collect();
        let records: Vec<_> =
            records.into_iter().map(|record| without_site_fields(record, feed)).collect();
        let seen = Seen { schema: None, examples: records.iter().collect() };
        Walk { document: &Value::Null, feed, findings: &mut findings }.columns(
            name,
            &feed.columns,
            &seen,
        );
    }
    findings.assert_none();
}

/// A record without the site's own fields.
fn without_site_fields(mut record: Value, feed: &Feed) -> Value {
    let site_fields = feed.site_fields.as_ref().map(ToString::to_string);
    if let Some(fields) = site_fields.and_then(|at| record.pointer_mut(&at)?.as_object_mut()) {
        fields.retain(|key, _| !key.starts_with("customfield_"));
    }
    record
}

/// Path, method, parameters, statuses, and the records of the answer.
fn check_operation(
    feed: &Feed,
    endpoint: &Endpoint,
    operation: &Operation<'_>,
    findings: &mut Findings,
) {
    let place = feed.name.as_str();
    let value = operation.value;
    if value["deprecated"] == true && !findings.is_excused(place, "deprecated") {
        findings.report(place, &endpoint.path, "is deprecated");
    }
    if feed.embedded.is_none() && feed.docs != operation.docs() {
        findings.report(place, &feed.docs, &format!("is not {}", operation.docs()));
    }
    let sent = endpoint.query.iter().map(|(name, _)| name.as_str());
    let sent: BTreeSet<&str> = sent.chain(paging(endpoint).iter().copied()).collect();
    let known = operation.parameters();
    for name in sent.into_iter().chain(endpoint.body.keys().map(String::as_str)) {
        if !known.contains(name) {
            findings.report(place, name, "is not a parameter");
        }
    }
    let statuses: Vec<_> =
        value["responses"].as_object().into_iter().flat_map(|all| all.keys()).collect();
    for status in feed.denied.iter().chain(&feed.not_available).map(ToString::to_string) {
        if !statuses.contains(&&status) && !findings.is_excused(place, &status) {
            findings.report(place, &status, "is not a documented status");
        }
    }
    let handled = feed.is_denied_by(404) || feed.not_available.contains(&404);
    if statuses.iter().any(|status| *status == "404") && !handled {
        findings.report(place, "404", "is documented and has no meaning here");
    }
    check_records(feed, endpoint, operation, findings);
}

/// The parameters by which a page style pages.
fn paging(endpoint: &Endpoint) -> &'static [&'static str] {
    match endpoint.page {
        PageStyle::Single => &[],
        PageStyle::Token => &["nextPageToken", "maxResults"],
        PageStyle::Offset | PageStyle::OffsetArray => &["startAt", "maxResults"],
        PageStyle::Since => &["since"],
        PageStyle::Cursor => &["cursor", "maxResults"],
        PageStyle::Limit => &["offset", "limit"],
        PageStyle::Desk => &["start", "limit"],
    }
}

/// The keys of an answer of which a page style needs one to know the end.
fn end_marks(endpoint: &Endpoint) -> &'static [&'static str] {
    match endpoint.page {
        PageStyle::Single | PageStyle::OffsetArray => &[],
        PageStyle::Token => &["nextPageToken"],
        PageStyle::Offset => &["isLast", "total"],
        PageStyle::Since => &["lastPage"],
        PageStyle::Cursor => &["nextPageCursor"],
        PageStyle::Limit => &["total"],
        PageStyle::Desk => &["isLastPage"],
    }
}

/// The columns of a feed against the records in the answer of its endpoint.
fn check_records(
    feed: &Feed,
    endpoint: &Endpoint,
    operation: &Operation<'_>,
    findings: &mut Findings,
) {
    let content = &operation.value["responses"]["200"]["content"]["application/json"];
    let example = match &content["example"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    };
    let answer = Seen {
        schema: content.get("schema"),
        examples: Some(&example).filter(|value| !value.is_null()).into_iter().collect(),
    };
    let mut walk = Walk { document: operation.document, feed, findings };
    let ends = end_marks(endpoint);
    if !ends.is_empty() && ends.iter().all(|key| walk.property(&answer, key).is_empty()) {
        walk.findings.report(&feed.name, &ends.join(" or "), "is not in the answer");
    }
    let mut records = walk.inside(&answer, &endpoint.records);
    if let Some((at, _)) = &endpoint.unnest {
        records = walk.inside(&walk.items(&records), at);
    }
    // One object is a record itself; a bare array or an array at `records` holds them.
    if walk.is_list(&records) {
        records = walk.items(&records);
    }
    if records.is_empty() {
        walk.findings.report(&feed.name, &endpoint.records.to_string(), "is not in the answer");
    }
    match &endpoint.wrap {
        Some(_) => walk.value(&feed.name, &ColumnType::Text, &records),
        None => walk.columns(&feed.name, &feed.columns, &records),
    }
}

/// The columns that stand in a free map against the schemas that they have elsewhere.
fn check_shapes(feed: &Feed, documents: &Documents, findings: &mut Findings) {
    for (_, at, schema) in SHAPES.iter().filter(|(name, ..)| *name == feed.name) {
        let Some((document, schema)) = documents.schema(schema) else {
            findings.report(&feed.name, schema, "is not a schema");
            continue;
        };
        let seen = Seen { schema: Some(&schema), examples: Vec::new() };
        let place = format!("{}{}", feed.name, at.replace('/', "."));
        let mut walk = Walk { document, feed, findings };
        match Pointer::parse(at).ok().filter(|at| !at.steps().is_empty()) {
            None => walk.columns(&place, &feed.columns, &seen),
            Some(pointer) => match feed.column_at(&pointer) {
                Some(kind) => walk.value(&place, kind, &seen),
                None => walk.findings.report(&place, "", "is not a column"),
            },
        }
    }
}

/// What is known of a place in the JSON: its schema and the values of examples, or either.
struct Seen<'a> {
    schema: Option<&'a Value>,
    examples: Vec<&'a Value>,
}

impl Seen<'_> {
    fn is_empty(&self) -> bool {
        self.schema.is_none() && self.examples.is_empty()
    }
}

/// Goes through the columns of a feed and what is known of its records, side by side.
struct Walk<'a, 'f> {
    document: &'a Value,
    feed: &'f Feed,
    findings: &'f mut Findings,
}

impl<'a> Walk<'a, '_> {
    /// A schema with its references followed, and the name of the last one.
    fn resolve(&self, schema: Option<&'a Value>) -> (Option<&'a Value>, Option<&'a str>) {
        let mut current = schema;
        let mut name = None;
        while let Some(schema) = current {
            let reference = schema["$ref"].as_str();
            if let Some(at) = reference.and_then(|reference| reference.strip_prefix('#')) {
                name = at.rsplit('/').next();
                current = self.document.pointer(at);
            } else if let [only] = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice) {
                current = Some(only);
            } else {
                break;
            }
        }
        (current, name)
    }

    fn property(&self, seen: &Seen<'a>, key: &str) -> Seen<'a> {
        let (schema, _) = self.resolve(seen.schema);
        Seen {
            schema: schema.and_then(|schema| schema["properties"].get(key)),
            examples: seen.examples.iter().filter_map(|value| value.get(key)).collect(),
        }
    }

    fn inside(&self, seen: &Seen<'a>, at: &Pointer) -> Seen<'a> {
        let start = Seen { schema: seen.schema, examples: seen.examples.clone() };
        at.steps().iter().fold(start, |seen, step| self.property(&seen, step))
    }

    fn items(&self, seen: &Seen<'a>) -> Seen<'a> {
        let (schema, _) = self.resolve(seen.schema);
        let lists = seen.examples.iter().filter_map(|value| value.as_array());
        Seen {
            schema: schema.and_then(|schema| schema.get("items")),
            examples: lists.flatten().collect(),
        }
    }

    fn is_list(&self, seen: &Seen<'a>) -> bool {
        let (schema, _) = self.resolve(seen.schema);
        schema.is_some_and(|schema| schema["type"] == "array")
            || seen.examples.iter().any(|value| value.is_array())
    }

    /// Every column is known, and every known key is a column.
    fn columns(&mut self, place: &str, columns: &[Column], seen: &Seen<'a>) {
        let (schema, name) = self.resolve(seen.schema);
        let properties = schema.and_then(|schema| schema["properties"].as_object());
        let examples = seen.examples.iter().filter_map(|value| value.as_object());
        let keys: BTreeSet<&str> =
            properties.into_iter().chain(examples).flatten().map(|(key, _)| key.as_str()).collect();
        if keys.is_empty() {
            return; // a free map, or nothing but empty examples
        }
        let places = [place, name.unwrap_or(place), shape(place, columns)];
        for key in &keys {
            let excused = places.iter().any(|place| self.findings.is_excused(place, key));
            if !has(columns, key) && !excused {
                let known = name.unwrap_or("no schema");
                self.findings.report(place, key, &format!("is not declared ({known})"));
            }
        }
        for column in columns {
            let inner = self.property(seen, &column.key);
            let place = format!("{place}.{}", column.key);
            if !inner.is_empty() {
                self.value(&place, &column.kind, &inner);
            } else if properties.is_some() && !self.is_known_elsewhere(&places, &column.key) {
                self.findings.report(&place, "", "is in no document");
            }
        }
    }

    /// Whether a column without a counterpart is filled from around the record, or is excused.
    fn is_known_elsewhere(&mut self, places: &[&str], key: &str) -> bool {
        let unnest = self.feed.endpoint.iter().filter_map(|endpoint| endpoint.unnest.as_ref());
        let mut bound = self.feed.bindings();
        bound.extend(unnest.flat_map(|(_, bind)| bind.clone()));
        let outside = places.contains(&self.feed.name.as_str()) && bound.contains_key(key);
        outside || places.iter().any(|place| self.findings.is_excused(place, key))
    }

    fn value(&mut self, place: &str, kind: &ColumnType, seen: &Seen<'a>) {
        match kind {
            ColumnType::List(item) => {
                self.fits(place, kind, seen);
                self.value(place, item, &self.items(seen));
            }
            ColumnType::Struct(columns) => {
                self.fits(place, kind, seen);
                self.columns(place, columns, seen);
            }
            _ => self.fits(place, kind, seen),
        }
    }

    fn fits(&mut self, place: &str, kind: &ColumnType, seen: &Seen<'a>) {
        let (schema, _) = self.resolve(seen.schema);
        if let Some(schema) = schema.filter(|schema| !takes_schema(kind, schema)) {
            self.findings.report(place, &schema.to_string(), "is not of the column's type");
        }
        for example in seen.examples.iter().filter(|example| !takes_value(kind, example)) {
            self.findings.report(place, &example.to_string(), "is not of the column's type");
        }
    }
}

fn has(columns: &[Column], key: &str) -> bool {
    columns.iter().any(|column| column.key == key)
}

/// Names for shapes that stand in several places and have no schema of their own name.
fn shape<'p>(place: &'p str, columns: &[Column]) -> &'p str {
    let ends = |tail| place.ends_with(tail);
    if ends("Permissions.project") {
        "share.project"
    } else if has(columns, "tmpFromAccountId") {
        "change_item"
    } else if has(columns, "accountId") && has(columns, "avatarUrls") {
        "User"
    } else {
        place
    }
}

/// Whether a column of this type holds what the schema describes.
fn takes_schema(kind: &ColumnType, schema: &Value) -> bool {
    let format = schema["format"].as_str().unwrap_or_default();
    let Some(described) = schema["type"].as_str() else { return true };
    match kind {
        ColumnType::Json | ColumnType::Any | ColumnType::Adf => true,
        // Ids that Jira gives in both forms.
        ColumnType::Text => {
            described == "integer" || (described == "string" && !format.starts_with("date"))
        }
        ColumnType::Int => described == "integer",
        ColumnType::Float => described == "number" || described == "integer",
        ColumnType::Bool => described == "boolean",
        ColumnType::Date => described == "string" && format == "date",
        ColumnType::Timestamp => (described == "string" && format != "date") || format == "int64",
        ColumnType::List(_) => described == "array",
        ColumnType::Struct(_) => described == "object",
    }
}

/// Whether a column of this type holds the value.
fn takes_value(kind: &ColumnType, value: &Value) -> bool {
    if value.is_null() {
        return true;
    }
    let starts_as_date = |text: &str| {
        let start = text.as_bytes().get(..10).unwrap_or_default();
        start.len() == 10
            && start.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    match kind {
        ColumnType::Json | ColumnType::Any => true,
        ColumnType::Adf => value["type"] == "doc",
        ColumnType::Text => value.is_string() || value.is_i64(),
        ColumnType::Int => value.is_i64(),
        ColumnType::Float => value.is_number(),
        ColumnType::Bool => value.is_boolean(),
        ColumnType::Date => {
            value.as_str().is_some_and(|text| text.len() == 10 && starts_as_date(text))
        }
        ColumnType::Timestamp => value.is_i64() || value.as_str().is_some_and(starts_as_date),
        ColumnType::List(_) => value.is_array(),
        ColumnType::Struct(_) => value.is_object(),
    }
}

/// The `OpenAPI` documents of a folder.
struct Documents(Vec<Value>);

/// One operation, its path as the document writes it, and the document.
struct Operation<'a> {
    document: &'a Value,
    method: Method,
    path: &'a str,
    value: &'a Value,
}

impl Documents {
    fn read(variable: &str) -> Option<Self> {
        let files = std::fs::read_dir(folder(variable)?).ok()?.filter_map(Result::ok);
        let json = files.filter(|file| file.path().extension().is_some_and(|end| end == "json"));
        let read = json.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        let documents: Vec<_> = read.filter_map(|text| serde_json::from_str(&text).ok()).collect();
        assert!(documents.len() >= 2, "{variable} names a folder without the two documents");
        Some(Self(documents))
    }

    fn operation(&self, method: Method, path: &str) -> Option<Operation<'_>> {
        let wanted = nameless(path);
        let verb = method.to_string().to_lowercase();
        self.0.iter().find_map(|document| {
            let mut paths = document["paths"].as_object()?.iter();
            let (path, verbs) = paths.find(|(path, _)| nameless(path) == wanted)?;
            Some(Operation { document, method, path, value: verbs.get(&verb)? })
        })
    }

    /// A reference to the schema of that name, and the document that has it.
    fn schema(&self, name: &str) -> Option<(&Value, Value)> {
        let reference = format!("#/components/schemas/{name}");
        let mut having =
            self.0.iter().filter(|document| document.pointer(&reference[1..]).is_some());
        Some((having.next()?, serde_json::json!({ "$ref": reference })))
    }
}

impl Operation<'_> {
    /// The names of its query parameters and of the keys of its body.
    fn parameters(&self) -> BTreeSet<&str> {
        let listed = self.value["parameters"].as_array().into_iter().flatten();
        let query =
            listed.filter(|one| one["in"] == "query").filter_map(|one| one["name"].as_str());
        let schema = &self.value["requestBody"]["content"]["application/json"]["schema"];
        let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        let schema = reference.and_then(|at| self.document.pointer(at)).unwrap_or(schema);
        let body = schema["properties"].as_object().into_iter().flatten();
        query.chain(body.map(|(key, _)| key.as_str())).collect()
    }

    /// The page of Atlassian's documentation that is made from it.
    fn docs(&self) -> String {
        let group = self.value["tags"][0].as_str().unwrap_or_default().to_lowercase();
        let product = if self.path.starts_with("/rest/api/3/") {
            "platform/rest/v3"
        } else {
            "software/rest"
        };
        let anchor = self.path.to_lowercase().replace(['/', '.'], "-").replace(['{', '}'], "");
        let verb = self.method.to_string().to_lowercase();
        format!(
            "https://developer.atlassian.com/cloud/jira/{product}/api-group-{}/#api{anchor}-{verb}",
            group.replace(' ', "-")
        )
    }
}

/// A path without the names of its placeholders.
fn nameless(path: &str) -> String {
    let steps = path.split('/').map(|step| if step.starts_with('{') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

/// The folder that the environment names; without it, a word that the test did not run. Where it is
/// known to be at hand, `JIRA_FEEDS_REQUIRE_REAL_INPUT=1` makes its absence a failure.
#[allow(
    clippy::print_stderr,
    reason = "a test that did not run must not look like one that passed"
)]
fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        let required = std::env::var("JIRA_FEEDS_REQUIRE_REAL_INPUT").is_ok_and(|word| word == "1");
        assert!(!required, "{variable} is not set, and JIRA_FEEDS_REQUIRE_REAL_INPUT=1");
        eprintln!("not run: {variable} is not set");
    }
    folder
}

/// What was found, and which excuses were needed.
struct Findings {
    excuses: BTreeMap<(String, String), bool>,
    found: BTreeSet<String>,
}

impl Findings {
    fn new(excuses: &[Excuse]) -> Self {
        let pair = |place: &str, name: &str| ((place.to_owned(), name.to_owned()), false);
        let excuses =
            excuses.iter().flat_map(|(place, names, _)| names.iter().map(|name| pair(place, name)));
        Self { excuses: excuses.collect(), found: BTreeSet::new() }
    }

    fn is_excused(&mut self, place: &str, name: &str) -> bool {
        let key = (place.to_owned(), name.to_owned());
        self.excuses.get_mut(&key).is_some_and(|needed| {
            *needed = true;
            true
        })
    }

    fn report(&mut self, place: &str, what: &str, fault: &str) {
        let what: String = what.chars().take(200).collect();
        self.found.insert(format!("{place}: {what} {fault}"));
    }

    fn assert_none(self) {
        let idle = self.excuses.into_iter().filter(|(_, needed)| !needed);
        let idle = idle
            .map(|((place, name), _)| format!("{place}: the excuse for `{name}` is not needed"));
        let all: Vec<_> = self.found.into_iter().chain(idle).collect();
        assert!(all.is_empty(), "{} findings:\n{}", all.len(), all.join("\n"));
    }
}
