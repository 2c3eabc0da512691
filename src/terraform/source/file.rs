//! One source file: its text, what is parsed of it, and places in it.

use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{OnceLock, mpsc};

use hcl_edit::structure::Body;

use super::address::Step;
use super::limits::{MAX_ASSIGNMENTS, is_sane};
use super::tree::Tree;
use super::{for_lines, heredoc, json_file, json_place};
use crate::model::location::Location;

/// Largest source file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 20;

/// Stack of the thread that parses, in bytes; only what is used of it is ever touched.
const PARSER_STACK: usize = 256 << 20;

/// A file that was read.
#[derive(Debug)]
pub(super) struct Text {
    /// As it is printed: relative to the working directory where it can be.
    pub(super) shown: String,
    text: String,
    lines: OnceLock<Vec<usize>>,
}

/// Reads and parses a source file; the error says what is wrong with it, without its name.
pub(super) fn parse(
    tree: &Tree,
    path: &Path,
    shown: String,
    budget: &AtomicU64,
) -> Result<(Text, Body), String> {
    let text = tree.read(path, MAX_BYTES.min(budget.load(Ordering::Relaxed)))?;
    let size = text.len() as u64;
    let _ = budget
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(size)));
    let is_json = shown.ends_with(".json");
    let (body, text) = with_parser_stack(move || {
        let body = if is_json { json_file::parse(&text) } else { parse_text(&text) };
        (body, text)
    })
    .ok_or("cannot be parsed")?;
    Ok((Text { shown, text, lines: OnceLock::new() }, body?))
}

/// Parses HCL; only on a stack that is large enough. The error says where it stops to make sense.
fn parse_text(text: &str) -> Result<Body, String> {
    if !is_sane(text) {
        return Err(format!("has more than {MAX_ASSIGNMENTS} assignments"));
    }
    let parsed = hcl_edit::parser::parse_body(text).or_else(|error| {
        let joined = for_lines::joined(text);
        joined.and_then(|text| hcl_edit::parser::parse_body(&text).ok()).ok_or(error)
    });
    let mut body = parsed.map_err(|error| {
        let place = error.location();
        format!("cannot be parsed: line {}, column {}", place.line(), place.column())
    })?;
    // The same bytes stand at the same places in both texts, save for line breaks of no meaning.
    heredoc::settle(&mut body, text);
    Ok(body)
}

/// Work for the thread with the large stack.
type Job = Box<dyn FnOnce() + Send>;

/// Runs a parser of hcl-edit. It bounds its own recursion, but at a depth for which the stack of a
/// worker thread is too small, so one thread with a larger stack parses for all; see the test
/// below. `None` when there is no such thread, or when it panics.
pub(super) fn with_parser_stack<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    // A thread for each text would cost more than most texts take.
    static PARSER: OnceLock<Option<mpsc::Sender<Job>>> = OnceLock::new();
    let parser = PARSER.get_or_init(|| {
        let (sender, jobs) = mpsc::channel::<Job>();
        let work = move || jobs.into_iter().for_each(|job| job());
        let thread = std::thread::Builder::new().name("parser".to_owned());
        thread.stack_size(PARSER_STACK).spawn(work).ok().map(|_| sender)
    });
    let (answer, result) = mpsc::sync_channel(1);
    let job = move || {
        // Nothing is shared with the work, so nothing is left half done.
        if let Ok(value) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
            // Whoever asked waits for it.
            let _ = answer.send(value);
        }
    };
    parser.as_ref()?.send(Box::new(job)).ok()?;
    result.recv().ok()
}

impl Text {
    /// The place of a byte range. Its snippet shows the range only: what else stands on the line
    /// may be a secret, and is replaced by spaces so that columns stay true.
    pub(super) fn place(&self, range: &Range<usize>) -> Location {
        let start = self.floor(range.start);
        let end = self.floor(self.without_trailing_space(start, range.end)).max(start);
        let (line, line_start) = self.line_of(start);
        let (end_line, end_line_start) = self.line_of(end);
        let piece = |from: usize, to: usize| self.text.get(from..to).unwrap_or_default();
        let before = piece(line_start, start);
        let first_line = piece(start, end).lines().next().unwrap_or_default();
        let blank = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' });
        Location {
            file: self.shown.clone(),
            line: count(line),
            column: count(before.chars().count()),
            end_line: count(end_line),
            end_column: count(piece(end_line_start, end).chars().count()),
            snippet: Some(blank.chain(first_line.chars()).collect()),
        }
    }

    /// The place of the deepest key that a path leads to, in a file of the JSON syntax.
    pub(super) fn json_place(&self, path: &[Step]) -> Option<Location> {
        json_place::find(&self.text, path).map(|range| self.place(&range))
    }

    pub(super) fn is_json(&self) -> bool {
        self.shown.ends_with(".json")
    }

    fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn without_trailing_space(&self, start: usize, end: usize) -> usize {
        match self.text.get(start..end) {
            Some(text) => start + text.trim_end().len(),
            None => end,
        }
    }

    /// The line of an offset, from 0, and where it starts.
    fn line_of(&self, at: usize) -> (usize, usize) {
        let starts = self.lines.get_or_init(|| {
            let breaks = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(i, _)| i + 1)).collect()
        });
        let line = starts.partition_point(|start| *start <= at).saturating_sub(1);
        (line, starts.get(line).copied().unwrap_or_default())
    }
}

/// From 0 to 1.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parser is handed hostile nesting on a small stack: it must refuse it, fast.
    #[test]
    fn deep_nesting_is_refused_without_a_crash() {
        let deep = 100_000;
        let texts = [
            format!("a = {}", "[".repeat(deep)),
            format!("a = {}", "(".repeat(deep)),
            format!("a = {}", "{a=".repeat(deep / 4)),
            format!("a = {}", "{".repeat(deep)),
            format!("a = {}", "!".repeat(deep)),
            format!("a = {}1", "- ".repeat(deep)),
            format!("a = {}", "\"${".repeat(deep)),
            format!("a = {}", "\"%{if ".repeat(deep)),
            format!("a = \"{}", "%{if true}".repeat(deep)),
            format!("a = {}", "f(".repeat(deep)),
            format!("a = {}1", "a ? ".repeat(deep)),
            format!("a = {}1", "1 + ".repeat(deep)),
            format!("a = a{}", "[a".repeat(deep)),
            format!("a = a{}", ".a".repeat(deep)),
            format!("a = a{}", "[0]".repeat(deep)),
            format!("a = a{}", ".*".repeat(deep)),
            format!("a = {}", "[for a in ".repeat(deep)),
            format!("a = {}", "<<A\n${".repeat(deep)),
            format!("a = {}", "<<-A\n  \n".repeat(deep)),
            format!("a = <<A\n{}", " \n".repeat(deep)),
            "a {\n".repeat(deep),
            format!("a = {}", "a::".repeat(deep)),
            format!("a = {}", "/*".repeat(deep)),
        ];
        let work = move || {
            for text in &texts {
                let whole = text.clone();
                let _ = with_parser_stack(move || parse_text(&whole)).unwrap();
            }
        };
        std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    }

    #[test]
    fn a_place_shows_its_range_and_hides_the_rest_of_the_line() {
        let text = "a = { password = \"hunter2\", open = true } # é\n";
        let file = Text { shown: "m.tf".into(), text: text.to_owned(), lines: OnceLock::new() };
        let start = text.find("open").unwrap();
        let place = file.place(&(start..start + "open = true ".len()));
        assert_eq!((place.line, place.column, place.end_column), (1, 29, 40));
        let snippet = place.snippet.unwrap();
        assert_eq!(snippet.trim_start(), "open = true");
        assert_eq!(snippet.find("open"), Some(start));
    }

    #[test]
    fn what_is_no_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.tf");
        std::fs::write(&path, [0xff, 0xfe, 0]).unwrap();
        assert_eq!(
            parse(&Tree::Folder, &path, "x.tf".into(), &AtomicU64::new(u64::MAX)).unwrap_err(),
            "is not UTF-8 text"
        );
        std::fs::write(&path, "a = [\n").unwrap();
        assert!(
            parse(&Tree::Folder, &path, "x.tf".into(), &AtomicU64::new(u64::MAX))
                .unwrap_err()
                .starts_with("cannot be parsed: line ")
        );
        assert_eq!(
            parse(&Tree::Folder, folder.path(), "d".into(), &AtomicU64::new(u64::MAX)).unwrap_err(),
            "is not a regular file"
        );
    }
}
