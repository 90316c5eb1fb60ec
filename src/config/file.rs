//! The config file: found, read, and parsed far enough to know that it is in its format.

use super::ConfigError;
use super::place::SourceFile;
use crate::credential::is_private;
use config::{File, FileFormat, Source, Value};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The file that is read where none is named.
pub(super) const DEFAULT_PATH: &str = "jira-feeds.toml";

/// No configuration is larger; what is larger is another file.
const LIMIT: u64 = 4 * 1024 * 1024;

/// A file that has been read and parsed.
pub(super) struct ParsedFile {
    pub(super) file: SourceFile,
    pub(super) values: config::Map<String, Value>,
}

/// Reads and parses a file.
pub(super) fn read(path: &Path) -> Result<ParsedFile, ConfigError> {
    let (text, is_private) = text_of(path)?;
    let format = format_of(path)?;
    let source = File::from_str(&text, format);
    let values = source.collect().map_err(|error| syntax(path, &text, &error))?;
    Ok(ParsedFile { file: SourceFile { path: path.to_owned(), is_private }, values })
}

/// The text of a file of another kind than a config.
pub(super) fn read_text(path: &Path) -> Result<String, ConfigError> {
    text_of(path).map(|(text, _)| text)
}

/// Reads a file if it is there.
pub(super) fn read_if_present(path: &Path) -> Result<Option<ParsedFile>, ConfigError> {
    match read(path) {
        Ok(parsed) => Ok(Some(parsed)),
        Err(ConfigError::NoSuchFile { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn format_of(path: &Path) -> Result<FileFormat, ConfigError> {
    let extension = path.extension().and_then(|text| text.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "toml" => Ok(FileFormat::Toml),
        "yaml" | "yml" => Ok(FileFormat::Yaml),
        "json" => Ok(FileFormat::Json),
        _ => Err(ConfigError::Extension { path: path.to_owned() }),
    }
}

fn text_of(path: &Path) -> Result<(String, bool), ConfigError> {
    let failed = |error| unreadable(path, error);
    let file = std::fs::File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(ConfigError::Directory { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LIMIT {
        return Err(ConfigError::TooLarge { path: path.to_owned(), limit: LIMIT });
    }
    let text = String::from_utf8(bytes).map_err(|error| ConfigError::NotUtf8 {
        path: path.to_owned(),
        line: line_and_column(error.as_bytes(), error.utf8_error().valid_up_to()).0,
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() {
        return Err(ConfigError::Empty { path: path.to_owned() });
    }
    // Where it cannot be told, a secret in the file is not known to be safe.
    Ok((text, is_private(&metadata) == Some(true)))
}

pub(super) fn unreadable(path: &Path, error: std::io::Error) -> ConfigError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => ConfigError::NoSuchFile { path },
        ErrorKind::PermissionDenied => ConfigError::NotPermitted { path },
        _ => ConfigError::Unreadable { path, error },
    }
}

/// The error for a text that is not in its format. Says where, and what the parser said if that is
/// known to quote nothing: the parsers' own texts show source lines, keys or values.
fn syntax(path: &Path, text: &str, error: &config::ConfigError) -> ConfigError {
    let config::ConfigError::FileParse { cause, .. } = error else {
        return at(path, None, "it cannot be read in its format");
    };
    if let Some(toml) = cause.downcast_ref::<toml::de::Error>() {
        let position = toml.span().map(|span| line_and_column(text.as_bytes(), span.start));
        return at(path, position, toml.message());
    }
    if let Some(json) = cause.downcast_ref::<serde_json::Error>() {
        let said = json.to_string();
        let reason = said.split(" at line ").next().unwrap_or(&said);
        return at(path, Some((json.line(), json.column())), reason);
    }
    if cause.downcast_ref::<Box<config::ConfigError>>().is_some()
        || cause.downcast_ref::<config::ConfigError>().is_some()
    {
        return at(path, None, "the whole file must be one table of keys and values");
    }
    yaml(path, &cause.to_string())
}

/// yaml-rust2 is known by its text only: "… at byte 5 line 1 column 6".
fn yaml(path: &Path, said: &str) -> ConfigError {
    let parts = said.rsplit_once(" at byte ").and_then(|(reason, tail)| {
        let mut numbers = tail.split(' ').filter_map(|word| word.parse().ok());
        let (_, line, column) = (numbers.next()?, numbers.next()?, numbers.next()?);
        let _: usize = line;
        Some((reason, (line, column)))
    });
    match parts {
        Some((reason, position)) if reason.contains("duplicated key") => {
            at(path, Some(position), "a key is given twice in the same table")
        }
        Some((reason, position)) => at(path, Some(position), reason),
        None => at(path, None, "it is not one YAML document with plain keys"),
    }
}

fn at(path: &Path, position: Option<(usize, usize)>, reason: &str) -> ConfigError {
    // The TOML parser sets out what it expected on a second line.
    let reason = reason.trim().replace('\n', "; ");
    ConfigError::Syntax { path: path.to_owned(), position, reason }
}

fn line_and_column(text: &[u8], offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|byte| *byte == b'\n').count();
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

/// Puts the values of a parsed file into a configuration as one layer.
impl Source for ParsedFile {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(Self { file: self.file.clone(), values: self.values.clone() })
    }

    fn collect(&self) -> Result<config::Map<String, Value>, config::ConfigError> {
        Ok(self.values.clone())
    }
}

impl std::fmt::Debug for ParsedFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("ParsedFile").field(&self.file).finish()
    }
}
