//! Reading back what landed, by the Parquet crate's row reader: another road than the one that wrote it.

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A destination folder.
pub struct Lake(PathBuf);

impl Lake {
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// All rows of a feed as JSON objects, as a glob over the folder finds them.
    pub fn rows(&self, feed: &str) -> Vec<Value> {
        self.parts(feed).iter().flat_map(|part| rows_of(part)).collect()
    }

    /// Each row's `_raw`, parsed.
    pub fn raw(&self, feed: &str) -> Vec<Value> {
        let rows = self.rows(feed);
        let raw = rows.iter().filter_map(|row| row["_raw"].as_str());
        raw.map(|text| serde_json::from_str(text).expect("`_raw` is JSON")).collect()
    }

    /// The Parquet files of a feed, sorted.
    pub fn parts(&self, feed: &str) -> Vec<PathBuf> {
        let mut parts = files_below(&self.0.join(feed));
        parts.retain(|path| path.extension().is_some_and(|extension| extension == "parquet"));
        parts.sort();
        parts
    }

    /// Every file of the lake, relative to it, sorted.
    pub fn files(&self) -> Vec<String> {
        let files = files_below(&self.0);
        let relative = files.iter().filter_map(|path| path.strip_prefix(&self.0).ok());
        let mut names: Vec<_> = relative.map(|path| path.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
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
