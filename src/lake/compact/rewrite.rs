//! Writes the rows that count of the chosen parts anew, each into the folder that it comes from.
//!
//! Must not decide which rows count, nor make the new parts data.

use super::latest::{Fate, Fates};
use super::listing::Listing;
use super::plan::Plan;
use super::{Compaction, schema};
use crate::lake::fingerprint::fingerprint;
use crate::lake::{Lake, LakeError, PartWriter, Partitioning, StagedFeed, WriteOptions, layout};
use arrow::array::BooleanArray;
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Schema, SchemaRef};
use futures::TryStreamExt;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows that are held at a time.
const BATCH: usize = 1024;

/// New parts, staged.
pub(super) struct Rewritten {
    pub(super) staged: StagedFeed,
    /// How many of them are to last; those after them hold tombstones that go soon.
    pub(super) without_tombstones: usize,
}

/// Parts whose columns unite, and what these are together.
struct Group {
    parts: BTreeSet<usize>,
    schema: SchemaRef,
}

/// New parts on their way.
struct Rewriting<'a> {
    lake: &'a Lake,
    listing: &'a Listing,
    fates: &'a Fates,
    writer: PartWriter,
    /// The folder of each new part.
    folders: Vec<&'a str>,
}

impl Lake {
    pub(super) async fn rewrite(
        &self,
        feed: &str,
        listing: &Listing,
        fates: &Fates,
        plan: &Plan,
        how: &Compaction,
    ) -> Result<Rewritten, LakeError> {
        let groups = self.groups(listing, plan).await?;
        let fingerprints: BTreeSet<_> = groups.iter().map(|g| fingerprint(&g.schema)).collect();
        // Each row stays in the folder that it comes from, whatever rows are partitioned by now.
        let options = WriteOptions {
            site: listing.site.clone(),
            partitioning: Partitioning::default(),
            ..how.options.clone()
        };
        let Some(Group { schema, .. }) = groups.first() else {
            return Err(LakeError::Abandoned { feed: feed.to_owned() });
        };
        let writer = self.part_writer(feed, Arc::clone(schema), &how.run, &options)?;
        let mut rewriting = Rewriting { lake: self, listing, fates, writer, folders: Vec::new() };
        let written = rewriting.write(&groups, plan).await;
        let Rewriting { writer, folders, .. } = rewriting;
        let without_tombstones = match written {
            Ok(parts) => parts,
            Err(error) => {
                writer.abort().await;
                return Err(error);
            }
        };
        let mut staged = StagedFeed {
            feed: feed.to_owned(),
            run: how.run.clone(),
            schema_fingerprint: String::new(),
            site: options.site,
            parts: writer.into_parts(),
            is_saved: false,
        };
        // Where types have changed, the parts are of several kinds.
        staged.schema_fingerprint = Vec::from_iter(fingerprints).join("+");
        for (index, (part, folder)) in staged.parts.iter_mut().zip(folders).enumerate() {
            part.path = layout::part(folder, &how.run.run_id, index);
        }
        Ok(Rewritten { staged, without_tombstones })
    }

    /// The chosen parts by columns that unite; the parts of the latest folder first, whose facts prevail.
    async fn groups(&self, listing: &Listing, plan: &Plan) -> Result<Vec<Group>, LakeError> {
        let mut groups: Vec<Group> = Vec::new();
        for index in plan.chosen.iter().rev() {
            let opened = self.read_part(&listing.parts[*index]).await?;
            let found = groups.iter_mut().find_map(|group| {
                let united = schema::unite(&group.schema, opened.schema())?;
                Some((group, united))
            });
            match found {
                Some((group, united)) => {
                    group.parts.insert(*index);
                    group.schema = Arc::new(united);
                }
                None => groups.push(Group {
                    parts: BTreeSet::from([*index]),
                    schema: Arc::new(Schema::new(opened.schema().fields().clone())),
                }),
            }
        }
        Ok(groups)
    }
}

impl<'a> Rewriting<'a> {
    /// Rows that last first, folder by folder, then tombstones that do not. How many parts last.
    async fn write(&mut self, groups: &[Group], plan: &'a Plan) -> Result<usize, LakeError> {
        self.write_rows(groups, Fate::Kept).await?;
        if plan.leaves_nothing && plan.untouched(self.listing).next().is_none() {
            self.writer.write_empty_part().await?;
            let last = self.listing.parts.last();
            self.folders.extend(last.map(|part| layout::folder(&part.path)));
        }
        let without_tombstones = self.folders.len();
        self.write_rows(groups, Fate::Tombstone).await?;
        Ok(without_tombstones)
    }

    async fn write_rows(&mut self, groups: &[Group], fate: Fate) -> Result<(), LakeError> {
        for (folder, parts) in self.listing.folders() {
            for group in groups {
                let with_rows = parts
                    .iter()
                    .copied()
                    .filter(|part| group.parts.contains(part) && self.fates.count(*part, fate) > 0);
                let with_rows: Vec<_> = with_rows.collect();
                self.writer.turn_to(Arc::clone(&group.schema)).await?;
                for part in with_rows {
                    self.write_rows_of(part, fate, &group.schema).await?;
                }
                let parts = self.writer.turn_to(Arc::clone(&group.schema)).await?;
                self.folders.resize(parts, folder);
            }
        }
        Ok(())
    }

    async fn write_rows_of(
        &mut self,
        index: usize,
        fate: Fate,
        schema: &SchemaRef,
    ) -> Result<(), LakeError> {
        let part = &self.listing.parts[index];
        let failed = |error| self.lake.unread(&part.path, error);
        let opened = self.lake.read_part(part).await?.with_batch_size(BATCH);
        let mut rows = opened.build().map_err(failed)?;
        let mut fates = self.fates.of_part(index).iter();
        while let Some(batch) = rows.try_next().await.map_err(failed)? {
            let wanted: BooleanArray =
                fates.by_ref().take(batch.num_rows()).map(|other| Some(*other == fate)).collect();
            let bent = |error: arrow::error::ArrowError| failed(error.into());
            let kept = filter_record_batch(&batch, &wanted).map_err(bent)?;
            let kept = schema::conform(&kept, schema).map_err(bent)?;
            self.writer.write(&kept).await?;
        }
        Ok(())
    }
}
