//! An API token in every form in which it could slip out, and the search for them.

use super::rows_of;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use std::fmt::Write as _;
use std::path::Path;

/// What must be found nowhere.
pub struct Secret {
    /// What it is called, and the text.
    forms: Vec<(String, String)>,
}

impl Secret {
    pub fn of(username: &str, token: &str) -> Self {
        let mut forms = vec![("as it is".to_owned(), token.to_owned())];
        let encoded: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
        forms.push(("URL-encoded".to_owned(), encoded));
        let listed: Vec<_> = token.bytes().map(|byte| byte.to_string()).collect();
        forms.push(("a list of bytes".to_owned(), listed.join(", ")));
        let hex = token.bytes().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        forms.push(("hexadecimal".to_owned(), hex));
        for engine in [STANDARD, URL_SAFE] {
            let login = engine.encode(format!("{username}:{token}"));
            forms.push(("the Base64 of the login".to_owned(), login.trim_matches('=').to_owned()));
            for before in 0..3 {
                let name = format!("Base64 with {before} bytes before it");
                forms.push((name, core_of_base64(&engine, token, before)));
            }
        }
        Self { forms }
    }

    /// The forms that stand in a text.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let text = String::from_utf8_lossy(bytes);
        let found = self.forms.iter().filter(|(_, form)| text.contains(form.as_str()));
        found.map(|(name, _)| name.as_str()).collect()
    }

    /// The same for every file below a folder, and for the rows of Parquet, which is compressed.
    pub fn found_below(&self, folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).expect("the folder lists") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                found.extend(self.found_below(&path));
                continue;
            }
            let mut bytes = std::fs::read(&path).expect("the file reads");
            bytes.extend(path.to_string_lossy().bytes());
            if path.extension().is_some_and(|extension| extension == "parquet") {
                let rows = rows_of(&path);
                bytes.extend(serde_json::to_vec(&rows).expect("rows are JSON"));
            }
            let forms = self.found_in(&bytes);
            found.extend(forms.iter().map(|form| format!("{}: {form}", path.display())));
        }
        found
    }

    pub fn forms(&self) -> impl Iterator<Item = &str> {
        self.forms.iter().map(|(_, form)| form.as_str())
    }
}

/// The part of a Base64 text that is the same whatever stands before and behind the token.
fn core_of_base64(engine: &impl base64::Engine, token: &str, before: usize) -> String {
    let encoded = engine.encode(format!("{}{token}", "x".repeat(before)));
    let start = (before * 8).div_ceil(6);
    let end = (before + token.len()) * 8 / 6;
    encoded[start..end].to_owned()
}
