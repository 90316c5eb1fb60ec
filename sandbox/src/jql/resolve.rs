//! Gives the names and values of a parsed query their meaning on this site.

use std::collections::HashSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::evaluate::{Attribute, Bound, Moment, Order, SortBy, Tree};
use super::parser::{Clause, Comparison, Operand, Operator};
use super::syntax;
use crate::answer::{Message, said};
use crate::options::Switch;
use crate::site::View;
use crate::site::clock::DAY;
use crate::site::projects::Stage;

/// The most fields an order may have.
const MOST_ORDER_FIELDS: usize = 7;

/// Resolves a restriction.
pub(super) fn clause(view: View<'_>, of: &Clause, now: i64) -> Result<Tree, Message> {
    let each = |clauses: &[Clause]| -> Result<Vec<Tree>, Message> {
        clauses.iter().map(|of| clause(view, of, now)).collect()
    };
    match of {
        Clause::All(clauses) => Ok(Tree::All(each(clauses)?)),
        Clause::Any(clauses) => Ok(Tree::Any(each(clauses)?)),
        Clause::Not(inner) => Ok(Tree::Not(Box::new(clause(view, inner, now)?))),
        Clause::Compare(comparison) => {
            let tree = compare(view, comparison, now)?;
            let negated = matches!(
                comparison.operator,
                Operator::NotEqual | Operator::NotIn | Operator::IsNot | Operator::ContainsNot
            );
            Ok(if negated { Tree::Not(Box::new(tree)) } else { tree })
        }
    }
}

fn compare(view: View<'_>, of: &Comparison, now: i64) -> Result<Tree, Message> {
    let field = of.field.to_lowercase();
    if matches!(of.operator, Operator::Is | Operator::IsNot) {
        return attribute(&field).map(Tree::Empty).ok_or_else(|| unknown_field(&of.field));
    }
    match field.as_str() {
        "project" => projects(view, &of.operands),
        "id" | "key" | "issue" | "issuekey" => issues(view, of),
        "created" | "createddate" => moment(view, Moment::Created, of, now),
        "updated" | "updateddate" => moment(view, Moment::Updated, of, now),
        "text" | "summary" | "description" | "comment" => Ok(Tree::Nothing),
        _ => {
            let of_what = attribute(&field).ok_or_else(|| unknown_field(&of.field))?;
            let values = of.operands.iter().map(|operand| value(view, operand)).collect();
            Ok(Tree::Among(of_what, values))
        }
    }
}

fn attribute(field: &str) -> Option<Attribute> {
    Some(match field {
        "status" => Attribute::Status,
        "statuscategory" => Attribute::StatusCategory,
        "issuetype" | "type" => Attribute::IssueType,
        "priority" => Attribute::Priority,
        "resolution" => Attribute::Resolution,
        "assignee" => Attribute::Assignee,
        "reporter" | "creator" => Attribute::Reporter,
        "labels" => Attribute::Labels,
        "parent" => Attribute::Parent,
        "sprint" => Attribute::Sprint,
        _ => return None,
    })
}

fn value(view: View<'_>, operand: &Operand) -> String {
    match operand {
        Operand::Call(name, _) if name.eq_ignore_ascii_case("currentUser") => {
            let me = view.viewer.person.map(|n| view.user(n)["accountId"].clone());
            me.and_then(|id| id.as_str().map(str::to_lowercase)).unwrap_or_default()
        }
        other => other.text().to_lowercase(),
    }
}

fn projects(view: View<'_>, operands: &[Operand]) -> Result<Tree, Message> {
    let mut chosen = HashSet::new();
    for operand in operands {
        let text = operand.text();
        let found = view.site.projects.iter().position(|project| {
            let named = project.key.eq_ignore_ascii_case(text)
                || project.id.to_string() == text
                || project.name.eq_ignore_ascii_case(text);
            named && project.stage == Stage::Live && view.viewer.browses(project)
        });
        let project = found.ok_or_else(|| unknown_value(text, "project"))?;
        chosen.insert(u16::try_from(project).unwrap_or(u16::MAX));
    }
    Ok(Tree::Projects(chosen))
}

/// Ids and keys in lists are looked up; in ranges both mean the number within one project, and the
/// issue that bounds the range must exist.
fn issues(view: View<'_>, of: &Comparison) -> Result<Tree, Message> {
    let range = bound(of.operator);
    let mut chosen = HashSet::new();
    for operand in &of.operands {
        let text = operand.text();
        let Some(head) = view.issue_named(text) else {
            return Err(said(
                format!("An issue with key '{text}' does not exist for field '{}'.", of.field),
                format!("'{}' 필드에 키가 '{text}'인 이슈가 없습니다.", of.field),
            ));
        };
        if let Some(bound) = range {
            return Ok(Tree::Numbers { project: head.project, bound, number: head.number });
        }
        chosen.insert(head.id);
    }
    Ok(Tree::Issues(chosen))
}

fn bound(operator: Operator) -> Option<Bound> {
    Some(match operator {
        Operator::Less => Bound::Less,
        Operator::AtMost => Bound::AtMost,
        Operator::Greater => Bound::Greater,
        Operator::AtLeast => Bound::AtLeast,
        _ => return None,
    })
}

fn moment(view: View<'_>, which: Moment, of: &Comparison, now: i64) -> Result<Tree, Message> {
    let operand = of.operands.first().ok_or_else(|| syntax("Expecting a date."))?;
    let at = instant(view, operand, now).ok_or_else(|| {
        let text = operand.text();
        said(
            format!("Date value '{text}' for field '{}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.", of.field),
            format!("'{}' 필드의 날짜 값 '{text}'이(가) 잘못되었습니다.", of.field),
        )
    })?;
    let bound = bound(of.operator).unwrap_or(Bound::SameMinute);
    let minutes = view.site.options.has(Switch::EpochMinutes);
    Ok(Tree::Time { which, bound, at, minutes })
}

/// A date in the viewer's zone, epoch milliseconds, or a period such as `-7d` before now.
fn instant(view: View<'_>, operand: &Operand, now: i64) -> Option<i64> {
    match operand {
        Operand::Bare(text) if text.parse::<i64>().is_ok() => text.parse().ok(),
        Operand::Call(name, argument) if name.eq_ignore_ascii_case("now") => {
            Some(now + period(argument.as_deref().unwrap_or("0d"))?)
        }
        Operand::Call(name, argument) if name.eq_ignore_ascii_case("startOfDay") => {
            Some(now - now.rem_euclid(DAY) + period(argument.as_deref().unwrap_or("0d"))?)
        }
        Operand::Call(..) => None,
        Operand::Bare(text) | Operand::Quoted(text) => {
            local(text, &view.viewer.zone).or_else(|| Some(now + period(text)?))
        }
    }
}

fn local(text: &str, zone: &TimeZone) -> Option<i64> {
    let text = text.trim().replace('/', "-");
    let at: DateTime = match text.split_once(' ') {
        Some((day, time)) if time.len() == 5 => format!("{day}T{time}:00").parse().ok()?,
        Some(_) => return None,
        None => text.parse::<Date>().ok()?.at(0, 0, 0, 0),
    };
    let zoned = at.to_zoned_datetime(zone.clone()).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

fn period(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    text[..text.len() - 1].parse::<i64>().ok()?.checked_mul(unit)
}

/// Resolves an order.
pub(super) fn order(of: &[(String, bool)]) -> Result<Vec<Order>, Message> {
    if of.len() > MOST_ORDER_FIELDS {
        return Err(said(
            format!("The maximum number of order by fields is {MOST_ORDER_FIELDS}."),
            format!("정렬 필드는 최대 {MOST_ORDER_FIELDS}개입니다."),
        ));
    }
    of.iter()
        .map(|(field, descending)| {
            let key = match field.to_lowercase().as_str() {
                "created" | "createddate" => SortBy::Created,
                "updated" | "updateddate" => SortBy::Updated,
                "key" | "issuekey" | "issue" => SortBy::Number,
                "id" | "rank" => SortBy::Id,
                "project" => SortBy::Project,
                "priority" => SortBy::Priority,
                "status" => SortBy::Status,
                "issuetype" | "type" => SortBy::IssueType,
                other if attribute(other).is_some() || other == "summary" || other == "duedate" => {
                    SortBy::Id
                }
                _ => return Err(unknown_field(field)),
            };
            Ok(Order { key, descending: *descending })
        })
        .collect()
}

fn unknown_field(field: &str) -> Message {
    said(
        format!("Field '{field}' does not exist or you do not have permission to view it."),
        format!("'{field}' 필드가 없거나 볼 수 있는 권한이 없습니다."),
    )
}

fn unknown_value(value: &str, field: &str) -> Message {
    said(
        format!("The value '{value}' does not exist for the field '{field}'."),
        format!("'{field}' 필드에 '{value}' 값이 없습니다."),
    )
}
