//! `jira-feeds feeds` and `feeds show`

use super::arguments::{Cli, FeedsArguments, FeedsCommand, Selection};
use super::failure::Failure;
use super::printer::Printer;
use super::table::table;
use crate::catalog::{Catalog, Feed};
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
    key: &'a [String],
    parent: Option<&'a str>,
    needs: &'static str,
    permission: &'static str,
    permission_group: &'static str,
    /// What a token with scopes needs.
    scopes: &'a [String],
    remedy: &'static str,
    modes: [&'static str; 1],
    docs: &'a str,
    columns: Vec<DescribedColumn>,
}

#[derive(Serialize)]
struct DescribedColumn {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

pub(crate) fn feeds(
    cli: &Cli,
    arguments: &FeedsArguments,
    printer: Printer,
) -> Result<u8, Failure> {
    let settings = config::load(&cli.source(&Selection::default()))?.settings;
    let catalog = &settings.catalog;
    match &arguments.command {
        None => {
            let all: Vec<_> = catalog.feeds().map(|feed| describe(catalog, feed)).collect();
            printer.result(|| list(catalog), &all);
        }
        Some(FeedsCommand::Show { feed }) => {
            let feed = catalog.get(feed).ok_or_else(|| catalog.unknown(feed))?;
            printer.result(|| show(catalog, feed), &describe(catalog, feed));
        }
    }
    Ok(0)
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
        ("arrives in", inside),
        ("once for each of", feed.parent.as_ref().map(|parent| parent.feed.clone())),
        ("key", Some(feed.key.join(", "))),
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

fn describe<'a>(catalog: &Catalog, feed: &'a Feed) -> Described<'a> {
    let schema = columns_without_site(catalog, feed);
    let mut columns = Vec::new();
    flatten(schema.arrow().fields(), "", &mut columns);
    Described {
        feed: &feed.name,
        group: &feed.group,
        title: &feed.title,
        endpoint: feed.endpoint.as_ref().map(|at| format!("{} {}", at.method, at.path)),
        key: &feed.key,
        parent: feed.above(),
        needs: feed.needs.key(),
        permission: feed.needs.title(),
        permission_group: feed.needs.group().title(),
        scopes: &feed.scopes,
        remedy: feed.needs.remedy(),
        modes: ["full"],
        docs: &feed.docs,
        columns,
    }
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
