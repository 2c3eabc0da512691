//! Why a policy cannot be trusted with a verdict, with the place that it underlines.

use std::ops::Range;
use std::sync::Arc;

/// A mistake in a policy, in its data or in what it is asked about; or a limit that it ran over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A stable code, `rego::unknown-function`.
    pub code: &'static str,
    /// What it is; lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// The file that it is about, as it was named.
    pub file: Option<String>,
    /// The text of the file, when a part of it is to blame.
    pub text: Option<Arc<str>>,
    /// The bytes of the text that are to blame.
    pub span: Option<Range<usize>>,
}

impl Fault {
    /// A fault with no place yet.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, file: None, text: None, span: None }
    }

    /// Says what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Names the file.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Underlines a part of a file.
    #[must_use]
    pub fn at(mut self, file: &str, text: &Arc<str>, span: Range<usize>) -> Self {
        self.file = Some(file.to_owned());
        self.text = Some(Arc::clone(text));
        self.span = Some(span);
        self
    }

    /// The line that it begins on, from 1; `None` when it has no place.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        let before = self.text.as_ref()?.get(..self.span.as_ref()?.start)?;
        Some(before.matches('\n').count() + 1)
    }

    /// Whether the policies took more than they may.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self.code, "rego::time-limit" | "rego::memory-limit")
    }

    /// The part of the text that it underlines.
    #[cfg(test)]
    pub(super) fn underlined(&self) -> Option<&str> {
        self.text.as_ref()?.get(self.span.clone()?)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// An error that the parser or the evaluator tells of in its own layout, taken apart: the byte at
/// which it points, when it is one of `text`, and the message in one line.
pub(super) fn told(error: &str, file: &str, text: &Arc<str>) -> (Option<Range<usize>>, String) {
    let message = error.lines().rev().find_map(|line| line.strip_prefix("error: "));
    let message = message.unwrap_or(error).split_whitespace().collect::<Vec<_>>().join(" ");
    let message = match message.strip_suffix('.') {
        Some(head) => head.to_owned(),
        None => message,
    };
    let place = error.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let place =
        place.and_then(|place| place.strip_prefix(file)?.strip_prefix(':')?.split_once(':'));
    let numbers = place.and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
    let span = numbers.and_then(|(line, column)| byte_at(text, line, column));
    (span, message)
}

/// The bytes of the word that begins at this line and column, both from 1.
fn byte_at(text: &str, line: usize, column: usize) -> Option<Range<usize>> {
    let start: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let rest = text.get(start..)?.split('\n').next()?;
    let ahead: usize = rest.chars().take(column.saturating_sub(1)).map(char::len_utf8).sum();
    let tail = rest.get(ahead..)?;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let long = tail.find(|c| !word(c)).unwrap_or(tail.len());
    let long = if long == 0 { tail.chars().next().map_or(0, char::len_utf8) } else { long };
    Some(start + ahead..start + ahead + long)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_evaluators_layout_becomes_a_place_and_a_line() {
        let text: Arc<str> = Arc::from("package m\n\nä := foo(1)\n");
        let error = "\n--> a:b.rego:3:6\n  |\n3 | ä := foo(1)\n  |      ^\nerror: no such thing.";
        let (span, message) = told(error, "a:b.rego", &text);
        assert_eq!(message, "no such thing");
        assert_eq!(text.get(span.unwrap()), Some("foo"));
        assert_eq!(told("plain", "x", &text), (None, "plain".to_owned()));
        assert_eq!(told("--> x:99:1\nerror: e", "x", &text).1, "e");
    }
}
