//! Links between issues, seen from both ends.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::catalogue;
use super::heads::{Head, Position};
use super::lookups;
use super::lookups::LINK_TYPES;
use super::random::{Dice, Subject};
use super::{BASE, Site, View};
use crate::options::SiteOptions;

/// A link from one issue to another, by their positions.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    id: u32,
    kind: usize,
    from: u32,
    to: u32,
}

impl Site {
    /// The issues an issue has links with, by position.
    pub(super) fn linked_to(&self, me: Position) -> Vec<Position> {
        let mine = u32::try_from(me).ok().and_then(|me| self.links_of.get(&me));
        let links = mine.into_iter().flatten().map(|&n| &self.links[n as usize]);
        let other = |link: &Link| if link.from as usize == me { link.to } else { link.from };
        links.map(|link| other(link) as usize).collect()
    }
}

/// Draws the links: about one for every four issues.
pub(super) fn all(options: &SiteOptions, heads: &[Head]) -> Vec<Link> {
    let mut links = Vec::new();
    for from in 0..heads.len() {
        let mut dice = Dice::of(options.seed, Subject::Link, from as u64);
        if !dice.chance(250) {
            continue;
        }
        let to = dice.index(heads.len());
        if to != from {
            links.push(Link {
                id: 40_000 + position(links.len()),
                kind: dice.index(LINK_TYPES.len()),
                from: position(from),
                to: position(to),
            });
        }
    }
    links
}

/// For each issue, the positions of its links.
pub(super) fn by_issue(links: &[Link]) -> HashMap<u32, Vec<u32>> {
    let mut index: HashMap<u32, Vec<u32>> = HashMap::new();
    for (n, link) in links.iter().enumerate() {
        index.entry(link.from).or_default().push(position(n));
        index.entry(link.to).or_default().push(position(n));
    }
    index
}

fn position(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl View<'_> {
    /// The links of an issue whose other end the viewer may see.
    pub(crate) fn issue_links(&self, head: &Head) -> Vec<Value> {
        let site = self.site;
        let Some(me) = site.heads.binary_search_by_key(&head.id, |head| head.id).ok().map(position)
        else {
            return Vec::new();
        };
        let links = site.links_of.get(&me).into_iter().flatten();
        links.filter_map(|&n| self.issue_link(me, &site.links[n as usize])).collect()
    }

    fn issue_link(&self, me: u32, link: &Link) -> Option<Value> {
        let outward = link.from == me;
        let other = &self.site.heads[if outward { link.to } else { link.from } as usize];
        let mut value = json!({"id": link.id.to_string(), "type": lookups::link_type(link.kind),
            "self": format!("{BASE}/rest/api/3/issueLink/{}", link.id)});
        value[if outward { "outwardIssue" } else { "inwardIssue" }] = self.issue_ref(other);
        self.sees(other).then_some(value)
    }

    /// An issue as other issues refer to it.
    pub(crate) fn issue_ref(&self, head: &Head) -> Value {
        let project = self.site.project_of(head);
        json!({"id": head.id.to_string(), "key": self.site.key_of(head),
        "self": format!("{BASE}/rest/api/3/issue/{}", head.id),
        "fields": {
            "summary": self.summary(head),
            "status": catalogue::status(project, project.statuses()[usize::from(head.status)]),
            "priority": lookups::priority(usize::from(head.priority)),
            "issuetype": catalogue::issue_type(project, project.types()[usize::from(head.kind)]),
        }})
    }

    /// The sub-tasks of an issue the viewer may see.
    pub(crate) fn subtasks(&self, head: &Head) -> Vec<Value> {
        let site = self.site;
        let me = site.heads.binary_search_by_key(&head.id, |head| head.id).ok().map(position);
        let children = me.and_then(|me| site.subtasks.get(&me)).into_iter().flatten();
        children
            .map(|&n| &site.heads[n as usize])
            .filter(|child| self.sees(child))
            .map(|child| self.issue_ref(child))
            .collect()
    }
}
