use super::*;
use std::collections::BTreeSet;

fn catalog() -> Catalog {
    Catalog::with_custom([]).expect("the built-in catalogue reads")
}

/// Every feed of which `fault` says something, with what it says.
fn faults(fault: impl Fn(&Catalog, &Feed) -> Option<String>) -> Vec<String> {
    let catalog = catalog();
    let found = catalog.feeds().filter_map(|feed| {
        fault(&catalog, feed.as_ref()).map(|fault| format!("{}: {fault}", feed.name))
    });
    found.collect()
}

/// The feeds that users, examples and documentation name.
#[test]
fn the_built_in_feeds_are_these() {
    let catalog = catalog();
    let mark = |feed: &Feed| if feed.on_request { " (on request)" } else { "" };
    let line = |feed: &Arc<Feed>| format!("{}.{}{}", feed.group, feed.name, mark(feed));
    let mut names: Vec<_> = catalog.feeds().map(line).collect();
    names.sort();
    insta::assert_snapshot!(names.join("\n"));
}

#[test]
fn an_unknown_feed_is_refused_with_the_nearest_name() {
    let error = catalog().select(&["sprint".into()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "There is no feed `sprint`; did you mean `sprints`?. `jira-feeds feeds` lists them all"
    );
}

#[test]
fn a_star_selects_every_feed_and_a_group_its_own() {
    let catalog = catalog();
    let count = |pattern: &str| catalog.select(&[pattern.into()]).expect(pattern).len();
    let mut all = 0;
    for (group, text) in BUILT_IN_GROUPS {
        let entries = entry::parse_group(group, text).expect(group);
        let wanted = entries.iter().filter(|(_, entry)| !entry.on_request).count();
        all += wanted;
        // A group of nothing but feeds on request is meant as a whole.
        let expected = if wanted == 0 { entries.len() } else { wanted };
        assert_eq!(count(&format!("{group}.*")), expected, "{group}");
    }
    assert_eq!(count("*"), all);
}

#[test]
fn every_feed_has_a_title_of_one_line() {
    let wrong = |feed: &Feed| {
        feed.title.trim().is_empty() || feed.title.len() > 100 || feed.title.ends_with('.')
    };
    assert_eq!(faults(|_, feed| wrong(feed).then(|| feed.title.clone())), [""; 0]);
}

#[test]
fn every_key_is_made_of_plain_columns() {
    assert_eq!(
        faults(|_, feed| {
            if feed.key.is_empty() {
                return Some("no key".into());
            }
            let plain = |name: &&String| {
                let column = feed.columns.iter().find(|column| column.key == **name);
                column.is_some_and(|column| {
                    matches!(column.kind, ColumnType::Text | ColumnType::Int | ColumnType::Any)
                })
            };
            feed.key.iter().find(|name| !plain(name)).cloned()
        }),
        [""; 0]
    );
}

#[test]
fn no_column_stands_twice_or_takes_a_name_of_ours() {
    const OURS: [&str; 6] = ["_site", "_run_id", "_extracted_at", "_deleted", "_rescued", "_raw"];
    fn clash(columns: &[Column], above: &BTreeSet<&str>) -> Option<String> {
        let mut seen = above.clone();
        columns.iter().find_map(|column| {
            let inner = match &column.kind {
                ColumnType::Struct(inner) => clash(inner, &BTreeSet::new()),
                _ => None,
            };
            // Rich text takes a second name, for its text.
            let beside = format!("{}_text", column.name);
            let rich = column.kind == ColumnType::Adf && columns.iter().any(|c| c.name == beside);
            let twice = !seen.insert(column.name.as_str()) || rich;
            inner.or_else(|| twice.then(|| column.name.clone()))
        })
    }
    assert_eq!(faults(|_, feed| clash(&feed.columns, &BTreeSet::from(OURS))), [""; 0]);
}

#[test]
fn every_parent_has_what_is_taken_from_it() {
    assert_eq!(
        faults(|catalog, feed| {
            let above = catalog.get(feed.above()?)?;
            let parent = feed.parent.iter();
            let conditions = parent.flat_map(|parent| parent.skip_when.iter().map(|(at, _)| at));
            let bound = feed.bindings();
            let mut taken = bound.values().chain(conditions);
            taken.find(|at| above.column_at(at).is_none()).map(|at| format!("{}{at}", above.name))
        }),
        [""; 0]
    );
}

#[test]
fn every_binding_is_a_placeholder_or_a_column() {
    assert_eq!(
        faults(|_, feed| {
            let placeholders: BTreeSet<_> =
                feed.endpoints().flat_map(Endpoint::placeholders).collect();
            let used = |name: &String| {
                placeholders.contains(name.as_str())
                    || feed.columns.iter().any(|column| column.key == *name)
            };
            feed.columns_from_around().find(|name| !used(name))
        }),
        [""; 0]
    );
}

#[test]
fn every_feed_points_to_jiras_documentation() {
    let start = "https://developer.atlassian.com/cloud/jira/";
    let linked = |feed: &Feed| feed.docs.starts_with(start) && feed.docs.contains("/#api-rest-");
    let is_asked_for = |feed: &Feed| feed.strategy != Strategy::Permissions;
    let faulty = |feed: &Feed| is_asked_for(feed) && !linked(feed);
    assert_eq!(faults(|_, feed| faulty(feed).then(|| feed.docs.clone())), [""; 0]);
}

#[test]
fn no_status_means_two_things() {
    assert_eq!(
        faults(|_, feed| {
            let twice = feed.not_available.iter().find(|status| feed.is_denied_by(**status));
            twice.map(ToString::to_string)
        }),
        [""; 0]
    );
}

#[test]
fn every_page_style_and_every_strategy_is_in_use() {
    use PageStyle::{Cursor, Desk, Limit, Offset, OffsetArray, Since, Single, Token};
    use Strategy::{Changelogs, Embedded, FanOut, Issues, List, Permissions, Worklogs};
    let catalog = catalog();
    let pages: Vec<_> =
        catalog.feeds().filter_map(|feed| Some(feed.endpoint.as_ref()?.page)).collect();
    for page in [Single, Token, Offset, OffsetArray, Since, Cursor, Limit, Desk] {
        assert!(pages.contains(&page), "{page:?}");
    }
    for strategy in [List, FanOut, Issues, Changelogs, Worklogs, Embedded, Permissions] {
        assert!(catalog.feeds().any(|feed| feed.strategy == strategy), "{strategy:?}");
    }
}
