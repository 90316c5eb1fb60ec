//! Turns tokens into a query, without asking what its names mean.

use super::lexer::Token;
use super::syntax;
use crate::answer::Message;

/// A query as written.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) clause: Option<Clause>,
    /// Field, and whether the largest comes first.
    pub(super) order: Vec<(String, bool)>,
}

/// A restriction as written.
#[derive(Debug)]
pub(super) enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Not(Box<Clause>),
    Compare(Comparison),
}

/// A field, an operator and what stands to its right.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) field: String,
    pub(super) operator: Operator,
    pub(super) operands: Vec<Operand>,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Contains,
    ContainsNot,
    In,
    NotIn,
    Is,
    IsNot,
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Bare(String),
    Quoted(String),
    /// A function and its first argument.
    Call(String, Option<String>),
}

impl Operand {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Bare(text) | Self::Quoted(text) | Self::Call(text, _) => text,
        }
    }
}

/// Parses a whole query.
pub(super) fn parse(tokens: &[Token]) -> Result<Query, Message> {
    let mut parser = Parser { tokens, at: 0 };
    let clause = match parser.peek() {
        None => None,
        Some(token) if token.is("order") => None,
        Some(_) => Some(parser.any()?),
    };
    let order = parser.order()?;
    match parser.peek() {
        None => Ok(Query { clause, order }),
        Some(token) => Err(syntax(&format!("Expecting either 'OR' or 'AND' but got '{token:?}'."))),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'t Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.is(word));
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, expected: &Token) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Clause, Message> {
        let mut clauses = vec![self.all()?];
        while self.take_word("or") {
            clauses.push(self.all()?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::Any(clauses) })
    }

    fn all(&mut self) -> Result<Clause, Message> {
        let mut clauses = vec![self.one()?];
        while self.take_word("and") {
            clauses.push(self.one()?);
        }
        Ok(if clauses.len() == 1 { clauses.remove(0) } else { Clause::All(clauses) })
    }

    fn one(&mut self) -> Result<Clause, Message> {
        if self.take_word("not") {
            return Ok(Clause::Not(Box::new(self.one()?)));
        }
        if self.take(&Token::Open) {
            let clause = self.any()?;
            return if self.take(&Token::Close) {
                Ok(clause)
            } else {
                Err(syntax("Expecting ')' before the end of the query."))
            };
        }
        let field = self.field()?;
        let operator = self.operator()?;
        let operands = match operator {
            Operator::In | Operator::NotIn => self.operands()?,
            _ => vec![self.operand()?],
        };
        Ok(Clause::Compare(Comparison { field, operator, operands }))
    }

    fn field(&mut self) -> Result<String, Message> {
        match self.next() {
            Some(Token::Word(word) | Token::Quoted(word)) => Ok(word.clone()),
            _ => Err(syntax("Expecting a field name.")),
        }
    }

    fn operator(&mut self) -> Result<Operator, Message> {
        let operator = match self.next() {
            Some(Token::Operator(sign)) => match sign.as_str() {
                "=" => Operator::Equal,
                "!=" => Operator::NotEqual,
                "<" => Operator::Less,
                "<=" => Operator::AtMost,
                ">" => Operator::Greater,
                ">=" => Operator::AtLeast,
                "~" => Operator::Contains,
                _ => Operator::ContainsNot,
            },
            Some(token) if token.is("in") => Operator::In,
            Some(token) if token.is("not") && self.take_word("in") => Operator::NotIn,
            Some(token) if token.is("is") && self.take_word("not") => Operator::IsNot,
            Some(token) if token.is("is") => Operator::Is,
            _ => return Err(syntax("Expecting operator before the end of the query.")),
        };
        Ok(operator)
    }

    fn operands(&mut self) -> Result<Vec<Operand>, Message> {
        if !self.take(&Token::Open) {
            // A function such as `openSprints()` may stand without a list around it.
            return Ok(vec![self.operand()?]);
        }
        let mut operands = vec![self.operand()?];
        while self.take(&Token::Comma) {
            operands.push(self.operand()?);
        }
        if self.take(&Token::Close) {
            Ok(operands)
        } else {
            Err(syntax("Expecting ')' before the end of the query."))
        }
    }

    fn operand(&mut self) -> Result<Operand, Message> {
        match self.next() {
            Some(Token::Quoted(text)) => Ok(Operand::Quoted(text.clone())),
            Some(Token::Word(word)) if self.take(&Token::Open) => {
                let argument = match self.peek() {
                    Some(Token::Word(text) | Token::Quoted(text)) => {
                        self.at += 1;
                        Some(text.clone())
                    }
                    _ => None,
                };
                if self.take(&Token::Close) {
                    Ok(Operand::Call(word.clone(), argument))
                } else {
                    Err(syntax("Expecting ')' after a function."))
                }
            }
            Some(Token::Word(word)) => Ok(Operand::Bare(word.clone())),
            _ => Err(syntax("Expecting a value, list or function.")),
        }
    }

    fn order(&mut self) -> Result<Vec<(String, bool)>, Message> {
        let mut order = Vec::new();
        if !self.take_word("order") {
            return Ok(order);
        }
        if !self.take_word("by") {
            return Err(syntax("Expecting 'BY' after 'ORDER'."));
        }
        loop {
            let field = self.field()?;
            let descending = self.take_word("desc");
            if !descending {
                self.take_word("asc");
            }
            order.push((field, descending));
            if !self.take(&Token::Comma) {
                break;
            }
        }
        Ok(order)
    }
}
