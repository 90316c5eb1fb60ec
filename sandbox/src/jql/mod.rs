//! The part of JQL a reader of issues needs: restrictions on indexed facts, and an order.
//!
//! Knows the index of issues and nothing of HTTP.

mod evaluate;
mod lexer;
mod parser;
mod resolve;

use crate::answer::{Message, said};
use crate::site::View;
use crate::site::heads::Position;

/// The positions of the issues a query finds, in its order.
///
/// # Errors
/// The texts Jira gives for a query it cannot run.
pub(crate) fn search(view: View<'_>, jql: &str, now: i64) -> Result<Vec<Position>, Message> {
    let tokens = lexer::tokens(jql)?;
    let found = parser::parse(&tokens).and_then(|query| {
        let clause = query.clause.as_ref().ok_or_else(unbounded)?;
        let tree = resolve::clause(view, clause, now)?;
        let order = resolve::order(&query.order)?;
        Ok(evaluate::run(view, &tree, &order))
    });
    // Plain words are a text search, which finds nothing here.
    if found.is_err() && lexer::only_words(&tokens) {
        return Ok(Vec::new());
    }
    found
}

fn unbounded() -> Message {
    said(
        "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.",
        "제한 없는 JQL 쿼리는 여기서 허용되지 않습니다. 쿼리에 검색 제한을 추가하세요.",
    )
}

fn syntax(detail: &str) -> Message {
    said(format!("Error in the JQL Query: {detail}"), format!("JQL 쿼리 오류: {detail}"))
}
