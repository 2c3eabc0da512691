//! Changes of a text that are collected first and made all at once.

use std::ops::Range;

/// Changes of a text, none within another.
#[derive(Default)]
pub(super) struct Edits {
    list: Vec<(Range<usize>, String)>,
}

impl Edits {
    /// Replaces a range, once.
    pub(super) fn replace(&mut self, span: Range<usize>, text: String) {
        if !self.list.iter().any(|(edited, _)| *edited == span && !span.is_empty()) {
            self.list.push((span, text));
        }
    }

    /// Whether there is such a change.
    pub(super) fn any(&self, fits: impl Fn(&(Range<usize>, String)) -> bool) -> bool {
        self.list.iter().any(fits)
    }

    /// The text of a range, changed.
    pub(super) fn apply(&self, text: &str, range: Range<usize>) -> String {
        let within = |span: &Range<usize>| span.start >= range.start && span.end <= range.end;
        let mut edits: Vec<&(Range<usize>, String)> =
            self.list.iter().filter(|(span, _)| within(span)).collect();
        edits.sort_by_key(|(span, _)| (span.start, span.end));
        let mut out = String::with_capacity(range.len());
        let mut at = range.start;
        for (span, new) in edits {
            if span.start < at {
                continue;
            }
            out.push_str(text.get(at..span.start).unwrap_or_default());
            out.push_str(new);
            at = span.end;
        }
        out.push_str(text.get(at..range.end).unwrap_or_default());
        out
    }

    /// Replaces a range by a text that was made of its parts: what was to change inside has.
    pub(super) fn swallow(&mut self, range: Range<usize>, text: String) {
        self.list.retain(|(span, _)| !(span.start >= range.start && span.end <= range.end));
        self.list.push((range, text));
    }
}
