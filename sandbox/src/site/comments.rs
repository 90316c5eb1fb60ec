//! Comments of an issue.

use serde_json::{Value, json};

use super::adf::{self, Mention};
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
        let n = id.checked_sub(head.first_comment).filter(|n| *n < u32::from(head.comments));
        n.is_some_and(|n| self.may_read(&self.draw_comment(head, n)))
    }

    /// How many comments there are, and a stretch of them.
    pub(crate) fn comments_in(
        &self,
        head: &Head,
        sort: CommentSort,
        start: usize,
        count: usize,
    ) -> (usize, Vec<Value>) {
        let mut visible: Vec<Comment> = (0..u32::from(head.comments))
            .map(|n| self.draw_comment(head, n))
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

    fn draw_comment(&self, head: &Head, n: u32) -> Comment {
        let id = head.first_comment + n;
        let mut dice = Dice::of(self.site.options.seed, Subject::Comment, u64::from(id));
        let span = head.updated - head.created;
        let at = head.created + span * i64::from(n + 1) / (i64::from(head.comments) + 1);
        let desk = self.site.project_of(head).template == Template::ServiceDesk;
        Comment {
            id,
            at,
            edited: dice.chance(100).then(|| dice.between(at, head.updated)),
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
        let Comment { id, at, edited, restricted, internal, mut dice } = comment;
        let people = self.site.people.len();
        let author = dice.index(people);
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

fn n_of(id: u32, head: &Head) -> u32 {
    id - head.first_comment
}
