//! Objects: the record itself and structs inside it. Sends each key's value to its column, and what has
//! no column to the rescue.

use super::cells::{self, AdfCells, Cells};
use super::keys::Keys;
use super::rescue::{Place, Rescue, Step};
use super::split::{self, unquote};
use crate::catalog::{Column, ColumnType, Pointer};
use arrow::array::{ArrayRef, NullBufferBuilder, StructArray};
use arrow::datatypes::Fields;
use arrow::error::ArrowError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Places that other feeds hold, as a tree of keys.
#[derive(Debug, Clone, Default)]
pub(super) struct Elsewhere {
    whole: bool,
    below: BTreeMap<String, Elsewhere>,
}

impl Elsewhere {
    pub(super) fn new(places: &[Pointer]) -> Self {
        let mut root = Self::default();
        for place in places {
            let steps = place.steps().iter();
            let node =
                steps.fold(&mut root, |node, step| node.below.entry(step.clone()).or_default());
            node.whole = true;
        }
        root
    }
}

/// The columns of one object.
pub(super) struct ObjectCells {
    keys: Keys,
    cells: Vec<Box<dyn Cells>>,
    /// The number of the object that each key was last seen in.
    seen: Vec<u64>,
    current: u64,
    len: usize,
    elsewhere: Option<Elsewhere>,
}

impl ObjectCells {
    /// `fields` are those of the columns in their order; an ADF column has two.
    pub(super) fn new(columns: &[Column], fields: &Fields, elsewhere: Option<&Elsewhere>) -> Self {
        let mut fields = fields.iter();
        let mut all = Vec::with_capacity(columns.len());
        let mut keys = Vec::with_capacity(columns.len());
        for column in columns {
            let Some(field) = fields.next() else { break };
            let below = elsewhere.and_then(|elsewhere| elsewhere.below.get(&column.key));
            keys.push((!column.is_retired).then(|| column.key.clone()));
            all.push(if column.kind == ColumnType::Adf {
                fields.next();
                Box::<AdfCells>::default()
            } else {
                cells::for_kind(&column.kind, field.data_type(), below)
            });
        }
        let seen = vec![0; all.len()];
        let elsewhere = elsewhere.cloned();
        Self { keys: Keys::new(keys), cells: all, seen, current: 0, len: 0, elsewhere }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Begins an object; its entries follow, then [`Self::end`].
    pub(super) fn begin(&mut self) {
        self.current += 1;
        self.keys.begin();
    }

    /// Takes a key, as it is quoted in the record, and its value.
    pub(super) fn entry(
        &mut self,
        quoted: &str,
        value: &str,
        above: Option<&Place<'_>>,
        rescue: &mut Rescue,
    ) {
        let key = unquote(quoted);
        match key.as_deref().and_then(|key| self.keys.find(key)) {
            Some(slot) => self.declared(slot, value, above, rescue),
            None if rescue.keeps_undeclared() => {
                let place = Place { above, step: Step::Quoted(quoted) };
                undeclared(key.as_deref(), value, &place, self.elsewhere.as_ref(), rescue);
            }
            None => {}
        }
    }

    /// Takes a value for a key that the object lacks; one that no column declares is left out.
    pub(super) fn bind(&mut self, key: &str, value: &str, rescue: &mut Rescue) {
        if let Some(slot) = self.keys.find(key)
            && !self.has(slot)
        {
            self.declared(slot, value, None, rescue);
        }
    }

    /// Ends the object.
    pub(super) fn end(&mut self) {
        self.len += 1;
    }

    /// Objects without a key.
    pub(super) fn append_empty(&mut self, count: usize) {
        self.len += count;
    }

    /// The declared keys that the last object lacked, in the order of the schema.
    pub(super) fn absent(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter(|(slot, _)| !self.has(*slot)).map(|(_, key)| key)
    }

    /// All declared keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|(_, key)| key)
    }

    /// The columns inside the object at a key.
    pub(super) fn at(&self, key: &str) -> Option<&ObjectCells> {
        let (slot, _) = self.keys.iter().find(|(_, known)| *known == key)?;
        self.cells.get(slot)?.as_object()
    }

    pub(super) fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
        for cells in &mut self.cells {
            cells.pad(self.len);
            cells.finish(arrays)?;
        }
        self.len = 0;
        Ok(())
    }

    fn has(&self, slot: usize) -> bool {
        self.seen.get(slot) == Some(&self.current)
    }

    fn declared(
        &mut self,
        slot: usize,
        value: &str,
        above: Option<&Place<'_>>,
        rescue: &mut Rescue,
    ) {
        let is_first = !self.has(slot);
        let (Some(cells), Some(seen)) = (self.cells.get_mut(slot), self.seen.get_mut(slot)) else {
            return;
        };
        let place = Place { above, step: Step::Column(self.keys.key(slot)) };
        if is_first {
            *seen = self.current;
            cells.put(self.len, value, &place, rescue);
        } else if value != "null" {
            rescue.repeated(&place, value);
        }
    }
}

/// Rescues a value that no column declares, but for what lies elsewhere in it.
fn undeclared(
    key: Option<&str>,
    value: &str,
    place: &Place<'_>,
    elsewhere: Option<&Elsewhere>,
    rescue: &mut Rescue,
) {
    let below = key.and_then(|key| elsewhere?.below.get(key));
    let is_elsewhere = [elsewhere, below].into_iter().flatten().any(|place| place.whole);
    if is_elsewhere || value == "null" {
        return;
    }
    if below.is_none() || !value.starts_with('{') {
        return rescue.undeclared(place, value);
    }
    // The text has been read once already, so this cannot fail half-way.
    let _ = split::entries(value, |quoted, value| {
        let place = Place { above: Some(place), step: Step::Quoted(quoted) };
        undeclared(unquote(quoted).as_deref(), value, &place, below, rescue);
    });
}

/// Structs.
pub(super) struct StructCells {
    fields: Fields,
    object: ObjectCells,
    nulls: NullBufferBuilder,
}

impl StructCells {
    pub(super) fn new(columns: &[Column], fields: Fields, elsewhere: Option<&Elsewhere>) -> Self {
        let object = ObjectCells::new(columns, &fields, elsewhere);
        Self { fields, object, nulls: NullBufferBuilder::new(0) }
    }
}

impl Cells for StructCells {
    fn len(&self) -> usize {
        self.object.len()
    }

    fn append_nulls(&mut self, count: usize) {
        self.object.append_empty(count);
        self.nulls.append_n_nulls(count);
    }

    fn append(&mut self, value: &str, place: &Place<'_>, rescue: &mut Rescue) -> bool {
        if !value.starts_with('{') {
            return false;
        }
        self.object.begin();
        let object = &mut self.object;
        let read =
            split::entries(value, |key, value| object.entry(key, value, Some(place), rescue));
        self.object.end();
        self.nulls.append_non_null();
        if read.is_err() {
            rescue.misfit(place, value);
        }
        true
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) -> Result<(), ArrowError> {
        let mut inner = Vec::with_capacity(self.fields.len());
        let len = self.object.len();
        self.object.finish(&mut inner)?;
        let nulls = self.nulls.finish();
        let array = StructArray::try_new_with_length(self.fields.clone(), inner, nulls, len)?;
        arrays.push(Arc::new(array));
        Ok(())
    }

    fn as_object(&self) -> Option<&ObjectCells> {
        Some(&self.object)
    }
}
