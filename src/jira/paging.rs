//! Page styles as a state machine: what to ask next, and when it ends. Pure.
//!
//! A page that failed never comes here; a page that is short is not the end; a server that turns
//! in circles is an error, not an end.

use super::page::PageMarks;
use crate::catalog::PageStyle;
use serde_json::Value;
use std::collections::HashSet;

/// A server that goes on for ever would otherwise fill the disk.
const MOST_PAGES: u64 = 200_000;
/// Empty pages in a row that a list may have before its end; where the server filters after
/// paging, some are normal.
const MOST_EMPTY_PAGES: u32 = 10;
/// A bare array has no end mark but emptiness, and an empty page may be a window of records that
/// the server filtered out after paging: the end is where at least two windows in a row, with room
/// for this many records, are empty.
const ROOM_AT_THE_END: u64 = 200;

/// Where in a list we are.
#[derive(Debug, Clone)]
pub struct Pager {
    style: PageStyle,
    page_size: u32,
    position: Position,
    seen_tokens: HashSet<String>,
    last_fingerprint: Option<u64>,
    empty_in_a_row: u32,
    repeated_in_a_row: u32,
    largest_page: u64,
    pages: u64,
}

#[derive(Debug, Clone)]
enum Position {
    Start,
    At(u64),
    Token(String),
    Since(i64),
}

/// A list that does not page as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PagingError {
    /// The server would send us round in circles.
    #[error(
        "page {page} names a next page that was read before ({token}); the list would never end"
    )]
    RepeatedToken {
        /// Counted from 1.
        page: u64,
        /// The token or time that came again.
        token: String,
    },
    /// The server sends the same records again and again.
    #[error("page {page} has the same records as the page before; the list would never end")]
    RepeatedPage {
        /// Counted from 1.
        page: u64,
    },
    /// Nothing comes any more, but no end either.
    #[error("{pages} pages in a row are empty, and the last one still promises more")]
    EmptyPages {
        /// How many.
        pages: u32,
    },
    /// There is more, but nothing that would ask for it.
    #[error("page {page} says that it is not the last, and nothing of how to go on")]
    NoWayOn {
        /// Counted from 1.
        page: u64,
    },
    /// More pages than any list can have.
    #[error("the list has more than {MOST_PAGES} pages")]
    TooManyPages,
    /// 1000 changes in the same millisecond, which `since` cannot pass.
    #[error(
        "page {page} ends at the time at which it began ({since}); the list cannot be read past that millisecond"
    )]
    StuckInTime {
        /// Counted from 1.
        page: u64,
        /// Epoch milliseconds.
        since: i64,
    },
}

impl Pager {
    /// At the start of a list.
    #[must_use]
    pub fn new(style: PageStyle, page_size: u32) -> Self {
        Self {
            style,
            page_size,
            position: Position::Start,
            seen_tokens: HashSet::new(),
            last_fingerprint: None,
            empty_in_a_row: 0,
            repeated_in_a_row: 0,
            largest_page: 0,
            pages: 0,
        }
    }

    /// The parameters that ask for the next page.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, Value)> {
        let (at, size) = match self.style {
            PageStyle::Single => return Vec::new(),
            PageStyle::Token => ("nextPageToken", "maxResults"),
            PageStyle::Offset | PageStyle::OffsetArray => ("startAt", "maxResults"),
            PageStyle::Since => {
                return match self.position {
                    Position::Since(since) => vec![("since", since.into())],
                    _ => Vec::new(),
                };
            }
            PageStyle::Cursor => ("cursor", "maxResults"),
            PageStyle::Limit => ("offset", "limit"),
            PageStyle::Desk => ("start", "limit"),
        };
        let size = (size, Value::from(self.page_size));
        match &self.position {
            Position::Start if self.counts_offsets() => vec![(at, 0.into()), size],
            Position::Start | Position::Since(_) => vec![size],
            Position::At(offset) => vec![(at, (*offset).into()), size],
            Position::Token(token) => vec![(at, token.clone().into()), size],
        }
    }

    /// Takes in what a page said; true if there is another one to ask for.
    ///
    /// # Errors
    /// [`PagingError`] if the list turns in circles or has no end.
    pub fn advance(&mut self, page: &PageMarks) -> Result<bool, PagingError> {
        self.pages += 1;
        self.largest_page = self.largest_page.max(page.received as u64);
        self.empty_in_a_row = if page.received == 0 { self.empty_in_a_row + 1 } else { 0 };
        let next = match self.style {
            PageStyle::Single => None,
            PageStyle::Token | PageStyle::Cursor => self.after_token(page)?,
            PageStyle::Offset | PageStyle::Limit | PageStyle::Desk => self.after_offset(page),
            PageStyle::OffsetArray => self.after_bare_array(page),
            PageStyle::Since => self.after_since(page)?,
        };
        let Some(next) = next else {
            return Ok(false);
        };
        self.guard(page)?;
        self.position = next;
        Ok(true)
    }

    fn guard(&mut self, page: &PageMarks) -> Result<(), PagingError> {
        if self.pages >= MOST_PAGES {
            return Err(PagingError::TooManyPages);
        }
        if self.empty_in_a_row >= MOST_EMPTY_PAGES {
            return Err(PagingError::EmptyPages { pages: self.empty_in_a_row });
        }
        let repeats = page.received > 0 && self.last_fingerprint == Some(page.fingerprint);
        self.repeated_in_a_row = if repeats { self.repeated_in_a_row + 1 } else { 0 };
        // Windows of a bare array can overlap where the server filters after paging.
        let most = if self.style == PageStyle::OffsetArray { MOST_EMPTY_PAGES } else { 1 };
        if self.repeated_in_a_row >= most {
            return Err(PagingError::RepeatedPage { page: self.pages });
        }
        self.last_fingerprint = Some(page.fingerprint);
        Ok(())
    }

    fn after_token(&mut self, page: &PageMarks) -> Result<Option<Position>, PagingError> {
        let token = match (&page.token, page.is_last) {
            (_, Some(true)) | (None, None) => return Ok(None),
            (None, Some(false)) => return Err(PagingError::NoWayOn { page: self.pages }),
            (Some(token), _) => token.clone(),
        };
        if !self.seen_tokens.insert(token.clone()) {
            return Err(PagingError::RepeatedToken { page: self.pages, token });
        }
        Ok(Some(Position::Token(token)))
    }

    /// On by what was received, never by what was asked for: the server may lower the page size.
    fn after_offset(&self, page: &PageMarks) -> Option<Position> {
        if page.is_last == Some(true) {
            return None;
        }
        let step = match page.received as u64 {
            0 => page.page_size.filter(|size| *size > 0).unwrap_or(u64::from(self.page_size)),
            received => received,
        };
        let next = self.offset() + step;
        match (page.is_last, page.total) {
            // Where the two disagree, what is said of this page outweighs the count.
            (Some(false), Some(total)) if next >= total && page.received > 0 => {
                Some(Position::At(next))
            }
            (_, Some(total)) if next >= total => None,
            // Neither says whether there is more: an empty page is all the end there is.
            (None, None) if page.received == 0 => None,
            _ => Some(Position::At(next)),
        }
    }

    fn after_bare_array(&self, page: &PageMarks) -> Option<Position> {
        // The server's page size is not echoed; the largest page so far is the best guess.
        let window = match self.largest_page {
            0 => u64::from(self.page_size.min(50)),
            largest => largest,
        };
        let empty_room = u64::from(self.empty_in_a_row) * window;
        let is_end = self.empty_in_a_row >= 2 && empty_room >= ROOM_AT_THE_END;
        if is_end || self.empty_in_a_row + 1 >= MOST_EMPTY_PAGES {
            return None;
        }
        let step = if page.received == 0 { window } else { page.received as u64 };
        Some(Position::At(self.offset() + step))
    }

    fn after_since(&self, page: &PageMarks) -> Result<Option<Position>, PagingError> {
        let until = match page.until {
            _ if page.is_last == Some(true) || page.received == 0 => return Ok(None),
            None if page.is_last == Some(false) => {
                return Err(PagingError::NoWayOn { page: self.pages });
            }
            None => return Ok(None),
            Some(until) => until,
        };
        match self.position {
            Position::Since(since) if until <= since => {
                Err(PagingError::StuckInTime { page: self.pages, since })
            }
            _ => Ok(Some(Position::Since(until))),
        }
    }

    fn offset(&self) -> u64 {
        match self.position {
            Position::At(offset) => offset,
            _ => 0,
        }
    }

    fn counts_offsets(&self) -> bool {
        matches!(
            self.style,
            PageStyle::Offset | PageStyle::OffsetArray | PageStyle::Limit | PageStyle::Desk
        )
    }
}

#[cfg(test)]
mod tests;
