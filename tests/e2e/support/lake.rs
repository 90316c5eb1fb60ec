//! Reading back what landed, by the Parquet crate's row reader: another road than the one that wrote it.

use jira_feeds::catalog::Catalog;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A destination folder.
pub struct Lake {
    path: PathBuf,
    is_current: bool,
}

impl Lake {
    pub fn at(path: PathBuf) -> Self {
        Self { path, is_current: false }
    }

    /// The same, but of each key only the latest row, without those of records that have gone.
    pub fn current(self) -> Self {
        Self { is_current: true, ..self }
    }

    /// All rows of a feed as JSON objects, as a glob over the folder finds them.
    pub fn rows(&self, feed: &str) -> Vec<Value> {
        let rows = self.parts(feed).into_iter().flat_map(|part| rows_of(&part));
        if self.is_current { current(feed, rows) } else { rows.collect() }
    }

    /// Each row's `_raw`, parsed.
    pub fn raw(&self, feed: &str) -> Vec<Value> {
        let rows = self.rows(feed);
        let raw = rows.iter().filter_map(|row| row["_raw"].as_str());
        raw.map(|text| serde_json::from_str(text).expect("`_raw` is JSON")).collect()
    }

    /// The Parquet files of a feed, sorted.
    pub fn parts(&self, feed: &str) -> Vec<PathBuf> {
        let mut parts = files_below(&self.path.join(feed));
        parts.retain(|path| path.extension().is_some_and(|extension| extension == "parquet"));
        parts.sort();
        parts
    }

    /// Every file of the lake, relative to it, sorted.
    pub fn files(&self) -> Vec<String> {
        let files = files_below(&self.path);
        let relative = files.iter().filter_map(|path| path.strip_prefix(&self.path).ok());
        let mut names: Vec<_> = relative.map(|path| path.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// The latest row of each key, if it is not a tombstone.
fn current(feed: &str, rows: impl Iterator<Item = Value>) -> Vec<Value> {
    let catalog = Catalog::with_custom([]).expect("the catalogue");
    let key = &catalog.get(feed).expect("a feed").key;
    let mut latest: BTreeMap<String, Value> = BTreeMap::new();
    let moment = |row: &Value| {
        (row["_extracted_at"].as_str().unwrap_or_default().to_owned(), row["_run_id"].to_string())
    };
    for row in rows {
        let key: Vec<_> = key.iter().map(|column| row[column].to_string()).collect();
        let key = key.join("|");
        if latest.get(&key).is_none_or(|other| moment(other) <= moment(&row)) {
            latest.insert(key, row);
        }
    }
    latest.into_values().filter(|row| row["_deleted"] == false).collect()
}

/// All rows of one part.
pub fn rows_of(part: &Path) -> Vec<Value> {
    let reader = SerializedFileReader::new(File::open(part).expect("the part opens"));
    let reader = reader.expect("the part is Parquet");
    let rows = reader.get_row_iter(None).expect("the part has rows");
    rows.map(|row| row.expect("the row reads").to_json_value()).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("the folder lists").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}
