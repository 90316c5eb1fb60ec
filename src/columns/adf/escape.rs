//! Keeps text from being read as Markdown: as little as that takes.

/// What a text stands in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Context {
    /// In the label of a link, where brackets must be escaped.
    pub(super) in_label: bool,
    /// In text that is struck out, where tildes must be.
    pub(super) is_struck: bool,
}

impl Context {
    /// A label and nothing else.
    pub(super) const LABEL: Self = Self { in_label: true, is_struck: false };
}

/// Appends a text so that it stays text after what has been written.
pub(super) fn escape(text: &str, context: Context, out: &mut String) {
    let is_line_start = out.is_empty() || out.ends_with('\n');
    match is_line_start.then(|| special_start(text)).flatten() {
        Some(at) => {
            let (before, from) = text.split_at(at);
            let (special, rest) = from.split_at(1);
            out.extend([before, "\\", special]);
            escape_marks(rest, context, out);
        }
        None => escape_marks(text, context, out),
    }
}

/// The place of the ASCII character that makes a line a heading, list, quote, rule, table or definition.
fn special_start(text: &str) -> Option<usize> {
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\t']);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (first, rest) = (text.chars().next()?, text.get(1..).unwrap_or_default());
    let is_special = match first {
        '#' => is_end(text.trim_start_matches('#')),
        '>' | '|' => true,
        '+' | '*' => is_end(rest),
        '-' => is_end(rest) || rest.starts_with('-'),
        '=' => text.trim_start_matches('=').is_empty(),
        ':' => rest.starts_with('-'),
        '[' => {
            text.contains("]:") || ["[ ]", "[x]", "[X]"].iter().any(|task| text.starts_with(task))
        }
        '0'..='9' if digits <= 9 && text[digits..].starts_with(['.', ')']) => {
            return is_end(&text[digits + 1..]).then_some(digits);
        }
        _ => false,
    };
    is_special.then_some(0)
}

/// Escapes what would otherwise be a mark, a link, a tag or an entity.
fn escape_marks(text: &str, context: Context, out: &mut String) {
    if !text.bytes().any(|byte| b"`~[]!*_\\<&(\r".contains(&byte)) {
        return out.push_str(text);
    }
    let is_struck = context.is_struck || text.matches('~').count() > 1;
    let mut previous = out.chars().next_back();
    for (at, character) in text.char_indices() {
        let rest = &text[at + character.len_utf8()..];
        let is_special = match character {
            '`' => true,
            '~' => is_struck || rest.is_empty() || previous == Some('~'),
            '[' => context.in_label,
            ']' => context.in_label || rest.starts_with('('),
            '(' => at == 0 && previous == Some(']'),
            '!' => rest.starts_with('['),
            '*' => !is_between(previous, rest, char::is_whitespace),
            '_' => !is_between(previous, rest, char::is_alphanumeric),
            '\\' => rest.is_empty() || rest.starts_with(|next: char| next.is_ascii_punctuation()),
            '<' => rest.is_empty() || rest.starts_with(opens_tag),
            '&' => is_entity(rest),
            _ => false,
        };
        if is_special {
            out.push('\\');
        }
        out.push(if character == '\r' { ' ' } else { character });
        previous = Some(character);
    }
}

fn opens_tag(next: char) -> bool {
    next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?')
}

fn is_between(previous: Option<char>, rest: &str, kind: fn(char) -> bool) -> bool {
    previous.is_some_and(kind) && rest.starts_with(kind)
}

/// Whether the text after an ampersand makes it an entity: `amp;`, `#39;`.
fn is_entity(rest: &str) -> bool {
    let name = rest.strip_prefix('#').unwrap_or(rest);
    let length = name.bytes().take_while(u8::is_ascii_alphanumeric).count();
    length > 0 && name[length..].starts_with(';')
}
