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

/// What a file must hold for anybody to look for comments.
const MARK: &str = "holdpoint:";

/// The comments of a text, where it mentions holdpoint at all. What looks like one inside a text is
/// none.
#[must_use]
pub fn comments(text: &str) -> Vec<Comment> {
    if !text.contains(MARK) || text.trim_start().starts_with('{') {
        return Vec::new();
    }
    let mut options = Options::default();
    options.block_scalar_eof_without_line_feed = true;
    options.max_buffered_comment_events = 100_000;
    let mut found = Vec::new();
    for event in Parser::new_from_str_with_options(text, options) {
        // The file was read before: this is no place for its mistakes.
        let Ok((event, span)) = event else { break };
        if let Event::Comment(own, placement) = event {
            let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
            let beside = matches!(placement, Placement::Right);
            found.push((own.to_string(), line, beside));
        }
    }
    found.retain(|(own, ..)| own.contains(MARK));
    let lines: Vec<&str> = text.lines().collect();
    let speaks = |line: u32| {
        let text = usize::try_from(line).ok().and_then(|line| lines.get(line.checked_sub(1)?));
        text.is_some_and(|text| !text.trim().is_empty() && !text.trim_start().starts_with('#'))
    };
    let comment = |(text, line, beside): (String, u32, bool)| {
        let last = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let below = || (line..=last).find(|line| speaks(*line)).unwrap_or(line);
        let about = if beside { line } else { below() };
        Comment { text, line, about }
    };
    found.into_iter().map(comment).collect()
}
