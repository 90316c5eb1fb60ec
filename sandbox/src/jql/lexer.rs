//! Cuts a query into tokens.

use super::syntax;
use crate::answer::Message;

/// A piece of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    Quoted(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` or `!~`.
    Operator(String),
    Open,
    Close,
    Comma,
}

impl Token {
    /// Whether the token is a word, whatever its case.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text.eq_ignore_ascii_case(word))
    }
}

/// Whether there is nothing but words that do not begin an order.
pub(super) fn only_words(tokens: &[Token]) -> bool {
    !tokens.is_empty()
        && tokens.iter().all(|token| matches!(token, Token::Word(_)))
        && !tokens[0].is("order")
}

/// The tokens of a query.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Message> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '"' | '\'' => quoted(rest, first)?,
            '=' | '!' | '<' | '>' | '~' | '&' | '|' => operator(rest),
            _ => word(rest),
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn quoted(rest: &str, quote: char) -> Result<(Token, usize), Message> {
    let mut text = String::new();
    let mut escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        if escaped {
            text.push(letter);
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == quote {
            return Ok((Token::Quoted(text), at + 1));
        } else {
            text.push(letter);
        }
    }
    Err(syntax("The quoted string has not been completed."))
}

fn operator(rest: &str) -> (Token, usize) {
    for (sign, meaning) in [("&&", "and"), ("||", "or"), ("&", "and"), ("|", "or")] {
        if rest.starts_with(sign) {
            return (Token::Word(meaning.to_owned()), sign.len());
        }
    }
    let long = ["!=", "<=", ">=", "!~"].iter().find(|sign| rest.starts_with(**sign));
    match long {
        Some(sign) => (Token::Operator((*sign).to_owned()), 2),
        None if rest.starts_with('!') => (Token::Word("not".to_owned()), 1),
        None => (Token::Operator(rest[..1].to_owned()), 1),
    }
}

fn word(rest: &str) -> (Token, usize) {
    let ends = |letter: char| letter.is_whitespace() || "(),=!<>~\"'&|".contains(letter);
    let length = rest.find(ends).unwrap_or(rest.len());
    (Token::Word(rest[..length].to_owned()), length)
}
