//! Comments of an issue.

use serde_json::{Value, json};

use super::adf::{self, Mention};
use super::changes::Note;
use super::clock::{self, Millis};
use super::heads::Head;
use super::projects::Template;
use super::random::{Dice, Subject};
use super::{BASE, View};
use crate::accounts::Right;

/// In which order to list comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommentSort {
    OldestFirst,
    NewestFirst,
}

/// What is known of a comment before its text is written.
struct Comment {
    id: u32,
    at: Millis,
    edited: Option<Millis>,
    /// How often it was edited since it was drawn or added.
    edits: u32,
    /// Kept for a role.
    restricted: bool,
    /// Shown to agents of the desk only.
    internal: bool,
    dice: Dice,
}

impl View<'_> {
    /// The comments of an issue the viewer may read, oldest first.
    pub(crate) fn comments(&self, head: &Head) -> Vec<Value> {
        self.comments_in(head, CommentSort::OldestFirst, 0, usize::MAX).1
    }

    /// Whether the viewer may read a comment of an issue, by id.
    pub(crate) fn shows_comment(&self, head: &Head, id: u32) -> bool {
        head.has_note(Note::Comment, id) && self.may_read(&self.draw_comment(head, id))
    }

    /// How many comments there are, and a stretch of them.
    pub(crate) fn comments_in(
        &self,
        head: &Head,
        sort: CommentSort,
        start: usize,
        count: usize,
    ) -> (usize, Vec<Value>) {
        let mut visible: Vec<Comment> = head
            .note_ids(Note::Comment)
            .map(|id| self.draw_comment(head, id))
            .filter(|comment| self.may_read(comment))
            .collect();
        let total = visible.len();
        if sort == CommentSort::NewestFirst {
            visible.reverse();
        }
        let stretch = visible.into_iter().skip(start).take(count);
        (total, stretch.map(|comment| self.comment(head, comment)).collect())
    }

    /// What an issue carries of its comments: the newest `cap`, oldest first.
    pub(crate) fn embedded_comments(&self, head: &Head, cap: usize) -> Value {
        let (total, mut newest) = self.comments_in(head, CommentSort::NewestFirst, 0, cap);
        newest.reverse();
        json!({"comments": newest, "self": format!("{BASE}/rest/api/3/issue/{}/comment", head.id),
            "maxResults": newest.len().max(total.min(cap)), "total": total, "startAt": 0})
    }

    fn draw_comment(&self, head: &Head, id: u32) -> Comment {
        let mut dice = Dice::of(self.site.options.seed, Subject::Comment, u64::from(id));
        let added = head.added_at(Note::Comment, id);
        let at = added.unwrap_or_else(|| drawn_at(head, id));
        let desk = self.site.drawn_project_of(head).template == Template::ServiceDesk;
        let until = added.unwrap_or(head.drawn.until);
        let drawn_edit = dice.chance(100).then(|| dice.between(at, until));
        let edit = head.edit_of(Note::Comment, id);
        Comment {
            id,
            at,
            edited: edit.map(|edit| edit.at).or(drawn_edit),
            edits: edit.map_or(0, |edit| edit.times),
            restricted: dice.chance(50),
            internal: desk && dice.chance(300),
            dice,
        }
    }

    fn may_read(&self, comment: &Comment) -> bool {
        (!comment.restricted || self.viewer.may(Right::RestrictedNotes))
            && (!comment.internal || self.viewer.may(Right::Agent))
    }

    fn comment(&self, head: &Head, comment: Comment) -> Value {
        let Comment { id, at, edited, edits, restricted, internal, mut dice } = comment;
        let people = self.site.people.len();
        let author = dice.index(people);
        if edits > 0 {
            let revised = u64::from(id) | u64::from(edits) << 32;
            dice = Dice::of(self.site.options.seed, Subject::Comment, revised);
        }
        let body = self.document(head, n_of(id, head), &mut dice);
        let zone = &self.viewer.zone;
        let mut value = json!({
            "self": format!("{BASE}/rest/api/3/issue/{}/comment/{id}", head.id), "id": id.to_string(),
            "author": self.user(author), "body": body,
            "updateAuthor": self.user(if edited.is_some() { dice.index(people) } else { author }),
            "created": clock::platform(at, zone), "updated": clock::platform(edited.unwrap_or(at), zone),
            "jsdPublic": !internal,
        });
        if restricted {
            value["visibility"] =
                json!({"type": "role", "value": "Administrators", "identifier": "Administrators"});
        }
        value
    }

    fn document(&self, head: &Head, n: u32, dice: &mut Dice) -> Value {
        let mention = self.mention(dice);
        // The first issue shows every kind of node once.
        if head.id == 10_000 && n < 3 {
            return adf::showcase(dice, &mention);
        }
        adf::document(dice, &mention)
    }

    /// Somebody to mention in a text.
    pub(super) fn mention(&self, dice: &mut Dice) -> Mention {
        let person = &self.site.people[dice.index(self.site.people.len())];
        Mention { account_id: person.account_id.clone(), name: person.name.clone() }
    }
}

/// Drawn comments lie evenly between the creation of the issue and its last change.
fn drawn_at(head: &Head, id: u32) -> Millis {
    let span = head.drawn.until - head.created;
    head.created + span * i64::from(n_of(id, head) + 1) / (i64::from(head.comments) + 1)
}

fn n_of(id: u32, head: &Head) -> u32 {
    id - head.first_comment
}
