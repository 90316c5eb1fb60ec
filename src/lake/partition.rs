//! Hive partitions: which folder a row belongs to, and a batch cut by folder.
//!
//! Pure. A folder is named after a column, but never as the column is: a reader that finds a column
//! both in the path and in the file takes one of them, and readers differ in which. Must not know what
//! the columns mean.

use super::LakeError;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::buffer::NullBuffer;
use arrow::compute::{self, DatePart};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

/// What Hive, and every reader since, calls the partition of rows without a value.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";
/// File systems allow names of 255 bytes.
const LONGEST_NAME: usize = 255;
/// The partition that every feed has unless it is told otherwise.
const EXTRACT_DATE: &str = "extract_date";

/// What a user asks to partition by, beside the date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionKey {
    /// The column, as in `fields.project.key`.
    pub column: String,
    /// Which part of its date, for a timestamp or date column.
    pub unit: Option<PartitionUnit>,
}

/// A part of a date, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionUnit {
    /// `2026`
    Year,
    /// `01` to `12`
    Month,
    /// `01` to `31`
    Day,
}

/// How the parts of a feed are spread over folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partitioning {
    /// Whether the first folder is that of the date.
    pub by_date: bool,
    levels: Vec<Level>,
}

/// One level of folders, below that of the date.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Level {
    name: String,
    /// The positions of the column in the schema and in each struct on the way.
    steps: Vec<usize>,
    unit: Option<PartitionUnit>,
}

impl Default for Partitioning {
    fn default() -> Self {
        Self { by_date: true, levels: Vec::new() }
    }
}

impl Partitioning {
    /// Finds the keys' columns in a feed's schema. Keys that the feed has no column for are left out
    /// if `lenient`.
    ///
    /// # Errors
    /// [`LakeError::Partition`] for a key that the feed cannot be partitioned by, and for a folder
    /// whose name a column or another folder has.
    pub fn resolve(
        feed: &str,
        schema: &Schema,
        by_date: bool,
        keys: &[PartitionKey],
        lenient: bool,
    ) -> Result<Self, LakeError> {
        let refused = |key: &PartitionKey, reason: String| LakeError::Partition {
            feed: feed.to_owned(),
            key: key.to_string(),
            reason,
        };
        let mut levels: Vec<Level> = Vec::new();
        for key in keys {
            let level = match Level::of(key, schema) {
                Ok(level) => level,
                Err(_) if lenient => continue,
                Err(reason) => return Err(refused(key, reason)),
            };
            let taken = schema.fields().iter().map(|field| field.name().as_str());
            let taken = taken.chain(levels.iter().map(|level| level.name.as_str()));
            // Readers do not tell capitals from small letters.
            if taken.chain([EXTRACT_DATE]).any(|name| name.eq_ignore_ascii_case(&level.name)) {
                let name = level.name;
                return Err(refused(
                    key,
                    format!("its folders would be called `{name}`, as a column or another key is"),
                ));
            }
            levels.push(level);
        }
        Ok(Self { by_date, levels })
    }

    /// The columns that readers make of the folders, outermost first.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        let date = self.by_date.then_some(EXTRACT_DATE);
        let levels = self.levels.iter().map(|level| level.name.as_str());
        date.into_iter().chain(levels).map(str::to_owned).collect()
    }

    /// The folder for a feed without rows: readers find its columns there.
    pub(super) fn without_rows(&self) -> String {
        let names = self.levels.iter().map(|level| format!("{}={NULL}", level.name));
        names.collect::<Vec<_>>().join("/")
    }

    /// Cuts a batch into the rows of each folder, in their order. The folders are relative to that of
    /// the date.
    pub(super) fn split(&self, batch: &RecordBatch) -> Result<Vec<(String, RecordBatch)>, Cut> {
        if self.levels.is_empty() {
            return Ok(vec![(String::new(), batch.clone())]);
        }
        let mut rows_of: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (row, folder) in (0..).zip(self.folders(batch)?) {
            rows_of.entry(folder).or_default().push(row);
        }
        if rows_of.len() == 1 {
            return Ok(rows_of.into_keys().map(|folder| (folder, batch.clone())).collect());
        }
        let taken = rows_of.into_iter().map(|(folder, rows)| {
            Ok((folder, compute::take_record_batch(batch, &UInt32Array::from(rows))?))
        });
        taken.collect()
    }

    /// The folder of each row.
    fn folders(&self, batch: &RecordBatch) -> Result<Vec<String>, Cut> {
        let mut folders = vec![String::new(); batch.num_rows()];
        for level in &self.levels {
            let (values, nulls) = level.values(batch)?;
            let options = FormatOptions::default();
            let formatter = ArrayFormatter::try_new(values.as_ref(), &options)?;
            for (row, folder) in folders.iter_mut().enumerate() {
                let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
                let value = if is_null { String::new() } else { level.text(&formatter, row)? };
                let start = folder.len();
                let _ = write!(folder, "{}{}=", if start == 0 { "" } else { "/" }, level.name);
                folder.push_str(if value.is_empty() { NULL } else { &value });
                if folder.len() - start > LONGEST_NAME {
                    return Err(Cut::TooLong(level.name.clone()));
                }
            }
        }
        Ok(folders)
    }
}

/// Why a batch could not be cut.
#[derive(Debug)]
pub(super) enum Cut {
    /// A value of this level makes no name of a folder.
    TooLong(String),
    /// A kernel failed.
    Arrow(ArrowError),
}

impl From<ArrowError> for Cut {
    fn from(error: ArrowError) -> Self {
        Self::Arrow(error)
    }
}

impl Level {
    fn of(key: &PartitionKey, schema: &Schema) -> Result<Self, String> {
        let found = find(schema.fields(), &key.column);
        let (steps, names, kind) = found.ok_or("the feed has no such column")?;
        match (key.unit, kind) {
            (Some(_), DataType::Timestamp(..) | DataType::Date32) => {}
            (Some(_), _) => return Err("the column is neither a timestamp nor a date".to_owned()),
            (None, DataType::Struct(_) | DataType::List(_)) => {
                return Err("the column holds more than one value".to_owned());
            }
            (None, _) => {}
        }
        Ok(Self { name: folder_name(&names, key.unit), steps, unit: key.unit })
    }

    /// The values of the column, and which rows have none.
    fn values(&self, batch: &RecordBatch) -> Result<(ArrayRef, Option<NullBuffer>), ArrowError> {
        let (first, inner) = self.steps.split_first().map_or((0, &[][..]), |(f, rest)| (*f, rest));
        let mut values = Arc::clone(batch.column(first));
        let mut nulls = values.logical_nulls();
        for step in inner {
            values = Arc::clone(values.as_struct().column(*step));
            nulls = NullBuffer::union(nulls.as_ref(), values.logical_nulls().as_ref());
        }
        if let Some(unit) = self.unit {
            values = compute::date_part(values.as_ref(), unit.kernel())?;
        }
        Ok((values, nulls))
    }

    fn text(&self, formatter: &ArrayFormatter<'_>, row: usize) -> Result<String, ArrowError> {
        let value = formatter.value(row).try_to_string()?;
        Ok(match self.unit {
            Some(PartitionUnit::Month | PartitionUnit::Day) => format!("{value:0>2}"),
            _ => escape(&value),
        })
    }
}

impl PartitionUnit {
    fn kernel(self) -> DatePart {
        match self {
            Self::Year => DatePart::Year,
            Self::Month => DatePart::Month,
            Self::Day => DatePart::Day,
        }
    }
}

impl fmt::Display for PartitionUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        })
    }
}

impl fmt::Display for PartitionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit {
            Some(unit) => write!(f, "{unit}({})", self.column),
            None => f.write_str(&self.column),
        }
    }
}

/// The positions and the names on the way to a column, and its type. Names may hold dots themselves.
fn find<'a>(fields: &'a Fields, path: &str) -> Option<(Vec<usize>, Vec<&'a str>, &'a DataType)> {
    let named = |(position, field): (usize, &'a Arc<Field>)| {
        let rest = path.strip_prefix(field.name().as_str())?;
        if rest.is_empty() {
            return Some((vec![position], vec![field.name().as_str()], field.data_type()));
        }
        let DataType::Struct(inner) = field.data_type() else { return None };
        let (mut steps, mut names, kind) = find(inner, rest.strip_prefix('.')?)?;
        steps.insert(0, position);
        names.insert(0, field.name());
        Some((steps, names, kind))
    };
    fields.iter().enumerate().find_map(named)
}

/// `created_year` of `year(fields.created)`, `project_key` of `fields.project.key`, and `by_projectId` of
/// `projectId`, since that is a column.
fn folder_name(names: &[&str], unit: Option<PartitionUnit>) -> String {
    let name = match (names, unit) {
        ([.., last], Some(unit)) => format!("{last}_{unit}"),
        ([.., parent, last], None) => format!("{parent}_{last}"),
        ([only], None) => format!("by_{only}"),
        ([], _) => String::new(),
    };
    escape(&name)
}

/// As Hive does it, and as all readers undo it: byte by byte what a path or a query could misread. Other
/// letters than those of ASCII stay: readers differ in how they would undo them.
fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        if character.is_ascii_control() || "\"#%'*/:=?\\{[]^".contains(character) {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{:02X}", u32::from(character));
        } else {
            text.push(character);
        }
    }
    text
}
