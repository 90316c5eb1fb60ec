//! JSON pointers, with which definitions name places in records.

use std::collections::BTreeMap;

/// A JSON pointer (RFC 6901), cut at its slashes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// Reads `""` or `/a/b`.
    ///
    /// # Errors
    /// A text that neither is empty nor begins with a slash.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let tail = text.strip_prefix('/').ok_or_else(|| {
            format!("`{text}` is not a JSON pointer; it begins with a slash or is empty")
        })?;
        Ok(Self(tail.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()))
    }

    /// The keys from the outside in.
    #[must_use]
    pub fn steps(&self) -> &[String] {
        &self.0
    }

    /// The pointer to the value around this one, and its key there; none for the whole document.
    #[must_use]
    pub fn split_last(&self) -> Option<(Self, &str)> {
        let (last, before) = self.0.split_last()?;
        Some((Self(before.to_vec()), last))
    }

    /// The pointer to `key` inside this one's value.
    #[must_use]
    pub fn join(&self, key: &str) -> Self {
        Self(self.0.iter().cloned().chain([key.to_owned()]).collect())
    }
}

impl std::fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|step| {
            write!(formatter, "/{}", step.replace('~', "~0").replace('/', "~1"))
        })
    }
}

/// Reads the pointers of a table `name = pointer`.
pub(super) fn parse_all(
    table: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Pointer>, String> {
    table.iter().map(|(name, at)| Ok((name.clone(), Pointer::parse(at)?))).collect()
}
