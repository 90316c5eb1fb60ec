//! What the lake has of a feed, as it is kept between runs. Pure.

use super::issue_ids::IssueIds;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Milliseconds since 1970 UTC, by the site's clock.
pub type Millis = i64;

/// What the lake has of a feed: kept as the feed's cursor between runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// All changes before this moment are in the lake.
    pub watermark: Millis,
    /// The records that changed since shortly before the watermark, with the moment of their last change:
    /// the next run meets them again, and needs to write only those that changed once more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recent: BTreeMap<String, Millis>,
    /// The issues whose records are in the lake, for a feed of issues or of what is in them.
    #[serde(default)]
    pub issues: IssueIds,
    /// Further ones, which the search did not find the last time although nothing says that they are gone:
    /// their project may be hidden or archived. What became of them since, nobody has seen.
    #[serde(default)]
    pub out_of_sight: IssueIds,
    /// Records that Jira lists as changed and would not give, by id: they may belong to what is hidden from
    /// the account, and no later list names them again.
    #[serde(default, skip_serializing_if = "IssueIds::is_empty")]
    pub withheld: IssueIds,
}

impl Held {
    /// The same, but everything is to be read again.
    #[must_use]
    pub fn forgotten(self) -> Self {
        // Whatever was withheld is listed again.
        Self { out_of_sight: self.in_the_lake(), ..Self::default() }
    }

    /// Whether nothing is known but which issues are in the lake.
    pub(super) fn is_forgotten(&self) -> bool {
        self.watermark == 0
    }

    /// All issues of which the lake has records.
    pub(super) fn in_the_lake(&self) -> IssueIds {
        self.issues.clone().and_those_of(self.out_of_sight.clone())
    }

    /// What two feeds have in common that are read together: only what both have need not be read.
    #[must_use]
    pub fn in_common_with(&self, other: &Self) -> Self {
        let common = |(key, at): (&String, &Millis)| {
            (other.recent.get(key) == Some(at)).then(|| (key.clone(), *at))
        };
        let issues = self.issues.only(&other.issues.all());
        Self {
            watermark: self.watermark.min(other.watermark),
            recent: self.recent.iter().filter_map(common).collect(),
            out_of_sight: self
                .in_the_lake()
                .and_those_of(other.in_the_lake())
                .without(&issues.all()),
            withheld: self.withheld.clone().and_those_of(other.withheld.clone()),
            issues,
        }
    }
}
