//! Lines of Markdown: keeps track of what each line begins with inside lists and quotes, and of the space
//! between blocks. Knows nothing of nodes.

/// What parts two blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gap {
    /// The next block begins on the next line.
    Line,
    /// There is an empty line between them.
    Blank,
}

/// What a line break inside a block becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Break {
    /// A hard break.
    #[default]
    Hard,
    /// A space: where there can be one line only.
    Space,
    /// An HTML tag: in the cells of a table.
    Tag,
}

/// A container around blocks: a list item, a quote.
#[derive(Debug)]
struct Frame {
    first: String,
    rest: &'static str,
    is_open: bool,
}

/// Markdown as it grows.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    frames: Vec<Frame>,
    gap: Option<Gap>,
    breaks: Break,
}

impl Writer {
    /// A writer for the cell of a table.
    pub(super) fn for_cell() -> Self {
        Self { breaks: Break::Tag, ..Self::default() }
    }

    pub(super) fn breaks(&self) -> Break {
        self.breaks
    }

    /// Begins a container: its first line begins with `first`, the others are indented or marked by `rest`.
    pub(super) fn open(&mut self, first: impl Into<String>, rest: &'static str) {
        self.frames.push(Frame { first: first.into(), rest, is_open: false });
    }

    /// Ends the innermost container.
    pub(super) fn close(&mut self) {
        self.frames.pop();
    }

    /// Ends the innermost container, which is there even if it is empty.
    pub(super) fn close_item(&mut self) {
        if self.frames.last().is_some_and(|frame| !frame.is_open) {
            self.line("");
        }
        self.close();
    }

    /// Parts what has been written from what is to come.
    pub(super) fn part(&mut self, gap: Gap) {
        self.gap = Some(gap);
    }

    /// Writes a block of one or more lines.
    pub(super) fn block(&mut self, text: &str) {
        if !text.is_empty() {
            text.split('\n').for_each(|line| self.line(line));
        }
    }

    /// What has been written.
    pub(super) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        self.out
    }

    fn line(&mut self, line: &str) {
        if self.gap.take() == Some(Gap::Blank) && !self.out.is_empty() {
            for frame in self.frames.iter().filter(|frame| frame.is_open) {
                self.out.push_str(frame.rest);
            }
            self.end_empty_line();
        }
        for frame in &mut self.frames {
            self.out.push_str(if frame.is_open { frame.rest } else { &frame.first });
            frame.is_open = true;
        }
        self.out.push_str(line);
        if line.is_empty() {
            self.end_empty_line();
        } else {
            self.out.push('\n');
        }
    }

    /// Ends a line that has only what it begins with.
    fn end_empty_line(&mut self) {
        self.out.truncate(self.out.trim_end_matches(' ').len());
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_mark_each_of_their_lines() {
        let mut out = Writer::default();
        out.block("before");
        out.part(Gap::Blank);
        out.open("> ", "> ");
        out.open("1. ", "   ");
        out.block("a\nb");
        out.part(Gap::Blank);
        out.block("c");
        out.close_item();
        out.part(Gap::Line);
        out.open("2. ", "   ");
        out.close_item();
        out.close();
        out.part(Gap::Blank);
        out.block("after");
        assert_eq!(out.finish(), "before\n\n> 1. a\n>    b\n>\n>    c\n> 2.\n\nafter");
    }
}
