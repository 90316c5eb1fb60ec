//! Sets of issue ids by project: small enough to be kept between runs, a few hundred kilobytes a million.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roaring::RoaringTreemap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// Issue ids by the key of the project that the issues are in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IssueIds {
    projects: BTreeMap<String, RoaringTreemap>,
}

impl IssueIds {
    /// The ids of one project.
    #[must_use]
    pub fn of(project: &str, ids: RoaringTreemap) -> Self {
        let projects = (!ids.is_empty()).then(|| (project.to_owned(), ids));
        Self { projects: projects.into_iter().collect() }
    }

    /// Whether there is no id.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.projects.values().all(RoaringTreemap::is_empty)
    }

    /// Adds an issue.
    pub fn insert(&mut self, project: &str, id: u64) {
        match self.projects.get_mut(project) {
            Some(ids) => drop(ids.insert(id)),
            None => drop(self.projects.insert(project.to_owned(), RoaringTreemap::from_iter([id]))),
        }
    }

    /// Whether an issue is among them.
    #[must_use]
    pub fn contains(&self, id: u64) -> bool {
        self.projects.values().any(|ids| ids.contains(id))
    }

    /// All ids, of whichever project.
    #[must_use]
    pub fn all(&self) -> RoaringTreemap {
        self.projects.values().fold(RoaringTreemap::new(), |all, ids| all | ids)
    }

    /// The ids of each project.
    pub fn by_project(&self) -> impl Iterator<Item = (&str, &RoaringTreemap)> {
        self.projects.iter().map(|(project, ids)| (project.as_str(), ids))
    }

    /// The same, with each issue in one project only: feeds can know it in different ones, and some know
    /// none, which is `""`.
    pub(crate) fn each_in_one_project(&self) -> impl Iterator<Item = (&str, RoaringTreemap)> {
        let mut told = RoaringTreemap::new();
        self.projects.iter().rev().map(move |(project, ids)| {
            let rest = ids - &told;
            told |= ids;
            (project.as_str(), rest)
        })
    }

    /// Whether any issue is of this project.
    #[must_use]
    pub fn has_project(&self, project: &str) -> bool {
        self.projects.contains_key(project)
    }

    /// Only those of `kept`; projects without an issue are left out.
    #[must_use]
    pub fn only(&self, kept: &RoaringTreemap) -> Self {
        let projects = self.projects.iter().map(|(project, ids)| (project.clone(), ids & kept));
        Self { projects: projects.filter(|(_, ids)| !ids.is_empty()).collect() }
    }

    /// All but those of `left_out`; projects without an issue are left out too.
    #[must_use]
    pub fn without(&self, left_out: &RoaringTreemap) -> Self {
        let projects = self.projects.iter().map(|(project, ids)| (project.clone(), ids - left_out));
        Self { projects: projects.filter(|(_, ids)| !ids.is_empty()).collect() }
    }

    /// The issues of both.
    #[must_use]
    pub fn and_those_of(mut self, other: Self) -> Self {
        for (project, ids) in other.projects {
            *self.projects.entry(project).or_default() |= ids;
        }
        self
    }
}

impl Serialize for IssueIds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = self.projects.iter().map(|(project, ids)| {
            let mut bytes = Vec::with_capacity(ids.serialized_size());
            ids.serialize_into(&mut bytes).map_err(serde::ser::Error::custom)?;
            Ok((project, STANDARD.encode(bytes)))
        });
        written.collect::<Result<BTreeMap<_, _>, S::Error>>()?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for IssueIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = BTreeMap::<String, String>::deserialize(deserializer)?;
        let read = written.into_iter().map(|(project, text)| {
            let bytes = STANDARD.decode(text).map_err(serde::de::Error::custom)?;
            let ids = RoaringTreemap::deserialize_from(bytes.as_slice());
            Ok((project, ids.map_err(serde::de::Error::custom)?))
        });
        Ok(Self { projects: read.collect::<Result<_, D::Error>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(issues in prop::collection::vec(("[A-Z]{1,3}", any::<u64>()), 0..100)) {
            let mut ids = IssueIds::default();
            for (project, id) in &issues {
                ids.insert(project, *id);
            }
            let text = serde_json::to_string(&ids).unwrap();
            prop_assert_eq!(serde_json::from_str::<IssueIds>(&text).unwrap(), ids);
        }
    }

    #[test]
    fn damaged_text_is_an_error() {
        for text in [r#"{"ENG": "!"}"#, r#"{"ENG": "AAAA"}"#, r#"{"ENG": 1}"#, "[]"] {
            assert!(serde_json::from_str::<IssueIds>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_million_issues_take_less_than_three_megabytes() {
        let mut ids = IssueIds::default();
        for id in 10_000..1_010_000_u64 {
            ids.insert(
                ["ENG", "OPS", "WEB", "APP"][(id.wrapping_mul(0x9e37_79b9) >> 7) as usize % 4],
                id,
            );
        }
        let written = serde_json::to_string(&ids).unwrap().len();
        assert!(written < 3 << 20, "{written}");
    }
}
