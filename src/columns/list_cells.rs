//! Arrays: each item is judged alone; one that does not fit is null in its list.

use super::cells::{self, Cells};
use super::rescue::{Place, Rescue, Step};
use super::split;
use crate::catalog::ColumnType;
use arrow::array::{ArrayRef, ListArray, NullBufferBuilder};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;
use arrow::error::ArrowError;
use std::sync::Arc;

/// Lists of one type.
pub(super) struct ListCells {
    field: FieldRef,
    items: Box<dyn Cells>,
    /// Where each list ends among the items.
    ends: Vec<i32>,
    nulls: NullBufferBuilder,
}

impl ListCells {
    pub(super) fn new(item: &ColumnType, field: FieldRef) -> Self {
        let items = cells::for_kind(item, field.data_type(), None);
        Self { field, items, ends: Vec::new(), nulls: NullBufferBuilder::new(0) }
    }

    fn last_end(&self) -> i32 {
        self.ends.last().copied().unwrap_or(0)
    }
}

impl Cells for ListCells {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn append_nulls(&mut self, count: usize) {
        self.ends.extend(std::iter::repeat_n(self.last_end(), count));
        self.nulls.append_n_nulls(count);
    }

    fn append(&mut self, value: &str, place: &Place<'_>, rescue: &mut Rescue) -> bool {
        if !value.starts_with('[') {
            return false;
        }
        let start = usize::try_from(self.last_end()).unwrap_or(0);
        let items = self.items.as_mut();
        let mut count = 0;
        let read = split::items(value, |item| {
            let here = Place { above: Some(place), step: Step::Index(count) };
            items.put(start + count, item, &here, rescue);
            count += 1;
        });
        items.pad(start + count);
        // Every item takes two bytes of a record at the least, so no batch reaches the end of i32.
        self.ends.push(i32::try_from(start + count).unwrap_or(i32::MAX));
        self.nulls.append_non_null();
        if read.is_err() {
            rescue.misfit(place, value);
        }
        true
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
        let mut inner = Vec::with_capacity(1);
        self.items.finish(&mut inner)?;
        let ends = std::mem::take(&mut self.ends);
        let offsets: ScalarBuffer<i32> = std::iter::once(0).chain(ends).collect();
        for items in inner {
            let list = ListArray::try_new(
                Arc::clone(&self.field),
                OffsetBuffer::new(offsets.clone()),
                items,
                self.nulls.finish(),
            )?;
            arrays.push(Arc::new(list));
        }
        Ok(())
    }
}
