//! Records in, one batch out: the declared columns of each record and the columns that every row has.

use super::bindings::Bindings;
use super::cells::append_text;
use super::object_cells::ObjectCells;
use super::rescue::{Rescue, quoted};
use super::schema::{FeedSchema, timestamp_type};
use super::split;
use crate::catalog::Pointer;
use arrow::array::types::TimestampMicrosecondType;
use arrow::array::{
    ArrayRef, BooleanBuilder, PrimitiveBuilder, RecordBatch, StringArray, StringBuilder,
};
use arrow::error::ArrowError;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The longest record that is taken, and the most that is buffered before the next is: with these no
/// array's 32-bit offsets run out, save for freaks, which are dropped to null.
const LONGEST_RECORD: usize = 256 << 20;
const FULLEST_BATCH: usize = 1 << 30;

/// What is the same in every row of a run.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The site's base URL, for `_site`.
    pub site: Arc<str>,
    /// The run, for `_run_id`.
    pub run_id: Arc<str>,
}

/// Why a text is no record.
#[derive(Debug, thiserror::Error)]
pub enum NotARecord {
    /// The bytes are not UTF-8.
    #[error("The record is not UTF-8")]
    Encoding(#[source] std::str::Utf8Error),
    /// Not JSON, or a JSON value other than an object.
    #[error("The record is not a JSON object")]
    Json(#[source] serde_json::Error),
    /// No batch can hold it.
    #[error("The record has {0} bytes: more than a batch can hold")]
    TooLong(usize),
    /// The batch had to be finished long ago.
    #[error("The batch is full; finish it first")]
    BatchFull,
}

/// The rows since the last batch.
#[derive(Debug)]
pub struct DecodedBatch {
    /// The rows.
    pub batch: RecordBatch,
    /// Values of declared columns that did not fit.
    pub rescued: u64,
    /// The same by column: a JSON pointer without positions in arrays.
    pub rescued_by_column: BTreeMap<String, u64>,
}

/// Turns JSON records into record batches.
pub struct RecordDecoder {
    schema: Arc<FeedSchema>,
    stamp: Stamp,
    record: ObjectCells,
    rescue: Rescue,
    /// The length of the records since the last batch.
    taken: usize,
    row_width: usize,
    extracted_at: PrimitiveBuilder<TimestampMicrosecondType>,
    deleted: BooleanBuilder,
    rescued: StringBuilder,
    absent: StringBuilder,
    raw: StringBuilder,
}

impl std::fmt::Debug for RecordDecoder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RecordDecoder").field("rows", &self.rows()).finish_non_exhaustive()
    }
}

impl RecordDecoder {
    /// A decoder without rows.
    #[must_use]
    pub fn new(schema: Arc<FeedSchema>, stamp: Stamp) -> Self {
        let fields = schema.arrow().fields();
        let record = ObjectCells::new(schema.columns(), fields, Some(&schema.elsewhere()));
        Self {
            record,
            rescue: Rescue::new(!schema.options().raw),
            taken: 0,
            row_width: schema.row_width() + stamp.site.len() + stamp.run_id.len(),
            schema,
            stamp,
            extracted_at: PrimitiveBuilder::new().with_data_type(timestamp_type()),
            deleted: BooleanBuilder::new(),
            rescued: StringBuilder::new(),
            absent: StringBuilder::new(),
            raw: StringBuilder::new(),
        }
    }

    /// Appends one row. No value can fail it: one that does not fit its column is null there and is rescued.
    ///
    /// # Errors
    /// The text is no JSON object, or there is no room for it; then nothing was appended.
    pub fn push(
        &mut self,
        record: &[u8],
        bindings: &Bindings,
        extracted_at_micros: i64,
    ) -> Result<(), NotARecord> {
        if record.len() > LONGEST_RECORD {
            return Err(NotARecord::TooLong(record.len()));
        }
        if self.bytes() > FULLEST_BATCH {
            return Err(NotARecord::BatchFull);
        }
        let text = std::str::from_utf8(record).map_err(NotARecord::Encoding)?;
        let mut entries = Vec::with_capacity(self.schema.columns().len());
        split::entries(text, |key, value| entries.push((key, value))).map_err(NotARecord::Json)?;
        self.record.begin();
        for (key, value) in entries {
            self.record.entry(key, value, None, &mut self.rescue);
        }
        self.taken += record.len();
        self.end_row(Some(text), bindings, extracted_at_micros);
        Ok(())
    }

    /// Appends a row for a record that is gone: only what is bound has a value, and `_deleted` is true.
    pub fn push_deleted(&mut self, bindings: &Bindings, extracted_at_micros: i64) {
        self.record.begin();
        self.end_row(None, bindings, extracted_at_micros);
    }

    /// The number of rows since the last batch.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.record.len()
    }

    /// Whether there are no rows since the last batch.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows() == 0
    }

    /// Roughly the memory that the rows take, rather too much than too little; costs nothing to ask.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let copies = if self.schema.options().raw { 2 } else { 1 };
        let beside = self.rescued.values_slice().len() + self.absent.values_slice().len();
        self.taken * copies + beside + self.row_width * self.rows()
    }

    /// Moves the rows out as a batch; the decoder is empty then and may be used again.
    ///
    /// # Errors
    /// Arrow's, if arrays and schema disagree, which would be a defect of this module.
    pub fn finish(&mut self) -> Result<DecodedBatch, ArrowError> {
        let rows = self.rows();
        self.taken = 0;
        let mut arrays = Vec::with_capacity(self.schema.arrow().fields().len());
        self.record.finish(&mut arrays)?;
        let repeat = |text: &str| StringArray::from_iter_values(std::iter::repeat_n(text, rows));
        arrays.push(Arc::new(repeat(&self.stamp.site)));
        arrays.push(Arc::new(repeat(&self.stamp.run_id)));
        arrays.push(Arc::new(self.extracted_at.finish()));
        arrays.push(Arc::new(self.deleted.finish()));
        arrays.push(Arc::new(self.rescued.finish()));
        let absent: ArrayRef = Arc::new(self.absent.finish());
        let raw: ArrayRef = Arc::new(self.raw.finish());
        arrays.extend(self.schema.options().absent_at.is_some().then_some(absent));
        arrays.extend(self.schema.options().raw.then_some(raw));
        let batch = RecordBatch::try_new(Arc::clone(self.schema.arrow()), arrays)?;
        let (rescued, rescued_by_column) = self.rescue.take_counts();
        Ok(DecodedBatch { batch, rescued, rescued_by_column })
    }

    /// `record` is none for one that is gone.
    fn end_row(&mut self, record: Option<&str>, bindings: &Bindings, extracted_at_micros: i64) {
        for (key, value) in bindings.iter() {
            self.record.bind(key, value, &mut self.rescue);
        }
        self.record.end();
        self.extracted_at.append_value(extracted_at_micros);
        self.deleted.append_value(record.is_none());
        let rescued = &mut self.rescued;
        self.rescue.end_row(|row| append_or_null(rescued, row));
        if let Some(at) = &self.schema.options().absent_at {
            let absent = record.and_then(|_| absent_keys(&self.record, at));
            append_or_null(&mut self.absent, absent.as_deref());
        }
        if self.schema.options().raw {
            append_or_null(&mut self.raw, record);
        }
    }
}

fn append_or_null(builder: &mut StringBuilder, text: Option<&str>) {
    if !text.is_some_and(|text| append_text(builder, text)) {
        builder.append_null();
    }
}

/// The declared keys that the object at `at` lacks in the last row, as a JSON array; none if it has all.
fn absent_keys(record: &ObjectCells, at: &Pointer) -> Option<String> {
    let mut object = record;
    let mut is_there = true;
    for step in at.steps() {
        let inner = object.at(step)?;
        // Columns are filled up only when a value comes: one that lags behind had none.
        is_there &= inner.len() == object.len();
        object = inner;
    }
    let join = |json: String, key: &str| {
        let separator = if json.is_empty() { "[" } else { "," };
        json + separator + &quoted(key)
    };
    let list = if is_there {
        object.absent().fold(String::new(), join)
    } else {
        object.keys().fold(String::new(), join)
    };
    (!list.is_empty()).then(|| list + "]")
}
