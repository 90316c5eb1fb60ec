//! The parts of a feed, as its manifests list them.
//!
//! Must not read rows.

use crate::lake::manifest::{Manifest, Part};
use crate::lake::{Lake, LakeError, layout};
use std::collections::{BTreeMap, BTreeSet};

/// What a feed holds.
#[derive(Debug)]
pub(super) struct Listing {
    /// The parts that are committed, in the order of their paths.
    pub(super) parts: Vec<Part>,
    /// What readers take for data and nobody has committed.
    pub(super) unlisted: Vec<String>,
    /// The site of all manifests, if they agree.
    pub(super) site: Option<String>,
}

impl Listing {
    /// The indexes of the parts of each folder, in the order of the folders.
    pub(super) fn folders(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut folders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, part) in self.parts.iter().enumerate() {
            folders.entry(layout::folder(&part.path)).or_default().push(index);
        }
        folders
    }
}

impl Lake {
    pub(super) async fn listing(&self, feed: &str) -> Result<Listing, LakeError> {
        let mut parts = BTreeMap::new();
        let mut sites = BTreeSet::new();
        for path in self.store.list(&layout::manifests(feed)).await? {
            let Some(manifest) = self.read_document::<Manifest>(&path).await? else { continue };
            sites.insert(manifest.site);
            parts.extend(manifest.parts.into_iter().map(|part| (part.path.clone(), part)));
        }
        let mut unlisted = self.visible_parts(feed).await?;
        unlisted.retain(|path| !parts.contains_key(path));
        let site = if sites.len() == 1 { sites.pop_first().flatten() } else { None };
        Ok(Listing { parts: parts.into_values().collect(), unlisted, site })
    }
}
