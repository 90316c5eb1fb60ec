//! A user's JQL, looked at just far enough to be put into a larger query.

/// Refuses what could not stand in brackets before our own conditions: an order, brackets or quotes
/// that do not close. Everything else Jira itself judges.
pub(super) fn check(jql: &str) -> Result<(), &'static str> {
    if jql.trim().is_empty() {
        return Err("the JQL is empty. Leave the key out to read all issues");
    }
    let bare = without_quoted(jql)?;
    let words: Vec<_> = bare.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let is = |word: &str, known: &str| word.eq_ignore_ascii_case(known);
    if words.windows(2).any(|pair| is(pair[0], "order") && is(pair[1], "by")) {
        return Err("the JQL has an ORDER BY. Remove it: issues are read in an order of our own");
    }
    Ok(())
}

/// The JQL with a blank for each quoted text; refused if quotes or brackets do not close.
fn without_quoted(jql: &str) -> Result<String, &'static str> {
    let mut bare = String::with_capacity(jql.len());
    let mut depth = 0_u32;
    let mut characters = jql.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\'' => {
                skip_quoted(&mut characters, character)
                    .ok_or("the JQL has a quote that does not close. Close it")?;
                // A quoted word is no keyword: what stands beside it must not run together.
                bare.push('"');
                continue;
            }
            '(' => depth += 1,
            ')' => {
                depth = depth
                    .checked_sub(1)
                    .ok_or("the JQL closes a bracket that is not open. Remove it")?;
            }
            _ => {}
        }
        bare.push(character);
    }
    if depth == 0 { Ok(bare) } else { Err("the JQL has a bracket that does not close. Close it") }
}

/// Goes on to the end of a quoted text; none if there is no end.
fn skip_quoted(characters: &mut std::str::Chars<'_>, quote: char) -> Option<()> {
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            _ if character == quote => return Some(()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::check;
    use proptest::prelude::*;

    #[test]
    fn conditions_are_taken() {
        for jql in [
            "project in (ENG, OPS)",
            "summary ~ \"order by (\" AND 'x' = y",
            "summary ~ \"a \\\" order by b\"",
            "\"Order\" = 1 and border = 2 and bytes = 3",
            "\"order\" by",
        ] {
            assert_eq!(check(jql), Ok(()), "{jql}");
        }
    }

    #[test]
    fn what_cannot_stand_in_brackets_is_refused() {
        for jql in [" ", "a = 1 ORDER BY b", "a = (1) order\n by b", "ORDER BY x", "order  BY x"] {
            assert!(check(jql).is_err(), "{jql}");
        }
        for jql in ["(a = 1", "a = 1) OR (b = 2", "a = \"b", "a = 'b\\'"] {
            assert!(check(jql).is_err(), "{jql}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused(jql in "[ a-zA-Z()\"'\\\\é=]{0,40}") {
            let _ = check(&jql);
        }
    }
}
