//! How fast records become Arrow, as a ratio to a floor that is measured in the same run: reading the same
//! bytes twice with `serde_json` without keeping anything.

#![expect(clippy::print_stdout, reason = "a benchmark prints its result")]

use anyhow::{Context, Result};
use jira_feeds::catalog::{Column, ColumnType, NamedTypes};
use jira_feeds::columns::{
    Bindings, FeedSchema, FieldNaming, RecordDecoder, SchemaOptions, SiteField, Stamp,
    site_field_columns,
};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ISSUES: usize = 100;
const CUSTOM_FIELDS: usize = 60;
const ROUNDS: usize = 200;

const TYPES: &str = r#"
    user = { self = "text", accountId = "text", accountType = "text", displayName = "text", active = "bool", timeZone = "text", avatarUrls = "json" }
    option = { self = "text", id = "text", value = "text" }
    status_category = { self = "text", id = "int", key = "text", name = "text", colorName = "text" }
    status = { self = "text", id = "text", name = "text", description = "text", iconUrl = "text", statusCategory = "status_category" }
    issue = { id = "text", key = "text", self = "text", expand = "text" }
    fields = { summary = "text", description = "adf", created = "timestamp", updated = "timestamp", duedate = "date", labels = ["text"], assignee = "user", reporter = "user", status = "status", timespent = "int" }
"#;

fn main() -> Result<()> {
    let records: Vec<String> = (0..ISSUES).map(issue).collect();
    let page = format!("[{}]", records.join(","));
    for raw in [false, true] {
        let schema = Arc::new(schema(raw)?);
        let stamp = Stamp { site: "https://acme.atlassian.net".into(), run_id: "run".into() };
        let mut decoder = RecordDecoder::new(schema, stamp);
        let (mut floors, mut times) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floors.push(timed(|| floor(page.as_bytes()))?);
            times.push(timed(|| decode(&mut decoder, &records))?);
        }
        report(raw, page.len(), median(floors), median(times));
    }
    Ok(())
}

fn timed(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn floor(page: &[u8]) -> Result<()> {
    let raw: &RawValue = serde_json::from_slice(page)?;
    black_box(raw.get().len());
    black_box(serde_json::from_slice::<IgnoredAny>(page)?);
    Ok(())
}

fn decode(decoder: &mut RecordDecoder, records: &[String]) -> Result<()> {
    let bindings = Bindings::default();
    for record in records {
        decoder.push(record.as_bytes(), &bindings, 1_704_164_645_678_000)?;
    }
    black_box(decoder.finish()?);
    Ok(())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn report(raw: bool, bytes: usize, floor: Duration, time: Duration) {
    let (seconds, floor_seconds) = (time.as_secs_f64(), floor.as_secs_f64());
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let (records, megabytes) = (ISSUES as f64, bytes as f64 / 1e6);
    println!(
        "decode raw={raw}: {:.0} records/s, {:.0} MB/s, {:.0} us a page of {:.0} kB, floor {:.0} us, ratio {:.2}",
        records / seconds,
        megabytes / seconds,
        seconds * 1e6,
        megabytes * 1e3,
        floor_seconds * 1e6,
        seconds / floor_seconds,
    );
}

fn schema(raw: bool) -> Result<FeedSchema> {
    let types = NamedTypes::parse(TYPES)?;
    let columns = |name: &str| match types.get(name) {
        Some(ColumnType::Struct(columns)) => Ok(columns.clone()),
        _ => anyhow::bail!("{name} is no struct"),
    };
    let site_fields: Vec<SiteField> = (0..CUSTOM_FIELDS)
        .map(|number| serde_json::from_str(&site_field(number)))
        .collect::<Result<_, _>>()?;
    let mut fields = columns("fields").context("fields")?;
    fields.extend(site_field_columns(&site_fields, &fields, &[], &types, FieldNaming::Id));
    let mut issue = columns("issue")?;
    issue.push(Column::new("fields", ColumnType::Struct(fields)));
    Ok(FeedSchema::new(issue, SchemaOptions { raw, ..SchemaOptions::default() }))
}

/// The kind of a custom field, and its items and type key.
fn kind(field: usize) -> (&'static str, &'static str, &'static str) {
    match field % 12 {
        0 | 1 => ("number", "", "x:float"),
        2 | 3 => ("string", "", "x:textfield"),
        4 | 5 => ("option", "", "x:select"),
        6 => ("datetime", "", "x:datetime"),
        7 => ("date", "", "x:datepicker"),
        8 => ("user", "", "x:userpicker"),
        9 => ("array", "option", "x:multiselect"),
        10 => ("array", "string", "x:labels"),
        _ => ("string", "", "x:textarea"),
    }
}

fn site_field(number: usize) -> String {
    let (kind, items, custom) = kind(number);
    format!(
        r#"{{"id":"customfield_{}","name":"Field {number}","custom":true,"schema":{{"type":"{kind}","items":"{items}","custom":"{custom}"}}}}"#,
        10_000 + number
    )
}

fn value(field: usize, issue: usize) -> String {
    let seed = field * 31 + issue * 17;
    if seed % 5 < 2 {
        return "null".to_owned();
    }
    match field % 12 {
        0 | 1 => format!("{}.5", seed % 100),
        2 | 3 => format!("\"Some text, number {seed}\""),
        4 | 5 => option(seed),
        6 => format!("\"2024-01-{:02}T10:11:12.345+0100\"", seed % 28 + 1),
        7 => format!("\"2024-02-{:02}\"", seed % 28 + 1),
        8 => user(seed),
        9 => format!("[{},{}]", option(seed), option(seed + 1)),
        10 => format!("[\"label-{seed}\",\"other\"]"),
        _ => document(seed),
    }
}

fn option(seed: usize) -> String {
    let id = 10_000 + seed % 50;
    format!(
        r#"{{"self":"https://acme.atlassian.net/rest/api/3/customFieldOption/{id}","value":"Choice {id}","id":"{id}"}}"#
    )
}

fn user(seed: usize) -> String {
    let id = format!("5b10ac8d82e05b22cc7d{:04}", seed % 500);
    let avatar = |size: &str| format!(r#""{size}":"https://avatar.example/{id}/{size}.png""#);
    let avatars = ["48x48", "24x24", "16x16", "32x32"].map(avatar).join(",");
    format!(
        r#"{{"self":"https://acme.atlassian.net/rest/api/3/user?accountId={id}","accountId":"{id}","avatarUrls":{{{avatars}}},"displayName":"Person {}","active":true,"timeZone":"Europe/Berlin","accountType":"atlassian"}}"#,
        seed % 500
    )
}

fn document(seed: usize) -> String {
    let mut paragraphs = String::new();
    for number in 0..=(seed % 4) {
        // Writing to a String cannot fail.
        let _ = write!(
            paragraphs,
            r#"{}{{"type":"paragraph","content":[{{"type":"text","text":"Steps to reproduce, part {number}: "}},{{"type":"text","text":"open the page","marks":[{{"type":"strong"}}]}},{{"type":"text","text":" and wait for \"error {seed}\"."}}]}}"#,
            if number == 0 { "" } else { "," }
        );
    }
    format!(r#"{{"type":"doc","version":1,"content":[{paragraphs}]}}"#)
}

fn issue(number: usize) -> String {
    let custom: Vec<_> = (0..CUSTOM_FIELDS)
        .map(|field| format!("\"customfield_{}\":{}", 10_000 + field, value(field, number)))
        .collect();
    let id = 20_000 + number;
    format!(
        r#"{{"expand":"operations,versionedRepresentations","id":"{id}","self":"https://acme.atlassian.net/rest/api/3/issue/{id}","key":"ENG-{number}","fields":{{"statuscategorychangedate":"2024-01-02T03:04:05.678+0100",{},"summary":"Something is broken in part {number}","description":{},"created":"2024-01-02T03:04:05.678+0100","updated":"2024-05-06T07:08:09.012+0200","duedate":null,"labels":["backend","urgent"],"assignee":{},"reporter":{},"timespent":3600,"status":{{"self":"https://acme.atlassian.net/rest/api/3/status/3","description":"","iconUrl":"https://acme.atlassian.net/i.png","name":"In Progress","id":"3","statusCategory":{{"self":"https://acme.atlassian.net/rest/api/3/statuscategory/4","id":4,"key":"indeterminate","colorName":"yellow","name":"In Progress"}}}},"workratio":-1}}}}"#,
        custom.join(","),
        document(number),
        user(number),
        user(number + 7),
    )
}
