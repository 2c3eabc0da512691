//! Comments that are meant for holdpoint, and the lines that they are about.

use granit_parser::{Event, Options, Parser, Placement};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its text, without the `#`.
    pub text: String,
    /// The line that it stands on, from 1.
    pub line: u32,
    /// The line that it is about: its own, or the one below a comment that stands alone.
    pub about: u32,
}

/// What a file must hold for anybody to look for comments, in one of the ways that people write it.
const MARKS: [&str; 3] = ["holdpoint", "Holdpoint", "HOLDPOINT"];

/// How many comments of a file are read; a waiver beyond them does not count.
const MOST: usize = 1_000;

/// The comments of a text, where it mentions holdpoint at all. What looks like one inside a text is
/// none.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    let mentions = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
    if !mentions(text) {
        return Vec::new();
    }
    let mut options = Options::default();
    options.block_scalar_eof_without_line_feed = true;
    options.max_buffered_comment_events = 100_000;
    let mut found = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        // The file was read before: this is no place for its mistakes.
        let Ok((event, span)) = event else { break };
        if let Event::Comment(comment, placement) = event {
            let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
            let beside = matches!(placement, Placement::Right);
            found.push((comment.to_string(), line, beside));
        }
    }
    found.retain(|(comment, ..)| mentions(comment));
    found.truncate(MOST);
    // For each line the next one, itself included, that says something.
    let speaks = |text: &str| !text.trim().is_empty() && !text.trim_start().starts_with('#');
    let lines: Vec<bool> = text.lines().map(speaks).collect();
    let mut next = vec![0u32; lines.len() + 1];
    let mut last = 0;
    for (i, speaks) in lines.iter().enumerate().rev() {
        if *speaks {
            last = u32::try_from(i + 1).unwrap_or(u32::MAX);
        }
        if let Some(slot) = next.get_mut(i) {
            *slot = last;
        }
    }
    let comment = |(text, line, beside): (String, u32, bool)| {
        let below = usize::try_from(line).ok().and_then(|line| next.get(line)).copied();
        let about = if beside { line } else { below.unwrap_or(line) };
        Comment { text, line, about }
    };
    found.into_iter().map(comment).collect()
}
