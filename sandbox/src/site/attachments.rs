//! Attachments of an issue; always complete inside it.

use serde_json::{Value, json};

use super::clock;
use super::heads::Head;
use super::random::{Dice, Subject};
use super::{BASE, View};

const FILES: &[(&str, &str)] = &[
    ("screenshot.png", "image/png"),
    ("debug log.txt", "text/plain"),
    ("보고서.pdf", "application/pdf"),
    ("données (1).csv", "text/csv"),
    ("core.bin", "application/octet-stream"),
];

impl View<'_> {
    /// The attachments of an issue.
    pub(crate) fn attachments(&self, head: &Head) -> Vec<Value> {
        let mut dice = Dice::of(self.site.options.seed, Subject::Attachment, u64::from(head.id));
        if !dice.chance(250) {
            return Vec::new();
        }
        (0..=dice.below(3)).map(|n| self.attachment(head, head.id * 4 + n, &mut dice)).collect()
    }

    fn attachment(&self, head: &Head, id: u32, dice: &mut Dice) -> Value {
        let (name, kind) = *dice.pick(FILES);
        let mut value = json!({
            "self": format!("{BASE}/rest/api/3/attachment/{id}"), "id": id.to_string(), "filename": name,
            "author": self.user(dice.index(self.site.people.len())),
            "created": clock::platform(dice.between(head.created, head.drawn.until), &self.viewer.zone),
            // Past 32 bits for one in a while.
            "size": if dice.chance(10) { 5_000_000_000 } else { u64::from(dice.below(9_000_000)) },
            "mimeType": kind, "content": format!("{BASE}/rest/api/3/attachment/content/{id}"),
        });
        if kind == "image/png" {
            value["thumbnail"] = json!(format!("{BASE}/rest/api/3/attachment/thumbnail/{id}"));
        }
        value
    }
}
