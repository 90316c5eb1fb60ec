//! Which parts are worth rewriting, and what there will be then.
//!
//! A part is rewritten if it holds a row that goes. In a folder with several parts that are small or
//! rewritten anyway, all of those are joined. A part of full size whose rows all stay is left alone, so
//! compacting twice is no more work than once. Pure.

use super::latest::{Fate, Fates};
use super::listing::Listing;
use super::{Extent, Keep};
use crate::lake::manifest::Part;
use std::collections::BTreeSet;

/// What is to be done.
#[derive(Debug)]
pub(super) struct Plan {
    /// The indexes of the parts that are rewritten.
    pub(super) chosen: BTreeSet<usize>,
    /// Whether nothing is left of the feed but its columns: then one part without rows has to tell them.
    pub(super) leaves_nothing: bool,
}

impl Plan {
    pub(super) fn new(listing: &Listing, fates: &Fates, keep: &Keep, part_bytes: usize) -> Self {
        let indexes = 0..listing.parts.len();
        let leaves_nothing = indexes.clone().all(|part| fates.count(part, Fate::Kept) == 0);
        let is_last_word = leaves_nothing && listing.parts.len() == 1;
        // Of a feed that is read in full, a date without rows is a picture of its own.
        let drops_empty = *keep != Keep::All && !is_last_word;
        let is_outdated = |index: &usize| {
            let kept = fates.count(*index, Fate::Kept);
            let rows = listing.parts[*index].rows;
            kept < rows || (rows == 0 && drops_empty)
        };
        let is_small =
            |index: &usize| listing.parts[*index].bytes.saturating_mul(2) < part_bytes as u64;
        let mut chosen = BTreeSet::new();
        for indexes in listing.folders().into_values() {
            let outdated = indexes.iter().filter(|index| is_outdated(index)).count();
            let worth = indexes.into_iter().filter(|index| is_outdated(index) || is_small(index));
            let worth: Vec<_> = worth.collect();
            if outdated > 0 || worth.len() > 1 {
                chosen.extend(worth);
            }
        }
        Self { chosen, leaves_nothing }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The parts that stay as they are.
    pub(super) fn untouched<'a>(&'a self, listing: &'a Listing) -> impl Iterator<Item = &'a Part> {
        let stays = |(index, _): &(usize, _)| !self.chosen.contains(index);
        listing.parts.iter().enumerate().filter(stays).map(|(_, part)| part)
    }

    /// What there will be: rows exactly, parts and bytes as the rows of today take them.
    pub(super) fn forecast(&self, listing: &Listing, fates: &Fates, part_bytes: usize) -> Extent {
        let mut after = Extent::of(self.untouched(listing));
        for indexes in listing.folders().into_values() {
            let mut joined = Extent::default();
            for index in indexes.into_iter().filter(|index| self.chosen.contains(index)) {
                let (part, kept) = (&listing.parts[index], fates.count(index, Fate::Kept));
                joined.rows += kept;
                joined.bytes += part.bytes.saturating_mul(kept) / part.rows.max(1);
                joined.parts = joined.bytes.div_ceil(part_bytes.max(1) as u64);
            }
            after.parts += if joined.rows > 0 { joined.parts.max(1) } else { 0 };
            after.rows += joined.rows;
            after.bytes += joined.bytes;
        }
        after.parts += u64::from(self.leaves_nothing && after.parts == 0);
        after
    }
}
