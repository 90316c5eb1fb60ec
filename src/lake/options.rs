//! How parts are cut and encoded.
//!
//! Must not know what the columns mean; which ones are opaque, the caller says.

use super::{LakeError, Partitioning, RunIdentity};
use arrow::datatypes::Schema;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

/// The form that Parquet's convention gives to the program's name and version.
const CREATED_BY: &str = concat!("jira-feeds version ", env!("CARGO_PKG_VERSION"));

/// How parts are cut and encoded. With the default, a writer holds at most some 12 MiB however much it writes,
/// and for a moment its encoded row group once more, when one ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOptions {
    /// A row group ends when it has this many rows.
    pub row_group_rows: usize,
    /// A row group ends when it takes this many bytes, encoded.
    pub row_group_bytes: usize,
    /// A row group ends when the writer holds this many bytes of memory.
    pub memory_bytes: usize,
    /// How the rows are spread over folders.
    pub partitioning: Partitioning,
    /// Most parts that are open at once; another folder closes that which was written to least recently.
    pub open_parts: usize,
    /// All open parts together hold this many bytes of memory at most; then the largest ends a row group.
    pub open_bytes: usize,
    /// A part ends when it has this many bytes, encoded.
    pub part_bytes: usize,
    /// Level of zstd, 1 to 22.
    pub zstd_level: i32,
    /// Columns of long, ever different texts: no dictionary.
    pub opaque_columns: Vec<String>,
    /// The site that the rows come from, for the file's own metadata.
    pub site: Option<String>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            row_group_rows: 122_880,
            row_group_bytes: 4 * MIB,
            memory_bytes: 12 * MIB,
            partitioning: Partitioning::default(),
            open_parts: 32,
            open_bytes: 48 * MIB,
            part_bytes: 128 * MIB,
            zstd_level: 3,
            opaque_columns: vec!["_raw".to_owned()],
            site: None,
        }
    }
}

impl WriteOptions {
    /// What the Parquet writer is to do for the parts of one feed of one run.
    pub(super) fn properties(
        &self,
        feed: &str,
        run: &RunIdentity,
        schema: &Schema,
    ) -> Result<WriterProperties, LakeError> {
        let level = ZstdLevel::try_new(self.zstd_level)
            .map_err(|source| LakeError::Encoding { feed: feed.to_owned(), source })?;
        let mut facts = vec![
            KeyValue::new("jira_feeds.feed".to_owned(), feed.to_owned()),
            KeyValue::new("jira_feeds.run_id".to_owned(), run.run_id.to_string()),
        ];
        if let Some(site) = &self.site {
            facts.push(KeyValue::new("jira_feeds.site".to_owned(), site.clone()));
        }
        let mut properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(level))
            .set_key_value_metadata(Some(facts))
            .set_max_row_group_row_count(Some(self.row_group_rows.max(1)))
            // Of each row group, not of each page: with hundreds of columns the pages' would be held in
            // memory until the part ends, and a row group has few pages.
            .set_statistics_enabled(EnabledStatistics::Chunk);
        for name in self.opaque_columns.iter().filter(|name| schema.index_of(name).is_ok()) {
            let column = ColumnPath::new(vec![name.clone()]);
            properties = properties.set_column_dictionary_enabled(column, false);
        }
        Ok(properties.build())
    }
}
