//! How each dialect writes names, texts and patterns of paths.
//!
//! Must not know what is being quoted.

use super::Dialect;

/// The quoting of one dialect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quote(pub(super) Dialect);

impl Quote {
    /// A column's name, in exactly these letters.
    pub(super) fn identifier(self, name: &str) -> String {
        match self.0 {
            Dialect::Spark => format!("`{}`", name.replace('`', "``")),
            Dialect::BigQuery => {
                format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
            }
            Dialect::DuckDb | Dialect::Trino | Dialect::Snowflake => {
                format!("\"{}\"", name.replace('"', "\"\""))
            }
        }
    }

    /// A table's or view's name whose parts are parted by dots.
    pub(super) fn path(self, name: &str) -> String {
        let parts: Vec<_> = name.split('.').map(|part| self.object(part)).collect();
        parts.join(".")
    }

    /// Snowflake folds names that are not quoted, and whoever made the table has not quoted its name
    /// as a rule; a name that needs no quotes is therefore left to be folded in the same way.
    fn object(self, name: &str) -> String {
        let is_plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match self.0 {
            Dialect::Snowflake if is_plain => name.to_owned(),
            _ => self.identifier(name),
        }
    }

    /// A text.
    pub(super) fn text(self, text: &str) -> String {
        match self.0 {
            Dialect::Spark | Dialect::BigQuery => {
                format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
            }
            Dialect::DuckDb | Dialect::Trino | Dialect::Snowflake => {
                format!("'{}'", text.replace('\'', "''"))
            }
        }
    }

    /// A path with nothing left in it that its reader would take for a pattern.
    pub(super) fn literally(self, path: &str) -> String {
        let mut literal = String::with_capacity(path.len());
        for c in path.chars() {
            match self.0 {
                Dialect::Spark if matches!(c, '\\' | '*' | '?' | '[' | ']' | '{' | '}') => {
                    literal.extend(['\\', c]);
                }
                Dialect::DuckDb if matches!(c, '*' | '?' | '[') => literal.extend(['[', c, ']']),
                _ => literal.push(c),
            }
        }
        literal
    }
}
