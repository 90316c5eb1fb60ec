//! `jira-feeds feeds` and `feeds show`

use super::arguments::{Cli, Selection};
use super::failure::Failure;
use super::printer::Printer;
use super::table::table;
use crate::catalog::{Catalog, Endpoint, Feed};
use crate::config;
use crate::run::columns_without_site;
use arrow::datatypes::{DataType, Fields};
use serde::Serialize;
use std::fmt::Write as _;

/// A feed as `--output json` describes it.
#[derive(Serialize)]
struct Described<'a> {
    feed: &'a str,
    group: &'a str,
    title: &'a str,
    /// `GET /rest/…`; null for a feed that only arrives inside another.
    endpoint: Option<String>,
    /// The endpoint that is asked where Jira does not have the first.
    fallback: Option<String>,
    key: &'a [String],
    parent: Option<&'a str>,
    /// What it takes, in words.
    requests: String,
    /// Not part of `"*"` or of its group.
    on_request: bool,
    /// Names that other connectors have for it; they choose it too.
    aliases: &'a [String],
    /// Jira is going to remove the endpoint: what takes its place.
    deprecated: Option<&'a str>,
    needs: &'static str,
    permission: &'static str,
    permission_group: &'static str,
    /// What a token with scopes needs.
    scopes: &'a [String],
    remedy: &'static str,
    modes: &'static [&'static str],
    docs: &'a str,
    columns: Vec<DescribedColumn>,
}

#[derive(Serialize)]
struct DescribedColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

pub(crate) fn list_all(cli: &Cli, printer: Printer) -> Result<u8, Failure> {
    let catalog = catalog(cli)?;
    let all: Vec<_> = catalog.feeds().map(|feed| describe(&catalog, feed)).collect();
    printer.result(|| list(&catalog), &all);
    Ok(0)
}

pub(crate) fn show_one(cli: &Cli, name: &str, printer: Printer) -> Result<u8, Failure> {
    let catalog = catalog(cli)?;
    let feed = catalog.get(name).ok_or_else(|| catalog.unknown(name))?;
    printer.result(|| show(&catalog, feed), &describe(&catalog, feed));
    Ok(0)
}

fn catalog(cli: &Cli) -> Result<Catalog, Failure> {
    Ok(config::load(&cli.source(&Selection::default()))?.settings.catalog)
}

fn list(catalog: &Catalog) -> String {
    let mut feeds: Vec<_> = catalog.feeds().collect();
    feeds.sort_by_key(|feed| (&feed.group, &feed.name));
    let mut rows = table(&["feed", "group", "needs", "what"], &[]);
    for feed in feeds {
        rows.add_row([&feed.name, &feed.group, feed.needs.key(), &feed.title]);
    }
    rows.to_string()
}

fn show(catalog: &Catalog, feed: &Feed) -> String {
    let described = describe(catalog, feed);
    let mut text = format!("{}: {}\n\n", feed.name, feed.title);
    let endpoint = described.endpoint.unwrap_or_else(|| "none of its own".to_owned());
    let inside = feed.embedded.as_ref().map(|embedded| format!("records of {}", embedded.host));
    let facts = [
        ("group", Some(feed.group.clone())),
        ("endpoint", Some(endpoint)),
        ("or, if missing", described.fallback),
        ("deprecated", feed.deprecated.as_ref().map(|next| format!("use {next}"))),
        ("arrives in", inside),
        ("once for each of", feed.parent.as_ref().map(|parent| parent.feed.clone())),
        ("requests", Some(described.requests)),
        ("key", Some(feed.key.join(", "))),
        ("also called", some_list(described.aliases)),
        (
            "chosen by",
            Some(
                if feed.on_request { "its name only" } else { "its name, its group, *" }.to_owned(),
            ),
        ),
        ("needs", Some(format!("{} ({})", feed.needs.key(), feed.needs.title()))),
        ("without it", Some(feed.needs.remedy().to_owned())),
        ("group of rights", Some(feed.needs.group().title().to_owned())),
        ("scopes", (!feed.scopes.is_empty()).then(|| feed.scopes.join(", "))),
        ("documentation", Some(feed.docs.clone())),
    ];
    for (name, value) in facts.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        let _ = writeln!(text, "  {name:<17} {value}");
    }
    text.push_str("\nColumns\n");
    for column in described.columns {
        let _ = writeln!(text, "  {:<40} {}", column.name, column.kind);
    }
    if let Some(at) = &feed.site_fields {
        let _ = writeln!(
            text,
            "  {at}/…: one more for each field of the site, typed by Jira's own list"
        );
    }
    text
}

fn some_list(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", "))
}

fn describe<'a>(catalog: &Catalog, feed: &'a Feed) -> Described<'a> {
    let schema = columns_without_site(catalog, feed);
    let mut columns = Vec::new();
    flatten(schema.arrow().fields(), "", &mut columns);
    Described {
        feed: &feed.name,
        group: &feed.group,
        title: &feed.title,
        endpoint: feed.endpoint.as_ref().map(shown),
        fallback: feed.fallback.as_ref().map(|fallback| shown(&fallback.endpoint)),
        key: &feed.key,
        parent: feed.above(),
        requests: feed.cost(),
        on_request: feed.on_request,
        aliases: &feed.aliases,
        deprecated: feed.deprecated.as_deref(),
        needs: feed.needs.key(),
        permission: feed.needs.title(),
        permission_group: feed.needs.group().title(),
        scopes: &feed.scopes,
        remedy: feed.needs.remedy(),
        modes: match catalog.follows(feed) {
            Some(_) => &["full", "incremental"],
            None => &["full"],
        },
        docs: &feed.docs,
        columns,
    }
}

fn shown(endpoint: &Endpoint) -> String {
    format!("{} {}", endpoint.method, endpoint.path)
}

/// Structs by their members, `fields.status.name`; lists by their item's type.
fn flatten(fields: &Fields, prefix: &str, columns: &mut Vec<DescribedColumn>) {
    for field in fields {
        let name = format!("{prefix}{}", field.name());
        match field.data_type() {
            DataType::Struct(inner) => flatten(inner, &format!("{name}."), columns),
            kind => columns.push(DescribedColumn { name, kind: type_name(kind) }),
        }
    }
}

fn type_name(kind: &DataType) -> String {
    match kind {
        DataType::Utf8 => "string".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(..) => "timestamp (UTC, microseconds)".to_owned(),
        DataType::List(item) => format!("list of {}", type_name(item.data_type())),
        DataType::Struct(fields) => {
            let members = fields.iter().map(|field| field.name().as_str());
            format!("struct({})", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
